"""Consents of patients, and authors by their identity."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

from ihe_profiles.xds.datatypes import XCN

revision = "registry_0002"
down_revision = "registry_0001"

_BATCH: Final = 1000
_AUTHOR: Final = sa.table(
    "document_author",
    *map(sa.column, ("patient", "document", "position", "person", "identity")),
)


def upgrade() -> None:
    """Create the table and its index, and say of the authors at hand who they are."""
    op.create_table(
        "consent",
        _reference("patient", "patient"),
        sa.Column("key", sa.BigInteger, nullable=False),
        _reference("given_for", "patient"),
        sa.Column("kind", sa.SmallInteger, nullable=False),
        sa.Column("whom", sa.Text),
        sa.Column("item", sa.Text),
        sa.Column("before", sa.BigInteger),
        sa.Column("until", sa.BigInteger),
        sa.Column("reason", sa.Text, nullable=False),
        _reference("made_by", "registry_transaction"),
        _reference("ended_by", "registry_transaction", nullable=True),
        sa.Column("end_reason", sa.Text),
        sa.PrimaryKeyConstraint("patient", "key", name="consent_pkey"),
    )
    op.create_index("consent_in_force", "consent", ["patient", "kind", "ended_by", "whom"])
    op.add_column("document_author", sa.Column("identity", sa.Text))
    _identify()


def _reference(name: str, table: str, *, nullable: bool = False) -> sa.Column[int]:
    to = sa.ForeignKey(f"{table}.key", name=f"consent_{name}_fkey")
    return sa.Column(name, sa.BigInteger, to, nullable=nullable)


def _identify() -> None:
    connection, own = op.get_bind(), _AUTHOR.c
    place = (own.patient, own.document, own.position)
    last = (-1, -1, -1)
    some = sa.select(_AUTHOR).order_by(*place).limit(_BATCH)
    set_ = (
        sa.update(_AUTHOR)
        .where(*(column == sa.bindparam(f"of_{column.name}") for column in place))
        .values(identity=sa.bindparam("found"))
    )
    while rows := connection.execute(some.where(sa.tuple_(*place) > sa.tuple_(*last))).all():
        found = [
            {
                "of_patient": row.patient,
                "of_document": row.document,
                "of_position": row.position,
                "found": f"{XCN(row.person).authority}\x1f{XCN(row.person).id}",
            }
            for row in rows
            if XCN(row.person).authority and XCN(row.person).id
        ]
        if found:
            connection.execute(set_, found)
        last = rows[-1][:3]
