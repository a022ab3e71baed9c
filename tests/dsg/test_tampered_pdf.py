"""Tampered PDFs and ill-made signatures in them; changes that are allowed, and several signers."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO

import pytest
from asn1crypto import cms
from cryptography.x509 import Certificate
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, sign_pdf
from pyhanko_certvalidator.context import ValidationContext

from ihe_profiles.dsg.certificates import to_asn1
from ihe_profiles.dsg.pdf_signing import CmsSigner, sign_pades
from ihe_profiles.dsg.verdicts import Judgement, Refused, Verdict
from ihe_profiles.dsg.verification import judge
from tests.dsg import pki
from tests.dsg.forge import keys
from tests.dsg.pdfs import PDF, embedded, now, pdf_ground
from tests.dsg.pki import DAY

SIGNER = pki.signer()
SIGNED = sign_pades(PDF, SIGNER)
_CONTENTS = re.compile(rb"/Contents <([0-9a-fA-F]+)>")


def _only(data: bytes, **more: object) -> Judgement:
    (judgement,) = judge(data, pdf_ground(**more))
    return judgement


def _signed(**how: object) -> bytes:
    """Sign in another way than ours."""
    settings = {"field_name": "Other", "md_algorithm": "sha256", **how}
    spec = settings.pop("spec", None)
    signer = settings.pop("signer", SIGNER)
    metadata = PdfSignatureMetadata(**settings)  # type: ignore[arg-type]
    writer = IncrementalPdfFileWriter(BytesIO(PDF))
    made = sign_pdf(writer, metadata, CmsSigner(signer), new_field_spec=spec)  # type: ignore[arg-type]
    return bytes(made.getvalue())


def _appended(data: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    writer = IncrementalPdfFileWriter(BytesIO(data))
    change(writer)
    output = BytesIO()
    writer.write(output)
    return output.getvalue()


def _other_page(writer: IncrementalPdfFileWriter) -> None:
    page = writer.root["/Pages"]["/Kids"][0]
    stream = generic.StreamObject(stream_data=b"BT (forged) Tj ET")
    page[pdf_name("/Contents")] = writer.add_object(stream)
    writer.update_container(page)


def _action(writer: IncrementalPdfFileWriter) -> None:
    script = generic.DictionaryObject({pdf_name("/S"): pdf_name("/JavaScript")})
    writer.root[pdf_name("/OpenAction")] = script
    writer.update_root()


def _cms(data: bytes, change: Callable[[cms.SignedData], None]) -> bytes:
    """Change the CMS inside, in its place."""
    found = _CONTENTS.search(data)
    assert found is not None
    content = cms.ContentInfo.load(bytes.fromhex(found[1].decode()))
    change(content["content"])
    changed = content.dump(force=True).hex().encode().ljust(len(found[1]), b"0")
    return data[: found.start(1)] + changed + data[found.end(1) :]


def _without_certificates(signed: cms.SignedData) -> None:
    signed["certificates"] = []


def _other_value(signed: cms.SignedData) -> None:
    signed["signer_infos"][0]["signature"] = bytes(256)


def _two_signers(signed: cms.SignedData) -> None:
    signed["signer_infos"].append(signed["signer_infos"][0].copy())


def _no_content_type(signed: cms.SignedData) -> None:
    attributes = signed["signer_infos"][0]["signed_attrs"]
    kept = [one for one in attributes if one["type"].native != "content_type"]
    signed["signer_infos"][0]["signed_attrs"] = cms.CMSAttributes(kept)


def _twin(signed: cms.SignedData) -> None:
    """Another certificate with the same name, number and key."""
    original = SIGNER.certificate
    twin = pki.again(original, SIGNER.key)
    kept = [one for one in signed["certificates"] if one.chosen.serial_number != _serial(original)]
    signed["certificates"] = [*kept, cms.CertificateChoices("certificate", twin)]


def _serial(certificate: Certificate) -> int:
    return certificate.serial_number


def _byte_range(data: bytes) -> bytes:
    """Leave a few bytes at the start of the gap unsigned, and the digest wrong with them."""
    found = re.search(rb"/ByteRange \[0 (\d+) ", data)
    assert found is not None
    shorter = str(int(found[1]) - 9).encode().rjust(len(found[1]))
    return data[: found.start(1)] + shorter + data[found.end(1) :]


def _encrypted() -> bytes:
    writer = copy_into_new_writer(PdfFileReader(BytesIO(PDF)))
    writer.encrypt("secret", "secret")
    output = BytesIO()
    writer.write(output)
    return output.getvalue()


PADES = SigSeedSubFilter.PADES
CASES: dict[str, tuple[bytes, set[str]]] = {
    "a byte of the text": (SIGNED.replace(b"%PDF-1", b"%PDF-2", 1), {"pdf-digest"}),
    "the value": (_cms(SIGNED, _other_value), {"signature-value"}),
    "no certificate": (_cms(SIGNED, _without_certificates), {"no-certificate"}),
    "no content type": (_cms(SIGNED, _no_content_type), {"pdf-malformed-signature"}),
    "two signers in one": (_cms(SIGNED, _two_signers), {"malformed-pdf"}),
    "another certificate of the key": (_cms(SIGNED, _twin), {"other-certificate"}),
    "another page": (_appended(SIGNED, _other_page), {"pdf-changed"}),
    "a script": (_appended(SIGNED, _action), {"pdf-changed"}),
    "a gap": (_byte_range(SIGNED), {"pdf-digest", "pdf-byte-range"}),
    "SHA-1": (_signed(md_algorithm="sha1", subfilter=PADES), {"weak-digest"}),
    "an old kind": (
        SIGNED.replace(b"/ETSI.CAdES.detached", b"/adbe.x509.rsa_sha1 ", 1),
        {"pdf-sub-filter"},
    ),
    "no name of the certificate": (
        _signed(subfilter=SigSeedSubFilter.ADOBE_PKCS7_DETACHED),
        set(),
    ),
    "a short key": (sign_pades(PDF, pki.shaped(pki.Shape("Short", bits=1024))), {"weak-key"}),
    "a stranger": (sign_pades(PDF, pki.issue(pki.Shape("Stranger"))), {"no-chain"}),
    "another use": (
        sign_pades(PDF, pki.shaped(pki.Shape("Cipher", usages=("key_encipherment",)))),
        {"key-usage"},
    ),
    "an encrypted file": (_encrypted(), {"pdf-encrypted"}),
    "half a file": (SIGNED[: len(SIGNED) // 2], {"malformed-pdf"}),
    "no PDF": (b"%PDF-1.7 and no more", {"malformed-pdf"}),
}


@pytest.mark.parametrize("name", CASES)
def test_each_forgery_is_refused_for_its_own_reason(name: str) -> None:
    data, reasons = CASES[name]
    judgement = _only(data)
    assert reasons <= set(keys(judgement))
    assert len(keys(judgement)) <= max(len(reasons), 1) + (name == "a short key")
    assert (judgement.verdict is Verdict.VALID) == (not reasons)


def test_several_signers_sign_one_after_the_other() -> None:
    twice = sign_pades(SIGNED, pki.signer("Curve", True))
    first, second = judge(twice, pdf_ground())
    assert (keys(first), keys(second)) == ([], [])
    assert (first.signer, second.signer) == ("CN=Dr Adèle Martin,C=FR", "CN=Curve,C=FR")


def test_a_change_between_two_signatures_spoils_the_first_only() -> None:
    twice = sign_pades(_appended(SIGNED, _other_page), pki.signer("Curve", True))
    first, second = judge(twice, pdf_ground())
    assert (keys(first), keys(second)) == (["pdf-changed"], [])


def test_a_signer_may_forbid_further_signatures() -> None:
    certified = _signed(
        subfilter=PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        spec=SigFieldSpec("Other"),
    )
    assert keys(_only(certified)) == []
    with pytest.raises(Refused) as refused:
        sign_pades(certified, SIGNER)
    assert refused.value.reason.key == "pdf-not-to-be-signed"
    found = _CONTENTS.search(SIGNED)
    assert found is not None
    forced = embedded(certified, "More", lambda _: bytes.fromhex(found[1].decode()))
    first, second = judge(forced, pdf_ground())
    assert keys(first) == ["pdf-change-not-allowed"]
    assert keys(second) == ["pdf-digest"]


@pytest.mark.parametrize("kind", [SigSeedSubFilter.PADES, SigSeedSubFilter.ADOBE_PKCS7_DETACHED])
@pytest.mark.parametrize("answers", [("crls",), ("ocsps", "crls")])
def test_answers_that_the_document_carries_are_used(
    kind: SigSeedSubFilter, answers: tuple[str, ...]
) -> None:
    """In the document security store (PAdES B-LT), or among the signed attributes."""
    lists = [
        pki.crl(by=one, at=now() - DAY, until=pki.END) for one in (pki.authority(), pki.root())
    ]
    carried = {
        "crls": lists if answers == ("crls",) else lists[1:],
        "ocsps": [pki.ocsp_answer(SIGNER, at=now() - DAY)] if "ocsps" in answers else [],
    }
    known = ValidationContext(
        trust_roots=[to_asn1(pki.root().certificate)],
        other_certs=[to_asn1(one) for one in SIGNER.others],
        allow_fetching=False,
        **carried,  # type: ignore[arg-type]
    )
    data = _signed(subfilter=kind, embed_validation_info=True, validation_context=known)
    strict = pki.trust(revocation_required=True)
    assert keys(_only(data, trust=strict)) == []
    assert keys(_only(SIGNED, trust=strict)) == ["revocation-unknown"] * 2


def test_a_timestamp_proves_the_time() -> None:
    at = now().replace(microsecond=0)
    data = sign_pades(PDF, SIGNER, pki.timestamper(at))
    judgement = _only(data)
    assert (keys(judgement), judgement.proven) == ([], at)


def test_a_pdf_without_signature_has_nothing_to_judge() -> None:
    assert judge(PDF, pdf_ground()) == ()
    assert judge(b"plain text", pdf_ground()) == ()
    assert judge(b"<a/>", pdf_ground()) == ()
