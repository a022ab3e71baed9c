"""What is made to be dear, or to break who reads it: bounded, and refused for its own reason."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate
from lxml import etree
from lxml.etree import _Element
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from ihe_profiles.dsg import markup, pdf
from ihe_profiles.dsg.algorithms import C14N11_COMMENTS, EXCLUSIVE, too_short
from ihe_profiles.dsg.pdf_signing import sign_pades
from ihe_profiles.dsg.signer import Signer
from ihe_profiles.dsg.verdicts import Verdict
from ihe_profiles.dsg.verification import judge
from ihe_profiles.dsg.xml_signing import Signed, reference_element, sign_enveloping
from tests.dsg import pki
from tests.dsg.forge import (
    DOCUMENT,
    DOCUMENTS,
    changed,
    detached,
    digest_again,
    ds,
    enveloped,
    judged,
    keys,
    manner,
    one,
    opener,
    resigned,
)
from tests.dsg.pdfs import PDF, pdf_ground
from tests.dsg.test_tampered_pdf import SIGNED, _appended

LONG = b"urn:" + b"x" * markup.NAMESPACE


def _second(root: _Element) -> None:
    root.append(copy.deepcopy(one(root, ds("Signature"))))


@pytest.mark.parametrize(
    ("name", "limit", "data", "reason"),
    [
        ("NODES", 10, enveloped(), "too-many-nodes"),
        (
            "NAMESPACE",
            256,
            DOCUMENT.replace(b"urn:hl7-org:v3", LONG),
            "namespace-too-long",
        ),
        ("SIGNATURES", 1, changed(enveloped(), _second), "too-many-signatures"),
    ],
)
def test_xml_is_judged_within_bounds(
    name: str, limit: int, data: bytes, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(markup, name, limit)
    judgement = judged(data)
    assert keys(judgement) == [reason]
    assert judgement.verdict is Verdict.INDETERMINATE


def test_as_many_signatures_as_allowed_are_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markup, "SIGNATURES", 1)
    assert keys(judged(enveloped())) == []
    monkeypatch.setattr(pdf, "SIGNATURES", 1)
    assert [keys(one) for one in judge(SIGNED, pdf_ground())] == [[]]
    (refused,) = judge(sign_pades(SIGNED, pki.signer()), pdf_ground())
    assert keys(refused) == ["too-many-signatures"]


def test_the_ids_of_a_document_are_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five hundred references and a million elements would be hours."""
    looked = []

    def with_ids(*given: object) -> object:
        looked.append(given)
        return look(*given)  # type: ignore[arg-type]

    look = markup.with_ids
    monkeypatch.setattr(markup, "with_ids", with_ids)
    assert keys(judged(detached(), open_document=opener())) == []
    assert len(looked) == 1


def test_a_listed_document_is_read_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    def change(root: _Element) -> None:
        manifest = one(root, markup.MANIFEST)
        manifest[2][:] = reference_element(Signed("", b"", (C14N11_COMMENTS,)))[:]
        digest_again(root, manifest, 0)

    data = resigned(detached(), change)
    large = {**DOCUMENTS, list(DOCUMENTS)[1]: b"<a>" + b"<b/>" * 1000 + b"</a>"}
    monkeypatch.setattr(markup, "NODES", 500)
    assert keys(judged(data, open_document=opener(large))) == ["too-many-nodes"]


def test_a_relative_namespace_has_no_canonical_form() -> None:
    def change(root: _Element) -> None:
        etree.SubElement(root, "{relative}x")

    assert keys(judged(changed(enveloped(), change))) == ["no-canonical-form"]


def test_a_list_inside_of_what_is_signed_is_content() -> None:
    """Only a Manifest of the signature itself lists documents; one deeper has no known shape."""

    def change(root: _Element) -> None:
        payload = root.find(markup.OBJECT)
        assert payload is not None
        payload.text = None
        manifest = etree.SubElement(etree.SubElement(payload, "{urn:x}x"), markup.MANIFEST)
        etree.SubElement(manifest, markup.REFERENCE, URI="1.2")
        one(root, ds("Transform")).set("Algorithm", EXCLUSIVE)
        digest_again(root, payload, 0)

    data = resigned(sign_enveloping(b"any", pki.signer(), manner()), change)
    judgement = judged(data, open_document=opener())
    assert (judgement.form, keys(judgement), judgement.documents) == ("XAdES", [], ())


@pytest.mark.parametrize(
    "data",
    [
        DOCUMENT.replace(b"<!-- made for tests -->", b"<!-- %PDF-1.7 -->"),
        changed(enveloped(), lambda root: root.addprevious(etree.Comment("%PDF-1.7"))),
    ],
    ids=["unsigned", "signed"],
)
def test_what_is_xml_and_pdf_at_once_is_refused(data: bytes) -> None:
    """Comments are not signed, and a reader of PDF looks for its header in the first octets."""
    assert keys(judged(data)) == ["two-formats"]


def _store(how: str) -> bytes:
    def change(writer: IncrementalPdfFileWriter) -> None:
        named = {pdf_name("/Filter"): pdf_name(how)}
        stream = writer.add_object(generic.StreamObject(dict_data=named, encoded_data=b"garbage"))
        certificates = {pdf_name("/Certs"): generic.ArrayObject([stream])}
        writer.root[pdf_name("/DSS")] = generic.DictionaryObject(certificates)
        writer.update_root()

    return _appended(SIGNED, change)


def _unreadable_key_usage() -> bytes:
    """Signed by a certificate that has a null where the bits of its key usage should be."""
    own = pki.signer()
    der = own.certificate.public_bytes(Encoding.DER)
    usage = bytes.fromhex("551d0f0101ff0404")
    damaged = load_der_x509_certificate(der.replace(usage + b"\x03", usage + b"\x05"))
    return sign_pades(PDF, Signer(own.key, damaged, own.others))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: _store("/FlateDecode"), "malformed-pdf"),
        (lambda: _store("/JBIG2Decode"), "malformed-pdf"),
        (_unreadable_key_usage, "malformed-certificate"),
    ],
)
def test_damaged_parts_of_a_pdf_raise_nothing(make: Callable[[], bytes], reason: str) -> None:
    (judgement,) = judge(make(), pdf_ground())
    assert keys(judgement) == [reason]


def test_keys_are_long_and_of_known_kinds() -> None:
    for key in (ec.generate_private_key(ec.SECP192R1()), ed25519.Ed25519PrivateKey.generate()):
        (reason,) = too_short(key.public_key(), pki.trust())
        assert reason.key == "weak-key"
    assert too_short(pki.key("Curve", curve=True).public_key(), pki.trust()) == ()
