"""What a user says of a document to submit; for a CDA it overrides what the header says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, Final

import typer

from entente.cli import values
from ihe_profiles.xds.datatypes import CX, DTM, XCN, XON
from ihe_profiles.xds.metadata import Author, Code, LocalizedString

_CODE: Final = "CODE^^SCHEME"


def _code(name: str, says: str) -> Any:
    return typer.Option(name, parser=values.code, metavar=_CODE, help=says)


def _time(says: str) -> Any:
    return typer.Option(
        parser=values.time, metavar="YYYY[MM[DD[hh[mm[ss]]]]]", help=f"{says}, UTC."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """Attributes of a DocumentEntry; None where nothing is said."""

    patient: Annotated[
        CX | None,
        typer.Option(parser=values.patient, metavar="ID^^^&OID&ISO", help="Whose document it is."),
    ] = None
    source_patient: Annotated[
        CX | None,
        typer.Option(
            parser=values.patient,
            metavar="ID^^^&OID&ISO",
            help="The author's own identifier of the patient; without it, that of --patient.",
        ),
    ] = None
    title: Annotated[str | None, typer.Option(help="Its title.")] = None
    class_: Annotated[Code | None, _code("--class", "classCode.")] = None
    type_: Annotated[Code | None, _code("--type", "typeCode.")] = None
    format_: Annotated[Code | None, _code("--format", "formatCode.")] = None
    facility: Annotated[Code | None, _code("--facility", "healthcareFacilityTypeCode.")] = None
    practice: Annotated[Code | None, _code("--practice", "practiceSettingCode.")] = None
    confidentiality: Annotated[
        list[Code] | None, _code("--confidentiality", "confidentialityCode; may be repeated.")
    ] = None
    event: Annotated[list[Code] | None, _code("--event", "eventCodeList; may be repeated.")] = None
    mime: Annotated[str | None, typer.Option(help="Media type; guessed from the file's name.")] = (
        None
    )
    language: Annotated[
        str | None, typer.Option(parser=values.language, metavar="TAG", help="Such as fr-CA.")
    ] = None
    author: Annotated[
        XCN | None,
        typer.Option(
            parser=values.person, metavar="XCN", help="ID^Family^Given, or a family name."
        ),
    ] = None
    institution: Annotated[str | None, typer.Option(help="The author's institution.")] = None
    creation_time: Annotated[DTM | None, _time("When it was made")] = None
    service_start: Annotated[DTM | None, _time("When the documented act began")] = None
    service_stop: Annotated[DTM | None, _time("When it ended")] = None
    unique_id: Annotated[str | None, typer.Option(help="uniqueId; a new OID without it.")] = None

    def attributes(self) -> Mapping[str, Any]:
        """Return the attributes of a DocumentEntry that the user gave, by their field names."""
        language = self.language or "en-US"
        given = {
            "patient_id": self.patient,
            "source_patient_id": self.source_patient,
            "title": self.title and (LocalizedString(self.title, language),),
            "class_code": self.class_,
            "type_code": self.type_,
            "format_code": self.format_,
            "healthcare_facility_type_code": self.facility,
            "practice_setting_code": self.practice,
            "confidentiality_code": self.confidentiality and tuple(self.confidentiality),
            "event_code_list": self.event and tuple(self.event),
            "mime_type": self.mime,
            "language_code": self.language,
            "author": self._author(),
            "creation_time": self.creation_time,
            "service_start_time": self.service_start,
            "service_stop_time": self.service_stop,
            "unique_id": self.unique_id,
        }
        return MappingProxyType({name: value for name, value in given.items() if value})

    def _author(self) -> tuple[Author, ...]:
        institutions = (XON(self.institution),) if self.institution else ()
        if self.author or institutions:
            return (Author(person=self.author, institutions=institutions),)
        return ()
