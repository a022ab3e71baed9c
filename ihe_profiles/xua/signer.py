"""Who signed an assertion, and whether that one is trusted for its issuer (SAML Core 5.4)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from lxml.etree import _Element

from ihe_profiles.dsg import algorithms, certificates, shape
from ihe_profiles.dsg.chain import Moment, judge_chain, judge_usage
from ihe_profiles.dsg.trust import Evidence
from ihe_profiles.dsg.verdicts import Refused
from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.xua import names
from ihe_profiles.xua.assertion import Issuer
from ihe_profiles.xua.cache import Cache
from ihe_profiles.xua.moments import later
from ihe_profiles.xua.namespaces import DS
from ihe_profiles.xua.rules import Trusted

MOST: Final = 8
"""How many certificates a signature may bring: the ways through them multiply."""
_CERTIFICATE: Final = f"{{{DS}}}X509Certificate"
_FOR_TLS: Final = frozenset({ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH})


@dataclass(frozen=True, slots=True)
class Candidates:
    """Certificates of which one may have signed, and all that the signature brings along."""

    leaves: tuple[x509.Certificate, ...]
    given: tuple[x509.Certificate, ...] = ()


def candidates(signature: _Element, trusted: Trusted) -> Candidates:
    """Return who may have signed; where the signature does not say, each who is trusted himself.

    Raises SoapFault: `assertion-certificates`, `assertion-key-elsewhere`,
    `assertion-key-without-certificate`, `assertion-signature-malformed`.
    """
    if (count := len(list(signature.iter(_CERTIFICATE)))) > MOST:
        raise SoapFault("assertion-certificates", count=count, most=MOST)
    try:
        given = shape.certificates_of(signature)
    except Refused as refused:
        if refused.reason.key == "external-key":
            raise SoapFault("assertion-key-elsewhere") from None
        raise SoapFault("assertion-signature-malformed", problem=refused.reason.text) from None
    if given:
        return Candidates((shape.leaf(given),), tuple(given))
    if not trusted.pinned:
        raise SoapFault("assertion-key-without-certificate")
    return Candidates(trusted.pinned)


def judge(found: Candidates, trusted: Trusted, issuer: Issuer, now: datetime) -> None:
    """Judge the certificate whose key made the signature.

    Raises SoapFault: `assertion-key-weak`, `assertion-issuer-not-signer`, and the three of
    `assertion-signer-...`.
    """
    (leaf,) = found.leaves
    if algorithms.too_short(leaf.public_key(), trusted.chain):
        raise SoapFault("assertion-key-weak", bits=getattr(leaf.public_key(), "key_size", 0))
    if trusted.by_subject and not names.is_of(issuer.name, leaf.subject):
        subject = certificates.subject(leaf)
        raise SoapFault("assertion-issuer-not-signer", issuer=issuer.name, subject=subject)
    if leaf in trusted.pinned:
        _check_dates(leaf, trusted, now)
    else:
        _check_chain(found, trusted, issuer, now)


class Signers:
    """Signers that were judged, and trusted, until their certificates expire. Thread-safe.

    Other trust, as that of files that were read again, is other: whom it knows is judged anew.
    """

    def __init__(self) -> None:
        self._good: Cache[tuple[Trusted, datetime]] = Cache()

    def judge(self, found: Candidates, trusted: Trusted, issuer: Issuer, now: datetime) -> datetime:
        """Judge as the function does; return until when these certificates are judged alike."""
        key = _key(found, issuer)
        good = self._good.get(key, now)
        if good is not None and good[0] is trusted:
            return good[1]
        judge(found, trusted, issuer, now)
        end = until(found, trusted, now)
        self._good.put(key, (trusted, end), end)
        return end


def _key(found: Candidates, issuer: Issuer) -> bytes:
    parts = [issuer.name.encode()]
    parts += [one.public_bytes(Encoding.DER) for one in (*found.leaves, *found.given)]
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).digest()


def until(found: Candidates, trusted: Trusted, now: datetime) -> datetime:
    """Return until when these certificates are judged as they are now."""
    known = (*found.leaves, *found.given, *trusted.pinned)
    ends = [one.not_valid_after_utc for one in known]
    over = [later(end, trusted.chain.skew) for end in ends]
    return min((end for end in over if end >= now), default=now)


def _check_dates(leaf: x509.Certificate, trusted: Trusted, now: datetime) -> None:
    skew = trusted.chain.skew
    if not leaf.not_valid_before_utc - skew <= now <= later(leaf.not_valid_after_utc, skew):
        begin, end = leaf.not_valid_before_utc, leaf.not_valid_after_utc
        problem = f"it is valid from {begin.isoformat()} to {end.isoformat()}"
        raise _refused(leaf, problem)


def _check_chain(found: Candidates, trusted: Trusted, issuer: Issuer, now: datetime) -> None:
    (leaf,) = found.leaves
    fields = {"signer": certificates.subject(leaf), "issuer": issuer.name}
    if leaf.issuer == leaf.subject:
        raise SoapFault("assertion-signer-self-signed", **fields)
    known = tuple(certificates.to_asn1(one) for one in found.given)
    trust = trusted.chain.with_evidence(Evidence(known))
    reasons = judge_chain(certificates.to_asn1(leaf), trust, Moment(now))
    reasons += judge_usage(certificates.to_asn1(leaf), trust)
    if reasons and reasons[0].key == "no-chain":
        raise SoapFault("assertion-signer-untrusted", **fields)
    if _is_for_tls(leaf):
        raise _refused(leaf, "it is for TLS only; enter it by itself if it may sign assertions")
    if reasons:
        raise _refused(leaf, reasons[0].text)


def _is_for_tls(leaf: x509.Certificate) -> bool:
    """An authority may issue certificates of servers too, none of which speaks for an issuer."""
    try:
        uses = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return _FOR_TLS.issuperset(uses)


def _refused(leaf: x509.Certificate, problem: str) -> SoapFault:
    return SoapFault("assertion-signer-refused", signer=certificates.subject(leaf), problem=problem)
