"""The index of documents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "repository_0001"
down_revision = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the first table."""
    op.create_table(
        "document",
        sa.Column("key", KEY, nullable=False),
        sa.Column("unique_id", sa.Text, nullable=False),
        sa.Column("blob_key", sa.Text, nullable=False),
        sa.Column("mime_type", sa.Text, nullable=False),
        sa.Column("home", sa.Text),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha1", sa.Text, nullable=False),
        sa.Column("sha256", sa.LargeBinary, nullable=False),
        sa.Column("chunk_digests", sa.LargeBinary, nullable=False),
        sa.Column("wrapping_key", sa.Text),
        sa.Column("wrapped_key", sa.LargeBinary),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("lease_until", sa.BigInteger),
        sa.Column("submission_unique_id", sa.Text, nullable=False),
        sa.Column("register_message_id", sa.Text, nullable=False),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.Column("trace_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("key", name="document_pkey"),
        sa.UniqueConstraint("blob_key", name="document_blob_key"),
        sa.CheckConstraint(
            "(wrapping_key IS NULL) = (wrapped_key IS NULL)", name="document_envelope"
        ),
        sa.CheckConstraint(
            "(state = 'pending' AND lease_until IS NOT NULL)"
            " OR (state = 'committed' AND lease_until IS NULL)",
            name="document_state",
        ),
    )
    op.create_index("document_unique_id", "document", ["unique_id"])
    pending = sa.text("state = 'pending'")
    op.create_index(
        "document_pending",
        "document",
        ["lease_until"],
        sqlite_where=pending,
        postgresql_where=pending,
    )
