"""A prescription of iron (France, CDA level 3)."""

from __future__ import annotations

from typing import Final

from samples.document import Act, Document, Section
from samples.entries import ATC, ROUTE, Drug, administration, problem
from samples.ids import named
from samples.narrative import items, marked, table, text
from samples.parties import Coded, loinc
from samples.people import AMBULATORY, GENERALIST, ZOE
from samples.xml import el

ORAL: Final = Coded("PO", ROUTE, "Voie orale")
TIME: Final = "20240313091500+0100"
FERRITIN: Final = " (ferritine à 9 µg/L le 11/03/2024)."

IRON: Final = Drug(
    Coded("B03AA07", ATC, "Sulfate ferreux"),
    dose="1", unit=None, route=ORAL, low="20240313", high="20240613", hours="24", mark="m1",
)  # fmt: skip
MACROGOL: Final = Drug(
    Coded("A06AD15", ATC, "Macrogol"),
    dose="1", unit=None, route=ORAL, low="20240313", high="20240413", hours="24", mark="m2",
)  # fmt: skip

ROWS: Final = (
    (
        marked("Fer (sulfate ferreux) 80 mg, comprimé", "m1"),
        "1 comprimé par jour, à distance des repas",
        "3 mois",
    ),
    (
        marked("Macrogol 10 g, poudre pour solution buvable", "m2"),
        "1 sachet par jour si constipation",
        "1 mois",
    ),
)


def prescription() -> Document:
    """Three months of oral iron after the laboratory's second report."""
    return Document(
        realm="FR",
        id=named("prescription"),
        set_id=named("prescription-set"),
        templates=("2.16.840.1.113883.2.8.2.1", "1.3.6.1.4.1.19376.1.9.1.1.1"),
        code=loinc("57833-6", "Prescription de produits de santé"),
        title="Prescription de médicaments",
        time=TIME,
        language="fr-FR",
        patient=ZOE,
        author=GENERALIST,
        role=Coded("PCP", "2.16.840.1.113883.5.88", "Médecin traitant"),
        acts=(
            Act(
                loinc("57833-6", "Prescription de produits de santé"),
                low=TIME,
                high="20240613235900+0200",
                performer=GENERALIST,
            ),
        ),
        encounter=AMBULATORY,
        low="20240313090000+0100",
        high=TIME,
        body=(
            Section(
                loinc("29548-5", "Diagnostic"),
                "Motif",
                text(el("paragraph", marked("Anémie par carence martiale", "motif"), FERRITIN)),
                (
                    problem(
                        Coded("D50.9", "2.16.840.1.113883.6.3", "Anémie par carence en fer"),
                        "20240311",
                        "motif",
                    ),
                ),
            ),
            Section(
                loinc("57828-6", "Prescriptions"),
                "Médicaments prescrits",
                text(
                    table(("Médicament", "Posologie", "Durée"), ROWS),
                    items(
                        "Prendre le fer à distance (deux heures) du thé, du café et du calcium.",
                        "Selles noires : effet attendu du traitement, sans gravité.",
                        "Contrôle de l'hémogramme et de la ferritine dans trois mois.",
                    ),
                ),
                (administration(IRON, "INT"), administration(MACROGOL, "INT")),
                "1.3.6.1.4.1.19376.1.9.1.2.1",
            ),
        ),
    )
