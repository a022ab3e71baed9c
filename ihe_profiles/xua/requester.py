"""Who asks: what a verified assertion says of the user (ITI TF-2 3.40.4.1.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Family(StrEnum):
    """Whose names of attributes an assertion uses."""

    IHE = "ihe"
    VIHF = "vihf"
    """The French one (vecteur d'identification et d'habilitation formelles)."""


@dataclass(frozen=True, slots=True)
class Coded:
    """A role, purpose or kind of place: a code and its system (an OID or a URI)."""

    code: str
    system: str = ""
    display: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Requester:
    """The user on whose behalf a node asks.

    `user`, `alias` and `issuer` are NameID, its SPProvidedID and Issuer; `patient_id` is the CX of
    the patient whose documents are asked for; `consents` and `policies` are ids of documents and
    OIDs. `secret_connection` is the French access to what legal representatives may not see.
    `token` is the assertion's XML as it came, to be forwarded unchanged; never logged.
    """

    user: str
    issuer: str
    family: Family
    assertion_id: str
    alias: str = ""
    name: str = ""
    organization: str = ""
    organization_ids: tuple[str, ...] = ()
    roles: tuple[Coded, ...] = ()
    purposes: tuple[Coded, ...] = ()
    provider_ids: tuple[str, ...] = ()
    home_community_id: str = ""
    patient_id: str = ""
    consents: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    sector: Coded | None = None
    authentication_mode: str = ""
    secret_connection: bool = False
    token: bytes = field(default=b"", repr=False, compare=False)

    @property
    def audit_name(self) -> str:
        """The UserName of audit records: alias<user@issuer>."""
        return f"{self.alias}<{self.user}@{self.issuer}>"
