"""`entente restore`: a backup into an empty place."""

from __future__ import annotations

from contextlib import ExitStack

from entente.cli.backup import Folder, Shown
from entente.cli.console import OUT, Failed, octets_progress
from entente.cli.options import ConfigFile
from entente.cli.reconciliation import conclude, failing, said
from entente.cli.roles import ACTORS, Role, Which
from entente.configuration import load
from entente.settings import Settings


def restore(folder: Folder, which: Which = Role.ALL, config: ConfigFile = None) -> None:
    """Put a backup into an empty place, and compare registry and repository there.

    Nothing is written before every byte of the backup was found to be what was written, and nothing
    where there is something already.
    """
    from entente.backup import NotEmpty
    from entente.manifest import BackupUnusable
    from entente.operating import operating
    from entente.restoration import restore

    settings, _ = load(config)
    with failing(), octets_progress() as bar:
        try:
            restored = restore(settings, ACTORS[which], folder, Shown(bar, "documents"))
        except BackupUnusable as error:
            raise Failed(*error.reasons) from error
        except NotEmpty as error:
            raise Failed(f"{error}: a backup is restored into an empty place") from error
        what = f"{', '.join(restored.databases)}, {restored.blobs} documents"
        with operating(settings, ACTORS[which]) as operator:
            operator.restored(folder, what)
    OUT.print(f"restored: {what}", markup=False)
    if which is Role.ALL:
        _compare(settings)
    else:
        OUT.print("Compare with the other side now: entente repository reconcile")


def _compare(settings: Settings) -> None:
    from entente.reconciliation import open_job

    with failing(), ExitStack() as stack:
        job = open_job(settings, 0, stack)
        ended = job.settle()
        if ended:
            OUT.print(f"{ended} documents from around the backup: the registry was asked")
        found = [(orphan, None) for orphan in job.find(lambda _: None, read=True)]
        for one in found:
            OUT.print(said(*one), markup=False)
        conclude(found, job, as_json=False)
