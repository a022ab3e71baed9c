"""`entente repository`: what the Document Repository keeps."""

from __future__ import annotations

from contextlib import ExitStack

import typer

from entente.actors import Actor
from entente.cli.console import OUT, Failed
from entente.cli.options import ConfigFile
from entente.configuration import Misconfigured, load
from entente.settings import database_url

app = typer.Typer(no_args_is_help=True, help="Look after the documents of a repository.")


@app.callback()
def _repository() -> None:
    pass


@app.command(name="rotate-key")
def rotate_key(config: ConfigFile = None) -> None:
    """Bring every document under the current encryption key; none is rewritten, servers may run.

    Each server must have the new key as encryption_key, and the old one among
    former_encryption_keys, before this is done; afterwards the old one can go.
    """
    from entente.blobs import wrapping_keys
    from ledger.database import Database, Unavailable
    from repository.rotation import rotate

    settings, _ = load(config)
    keys = wrapping_keys(settings)
    if keys is None:
        raise Misconfigured(["[repository] encryption_key is not set: there is nothing to rotate"])
    count, problems = 0, []
    with ExitStack() as stack:
        try:
            database = Database(database_url(settings, Actor.REPOSITORY))
            stack.callback(database.close)
            for rotated in rotate(database, keys):
                if rotated.problem:
                    problems.append(str(rotated.problem))
                else:
                    count += 1
        except Unavailable as error:
            raise Failed(str(error)) from error
    OUT.print(f"{count} documents came under the key {keys.current}", markup=False)
    if problems:
        raise Failed(*problems)
