"""What is found out about one message: which assertions it bears on, and which it breaks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from lxml.etree import _Element

from conformance.assertions import Assertion, Severity, catalogue
from conformance.judging.places import place_of, xpath
from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.xds.errors import CATALOGUE, RegistryError
from ihe_profiles.xds.errors_french import FRENCH

MOST: Final = 200
"""Faults of one message that are told."""


@dataclass(frozen=True, slots=True)
class Told:
    """A text in English and in French."""

    en: str
    fr: str

    def __str__(self) -> str:
        """Write it in English."""
        return self.en

    def said(self, language: str) -> str:
        """Return it in `fr` or `en`."""
        return self.fr if language == "fr" else self.en


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: the assertion that is broken, what was found, where, and what to do."""

    assertion: Assertion
    found: Told
    place: str
    hint: Told


@dataclass(slots=True)
class Case:
    """One message under judgement.

    `kind` says what it is (HTTP request, SOAP envelope ...), `seen` which assertions it bears on.
    """

    kind: str = ""
    transaction: str = ""
    seen: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)

    @property
    def broken(self) -> bool:
        """Whether a SHALL is broken."""
        return any(f.assertion.severity is Severity.SHALL for f in self.findings)

    @property
    def full(self) -> bool:
        """Whether no further faults are told."""
        return len(self.findings) >= MOST

    def see(self, *assertions: str) -> None:
        """Note that the message bears on assertions."""
        self.seen.update(assertions)

    def has(self, assertion: str) -> bool:
        """Say whether a fault against an assertion was found."""
        return any(f.assertion.id == assertion for f in self.findings)

    def check(
        self, assertion: str, ok: object, found: object = "", place: str | _Element = ""
    ) -> None:
        """Hold the message against an assertion; `found` is what there is instead, at `place`."""
        self.seen.add(assertion)
        if not ok:
            self.fault(assertion, str(found), place)

    def fault(
        self,
        assertion: str,
        found: str | Told,
        place: str | _Element = "",
        hint: Told | None = None,
    ) -> None:
        """Note a fault."""
        self.seen.add(assertion)
        if self.full:
            return
        broken = catalogue()[assertion]
        told = found if isinstance(found, Told) else Told(_short(found), _short(found))
        advice = hint or Told(broken.hint_en, broken.hint_fr)
        where = place if isinstance(place, str) else xpath(place)
        self.findings.append(Finding(broken, told, where, advice))

    def refused(self, fault: SoapFault, table: dict[str, str], place: str | _Element = "") -> None:
        """Note a fault of the message as a message, by the table of the assertions."""
        line = fault.fields.get("line")
        where = f"line {line}, column {fault.fields.get('column')}" if line else place
        self.fault(table[fault.key], str(fault), where)

    def error(self, assertion: str, error: RegistryError, place: str | _Element = "") -> None:
        """Note an error that a registry or repository would answer."""
        broken = catalogue()[assertion]
        english, french = _parted(error.context, error.key, "en"), _parted(error.french, error.key)
        self.fault(
            assertion,
            Told(english[0], french[0] or english[0]),
            place_of(error.location) if isinstance(place, str) and not place else place,
            Told(english[1] or broken.en, french[1] or english[1] or broken.fr),
        )


def _parted(context: str, key: str, language: str = "fr") -> tuple[str, str]:
    """Take apart what is wrong and what to do."""
    text, bracket, _section = context.rpartition(" [")
    text = text if bracket else context
    advice = CATALOGUE[key].advice if language == "en" else FRENCH[key].advice
    start = advice.partition("{")[0].strip()
    at = text.rfind(start) if start else -1
    return (text[:at].strip(), text[at:].strip()) if at > 0 else (text, "")


def _short(text: str) -> str:
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return shown if len(shown) <= 300 else f"{shown[:297]}..."


def ids_of(findings: Iterable[Finding]) -> set[str]:
    """Return the ids of the assertions that are broken."""
    return {finding.assertion.id for finding in findings}
