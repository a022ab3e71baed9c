"""A vaccination note (France, CDA level 3)."""

from __future__ import annotations

from typing import Final

from samples.document import Act, Document, Section
from samples.entries import ATC, ROUTE, Drug, administration
from samples.ids import named
from samples.narrative import items, marked, paragraph, table, text
from samples.parties import Coded, loinc
from samples.people import AMBULATORY, GENERALIST, ZOE

TIME: Final = "20240313092000+0100"
BOOSTER: Final = Drug(
    Coded("J07CA01", ATC, "Vaccin diphtérie, poliomyélite et tétanos"),
    dose="0.5",
    unit="mL",
    route=Coded("IM", ROUTE, "Voie intramusculaire"),
    low=TIME,
    high=None,
    hours=None,
    mark="v1",
)


def vaccination() -> Document:
    """The adult's booster, given late."""
    row = (
        marked("Diphtérie, tétanos, poliomyélite (dTP), rappel", "v1"),
        "13/03/2024",
        "0,5 mL, intramusculaire, deltoïde gauche",
        "LOT-EXEMPLE-01",
    )
    return Document(
        realm="FR",
        id=named("vaccination"),
        set_id=named("vaccination-set"),
        templates=("2.16.840.1.113883.2.8.2.1", "1.3.6.1.4.1.19376.1.5.3.1.1.18.1.2"),
        code=loinc("87273-9", "Note de vaccination"),
        title="Note de vaccination : rappel dTP",
        time=TIME,
        language="fr-FR",
        patient=ZOE,
        author=GENERALIST,
        role=Coded("PCP", "2.16.840.1.113883.5.88", "Médecin traitant"),
        acts=(Act(loinc("87273-9", "Note de vaccination"), low=TIME, performer=GENERALIST),),
        encounter=AMBULATORY,
        low="20240313090000+0100",
        high="20240313092500+0100",
        body=(
            Section(
                loinc("11369-6", "Historique des vaccinations"),
                "Vaccination",
                text(
                    table(("Vaccin", "Date", "Dose et voie", "Lot"), (row,)),
                    paragraph(
                        "Rappel prévu à 45 ans, fait à 49 ans. Aucune contre-indication à "
                        "l'interrogatoire ; pas de réaction dans les quinze minutes."
                    ),
                    items("Prochain rappel dTP à 65 ans."),
                ),
                (administration(BOOSTER, "EVN"),),
            ),
        ),
    )
