"""Patients, codes, identifiers, and the four kinds of registry objects."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "registry_0001"
down_revision = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the first tables."""
    _common()
    _withdrawals()
    _submission_sets()
    _documents()
    _folders()
    _associations()


def _required(name: str, kind: Any, *more: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, *more, nullable=False)


def _patient(table: str, name: str = "patient") -> sa.Column[Any]:
    reference = sa.ForeignKey("patient.key", name=f"{table}_{name}_fkey")
    return _required(name, sa.BigInteger, reference)


def _made_by(table: str) -> sa.Column[Any]:
    reference = sa.ForeignKey("registry_transaction.key", name=f"{table}_made_by_fkey")
    return _required("made_by", sa.BigInteger, reference)


def _optional(table: str, name: str, other: str) -> sa.Column[Any]:
    return sa.Column(
        name, sa.BigInteger, sa.ForeignKey(f"{other}.key", name=f"{table}_{name}_fkey")
    )


def _code(table: str, name: str, *, nullable: bool = True) -> sa.Column[Any]:
    reference = sa.ForeignKey("code.key", name=f"{table}_{name}_fkey")
    return sa.Column(name, sa.BigInteger, reference, nullable=nullable)


def _primary(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"{table}_pkey")


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=f"{table}_{'_'.join(columns)}_key")


def _common() -> None:
    op.create_table(
        "registry_transaction",
        _required("key", KEY),
        _required("time", sa.BigInteger),
        _required("action", sa.Text),
        sa.Column("message_id", sa.Text),
        _required("peer", sa.Text),
        _required("trace_id", sa.Text),
        sa.Column("refusal", sa.Text),
        _primary("registry_transaction", "key"),
    )
    op.create_table(
        "patient",
        _required("key", KEY),
        _required("authority", sa.Text),
        _required("identifier", sa.Text),
        _required("text", sa.Text),
        _optional("patient", "made_by", "registry_transaction"),
        _optional("patient", "merged_into", "patient"),
        _optional("patient", "merged_by", "registry_transaction"),
        _optional("patient", "survivor", "patient"),
        _primary("patient", "key"),
        _unique("patient", "authority", "identifier"),
    )
    op.create_index("patient_subsumed", "patient", ["survivor"])
    op.create_table(
        "code",
        _required("key", KEY),
        _required("scheme", sa.Text),
        _required("code", sa.Text),
        _required("identity", sa.Text),
        _primary("code", "key"),
        _unique("code", "identity"),
    )
    op.create_table(
        "identifier",
        _required("value", sa.Text),
        _required("scheme", sa.SmallInteger),
        _required("kind", sa.SmallInteger),
        _patient("identifier"),
        sa.Column("hash", sa.Text),
        sa.Column("size", sa.BigInteger),
        _made_by("identifier"),
        _primary("identifier", "value", "scheme"),
    )
    op.create_table(
        "further_patient",
        _required("value", sa.Text),
        _required("scheme", sa.SmallInteger),
        _patient("further_patient"),
        _primary("further_patient", "value", "scheme", "patient"),
        sa.ForeignKeyConstraint(
            ["value", "scheme"],
            ["identifier.value", "identifier.scheme"],
            name="further_patient_value_fkey",
        ),
    )


def _withdrawals() -> None:
    op.create_table(
        "withdrawal",
        _required("key", KEY),
        _required("entry_uuid", sa.Text),
        _made_by("withdrawal"),
        _required("reason", sa.Text),
        _optional("withdrawal", "restored_by", "registry_transaction"),
        _primary("withdrawal", "key"),
    )
    op.create_index("withdrawal_of", "withdrawal", ["entry_uuid"])


def _object(table: str, *more: Any) -> None:
    op.create_table(
        table,
        _patient(table),
        _required("key", sa.BigInteger),
        _made_by(table),
        _required("entry_uuid", sa.Text),
        _required("logical_id", sa.Text),
        _required("version", sa.Integer),
        _required("status", sa.SmallInteger),
        sa.Column("home", sa.Text),
        _optional(table, "withdrawn", "withdrawal"),
        _required("fragment", sa.LargeBinary),
        *more,
        _primary(table, "patient", "key"),
        _unique(table, "patient", "entry_uuid"),
    )


def _child(table: str, parent: str, own: str, *more: Any) -> None:
    op.create_table(
        table,
        _required("patient", sa.BigInteger),
        _required(own, sa.BigInteger),
        *more,
        sa.ForeignKeyConstraint(
            ["patient", own],
            [f"{parent}.patient", f"{parent}.key"],
            name=f"{table}_patient_fkey",
        ),
    )


def _submission_sets() -> None:
    _object(
        "submission_set",
        _required("patient_text", sa.Text),
        _required("unique_id", sa.Text),
        _required("source_id", sa.Text),
        _required("submission_time", sa.BigInteger),
        _code("submission_set", "content_type_code"),
        _unique("submission_set", "patient", "unique_id"),
    )
    op.create_index("submission_set_time", "submission_set", ["patient", "submission_time"])
    _child(
        "submission_set_author",
        "submission_set",
        "submission_set",
        _required("position", sa.Integer),
        _required("person", sa.Text),
        _primary("submission_set_author", "patient", "submission_set", "position"),
    )


def _documents() -> None:
    _object(
        "document_entry",
        _required("patient_text", sa.Text),
        _required("unique_id", sa.Text),
        _required("object_type", sa.SmallInteger),
        _required("mime_type", sa.Text),
        _required("is_opaque", sa.Boolean),
        _required("availability", sa.SmallInteger),
        sa.Column("repository_unique_id", sa.Text),
        sa.Column("hash", sa.Text),
        sa.Column("size", sa.BigInteger),
        sa.Column("language", sa.Text),
        sa.Column("creation_time", sa.BigInteger),
        sa.Column("service_start_time", sa.BigInteger),
        sa.Column("service_stop_time", sa.BigInteger),
        _code("document_entry", "class_code"),
        _code("document_entry", "type_code"),
        _code("document_entry", "format_code"),
        _code("document_entry", "practice_setting_code"),
        _code("document_entry", "healthcare_facility_type_code"),
    )
    op.create_index("document_entry_unique_id", "document_entry", ["patient", "unique_id"])
    op.create_index("document_entry_time", "document_entry", ["patient", "creation_time"])
    for name, column in (
        ("document_entry_class_of_all", "class_code"),
        ("document_entry_facility_of_all", "healthcare_facility_type_code"),
    ):
        op.create_index(name, "document_entry", [column, "patient"])
    _child(
        "document_author",
        "document_entry",
        "document",
        _required("position", sa.Integer),
        _required("person", sa.Text),
        _primary("document_author", "patient", "document", "position"),
    )
    _child(
        "document_code",
        "document_entry",
        "document",
        _required("attribute", sa.SmallInteger),
        _code("document_code", "code", nullable=False),
        _primary("document_code", "patient", "document", "attribute", "code"),
    )
    op.create_index(
        "document_code_of_all", "document_code", ["code", "attribute", "patient", "document"]
    )
    _child(
        "document_reference",
        "document_entry",
        "document",
        _required("value", sa.Text),
        _primary("document_reference", "patient", "document", "value"),
    )
    op.create_index(
        "document_reference_of_all",
        "document_reference",
        ["value", "patient", "document"],
        postgresql_ops={"value": "text_pattern_ops"},
    )


def _folders() -> None:
    _object(
        "folder",
        _required("patient_text", sa.Text),
        _required("unique_id", sa.Text),
        _required("last_update_time", sa.BigInteger),
        _unique("folder", "patient", "unique_id"),
    )
    _child(
        "folder_code",
        "folder",
        "folder",
        _code("folder_code", "code", nullable=False),
        _primary("folder_code", "patient", "folder", "code"),
    )
    op.create_index("folder_code_of_all", "folder_code", ["code", "patient", "folder"])


def _associations() -> None:
    _object(
        "association",
        _required("type", sa.SmallInteger),
        _required("source", sa.Text),
        _required("target", sa.Text),
        _patient("association", "target_patient"),
    )
    op.create_index("association_source", "association", ["patient", "source"])
    op.create_index("association_target", "association", ["patient", "target"])
