"""`entente signature show`: what was said of a document's signatures when it was submitted."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from entente.actors import Actor
from entente.cli.console import OUT, Failed
from entente.cli.options import ConfigFile
from entente.configuration import load
from entente.settings import Settings, database_url

if TYPE_CHECKING:
    from repository.store.signatures import Finding


def show(
    unique_id: Annotated[str, typer.Argument(metavar="UNIQUE_ID", help="uniqueId of a document.")],
    config: ConfigFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what was said of a document's signatures when it was submitted."""
    settings, _ = load(config)
    documents = _found(settings, unique_id)
    if not documents:
        raise Failed(f"there is no document {unique_id}")
    findings = [finding for some in documents for finding in some]
    if as_json:
        typer.echo(json.dumps([_plain(one) for one in findings], ensure_ascii=False, indent=2))
    elif not findings:
        OUT.print(f"no signature of {unique_id} was judged", markup=False)
    else:
        for finding in findings:
            OUT.print("\n".join(_lines(finding)), markup=False)


def _found(settings: Settings, unique_id: str) -> list[tuple[Finding, ...]]:
    from entente.operating import Operating
    from entente.trail import operator_audit
    from ledger import migrate
    from ledger.audit import AuditUnavailable
    from ledger.database import Database, Unavailable
    from repository.store import TREE, signatures

    try:
        database = Database(database_url(settings, Actor.REPOSITORY))
        try:
            migrate.check(database, *migrate.TREES, TREE)
            operator = Operating(operator_audit(settings, database, Actor.REPOSITORY))
            operator.looked_up(unique_id, "entente signature show")
            with database.read() as connection:
                return signatures.of(connection, unique_id)
        finally:
            database.close()
    except (Unavailable, migrate.SchemaMismatch, AuditUnavailable) as error:
        raise Failed(str(error)) from error


def _lines(finding: Finding) -> list[str]:
    name = f" {finding.name}" if finding.name else ""
    signature = f": {finding.form} signature{name}" if finding.form else f" ({finding.format})"
    facts = {
        "signed by": finding.signer,
        "states": _time(finding.claimed),
        "timestamp": _time(finding.proven),
        "of SubmissionSet": finding.submission_set,
        "judged": _time(finding.time),
    }
    return [
        f"{finding.verdict}{signature}",
        *(f"  {label} {value}" for label, value in facts.items() if value),
        *(f"  of document {id}" for id in finding.documents),
        *(f"  {one.reason}: {one.text} ({one.section})" for one in finding.reasons),
    ]


def _plain(finding: Finding) -> dict[str, Any]:
    values = {
        "verdict": finding.verdict,
        "format": finding.format,
        "form": finding.form,
        "name": finding.name,
        "signer": finding.signer,
        "signingTime": _time(finding.claimed),
        "timestamp": _time(finding.proven),
        "judged": _time(finding.time),
        "documents": list(finding.documents),
        "submissionSet": finding.submission_set,
        "reasons": [
            {"reason": one.reason, "text": one.text, "section": one.section}
            for one in finding.reasons
        ],
    }
    return {name: value for name, value in values.items() if value}


def _time(milliseconds: int | None) -> str | None:
    if milliseconds is None:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat()
