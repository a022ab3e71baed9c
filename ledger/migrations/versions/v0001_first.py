"""Answered messages, leases, and the audit outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "ledger_0001"
down_revision = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the first tables."""
    op.create_table(
        "answered_message",
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("peer", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("lease_until", sa.BigInteger, nullable=False),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.Column("answer", sa.LargeBinary),
        sa.PrimaryKeyConstraint("message_id", "action", name="answered_message_pkey"),
    )
    op.create_index("answered_message_time", "answered_message", ["time"])
    op.create_table(
        "lease",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("lease_until", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="lease_pkey"),
    )
    op.create_table(
        "audit_outbox",
        sa.Column("key", KEY, nullable=False),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("record", sa.LargeBinary, nullable=False),
        sa.Column("chain", sa.LargeBinary),
        sa.Column("delivered", sa.BigInteger),
        sa.PrimaryKeyConstraint("key", name="audit_outbox_pkey"),
    )
    undelivered = sa.text("delivered IS NULL")
    op.create_index(
        "audit_outbox_undelivered",
        "audit_outbox",
        ["key"],
        sqlite_where=undelivered,
        postgresql_where=undelivered,
    )
