"""Making XAdES signatures, levels B-B and B-T: enveloped in a document, or around one."""

from __future__ import annotations

import hashlib
import secrets
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from lxml.builder import ElementMaker
from lxml.etree import _Element

from ihe_profiles.dsg import markup
from ihe_profiles.dsg.algorithms import BASE64, C14N, ENVELOPED, EXCLUSIVE, SHA256, canonicalization
from ihe_profiles.dsg.markup import DS, XADES
from ihe_profiles.dsg.signer import Signer, Timestamper, timestamp_of

SIGNED_PROPERTIES: Final = "http://uri.etsi.org/01903#SignedProperties"
_ds: Final = ElementMaker(namespace=DS, nsmap={"ds": DS})
_xades: Final = ElementMaker(namespace=XADES, nsmap={"xades": XADES})


@dataclass(frozen=True, slots=True)
class Manner:
    """How to sign: the canonicalization of SignedInfo, the time, and who timestamps (B-T).

    `commitments` are the identifiers of CommitmentTypeIndication (EN 319 132-1 5.2.3): what the
    signer means by signing.
    """

    canonicalization: str = EXCLUSIVE
    time: datetime | None = None
    timestamper: Timestamper | None = None
    commitments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signed:
    """One reference to make: URI, transforms, digest, and its type."""

    uri: str
    digest: bytes
    transforms: tuple[str, ...] = ()
    type: str = ""


def sign_enveloped(data: bytes, signer: Signer, manner: Manner | None = None) -> bytes:
    """Return an XML document with a signature of the whole as the last child of its root.

    Raises Refused: malformed-xml, document-type.
    """
    manner = manner or Manner()
    tree = markup.parse(data)
    content = markup.canonical(tree, canonicalization(C14N))
    whole = Signed("", _sha256(content), (ENVELOPED, C14N))
    tree = markup.parse(data, comments=True)
    signature = _started(signer)
    tree.getroot().append(signature)
    finish(signature, signer, manner, (whole,))
    return _serialized(tree)


def sign_enveloping(data: bytes, signer: Signer, manner: Manner | None = None) -> bytes:
    """Return a signature around any bytes, in base64 (ITI TF-3 5.5, enveloping)."""
    manner = manner or Manner()
    signature = _started(signer)
    payload = _ds.Object(b64encode(data).decode(), Id=_id("object"), Encoding=BASE64)
    signature.append(payload)
    whole = Signed(f"#{payload.get('Id')}", _sha256(data), (BASE64,))
    finish(signature, signer, manner, (whole,))
    return _serialized(signature.getroottree())


def around(payload: _Element, signer: Signer) -> _Element:
    """Start a signature that contains an element in an Object."""
    signature = _started(signer)
    signature.append(_ds.Object(payload))
    return signature


def finish(
    signature: _Element, signer: Signer, manner: Manner, references: tuple[Signed, ...]
) -> None:
    """Add properties, SignedInfo, value and timestamp to a signature that is in its place."""
    signed = _properties(signature, signer, manner)
    digest = _sha256(markup.canonical(signed, canonicalization(EXCLUSIVE)))
    own = Signed(f"#{signed.get('Id')}", digest, (EXCLUSIVE,), SIGNED_PROPERTIES)
    info, value = signature[0], signature[1]
    info.append(_ds.CanonicalizationMethod(Algorithm=manner.canonicalization))
    info.append(_ds.SignatureMethod(Algorithm=signer.method))
    for reference in (*references, own):
        info.append(reference_element(reference))
    made = signer.sign(markup.canonical(info, canonicalization(manner.canonicalization)))
    value.text = b64encode(made).decode()
    if manner.timestamper:
        _stamp(signed, value, manner.timestamper)


def reference_element(reference: Signed) -> _Element:
    """Write one ds:Reference."""
    element = _ds.Reference(URI=reference.uri)
    if reference.type:
        element.set("Type", reference.type)
    if reference.transforms:
        steps = (_ds.Transform(Algorithm=algorithm) for algorithm in reference.transforms)
        element.append(_ds.Transforms(*steps))
    element.append(_ds.DigestMethod(Algorithm=SHA256))
    element.append(_ds.DigestValue(b64encode(reference.digest).decode()))
    return element


def _started(signer: Signer) -> _Element:
    certificates = (signer.certificate, *signer.others)
    ders = [b64encode(one.public_bytes(Encoding.DER)).decode() for one in certificates]
    return _ds.Signature(
        _ds.SignedInfo(),
        _ds.SignatureValue(),
        _ds.KeyInfo(_ds.X509Data(*(_ds.X509Certificate(der) for der in ders))),
        Id=_id("signature"),
    )


def _properties(signature: _Element, signer: Signer, manner: Manner) -> _Element:
    """Add the properties (EN 319 132-1 6.3) and return the part to sign."""
    time = (manner.time or datetime.now(UTC)).astimezone(UTC)
    digest = _sha256(signer.certificate.public_bytes(Encoding.DER))
    certificate = _xades.Cert(
        _xades.CertDigest(
            _ds.DigestMethod(Algorithm=SHA256), _ds.DigestValue(b64encode(digest).decode())
        )
    )
    signed = _xades.SignedProperties(
        _xades.SignedSignatureProperties(
            _xades.SigningTime(time.strftime("%Y-%m-%dT%H:%M:%SZ")),
            _xades.SigningCertificateV2(certificate),
        ),
        Id=_id("properties"),
    )
    if manner.commitments:
        signed.append(_xades.SignedDataObjectProperties(*map(_commitment, manner.commitments)))
    whole = _xades.QualifyingProperties(signed, Target=f"#{signature.get('Id')}")
    signature.append(_ds.Object(whole))
    return signed


def _commitment(identifier: str) -> _Element:
    return _xades.CommitmentTypeIndication(
        _xades.CommitmentTypeId(_xades.Identifier(identifier)),
        _xades.AllSignedDataObjects(),
    )


def _stamp(signed: _Element, value: _Element, timestamper: Timestamper) -> None:
    token = timestamp_of(markup.canonical(value, canonicalization(EXCLUSIVE)), timestamper)
    stamp = _xades.SignatureTimeStamp(
        _ds.CanonicalizationMethod(Algorithm=EXCLUSIVE),
        _xades.EncapsulatedTimeStamp(b64encode(token).decode()),
    )
    properties = _xades.UnsignedSignatureProperties(stamp)
    signed.addnext(_xades.UnsignedProperties(properties))


def _id(kind: str) -> str:
    return f"{kind}-{secrets.token_hex(8)}"


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _serialized(tree: etree._ElementTree) -> bytes:
    return etree.tostring(tree, xml_declaration=True, encoding="UTF-8")
