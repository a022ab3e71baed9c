"""Invented requesters and patients of two countries."""

from __future__ import annotations

from typing import Final

from ihe_profiles.policy.consent import Consent, ConsentKind, WhomKind, whom
from ihe_profiles.xds.datatypes import CX, XCN
from ihe_profiles.xua.requester import Coded, Family, Requester
from registry.store.transactions import Source

SOURCE: Final = Source("operator", None, "operator zoe", "0" * 32)
DOCTORS: Final = "1.2.250.1.71.4.2.1"
TRE_A07: Final = "1.2.250.1.213.1.1.4.13"
INS: Final = "1.2.250.1.213.1.4.8"
NAM: Final = "2.16.124.10.101.1.60.100"
ROLE_CLASS: Final = "2.16.840.1.113883.5.110"


def asking(user: str, *roles: Coded, **more: object) -> Requester:
    fields: dict[str, object] = {"issuer": "idp", "family": Family.IHE, "assertion_id": "_1"}
    return Requester(user=user, roles=roles, **(fields | more))  # type: ignore[arg-type]


PHYSICIAN: Final = Coded("10", "1.2.250.1.71.1.2.7", "Médecin")
LOUISE: Final = asking("810000000001", PHYSICIAN)
"""A French doctor."""
LOUISE_AS_AUTHOR: Final = XCN(f"810000000001^Essai^Louise^^^^^^&{DOCTORS}&ISO^D^^^IDNPS")
QUEBEC_PHYSICIAN: Final = Coded("309343006", "2.16.840.1.113883.6.96")
CARE: Final = Coded("TREAT", "2.16.840.1.113883.5.8")
EMERGENCY: Final = Coded("ETREAT", "2.16.840.1.113883.5.8", "unconscious after a fall")
REMI: Final = asking("NI1", QUEBEC_PHYSICIAN, purposes=(CARE,))
"""A doctor in Québec."""
GLASS: Final = Coded("bris_de_glace", "1.2.250.1.213.1.1.4.248")
PATIENT: Final = CX(f"260051234567890^^^&{INS}&ISO")
PERSON: Final = CX(f"ESSA01010112^^^&{NAM}&ISO")

AUTHORISED: Final = Consent(ConsentKind.AUTHORISED, whom(WhomKind.PERSON, LOUISE.user, DOCTORS))
BLOCKED: Final = Consent(ConsentKind.EXCLUDED, whom(WhomKind.PERSON, LOUISE.user, DOCTORS))
