"""TLS for both ends: 1.2 and 1.3 under BCP 195; a file that does not do is named (ITI TF-2 3.19).

BCP 195 (RFC 9325): ephemeral key exchange and AEAD only, no renegotiation, no compression, and no
session tickets, so that each connection is judged by the certificate and the CRLs of today. OpenSSL
still resumes a session of TLS 1.2 by its id while the context lasts: see `credentials`.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

SUITES: Final = (
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "DHE-RSA-AES128-GCM-SHA256",
    "DHE-RSA-AES256-GCM-SHA384",
)
"""Of TLS 1.2, best first: the four of ITI-19, and those of BCP 195 for ECDSA certificates."""

_CIPHERS: Final = ":".join((*SUITES, "@SECLEVEL=2"))
_DH: Final = resources.files("entente") / "ffdhe3072.pem"
"""The group ffdhe3072 of RFC 7919, as `openssl genpkey -genparam` writes it."""


@dataclass(frozen=True, slots=True)
class ServerFiles:
    """What a server needs, all PEM; without `authorities` and `pinned` clients need nothing.

    `pinned` holds the only client certificates that are accepted (direct comparison). `crls` are
    asked about the client's certificate or, with `whole_chain`, about its authorities too.
    """

    certificate: Path
    key: Path
    authorities: Path | None = None
    pinned: Path | None = None
    crls: tuple[Path, ...] = ()
    whole_chain: bool = False

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every file."""
        own = (self.certificate, self.key, self.authorities, self.pinned, *self.crls)
        return tuple(path for path in own if path)


@dataclass(frozen=True, slots=True)
class ClientFiles:
    """What a client needs, all PEM; without `authorities` the system's are trusted."""

    authorities: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    crls: tuple[Path, ...] = ()

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every file."""
        own = (self.authorities, self.certificate, self.key, *self.crls)
        return tuple(path for path in own if path)


Tell = Callable[[ssl.MemoryBIO, ssl.SSLError], None]
TELL: Final[ContextVar[Tell | None]] = ContextVar("TELL", default=None)
"""Called when a server's handshake fails, with what OpenSSL wants to say to the client.

Event loops drop that alert, and the client would see a connection that ends for no reason.
"""


class _Handshake(ssl.SSLObject):
    """Compares the client's certificate inside the handshake, and tells of a failure."""

    pinned: frozenset[bytes] | None = None
    tell: Callable[[ssl.SSLError], None] | None = None

    def do_handshake(self) -> None:
        """As SSLObject."""
        try:
            super().do_handshake()
            if self.pinned is not None and self.getpeercert(binary_form=True) not in self.pinned:
                raise ssl.SSLCertVerificationError(
                    ssl.SSL_ERROR_SSL, "the certificate is none of those that are expected"
                )
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError as error:
            if self.tell is not None:
                self.tell(error)
            raise


class ServerContext(ssl.SSLContext):
    """A server's context."""

    pinned: frozenset[bytes] | None = None

    def wrap_bio(
        self, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, *args: Any, **more: Any
    ) -> ssl.SSLObject:
        """As SSLContext."""
        made = super().wrap_bio(incoming, outgoing, *args, **more)
        assert isinstance(made, _Handshake)
        made.pinned = self.pinned
        tell = TELL.get()
        made.tell = None if tell is None else lambda error: tell(outgoing, error)
        return made


def server_context(files: ServerFiles) -> ServerContext:
    """Return the context of a server. Raises OSError, which names the file."""
    context = ServerContext(ssl.PROTOCOL_TLS_SERVER)
    context.sslobject_class = _Handshake
    _harden(context)
    context.options |= ssl.OP_NO_TICKET | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.num_tickets = 0
    with resources.as_file(_DH) as group:
        context.load_dh_params(str(group))
    _load_own(context, files.certificate, files.key, prompts=False)
    if files.authorities:
        _load_authorities(context, files.authorities)
    if files.pinned:
        context.pinned = _pinned(files.pinned)
        if not files.authorities:
            _load_authorities(context, files.pinned)
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if files.authorities or files.pinned:
        context.verify_mode = ssl.CERT_REQUIRED
    _load_crls(context, files.crls, whole_chain=files.whole_chain)
    return context


def client_context(
    ca: Path | None,
    certificate: Path | None,
    key: Path | None,
    crls: tuple[Path, ...] = (),
    *,
    host_name: bool = True,
    prompts: bool = False,
) -> ssl.SSLContext:
    """Return the context of a client; without `ca` the system's authorities are trusted.

    `host_name` asks for the server's name in its certificate (RFC 6125, the FQDN option of ITI-19).
    With `prompts` OpenSSL asks at the terminal for the passphrase of a key. Raises OSError, which
    names the file.
    """
    context = (
        ssl.create_default_context() if ca is None else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    )
    _harden(context)
    context.check_hostname = host_name
    if ca:
        _load_authorities(context, ca)
    if certificate:
        _load_own(context, certificate, key, prompts=prompts)
    _load_crls(context, crls, whole_chain=False)
    return context


def _harden(context: ssl.SSLContext) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    context.set_ciphers(_CIPHERS)


def _load_own(
    context: ssl.SSLContext, certificate: Path, key: Path | None, *, prompts: bool
) -> None:
    def encrypted() -> str:
        raise OSError(f"{key or certificate}: the key is encrypted; a server needs a plain one")

    for file in filter(None, (certificate, key)):
        file.open("rb").close()  # OpenSSL does not name a file that it cannot read
    try:
        context.load_cert_chain(certificate, key, None if prompts else encrypted)
    except ssl.SSLError as error:
        pair = f"{certificate} with {key}" if key else str(certificate)
        raise OSError(f"{pair}: no certificate and its key ({error.reason})") from error


def _load_authorities(context: ssl.SSLContext, file: Path) -> None:
    file.open("rb").close()
    try:
        context.load_verify_locations(file)
    except ssl.SSLError as error:
        raise OSError(f"{file}: no certificates of authorities ({error.reason})") from error


def _load_crls(context: ssl.SSLContext, files: tuple[Path, ...], *, whole_chain: bool) -> None:
    for file in files:
        read_crls(file)  # OpenSSL would also take a file that holds certificates
        context.load_verify_locations(file)
    if files:
        context.verify_flags |= (
            ssl.VERIFY_CRL_CHECK_CHAIN if whole_chain else ssl.VERIFY_CRL_CHECK_LEAF
        )


def read_crls(file: Path) -> list[x509.CertificateRevocationList]:
    """Return the CRLs of a PEM file. Raises OSError when it holds anything else, or none."""
    end = b"-----END X509 CRL-----"
    pieces = [piece for piece in file.read_bytes().split(end) if piece.strip()]
    with suppress(ValueError):
        if crls := [x509.load_pem_x509_crl(piece + end) for piece in pieces]:
            return crls
    raise OSError(f"{file}: no certificate revocation lists in PEM")


def read_certificates(file: Path) -> list[x509.Certificate]:
    """Return the certificates of a PEM file. Raises OSError when there are none."""
    try:
        return x509.load_pem_x509_certificates(file.read_bytes())
    except ValueError as error:
        raise OSError(f"{file}: no certificates in PEM") from error


def _pinned(file: Path) -> frozenset[bytes]:
    return frozenset(each.public_bytes(Encoding.DER) for each in read_certificates(file))
