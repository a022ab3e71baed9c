"""`entente retrieve`: a Document Consumer that fetches a document (ITI-43)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from entente import consumer
from entente.cli.connection import Connection, Services
from entente.cli.console import ERR, Failed, explained
from entente.cli.options import grouped
from ihe_profiles.iti43 import DocumentRequest
from ihe_profiles.xds.errors import Refusal
from ihe_profiles.xds.metadata import DocumentEntry


@grouped
def retrieve(
    document: Annotated[str, typer.Argument(metavar="ID", help="uniqueId or entryUUID.")],
    connection: Connection,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to; - is standard output.")],
    repository_id: Annotated[
        str | None,
        typer.Option(help="repositoryUniqueId; without it the registry is asked for it."),
    ] = None,
    home: Annotated[str | None, typer.Option(help="homeCommunityId to send along.")] = None,
) -> None:
    """Retrieve one document, and compare its bytes with the registered hash where that is known."""
    with connection.open() as services:
        try:
            entry = None if repository_id else _find(services, document)
            wanted = DocumentRequest(
                home or (entry.home_community_id if entry else None),
                repository_id or (entry.repository_unique_id if entry else None) or "",
                (entry.unique_id if entry else None) or document,
            )
            with _target(output) as write:
                came = consumer.retrieve(services.repository, wanted, write)
                _compare(entry, came)
        except Refusal as refusal:
            raise Failed(*explained(refusal.errors)) from refusal
        except OSError as error:
            raise Failed(f"{output}: {error.strerror}") from error
    ERR.print(f"{output}: {came.mime_type}, {came.size} octets, SHA-1 {came.hash}", markup=False)


def _find(services: Services, document: str) -> DocumentEntry:
    found = consumer.get_documents(services.registry, document)
    if not found:
        raise Failed(f"the registry knows no document {document}")
    return consumer.approved(found) or found[-1]


def _compare(entry: DocumentEntry | None, came: consumer.Retrieved) -> None:
    if entry and entry.hash and entry.hash.lower() != came.hash:
        raise Failed(f"the bytes that came (SHA-1 {came.hash}) are not those of {entry.hash}")


@contextmanager
def _target(output: Path) -> Iterator[Callable[[bytes], object]]:
    """Lend what takes the bytes; a file appears under its name only when it is whole."""
    if str(output) == "-":
        yield sys.stdout.buffer.write
        sys.stdout.flush()
        return
    part = output.with_name(f".{output.name}.part")
    try:
        with part.open("wb") as file:
            yield file.write
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)
