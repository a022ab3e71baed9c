"""The section [xua]."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, FilePath, model_validator

from entente.settings_types import Seconds, Section
from ihe_profiles import iti18, iti41, iti42, iti43, iti44, iti51
from ihe_profiles.xua.rules import Requirement

_SERVED = (
    iti18.TRANSACTION,
    iti41.TRANSACTION,
    iti42.TRANSACTION,
    iti43.TRANSACTION,
    iti44.TRANSACTIONS[0],
    iti51.TRANSACTION,
)
NUMBERS = tuple(transaction.number for transaction in _SERVED)


def _number(value: str) -> str:
    if value not in NUMBERS:
        raise ValueError(f"allowed are {', '.join(NUMBERS)}")
    return value


def _fingerprint(value: str) -> str:
    digits = value.lower().removeprefix("sha256:").replace(":", "")
    if not re.fullmatch("[0-9a-f]{64}", digits):
        raise ValueError("the SHA-256 of a certificate is allowed: 64 hexadecimal digits")
    return f"sha256:{digits}"


def _some(value: tuple[FilePath, ...]) -> tuple[FilePath, ...]:
    if not value:
        raise ValueError("at least one file is needed")
    return value


Fingerprint = Annotated[str, AfterValidator(_fingerprint)]
"""The SHA-256 of a certificate, as `Peer.identity` writes it."""


class Xua(Section):
    """User assertions (ITI-40): where they are asked for, and whose are accepted."""

    require: Requirement = Requirement.OFF
    """off (none is read), optional (a bad one is refused), required. ITI-42 and ITI-44 go between
    systems: required means optional there."""
    transactions: dict[Annotated[str, AfterValidator(_number)], Requirement] = Field(default={})
    """What is asked of single transactions instead, such as "ITI-43" = "required"."""
    certificates: dict[Fingerprint, Requirement] = Field(default={})
    """What is asked instead of clients with these certificates (SHA-256)."""
    issuers: dict[str, Annotated[tuple[FilePath, ...], AfterValidator(_some)]] = Field(default={})
    """For each Issuer, the certificates (PEM or DER) that sign for it, or their authorities."""
    subject_issuers: tuple[FilePath, ...] = ()
    """The authorities of issuers called as the subject of the certificate that signs (VIHF)."""
    crls: tuple[FilePath, ...] = ()
    """Revocation lists (PEM or DER) for certificates under these authorities."""
    audiences: tuple[str, ...] = ()
    """What this service is called in Audience and Recipient; without any its own addresses."""
    audience_required: bool = True
    """Refuse assertions without an Audience (a VIHF may lack it)."""
    sha1: bool = False
    """Accept signatures with SHA-1."""
    skew_seconds: Annotated[float, Field(ge=0)] = 60.0
    """How far the clocks of assertion providers may differ."""
    max_age_seconds: Seconds = 86400.0
    """How long after its IssueInstant an assertion counts at most."""

    @model_validator(mode="after")
    def _trusting_somebody(self) -> Self:
        if self.reads and not (self.issuers or self.subject_issuers):
            raise ValueError(
                'assertions are judged by their issuers: set issuers, or require = "off"'
            )
        return self

    @property
    def reads(self) -> bool:
        """Whether assertions are read at all, of anybody."""
        asked = {self.require, *self.transactions.values(), *self.certificates.values()}
        return asked != {Requirement.OFF}
