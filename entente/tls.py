"""TLS for both ends: 1.2 or later, and a file that does not do is named (ITI TF-2 3.19)."""

from __future__ import annotations

import ssl
from pathlib import Path


def server_context(certificate: Path, key: Path, client_ca: Path | None) -> ssl.SSLContext:
    """Return the context of a server; with `client_ca` a client needs a certificate of theirs.

    Raises OSError.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _load_own(context, certificate, key)
    if client_ca:
        _load_authorities(context, client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def client_context(ca: Path | None, certificate: Path | None, key: Path | None) -> ssl.SSLContext:
    """Return the context of a client; without `ca` the system's authorities are trusted.

    Raises OSError.
    """
    context = (
        ssl.create_default_context() if ca is None else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    )
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca:
        _load_authorities(context, ca)
    if certificate:
        _load_own(context, certificate, key)
    return context


def _load_own(context: ssl.SSLContext, certificate: Path, key: Path | None) -> None:
    try:
        context.load_cert_chain(certificate, key)
    except ssl.SSLError as error:
        pair = f"{certificate} with {key}" if key else str(certificate)
        raise OSError(f"{pair}: no certificate and its key ({error.reason})") from error


def _load_authorities(context: ssl.SSLContext, file: Path) -> None:
    try:
        context.load_verify_locations(file)
    except ssl.SSLError as error:
        raise OSError(f"{file}: no certificates of authorities ({error.reason})") from error
