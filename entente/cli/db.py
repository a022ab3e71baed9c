"""`entente db`: the tables of the databases."""

from __future__ import annotations

import typer

from entente.cli.console import OUT, Failed
from entente.cli.options import ConfigFile
from entente.cli.roles import ACTORS, Role, Which
from entente.configuration import load, shown

app = typer.Typer(no_args_is_help=True, help="Look after the databases.")


@app.callback()
def _db() -> None:
    pass


@app.command()
def upgrade(which: Which = Role.ALL, config: ConfigFile = None) -> None:
    """Bring the tables of a registry, a repository or both to the revision of this program."""
    from entente import databases
    from ledger.database import Unavailable
    from ledger.migrate import SchemaMismatch

    settings, _ = load(config)
    for store in databases.stores(settings, ACTORS[which]):
        try:
            databases.upgrade(store)
        except (Unavailable, SchemaMismatch) as error:
            raise Failed(f"{shown(store.url)}: {error}") from error
        trees = ", ".join(f"{tree.name} {tree.head}" for tree in store.trees)
        OUT.print(f"{shown(store.url)}: {trees}", markup=False)
