"""Judging the signatures of a PDF: PAdES, and CMS ones of before (ISO 32000-2 12.8)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Final

from asn1crypto import crl, ocsp, x509
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, ModificationLevel
from pyhanko.sign.diff_analysis.policy_api import DiffResult
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.general import (
    NonexistentAttributeError,
    ValueErrorWithMessage,
    find_unique_cms_attribute,
)
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError, SignatureValidationError
from pyhanko.sign.validation.generic_cms import (
    extract_certs_for_validation,
    extract_tst_data_iter,
    validate_sig_integrity,
)
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel

from ihe_profiles.dsg import certificates, decoding
from ihe_profiles.dsg.algorithms import too_short
from ihe_profiles.dsg.chain import judge_chain, judge_usage
from ihe_profiles.dsg.ground import Ground
from ihe_profiles.dsg.markup import SIGNATURES
from ihe_profiles.dsg.reasons import because, refuse
from ihe_profiles.dsg.times import Timing, digest_of, timing
from ihe_profiles.dsg.trust import Evidence, Trust
from ihe_profiles.dsg.verdicts import BROKEN, Judgement, Reason, Refused

_PADES: Final = "/ETSI.CAdES.detached"
_DOCUMENT_TIMESTAMP: Final = "/ETSI.RFC3161"
_KINDS: Final = {_PADES: "PAdES", "/adbe.pkcs7.detached": "PDF"}
_STRONG: Final = frozenset({"sha256", "sha384", "sha512", "sha3_256", "sha3_384", "sha3_512"})
_NAMES_CERTIFICATE: Final = frozenset({"signing_certificate", "signing_certificate_v2"})
_BROKEN: Final = (
    *BROKEN,
    PdfError,
    SignatureValidationError,
    ValueErrorWithMessage,
    struct.error,
    zlib.error,
)
"""What pyhanko raises on damaged files."""

decoding.set_up()


@dataclass(slots=True)
class _Case:
    embedded: EmbeddedPdfSignature
    ground: Ground
    trust: Trust
    form: str = "PDF"
    signer: x509.Certificate | None = None
    subject: str | None = None
    timing: Timing | None = None
    reasons: list[Reason] = field(default_factory=list)

    def judgement(self) -> Judgement:
        return Judgement(
            form=self.form,
            name=str(self.embedded.field_name),
            signer=self.subject,
            claimed=self.timing.claimed if self.timing else None,
            proven=self.timing.proven if self.timing else None,
            reasons=tuple(self.reasons),
        )


def judge_pdf(data: bytes, ground: Ground) -> tuple[Judgement, ...]:
    """Judge each signature of a PDF, the oldest first; none where it has no signature."""
    try:
        reader, embedded, strange = _opened(data)
        trust = ground.trust.with_evidence(_store(reader))
    except Refused as refusal:
        return (Judgement("PDF", reasons=(refusal.reason,)),)
    return tuple(_judge(_Case(one, ground, trust)) for one in embedded) + tuple(strange)


def _opened(data: bytes) -> tuple[PdfFileReader, list[EmbeddedPdfSignature], list[Judgement]]:
    """Read a PDF's signatures, and judge those of kinds that are not known by that alone.

    Raises Refused: malformed-pdf, pdf-encrypted, too-many-signatures.
    """
    try:
        reader = PdfFileReader(BytesIO(data))
        if reader.encrypted:
            raise refuse("pdf-encrypted")
        embedded = list(reader.embedded_regular_signatures)
        if len(embedded) > SIGNATURES:
            raise refuse("too-many-signatures", limit=SIGNATURES)
        return reader, embedded, list(_strange(reader))
    except _BROKEN as error:
        raise refuse("malformed-pdf", problem=error) from None


def _strange(reader: PdfFileReader) -> Iterator[Judgement]:
    """The library passes over signatures whose kind it does not know; they are not valid."""
    for name, value, _ in enumerate_sig_fields(reader, filled_status=True):
        kind = str(value.get_object().get("/SubFilter", "none"))
        if kind not in _KINDS and kind != _DOCUMENT_TIMESTAMP:
            yield Judgement("PDF", name, reasons=(because("pdf-sub-filter", kind=kind),))


def _store(reader: PdfFileReader) -> Evidence:
    """Return the certificates and answers of the document security store (PAdES B-LT)."""
    try:
        store = DocumentSecurityStore.read_dss(reader)
        return Evidence(
            tuple(store.load_certs()),
            tuple(crl.CertificateList.load(one.get_object().data) for one in store.crls),
            tuple(ocsp.OCSPResponse.load(one.get_object().data) for one in store.ocsps),
        )
    except NoDSSFoundError:
        return Evidence()
    except _BROKEN as error:
        raise refuse("malformed-pdf", problem=error) from None


def _judge(case: _Case) -> Judgement:
    try:
        for step in (_kind, _signer, _integrity, _changes, _when_and_whether):
            _guarded(step, case)
    except Refused as refusal:
        case.reasons.append(refusal.reason)
    return case.judgement()


def _guarded(step: Callable[[_Case], None], case: _Case) -> None:
    try:
        step(case)
    except _BROKEN as error:
        problem = str(error) or type(error).__name__
        raise refuse("pdf-malformed-signature", problem=problem) from None


def _kind(case: _Case) -> None:
    """Raise Refused: weak-digest."""
    case.form = _KINDS[str(case.embedded.sig_object["/SubFilter"])]
    algorithm = case.embedded.md_algorithm
    if algorithm not in _STRONG and not (case.trust.sha1 and algorithm == "sha1"):
        raise refuse("weak-digest", algorithm=algorithm)


def _signer(case: _Case) -> None:
    """Find the certificate.

    Raises Refused: no-certificate, other-certificate, malformed-certificate.
    """
    signed = case.embedded.signed_data
    try:
        found = extract_certs_for_validation(signed)
    except SignatureValidationError as error:
        missing = "not included" in str(error)
        raise refuse("no-certificate" if missing else "other-certificate") from None
    case.signer = found.signer_cert
    case.subject = certificates.subject(certificates.read(found.signer_cert.dump()))
    case.trust = case.trust.with_evidence(Evidence(tuple(found.other_certs)))
    case.trust = case.trust.with_evidence(_archived(case.embedded))
    attributes = {one["type"].native for one in case.embedded.signer_info["signed_attrs"]}
    if case.form == "PAdES" and not attributes & _NAMES_CERTIFICATE:
        case.reasons.append(because("signing-certificate-missing"))


def _archived(embedded: EmbeddedPdfSignature) -> Evidence:
    """Return the answers among the signed attributes (ISO 32000-2 12.8.3.3.2)."""
    attributes = embedded.signer_info["signed_attrs"]
    try:
        found: Any = find_unique_cms_attribute(attributes, "adobe_revocation_info_archival")
    except NonexistentAttributeError:
        return Evidence()
    return Evidence((), tuple(found["crl"] or ()), tuple(found["ocsp"] or ()))


def _integrity(case: _Case) -> None:
    """Check the digest of the bytes and the signature over it."""
    assert case.signer is not None
    embedded = case.embedded
    digest = embedded.compute_digest()
    intact, valid = validate_sig_integrity(embedded.signer_info, case.signer, "data", digest)
    if not intact:
        case.reasons.append(because("pdf-digest"))
    if not valid:
        case.reasons.append(because("signature-value"))
    key = load_der_public_key(case.signer.public_key.dump())
    case.reasons += too_short(key, case.trust)


def _changes(case: _Case) -> None:
    """Tell changes after signing that the signer allows from others."""
    embedded = case.embedded
    embedded.compute_integrity_info(DEFAULT_DIFF_POLICY)
    coverage: Any = embedded.coverage
    if coverage < SignatureCoverageLevel.ENTIRE_REVISION:
        case.reasons.append(because("pdf-byte-range"))
        return
    case.reasons += _difference(embedded.diff_result, embedded.docmdp_level)


def _difference(result: Any, allowed: Any) -> Iterator[Reason]:
    if not isinstance(result, DiffResult):
        yield because("pdf-changed", problem=result)
    elif result.modification_level == ModificationLevel.OTHER:
        yield because("pdf-changed", problem="more than forms and signatures")
    elif allowed is not None and result.modification_level.value > allowed.value:
        change = result.modification_level.name.lower().replace("_", " ")
        yield because("pdf-change-not-allowed", change=change)


def _when_and_whether(case: _Case) -> None:
    """Judge the times, then the chain at the time that is known."""
    assert case.signer is not None
    info = case.embedded.signer_info
    case.timing = timing(
        case.ground.at,
        _stated(case.embedded),
        extract_tst_data_iter(info, signed=False),
        digest_of(info["signature"].native),
        case.trust,
    )
    case.reasons += case.timing.reasons
    case.reasons += judge_usage(case.signer, case.trust)
    case.reasons += judge_chain(case.signer, case.trust, case.timing.moment)


def _stated(embedded: EmbeddedPdfSignature) -> datetime | None:
    time = embedded.self_reported_timestamp
    if time is None:
        return None
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
