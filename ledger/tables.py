"""The tables that stand beside an actor's own, in the same database."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
)

METADATA: Final = MetaData()

KEY: Final = BigInteger().with_variant(Integer, "sqlite")
"""A surrogate key: SQLite numbers rows by itself only under its own name for the type."""

answered_message: Final = Table(
    "answered_message",
    METADATA,
    Column("message_id", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("peer", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("holder", Text, nullable=False),
    Column("lease_until", BigInteger, nullable=False),  # milliseconds since 1970
    Column("time", BigInteger, nullable=False),  # of its arrival, then of its answer
    Column("answer", LargeBinary),  # null while the work is under way
    PrimaryKeyConstraint("message_id", "action", name="answered_message_pkey"),
    Index("answered_message_time", "time"),
)
"""One row for each message that was carried out, or is being carried out."""

lease: Final = Table(
    "lease",
    METADATA,
    Column("name", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("lease_until", BigInteger, nullable=False),  # milliseconds since 1970
    PrimaryKeyConstraint("name", name="lease_pkey"),
)
"""A job that only one process at a time may do."""

audit_outbox: Final = Table(
    "audit_outbox",
    METADATA,
    Column("key", KEY, nullable=False),
    Column("time", BigInteger, nullable=False),  # milliseconds since 1970
    Column("kind", Text, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Column("chain", LargeBinary),  # hash over the record sent before and this one; null until sent
    Column("delivered", BigInteger),  # milliseconds since 1970; null until confirmed
    PrimaryKeyConstraint("key", name="audit_outbox_pkey"),
)
"""Audit records that were committed with what they tell of, until a repository has them."""

Index(
    "audit_outbox_undelivered",
    audit_outbox.c.key,
    sqlite_where=audit_outbox.c.delivered.is_(None),
    postgresql_where=audit_outbox.c.delivered.is_(None),
)
