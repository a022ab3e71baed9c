"""`entente consent`: what patients say about who may see their documents."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Final

import typer
from rich.markup import escape
from rich.table import Table

from entente.cli import values
from entente.cli.console import OUT, complain
from entente.cli.options import ConfigFile
from ihe_profiles.policy.consent import Consent, ConsentKind, WhomKind, whom
from ihe_profiles.xds.datatypes import CX
from ihe_profiles.xds.masking import mask

app = typer.Typer(
    no_args_is_help=True, help="Write down what patients say about who may see their documents."
)

_KINDS: Final = {kind.name.lower(): kind for kind in ConsentKind}

Patient = Annotated[
    CX, typer.Argument(metavar="PATIENT", parser=values.patient, help="ID^^^&OID&ISO")
]
Reason = Annotated[str, typer.Option(help="Why, or where it is written; it stays on record.")]
Provider = Annotated[
    str, typer.Option(help="A person: ID&OID, ID^^^&OID&ISO, or what assertions name.")
]
Organization = Annotated[str, typer.Option(help="An organisation's id, as assertions say it.")]
RoleCode = Annotated[str, typer.Option("--role", help="A category of providers: CODE&SYSTEM.")]
Date = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="A day, UTC.")]
Item = Annotated[str | None, typer.Option(help="entryUUID of a document or SubmissionSet.")]


@app.command()
def refuse(
    patient: Patient, reason: Reason, before: Date = None, config: ConfigFile = None
) -> None:
    """Share no documents: none at all, or none of care that began before a day."""
    _say(patient, Consent(ConsentKind.REFUSED, before=_digits(before)), reason, config)


@app.command()
def exclude(
    patient: Patient,
    reason: Reason,
    provider: Provider = "",
    organization: Organization = "",
    role: RoleCode = "",
    config: ConfigFile = None,
) -> None:
    """Show somebody nothing, not even in an emergency."""
    about = _whom(provider, organization, role)
    _say(patient, Consent(ConsentKind.EXCLUDED, about), reason, config)


@app.command()
def restrict(
    patient: Patient,
    reason: Reason,
    provider: Provider = "",
    organization: Organization = "",
    role: RoleCode = "",
    item: Item = None,
    config: ConfigFile = None,
) -> None:
    """Hide all documents, or one item, from a provider, an organisation or a category."""
    about = _whom(provider, organization, role)
    _say(patient, Consent(ConsentKind.RESTRICTED, about, item), reason, config)


@app.command()
def authorise(
    patient: Patient,
    reason: Reason,
    provider: Provider = "",
    organization: Organization = "",
    role: RoleCode = "",
    until: Date = None,
    config: ConfigFile = None,
) -> None:
    """Let a provider, an organisation or a category consult."""
    about = _whom(provider, organization, role)
    _say(patient, Consent(ConsentKind.AUTHORISED, about, until=_digits(until)), reason, config)


@app.command()
def represent(
    patient: Patient,
    reason: Reason,
    provider: Annotated[str, typer.Option("--by", help="Who: ID&OID, or what assertions name.")],
    until: Date = None,
    config: ConfigFile = None,
) -> None:
    """Let somebody act for the patient."""
    about = _whom(provider, "", "")
    _say(patient, Consent(ConsentKind.REPRESENTED, about, until=_digits(until)), reason, config)


@app.command()
def minor(
    patient: Patient,
    born: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day of birth.")],
    config: ConfigFile = None,
) -> None:
    """Say when a patient comes to the age at which the policy lets persons decide alone."""
    from entente import policy
    from entente.configuration import load

    age = policy.access(load(config)[0].policy).policy.age_of_consent
    until = int(f"{born.year + age:04}{born:%m%d}000000")
    _say(patient, Consent(ConsentKind.MINOR, until=until), f"under {age}", config)


@app.command()
def revoke(
    patient: Patient,
    kind: Annotated[str, typer.Argument(help=", ".join(_KINDS))],
    reason: Reason,
    provider: Provider = "",
    organization: Organization = "",
    role: RoleCode = "",
    config: ConfigFile = None,
) -> None:
    """Take back what was said; it stays on record."""
    from entente.cli.operation import opened
    from registry.consents import Consents

    if kind not in _KINDS:
        raise typer.BadParameter(f"one of {', '.join(_KINDS)}", param_hint="KIND")
    why = _reason(reason)
    about = _whom(provider, organization, role) if provider or organization or role else None
    with opened(config, "consent revoke") as registry:
        said = Consents(registry.database, registry.audit)
        number = said.end(patient, _KINDS[kind], why, registry.source, whom=about)
    OUT.print(mask(f"{patient}: {number} revoked"), markup=False)


@app.command("list")
def list_(patient: Patient, config: ConfigFile = None) -> None:
    """Print everything that a patient ever said, and whether it holds."""
    from entente.cli.operation import opened
    from registry.consents import Consents

    with opened(config, "consent list") as registry:
        registry.reads(str(patient))
        found = Consents(registry.database).listed(patient)
    table = Table("kind", "whom", "item", "before", "until", "said", "by", "reason", "revoked")
    for row in found:
        one = row.consent
        ended = "-" if row.ended is None else f"{_when(row.ended)}: {row.end_reason}"
        times = [str(moment or "-") for moment in (one.before, one.until)]
        said = (_when(row.time), row.by, row.reason, ended)
        cells = (one.kind.name.lower(), _named(one.whom), one.item or "-", *times, *said)
        table.add_row(*(escape(mask(cell)) for cell in cells))
    OUT.print(table)


def _say(patient: CX, consent: Consent, reason: str, config: ConfigFile) -> None:
    from entente import policy
    from entente.cli.operation import opened
    from registry.consents import Consents

    why, name = _reason(reason), consent.kind.name.lower()
    with opened(config, f"consent {name}") as registry:
        said = Consents(registry.database, registry.audit)
        said.say(patient, consent, why, registry.source)
        rules = policy.access(registry.settings.policy).policy
    OUT.print(mask(f"{patient}: {name}"), markup=False)
    if not any(rule.what.consent is consent.kind for rule in rules.rules):
        complain(f"it changes nothing: no rule of the policy {rules.name} looks at what is {name}")


def _reason(text: str) -> str:
    if not text.strip():
        raise typer.BadParameter("say why", param_hint="--reason")
    return text.strip()


def _whom(provider: str, organization: str, role: str) -> str:
    given = {
        WhomKind.PERSON: provider,
        WhomKind.ORGANIZATION: organization,
        WhomKind.ROLE: role,
    }
    named = [(kind, value) for kind, value in given.items() if value]
    if len(named) != 1:
        raise typer.BadParameter("give one of --provider, --organization, --role")
    ((kind, value),) = named
    return whom(kind, *_IDENTITIES[kind](value))


def _person(text: str) -> tuple[str, str]:
    if CX.problem(text) is None:
        return CX(text).id, CX(text).authority
    return _joined(text) if "&" in text else (text, "")


def _joined(text: str) -> tuple[str, str]:
    """Read an id and its authority, or a code and its system: what lacks one would mean nobody."""
    id_, _, authority = text.partition("&")
    if not (id_ and authority) or "^" in id_ or "&" in authority:
        raise typer.BadParameter(f"{text!r} is not written ID&OID (CODE&SYSTEM)")
    return id_, authority


_IDENTITIES: Final[dict[WhomKind, Callable[[str], tuple[str, str]]]] = {
    WhomKind.PERSON: _person,
    WhomKind.ORGANIZATION: lambda text: (text, ""),
    WhomKind.ROLE: _joined,
}


def _named(about: str | None) -> str:
    """Say whom a statement is about, a person with an authority as a CX (which can be masked)."""
    kind, _, name = (about or "-").partition("\x1f")
    authority, _, id_ = name.partition("\x1f")
    return f"{kind} {id_}^^^&{authority}&ISO" if authority else f"{kind} {id_}".strip()


def _digits(day: datetime | None) -> int | None:
    return None if day is None else int(f"{day.replace(tzinfo=UTC):%Y%m%d}000000")


def _when(milliseconds: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(milliseconds / 1000))
