"""Who and where, and the codes and identifiers they have, as elements of a CDA header."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from samples.xml import Xml, el

LOINC: Final = "2.16.840.1.113883.6.1"


@dataclass(frozen=True, slots=True)
class Coded:
    """A code, its system and what a person reads."""

    code: str
    system: str
    display: str

    def element(self, name: str, *content: Xml) -> Xml:
        """Write it as the element `name`."""
        return el(name, *content, code=self.code, codeSystem=self.system, displayName=self.display)


def loinc(code: str, display: str) -> Coded:
    """Return a LOINC code."""
    return Coded(code, LOINC, display)


@dataclass(frozen=True, slots=True)
class Id:
    """An identifier and who gave it out."""

    root: str
    extension: str | None = None

    def element(self, name: str = "id") -> Xml:
        """Write it as the element `name`."""
        return el(name, root=self.root, extension=self.extension)


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address."""

    street: str
    city: str
    postal_code: str
    country: str
    state: str | None = None

    def element(self) -> Xml:
        """Write it as `addr`."""
        parts = {
            "streetAddressLine": self.street,
            "city": self.city,
            "state": self.state,
            "postalCode": self.postal_code,
            "country": self.country,
        }
        return el("addr", *(el(name, text) for name, text in parts.items() if text))


@dataclass(frozen=True, slots=True)
class Patient:
    """An invented patient; `birth_family` is set where it is told apart from the name in use."""

    ids: tuple[Id, ...]
    family: str
    given: str
    gender: Coded
    birth: str
    address: Address
    phone: str
    birth_family: str | None = None

    def element(self) -> Xml:
        """Write it as `recordTarget`."""
        names = [el("given", self.given), el("family", self.family)]
        if self.birth_family:
            names = [
                el("family", self.birth_family, qualifier="BR"),
                el("given", self.given, qualifier="BR"),
                el("family", self.family, qualifier="CL"),
                el("given", self.given, qualifier="CL"),
            ]
        person = el(
            "patient",
            el("name", *names),
            self.gender.element("administrativeGenderCode"),
            el("birthTime", value=self.birth),
        )
        ids = (identifier.element() for identifier in self.ids)
        phone = el("telecom", value=f"tel:{self.phone}", use="H")
        role = el("patientRole", *ids, self.address.element(), phone, person)
        return el("recordTarget", role)


@dataclass(frozen=True, slots=True)
class Organization:
    """An invented place of care: `facility` is its kind, `setting` what is practised there."""

    id: Id
    name: str
    phone: str
    address: Address
    facility: Coded
    setting: Coded

    def element(self, name: str, *, with_setting: bool = True) -> Xml:
        """Write it as the element `name`."""
        return el(
            name,
            self.id.element(),
            el("name", self.name),
            el("telecom", value=f"tel:{self.phone}", use="WP"),
            self.address.element(),
            self.setting.element("standardIndustryClassCode") if with_setting else None,
        )


@dataclass(frozen=True, slots=True)
class Professional:
    """An invented professional at a place of care."""

    id: Id
    family: str
    given: str
    specialty: Coded
    organization: Organization
    title: str | None = None

    def element(self, name: str) -> Xml:
        """Write it as an assignedAuthor or an assignedEntity."""
        return el(
            name,
            self.id.element(),
            self.specialty.element("code"),
            self.organization.address.element(),
            el("telecom", value=f"tel:{self.organization.phone}", use="WP"),
            el(
                "assignedPerson",
                el(
                    "name",
                    el("given", self.given),
                    el("family", self.family),
                    el("suffix", self.title) if self.title else None,
                ),
            ),
            self.organization.element("representedOrganization"),
        )
