"""What a signature must look like before anything is computed: place, comments, nesting, parts."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from cryptography.x509 import Certificate
from lxml import etree
from lxml.etree import _Element
from signxml.verifier import VerifyResult, XMLVerifier

from ihe_profiles.dsg import certificates, markup
from ihe_profiles.dsg.markup import DS, OBJECT, SIGNATURE, XADES, XADES_111, local
from ihe_profiles.dsg.reasons import refuse

_LAX_PLACES: Final = frozenset({"signatureText"})
_QUALIFYING: Final = tuple(f"{{{space}}}QualifyingProperties" for space in (XADES, XADES_111))


@dataclass(frozen=True, slots=True)
class Properties:
    """The XAdES properties of a signature: the whole element, and the part that is signed."""

    qualifying: _Element
    signed: _Element


def check_place(signature: _Element) -> None:
    """Raise Refused where a signature stands or contains what it may not."""
    if signature.find(f".//{SIGNATURE}") is not None:
        raise refuse("nested-signature")
    parent = signature.getparent()
    if parent is None or parent.getparent() is None or local(parent) in _LAX_PLACES:
        return
    raise refuse("signature-misplaced", place=local(parent))


def check_comments(signature: _Element) -> None:
    """Raise Refused: comment-in-signature. The signature is read with its comments."""
    for _ in signature.iter(etree.Comment, etree.PI):
        raise refuse("comment-in-signature")


def check_schema(signature: _Element) -> None:
    """Raise Refused: malformed-signature.

    What an Object holds for others is left to them (the xsi:type of a CDA is not known here), and
    so are SignatureProperties, whose purpose is bare text in IHE signatures. The digest 0 of a
    SubmissionSet is no base64.
    """
    copy = etree.fromstring(markup.serialized(signature))
    foreign = [child for one in copy.iter(OBJECT) for child in one if _is_foreign(child)]
    for child in foreign:
        one = child.getparent()
        assert one is not None
        one.remove(child)
    for value in copy.iter(f"{{{DS}}}DigestValue"):
        if (value.text or "").strip() == "0":
            value.text = "AA=="
    validator: Any = XMLVerifier()
    try:
        validator.validate_schema(copy)
    except etree.DocumentInvalid as error:
        raise refuse("malformed-signature", problem=error) from None


def _is_foreign(element: _Element) -> bool:
    name = etree.QName(element)
    return name.namespace != DS or name.localname == "SignatureProperties"


def properties(signature: _Element) -> Properties | None:
    """Return the XAdES properties. Raises Refused: several-signed-properties, wrong-target."""
    found = list(signature.iter(*_QUALIFYING))
    if not found:
        return None
    signed = [e for one in found for e in one.iter(f"{{{etree.QName(one).namespace}}}*")]
    signed = [e for e in signed if local(e) == "SignedProperties"]
    if len(found) > 1 or len(signed) > 1:
        raise refuse("several-signed-properties")
    target = found[0].get("Target", "")
    if target.removeprefix("#") != signature.get("Id", ""):
        raise refuse("wrong-target", target=target)
    if not signed:
        raise refuse("properties-unsigned")
    return Properties(found[0], signed[0])


def certificates_of(signature: _Element) -> list[Certificate]:
    """Return the certificates of KeyInfo. Raises Refused: external-key, malformed-certificate."""
    info = signature.find(f"{{{DS}}}KeyInfo")
    if info is None:
        return []
    if info.find(f"{{{DS}}}RetrievalMethod") is not None:
        raise refuse("external-key")
    return [certificates.read(der) for der in _decoded(info)]


def leaf(given: list[Certificate]) -> Certificate:
    """Return the certificate that issued none of the others; XMLDSig 4.5.4 gives them no order."""
    issuers = {one.issuer for one in given if one.issuer != one.subject}
    return next((one for one in given if one.subject not in issuers), given[0])


def _decoded(info: _Element) -> Iterator[bytes]:
    for element in info.iterfind(f"{{{DS}}}X509Data/{{{DS}}}X509Certificate"):
        yield b64decode((element.text or "").encode())


class Core(XMLVerifier):
    """The value of a signature by signxml; its references are judged by `references`."""

    def _verify_reference(self, reference: _Element, *_: Any) -> VerifyResult:
        return VerifyResult(b"", None, reference, b"")
