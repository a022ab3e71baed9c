"""`entente repository reconcile`: registry, index and blobs compared with each other."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from entente.cli.console import OUT, Failed, octets_progress
from entente.cli.options import ConfigFile
from entente.configuration import load

if TYPE_CHECKING:
    from entente.reconciliation import Job
    from repository.orphans import Orphan
    from repository.repair import Repaired

    Found = tuple[Orphan, Repaired | None]


def reconcile(
    repair: Annotated[bool, typer.Option("--repair", help="Do what is safe, and say it.")] = False,
    grace: Annotated[
        float | None,
        typer.Option(min=0, help="Seconds that a lone blob may be young; 0 when nobody submits."),
    ] = None,
    set_aside: Annotated[
        Path | None,
        typer.Option(file_okay=False, help="Where documents go that the registry does not know."),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Compare sizes, read no document.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    config: ConfigFile = None,
) -> None:
    """Compare registry, index and store both ways and name what stands alone; servers may run.

    The exit code is 1 while anything is left.
    """
    from entente.reconciliation import open_job

    settings, _ = load(config)
    with ExitStack() as stack:
        stack.enter_context(failing())
        job = open_job(settings, grace, stack)
        found = []
        for one in _found(job, repair=repair, aside=set_aside, read=not quick):
            found.append(one)
            if not as_json:
                OUT.print(said(*one), markup=False)
    conclude(found, job, as_json=as_json)


@contextmanager
def failing() -> Iterator[None]:
    """Raise Failed for everything because of which nothing can be compared."""
    from ledger.audit import AuditUnavailable
    from ledger.database import Unavailable
    from ledger.migrate import SchemaMismatch
    from repository.reconcile import RegistryUnclear
    from repository.removal import AlreadyPaused, PauseLost
    from repository.store.blobs import BlobStoreError

    try:
        yield
    except (
        *(Unavailable, SchemaMismatch, RegistryUnclear, AuditUnavailable),
        *(AlreadyPaused, PauseLost, BlobStoreError, OSError),
    ) as error:
        raise Failed(str(error)) from error


def conclude(found: Sequence[Found], job: Job, *, as_json: bool) -> None:
    """Print how much there is of what; raises Failed while anything is left."""
    both_ways = job.reconciliation.census is not None
    if as_json:
        report = {"documents": job.extent[0], "entries_compared": both_ways}
        typer.echo(json.dumps({**report, "found": [_plain(*one) for one in found]}, indent=2))
    else:
        _print(found, job.extent[0], both_ways=both_ways)
    left = sum(1 for _, repaired in found if repaired is None or not repaired.is_done)
    if left:
        raise Failed(f"{left} of {len(found)} finds are left")


def said(orphan: Orphan, repaired: Repaired | None) -> str:
    """Say one find in a line."""
    names = filter(None, (orphan.unique_id, orphan.entry_uuid))
    name = " ".join(names) or orphan.blob_key
    line = f"{orphan.kind}: {name}: {orphan.why}"
    if repaired is None:
        return line
    return f"{line}; {'repaired' if repaired.is_done else 'left'}: {repaired.what}"


def _found(job: Job, *, repair: bool, aside: Path | None, read: bool) -> Iterator[Found]:
    documents, octets = job.extent
    with octets_progress() as progress:
        task = progress.add_task(f"{documents} documents", total=octets)

        def advance(size: int) -> None:
            progress.advance(task, size)

        if repair:
            yield from job.repair(advance, aside, read=read)
        else:
            yield from ((orphan, None) for orphan in job.find(advance, read=read))


def _plain(orphan: Orphan, repaired: Repaired | None) -> dict[str, Any]:
    names = ("unique_id", "blob_key", "entry_uuid")
    ids = {name: getattr(orphan, name) for name in names if getattr(orphan, name)}
    done = {} if repaired is None else {"repaired": repaired.is_done, "done": repaired.what}
    return {"kind": str(orphan.kind), **ids, "why": orphan.why, **done}


def _print(found: Sequence[Found], documents: int, *, both_ways: bool) -> None:
    if not both_ways:
        OUT.print(
            "Entries without a document were not looked for: that takes the registry's database "
            "([registry] database_url)"
        )
    if not found:
        OUT.print(f"{documents} documents: nothing stands alone", markup=False)
        return
    kinds = Counter(orphan.kind for orphan, _ in found)
    done = Counter(orphan.kind for orphan, repaired in found if repaired and repaired.is_done)
    table = Table("kind", "found", "repaired", box=None, pad_edge=False)
    for kind, number in kinds.items():
        table.add_row(str(kind), str(number), str(done[kind]))
    OUT.print(table)
