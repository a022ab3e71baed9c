"""What a request concerns, read from its body as it came, also when the rest of it is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from lxml import etree
from lxml.etree import _Element

from ihe_profiles.atna import objects
from ihe_profiles.atna.events import type_code
from ihe_profiles.atna.message import Participated
from ihe_profiles.ebrim.namespaces import RIM, XDS
from ihe_profiles.xds.query_syntax import Malformed, read_literals
from ihe_profiles.xds.vocabulary import IDENTIFICATION_SCHEMES

_RIM: Final = f"{{{RIM}}}"
_XDS: Final = f"{{{XDS}}}"
_PACKAGE: Final = f"{_RIM}RegistryPackage"
_IDENTIFIER: Final = f"{_RIM}ExternalIdentifier"
_SCHEMES: Final[dict[str, Callable[[str], Participated]]] = {
    IDENTIFICATION_SCHEMES["SubmissionSet.patientId"]: objects.patient,
    IDENTIFICATION_SCHEMES["SubmissionSet.uniqueId"]: objects.submission_set,
}


def submission(body: _Element) -> tuple[Participated, ...]:
    """Return the patient and the SubmissionSet of a request with metadata (ITI-41, 42, 61).

    The first of each; none when the request does not say.
    """
    found: dict[str, Participated] = {}
    for package in body.iter(_PACKAGE):
        for identifier in package.iterchildren(_IDENTIFIER):
            scheme, value = identifier.get("identificationScheme", ""), identifier.get("value")
            if value and scheme in _SCHEMES:
                found.setdefault(scheme, _SCHEMES[scheme](value))
    return tuple(found[scheme] for scheme in _SCHEMES if scheme in found)


def stored_query(number: str, body: _Element) -> Participated:
    """Return the query of ITI-18, 38 or 51, whole."""
    query = body.find(f"{_RIM}AdhocQuery")
    query_id, home = ("", "") if query is None else (query.get("id", ""), query.get("home", ""))
    whole = etree.tostring(body, encoding="UTF-8", xml_declaration=False, with_tail=False)
    return objects.query(type_code(number), query_id or "unknown", whole, home)


def queried_patients(body: _Element) -> tuple[str, ...]:
    """Return the patients whom a stored query asks about, each once."""
    return tuple(dict.fromkeys(_patients(body)))


def retrieval(body: _Element) -> tuple[Participated, ...]:
    """Return the documents that ITI-43 or ITI-39 asks for."""
    return tuple(
        objects.retrieved(
            unique_id,
            request.findtext(f"{_XDS}RepositoryUniqueId") or "",
            request.findtext(f"{_XDS}HomeCommunityId") or "",
        )
        for request in body.iterchildren(f"{_XDS}DocumentRequest")
        if (unique_id := request.findtext(f"{_XDS}DocumentUniqueId"))
    )


def _patients(body: _Element) -> Iterator[str]:
    for slot in body.iterfind(f"{_RIM}AdhocQuery/{_RIM}Slot"):
        if slot.get("name", "").lower().endswith("patientid"):
            for value in slot.iterfind(f"{_RIM}ValueList/{_RIM}Value"):
                yield from _literals(value.text or "")


def _literals(text: str) -> Iterator[str]:
    try:
        yield from (literal.text for literal in read_literals(text) if literal.text)
    except Malformed:
        yield text
