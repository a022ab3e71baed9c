"""`entente signature`: what is to be thought of the signatures of a document."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, BinaryIO, TypeVar

import typer

from entente.cli.console import OUT, Failed
from entente.cli.options import grouped
from entente.cli.verdicts import show
from ihe_profiles.dsg.ground import Ground
from ihe_profiles.dsg.listed import OpenDocument, Submission
from ihe_profiles.dsg.trust import Trust, anchors_of, crls_of, ocsp_of
from ihe_profiles.dsg.verdicts import Judgement, Verdict
from ihe_profiles.dsg.verification import judge

T = TypeVar("T")
app = typer.Typer(no_args_is_help=True, help="Verify signatures, and show what was said of them.")


@dataclass(frozen=True)
class _Trusting:
    anchors: Annotated[
        list[Path] | None, typer.Option(help="Trusted certificates (PEM or DER).")
    ] = None
    timestamp_anchors: Annotated[
        list[Path] | None, typer.Option(help="Those of timestamps, where they are others.")
    ] = None
    crl: Annotated[list[Path] | None, typer.Option(help="Revocation lists (PEM or DER).")] = None
    ocsp: Annotated[list[Path] | None, typer.Option(help="OCSP responses (DER).")] = None
    require_revocation: Annotated[
        bool, typer.Option(help="Not valid where nothing says that a certificate is not revoked.")
    ] = False
    sha1: Annotated[bool, typer.Option(help="Accept SHA-1.")] = False


@dataclass(frozen=True)
class _Detached:
    document: Annotated[
        list[str] | None,
        typer.Option(metavar="ID=FILE", help="A document that a detached signature lists."),
    ] = None
    submission_set: Annotated[
        str | None,
        typer.Option(metavar="ID", help="The SubmissionSet that contains those documents."),
    ] = None


@app.callback()
def _signature() -> None:
    pass


@app.command()
@grouped
def verify(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    trusting: _Trusting,
    detached: _Detached,
    at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="When the document existed (ISO 8601, UTC); else now."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say of each signature whether it is valid, who signed, when, and why not."""
    documents = pairs(detached.document or [])
    ground = Ground(
        trust=_trust(trusting),
        at=_time(at),
        open_document=_opener(documents),
        submission=_submission(detached.submission_set, documents),
    )
    judgements = judge(file.read_bytes(), ground)
    if as_json:
        typer.echo(json.dumps([said(one) for one in judgements], ensure_ascii=False, indent=2))
    else:
        for judgement in judgements:
            _print(judgement)
    if not judgements:
        raise Failed(f"{file} has no signature")
    if wrong := sum(one.verdict is not Verdict.VALID for one in judgements):
        raise Failed(f"{wrong} of {len(judgements)} signatures are not valid")


app.command()(show)


def said(judgement: Judgement) -> dict[str, Any]:
    """Return a judgement as plain values for JSON; what is not known is left out."""
    values = {
        "verdict": judgement.verdict.value,
        "form": judgement.form,
        "name": judgement.name,
        "signer": judgement.signer,
        "signingTime": judgement.claimed and judgement.claimed.isoformat(),
        "timestamp": judgement.proven and judgement.proven.isoformat(),
        "documents": list(judgement.documents),
        "submissionSet": judgement.submission_set,
        "reasons": [
            {"reason": one.key, "text": one.text, "section": one.section}
            for one in judgement.reasons
        ],
    }
    return {name: value for name, value in values.items() if value}


def pairs(given: list[str]) -> dict[str, Path]:
    """Read ID=FILE. Raises BadParameter."""
    found = {}
    for text in given:
        id, _, path = text.partition("=")
        if not id or not Path(path).is_file():
            raise typer.BadParameter(f"{text!r} is not ID=FILE with a file that is there")
        found[id] = Path(path)
    return found


def _print(judgement: Judgement) -> None:
    name = f" {judgement.name}" if judgement.name else ""
    lines = [f"{judgement.verdict.value}: {judgement.form} signature{name}"]
    lines += [f"  signed by {judgement.signer}"] if judgement.signer else []
    lines += [f"  states {judgement.claimed.isoformat()}"] if judgement.claimed else []
    lines += [f"  timestamp {judgement.proven.isoformat()}"] if judgement.proven else []
    lines += [f"  of document {id}" for id in judgement.documents]
    lines += [f"  of SubmissionSet {judgement.submission_set}"] if judgement.submission_set else []
    lines += [f"  {one.key}: {one.text} ({one.section})" for one in judgement.reasons]
    OUT.print("\n".join(lines), markup=False)


def _trust(given: _Trusting) -> Trust:
    return Trust(
        anchors=tuple(one for found in _read(given.anchors, anchors_of) for one in found),
        timestamp_anchors=tuple(
            one for found in _read(given.timestamp_anchors, anchors_of) for one in found
        ),
        crls=tuple(one for found in _read(given.crl, crls_of) for one in found),
        ocsps=tuple(_read(given.ocsp, ocsp_of)),
        revocation_required=given.require_revocation,
        sha1=given.sha1,
    )


def _read(paths: list[Path] | None, load: Callable[[bytes], T]) -> list[T]:
    found = []
    for path in paths or []:
        try:
            found.append(load(path.read_bytes()))
        except (OSError, ValueError) as error:
            raise typer.BadParameter(f"{path}: {error}") from None
    return found


def _time(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no time such as 2026-06-01T12:00:00Z") from None
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


def _opener(documents: dict[str, Path]) -> OpenDocument:
    def open_document(id: str) -> BinaryIO | None:
        return documents[id].open("rb") if id in documents else None

    return open_document


def _submission(unique_id: str | None, documents: dict[str, Path]) -> Submission | None:
    return Submission(unique_id, frozenset(documents)) if unique_id else None
