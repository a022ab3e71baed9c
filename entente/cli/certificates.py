"""`entente certificates`: a public key infrastructure for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from entente.cli.console import OUT, Failed

_SETTINGS: Final = """\
[http]
tls_certificate = "{folder}/server.pem"
tls_key = "{folder}/server.key"
tls_client_ca = "{folder}/ca.pem"
tls_client_crl = ["{folder}/ca.crl"]

[repository]  # when the registry is another server
registry_tls_ca = "{folder}/ca.pem"
registry_tls_certificate = "{folder}/repository.pem"
registry_tls_key = "{folder}/repository.key"
"""


def certificates(
    folder: Annotated[Path, typer.Argument(help="Where to; nothing in it is overwritten.")],
    host: Annotated[
        list[str] | None, typer.Option(help="A name or address of the server; may be repeated.")
    ] = None,
) -> None:
    """Make an authority, certificates of nodes, a revoked one and a CRL: for tests only."""
    from entente.certificates import make

    try:
        files = make(folder, host or ["localhost", "127.0.0.1", "::1"])
    except OSError as error:
        raise Failed(str(error)) from error
    for line in (
        f"Made {len(files)} files in {folder}. They are for tests: no passphrase protects a key.",
        "",
        "Settings of a server:",
        "",
        _SETTINGS.format(folder=folder.resolve()),
        "A client, and one that is refused:",
        "",
        *(
            "  entente query --patient 'ID^^^&1.2.3&ISO' --url https://localhost:8080 "
            f"--ca {folder}/ca.pem "
            f"--certificate {folder}/{name}.pem --key {folder}/{name}.key"
            for name in ("dci", "revoked")
        ),
    ):
        OUT.print(line, markup=False, highlight=False, soft_wrap=True)
