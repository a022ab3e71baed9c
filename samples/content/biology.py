"""A blood count (France, CDA level 3), and its second version with the ferritin that came later."""

from __future__ import annotations

from typing import Final

from samples.document import Act, Document, Replaced, Section
from samples.entries import Result, laboratory
from samples.ids import named, oid
from samples.narrative import items, marked, paragraph, table, text
from samples.parties import Id, loinc
from samples.people import AMBULATORY, BIOLOGIST, GENERALIST, ZOE
from samples.xml import Xml

HAEMATOLOGY: Final = loinc("18723-7", "Hématologie")
CHEMISTRY: Final = loinc("18719-5", "Biochimie")
COUNT: Final = loinc("58410-2", "Hémogramme")
SAMPLED: Final = "202403110745+0100"
SPECIALTY_SECTION: Final = "1.3.6.1.4.1.19376.1.3.3.2.1"

GIGA, TERA = "10*9/L", "10*12/L"
COUNTS: Final = (
    Result(loinc("789-8", "Hématies"), "Hématies", "4.10", TERA, "3.80", "5.80", "N", "T/L"),
    Result(loinc("718-7", "Hémoglobine"), "Hémoglobine", "10.4", "g/dL", "12.0", "16.0", "L"),
    Result(loinc("4544-3", "Hématocrite"), "Hématocrite", "32.5", "%", "35.0", "47.0", "L"),
    Result(loinc("787-2", "VGM"), "Volume globulaire moyen", "79.3", "fL", "80.0", "100.0", "L"),
    Result(loinc("785-6", "TCMH"), "TCMH", "25.4", "pg", "27.0", "32.0", "L"),
    Result(loinc("786-4", "CCMH"), "CCMH", "32.0", "g/dL", "31.5", "36.0", "N"),
    Result(loinc("6690-2", "Leucocytes"), "Leucocytes", "6.8", GIGA, "4.0", "10.0", "N", "G/L"),
    Result(loinc("777-3", "Plaquettes"), "Plaquettes", "412", GIGA, "150", "400", "H", "G/L"),
)
IRON: Final = (
    Result(loinc("2276-4", "Ferritine"), "Ferritine", "9", "ug/L", "15", "150", "L", "µg/L"),
    Result(loinc("1988-5", "CRP"), "Protéine C réactive", "2.1", "mg/L", None, "5.0", "N"),
)
FLAGS: Final = {"L": "bas", "H": "élevé", "N": ""}


def _table(results: tuple[Result, ...]) -> Xml:
    return table(("Examen", "Résultat", "Unité", "Valeurs de référence", ""), [*map(_row, results)])


def _row(result: Result) -> tuple[str | Xml, ...]:
    limits = f"{result.low} – {result.high}" if result.low else f"< {result.high}"
    return (
        marked(result.label, result.mark),
        result.value.replace(".", ","),
        result.shown_unit or result.unit,
        limits.replace(".", ","),
        FLAGS[result.flag],
    )


def _haematology(conclusion: str) -> Section:
    return Section(
        HAEMATOLOGY,
        "Hématologie",
        text(
            paragraph("Sang veineux, tube EDTA. Prélèvement du 11/03/2024 à 07 h 45, à jeun."),
            _table(COUNTS),
            paragraph(conclusion),
        ),
        (laboratory(HAEMATOLOGY, COUNT, COUNTS, SAMPLED),),
        SPECIALTY_SECTION,
    )


def _chemistry() -> Section:
    return Section(
        CHEMISTRY,
        "Biochimie",
        text(
            paragraph("Sérum, même prélèvement. Examens ajoutés à la demande du prescripteur."),
            _table(IRON),
            paragraph(
                "Conclusion : anémie microcytaire hypochrome par carence martiale, sans syndrome "
                "inflammatoire."
            ),
            items(
                "Rechercher un saignement, gynécologique ou digestif.",
                "Contrôle de l'hémogramme et de la ferritine après trois mois de traitement.",
            ),
        ),
        (laboratory(CHEMISTRY, None, IRON, SAMPLED),),
        SPECIALTY_SECTION,
    )


def _report(version: int, time: str, sections: tuple[Section, ...]) -> Document:
    first = named("biology-1")
    chapters = (HAEMATOLOGY, CHEMISTRY)[: len(sections)]
    return Document(
        realm="FR",
        id=named(f"biology-{version}"),
        set_id=named("biology"),
        version=version,
        templates=("2.16.840.1.113883.2.8.2.1", "1.3.6.1.4.1.19376.1.3.3"),
        code=loinc("11502-2", "CR d'examens biologiques"),
        title="Compte rendu d'examens biologiques : hémogramme"
        + (" et bilan martial" if version > 1 else ""),
        time=time,
        language="fr-FR",
        patient=ZOE,
        author=BIOLOGIST,
        recipient=GENERALIST,
        order=Id(oid("orders"), "2024031100087"),
        acts=(
            Act(chapters[0], low="20240311081500+0100", high=time, performer=BIOLOGIST),
            *(Act(chapter) for chapter in chapters[1:]),
        ),
        replaces=Replaced(first, named("biology"), 1) if version > 1 else None,
        encounter=AMBULATORY,
        low=SAMPLED,
        body=sections,
    )


def first_version() -> Document:
    """The count as it was first released."""
    conclusion = (
        "Anémie microcytaire hypochrome ; thrombocytose modérée. Un dosage de la ferritine est "
        "conseillé."
    )
    return _report(1, "20240311160000+0100", (_haematology(conclusion),))


def second_version() -> Document:
    """The same report with ferritin and CRP, in place of the first."""
    conclusion = "Anémie microcytaire hypochrome ; thrombocytose modérée."
    return _report(2, "20240312103000+0100", (_haematology(conclusion), _chemistry()))
