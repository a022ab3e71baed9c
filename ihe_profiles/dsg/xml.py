"""Judging XML signatures: enveloped, enveloping, and detached ones of IHE DSG."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from cryptography.x509 import Certificate
from lxml.etree import _Element
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import InvalidInput, InvalidSignature
from signxml.verifier import SignatureConfiguration

from ihe_profiles.dsg import certificates, listed, markup, references, shape, xades
from ihe_profiles.dsg.algorithms import canonicalization, check_signature_method, too_short
from ihe_profiles.dsg.chain import judge_chain, judge_usage
from ihe_profiles.dsg.ground import Ground
from ihe_profiles.dsg.listed import Listing
from ihe_profiles.dsg.markup import DS
from ihe_profiles.dsg.reasons import because, refuse
from ihe_profiles.dsg.references import Reference
from ihe_profiles.dsg.shape import Core, Properties
from ihe_profiles.dsg.times import Timing, timing
from ihe_profiles.dsg.trust import Evidence
from ihe_profiles.dsg.verdicts import BROKEN, Judgement, Reason, Refused

_SIGNED_PROPERTIES: Final = "#SignedProperties"
_EXEMPT: Final = frozenset({"QualifyingProperties", "SignatureProperties"})
"""Objects that a signature need not cover; the signed part of the first is looked at by itself."""


@dataclass(slots=True)
class _Case:
    """What is found out about one signature, step by step."""

    signature: _Element
    ground: Ground
    form: str = "XML"
    signer: Certificate | None = None
    properties: Properties | None = None
    listing: Listing | None = None
    timing: Timing | None = None
    reasons: list[Reason] = field(default_factory=list)

    def judgement(self) -> Judgement:
        return Judgement(
            form=self.form,
            name=self.signature.get("Id", ""),
            signer=certificates.subject(self.signer) if self.signer else None,
            claimed=self.timing.claimed if self.timing else None,
            proven=self.timing.proven if self.timing else None,
            reasons=tuple(self.reasons),
            documents=tuple(self.listing.documents) if self.listing else (),
            submission_set=self.listing.submission_set if self.listing else None,
        )


def judge_xml(data: bytes, ground: Ground) -> tuple[Judgement, ...]:
    """Judge each signature of an XML document; none where it has no signature."""
    try:
        commented = markup.parse(data, comments=True)
        tree = markup.parse(data)
        pairs = list(zip(markup.signatures(commented), markup.signatures(tree), strict=True))
    except Refused as refusal:
        return (Judgement("XML", reasons=(refusal.reason,)),)
    return tuple(_judge(seen, signature, ground) for seen, signature in pairs)


def _judge(seen: _Element, signature: _Element, ground: Ground) -> Judgement:
    case = _Case(signature, ground)
    try:
        shape.check_comments(seen)
        shape.check_place(signature)
        shape.check_schema(signature)
        _structure(case)
        _who_and_what(case)
        _when_and_whether(case)
    except Refused as refusal:
        case.reasons.append(refusal.reason)
    except BROKEN as error:
        problem = str(error) or type(error).__name__
        case.reasons.append(because("malformed-signature", problem=problem))
    return case.judgement()


def _structure(case: _Case) -> None:
    """Refuse algorithms and references before anything is computed with them."""
    info = case.signature.find(f"{{{DS}}}SignedInfo")
    assert info is not None
    check_signature_method(_algorithm(info, "SignatureMethod"), case.ground.trust)
    canonicalization(_algorithm(info, "CanonicalizationMethod"))
    case.properties = shape.properties(case.signature)
    case.form = "XAdES" if case.properties else "XML"


def _who_and_what(case: _Case) -> None:
    """Find the signer, check the signature's value, then each reference and what they cover."""
    given = shape.certificates_of(case.signature)
    trust = case.ground.trust
    if case.properties:
        case.signer = xades.signer_of(case.properties, given, trust)
    elif given:
        case.signer = shape.leaf(given)
    info = case.signature.find(f"{{{DS}}}SignedInfo")
    assert info is not None
    read = references.read(info.findall(markup.REFERENCE), trust)
    references.check_once(read)
    _cover(case, read)
    if case.signer is None:
        case.reasons.append(because("no-certificate"))
        return
    _value(case, case.signer)
    case.reasons += too_short(case.signer.public_key(), trust)


def _value(case: _Case, signer: Certificate) -> None:
    """Check the signature's value over SignedInfo, by the key of the certificate."""
    config = SignatureConfiguration(
        expect_references=True,
        signature_methods=frozenset(SignatureMethod),
        digest_algorithms=frozenset(DigestAlgorithm),
        verification_time=signer.not_valid_before_utc,  # the chain is judged by itself
    )
    try:
        Core().verify(
            markup.serialized(case.signature),
            x509_cert=signer,
            validate_schema=False,
            expect_config=config,
        )
    except InvalidInput as error:
        mismatch = "different public keys" in str(error)
        raise refuse("key-mismatch" if mismatch else "signature-value") from None
    except (InvalidSignature, *BROKEN):
        raise refuse("signature-value") from None


def _cover(case: _Case, read: list[Reference]) -> None:
    """Resolve every reference, judge it, and see that nothing is left unsigned."""
    targets: list[_Element] = []
    outside: list[Reference] = []
    root = case.signature.getroottree().getroot()
    named = markup.with_ids(root, {reference.id for reference in read if reference.id})
    for reference in read:
        if reference.id is None:
            outside.append(reference)
            continue
        target = _target(case, reference, named.get(reference.id, [root]))
        case.reasons += references.judge(reference, target, case.signature)
        targets.append(target)
        if target is not root:
            outside += references.read(_listing(target), case.ground.trust)
    _check_properties(case, read, targets)
    _check_whole(case, targets, outside)
    if outside:
        _documents(case, outside)


def _listing(target: _Element) -> list[_Element]:
    """Return the references of a Manifest that is signed, by itself or with its Object."""
    manifests = [target] if target.tag == markup.MANIFEST else target.iterchildren(markup.MANIFEST)
    return [reference for one in manifests for reference in one]


def _target(case: _Case, reference: Reference, found: list[_Element]) -> _Element:
    """Return what a reference within the document points to, if it may."""
    if len(found) > 1:
        raise refuse("duplicate-id", count=len(found), id=reference.id)
    if not found:
        raise refuse("id-not-found", id=reference.id)
    (target,) = found
    is_root = target.getparent() is None
    if target is case.signature or not (is_root or _is_part(case, target)):
        raise refuse(
            "reference-elsewhere", uri=reference.uri or "to itself", place=markup.local(target)
        )
    return target


def _is_part(case: _Case, target: _Element) -> bool:
    """Tell whether an element is a part of a signature that its references may point to."""
    if case.properties and target is case.properties.signed:
        return True
    parent = target.getparent()
    if parent is not None and parent.tag == markup.OBJECT:
        return parent.getparent() is case.signature
    return parent is case.signature and target.tag in (markup.OBJECT, f"{{{DS}}}KeyInfo")


def _check_properties(case: _Case, read: list[Reference], targets: list[_Element]) -> None:
    """Raise Refused: properties-unsigned (EN 319 132-1 4.4.2)."""
    if case.properties is None:
        return
    inner = [reference for reference in read if reference.id is not None]
    for reference, target in zip(inner, targets, strict=True):
        if target is case.properties.signed and reference.type.endswith(_SIGNED_PROPERTIES):
            return
    raise refuse("properties-unsigned")


def _check_whole(case: _Case, targets: list[_Element], outside: list[Reference]) -> None:
    """Raise Refused: not-whole-document, external-reference."""
    root = case.signature.getroottree().getroot()
    is_inside = case.signature is not root
    if is_inside and outside:
        raise refuse("external-reference", uri=outside[0].uri)
    if is_inside and root not in targets:
        raise refuse("not-whole-document", part=f"the document {markup.local(root)}")
    payloads = [one for one in case.signature.findall(markup.OBJECT) if not _exempt(one)]
    for payload in payloads:
        if payload not in targets and not _children_in(payload, targets):
            raise refuse("not-whole-document", part=f"Object {payload.get('Id', '')}".strip())
    if not (is_inside or payloads or outside):
        raise refuse("not-whole-document", part="anything")


def _exempt(payload: _Element) -> bool:
    names = {markup.local(child) for child in payload.iterchildren("*")}
    return bool(names) and names <= _EXEMPT


def _children_in(payload: _Element, targets: list[_Element]) -> bool:
    children = list(payload.iterchildren("*"))
    words = "".join([payload.text or "", *(child.tail or "" for child in children)])
    return bool(children) and not words.strip() and all(c in targets for c in children)


def _documents(case: _Case, outside: list[Reference]) -> None:
    case.form, ground = "DSG", case.ground
    if ground.open_document is None:
        raise refuse("external-reference", uri=outside[0].uri)
    case.listing = listed.read(outside)
    case.reasons += listed.judge(
        case.listing, ground.open_document, ground.submission, ground.largest
    )


def _when_and_whether(case: _Case) -> None:
    """Judge the times, then the chain at the time that is known."""
    if case.signer is None:
        return
    trust, properties = case.ground.trust, case.properties
    given = [certificates.to_asn1(one) for one in shape.certificates_of(case.signature)]
    trust = trust.with_evidence(Evidence(tuple(given)))
    if properties:
        trust = trust.with_evidence(xades.evidence_of(properties))
    case.timing = timing(
        case.ground.at,
        xades.signing_time(properties) if properties else None,
        xades.timestamps_of(properties) if properties else (),
        xades.stamped(case.signature),
        trust,
    )
    case.reasons += case.timing.reasons
    signer = certificates.to_asn1(case.signer)
    case.reasons += judge_usage(signer, trust)
    case.reasons += judge_chain(signer, trust, case.timing.moment)


def _algorithm(info: _Element, name: str) -> str:
    element = info.find(f"{{{DS}}}{name}")
    return "" if element is None else element.get("Algorithm", "")
