"""A call made ready for the database, and the objects that it finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from ihe_profiles.policy.view import EVERYTHING, View
from ihe_profiles.xds.datatypes import CX
from ihe_profiles.xds.errors import refuse
from ihe_profiles.xds.phrases import phrase
from ihe_profiles.xds.queries import StoredQueryCall
from ledger.clock import moment
from registry.queries import parts
from registry.queries.filters import Form, binds, require_few, shape, start_codes
from registry.queries.offered import statement
from registry.store import codes, identifiers, patients, visibility
from registry.store.batches import Place, Rows, execute_at
from registry.store.leaves import Part

_BY_UUID: Final = "$uuid"
_NOBODY: Final = 0
"""No patient's key."""

_STARTS: Final = (
    "$XDSDocumentEntryReferenceIdList",
    "$XDSDocumentEntryEventCodeList",
    "$XDSDocumentEntryHealthcareFacilityTypeCode",
    "$XDSDocumentEntryClassCode",
    "$XDSFolderCodeList",
)
"""Filters that objects of all patients are found by, those that find few first."""


@dataclass(frozen=True, slots=True)
class Search:
    """A call whose objects are looked for at `places`, or where its `terms` say."""

    form: Form
    terms: dict[str, Any]
    places: list[Place] | None

    @classmethod
    def of(cls, connection: Connection, call: StoredQueryCall, view: View = EVERYTHING) -> Search:
        """Make a call ready: one that names ids asks under which patients these are found.

        One that names neither ids nor patients asks for the keys of the codes that it starts from.
        Nothing is found but what `view` shows.

        Raises Refusal.
        """
        by = _by(call)
        wanted = shape(call, but=(by,))
        terms = binds(call, wanted)
        seen = visibility.WHOLE
        if view != EVERYTHING:
            seen, terms = visibility.shape(view), terms | visibility.binds(view, moment())
        if not by:
            start = _start(call)
            if (coded := start_codes(call, start)) is not None:
                terms[coded] = codes.keys(connection, terms[coded])
            return cls(Form(call.query.name, by, wanted, start, seen), terms, None)
        form = Form(call.query.name, by, wanted, view=seen)
        if by.lower().endswith("patientid"):
            return cls(form, terms | _patients(call, by), None)
        values = {str(value) for value in call.any_of(by)}
        places = identifiers.places(connection, parts.scheme(by), values)
        if not places and seen != visibility.WHOLE:  # take the time that what is hidden takes
            places = [(_NOBODY, value) for value in values]
        return cls(form, terms, places)

    def rows(self, connection: Connection, part: Part, limit: int) -> Rows:
        """Return a part of the objects, in the order of their keys, at most `limit`."""
        wanted = statement(self.form, part)
        if self.places is None:
            return connection.execute(wanted, {**self.terms, "limit": limit}).all()
        rows = execute_at(connection, wanted, self.places, **self.terms, limit=limit)
        found = {row.key: row for row in rows}  # batches of ids may have found the same
        return [found[key] for key in sorted(found)][:limit]


def _by(call: StoredQueryCall) -> str:
    """Return the parameter that says where to look; empty when none does."""
    for name in call.values:
        is_id = name in call.query.one_of or name == _BY_UUID
        if is_id or name.lower().endswith("patientid"):
            return name
    return ""


def _patients(call: StoredQueryCall, parameter: str) -> dict[str, Any]:
    """Return the terms of the patients; Refusal when a value is no patient identifier."""
    require_few(call, parameter)
    for value in call.any_of(parameter):
        problem = CX.problem(str(value))
        if problem:
            raise refuse(
                "stored-query-syntax",
                query=call.query.name,
                parameter=parameter,
                value=value,
                problem=problem,
                form="'id^^^&OID&ISO'",
            )
    named = [CX(str(value)) for value in call.any_of(parameter)]
    if call.query.by_name[parameter].multiple:
        return patients.terms_of_any(named)
    return patients.terms(named[0])


def _start(call: StoredQueryCall) -> tuple[str, int]:
    """Return the filter, and the group of it, by which objects of all patients are found.

    Raises Refusal when only patterns that begin with a wildcard are left: they have no index.
    """
    name = next(name for name in _STARTS if name in call.values)
    for number, group in enumerate(call.all_of(name)):
        if not any(_is_open(value) for value in group):
            return name, number
    raise refuse(
        "stored-query-syntax",
        query=call.query.name,
        parameter=name,
        value=next(value for value in call.any_of(name) if _is_open(value)),
        problem=phrase("begins with a wildcard, but the query names no patient"),
        form=phrase("a text that begins with no wildcard, or give the patient"),
    )


def _is_open(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("%", "_"))
