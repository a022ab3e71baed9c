"""`entente audit`: verify, search and report what the audit store holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from entente.cli.console import ERR, OUT, Failed
from entente.cli.options import ConfigFile
from entente.configuration import load
from entente.settings import Settings
from ihe_profiles.xds import masking
from ihe_profiles.xds.masking import mask

if TYPE_CHECKING:
    from ledger.audit.chain import Statement
    from ledger.audit.store import Store

app = typer.Typer(no_args_is_help=True, help="Verify, search and report the audit records.")

Patient = Annotated[str | None, typer.Option(help="ID^^^&OID&ISO, as in the record.")]
Moment = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="UTC.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


@app.callback()
def _audit() -> None:
    pass


@app.command()
def verify(
    head: Annotated[
        list[Path] | None,
        typer.Option(exists=True, dir_okay=False, help="A file of received messages with heads."),
    ] = None,
    key: Annotated[
        list[Path] | None,
        typer.Option(exists=True, dir_okay=False, help="A further signer's key or certificate."),
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Find what was removed, altered or reordered in the store; the exit code is 1 then.

    That the end was cut off shows only by a head that somebody else has: --head FILE is what a
    receiver has kept. Servers may run.
    """
    from entente.trail import signing_key
    from ledger.audit import chain
    from ledger.audit.verification import Verification, received

    with _opened(config, "verify") as (settings, store):
        try:
            own = signing_key(settings)
            keys = [chain.read_public_key(path) for path in key or []]
            keys += [own.public_key()] if own else []
            heads: list[Statement] = []
            for path in head or []:
                with path.open("rb") as lines:
                    heads += received(lines)
        except (OSError, ValueError) as error:
            raise Failed(str(error)) from error
        verification = Verification(store, {chain.fingerprint(k): k for k in keys}, heads)
        findings = 0
        for finding in verification.findings():
            findings += 1
            OUT.print(finding, markup=False)
    if head and not heads:
        raise Failed("there is no head among the received messages")
    if findings:
        raise Failed(f"{verification.records} records, {findings} findings")
    OUT.print(f"{verification.records} records are whole, {len(heads)} received heads agree")


@app.command()
def search(
    patient: Patient = None,
    user: Annotated[str | None, typer.Option(help="UserID or UserName.")] = None,
    document: Annotated[str | None, typer.Option(help="uniqueId or entryUUID.")] = None,
    since: Moment = None,
    until: Moment = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Print the records of a patient, a user or a document, of a time, or all, oldest first."""
    from entente.audit_report import as_row, plain
    from ledger.audit.searching import Wanted, found

    wanted = Wanted(patient=patient, user=user, document=document, since=since, until=until)
    with _opened(config, f"search {wanted.words}") as (_, store):
        for record in found(store, wanted):
            row = as_row(record, "en")
            OUT.print(mask(row.json) if as_json else plain(row), markup=False)


@app.command()
def report(
    patient: Annotated[str, typer.Option(help="ID^^^&OID&ISO, as in the records.")],
    language: Annotated[Literal["fr", "en"], typer.Option(help="Of the report.")] = "en",
    since: Moment = None,
    until: Moment = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Print who had access to a patient's documents: when, who, what and why.

    A record of a retrieval names documents and no patient: whose they are is asked of the
    registry's database, where the settings say that it is. Ids that were merged belong together.
    """
    from entente.audit_report import accesses, table
    from ledger.audit.searching import Wanted, found

    with _opened(config, f"report --patient {patient}") as (settings, store):
        names = _traces(settings, patient)
        wanted = Wanted(any_of=names, since=since, until=until)
        rows = list(accesses(found(store, wanted), language))
    if as_json:
        for row in rows:
            OUT.print(mask(row.json), markup=False)
    else:
        OUT.print(table(rows, patient, language))


def _traces(settings: Settings, patient: str) -> frozenset[tuple[str, str]]:
    """Return what records of a patient's accesses name. Raises Unavailable."""
    from entente import databases
    from entente.actors import Actor
    from entente.settings import database_url
    from ihe_profiles.xds.datatypes import CX
    from ledger.database import Database
    from registry.store.traces import traces

    (store, *_) = databases.stores(settings, frozenset({Actor.REGISTRY}))
    if store.fresh:
        ERR.print("there is no registry here: retrievals, which name no patient, are left out")
        return frozenset({("patient", patient)})
    cx = CX(patient)
    database = Database(database_url(settings, Actor.REGISTRY))
    try:
        with database.read() as connection:
            found = traces(connection, cx.authority, cx.id)
    finally:
        database.close()
    patients = {("patient", one) for one in (patient, *found.patients)}
    return frozenset(patients | {("document", one) for one in found.documents})


@contextmanager
def _opened(config: Path | None, used_for: str) -> Iterator[tuple[Settings, Store]]:
    """Open the store, and record that somebody used it before they see any of it."""
    from entente import account, databases
    from entente.trail import own_reporter, plain_trail
    from ihe_profiles.atna.events_general import audit_log_used
    from ledger import migrate
    from ledger.audit import AuditUnavailable
    from ledger.audit.store import Store
    from ledger.database import Database, Unavailable
    from ledger.migrate import SchemaMismatch

    settings, _ = load(config)
    masking.hide(*settings.domain.hidden_authorities)
    database = Database(settings.audit.database_url)
    try:
        (opened,) = (
            store
            for store in databases.stores(settings, frozenset())
            if store.url == settings.audit.database_url
        )
        migrate.check(database, *opened.trees)
        user, log = account.user(), settings.http.url
        record = audit_log_used(own_reporter(settings), user, log, f"entente audit {used_for}")
        plain_trail(settings, database).record([record])
        yield settings, Store(database)
    except (Unavailable, SchemaMismatch, AuditUnavailable, OSError) as error:
        raise Failed(str(error)) from error
    finally:
        database.close()
