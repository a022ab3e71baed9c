"""Tampered and ill-made XML signatures: each refused for its own reason, and no other."""

from __future__ import annotations

import copy
import hashlib
from base64 import b64encode
from collections.abc import Callable

import pytest
from lxml import etree
from lxml.etree import _Element

from ihe_profiles.dsg import markup
from ihe_profiles.dsg.algorithms import BASE64, C14N, ENVELOPED, EXCLUSIVE, canonicalization
from ihe_profiles.dsg.verdicts import Verdict
from ihe_profiles.dsg.xml_signing import sign_enveloped, sign_enveloping
from tests.dsg import pki
from tests.dsg.forge import (
    DOCUMENT,
    changed,
    digest_again,
    ds,
    enveloped,
    judged,
    keys,
    manner,
    one,
    resigned,
    xades,
)

DSIG = "http://www.w3.org/2000/09/xmldsig#"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
HL7 = "{urn:hl7-org:v3}"


def _reference(root: _Element, index: int = 0) -> _Element:
    return one(root, ds("SignedInfo")).findall(ds("Reference"))[index]


def _set(name: str, attribute: str, value: str) -> Callable[[_Element], None]:
    return lambda root: one(root, ds(name)).set(attribute, value)


def _transform(*algorithms: str) -> Callable[[_Element], None]:
    def change(root: _Element) -> None:
        transforms = one(_reference(root), ds("Transforms"))
        transforms[:] = [etree.Element(ds("Transform"), Algorithm=a) for a in algorithms]

    return change


def _uri(value: str | None, index: int = 0) -> Callable[[_Element], None]:
    def change(root: _Element) -> None:
        reference = _reference(root, index)
        reference.attrib.pop("URI")
        if value is not None:
            reference.set("URI", value)

    return change


def _text(name: str, value: str) -> Callable[[_Element], None]:
    def change(root: _Element) -> None:
        one(root, name).text = value

    return change


def _drop(name: str) -> Callable[[_Element], None]:
    def change(root: _Element) -> None:
        element = one(root, name)
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)

    return change


def _wrap(root: _Element) -> None:
    """The classic: what was signed moves aside under its Id, another document takes its place."""
    signature = one(root, ds("Signature"))
    original = copy.deepcopy(root)
    original.remove(one(original, ds("Signature")))
    etree.strip_tags(original, etree.Comment)
    original.set("Id", "signed")
    _uri("#signed")(root)
    _transform(C14N)(root)
    signature.append(etree.SubElement(signature, ds("Object")))
    signature[-1].append(original)
    digest_again(root, original, 0)
    one(root, f"{HL7}title").text = "forged"


def _wrap_aside(root: _Element) -> None:
    aside = etree.SubElement(root, f"{HL7}aside", Id="signed")
    aside.text = "what was signed"
    root.insert(0, aside)
    _uri("#signed")(root)


def _twice(root: _Element) -> None:
    own = one(root, xades("SignedProperties")).get("Id", "")
    etree.SubElement(root, f"{HL7}aside", ID=own)
    _digest_of_document(root)


def _forged_title(root: _Element) -> None:
    one(root, f"{HL7}title").text = "forged"
    _digest_of_document(root)


def _digest_of_document(root: _Element) -> None:
    copied = markup.parse(etree.tostring(root.getroottree())).getroot()
    copied = markup.without(one(copied, ds("Signature")), copied)
    content = markup.canonical(copied.getroottree(), canonicalization(C14N))
    text = b64encode(hashlib.sha256(content).digest()).decode()
    one(_reference(root), ds("DigestValue")).text = text


def _deeper(root: _Element) -> None:
    signature = root[-1]
    aside = etree.SubElement(root, f"{HL7}component")
    etree.SubElement(aside, f"{HL7}section").append(signature)


def _nest(root: _Element) -> None:
    signature = one(root, ds("Signature"))
    etree.SubElement(signature, ds("Object")).append(copy.deepcopy(signature))


def _comment(root: _Element) -> None:
    value = one(_reference(root), ds("DigestValue"))
    value.append(etree.Comment("hidden"))


def _second_properties(root: _Element) -> None:
    target = one(root, xades("QualifyingProperties"))
    again = copy.deepcopy(target)
    one(again, xades("SignedProperties")).set("Id", "other")
    etree.SubElement(one(root, ds("Signature")), ds("Object")).append(again)


def _properties_beside(root: _Element) -> None:
    own = one(root, xades("QualifyingProperties"))
    beside = etree.SubElement(etree.SubElement(root[-1], ds("Object")), own.tag)
    beside.set("Target", own.get("Target", ""))


def _signed_properties_twice(root: _Element) -> None:
    own = one(root, xades("SignedProperties"))
    own.addnext(etree.Element(own.tag, Id="other"))


def _instruction(root: _Element) -> None:
    one(_reference(root), ds("DigestValue")).append(etree.ProcessingInstruction("hidden"))


def _unknown_curve(root: _Element) -> None:
    more = "{http://www.w3.org/2009/xmldsig11#}"
    value = etree.SubElement(one(root, ds("KeyInfo")), ds("KeyValue"))
    curve = etree.SubElement(value, f"{more}ECKeyValue")
    etree.SubElement(curve, f"{more}NamedCurve", URI="urn:oid:9.9")
    etree.SubElement(curve, f"{more}PublicKey").text = "AAAA"


def _key_value(root: _Element) -> None:
    numbers = pki.key("another").public_key().public_numbers()
    modulus = numbers.n.to_bytes(256, "big")  # type: ignore[union-attr]
    value = etree.SubElement(one(root, ds("KeyInfo")), ds("KeyValue"))
    rsa = etree.SubElement(value, ds("RSAKeyValue"))
    etree.SubElement(rsa, ds("Modulus")).text = b64encode(modulus).decode()
    etree.SubElement(rsa, ds("Exponent")).text = "AQAB"


def _retrieval(root: _Element) -> None:
    etree.SubElement(one(root, ds("KeyInfo")), ds("RetrievalMethod"), URI="http://example.org/key")


def _many(root: _Element) -> None:
    info = one(root, ds("SignedInfo"))
    for number in range(500):
        reference = copy.deepcopy(_reference(root, 1))
        reference.set("URI", f"#r{number}")
        info.append(reference)


def _again(root: _Element) -> None:
    one(root, ds("SignedInfo")).append(copy.deepcopy(_reference(root, 1)))


def _properties(change: Callable[[_Element], None]) -> Callable[[_Element], None]:
    """Change the signed properties and give them their right digest."""

    def both(root: _Element) -> None:
        change(root)
        digest_again(root, one(root, xades("SignedProperties")), 1)

    return both


def _type(root: _Element) -> None:
    _reference(root, 1).attrib.pop("Type")


def _only_properties(root: _Element) -> None:
    info = one(root, ds("SignedInfo"))
    info.remove(_reference(root))


def _properties_elsewhere(root: _Element) -> None:
    """A reference says that it is of the SignedProperties, and is of something else."""
    aside = etree.SubElement(one(root, ds("Signature")), ds("Object"), Id="aside")
    _uri("#aside", 1)(root)
    digest_again(root, aside, 1)


def _payload(root: _Element) -> None:
    """What stands in the signature itself is not signed with the document."""
    payload = etree.SubElement(one(root, ds("Signature")), ds("Object"))
    payload.append(copy.deepcopy(one(root, f"{HL7}component")))


def _other_certificate(root: _Element) -> None:
    """The same key under another certificate: only the signed properties tell."""
    twin = pki.shaped(pki.Shape("Dr Adèle Martin", usages=("digital_signature",)))
    certificate = one(root, ds("X509Certificate"))
    certificate.text = one(markup.parse(enveloped(twin)).getroot(), ds("X509Certificate")).text


def _no_digest_of_certificate(root: _Element) -> None:
    _drop(xades("SigningCertificateV2"))(root)


def _garbage_digest(root: _Element) -> None:
    one(one(root, xades("CertDigest")), ds("DigestValue")).text = "A"


def _garbage(root: _Element) -> None:
    one(root, ds("X509Certificate")).text = "AAAA"


# What is changed, whether the forger can sign again, the one reason to be given.
CASES: dict[str, tuple[Callable[[_Element], None], bool, str]] = {
    "a word of the document": (_text(f"{HL7}title", "forged"), False, "reference-digest"),
    "an attribute": (lambda r: r[0].set("root", "1.2.3"), False, "reference-digest"),
    "a new element": (lambda r: r.insert(1, etree.Element(f"{HL7}x")), False, "reference-digest"),
    "the stylesheet": (
        lambda r: r.addprevious(etree.ProcessingInstruction("xml-stylesheet", 'href="x"')),
        False,
        "reference-digest",
    ),
    "a namespace's prefix": (
        lambda r: one(r, f"{HL7}value").set(
            "{http://www.w3.org/2001/XMLSchema-instance}type", "ST"
        ),
        False,
        "reference-digest",
    ),
    "a word of the stated time": (
        _text(xades("SigningTime"), "2020-01-01T00:00:00Z"),
        False,
        "reference-digest",
    ),
    "a word, with its right digest": (_forged_title, False, "signature-value"),
    "the value": (_text(ds("SignatureValue"), "AAAA"), False, "signature-value"),
    "SHA-1 of the document": (
        _set("DigestMethod", "Algorithm", f"{DSIG}sha1"),
        True,
        "weak-digest",
    ),
    "MD5 of the document": (_set("DigestMethod", "Algorithm", f"{MORE}md5"), True, "weak-digest"),
    "an invented digest": (_set("DigestMethod", "Algorithm", "urn:x"), True, "unknown-digest"),
    "RSA with SHA-1": (
        _set("SignatureMethod", "Algorithm", f"{DSIG}rsa-sha1"),
        True,
        "weak-signature-method",
    ),
    "RSA with MD5": (
        _set("SignatureMethod", "Algorithm", f"{MORE}rsa-md5"),
        True,
        "weak-signature-method",
    ),
    "a shared secret": (
        _set("SignatureMethod", "Algorithm", f"{MORE}hmac-sha256"),
        True,
        "shared-secret",
    ),
    "an invented signature": (
        _set("SignatureMethod", "Algorithm", "urn:x"),
        True,
        "unknown-signature-method",
    ),
    "ECDSA by an RSA key": (
        _set("SignatureMethod", "Algorithm", f"{MORE}ecdsa-sha256"),
        True,
        "signature-value",
    ),
    "an invented canonicalization": (
        _set("CanonicalizationMethod", "Algorithm", "urn:x"),
        False,
        "unknown-canonicalization",
    ),
    "XSLT": (
        _transform(ENVELOPED, "http://www.w3.org/TR/1999/REC-xslt-19991116"),
        True,
        "xslt-transform",
    ),
    "XPath": (
        _transform(ENVELOPED, "http://www.w3.org/TR/1999/REC-xpath-19991116"),
        True,
        "xpath-transform",
    ),
    "XPath filter 2": (
        _transform(ENVELOPED, "http://www.w3.org/2002/06/xmldsig-filter2"),
        True,
        "xpath-transform",
    ),
    "an invented transform": (_transform(ENVELOPED, "urn:x"), True, "unknown-transform"),
    "two canonicalizations": (_transform(ENVELOPED, C14N, EXCLUSIVE), True, "transform-order"),
    "canonical before leaving out": (_transform(C14N, ENVELOPED), True, "transform-order"),
    "base64 of the document": (_transform(ENVELOPED, BASE64), True, "transform-order"),
    "the document as base64": (_transform(BASE64), True, "enveloped-missing"),
    "the signature signs itself": (_transform(C14N), True, "enveloped-missing"),
    "no transform at all": (_drop(ds("Transforms")), True, "enveloped-missing"),
    "a file of this machine": (_uri("file:///etc/hostname"), True, "external-reference"),
    "a page of the web": (_uri("http://example.org/x"), True, "external-reference"),
    "XPointer": (_uri("#xpointer(/)"), True, "xpointer"),
    "no URI": (_uri(None), True, "reference-without-uri"),
    "an Id that is nowhere": (_uri("#nowhere"), True, "id-not-found"),
    "the Id of another element": (_wrap_aside, True, "reference-elsewhere"),
    "a reference to the signature": (
        lambda r: _uri(f"#{one(r, ds('Signature')).get('Id')}")(r),
        True,
        "reference-elsewhere",
    ),
    "the document wrapped": (_wrap, True, "not-whole-document"),
    "a part of it unsigned in the signature": (_payload, False, "not-whole-document"),
    "an Id twice": (_twice, True, "duplicate-id"),
    "only the properties": (_only_properties, True, "not-whole-document"),
    "a reference twice": (_again, True, "referenced-twice"),
    "five hundred references": (_many, True, "too-many-references"),
    "the signature deeper": (_deeper, False, "signature-misplaced"),
    "a signature in the signature": (_nest, False, "nested-signature"),
    "a comment in the digest": (_comment, False, "comment-in-signature"),
    "an instruction in the digest": (_instruction, False, "comment-in-signature"),
    "no SignatureValue": (_drop(ds("SignatureValue")), False, "malformed-signature"),
    "no SignedInfo": (_drop(ds("SignedInfo")), False, "malformed-signature"),
    "no certificate": (_drop(ds("KeyInfo")), False, "no-certificate"),
    "a certificate of garbage": (_garbage, False, "malformed-certificate"),
    "a key elsewhere": (_retrieval, False, "external-key"),
    "another key beside": (_key_value, False, "key-mismatch"),
    "another certificate of the key": (_other_certificate, False, "other-certificate"),
    "a second set of properties": (_second_properties, False, "several-signed-properties"),
    "a second set of properties without signed ones": (
        _properties_beside,
        False,
        "several-signed-properties",
    ),
    "signed properties twice": (_signed_properties_twice, False, "several-signed-properties"),
    "the properties of another": (
        lambda r: one(r, xades("QualifyingProperties")).set("Target", "#other"),
        False,
        "wrong-target",
    ),
    "properties left unsigned": (_type, True, "properties-unsigned"),
    "no signed properties": (_drop(xades("SignedProperties")), False, "properties-unsigned"),
    "other properties signed": (_properties_elsewhere, True, "properties-unsigned"),
    "properties without certificate": (
        _properties(_no_digest_of_certificate),
        True,
        "signing-certificate-missing",
    ),
    "a certificate's digest of garbage": (
        _properties(_garbage_digest),
        True,
        "malformed-properties",
    ),
    "a time that is none": (
        _properties(_text(xades("SigningTime"), "yesterday")),
        True,
        "signing-time-unreadable",
    ),
    "a time before all times": (
        _properties(_text(xades("SigningTime"), "0001-01-01T00:00:00+14:00")),
        True,
        "signing-time-unreadable",
    ),
    "a time to come": (
        _properties(_text(xades("SigningTime"), "2030-01-01T00:00:00Z")),
        True,
        "signed-in-the-future",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_forgery_is_refused_for_its_own_reason(name: str) -> None:
    change, again, reason = CASES[name]
    forged = (resigned if again else changed)(enveloped(), change)
    judgement = judged(forged)
    assert keys(judgement) == [reason]
    assert judgement.verdict is not Verdict.VALID


def test_what_is_forged_is_valid_before() -> None:
    assert keys(judged(enveloped())) == []
    assert keys(judged(resigned(enveloped(), lambda root: None))) == []


def test_a_curve_that_nobody_knows_is_refused() -> None:
    forged = changed(enveloped(pki.signer("Curve", True)), _unknown_curve)
    assert keys(judged(forged)) == ["signature-value"]


def _text_before(root: _Element) -> None:
    root.insert(0, root[-1])
    root.text, root[0].tail = (root.text or "")[:1], (root.text or "")[1:]


def _text_after(root: _Element) -> None:
    before, signature = root[-2:]
    before.tail, signature.tail = "", before.tail


@pytest.mark.parametrize("place", [_text_before, _text_after])
def test_text_around_a_signature_is_part_of_the_document(
    place: Callable[[_Element], None],
) -> None:
    assert keys(judged(changed(enveloped(), place))) == []


def test_comments_of_the_document_are_not_signed_and_do_no_harm() -> None:
    """XMLDSig 4.4.3.3: a reference within the document leaves comments out."""
    commented = changed(enveloped(), lambda root: root.append(etree.Comment("later")))
    assert keys(judged(commented)) == []


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (enveloped()[:-30], "malformed-xml"),
        (b'<!DOCTYPE x [<!ENTITY e "y">]>' + DOCUMENT.split(b"\n", 2)[2], "document-type"),
        (b"<" + b"\0" * 40, "malformed-xml"),
    ],
)
def test_a_document_that_is_not_to_be_read_is_refused(data: bytes, reason: str) -> None:
    assert keys(judged(data)) == [reason]


def test_a_signature_may_stand_in_the_text_of_a_signature() -> None:
    """CDA keeps it there (signatureText of an authenticator)."""
    holder = b"<authenticator><signatureText/></authenticator></ClinicalDocument>"
    data = DOCUMENT.replace(b"</ClinicalDocument>", holder)

    def inside(root: _Element) -> None:
        one(root, f"{HL7}signatureText").append(root[-1])

    assert keys(judged(changed(sign_enveloped(data, pki.signer(), manner()), inside))) == []


def test_an_enveloping_signature_does_not_sign_itself() -> None:
    data = sign_enveloping(b"any bytes", pki.signer(), manner())
    itself = resigned(data, lambda root: _uri(f"#{root.get('Id')}")(root))
    assert keys(judged(itself)) == ["reference-elsewhere"]


def _around(change: Callable[[_Element], None]) -> bytes:
    return changed(sign_enveloping(b"any bytes", pki.signer(), manner()), change)


def _more(root: _Element) -> None:
    etree.SubElement(root, ds("Object"), Id="more").text = "unsigned"


def _beside_properties(root: _Element) -> None:
    etree.SubElement(root[-1], f"{HL7}aside").text = "unsigned"


def _empty(root: _Element) -> None:
    etree.SubElement(root, ds("Object"))


def _inside(words: str, *ids: str) -> Callable[[_Element], None]:
    """Sign the child of an Object, instead of the Object, with words and other children beside."""

    def change(root: _Element) -> None:
        payload = root.find(markup.OBJECT)
        assert payload is not None
        payload.text = words
        for id in ("signed", *ids):
            etree.SubElement(payload, f"{HL7}part", Id=id)
        _uri("#signed")(root)
        _transform(EXCLUSIVE)(root)
        digest_again(root, payload[0], 0)

    return change


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        (_inside(" "), []),
        (_inside("unsigned"), ["not-whole-document"]),
        (_inside("", "unsigned"), ["not-whole-document"]),
        (_inside("", "signed"), ["duplicate-id"]),
    ],
)
def test_all_that_an_object_holds_is_signed(
    change: Callable[[_Element], None], reasons: list[str]
) -> None:
    data = sign_enveloping(b"any bytes", pki.signer(), manner())
    assert keys(judged(resigned(data, change))) == reasons


def test_only_base64_is_decoded_before_it_is_digested() -> None:
    """What has children, or is no Object, is signed in canonical form."""

    def child(root: _Element) -> None:
        etree.SubElement(one(root, ds("Object")), f"{HL7}hidden")

    def of_key_info(root: _Element) -> None:
        info = etree.SubElement(root[-1], f"{HL7}other", Id="other")
        info.text = b64encode(b"any bytes").decode()
        _uri("#other")(root)

    data = sign_enveloping(b"any bytes", pki.signer(), manner())
    assert keys(judged(changed(data, child))) == ["transform-order"]
    assert keys(judged(resigned(data, of_key_info))) == ["transform-order"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_text(ds("Object"), "AAAA"), "reference-digest"),
        (_text(ds("Object"), "A"), "reference-digest"),
        (_more, "not-whole-document"),
        (_beside_properties, "not-whole-document"),
        (_empty, "not-whole-document"),
    ],
)
def test_what_is_inside_an_enveloping_signature_is_signed(
    change: Callable[[_Element], None], reason: str
) -> None:
    assert keys(judged(_around(lambda root: None))) == []
    assert keys(judged(_around(change))) == [reason]


def test_a_signature_of_nothing_is_refused() -> None:
    def empty(root: _Element) -> None:
        root.remove(one(root, ds("Object")))
        one(root, ds("SignedInfo")).remove(_reference(root))

    data = resigned(sign_enveloping(b"x", pki.signer(), manner()), empty)
    assert keys(judged(data)) == ["not-whole-document"]
