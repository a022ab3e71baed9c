"""What a Document Consumer asks: ITI-18 and ITI-51 (ITI TF-2 3.18.4.1.2, 3.51.4.1.2)."""

from __future__ import annotations

import re
from typing import Final

from lxml.etree import _Element

from conformance.judging.case import Case, Told
from conformance.judging.table import QUERIES
from ihe_profiles import iti18
from ihe_profiles.ebrim.namespaces import QUERY, RIM
from ihe_profiles.ebrim.reader import text
from ihe_profiles.xds.datatypes import CX, oid_urn_problem
from ihe_profiles.xds.errors import Refusal
from ihe_profiles.xds.phrases import french
from ihe_profiles.xds.queries import Request, parse
from ihe_profiles.xds.query_syntax import FORMS, READERS, Literal, Malformed, read_literals
from ihe_profiles.xds.query_table import BY_ID, Kind, Parameter

_RIM: Final = f"{{{RIM}}}"
_UUID: Final = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NUMBERS: Final = (Kind.TIME_FROM, Kind.TIME_TO, Kind.INTEGER)
_FORM: Final = {Kind.CODE: "DC-18.07", Kind.TIME_FROM: "DC-18.08", Kind.TIME_TO: "DC-18.08"}
_BY_VALUE: Final = frozenset(("stored-query-syntax",))
"""Errors that are found value by value below, with their place."""


def judge(case: Case, body: _Element, transaction: str) -> None:
    """Judge query:AdhocQueryRequest."""
    case.see("DC-18.01")
    try:
        request = iti18.parse(body)
    except Refusal as refusal:
        for error in refusal.errors:
            case.error("DC-18.01", error, body)
        return
    query = body.find(f"{_RIM}AdhocQuery")
    option = body.find(f"{{{QUERY}}}ResponseOption")
    assert query is not None
    assert option is not None
    slots = list(query.iterchildren(f"{_RIM}Slot"))
    _judge_request(case, request, transaction, query, slots)
    composed = option.get("returnComposedObjects", "")
    found = f"returnComposedObjects={composed or 'absent'}"
    case.check("DC-18.14", composed in ("true", "1"), found, option)
    if request.home is not None:
        ok = oid_urn_problem(request.home) is None
        case.check("DC-18.15", ok, f'home="{request.home}"', query)
    stored = BY_ID.get(request.query_id.strip().lower())
    if stored is not None and stored.transaction == transaction:
        for slot in slots:
            _judge_slot(case, slot, stored.by_name.get(slot.get("name", "")))


def _judge_request(
    case: Case, request: Request, transaction: str, query: _Element, slots: list[_Element]
) -> None:
    case.see("DC-18.02", "DC-18.03")
    try:
        parse(request, transaction, update=True)
    except Refusal as refusal:
        for error in refusal.errors:
            if error.key not in _BY_VALUE:
                slot = next((s for s in slots if s.get("name") == error.about), query)
                case.error(QUERIES[error.key], error, slot)
    if not case.has("DC-18.02"):
        case.see("DC-18.04", "DC-18.05")


def _judge_slot(case: Case, slot: _Element, parameter: Parameter | None) -> None:
    name, place = slot.get("name", ""), slot
    case.check("DC-18.13", parameter is not None, name, place)
    if parameter is None:
        return
    for value in slot.iter(f"{_RIM}Value"):
        written = text(value)
        case.see("DC-18.06")
        try:
            literals = read_literals(written)
        except Malformed as problem:
            _malformed(case, "DC-18.06", parameter, written, problem, value)
            continue
        if parameter.multiple:
            case.check("DC-18.10", written.strip().startswith("("), written, value)
        for literal in literals:
            _judge_value(case, parameter, literal, value)


def _judge_value(case: Case, parameter: Parameter, literal: Literal, place: _Element) -> None:
    kind = parameter.kind
    if kind in _FORM:
        case.see(_FORM[kind])
    try:
        READERS[kind](literal)
    except Malformed as problem:
        assertion = (
            _FORM.get(kind, "DC-18.06") if literal.quoted or kind in _NUMBERS else "DC-18.06"
        )
        _malformed(case, assertion, parameter, literal.text, problem, place)
        return
    if kind in _NUMBERS:
        case.check("DC-18.09", not literal.quoted, f"'{literal.text}'", place)
    if kind in (Kind.UUID, Kind.TYPE):
        case.check("DC-18.12", _UUID.fullmatch(literal.text), literal.text, place)
    if parameter.attribute.endswith(".patientId"):
        case.check("DC-18.11", CX.problem(literal.text) is None, literal.text, place)


def _malformed(
    case: Case,
    assertion: str,
    parameter: Parameter,
    value: str,
    problem: Malformed,
    place: _Element,
) -> None:
    shown = value if len(value) <= 100 else f"{value[:97]}..."
    why = problem.args[0]
    form = FORMS[parameter.kind]
    case.fault(
        assertion,
        Told(
            f"{parameter.name}: the value {shown} {why}",
            f"{parameter.name} : la valeur {shown} {french(why, fixed=True)}",
        ),
        place,
        Told(f"Write {form}.", f"Écrivez {french(form, fixed=True)}."),
    )
