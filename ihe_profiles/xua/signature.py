"""The signature of an assertion: its shape first, then its value, then its signer (SAML Core 5.4).

What is read afterwards is parsed from the very octets that the signature covers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from lxml import etree
from lxml.etree import _Element
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import InvalidDigest, InvalidSignature
from signxml.verifier import SignatureConfiguration, VerifyResult, XMLVerifier

from ihe_profiles.dsg import algorithms, certificates, markup, shape
from ihe_profiles.dsg.algorithms import ENVELOPED, EXCLUSIVE
from ihe_profiles.dsg.trust import Trust
from ihe_profiles.dsg.verdicts import Refused
from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.xua import signer
from ihe_profiles.xua.assertion import issuer_of
from ihe_profiles.xua.namespaces import ASSERTION, DS, SIGNATURE
from ihe_profiles.xua.rules import Rules
from ihe_profiles.xua.signer import Candidates, Signers

ELEMENTS: Final = 100
"""How many a signature may have: each that its schema does not know costs a long message."""
_CONFIG: Final = SignatureConfiguration(
    location="./",
    expect_references=1,
    signature_methods=frozenset(SignatureMethod),  # what is allowed is decided by the rules
    digest_algorithms=frozenset(DigestAlgorithm),
)
_ALGORITHM_FAULTS: Final = {
    "shared-secret": "assertion-shared-secret",
    "weak-signature-method": "assertion-weak-algorithm",
    "unknown-signature-method": "assertion-unknown-algorithm",
    "weak-digest": "assertion-weak-algorithm",
    "unknown-digest": "assertion-unknown-algorithm",
}


@dataclass(frozen=True, slots=True)
class Verified:
    """What a signature covers, and until when its certificates are judged alike."""

    root: _Element
    until: datetime


def verify(assertion: _Element, rules: Rules, now: datetime, signers: Signers) -> Verified:
    """Verify an assertion that stands in a message.

    Raises SoapFault: those of `assertion.issuer_of`, of the signature and of its signer.
    """
    if assertion.find(f".//{ASSERTION}") is not None:
        raise SoapFault("assertion-nested")
    if (version := assertion.get("Version")) != "2.0":
        raise SoapFault("assertion-version", version=version or "unknown")
    issuer = issuer_of(assertion)
    trusted = rules.trusted(issuer)
    signature = _signature(assertion)
    _check_shape(signature, assertion.get("ID", ""))
    _check_algorithms(signature, trusted.chain)
    found, root = _signed_by(assertion, signer.candidates(signature, trusted))
    return Verified(root, signers.judge(found, trusted, issuer, now))


def _signature(assertion: _Element) -> _Element:
    all_of_them = list(assertion.iter(SIGNATURE))
    if not all_of_them:
        raise SoapFault("assertion-unsigned")
    if len(all_of_them) > 1 or all_of_them[0].getparent() is not assertion:
        raise SoapFault("assertion-signatures", count=len(all_of_them))
    return all_of_them[0]


def _check_shape(signature: _Element, id: str) -> None:
    if sum(1 for _ in signature.iter()) > ELEMENTS:
        problem = f"it has more than {ELEMENTS} elements"
        raise SoapFault("assertion-signature-malformed", problem=problem)
    try:
        shape.check_schema(signature)
    except Refused as refused:
        raise SoapFault("assertion-signature-malformed", problem=refused.reason.text) from None
    if signature.find(f"{{{DS}}}Object") is not None:
        raise SoapFault("assertion-signature-object")
    references = signature.findall(f"{{{DS}}}SignedInfo/{{{DS}}}Reference")
    if len(references) != 1:
        raise SoapFault("assertion-references", count=len(references))
    _check_reference(references[0], id)


def _check_reference(reference: _Element, id: str) -> None:
    uri = reference.get("URI")
    if not uri:
        raise SoapFault("assertion-reference-whole", id=id)
    if not uri.startswith("#"):
        raise SoapFault("assertion-reference-external", uri=uri, id=id)
    if uri != f"#{id}":
        raise SoapFault("assertion-reference-elsewhere", uri=uri, id=id)
    found = [one.get("Algorithm", "") for one in reference.iter(f"{{{DS}}}Transform")]
    for algorithm in found:
        if algorithm not in (ENVELOPED, EXCLUSIVE):
            raise SoapFault("assertion-transform", algorithm=algorithm)
    if found != [ENVELOPED, EXCLUSIVE]:
        raise SoapFault("assertion-transforms", found=", ".join(found) or "none")


def _check_algorithms(signature: _Element, trust: Trust) -> None:
    info = signature.find(f"{{{DS}}}SignedInfo")
    assert info is not None
    names = ("CanonicalizationMethod", "SignatureMethod", "Reference/DigestMethod")
    how, method, digest = (_algorithm(info, name) for name in names)
    if how != EXCLUSIVE:
        raise SoapFault("assertion-canonicalization", algorithm=how)
    try:
        algorithms.check_signature_method(method, trust)
    except Refused as refused:
        raise SoapFault(_ALGORITHM_FAULTS[refused.reason.key], algorithm=method) from None
    try:
        algorithms.hasher(digest, trust)
    except Refused as refused:
        raise SoapFault(_ALGORITHM_FAULTS[refused.reason.key], algorithm=digest) from None


def _algorithm(info: _Element, path: str) -> str:
    element = info.find("/".join(f"{{{DS}}}{name}" for name in path.split("/")))
    assert element is not None
    return element.get("Algorithm", "")


def _signed_by(assertion: _Element, candidates: Candidates) -> tuple[Candidates, _Element]:
    """Return the one certificate that made the signature, and what it covers."""
    data = etree.tostring(assertion, with_tail=False)
    for leaf in candidates.leaves:
        try:
            return Candidates((leaf,), candidates.given), _covered(data, leaf)
        except InvalidDigest:
            raise SoapFault("assertion-altered") from None
        except (
            InvalidSignature,
            ValueError,
            TypeError,  # nothing where base64 should be
            KeyError,  # a curve of a KeyValue that it does not know
            NotImplementedError,  # a KeyValue beside RSA-PSS
            UnsupportedAlgorithm,
        ) as error:
            if "different public keys" in str(error):
                raise SoapFault("assertion-key-other") from None
    names = ", ".join(map(certificates.subject, candidates.leaves))
    raise SoapFault("assertion-signature-value", signer=names)


def _covered(data: bytes, certificate: x509.Certificate) -> _Element:
    result = XMLVerifier().verify(
        data,
        x509_cert=certificate,
        validate_schema=False,
        id_attribute="ID",
        # When it is valid is judged with its chain.
        expect_config=replace(_CONFIG, verification_time=certificate.not_valid_before_utc),
    )
    assert isinstance(result, VerifyResult)
    root = markup.parse(result.signed_data).getroot()
    assert root.tag == ASSERTION
    return root
