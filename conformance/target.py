"""The system under test: where it is, what it offers, and how one gets in."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from enum import StrEnum

from ihe_profiles.xds.domain.affinity import AffinityDomain
from ihe_profiles.xds.domain.presets import PRESETS


class Offer(StrEnum):
    """What a trial may need of the system, or of the call."""

    REGISTRY = "--registry"
    REPOSITORY = "--repository"
    PID_FEED = "--pid-feed"
    PID_FEED_V3 = "--pid-feed-v3"
    FEED = "--pid-feed or --pid-feed-v3"
    MULTI_PATIENT = "--multi-patient"
    REFERENCE_ID = "--reference-id"
    CODES = "--codes"
    HOSTILE = "without --gentle"
    """The system may be sent what is oversized, malformed, slow or cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What the bench is told of a system.

    `registry` and `repository` are the addresses of the services, `pid_feed` host and port of an
    MLLP listener (ITI-8), `pid_feed_v3` the address of ITI-44. `token` is a SAML assertion that
    every message carries. `authority` is the OID under which patients are invented; without one it
    is the domain's first.
    """

    registry: str | None = None
    repository: str | None = None
    repository_id: str | None = None
    pid_feed: tuple[str, int] | None = None
    pid_feed_v3: str | None = None
    multi_patient: bool = False
    reference_id: bool = False
    gentle: bool = False
    domain: AffinityDomain = PRESETS["ihe"]
    has_codes: bool = False
    authority: str | None = None
    tls: ssl.SSLContext | None = None
    token: bytes | None = None
    timeout: float = 60.0
    name: str = ""
    version: str = ""

    @property
    def offers(self) -> frozenset[Offer]:
        """What trials may need and find here."""
        there = {
            Offer.REGISTRY: self.registry,
            Offer.REPOSITORY: self.repository and self.repository_id,
            Offer.PID_FEED: self.pid_feed,
            Offer.PID_FEED_V3: self.pid_feed_v3,
            Offer.FEED: self.pid_feed or self.pid_feed_v3,
            Offer.MULTI_PATIENT: self.multi_patient,
            Offer.REFERENCE_ID: self.reference_id,
            Offer.CODES: self.has_codes,
            Offer.HOSTILE: not self.gentle,
        }
        return frozenset(offer for offer, value in there.items() if value)
