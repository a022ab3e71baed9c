"""The audit outbox that is used: no record had been written to the one before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "ledger_0002"
down_revision = "ledger_0001"


def upgrade() -> None:
    """Replace the outbox."""
    op.drop_table("audit_outbox")
    op.create_table(
        "audit_outbox",
        sa.Column("id", sa.LargeBinary, nullable=False),
        sa.Column("message", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="audit_outbox_pkey"),
    )
