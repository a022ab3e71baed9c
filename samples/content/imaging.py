"""A report of a chest CT (Québec, in French, CDA level 3)."""

from __future__ import annotations

from typing import Final

from samples.document import Act, Document, Section
from samples.entries import SNOMED_CT, finding
from samples.ids import oid
from samples.narrative import items, marked, paragraph, text
from samples.parties import Coded, Id, loinc
from samples.people import EXAMPLE, INPATIENT, INTERNIST, RADIOLOGIST, TRISTAN
from samples.xml import el

TIME: Final = "20240212104500-0500"
START: Final = "20240212093000-0500"
STUDY: Final = Id(oid("study"))
DICOM: Final = "1.2.840.10008.2.16.4"
SIZE: Final = loinc("21889-1", "Taille du nodule")
NODULE: Final = (
    " du segment apico-postérieur du lobe supérieur gauche, à contours réguliers, non calcifié."
)


def report() -> Document:
    """The CT during the stay of the discharge summary."""
    return Document(
        realm="CA",
        id=Id(f"{EXAMPLE}.30.9", "IMA-2024-004417"),
        set_id=Id(f"{EXAMPLE}.30.8", "IMA-2024-004417"),
        templates=("1.2.840.10008.9.1",),
        code=loinc("18748-4", "Rapport d'imagerie diagnostique"),
        title="Tomodensitométrie du thorax avec produit de contraste",
        time=TIME,
        language="fr-CA",
        patient=TRISTAN,
        author=RADIOLOGIST,
        recipient=INTERNIST,
        order=Id(f"{EXAMPLE}.30.5", "REQ-118204"),
        acts=(
            Act(
                loinc("24628-0", "TDM du thorax avec contraste IV"),
                id=STUDY,
                low=START,
                high="20240212095000-0500",
                performer=RADIOLOGIST,
                translations=(
                    Coded("CT", DICOM, "Tomodensitométrie"),
                    Coded("51185008", SNOMED_CT, "Thorax"),
                ),
            ),
        ),
        encounter=INPATIENT,
        low=START,
        body=(
            Section(
                loinc("18785-6", "Motif de l'examen"),
                "Renseignements cliniques",
                text(
                    paragraph(
                        "Homme de 68 ans, MPOC, ancien fumeur. Fièvre, toux et désaturation. "
                        "Consolidation ? Complication ?"
                    )
                ),
            ),
            Section(
                loinc("55111-9", "Technique"),
                "Technique",
                text(
                    paragraph(
                        "Acquisition hélicoïdale du thorax après injection intraveineuse de 70 mL "
                        "de produit de contraste iodé. Produit dose-longueur : 240 mGy·cm."
                    )
                ),
            ),
            Section(
                loinc("18834-2", "Comparaison"),
                "Comparaison",
                text(
                    paragraph("Radiographie pulmonaire du 11 février 2024. Aucune TDM antérieure.")
                ),
            ),
            Section(
                loinc("18782-3", "Constatations"),
                "Constatations",
                text(
                    items(
                        "Consolidation du lobe inférieur droit avec bronchogramme aérien, sans "
                        "excavation. Mince épanchement pleural droit.",
                        "Emphysème centrolobulaire à prédominance apicale.",
                    ),
                    el("paragraph", marked("Nodule solide de 7 mm", "nodule"), NODULE),
                    items(
                        "Adénopathies médiastinales infracentimétriques, d'allure réactionnelle.",
                        "Cœur de taille normale. Abdomen supérieur sans particularité.",
                    ),
                ),
                (finding(SIZE, "7 mm", "20240212", "nodule"),),
            ),
            Section(
                loinc("19005-8", "Impression"),
                "Impression",
                text(
                    items(
                        "Pneumonie du lobe inférieur droit, sans abcès ni empyème.",
                        "Nodule solide isolé de 7 mm du lobe supérieur gauche chez un patient à "
                        "risque élevé : TDM de contrôle dans six à douze mois, puis dans dix-huit "
                        "à vingt-quatre mois selon l'évolution.",
                    )
                ),
            ),
        ),
    )
