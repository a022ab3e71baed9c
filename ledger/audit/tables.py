"""The audit store: a chain of records, what they tell of, and who has them."""

from __future__ import annotations

import hashlib
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
    UniqueConstraint,
)

METADATA: Final = MetaData()

audit_record: Final = Table(
    "audit_record",
    METADATA,
    Column("sequence", BigInteger, nullable=False),
    Column("id", LargeBinary, nullable=False),
    Column("time", BigInteger, nullable=False),  # milliseconds since 1970
    Column("chain", LargeBinary, nullable=False),  # SHA-256 over the one before and the message
    Column("message", LargeBinary, nullable=False),
    PrimaryKeyConstraint("sequence", name="audit_record_pkey"),
    UniqueConstraint("id", name="audit_record_id"),
    Index("audit_record_time", "time"),
)
"""Every record, in the order in which they came to the store: 1, 2, 3 and no gap."""

audit_subject: Final = Table(
    "audit_subject",
    METADATA,
    Column("kind", Text, nullable=False),  # patient, user or document
    Column("value", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    PrimaryKeyConstraint("kind", "value", "sequence", name="audit_subject_pkey"),
    Index("audit_subject_sequence", "sequence"),
)
"""What a record tells of, to find it by; `value` as `as_subject` has it."""

LONGEST_SUBJECT: Final = 512
"""Characters of a value that are stored as they are."""


def as_subject(value: str) -> str:
    """Return a value as it stands in `audit_subject`: what stands for one that no index holds."""
    if len(value) <= LONGEST_SUBJECT:
        return value
    return f"sha256:{hashlib.sha256(value.encode()).hexdigest()}"


audit_chain: Final = Table(
    "audit_chain",
    METADATA,
    Column("name", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("chain", LargeBinary, nullable=False),
    PrimaryKeyConstraint("name", name="audit_chain_pkey"),
)
"""Two places in the chain: `anchor`, the last record that was pruned, and `head`, the newest."""

audit_destination: Final = Table(
    "audit_destination",
    METADATA,
    Column("url", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    PrimaryKeyConstraint("url", name="audit_destination_pkey"),
)
"""Up to which record each destination has them all."""
