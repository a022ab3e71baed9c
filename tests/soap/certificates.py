"""A certificate authority for one test, with invented names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from entente import certificates
from entente.certificates import Subject


@dataclass(frozen=True)
class Issued:
    """Paths of a certificate and its key (PEM), and the certificate itself."""

    certificate: Path
    key: Path
    made: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.made.public_bytes(Encoding.DER)


class Authority:
    """Issues certificates into a folder; its own is `certificate`, what it revoked is in `crl`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._authority = certificates.Authority(folder)
        self.certificate = self._authority.certificate
        self.crl = self._authority.crl

    def issue(self, name: str) -> Issued:
        """Issue a certificate for a host."""
        made = self._authority.issue(name, Subject(name, (name,)))
        return Issued(self._folder / f"{name}.pem", self._folder / f"{name}.key", made)

    def revoke(self, issued: Issued) -> None:
        """Revoke a certificate, and publish it."""
        self._authority.revoke(issued.made)
        self._authority.publish()
