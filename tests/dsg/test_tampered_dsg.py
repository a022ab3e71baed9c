"""Tampered detached signatures, and documents that are not the signed ones (ITI TF-3 5.5)."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest
from lxml.etree import SubElement, _Element

from ihe_profiles.dsg import markup
from ihe_profiles.dsg.algorithms import BASE64, C14N, C14N11_COMMENTS, EXCLUSIVE, canonicalization
from ihe_profiles.dsg.listed import Submission
from ihe_profiles.dsg.verdicts import Verdict
from ihe_profiles.dsg.xml_signing import Signed, reference_element
from tests.dsg import pki
from tests.dsg.forge import (
    DOCUMENTS,
    SET,
    SUBMISSION,
    changed,
    detached,
    digest_again,
    ds,
    judged,
    keys,
    one,
    opener,
    resigned,
)

FIRST, SECOND = DOCUMENTS


def _listed(change: Callable[[_Element], None]) -> bytes:
    """Change the manifest, and sign again."""

    def both(root: _Element) -> None:
        manifest = one(root, markup.MANIFEST)
        change(manifest)
        digest_again(root, manifest, 0)

    return resigned(detached(), both)


def _uri(value: str) -> Callable[[_Element], None]:
    return lambda manifest: manifest[1].set("URI", value)


def _zero(manifest: _Element) -> None:
    one(manifest[1], ds("DigestValue")).text = "AA=="


def _only_set(manifest: _Element) -> None:
    del manifest[1:]


def _twice(manifest: _Element) -> None:
    manifest[2].set("URI", f"urn:oid:{FIRST}")


def _canonical(manifest: _Element) -> None:
    manifest[1][:] = reference_element(Signed("", b"", (C14N,)))[:]


def _base64(manifest: _Element) -> None:
    manifest[1][:] = reference_element(Signed("", b"", (BASE64,)))[:]


def _two_transforms(manifest: _Element) -> None:
    manifest[1][:] = reference_element(Signed("", b"", (C14N, EXCLUSIVE)))[:]


FORGED = {
    "a document of the web": (_listed(_uri("http://example.org/x")), "external-reference"),
    "a file": (_listed(_uri("/etc/hostname")), "external-reference"),
    "a part of the signature": (_listed(_uri("#IHEManifest")), "external-reference"),
    "a second digest of 0": (_listed(_zero), "zero-digest"),
    "only the set": (_listed(_only_set), "nothing-listed"),
    "a document twice": (_listed(_twice), "listed-twice"),
    "canonical XML of a text": (_listed(_canonical), "document-not-xml"),
    "base64 of a document": (_listed(_base64), "transform-order"),
    "two transforms": (_listed(_two_transforms), "transform-order"),
    "a digest of the list": (
        changed(detached(), lambda root: one(root, markup.MANIFEST)[1].set("URI", "urn:oid:1.2")),
        "reference-digest",
    ),
}


@pytest.mark.parametrize("name", FORGED)
def test_each_forged_list_is_refused_for_its_own_reason(name: str) -> None:
    data, reason = FORGED[name]
    assert reason in keys(judged(data, open_document=opener({**DOCUMENTS, "1.2": b""})))


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"open_document": opener({**DOCUMENTS, FIRST: b"another"})}, "document-changed"),
        ({"open_document": opener({FIRST: DOCUMENTS[FIRST]})}, "document-not-at-hand"),
        ({"open_document": opener({**DOCUMENTS, SET: b"a document"})}, "zero-digest"),
        ({"submission": Submission("1.2.9", frozenset(DOCUMENTS))}, "other-submission"),
        ({"submission": Submission(SET, frozenset({FIRST}))}, "submission-differs"),
        ({"submission": Submission(SET, frozenset({*DOCUMENTS, "1.9"}))}, "submission-differs"),
        ({"open_document": None}, "external-reference"),
    ],
)
def test_documents_and_submission_are_compared(more: dict[str, Any], reason: str) -> None:
    judgement = judged(detached(), **{"open_document": opener(), **more})
    assert keys(judgement) == [reason]
    assert judgement.verdict is not Verdict.VALID


def test_a_missing_document_leaves_the_verdict_open() -> None:
    judgement = judged(detached(), open_document=opener({}))
    assert judgement.verdict is Verdict.INDETERMINATE


def test_a_signature_of_a_submission_says_what_it_lists() -> None:
    judgement = judged(detached(), open_document=opener(), submission=SUBMISSION)
    assert (judgement.form, judgement.verdict) == ("DSG", Verdict.VALID)
    assert judgement.documents == tuple(DOCUMENTS)
    assert judgement.submission_set == SET


def test_other_signatures_of_a_submission_may_be_listed_or_not() -> None:
    for documents in (DOCUMENTS, {**DOCUMENTS, "1.8": b"another signature"}):
        submission = Submission(SET, frozenset(DOCUMENTS), frozenset({"1.8"}))
        data = detached(documents)
        judgement = judged(data, open_document=opener(documents), submission=submission)
        assert keys(judgement) == []


@pytest.mark.parametrize("zero", ["0", "MA==", "AA=="])
def test_the_digest_of_a_submission_may_be_written_in_each_way(zero: str) -> None:
    def change(manifest: _Element) -> None:
        one(manifest[0], ds("DigestValue")).text = zero

    judgement = judged(_listed(change), open_document=opener(), submission=SUBMISSION)
    assert keys(judgement) == []


def test_an_xml_document_may_be_signed_in_its_canonical_form() -> None:
    """As the French DMP does with CDA: the same XML written otherwise is the same document."""
    written = b"<second   >document</second>"
    content = markup.canonical(markup.parse(DOCUMENTS[SECOND]), canonicalization(C14N11_COMMENTS))

    def change(manifest: _Element) -> None:
        digest = hashlib.sha256(content).digest()
        manifest[2][:] = reference_element(Signed("", digest, (C14N11_COMMENTS,)))[:]

    data = _listed(change)
    as_written = opener({**DOCUMENTS, SECOND: written})
    assert keys(judged(data, open_document=as_written)) == []
    assert keys(judged(data, open_document=as_written, largest=len(written))) == []
    small = judged(data, open_document=as_written, largest=len(written) - 1)
    assert keys(small) == ["document-too-large"]
    assert small.verdict is Verdict.INDETERMINATE
    other = opener({**DOCUMENTS, SECOND: b"<second>other</second>"})
    assert keys(judged(data, open_document=other)) == ["document-changed"]


def test_comments_of_a_listed_document_are_signed_with_it() -> None:
    """IHE asks for the canonical form with comments (TF-3 5.5)."""
    written = {**DOCUMENTS, SECOND: b"<a><!-- one --></a>"}

    def change(manifest: _Element) -> None:
        digest = hashlib.sha256(written[SECOND]).digest()
        manifest[2][:] = reference_element(Signed("", digest, (C14N11_COMMENTS,)))[:]

    data = _listed(change)
    assert keys(judged(data, open_document=opener(written))) == []
    other = {**DOCUMENTS, SECOND: b"<a><!-- two --></a>"}
    assert keys(judged(data, open_document=opener(other))) == ["document-changed"]


def test_references_may_stand_in_signed_info_itself() -> None:
    """ITI TF-3 5.5: the references are the manifest."""

    def change(root: _Element) -> None:
        info = one(root, ds("SignedInfo"))
        listed = [reference for reference in one(root, markup.MANIFEST) if _is_document(reference)]
        info[2:3] = listed
        holder = root.find(markup.OBJECT)
        assert holder is not None
        root.remove(holder)

    data = resigned(detached(), change)
    judgement = judged(data, open_document=opener())
    assert (judgement.form, keys(judgement)) == ("DSG", [])
    assert judgement.documents == tuple(DOCUMENTS)
    other = opener({**DOCUMENTS, FIRST: b"another"})
    assert keys(judged(data, open_document=other)) == ["document-changed"]


def _is_document(reference: _Element) -> bool:
    return reference.get("URI") != f"urn:oid:{SET}"


def test_a_manifest_counts_whatever_type_its_reference_states() -> None:
    def change(root: _Element) -> None:
        one(root, ds("Reference")).attrib.pop("Type")

    other = opener({**DOCUMENTS, FIRST: b"another"})
    data = resigned(detached(), change)
    assert keys(judged(data, open_document=other)) == ["document-changed"]


def _as_in_the_dmp(root: _Element) -> None:
    """XAdES 1.1.1, an implied policy, and the purpose beside the properties."""
    old = f"{{{markup.XADES_111}}}"
    for element in list(root.iter(f"{{{markup.XADES}}}*")):
        element.tag = old + markup.local(element).removesuffix("V2")
    for element in one(root, f"{old}CertDigest"):
        element.tag = old + markup.local(element)
    signed = one(root, f"{old}SignedProperties")
    signed.set("Id", "S0-SignedProperties")
    policy = SubElement(
        one(signed, f"{old}SignedSignatureProperties"), f"{old}SignaturePolicyIdentifier"
    )
    SubElement(policy, f"{old}SignaturePolicyImplied")
    reference = one(root, ds("SignedInfo"))[3]
    reference.set("URI", "#S0-SignedProperties")
    reference.set("Type", f"{markup.XADES_111}SignedProperties")
    properties = SubElement(SubElement(root, ds("Object")), ds("SignatureProperties"))
    purpose = SubElement(properties, ds("SignatureProperty"), Id="purposeOfSignature")
    purpose.set("Target", f"#{root.get('Id')}")
    purpose.text = "1.2.840.10065.1.12.1.14"
    digest_again(root, one(root, markup.MANIFEST), 0)
    digest_again(root, signed, 1)


def test_a_submission_signature_of_the_french_dmp_is_judged() -> None:
    data = resigned(detached(), _as_in_the_dmp)
    judgement = judged(data, open_document=opener(), submission=SUBMISSION)
    assert (judgement.form, keys(judgement)) == ("DSG", [])
    assert (judgement.submission_set, judgement.claimed) == (SET, pki.NOW)
    forged = data.replace(b"2026-06-01T12", b"2026-06-01T11", 1)
    assert keys(judged(forged, open_document=opener())) == ["reference-digest"]


def test_sha1_is_accepted_where_it_is_asked_for() -> None:
    """ITI TF-3 5.5 demands that a verifier can."""

    def change(manifest: _Element) -> None:
        one(manifest[1], ds("DigestMethod")).set(
            "Algorithm", "http://www.w3.org/2000/09/xmldsig#sha1"
        )
        digest = hashlib.sha1(DOCUMENTS[FIRST]).digest()
        one(manifest[1], ds("DigestValue")).text = b64encode(digest).decode()

    data = _listed(change)
    assert keys(judged(data, open_document=opener())) == ["weak-digest"]
    assert keys(judged(data, open_document=opener(), trust=pki.trust(sha1=True))) == []


def test_nothing_to_sign_is_an_error() -> None:
    with pytest.raises(ValueError, match="no document"):
        detached({})
