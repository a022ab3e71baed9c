"""What an assertion says, read from the octets that its signature covers (SAML Core 2.3 to 2.7)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from lxml.etree import QName, _Element

from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.xua import holder
from ihe_profiles.xua.namespaces import SAML

_TIME: Final = re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_KNOWN_CONDITIONS: Final = frozenset({"AudienceRestriction", "OneTimeUse", "ProxyRestriction"})
"""The last two may be ignored (ITI TF-2 3.40.4.1.2)."""
_ENCRYPTED: Final = tuple(f"{{{SAML}}}Encrypted{what}" for what in ("ID", "Attribute"))


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who says that it issued an assertion, and what kind of name that is."""

    name: str
    format: str = ""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """How the sender shows that the assertion is about its user (SAML Core 2.4.1.1).

    `keys` are SubjectPublicKeyInfo structures (DER), any of which the sender may hold.
    """

    method: str
    begin: datetime | None
    end: datetime | None
    recipient: str
    keys: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Assertion:
    """One assertion; times are UTC. Of each set in `audiences` one must be meant."""

    id: str
    issued: datetime
    issuer: str
    user: str
    alias: str
    confirmations: tuple[Confirmation, ...]
    begin: datetime | None
    end: datetime | None
    session_end: datetime | None
    audiences: tuple[frozenset[str], ...]
    attributes: tuple[tuple[str, _Element], ...]
    """The name of each attribute with one of its values, in order (SAML Core 2.7.3)."""


def read(root: _Element) -> Assertion:
    """Read an Assertion element.

    Raises SoapFault: `assertion-incomplete`, `assertion-part-repeated`, `assertion-encrypted`,
    `assertion-value`, `assertion-condition-unknown`, `assertion-authentication-missing`.
    """
    for hidden in root.iter(*_ENCRYPTED):
        raise SoapFault("assertion-encrypted", element=QName(hidden).localname)
    subject = _needed(root, "Subject")
    name = _needed(subject, "NameID")
    conditions = _only(root, "Conditions")
    session_ends = [_time(one, "SessionNotOnOrAfter") for one in _authentications(root)]
    return Assertion(
        id=root.get("ID", ""),
        issued=_issued(root),
        issuer=text(_needed(root, "Issuer")),
        user=text(name),
        alias=name.get("SPProvidedID", ""),
        confirmations=tuple(map(_confirmation, _children(subject, "SubjectConfirmation"))),
        begin=None if conditions is None else _time(conditions, "NotBefore"),
        end=None if conditions is None else _time(conditions, "NotOnOrAfter"),
        session_end=min((end for end in session_ends if end), default=None),
        audiences=() if conditions is None else tuple(_audiences(conditions)),
        attributes=tuple(_attributes(root)),
    )


def issuer_of(assertion: _Element) -> Issuer:
    """Return the Issuer of an assertion that is not verified yet.

    Raises SoapFault: `assertion-incomplete`, `assertion-part-repeated`, `assertion-value`.
    """
    issuer = _needed(assertion, "Issuer")
    return Issuer(text(issuer), issuer.get("Format", ""))


def text(element: _Element) -> str:
    """Return the whole text of an element that may have nothing else in it.

    Raises SoapFault: `assertion-value`, `assertion-incomplete`.
    """
    name = QName(element).localname
    if len(element):
        raise SoapFault(
            "assertion-value", value=element.text or "", name=name, problem="contains elements"
        )
    if not (value := (element.text or "").strip()):
        raise SoapFault("assertion-incomplete", missing=f"the content of {name}")
    return value


def _children(parent: _Element, name: str) -> list[_Element]:
    return parent.findall(f"{{{SAML}}}{name}")


def _only(parent: _Element, name: str) -> _Element | None:
    found = _children(parent, name)
    if len(found) > 1:
        raise SoapFault("assertion-part-repeated", count=len(found), element=name)
    return found[0] if found else None


def _needed(parent: _Element, name: str) -> _Element:
    if (found := _only(parent, name)) is None:
        raise SoapFault("assertion-incomplete", missing=name)
    return found


def _time(element: _Element, attribute: str) -> datetime | None:
    value = element.get(attribute)
    if value is None:
        return None
    try:
        if not _TIME.fullmatch(value.strip()):
            raise ValueError
        when = datetime.fromisoformat(value.strip())
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise SoapFault(
            "assertion-value", value=value, name=attribute, problem="is not a time (xs:dateTime)"
        ) from None


def _issued(root: _Element) -> datetime:
    if (issued := _time(root, "IssueInstant")) is None:
        raise SoapFault("assertion-incomplete", missing="IssueInstant")
    return issued


def _authentications(root: _Element) -> list[_Element]:
    statements = _children(root, "AuthnStatement")
    named = [
        f"{{{SAML}}}AuthnContext/{{{SAML}}}AuthnContext{what}Ref" for what in ("Class", "Decl")
    ]
    if not any((one.findtext(path) or "").strip() for one in statements for path in named):
        raise SoapFault("assertion-authentication-missing")
    return statements


def _confirmation(element: _Element) -> Confirmation:
    data = _only(element, "SubjectConfirmationData")
    if data is None:
        return Confirmation(element.get("Method", ""), None, None, "", ())
    return Confirmation(
        method=element.get("Method", ""),
        begin=_time(data, "NotBefore"),
        end=_time(data, "NotOnOrAfter"),
        recipient=data.get("Recipient", ""),
        keys=holder.keys_of(data),
    )


def _audiences(conditions: _Element) -> Iterator[frozenset[str]]:
    for condition in conditions.iterchildren("*"):
        name = QName(condition)
        if name.namespace != SAML or name.localname not in _KNOWN_CONDITIONS:
            raise SoapFault("assertion-condition-unknown", element=condition.tag)
        if name.localname == "AudienceRestriction":
            named = _children(condition, "Audience")
            if said := [text(one) for one in named if len(one) or (one.text or "").strip()]:
                yield frozenset(said)


def _attributes(root: _Element) -> Iterator[tuple[str, _Element]]:
    for statement in _children(root, "AttributeStatement"):
        for attribute in _children(statement, "Attribute"):
            for value in _children(attribute, "AttributeValue"):
                yield attribute.get("Name", ""), value
