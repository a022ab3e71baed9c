"""What a query selects of an object, to join its XML (LeafClass) or to name it (ObjectRef).

An answer of many objects is decided first; what never changes is fetched later, as it is sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Table,
    bindparam,
    cast,
    literal_column,
    null,
    select,
)
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
from registry.store import patients
from registry.store.batches import Rows, execute_at
from registry.store.numbers import ASSOCIATION_TYPE_URN, OBJECT_TYPE_URN, STATUS_URN, Kind
from registry.store.tables import association, document_entry, folder, submission_set

TABLES: Final = {
    Kind.SUBMISSION_SET: submission_set,
    Kind.DOCUMENT_ENTRY: document_entry,
    Kind.FOLDER: folder,
    Kind.ASSOCIATION: association,
}


class Part(Enum):
    """How much is selected of an object."""

    PLACE = "where it is"
    REFERENCE = "its id"
    DECISION = "what may change, and where the rest is"
    REST = "what never changes"
    WHOLE = "everything"


_DECISION: Final[dict[str, TypeEngine[Any]]] = {
    "key": BigInteger(),
    "patient": BigInteger(),
    "status": SmallInteger(),
    "home": Text(),
    "patient_text": Text(),
    "last_update_time": BigInteger(),
}
_REST: Final[dict[str, TypeEngine[Any]]] = {
    "key": BigInteger(),
    "fragment": LargeBinary(),
    "entry_uuid": Text(),
    "logical_id": Text(),
    "version": Integer(),
    "mime_type": Text(),
    "object_type": SmallInteger(),
    "is_opaque": Boolean(),
    "type": SmallInteger(),
    "source": Text(),
    "target": Text(),
}
_COLUMNS: Final[dict[Part, dict[str, TypeEngine[Any]]]] = {
    Part.PLACE: {"key": BigInteger(), "patient": BigInteger()},
    Part.REFERENCE: {"key": BigInteger(), "entry_uuid": Text(), "home": Text()},
    Part.DECISION: _DECISION,
    Part.REST: _REST,
    Part.WHOLE: _DECISION | _REST,
}


class Decision(NamedTuple):
    """What was decided of an object when the answer began, and where the rest of it is."""

    kind: Kind
    key: int
    patient: int
    status: int
    home: str | None
    patient_text: str | None
    last_update_time: int | None


def columns(kind: Kind, part: Part) -> list[ColumnElement[Any]]:
    """Return the columns of one kind of objects: the same for all kinds, null where it has none."""
    table = TABLES[kind]
    return [
        literal_column(str(kind.value), Integer).label("kind"),
        *(_column(table, name, type_) for name, type_ in _COLUMNS[part].items()),
    ]


def reference(row: Row[Any], home: str | None) -> bytes:
    """Write the ObjectRef of a row; `home` is that of objects without a homeCommunityId."""
    return object_ref(row.entry_uuid, row.home or home)


def whole(row: Row[Any], home: str | None) -> bytes:
    """Join the XML of an object that was selected whole."""
    return _joined(row, row, home)


def decisions(rows: Rows) -> list[Decision]:
    """Keep what was decided, the texts that come again and again once."""
    texts: dict[str | None, str | None] = {}
    return [
        Decision(
            Kind(row.kind),
            row.key,
            row.patient,
            row.status,
            texts.setdefault(row.home, row.home),
            texts.setdefault(row.patient_text, row.patient_text),
            row.last_update_time,
        )
        for row in rows
    ]


def rest(connection: Connection, decided: Sequence[Decision], home: str | None) -> Iterator[bytes]:
    """Fetch the rest of the objects and join the XML of each, in the same order."""
    found: dict[int, Row[Any]] = {}
    for kind, statement in _FETCH.items():
        places = [(one.patient, one.key) for one in decided if one.kind is kind]
        rows = execute_at(connection, statement, places)
        found |= {row.key: row for row in rows}
    return (_joined(found[one.key], one, home) for one in decided)


def _joined(row: Row[Any], decided: Row[Any] | Decision, home: str | None) -> bytes:
    return render(row.fragment, _SHELLS[Kind(row.kind)](row, decided, decided.home or home))


def _column(table: Table, name: str, type_: TypeEngine[Any]) -> ColumnElement[Any]:
    if name not in table.c:
        return cast(null(), type_).label(name)
    made = patients.shown(table) if name == "patient_text" else table.c[name]
    return made.label(name)


_FETCH: Final = {
    kind: select(*columns(kind, Part.REST)).where(
        table.c.patient.in_(bindparam("patients", expanding=True)),
        table.c.key.in_(bindparam("ids", expanding=True)),
    )
    for kind, table in TABLES.items()
}


def _document(row: Row[Any], decided: Row[Any] | Decision, home: str | None) -> Shell:
    return DocumentShell(
        row.entry_uuid,
        STATUS_URN[decided.status],
        row.logical_id,
        row.version,
        home,
        decided.patient_text,
        row.mime_type,
        OBJECT_TYPE_URN[row.object_type],
        row.is_opaque,
    )


def _package(row: Row[Any], decided: Row[Any] | Decision, home: str | None) -> Shell:
    return PackageShell(
        row.entry_uuid,
        STATUS_URN[decided.status],
        row.logical_id,
        row.version,
        home,
        decided.patient_text,
        decided.last_update_time,
    )


def _association(row: Row[Any], decided: Row[Any] | Decision, home: str | None) -> Shell:
    return AssociationShell(
        row.entry_uuid,
        ASSOCIATION_TYPE_URN[row.type],
        row.source,
        row.target,
        STATUS_URN[decided.status],
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
