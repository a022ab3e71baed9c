"""What was said of the signatures of documents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "repository_0002"
down_revision = "repository_0001"


def upgrade() -> None:
    """Create the table of verdicts."""
    op.create_table(
        "signature",
        sa.Column("blob_key", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("format", sa.Text, nullable=False),
        sa.Column("form", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("signer", sa.Text),
        sa.Column("claimed", sa.BigInteger),
        sa.Column("proven", sa.BigInteger),
        sa.Column("reasons", sa.Text, nullable=False),
        sa.Column("documents", sa.Text, nullable=False),
        sa.Column("submission_set", sa.Text),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("blob_key", "number", name="signature_pkey"),
        sa.ForeignKeyConstraint(
            ["blob_key"],
            ["document.blob_key"],
            name="signature_blob_key_fkey",
            ondelete="CASCADE",
        ),
    )
