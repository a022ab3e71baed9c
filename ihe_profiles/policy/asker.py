"""Who asks, as far as a decision depends on it: not on which assertion says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from ihe_profiles.xua.requester import Coded, Requester


@dataclass(frozen=True, slots=True)
class Asker:
    """All that decisions weigh of a requester; two who are equal are shown the same.

    The fields are those of `Requester`; `reasons` are the words of its `purposes`, which may be
    what breaks the glass. No decision looks at `issuer`: it tells people of one name apart.
    """

    user: str
    issuer: str
    organization_ids: tuple[str, ...]
    roles: tuple[Coded, ...]
    purposes: tuple[Coded, ...]
    reasons: tuple[str, ...]
    provider_ids: tuple[str, ...]
    patient_id: str
    secret_connection: bool

    @classmethod
    def of(cls, requester: Requester) -> Self:
        """Return what is weighed of a requester."""
        return cls(
            user=requester.user,
            issuer=requester.issuer,
            organization_ids=requester.organization_ids,
            roles=requester.roles,
            purposes=requester.purposes,
            reasons=tuple(purpose.display for purpose in requester.purposes),
            provider_ids=requester.provider_ids,
            patient_id=requester.patient_id,
            secret_connection=requester.secret_connection,
        )
