"""`entente submit`: a Document Source for files (ITI-41)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from entente import consumer, source
from entente.cli import values
from entente.cli.connection import Connection, Services
from entente.cli.console import ERR, OUT, Failed, complain, explained
from entente.cli.description import Description
from entente.cli.document import describe
from entente.cli.options import grouped
from ihe_profiles.soap.client import CallFailed, Unreachable
from ihe_profiles.xds.errors import Refusal
from ihe_profiles.xds.metadata import DocumentEntry

SourceId = Annotated[
    str | None,
    typer.Option(parser=values.oid, metavar="OID", help="sourceId; one made for this machine."),
]


@grouped
def submit(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="What to submit.")],
    connection: Connection,
    description: Description,
    source_id: SourceId = None,
) -> None:
    """Submit documents, each in a submission of its own.

    Metadata is read from a CDA header; any other file needs --patient, --class and --type.
    A CDA that says that it replaces a registered document does so.
    """
    own_id, failed = source_id or source.default_source_id(), 0
    with connection.open() as services:
        for path in _with_progress(files):
            try:
                provided, remark = store(services, path, description, own_id)
            except Unreachable:
                raise
            except (Failed, Refusal, CallFailed, OSError) as error:
                failed += 1
                complain(f"{path}: not stored", *(f"  {line}" for line in reasons(error)))
            else:
                report(path, provided, *([f"  {remark}"] if remark else []))
    if len(files) > 1:
        OUT.print(f"{len(files) - failed} stored, {failed} failed")
    if failed:
        raise typer.Exit(1)


def reasons(error: Exception) -> Iterable[str]:
    """Say why a document was not stored, each reason in full."""
    if isinstance(error, Refusal):
        return explained(error.errors)
    if isinstance(error, Failed):
        return error.lines
    if isinstance(error, OSError):
        return [error.strerror or str(error)]
    return [str(error)]


def report(path: Path, provided: source.Provided, *remarks: str) -> None:
    """Say what was stored."""
    entry = provided.entry
    said = [f"{path}: stored {entry.unique_id}, {entry.size} octets, SHA-1 {entry.hash}", *remarks]
    for line in [*said, *explained(provided.warnings)]:
        OUT.print(line, markup=False)


def store(
    services: Services, path: Path, description: Description, source_id: str
) -> tuple[source.Provided, str | None]:
    """Submit one file, and say what became of the document that it replaces, if it does.

    Raises Failed, Refusal, CallFailed, OSError.
    """
    described = describe(path, description)
    target, remark = _replaced(services, described.replaces)
    provided = source.provide(
        services.repository,
        path,
        described.entry,
        source_id=source_id,
        replaces=target.entry_uuid if target else None,
    )
    return provided, remark


def _replaced(
    services: Services, parents: tuple[tuple[str, ...], ...]
) -> tuple[DocumentEntry | None, str | None]:
    """Find the registered entry that a document replaces, and say what was found."""
    for known_as in parents:
        found = [e for name in known_as for e in consumer.get_documents(services.registry, name)]
        if old := consumer.approved(found):
            return old, f"replaces {old.unique_id} ({old.entry_uuid})"
        why = "deprecated already" if found else "not registered"
        return None, f"stored as new: {known_as[0]}, which it replaces, is {why}"
    return None, None


def _with_progress(files: list[Path]) -> Iterator[Path]:
    with Progress(console=ERR, disable=len(files) == 1 or not ERR.is_terminal) as progress:
        yield from progress.track(files, description="submitting")
