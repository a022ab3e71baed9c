"""Which assertions are asked for, and from whom they are accepted (ITI TF-2 3.40)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from asn1crypto import crl
from asn1crypto import x509 as asn1
from cryptography import x509

from ihe_profiles.dsg.trust import Trust
from ihe_profiles.soap.exchange import Peer
from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.xua.assertion import Issuer
from ihe_profiles.xua.namespaces import X509_SUBJECT_NAME


class Requirement(StrEnum):
    """What is asked of a message: nothing is read, a good assertion may come, one must come."""

    OFF = "off"
    OPTIONAL = "optional"
    REQUIRED = "required"


BETWEEN_SYSTEMS: Final = frozenset({"ITI-42", "ITI-44"})
"""Transactions of which no user need know: what `required` asks of all others is optional here."""


@dataclass(frozen=True, slots=True)
class Trusted:
    """Whose signatures count for one issuer: of a certificate itself, or under an authority."""

    pinned: tuple[x509.Certificate, ...]
    chain: Trust
    by_subject: bool = False
    """The issuer must be called as the subject of the certificate that signs (VIHF)."""

    @classmethod
    def of(
        cls,
        certificates: Iterable[asn1.Certificate],
        *,
        skew: timedelta,
        sha1: bool = False,
        by_subject: bool = False,
        crls: tuple[crl.CertificateList, ...] = (),
    ) -> Trusted:
        """Every certificate is trusted as a signer; those of authorities vouch for others too."""
        given = tuple(certificates)
        return cls(
            pinned=tuple(x509.load_der_x509_certificate(one.dump()) for one in given),
            chain=Trust(
                anchors=tuple(filter(_is_authority, given)), crls=crls, skew=skew, sha1=sha1
            ),
            by_subject=by_subject,
        )


def _is_authority(certificate: asn1.Certificate) -> bool:
    if certificate.basic_constraints_value is None:  # X.509 version 1
        return bool(certificate.self_issued)
    return bool(certificate.ca)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a service asks of assertions.

    `require` holds for every transaction (those between systems: at most optional) that
    `transactions` does not name by its number; `certificates` are exceptions by `Peer.identity`.
    `nodes` (identities too) and actors inside this process speak for users whose assertion they
    judged themselves: they need none, and forward one that is bound to another's key.

    `issuers` says by Issuer whom to trust, `subjects` for issuers that are called as the subject of
    the certificate that signs. `audiences` are the names of this service.
    """

    require: Requirement = Requirement.OFF
    transactions: Mapping[str, Requirement] = field(default_factory=lambda: MappingProxyType({}))
    certificates: Mapping[str, Requirement] = field(default_factory=lambda: MappingProxyType({}))
    nodes: frozenset[str] = frozenset()
    issuers: Mapping[str, Trusted] = field(default_factory=lambda: MappingProxyType({}))
    subjects: Trusted | None = None
    audiences: frozenset[str] = frozenset()
    audience_required: bool = True
    skew: timedelta = timedelta(seconds=60)
    max_age: timedelta = timedelta(hours=24)

    def requirement(self, number: str, peer: Peer) -> Requirement:
        """Return what is asked of a peer's message of a transaction (ITI-18)."""
        if (exception := self.certificates.get(peer.identity)) is not None:
            return exception
        asked = self.transactions.get(number)
        if asked is None:
            asked = _at_most_optional(self.require) if number in BETWEEN_SYSTEMS else self.require
        return _at_most_optional(asked) if self.is_node(peer) else asked

    def trusted(self, issuer: Issuer) -> Trusted:
        """Return whose signatures count for an issuer.

        Raises SoapFault: `assertion-issuer-unknown`.
        """
        if (known := self.issuers.get(issuer.name)) is not None:
            return known
        if issuer.format == X509_SUBJECT_NAME and self.subjects is not None:
            return self.subjects
        raise SoapFault("assertion-issuer-unknown", issuer=issuer.name)

    def is_node(self, peer: Peer) -> bool:
        """Tell whether a peer is a service that judged the assertion before it came here."""
        return peer.inside or peer.identity in self.nodes


def _at_most_optional(requirement: Requirement) -> Requirement:
    return Requirement.OPTIONAL if requirement is Requirement.REQUIRED else requirement
