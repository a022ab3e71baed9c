"""The chain of records, their subjects, and the destinations' places."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "audit_0001"
down_revision = None


def upgrade() -> None:
    """Create the tables, and begin the chain."""
    op.create_table(
        "audit_record",
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("id", sa.LargeBinary, nullable=False),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.Column("chain", sa.LargeBinary, nullable=False),
        sa.Column("message", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="audit_record_pkey"),
        sa.UniqueConstraint("id", name="audit_record_id"),
    )
    op.create_index("audit_record_time", "audit_record", ["time"])
    op.create_table(
        "audit_subject",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("kind", "value", "sequence", name="audit_subject_pkey"),
    )
    op.create_index("audit_subject_sequence", "audit_subject", ["sequence"])
    chain = op.create_table(
        "audit_chain",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("chain", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("name", name="audit_chain_pkey"),
    )
    begin = {"sequence": 0, "chain": bytes(32)}
    op.bulk_insert(chain, [{"name": "anchor", **begin}, {"name": "head", **begin}])
    op.create_table(
        "audit_destination",
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("url", name="audit_destination_pkey"),
    )
