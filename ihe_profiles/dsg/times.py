"""When a signature was made: the time that the signer states, and timestamps (RFC 3161)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from asn1crypto import cms, tsp
from pyhanko.sign.general import extract_signer_info
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import (
    extract_certs_for_validation,
    validate_sig_integrity,
)

from ihe_profiles.dsg.chain import Moment, judge_chain
from ihe_profiles.dsg.reasons import because, refuse
from ihe_profiles.dsg.trust import Evidence, Trust
from ihe_profiles.dsg.verdicts import Reason, Refused

_STRONG: Final = frozenset({"sha256", "sha384", "sha512", "sha3_256", "sha3_384", "sha3_512"})


@dataclass(slots=True)
class Timing:
    """What is known of the time of one signature, and what is wrong with it."""

    at: datetime
    claimed: datetime | None = None
    proven: datetime | None = None
    reasons: list[Reason] = field(default_factory=list)

    @property
    def moment(self) -> Moment:
        """Return when the certificates had to be right."""
        return Moment(self.proven or self.at, self.proven is not None, self.claimed)


def timing(
    at: datetime,
    claimed: datetime | None,
    tokens: Iterable[cms.SignedData],
    stamped: Callable[[str], bytes],
    trust: Trust,
) -> Timing:
    """Judge the stated time and the timestamps of one signature.

    `stamped` returns the digest, by an algorithm's name, of what the timestamps must be of. The
    earliest timestamp that holds proves the time.
    """
    known = Timing(at, claimed)
    if claimed and claimed > at + trust.skew:
        known.reasons.append(
            because("signed-in-the-future", claimed=claimed.isoformat(), at=at.isoformat())
        )
    for token in tokens:
        try:
            proven = _proven(token, stamped, trust.for_timestamps(), at)
        except Refused as refusal:
            known.reasons.append(refusal.reason)
            continue
        known.proven = min(known.proven or proven, proven)
    known.reasons += _order(known, trust)
    return known


def signed_data_of(der: bytes) -> cms.SignedData:
    """Read a timestamp token. Raises Refused: timestamp-unreadable."""
    try:
        token = cms.ContentInfo.load(der, strict=True)["content"]
        if not isinstance(token, cms.SignedData):
            raise ValueError("it is no signed data")
        _ = token.native
    except (ValueError, TypeError) as error:
        raise refuse("timestamp-unreadable", problem=error) from None
    return token


def _order(known: Timing, trust: Trust) -> list[Reason]:
    if known.proven is None:
        return []
    found = []
    proven = known.proven.isoformat()
    if known.claimed and known.claimed - known.proven > trust.skew:
        claimed = known.claimed.isoformat()
        found.append(because("timestamp-before-signing", proven=proven, claimed=claimed))
    if known.proven > known.at + trust.skew:
        found.append(because("timestamp-in-the-future", proven=proven, at=known.at.isoformat()))
    return found


def _proven(
    token: cms.SignedData, stamped: Callable[[str], bytes], trust: Trust, at: datetime
) -> datetime:
    """Return the time of a timestamp that holds. Raises Refused."""
    info, certificates = _checked(token)
    imprint = info["message_imprint"]
    algorithm = imprint["hash_algorithm"]["algorithm"].native
    if algorithm not in _STRONG:
        raise refuse("weak-digest", algorithm=algorithm)
    if imprint["hashed_message"].native != stamped(algorithm):
        raise refuse("timestamp-of-other")
    time: datetime = info["gen_time"].native
    evidence = Evidence(tuple(certificates.other_certs))
    usage = certificates.signer_cert.extended_key_usage_value
    if usage is None or "time_stamping" not in usage.native:
        raise refuse("timestamp-untrusted", problem="its certificate is not for timestamps")
    judged = trust.with_evidence(evidence)
    then = judge_chain(certificates.signer_cert, judged, Moment(time, proven=True))
    now = judge_chain(certificates.signer_cert, judged, Moment(at, proven=True))
    if wrong := then or [reason for reason in now if reason.key == "revoked"]:
        raise refuse("timestamp-untrusted", problem=wrong[0].text)
    return time


def _checked(token: cms.SignedData) -> tuple[tsp.TSTInfo, Any]:
    """Check a timestamp's own signature. Raises Refused: timestamp-unreadable, timestamp-broken."""
    try:
        content = token["encap_content_info"]["content"]
        info = content.parsed
        if not isinstance(info, tsp.TSTInfo):
            raise ValueError("it holds no TSTInfo")
        signer = extract_signer_info(token)
        certificates = extract_certs_for_validation(token)
        algorithm = signer["digest_algorithm"]["algorithm"].native
        digest = hashlib.new(algorithm, bytes(content)).digest()
        whole = validate_sig_integrity(signer, certificates.signer_cert, "tst_info", digest)
    except (ValueError, TypeError, AttributeError, SignatureValidationError) as error:
        raise refuse("timestamp-unreadable", problem=error) from None
    if algorithm not in _STRONG:
        raise refuse("weak-digest", algorithm=algorithm)
    if not all(whole):
        raise refuse("timestamp-broken")
    return info, certificates


def digest_of(data: bytes) -> Callable[[str], bytes]:
    """Return what computes the digest of some bytes by an algorithm's name."""
    return lambda algorithm: hashlib.new(algorithm, data).digest()
