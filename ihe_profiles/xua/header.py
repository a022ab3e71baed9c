"""The wsse:Security header that carries an assertion (ITI TF-2 3.40.4.1.2; WSS SAML 1.1, 3.5)."""

from __future__ import annotations

from typing import Final

from lxml.etree import QName, _Element

from ihe_profiles.soap import envelope
from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.soap.namespaces import SOAP12, WSSE
from ihe_profiles.xua.namespaces import ASSERTION, DS, SAML, SAML1

_SECURITY: Final = f"{{{WSSE}}}Security"
_UTILITY: Final = (
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
)
_BESIDE: Final = frozenset({f"{{{_UTILITY}}}Timestamp", f"{{{DS}}}Signature"})
"""What may stand beside an assertion: it says nothing of the user."""

_REFUSED: Final = {
    f"{{{SAML}}}EncryptedAssertion": "assertion-encrypted",
    f"{{{SAML1}}}Assertion": "assertion-version",
}


def security_header(token: bytes) -> bytes:
    """Return the header block that carries an assertion: its XML in UTF-8, without declaration."""
    start = f'<wsse:Security xmlns:wsse="{WSSE}" xmlns:s="{SOAP12}" s:mustUnderstand="true">'
    return start.encode() + token + b"</wsse:Security>"


def assertion_in(header: _Element | None) -> _Element | None:
    """Return the assertion that a SOAP Header carries for this service, or None.

    Raises SoapFault: `security-header-repeated`, `assertion-repeated`, `security-token-unknown`,
    `assertion-encrypted`, `assertion-version`.
    """
    security = _security(header)
    children = [] if security is None else list(security)
    for child in children:
        if child.tag in _REFUSED:
            found = QName(child)
            version = child.get("MajorVersion", "1")
            raise SoapFault(_REFUSED[str(child.tag)], element=found.localname, version=version)
    tokens = [child for child in children if child.tag not in _BESIDE]
    assertions = [child for child in tokens if child.tag == ASSERTION]
    if len(assertions) > 1:
        raise SoapFault("assertion-repeated", count=len(assertions))
    strangers = [child for child in tokens if child.tag != ASSERTION]
    if strangers:
        raise SoapFault("security-token-unknown", element=strangers[0].tag)
    return assertions[0] if assertions else None


def roles(header: _Element | None) -> tuple[str, ...]:
    """Return the roles of the Security headers that are for others."""
    blocks = [] if header is None else header.findall(_SECURITY)
    return tuple(envelope.role(block) for block in blocks if not envelope.is_ours(block))


def _security(header: _Element | None) -> _Element | None:
    blocks = [] if header is None else header.findall(_SECURITY)
    ours = [block for block in blocks if envelope.is_ours(block)]
    if len(ours) > 1:
        raise SoapFault("security-header-repeated", count=len(ours))
    return ours[0] if ours else None
