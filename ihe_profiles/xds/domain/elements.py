"""Reads the XML of value sets with the parser that trusts nobody."""

from __future__ import annotations

from collections.abc import Mapping

from lxml.etree import _Element

from ihe_profiles.soap import xml
from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.soap.limits import SoapLimits
from ihe_profiles.xds.domain.affinity import ALWAYS, Period, Value, moment
from ihe_profiles.xds.domain.broken import BrokenDomain, Reader


def parse(reader: Reader) -> _Element:
    """Parse a whole file. Raises BrokenDomain."""
    try:
        return xml.parse(reader.bytes(), SoapLimits())
    except SoapFault as fault:
        raise BrokenDomain(f"{reader.path}: {fault}") from fault


def value(
    reader: Reader,
    line: int | None,
    element: str,
    texts: Mapping[str, str],
    names: tuple[str, str, str],
    of_set: tuple[Period, ...] = ALWAYS,
) -> Value | None:
    """Make a value of an element's or row's texts; None, and a note, when it is none.

    `names` are the names of code, scheme and display; a scheme named "" is not asked for. Dates of
    its own win over those of its set.
    """
    code_name, scheme_name, display_name = names
    missing = [n for n in (code_name, scheme_name) if n and not texts.get(n, "").strip()]
    if missing:
        reader.note(line, element, f"has no {' and no '.join(missing)}")
        return None
    periods = period(reader, line, element, texts, of_set)
    scheme = texts[scheme_name].strip() if scheme_name else ""
    return Value(texts[code_name].strip(), scheme, texts.get(display_name, "").strip(), periods)


def period(
    reader: Reader,
    line: int | None,
    element: str,
    texts: Mapping[str, str],
    otherwise: tuple[Period, ...] = ALWAYS,
) -> tuple[Period, ...]:
    """Read dateValid and dateFin as ANS writes them, or effectiveDate and expirationDate of SVS."""
    try:
        start = moment(texts.get("dateValid") or texts.get("effectiveDate") or "")
        end = moment(texts.get("dateFin") or texts.get("expirationDate") or "")
    except ValueError as error:
        reader.note(line, element, f"has a date that cannot be read: {error}")
        return otherwise
    (general,) = otherwise
    own = Period(
        general.start if start is None else start,
        general.end if end is None else end,
    )
    return (own,)
