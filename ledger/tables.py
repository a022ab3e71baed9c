"""The tables that stand beside an actor's own, in the same database."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
)

METADATA: Final = MetaData()

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
    Column("id", LargeBinary, nullable=False),  # 16 octets: time, then chance
    Column("message", LargeBinary, nullable=False),  # of syslog, with the record in it
    PrimaryKeyConstraint("id", name="audit_outbox_pkey"),
)
"""Audit records that were committed with what they tell of, until the audit store has them."""
