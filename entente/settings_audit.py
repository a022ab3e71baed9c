"""The section [audit]."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, FilePath, model_validator

from entente.settings_types import Count, DatabaseUrl, Seconds, Section
from ihe_profiles.atna import destinations


def _destination(value: str) -> str:
    destinations.parse(value)
    return value


class Audit(Section):
    """The audit trail: where records are kept, and to whom they are sent (ITI TF-2 3.20)."""

    destinations: tuple[Annotated[str, AfterValidator(_destination)], ...] = ()
    """Each gets every record: syslog+tls://host:6514, syslog+udp://host:514, file:///path."""
    database_url: DatabaseUrl = "sqlite:///var/audit.sqlite"
    """Where records wait and are kept: as the actors' databases, or one of them."""
    source_id: str = socket.gethostname()
    """AuditSourceID (DICOM PS3.15 A.5.2.3)."""
    enterprise_site: str | None = None
    """AuditEnterpriseSiteID."""
    host: str = socket.gethostname()
    """HOSTNAME of the syslog messages."""
    tls_ca: FilePath | None = None
    """Who signs the receivers' certificates; without one the system's authorities."""
    tls_certificate: FilePath | None = None
    """What a receiver is shown; without one the certificate of [http]."""
    tls_key: FilePath | None = None
    """Its private key (PEM), without a passphrase."""
    tls_crl: tuple[FilePath, ...] = ()
    """CRLs of the receivers' authorities; an expired one lets none be sent to."""
    tls_host_name: bool = True
    """Whether a receiver's certificate must have the name in its URL (RFC 6125)."""
    signing_key: FilePath | None = None
    """A private key (PEM) that signs the chain's heads; without one the TLS key does."""
    spill_file: Path = Path("var/audit.spill")
    """Where records go that the database does not take."""
    grace_seconds: Seconds = 5.0
    """How long a connection must live on after a record before the record counts as delivered."""
    head_seconds: Seconds = 300.0
    """Between two signed heads of the chain."""
    warn_seconds: Seconds = 300.0
    """How long a destination may be down before that is logged, again and again."""
    keep_days: Count | None = None
    """Delivered records older than this are removed from the store; without it none is."""

    @model_validator(mode="after")
    def _certificates(self) -> Self:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key go together")
        return self
