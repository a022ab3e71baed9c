"""The repository's index: which documents there are, and where their bytes are."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
)

METADATA: Final = MetaData()

KEY: Final = BigInteger().with_variant(Integer, "sqlite")
"""A surrogate key: SQLite numbers rows by itself only under its own name for the type."""


class State(StrEnum):
    """How far a document is: the registry has it for sure, or perhaps. Both are served."""

    PENDING = "pending"
    COMMITTED = "committed"


document: Final = Table(
    "document",
    METADATA,
    Column("key", KEY, nullable=False),
    Column("unique_id", Text, nullable=False),
    Column("blob_key", Text, nullable=False),
    Column("mime_type", Text, nullable=False),
    Column("home", Text),
    Column("size", BigInteger, nullable=False),
    Column("sha1", Text, nullable=False),  # lower-case hex
    Column("sha256", LargeBinary, nullable=False),
    Column("chunk_digests", LargeBinary, nullable=False),  # SHA-256 of each MiB, joined
    Column("wrapping_key", Text),  # the id of the key that wraps the next; null when not encrypted
    Column("wrapped_key", LargeBinary),  # the blob's data key: without it the bytes are noise
    Column("state", Text, nullable=False),
    Column("lease_until", BigInteger),  # milliseconds since 1970; null when committed
    Column("submission_unique_id", Text, nullable=False),
    Column("register_message_id", Text, nullable=False),  # wsa:MessageID of its ITI-42
    Column("time", BigInteger, nullable=False),  # milliseconds since 1970
    Column("trace_id", Text, nullable=False),
    PrimaryKeyConstraint("key", name="document_pkey"),
    UniqueConstraint("blob_key", name="document_blob_key"),
    CheckConstraint("(wrapping_key IS NULL) = (wrapped_key IS NULL)", name="document_envelope"),
    CheckConstraint(
        "(state = 'pending' AND lease_until IS NOT NULL)"
        " OR (state = 'committed' AND lease_until IS NULL)",
        name="document_state",
    ),
    Index("document_unique_id", "unique_id"),
)
"""One row for each document that was submitted; several may have one uniqueId."""

IS_PENDING: Final = document.c.state == literal_column("'pending'")
"""Written out in the statement: a database does not use a partial index for a parameter."""

Index(
    "document_pending",
    document.c.lease_until,
    sqlite_where=IS_PENDING,
    postgresql_where=IS_PENDING,
)

signature: Final = Table(
    "signature",
    METADATA,
    Column(
        "blob_key",
        Text,
        ForeignKey("document.blob_key", name="signature_blob_key_fkey", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("number", Integer, nullable=False),  # from 0, in the document's order
    Column("format", Text, nullable=False),
    Column("form", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("signer", Text),  # subject of the certificate, RFC 4514
    Column("claimed", BigInteger),  # the time that the signer states, milliseconds since 1970
    Column("proven", BigInteger),  # that of a timestamp
    Column("reasons", Text, nullable=False),  # JSON: a list of reason, text and section
    Column("documents", Text, nullable=False),  # JSON: the uniqueIds that it lists
    Column("submission_set", Text),
    Column("time", BigInteger, nullable=False),  # when it was judged, milliseconds since 1970
    PrimaryKeyConstraint("blob_key", "number", name="signature_pkey"),
)
"""What was said of each signature of a document when that was submitted; goes with its document."""
