"""Why a requester may or may not see a document: the facts of its entries, for a policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, select

from ihe_profiles.policy.consent import Consent, ConsentKind
from ihe_profiles.policy.facts import EntryFacts
from ihe_profiles.policy.view import Coding
from ledger.database import Database
from registry.store import consents, identifiers, patients
from registry.store.batches import execute_at
from registry.store.numbers import CodeAttribute, Scheme
from registry.store.tables import code, document_author, document_code, document_entry, patient

_ENTRIES: Final = select(document_entry).where(
    document_entry.c.patient.in_(bindparam("patients", expanding=True)),
    document_entry.c.unique_id.in_(bindparam("ids", expanding=True)),
)
_LABELS: Final = (
    select(code.c.scheme, code.c.code)
    .join(document_code, document_code.c.code == code.c.key)
    .where(
        document_code.c.patient == bindparam("of"),
        document_code.c.document == bindparam("key"),
        document_code.c.attribute == CodeAttribute.CONFIDENTIALITY_CODE.value,
    )
)
_AUTHORS: Final = select(document_author.c.identity).where(
    document_author.c.patient == bindparam("of"), document_author.c.document == bindparam("key")
)
_CODE: Final = select(code.c.scheme, code.c.code).where(code.c.key == bindparam("key"))
_SAME: Final = select(patient.c.authority, patient.c.identifier).where(
    (patient.c.key == bindparam("holder")) | (patient.c.survivor == bindparam("holder"))
)


@dataclass(frozen=True, slots=True)
class Known:
    """One entry of a document, whether it is withdrawn, and its facts."""

    facts: EntryFacts
    is_withdrawn: bool


def entries(database: Database, unique_id: str) -> list[Known]:
    """Return the facts of every entry of a document."""
    with database.read() as connection:
        places = identifiers.places(connection, Scheme.UNIQUE_ID, {unique_id})
        rows = execute_at(connection, _ENTRIES, places)
        return [_known(connection, row) for row in rows]


def _known(connection: Connection, row: Row[Any]) -> Known:
    place = {"of": row.patient, "key": row.key}
    holder = patients.survivors(connection, [row.patient])[row.patient]
    said = [one for one in consents.listed(connection, holder) if one.ended_by is None]
    authors = [one.identity for one in connection.execute(_AUTHORS, place) if one.identity]
    facts = EntryFacts(
        entry_uuid=row.entry_uuid,
        time=row.service_start_time or row.creation_time or 0,
        confidentiality=_pairs(connection.execute(_LABELS, place)),
        codes=_codes(connection, row),
        authors=frozenset(tuple(one.split("\x1f", 1)) for one in authors),
        patients=_pairs(connection.execute(_SAME, {"holder": holder})),
        consents=tuple(
            Consent(ConsentKind(one.kind), one.whom, one.item, one.before, one.until)
            for one in said
        ),
    )
    return Known(facts, row.withdrawn is not None)


def _codes(connection: Connection, row: Row[Any]) -> dict[Coding, tuple[str, str]]:
    keys = {coding: getattr(row, coding.value) for coding in Coding}
    found = {
        coding: connection.execute(_CODE, {"key": key}).one()
        for coding, key in keys.items()
        if key is not None
    }
    return {coding: (one.scheme, one.code) for coding, one in found.items()}


def _pairs(rows: Any) -> frozenset[tuple[str, str]]:
    return frozenset((first, second) for first, second in rows)
