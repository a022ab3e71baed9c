"""A public key infrastructure for tests and demonstrations: never for real nodes."""

from __future__ import annotations

import datetime
import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

CLIENTS: Final = ("repository", "dci")
SERVERS: Final = ("server", "registry")
REVOKED: Final = "revoked"

_DAY: Final = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose certificate: its common name, the hosts that it serves, how long it is valid."""

    name: str
    hosts: Sequence[str] = ()
    days: int = 365


class Authority:
    """Issues certificates into a folder, PEM; `certificate` is its own, `crl` what it revoked."""

    def __init__(self, folder: Path, name: str = "Entente test authority") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(name)
        self._revoked: list[x509.RevokedCertificate] = []
        self.certificate = folder / "ca.pem"
        self.crl = folder / "ca.crl"
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        own = (
            self._builder(Subject(name, days=3650), self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .sign(self._key, hashes.SHA256())
        )
        _write(self.certificate, own.public_bytes(Encoding.PEM), 0o644)
        write_key(folder / "ca.key", self._key)
        self.publish()

    def issue(self, file: str, subject: Subject) -> x509.Certificate:
        """Issue FILE.pem and FILE.key."""
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        builder = self._builder(subject, key.public_key()).add_extension(issuer, critical=False)
        if subject.hosts:
            names = x509.SubjectAlternativeName([_host(host) for host in subject.hosts])
            builder = builder.add_extension(names, critical=False)
        made = builder.sign(self._key, hashes.SHA256())
        _write(self._folder / f"{file}.pem", made.public_bytes(Encoding.PEM), 0o644)
        write_key(self._folder / f"{file}.key", key)
        return made

    def revoke(self, certificate: x509.Certificate) -> None:
        """Add a certificate to the next CRL."""
        revoked = x509.RevokedCertificateBuilder().serial_number(certificate.serial_number)
        self._revoked.append(revoked.revocation_date(_now()).build())

    def publish(self, days: int = 365) -> None:
        """Write the CRL, in place of the former."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self._name)
            .last_update(min(_now(), _now() + (days - 1) * _DAY))
            .next_update(_now() + days * _DAY)
        )
        for each in self._revoked:
            builder = builder.add_revoked_certificate(each)
        made = builder.sign(self._key, hashes.SHA256())
        self.crl.write_bytes(made.public_bytes(Encoding.PEM))

    def _builder(self, subject: Subject, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        identifier = x509.SubjectKeyIdentifier.from_public_key(key)
        end = _now() + subject.days * _DAY
        return (
            x509.CertificateBuilder()
            .subject_name(_name(subject.name))
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(min(_now(), end) - _DAY)
            .not_valid_after(end)
            .add_extension(identifier, critical=False)
        )


def make(folder: Path, hosts: Sequence[str]) -> list[Path]:
    """Make an authority, servers of `hosts`, clients, a revoked one and a CRL; return the files.

    Raises FileExistsError when one of them is there already.
    """
    names = (*SERVERS, *CLIENTS, REVOKED)
    ends = [f"{name}.{end}" for name in ("ca", *names) for end in ("pem", "key")]
    files = [folder / file for file in (*ends, "ca.crl")]
    if there := [file for file in files if file.exists()]:
        raise FileExistsError(f"{there[0]} exists; nothing was written")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority = Authority(folder)
    for name in SERVERS:
        authority.issue(name, Subject(name, hosts))
    for name in CLIENTS:
        authority.issue(name, Subject(name))
    authority.revoke(authority.issue(REVOKED, Subject(REVOKED)))
    authority.publish()
    return files


def write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    """Write a private key, PEM, that only its owner can read."""
    data = key.private_bytes(
        Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(path, data, 0o600)


def _write(path: Path, data: bytes, mode: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(data)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)] if common_name else [])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
