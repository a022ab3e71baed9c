"""What a query selects of an object, to join its XML (LeafClass) or to name it (ObjectRef)."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Table, cast, literal_column, null
from sqlalchemy.types import (
    BigInteger,
    Boolean,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    TypeEngine,
)

from ihe_profiles.xds.fragment import (
    AssociationShell,
    DocumentShell,
    PackageShell,
    Shell,
    object_ref,
    render,
)
from ihe_profiles.xds.queries import ReturnType
from registry.store import patients
from registry.store.numbers import ASSOCIATION_TYPE_URN, OBJECT_TYPE_URN, STATUS_URN, Kind
from registry.store.tables import association, document_entry, folder, submission_set

TABLES: Final = {
    Kind.SUBMISSION_SET: submission_set,
    Kind.DOCUMENT_ENTRY: document_entry,
    Kind.FOLDER: folder,
    Kind.ASSOCIATION: association,
}

_COLUMNS: Final[dict[ReturnType, dict[str, TypeEngine[Any]]]] = {
    ReturnType.OBJECT_REF: {
        "key": BigInteger(),
        "patient": BigInteger(),
        "entry_uuid": Text(),
        "home": Text(),
    },
    ReturnType.LEAF_CLASS: {
        "key": BigInteger(),
        "patient": BigInteger(),
        "fragment": LargeBinary(),
        "entry_uuid": Text(),
        "status": SmallInteger(),
        "logical_id": Text(),
        "version": Integer(),
        "home": Text(),
        "patient_text": Text(),
        "mime_type": Text(),
        "object_type": SmallInteger(),
        "is_opaque": Boolean(),
        "last_update_time": BigInteger(),
        "type": SmallInteger(),
        "source": Text(),
        "target": Text(),
    },
}


def columns(kind: Kind, return_type: ReturnType) -> list[ColumnElement[Any]]:
    """Return the columns of one kind of objects: the same for all kinds, null where it has none."""
    table = TABLES[kind]
    return [
        literal_column(str(kind.value), Integer).label("kind"),
        *(_column(table, name, type_) for name, type_ in _COLUMNS[return_type].items()),
    ]


def xml(row: Row[Any], return_type: ReturnType, home: str | None) -> bytes:
    """Join the XML of an object; `home` is that of objects without a homeCommunityId."""
    if return_type is ReturnType.OBJECT_REF:
        return object_ref(row.entry_uuid, row.home or home)
    return render(row.fragment, _SHELLS[row.kind](row, row.home or home))


def _column(table: Table, name: str, type_: TypeEngine[Any]) -> ColumnElement[Any]:
    if name not in table.c:
        return cast(null(), type_).label(name)
    made = patients.shown(table) if name == "patient_text" else table.c[name]
    return made.label(name)


def _document(row: Row[Any], home: str | None) -> Shell:
    return DocumentShell(
        row.entry_uuid,
        STATUS_URN[row.status],
        row.logical_id,
        row.version,
        home,
        row.patient_text,
        row.mime_type,
        OBJECT_TYPE_URN[row.object_type],
        row.is_opaque,
    )


def _package(row: Row[Any], home: str | None) -> Shell:
    return PackageShell(
        row.entry_uuid,
        STATUS_URN[row.status],
        row.logical_id,
        row.version,
        home,
        row.patient_text,
        row.last_update_time,
    )


def _association(row: Row[Any], home: str | None) -> Shell:
    return AssociationShell(
        row.entry_uuid,
        ASSOCIATION_TYPE_URN[row.type],
        row.source,
        row.target,
        STATUS_URN[row.status],
        row.logical_id,
        row.version,
        home,
    )


_SHELLS: Final = {
    Kind.SUBMISSION_SET: _package,
    Kind.DOCUMENT_ENTRY: _document,
    Kind.FOLDER: _package,
    Kind.ASSOCIATION: _association,
}
