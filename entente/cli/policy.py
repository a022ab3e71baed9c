"""`entente policy`: what the access policy says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from entente.cli.console import OUT, Failed
from entente.cli.options import ConfigFile
from ihe_profiles.xds.masking import mask

if TYPE_CHECKING:
    from ihe_profiles.xua.requester import Coded, Requester

app = typer.Typer(no_args_is_help=True, help="Say why somebody may see a document, or may not.")


@app.callback()
def _policy() -> None:
    pass


@app.command()
def explain(
    document: Annotated[str, typer.Option(help="uniqueId of the document.")],
    assertion: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Who asks; its signature is not looked at."),
    ] = None,
    user: Annotated[str, typer.Option(help="Who asks: the NameID.")] = "",
    role: Annotated[list[str] | None, typer.Option(help="CODE&SYSTEM")] = None,
    purpose: Annotated[list[str] | None, typer.Option(help="CODE&SYSTEM")] = None,
    reason: Annotated[str, typer.Option(help="The purposes in words, as for an emergency.")] = "",
    organization: Annotated[list[str] | None, typer.Option(help="An id.")] = None,
    patient: Annotated[str, typer.Option(help="The patient whom an assertion names.")] = "",
    secret: Annotated[bool, typer.Option(help="Over a secret connection (VIHF).")] = False,
    transaction: Annotated[
        Literal["ITI-18", "ITI-43", "ITI-51"], typer.Option(help="By which rules.")
    ] = "ITI-18",
    language: Annotated[Literal["en", "fr"], typer.Option(help="In which language.")] = "en",
    config: ConfigFile = None,
) -> None:
    """Say which rule shows, hides or refuses a document; without a user, to nobody in particular.

    The exit code is 1 when there is no such document.
    """
    from entente import policy
    from entente.cli.operation import opened
    from ihe_profiles.atna import objects
    from ihe_profiles.policy.decision import decide
    from ihe_profiles.policy.explain import explain as explained
    from ihe_profiles.xua.requester import Family, Requester
    from ledger.clock import moment
    from registry.explanation import entries

    asking: Requester | None = _asserted(assertion) if assertion else None
    if asking is None and user:
        asking = Requester(
            user,
            "",
            Family.IHE,
            "",
            organization_ids=tuple(organization or ()),
            roles=tuple(_codes(role)),
            purposes=tuple(replace(one, display=reason) for one in _codes(purpose)),
            patient_id=patient,
            secret_connection=secret,
        )
    with opened(config, "policy explain") as registry:
        registry.reads(about=[objects.document(document)])
        rules = policy.access(registry.settings.policy).policy
        found = entries(registry.database, document)
    decision = decide(rules, asking, transaction)
    for one in found:
        OUT.print(f"{one.facts.entry_uuid} ({rules.name})", markup=False)
        if one.is_withdrawn:
            OUT.print(_WITHDRAWN[language], markup=False)
        for line in explained(decision, one.facts, moment(), language):
            OUT.print(mask(line), markup=False)
    if not found:
        raise Failed(f"there is no document {document}")


_WITHDRAWN = {
    "en": "withdrawn: hidden from everybody, whatever the rules say",
    "fr": "retiré : masqué à tous, quoi que disent les règles",
}


def _codes(values: list[str] | None) -> Iterator[Coded]:
    from ihe_profiles.xua.requester import Coded

    for value in values or ():
        code, _, system = value.partition("&")
        if not (code and system):
            raise typer.BadParameter(f"{value!r} is not written CODE&SYSTEM")
        yield Coded(code, system)


def _asserted(file: Path) -> Requester:
    from ihe_profiles.soap import xml
    from ihe_profiles.soap.faults import SoapFault
    from ihe_profiles.soap.limits import SoapLimits
    from ihe_profiles.xua import assertion, attributes
    from ihe_profiles.xua.presenting import token_of

    try:
        token = token_of(file.read_bytes())
        return attributes.requester(assertion.read(xml.parse(token, SoapLimits())), token)
    except (SoapFault, ValueError) as error:
        raise Failed(f"{file}: {error}") from error
