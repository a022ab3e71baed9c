"""The registry's tables (DESIGN, "The registry's tables").

A row of an object holds what queries look for, what can change, and `fragment`, the rest of its
XML. Every key and index but those of `identifier` begins with the patient, and those that find by
what ITI-51 asks for without a patient (`..._of_all`). Times are 14-digit integers (UTC), padded
with the lowest value. `made_by` is the transaction that made the row.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

METADATA: Final = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
    }
)

KEY: Final = BigInteger().with_variant(Integer, "sqlite")
"""A surrogate key: SQLite numbers rows by itself only under its own name for the type."""


def _code(name: str) -> Column[int]:
    return Column(name, BigInteger, ForeignKey("code.key"))


registry_transaction: Final = Table(
    "registry_transaction",
    METADATA,
    Column("key", KEY, nullable=False),
    Column("time", BigInteger, nullable=False),  # milliseconds since 1970
    Column("action", Text, nullable=False),
    Column("message_id", Text),
    Column("peer", Text, nullable=False),
    Column("trace_id", Text, nullable=False),
    Column("refusal", Text),  # why a patient feed changed nothing; null when it was carried out
    PrimaryKeyConstraint("key"),
)
"""What was done to the registry, by whom, in which message; of the feeds also what was refused."""

patient: Final = Table(
    "patient",
    METADATA,
    Column("key", KEY, nullable=False),
    Column("authority", Text, nullable=False),
    Column("identifier", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("made_by", BigInteger, ForeignKey("registry_transaction.key")),
    Column("merged_into", BigInteger, ForeignKey("patient.key")),
    Column("merged_by", BigInteger, ForeignKey("registry_transaction.key")),
    Column("survivor", BigInteger, ForeignKey("patient.key")),  # the end of the chain
    PrimaryKeyConstraint("key"),
    UniqueConstraint("authority", "identifier"),
    Index("patient_subsumed", "survivor"),
)
"""One row for each patientId: the OID of its authority and the id, and the CX as first seen.

After a merge `survivor` is the patient who stands for this one in the end, null while that is the
patient itself; `merged_into` is the one that the merge named, in the transaction `merged_by`.
"""

code: Final = Table(
    "code",
    METADATA,
    Column("key", KEY, nullable=False),
    Column("scheme", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("identity", Text, nullable=False),  # both, see codes.identity
    PrimaryKeyConstraint("key"),
    UniqueConstraint("identity"),
)
"""Every code that some object uses, once."""

identifier: Final = Table(
    "identifier",
    METADATA,
    Column("value", Text, nullable=False),
    Column("scheme", SmallInteger, nullable=False),  # numbers.Scheme
    Column("kind", SmallInteger, nullable=False),  # numbers.Kind
    Column("patient", BigInteger, ForeignKey("patient.key"), nullable=False),
    Column("hash", Text),  # of a DocumentEntry's uniqueId: lower-case hex
    Column("size", BigInteger),
    Column("made_by", BigInteger, ForeignKey("registry_transaction.key"), nullable=False),
    PrimaryKeyConstraint("value", "scheme"),
)
"""Every entryUUID and uniqueId, once: who has it, and under which patient it is found."""

further_patient: Final = Table(
    "further_patient",
    METADATA,
    Column("value", Text, nullable=False),
    Column("scheme", SmallInteger, nullable=False),
    Column("patient", BigInteger, ForeignKey("patient.key"), nullable=False),
    PrimaryKeyConstraint("value", "scheme", "patient"),
    ForeignKeyConstraint(["value", "scheme"], ["identifier.value", "identifier.scheme"]),
)
"""Other patients under which an identifier is found: the same document, or a reference to it."""


withdrawal: Final = Table(
    "withdrawal",
    METADATA,
    Column("key", KEY, nullable=False),
    Column("entry_uuid", Text, nullable=False),
    Column("made_by", BigInteger, ForeignKey("registry_transaction.key"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("restored_by", BigInteger, ForeignKey("registry_transaction.key")),
    PrimaryKeyConstraint("key"),
    Index("withdrawal_of", "entry_uuid"),
)
"""Each correction that hid a DocumentEntry, why, and whether it was taken back; never deleted."""


def _object(name: str, *more: Any) -> Table:
    """Make the table of one kind of registry objects: what all kinds share, and `more`."""
    return Table(
        name,
        METADATA,
        Column("patient", BigInteger, ForeignKey("patient.key"), nullable=False),
        Column("key", BigInteger, nullable=False),
        Column("made_by", BigInteger, ForeignKey("registry_transaction.key"), nullable=False),
        Column("entry_uuid", Text, nullable=False),
        Column("logical_id", Text, nullable=False),
        Column("version", Integer, nullable=False),
        Column("status", SmallInteger, nullable=False),  # numbers.STATUS
        Column("home", Text),
        Column("withdrawn", BigInteger, ForeignKey("withdrawal.key")),  # hidden by it; null: seen
        Column("fragment", LargeBinary, nullable=False),
        *more,
        PrimaryKeyConstraint("patient", "key"),
        UniqueConstraint("patient", "entry_uuid"),
    )


submission_set: Final = _object(
    "submission_set",
    Column("patient_text", Text, nullable=False),  # the CX as submitted
    Column("unique_id", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    Column("submission_time", BigInteger, nullable=False),
    _code("content_type_code"),
    UniqueConstraint("patient", "unique_id"),
    Index("submission_set_time", "patient", "submission_time"),
)

document_entry: Final = _object(
    "document_entry",
    Column("patient_text", Text, nullable=False),  # the CX as submitted
    Column("unique_id", Text, nullable=False),
    Column("object_type", SmallInteger, nullable=False),  # numbers.OBJECT_TYPE
    Column("mime_type", Text, nullable=False),
    Column("is_opaque", Boolean, nullable=False),
    Column("availability", SmallInteger, nullable=False),  # numbers.AVAILABILITY
    Column("repository_unique_id", Text),
    Column("hash", Text),  # lower-case hex
    Column("size", BigInteger),
    Column("language", Text),
    Column("creation_time", BigInteger),
    Column("service_start_time", BigInteger),
    Column("service_stop_time", BigInteger),
    _code("class_code"),
    _code("type_code"),
    _code("format_code"),
    _code("practice_setting_code"),
    _code("healthcare_facility_type_code"),
    Index("document_entry_unique_id", "patient", "unique_id"),
    Index("document_entry_time", "patient", "creation_time"),
    Index("document_entry_class_of_all", "class_code", "patient"),
    Index("document_entry_facility_of_all", "healthcare_facility_type_code", "patient"),
)

folder: Final = _object(
    "folder",
    Column("patient_text", Text, nullable=False),  # the CX as submitted
    Column("unique_id", Text, nullable=False),
    Column("last_update_time", BigInteger, nullable=False),
    UniqueConstraint("patient", "unique_id"),
)

association: Final = _object(
    "association",
    Column("type", SmallInteger, nullable=False),  # numbers.ASSOCIATION_TYPE
    Column("source", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column(  # another one for a document that is referred to only
        "target_patient",
        BigInteger,
        ForeignKey("patient.key"),
        nullable=False,
    ),
    Index("association_source", "patient", "source"),
    Index("association_target", "patient", "target"),
)


def _child(name: str, parent: Table, own: str, *more: Any) -> Table:
    """Make a table of values of which an object has several."""
    return Table(
        name,
        METADATA,
        Column("patient", BigInteger, nullable=False),
        Column(own, BigInteger, nullable=False),
        *more,
        ForeignKeyConstraint(["patient", own], [f"{parent.name}.patient", f"{parent.name}.key"]),
    )


submission_set_author: Final = _child(
    "submission_set_author",
    submission_set,
    "submission_set",
    Column("position", Integer, nullable=False),
    Column("person", Text, nullable=False),
    PrimaryKeyConstraint("patient", "submission_set", "position"),
)

document_author: Final = _child(
    "document_author",
    document_entry,
    "document",
    Column("position", Integer, nullable=False),
    Column("person", Text, nullable=False),
    Column("identity", Text),  # authority and id; null for a name alone
    PrimaryKeyConstraint("patient", "document", "position"),
)

document_code: Final = _child(
    "document_code",
    document_entry,
    "document",
    Column("attribute", SmallInteger, nullable=False),  # numbers.CodeAttribute
    Column("code", BigInteger, ForeignKey("code.key"), nullable=False),
    PrimaryKeyConstraint("patient", "document", "attribute", "code"),
    Index("document_code_of_all", "code", "attribute", "patient", "document"),
)

document_reference: Final = _child(
    "document_reference",
    document_entry,
    "document",
    Column("value", Text, nullable=False),  # a CXi of referenceIdList
    PrimaryKeyConstraint("patient", "document", "value"),
    Index(
        "document_reference_of_all",
        "value",
        "patient",
        "document",
        postgresql_ops={"value": "text_pattern_ops"},
    ),
)

folder_code: Final = _child(
    "folder_code",
    folder,
    "folder",
    Column("code", BigInteger, ForeignKey("code.key"), nullable=False),
    PrimaryKeyConstraint("patient", "folder", "code"),
    Index("folder_code_of_all", "code", "patient", "folder"),
)

consent: Final = Table(
    "consent",
    METADATA,
    Column("patient", BigInteger, ForeignKey("patient.key"), nullable=False),  # the survivor
    Column("key", BigInteger, nullable=False),
    Column("given_for", BigInteger, ForeignKey("patient.key"), nullable=False),  # before merges
    Column("kind", SmallInteger, nullable=False),  # policy.consent.ConsentKind
    Column("whom", Text),  # policy.consent.whom; null: everybody
    Column("item", Text),  # entryUUID; null: every document
    Column("before", BigInteger),  # covers what is older
    Column("until", BigInteger),  # is over then
    Column("reason", Text, nullable=False),
    Column("made_by", BigInteger, ForeignKey("registry_transaction.key"), nullable=False),
    Column("ended_by", BigInteger, ForeignKey("registry_transaction.key")),
    Column("end_reason", Text),
    PrimaryKeyConstraint("patient", "key"),
    Index("consent_in_force", "patient", "kind", "ended_by", "whom"),
)
"""What patients said about who may see what; what was taken back stays, with its end."""
