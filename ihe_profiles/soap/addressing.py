"""WS-Addressing 1.0 as IHE profiles it (ITI TF-2 Appendix V.3, IHE-WSA101 and IHE-WSA102)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from lxml.etree import _Element

from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.soap.namespaces import WSA

NAMESPACE: Final = WSA
ANONYMOUS: Final = f"{WSA}/anonymous"
FAULT_ACTION: Final = f"{WSA}/fault"
"""wsa:Action of a fault that WS-Addressing itself defines (SOAP Binding 6)."""
SOAP_FAULT_ACTION: Final = f"{WSA}/soap/fault"
"""wsa:Action of every other fault."""


@dataclass(frozen=True, slots=True)
class Addressing:
    """The addressing headers of one message; None where the header is absent."""

    action: str
    message_id: str | None = None
    to: str | None = None
    reply_to: str | None = None
    fault_to: str | None = None
    source: str | None = None
    relates_to: str | None = None


_IRIS: Final = {"Action": "action", "MessageID": "message_id", "To": "to"}
_ENDPOINTS: Final = {"ReplyTo": "reply_to", "FaultTo": "fault_to", "From": "source"}
_PREFIX: Final = f"{{{WSA}}}"
_ADDRESS: Final = f"{_PREFIX}Address"

HEADERS: Final = frozenset(_PREFIX + name for name in (*_IRIS, *_ENDPOINTS, "RelatesTo"))
"""The header blocks that this module understands, in Clark notation."""


def read(blocks: Iterable[_Element]) -> Addressing:
    """Read the addressing headers out of header blocks, others passed over (WS-Addressing Core 3).

    Raises SoapFault: `action-missing`, `header-repeated`, `header-empty`, `address-missing`. Of
    several RelatesTo the first counts.
    """
    found: dict[str, list[_Element]] = {}
    for block in blocks:
        if block.tag in HEADERS:
            found.setdefault(block.tag.removeprefix(_PREFIX), []).append(block)
    if "Action" not in found:
        raise SoapFault("action-missing", header="Action")
    related = found.pop("RelatesTo", None)
    values = {name: _text(name, _single(name, elements)) for name, elements in found.items()}
    return Addressing(
        **{(_IRIS | _ENDPOINTS)[name]: value for name, value in values.items()},
        relates_to=_text("RelatesTo", related[0]) if related else None,
    )


def require_anonymous(addressing: Addressing) -> None:
    """Refuse answers to anywhere but the same connection (ITI TF-2 V.5, asynchronous exchange).

    Raises SoapFault `only-anonymous`; the address is never contacted.
    """
    for header, address in (("ReplyTo", addressing.reply_to), ("FaultTo", addressing.fault_to)):
        if address not in (None, ANONYMOUS):
            raise SoapFault("only-anonymous", header=header, address=address)


def _single(name: str, elements: list[_Element]) -> _Element:
    if len(elements) > 1:
        raise SoapFault("header-repeated", header=name, count=len(elements))
    if name not in _ENDPOINTS:
        return elements[0]
    addresses = elements[0].findall(_ADDRESS)
    if len(addresses) != 1:
        raise SoapFault("address-missing", header=name, count=len(addresses))
    return addresses[0]


def _text(name: str, element: _Element) -> str:
    text = (element.text or "").strip()
    if not text:
        raise SoapFault("header-empty", header=name)
    return text
