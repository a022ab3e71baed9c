"""The chain of a certificate at a moment: anchors, validity, key usage, revocation (RFC 5280)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from asn1crypto import crl, x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509 import load_der_x509_certificate, load_der_x509_crl
from pyhanko_certvalidator import CertificateValidator, errors
from pyhanko_certvalidator.context import ValidationContext
from pyhanko_certvalidator.policy_decl import (
    CertRevTrustPolicy,
    DisallowWeakAlgorithmsPolicy,
    RevocationCheckingPolicy,
    RevocationCheckingRule,
)
from pyhanko_certvalidator.revinfo.validate_crl import verify_crl
from pyhanko_certvalidator.revinfo.validate_ocsp import verify_ocsp_response

from ihe_profiles.dsg import decoding
from ihe_profiles.dsg.reasons import because
from ihe_profiles.dsg.trust import Trust
from ihe_profiles.dsg.verdicts import BROKEN, Reason

# The path is judged first and without revocation: the library's own order would not look at the
# signer's revocation where nothing is known of an authority's.
_NO_CHECK: Final = CertRevTrustPolicy(
    revocation_checking_policy=RevocationCheckingPolicy(
        ee_certificate_rule=RevocationCheckingRule.NO_CHECK,
        intermediate_ca_cert_rule=RevocationCheckingRule.NO_CHECK,
    ),
    retroactive_revinfo=True,  # answers are always later than a time that a timestamp proves
)
_WEAK_DIGESTS: Final = frozenset({"md2", "md5", "sha1"})
_OTHER_PURPOSES: Final = frozenset({"server_auth", "code_signing", "time_stamping", "ocsp_signing"})
"""What nobody signs documents for; those of users (client_auth) may sign (DMP)."""
_UNANSWERED: Final = (errors.OCSPValidationError, errors.CRLValidationError)

decoding.set_up()


@dataclass(frozen=True, slots=True)
class Moment:
    """When a certificate had to be right: `at` is proven, or only the time of the verification.

    `claimed` is the time that the signer states, which counts for nothing but the difference
    between `expired` and `expired-since`.
    """

    at: datetime
    proven: bool = False
    claimed: datetime | None = None

    def covers(self, end: datetime) -> bool:
        """Tell whether the signer states a time before `end`, unproven and so undecidable."""
        return not self.proven and self.claimed is not None and self.claimed < end


def judge_chain(certificate: x509.Certificate, trust: Trust, moment: Moment) -> list[Reason]:
    """Say what is wrong with a certificate at a moment; nothing where it is to be trusted.

    Threads may share `trust`; the certificate is the caller's own.
    """
    try:
        with decoding.SHARED:
            return asyncio.run(_judge(certificate, trust, moment))
    except BROKEN as error:  # what is carried is decoded only when it is looked at
        return [because("malformed-certificate", problem=error)]


def judge_usage(certificate: x509.Certificate, trust: Trust) -> Iterator[Reason]:
    """Say whether a certificate is for signing documents (RFC 5280 4.2.1.3, 4.2.1.9, 4.2.1.12)."""
    if certificate.ca:
        yield because("signed-by-authority")
    purposes = certificate.extended_key_usage_value
    if purposes is not None and set(purposes.native) <= _OTHER_PURPOSES:
        yield because("key-usage", usages=", ".join(purposes.native))
    usage = certificate.key_usage_value
    if usage is None:
        return
    allowed = {"content_commitment" if u == "non_repudiation" else u for u in usage.native}
    if not allowed & trust.key_usages:
        yield because("key-usage", usages=", ".join(sorted(allowed)) or "nothing")


async def _judge(certificate: x509.Certificate, trust: Trust, moment: Moment) -> list[Reason]:
    context = _context(trust, moment.at)
    try:
        path = await CertificateValidator(
            certificate, trust.others, validation_context=context
        ).async_validate_path()
    except (errors.ValidationError, errors.PathError) as error:
        return [_wrong(error, moment)]
    return await _revocation(path, context, trust, moment)


def _context(trust: Trust, at: datetime) -> ValidationContext:
    context = ValidationContext(
        trust_roots=list(trust.anchors),
        other_certs=list(trust.others),
        moment=at,
        crls=list(trust.crls),
        ocsps=list(trust.ocsps),
        allow_fetching=False,
        revinfo_policy=_NO_CHECK,
        time_tolerance=trust.skew,
        algorithm_usage_policy=DisallowWeakAlgorithmsPolicy(
            weak_hash_algos=frozenset() if trust.sha1 else _WEAK_DIGESTS,
            rsa_key_size_threshold=trust.rsa_bits,
        ),
    )
    for anchor, issued in _own_lists(trust):
        context.revinfo_manager.record_crl_issuer(issued, anchor)
    return context


def _own_lists(trust: Trust) -> Iterator[tuple[x509.Certificate, crl.CertificateList]]:
    """Find the lists of anchors that somebody else has signed: the library asks who that was."""
    for anchor in trust.anchors:
        usage = anchor.key_usage_value
        if anchor.self_signed == "maybe" or (usage and "crl_sign" not in usage.native):
            continue
        for issued in trust.crls:
            if issued.issuer == anchor.subject and _signed(anchor, issued):
                yield anchor, issued


def _signed(anchor: x509.Certificate, issued: crl.CertificateList) -> bool:
    try:
        key = load_der_x509_certificate(anchor.dump()).public_key()
        return load_der_x509_crl(issued.dump()).is_signature_valid(key)  # type: ignore[arg-type]
    except (ValueError, TypeError, UnsupportedAlgorithm):  # an answer that nobody can read
        return False


def _wrong(error: Exception, moment: Moment) -> Reason:
    problem = " ".join(str(error).split())
    match error:
        case errors.PathBuildingError() | errors.InvalidCertificateError():  # or self-signed
            return because("no-chain")
        case errors.ExpiredError():
            key = "expired-since" if moment.covers(error.expired_dt) else "expired"
            return because(key, problem=problem)
        case errors.NotYetValidError():
            return because("not-yet-valid", problem=problem)
        case errors.DisallowedAlgorithmError():
            return because("weak-certificate", problem=problem)
        case _:
            return because("chain-broken", problem=problem)


async def _revocation(
    path: Any, context: ValidationContext, trust: Trust, moment: Moment
) -> list[Reason]:
    """Ask about each certificate under the anchor."""
    found = []
    for certificate in path.iter_certs(include_root=False):
        try:
            known = await _answered(certificate, path, context)
            date = None if known else _listed(certificate, path, trust, moment)
        except errors.RevokedError as error:
            date = error.revocation_dt
        if date is not None:
            key = "revoked-since" if moment.covers(date) else "revoked"
            found.append(because(key, date=date.isoformat()))
            continue
        if trust.revocation_required and not known:
            subject = certificate.subject.human_friendly
            found.append(because("revocation-unknown", subject=subject))
    return found


def _listed(
    certificate: x509.Certificate, path: Any, trust: Trust, moment: Moment
) -> datetime | None:
    """Find it in a list whose time is over: it clears nobody, and whom it names stays revoked."""
    issuers = [
        one for one in path.iter_certs(include_root=True) if one.subject == certificate.issuer
    ]
    for issued in trust.crls:
        if any(_signed(issuer, issued) for issuer in issuers):
            for entry in issued["tbs_cert_list"]["revoked_certificates"]:
                date: datetime = entry["revocation_date"].native
                if entry["user_certificate"].native == certificate.serial_number:
                    return date if date <= moment.at else None
    return None


async def _answered(certificate: x509.Certificate, path: Any, context: ValidationContext) -> bool:
    """Tell whether an OCSP response or a list clears a certificate. Raises RevokedError."""
    known = False
    for ask in (verify_ocsp_response, verify_crl):
        try:
            await ask(certificate, path, context)
            known = True
        except _UNANSWERED:
            continue
    return known
