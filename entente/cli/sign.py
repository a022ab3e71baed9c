"""`entente sign`: sign a document, or several at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer
from pyhanko.sign.timestamps.common_utils import TimestampRequestError

from entente.cli.console import OUT, Failed
from entente.cli.signature import pairs
from ihe_profiles.dsg.dsg_signing import sign_documents
from ihe_profiles.dsg.pdf_signing import sign_pades
from ihe_profiles.dsg.signer import HttpTimestamper, Signer, load_signer, token_signer
from ihe_profiles.dsg.token import SCHEME, TokenFailed, held_key, parse
from ihe_profiles.dsg.verdicts import Refused
from ihe_profiles.dsg.xml_signing import Manner, sign_enveloped, sign_enveloping


class Format(StrEnum):
    """What kind of signature to make."""

    XADES_ENVELOPED = "xades-enveloped"
    XADES_ENVELOPING = "xades-enveloping"
    PADES = "pades"
    DSG_DETACHED = "dsg-detached"


_WHOLE: Final[dict[Format, Callable[[bytes, Signer, Manner], bytes]]] = {
    Format.XADES_ENVELOPED: sign_enveloped,
    Format.XADES_ENVELOPING: sign_enveloping,
    Format.PADES: lambda data, signer, manner: sign_pades(data, signer, manner.timestamper),
}


def sign(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE", help="A file; for dsg-detached one or more ID=FILE."),
    ],
    key: Annotated[
        str,
        typer.Option(metavar="FILE|URI", help="The key: a PEM file, or a PKCS#11 URI (RFC 7512)."),
    ],
    certificate: Annotated[
        Path,
        typer.Option(exists=True, dir_okay=False, help="Its certificate, then those above (PEM)."),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write the result.")],
    kind: Annotated[
        Format, typer.Option("--format", help="The kind of signature.")
    ] = Format.XADES_ENVELOPED,
    submission_set: Annotated[
        str | None, typer.Option(metavar="ID", help="Sign this SubmissionSet too (dsg-detached).")
    ] = None,
    timestamp_url: Annotated[
        str | None, typer.Option(metavar="URL", help="A timestamp server (RFC 3161).")
    ] = None,
) -> None:
    """Sign a document (XAdES or PAdES), or list several in a detached signature (IHE DSG).

    The key's password, or the token's PIN, is taken from ENTENTE_KEY_PASSWORD: everybody on the
    machine could read it in a command.
    """
    password = os.environ.get("ENTENTE_KEY_PASSWORD")
    manner = Manner(timestamper=HttpTimestamper(timestamp_url) if timestamp_url else None)
    if submission_set and kind is not Format.DSG_DETACHED:
        raise typer.BadParameter("--submission-set goes with --format dsg-detached only")
    try:
        with _signer(key, certificate, password) as signer:
            if kind is Format.DSG_DETACHED:
                made = _detached(files, signer, submission_set, manner)
            else:
                made = _WHOLE[kind](_one(files).read_bytes(), signer, manner)
    except Refused as refusal:
        raise Failed(refusal.reason.text) from None
    except (OSError, TimestampRequestError, TokenFailed) as error:
        raise Failed(str(error)) from None
    output.write_bytes(made)
    OUT.print(f"{output}: {len(made)} bytes, {kind.value}", markup=False)


@contextmanager
def _signer(key: str, certificate: Path, password: str | None) -> Iterator[Signer]:
    """Open a token, or read a key's file. Raises TokenFailed, OSError, Failed."""
    with ExitStack() as stack:
        try:
            certificates = certificate.read_bytes()
            if key.startswith(SCHEME):
                held = stack.enter_context(held_key(parse(key), password))
                signer = token_signer(held, certificates)
            else:
                secret = password.encode() if password else None
                signer = load_signer(Path(key).read_bytes(), certificates, secret)
        except ValueError as error:
            raise Failed(f"{key.partition('?')[0]}, {certificate}: {error}") from None
        yield signer


def _one(files: list[str]) -> Path:
    if len(files) != 1:
        raise typer.BadParameter("one FILE; several go with --format dsg-detached only")
    return Path(files[0])


def _detached(
    files: list[str], signer: Signer, submission_set: str | None, manner: Manner
) -> bytes:
    with ExitStack() as opened:
        documents = {id: opened.enter_context(path.open("rb")) for id, path in pairs(files).items()}
        return sign_documents(documents, signer, submission_set, manner)
