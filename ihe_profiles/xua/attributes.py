"""The names of attributes, IHE's and the French VIHF's, and where each goes in a Requester."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from lxml.etree import _Element

from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.xua.assertion import Assertion
from ihe_profiles.xua.namespaces import HL7
from ihe_profiles.xua.requester import Coded, Family, Requester

_XSPA: Final = "urn:oasis:names:tc:xspa:1.0:"
_XACML: Final = "urn:oasis:names:tc:xacml:2.0:"
_VERSION: Final = "VIHF_Version"
"""Only a VIHF has it, and each does."""
_FROM_REPRESENTATIVES: Final = "INVISIBLE_REPRESENTANTS_LEGAUX"
_MODES: Final = frozenset({"DIRECTE", "INDIRECTE", "INDIRECTE_RENFORCEE"})

Read = Callable[[str, _Element], Any]


def _text(name: str, value: _Element) -> str:
    if len(value):
        raise _wrong(name, "must be plain text")
    return (value.text or "").strip()


def _coded(element: str, *, pair: bool = False) -> Read:
    """Read an HL7 CE, or plain text: a code, or with `pair` CODE^SYSTEM."""

    def read(name: str, value: _Element) -> Coded | None:
        if not len(value):
            said = (value.text or "").strip()
            code, _, system = said.partition("^") if pair else (said, "", "")
            return Coded(code, system) if code else None
        (child, *more) = value
        if more or child.tag != f"{{{HL7}}}{element}":
            raise _wrong(name, f"must be one {element} of {HL7}, or plain text")
        if not (child.get("code") and child.get("codeSystem")):
            raise _wrong(name, "must have code and codeSystem")
        return Coded(
            child.get("code", ""), child.get("codeSystem", ""), child.get("displayName", "")
        )

    return read


def _instance(name: str, value: _Element) -> str:
    """Read an HL7 II as the CX extension^^^&root&ISO, or the root alone."""
    if len(value) != 1 or value[0].tag != f"{{{HL7}}}id" or not value[0].get("root"):
        raise _wrong(name, f"must be one id of {HL7} with a root")
    root, extension = value[0].get("root", ""), value[0].get("extension")
    return f"{extension}^^^&{root}&ISO" if extension else root


def _mode(name: str, value: _Element) -> str:
    if (mode := _text(name, value)) not in _MODES:
        raise _wrong(name, f"is {mode}; known are {', '.join(sorted(_MODES))}")
    return mode


def _is_secret(name: str, value: _Element) -> bool:
    said = value[0].get("code") if len(value) else (value.text or "").strip()
    return said == _FROM_REPRESENTATIVES


def _several(values: list[Any]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(values))


def _joined(values: list[Any]) -> str:
    return ", ".join(dict.fromkeys(values))


@dataclass(frozen=True, slots=True)
class _Row:
    """Where an attribute goes, how a value is read, and what several become (else: one only)."""

    field: str
    read: Read
    together: Callable[[list[Any]], Any] | None = None


_COMMON: Final[dict[str, _Row]] = {
    f"{_XSPA}subject:subject-id": _Row("name", _text),
    f"{_XACML}resource:resource-id": _Row("patient_id", _text),
}
_IHE: Final[dict[str, _Row]] = {  # ITI TF-2 3.40.4.1.2
    **_COMMON,
    f"{_XSPA}subject:organization": _Row("organization", _text, _joined),
    f"{_XSPA}subject:organization-id": _Row("organization_ids", _text, _several),
    "urn:ihe:iti:xca:2010:homeCommunityId": _Row("home_community_id", _text),
    f"{_XSPA}subject:npi": _Row("provider_ids", _text, _several),
    "urn:ihe:iti:xua:2017:subject:provider-identifier": _Row("provider_ids", _instance, _several),
    f"{_XACML}subject:role": _Row("roles", _coded("Role"), _several),
    f"{_XSPA}subject:purposeofuse": _Row("purposes", _coded("PurposeOfUse"), _several),
    "urn:ihe:iti:bppc:2007:docid": _Row("consents", _text, _several),
    "urn:ihe:iti:xua:2012:acp": _Row("policies", _text, _several),
}
_VIHF: Final[dict[str, _Row]] = {
    **_COMMON,
    f"{_XACML}subject:role": _Row("roles", _coded("Role", pair=True), _several),
    f"{_XSPA}subject:purposeofuse": _Row("purposes", _coded("PurposeOfUse", pair=True), _several),
    "Identifiant_Structure": _Row("organization_ids", _text, _several),
    "Secteur_Activite": _Row("sector", _coded("Secteur_Activite", pair=True)),
    "Authentification_Mode": _Row("authentication_mode", _mode),
    f"{_XSPA}resource:patient:hl7:confidentiality-code": _Row("secret_connection", _is_secret, any),
}
_TABLES: Final[Mapping[Family, Mapping[str, _Row]]] = {Family.IHE: _IHE, Family.VIHF: _VIHF}


def requester(assertion: Assertion, token: bytes) -> Requester:
    """Return whom a verified assertion names; attributes that no table knows say nothing here.

    Raises SoapFault: `assertion-attribute`.
    """
    names = {name for name, _ in assertion.attributes}
    family = Family.VIHF if _VERSION in names else Family.IHE
    return Requester(
        user=assertion.user,
        issuer=assertion.issuer,
        family=family,
        assertion_id=assertion.id,
        alias=assertion.alias,
        token=token,
        **_fields(assertion, _TABLES[family]),
    )


def _fields(assertion: Assertion, table: Mapping[str, _Row]) -> dict[str, Any]:
    read: dict[str, list[Any]] = {}
    rows: dict[str, tuple[str, _Row]] = {}
    for name, value in assertion.attributes:
        if (row := table.get(name)) is not None and (said := row.read(name, value)) not in (
            "",
            None,
        ):
            read.setdefault(row.field, []).append(said)
            rows[row.field] = name, row
    return {field: _together(*rows[field], values) for field, values in read.items()}


def _together(name: str, row: _Row, values: list[Any]) -> Any:
    if row.together is not None:
        return row.together(values)
    if len(set(values)) > 1:
        raise _wrong(name, f"has {len(set(values))} different values, and may have one")
    return values[0]


def _wrong(name: str, problem: str) -> SoapFault:
    return SoapFault("assertion-attribute", name=name, problem=problem)
