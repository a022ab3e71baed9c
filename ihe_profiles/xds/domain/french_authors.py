"""The French rules about persons and structures: who is who in XCN and XON (CI-SIS)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ihe_profiles.xds.attributes import AUTHOR_SLOTS, DOCUMENT_ENTRY, label
from ihe_profiles.xds.datatypes import XCN, XON
from ihe_profiles.xds.domain import ins
from ihe_profiles.xds.errors import RegistryError, error
from ihe_profiles.xds.metadata import Author, DocumentEntry, SubmissionSet
from ihe_profiles.xds.phrases import phrase

_PERSON, _SYSTEM = "D", "U"
_PERSON_TYPES: Final = {"IDNPS": _PERSON, "EI": _PERSON, "NH": _PERSON, "RI": _SYSTEM}
"""XCN.13, the kind of number, and the XCN.10 that goes with it."""

_KIND_NEEDED: Final = "needs {expected} in component 10 beside {type}"

_INSTITUTION_TYPES: Final = ("IDNST", "SIREN")
"""XON.7: a structure's national number, a referenced service's."""

_SECTIONS: Final = {name: row.section for name, row in AUTHOR_SLOTS.items()} | {
    "legalAuthenticator": DOCUMENT_ENTRY.by_name["legalAuthenticator"].section,
    "author": "TF-3 4.2.3.3.1",
}

WithAuthors = SubmissionSet | DocumentEntry


def one_author(submission_set: SubmissionSet) -> Iterator[RegistryError]:
    """Judge that a SubmissionSet has exactly one author."""
    number = len(submission_set.author)
    if number != 1:
        yield error(
            "domain-attribute-number",
            object=label(submission_set),
            attribute="author",
            number=number,
            section=f"{_SECTIONS['author']}; CI-SIS",
        )


def persons(obj: WithAuthors) -> Iterator[RegistryError]:
    """Judge that a person or system has a number with its authority, and a name."""
    for name, person in _persons(obj):
        if not person.id or not person.last_name:
            problem = "needs a number in component 1 and a name in component 2"
        elif not person.authority:
            problem = "needs the authority of the number in component 9 as &OID&ISO"
        else:
            continue
        yield _problem(obj, name, person, problem)


def person_types(obj: WithAuthors) -> Iterator[RegistryError]:
    """Judge the kind of person and of number: D with IDNPS, EI or NH, U with RI."""
    for name, person in _persons(obj):
        kind = person.component(13)
        expected = _PERSON_TYPES.get(kind)
        if expected is None:
            problem = "needs one of IDNPS, EI, NH and RI in component 13"
        elif person.component(10) != expected:
            problem = phrase(_KIND_NEEDED, expected=expected, type=kind)
        elif (kind == "NH") != (person.authority in ins.AUTHORITIES):
            problem = "needs NH in component 13 for a patient's INS, and only for one"
        else:
            continue
        yield _problem(obj, name, person, problem)


def institutions(obj: WithAuthors) -> Iterator[RegistryError]:
    """Judge that a structure has a number with its authority, or a name alone."""
    for institution in _institutions(obj):
        if bool(institution.id) != bool(institution.authority):
            problem = "needs a number (10) and its authority (6) together, or a name alone"
            yield _problem(obj, "authorInstitution", institution, problem)


def institution_types(obj: WithAuthors) -> Iterator[RegistryError]:
    """Judge the kind of number of a structure."""
    for institution in _institutions(obj):
        if institution.id and institution.component(7) not in _INSTITUTION_TYPES:
            problem = "needs IDNST or SIREN in component 7"
            yield _problem(obj, "authorInstitution", institution, problem)


def author_institutions(obj: WithAuthors) -> Iterator[RegistryError]:
    """Judge that professionals and systems say where they belong, and patients do not."""
    for author in obj.author:
        if _is_patient(author) == bool(author.institutions):
            problem = (
                "is a patient's and has an authorInstitution beside it"
                if author.institutions
                else "has no authorInstitution beside it"
            )
            yield _problem(obj, "authorPerson", author.person or "", problem)


def specialties(obj: WithAuthors) -> Iterator[RegistryError]:
    """Judge that a specialty is code^label^OID."""
    for author in obj.author:
        for specialty in author.specialties:
            parts = specialty.split("^")
            if len(parts) != 3 or not all(parts):
                problem = "is not of the form code^label^OID of the code system"
                yield _problem(obj, "authorSpecialty", specialty, problem)


def roles(obj: WithAuthors) -> Iterator[RegistryError]:
    """Judge that a role is a label."""
    for author in obj.author:
        for role in author.roles:
            if "^" in role:
                yield _problem(obj, "authorRole", role, "is a code where a label is wanted")


def _persons(obj: WithAuthors) -> Iterator[tuple[str, XCN]]:
    for author in obj.author:
        if author.person:
            yield "authorPerson", author.person
    if isinstance(obj, DocumentEntry) and obj.legal_authenticator:
        yield "legalAuthenticator", obj.legal_authenticator


def _institutions(obj: WithAuthors) -> Iterator[XON]:
    for author in obj.author:
        yield from author.institutions


def _is_patient(author: Author) -> bool:
    person = author.person
    return person is not None and (
        person.component(13) == "NH" or person.authority in ins.AUTHORITIES
    )


def _problem(obj: WithAuthors, name: str, value: str, problem: str) -> RegistryError:
    return error(
        "value-malformed",
        object=label(obj),
        attribute=name,
        value=f'"{value}"',
        problem=problem,
        section=f"{_SECTIONS[name]}; CI-SIS",
    )
