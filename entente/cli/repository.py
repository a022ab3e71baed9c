"""`entente repository`: what the Document Repository keeps."""

from __future__ import annotations

from contextlib import ExitStack

import typer

from entente.actors import Actor
from entente.cli.console import OUT, Failed, octets_progress
from entente.cli.options import ConfigFile
from entente.cli.reconciliation import failing, reconcile
from entente.configuration import load
from entente.misconfigured import Misconfigured

app = typer.Typer(no_args_is_help=True, help="Look after the documents of a repository.")


app.command()(reconcile)


@app.callback()
def _repository() -> None:
    pass


@app.command()
def verify(config: ConfigFile = None) -> None:
    """Read every document in the store and compare it with the index; servers may run.

    Each document that is missing, damaged or cannot be read is named, and the exit code is 1.
    """
    from entente.blobs import open_blobs
    from entente.databases import opened
    from entente.operating import Operating
    from entente.trail import operator_audit
    from repository.verify import Condition, extent, verify

    settings, _ = load(config)
    number, bad = 0, 0
    with ExitStack() as stack:
        stack.enter_context(failing())
        database, blobs = opened(settings, Actor.REPOSITORY, stack), open_blobs(settings)
        operator = Operating(operator_audit(settings, database, Actor.REPOSITORY))
        documents, octets = extent(database)
        progress = stack.enter_context(octets_progress())
        task = progress.add_task(f"{documents} documents", total=octets)
        for found in verify(database, blobs, lambda size: progress.advance(task, size)):
            number += 1
            if found.condition is not Condition.WHOLE:
                bad += 1
                if found.condition is not Condition.UNREADABLE:
                    operator.damaged(found.unique_id, f"{found.condition}: {found.why}")
                OUT.print(f"{found.unique_id}: {found.condition}: {found.why}", markup=False)
    if bad:
        raise Failed(f"{bad} of {number} documents are not whole")
    OUT.print(f"{number} documents are whole", markup=False)


@app.command(name="rotate-key")
def rotate_key(config: ConfigFile = None) -> None:
    """Bring every document under the current encryption key; none is rewritten, servers may run.

    Each server must have the new key as encryption_key, and the old one among
    former_encryption_keys, before this is done; afterwards the old one can go.
    """
    from entente.blobs import wrapping_keys
    from entente.databases import opened
    from entente.operating import Operating
    from entente.trail import operator_audit
    from repository.rotation import rotate

    settings, _ = load(config)
    keys = wrapping_keys(settings)
    if keys is None:
        raise Misconfigured(["[repository] encryption_key is not set: there is nothing to rotate"])
    count, problems = 0, []
    with ExitStack() as stack:
        stack.enter_context(failing())
        database = opened(settings, Actor.REPOSITORY, stack)
        for rotated in rotate(database, keys):
            if rotated.problem:
                problems.append(str(rotated.problem))
            else:
                count += 1
        operator = Operating(operator_audit(settings, database, Actor.REPOSITORY))
        operator.rotated(count, keys.current, len(problems))
    OUT.print(f"{count} documents came under the key {keys.current}", markup=False)
    if problems:
        raise Failed(*problems)
