"""`entente query`: a Document Consumer that asks the registry (ITI-18)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Final

import typer
from lxml import etree
from rich.markup import escape
from rich.table import Table

from entente import consumer
from entente.cli import values
from entente.cli.connection import Connection
from entente.cli.console import ERR, OUT, Failed, explained
from entente.cli.options import grouped
from entente.cli.plain import plain
from ihe_profiles.xds.errors import Refusal
from ihe_profiles.xds.metadata import DocumentEntry
from ihe_profiles.xds.vocabulary import Status


class Wanted(StrEnum):
    """Which availabilityStatus documents may have."""

    APPROVED = "approved"
    DEPRECATED = "deprecated"
    ANY = "any"


_STATUSES: Final = {
    Wanted.APPROVED: [Status.APPROVED],
    Wanted.DEPRECATED: [Status.DEPRECATED],
    Wanted.ANY: [Status.APPROVED, Status.DEPRECATED],
}


def _codes(name: str, attribute: str) -> Any:
    return typer.Option(
        name, parser=values.code_filter, metavar="CODE^^SCHEME", help=f"{attribute}, any of these."
    )


def _time(says: str) -> Any:
    return typer.Option(parser=values.time, metavar="YYYY[MM[DD[hh[mm[ss]]]]]", help=says)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """The parameters of FindDocuments (ITI TF-2 3.18.4.1.2.3.7.1)."""

    status: Annotated[Wanted, typer.Option(help="availabilityStatus.")] = Wanted.APPROVED
    class_: Annotated[list[str] | None, _codes("--class", "classCode")] = None
    type_: Annotated[list[str] | None, _codes("--type", "typeCode")] = None
    format_: Annotated[list[str] | None, _codes("--format", "formatCode")] = None
    facility: Annotated[list[str] | None, _codes("--facility", "healthcareFacilityTypeCode")] = None
    practice: Annotated[list[str] | None, _codes("--practice", "practiceSettingCode")] = None
    confidentiality: Annotated[
        list[str] | None, _codes("--confidentiality", "confidentialityCode")
    ] = None
    event: Annotated[list[str] | None, _codes("--event", "eventCodeList")] = None
    author: Annotated[
        list[str] | None, typer.Option(help="authorPerson; % is any text, _ one character.")
    ] = None
    created_from: Annotated[str | None, _time("Made at this time or later.")] = None
    created_to: Annotated[str | None, _time("Made before this time.")] = None
    service_from: Annotated[str | None, _time("The documented act began then or later.")] = None
    service_to: Annotated[str | None, _time("The documented act began before.")] = None

    def parameters(self) -> Mapping[str, str | list[str]]:
        """Return the parameters that are given."""
        given: dict[str, Any] = {
            "Status": _STATUSES[self.status],
            "ClassCode": self.class_,
            "TypeCode": self.type_,
            "FormatCode": self.format_,
            "HealthcareFacilityTypeCode": self.facility,
            "PracticeSettingCode": self.practice,
            "ConfidentialityCode": self.confidentiality,
            "EventCodeList": self.event,
            "AuthorPerson": self.author,
            "CreationTimeFrom": self.created_from,
            "CreationTimeTo": self.created_to,
            "ServiceStartTimeFrom": self.service_from,
            "ServiceStartTimeTo": self.service_to,
        }
        return {f"$XDSDocumentEntry{name}": value for name, value in given.items() if value}


@grouped
def query(
    connection: Connection,
    filters: Filters,
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID]...", help="entryUUIDs, or uniqueIds (GetDocuments)."),
    ] = None,
    patient: Annotated[
        str | None,
        typer.Option(
            parser=values.patient, metavar="ID^^^&OID&ISO", help="Whose documents (FindDocuments)."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the entries as JSON.")] = False,
    as_xml: Annotated[bool, typer.Option("--xml", help="Print the answer as it came.")] = False,
) -> None:
    """Find documents of a patient, or get documents by their ids."""
    if bool(ids) == bool(patient):
        raise typer.BadParameter("give either --patient or ids")
    with connection.open() as services:
        answer = (
            consumer.query(
                services.registry,
                "FindDocuments",
                {"$XDSDocumentEntryPatientId": patient, **filters.parameters()},
            )
            if patient
            else consumer.query(services.registry, "GetDocuments", consumer.by_id(ids or []))
        )
    if as_xml:
        OUT.out(etree.tostring(answer.body, encoding="unicode", pretty_print=True))
    try:
        response = consumer.read(answer)
    except Refusal as refusal:
        raise Failed(*explained(refusal.errors)) from refusal
    for line in explained(response.errors):
        ERR.print(line, markup=False)
    found = consumer.entries(response)
    if as_json:
        OUT.out(json.dumps([plain(entry) for entry in found], ensure_ascii=False, indent=2))
    elif not as_xml:
        _table(found)


def _table(entries: tuple[DocumentEntry, ...]) -> None:
    table = Table("title", "type", "created", "status", "octets", box=None)
    table.add_column("uniqueId", no_wrap=True, overflow="fold")
    for entry in entries:
        code = entry.type_code
        table.add_row(
            escape(entry.title[0].value if entry.title else ""),
            escape((code.display[0].value if code.display else code.code) if code else ""),
            entry.creation_time,
            (entry.availability_status or "").rpartition(":")[2],
            entry.size,
            entry.unique_id,
        )
    if entries:
        OUT.print(table)
    OUT.print(f"{len(entries)} document{'' if len(entries) == 1 else 's'}")
