"""The layers of trust: what each adds to the settings of a server, and to a message."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.serialization import Encoding

from bench import traffic
from bench.assertions import AUDIENCE, ISSUER, Provider
from entente import certificates
from tests.servers import ENTENTE, Server, free_port

Settings = dict[str, Mapping[str, Any]]

ROLE: Final = ("10", "1.2.250.1.71.1.2.7")
"""A physician, as `france` knows professionals."""
USER: Final = "899700000001"


def _audit(folder: Path, _provider: Provider) -> Settings:
    return {"audit": {"destinations": [f"file://{folder}/audit.log"]}}


def _tls(folder: Path, _provider: Provider) -> Settings:
    pki = folder / "pki"
    certificates.make(pki, ["127.0.0.1"])
    files = {"certificate": "server.pem", "key": "server.key", "client_ca": "ca.pem"}
    own = {f"tls_{name}": str(pki / file) for name, file in files.items()}
    http = {"port": free_port(), "tls_client_crl": [str(pki / "ca.crl")], **own}
    return {"http": http, "management": {"port": free_port()}}


def _xua(folder: Path, provider: Provider) -> Settings:
    authority = folder / "authority.pem"
    authority.write_bytes(provider.authority.public_bytes(Encoding.PEM))
    issuers = {ISSUER: [str(authority)]}
    return {"xua": {"require": "required", "issuers": issuers, "audiences": [AUDIENCE]}}


def _policy(_folder: Path, _provider: Provider) -> Settings:
    return {"policy": {"rules": "france"}}


LAYERS: Final[Mapping[str, Callable[[Path, Provider], Settings]]] = {
    "audit": _audit,
    "tls": _tls,
    "xua": _xua,
    "policy": _policy,
}
"""What each adds to the settings of a server whose files lie in a folder.

`audit` keeps every record, and delivers it to a file; a server without it is `bench.unaudited`.
"""

ALL: Final = tuple(LAYERS)
COMBINATIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "plain": (),
    "audit": ("audit",),
    "TLS": ("tls",),
    "XUA": ("xua",),
    "XUA, fresh": ("xua",),
    "XUA, policy": ("xua", "policy"),
    "all": ALL,
}
"""What is measured side by side; a policy has nobody to weigh without an assertion."""

FRESH: Final = frozenset({"XUA, fresh"})
"""The combinations whose messages have each an assertion of its own; elsewhere one serves all."""


def settings(layers: tuple[str, ...], folder: Path, provider: Provider) -> Settings:
    """Return the settings of a server with some layers."""
    made: Settings = {}
    for layer in layers:
        made |= LAYERS[layer](folder, provider)
    return made


def let_consult(server: Server) -> None:
    """Write down that the patient who is asked about lets physicians see the documents."""
    role = "&".join(ROLE)
    arguments = ("--role", role, "--reason", "bench", "--config", str(server.config))
    command = [ENTENTE, "consent", "authorise", str(traffic.patient(10)), *arguments]
    subprocess.run(command, check=True, capture_output=True, cwd=server.folder)
