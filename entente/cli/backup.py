"""`entente backup`: databases and documents into a folder."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress as Bar

from entente.cli.console import OUT, Failed, octets_progress
from entente.cli.options import ConfigFile
from entente.cli.reconciliation import failing
from entente.cli.roles import ACTORS, Role, Which
from entente.configuration import load

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", file_okay=False)]


class Shown:
    """Tells a progress bar of a copy's octets."""

    def __init__(self, bar: Bar, title: str) -> None:
        self._bar = bar
        self._title = title
        self._task = bar.add_task(title, total=None)

    def begin(self, octets: int) -> None:
        """So many octets follow."""
        self._bar.reset(self._task, total=octets)

    def advance(self, octets: int) -> None:
        """So many more are done."""
        self._bar.advance(self._task, octets)


def backup(folder: Folder, which: Which = Role.ALL, config: ConfigFile = None) -> None:
    """Copy databases and documents into an empty folder, while servers run.

    What was acknowledged before it began is in it, whole. Where registry and repository are on
    different machines, the registry's backup comes first. Wrapping keys are not in it.
    """
    from entente.backup import NotEmpty, back_up
    from entente.operating import operating
    from ihe_profiles.atna.events import SUCCESS, Ending

    settings, _ = load(config)
    actors = ACTORS[which]
    with failing(), octets_progress() as bar, operating(settings, actors) as operator:
        begin = partial(operator.backing_up, folder)
        try:
            said, copies = back_up(settings, actors, folder, Shown(bar, "documents"), begin)
        except NotEmpty as error:
            raise Failed(str(error)) from error
        what = f"{', '.join(said.databases)}, {copies.number} documents"
        bad = f"{what}; {len(copies.faults)} were not whole"
        operator.backed_up(folder, what, Ending.failed(bad) if copies.faults else SUCCESS)
    OUT.print(f"{folder}: {what}", markup=False)
    if copies.faults:
        raise Failed(
            *(f"the blob {fault.key} was found {fault.state}" for fault in copies.faults),
            "the backup is complete but for these: entente repository verify names them",
        )
