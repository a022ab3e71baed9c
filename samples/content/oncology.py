"""The note of a multidisciplinary cancer meeting (France, CDA level 3)."""

from __future__ import annotations

from typing import Final

from samples.document import Act, Document, Section
from samples.entries import ICD_10, finding, problem
from samples.ids import named
from samples.narrative import items, marked, paragraph, table, text
from samples.parties import Coded, loinc
from samples.people import BASILE, ONCOLOGIST

TIME: Final = "20240522184500+0200"
MEETING: Final = "20240522173000+0200"
TUMOUR: Final = Coded("C18.7", ICD_10, "Tumeur maligne du côlon sigmoïde")
VIRTUAL: Final = Coded("VR", "2.16.840.1.113883.5.4", "Virtuelle (en l'absence du patient)")

STAGES: Final = (
    (loinc("21899-0", "Tumeur primitive (pT)"), "pT3", "t"),
    (loinc("21900-6", "Ganglions régionaux (pN)"), "pN1a", "n"),
    (loinc("21902-2", "Stade pathologique"), "IIIB", "s"),
)


def _diagnosis() -> Section:
    return Section(
        loinc("10164-2", "Histoire de la maladie"),
        "Maladie",
        text(
            paragraph(
                "Homme de 65 ans. Adénocarcinome du côlon sigmoïde découvert après un test "
                "immunologique de dépistage positif (coloscopie du 26/03/2024). Colectomie "
                "segmentaire par cœlioscopie le 23/04/2024, R0, suites simples."
            ),
            table(
                ("Élément", "Valeur"),
                (
                    ("Localisation", marked("Côlon sigmoïde (C18.7)", "d")),
                    ("Tumeur", marked("pT3", "t")),
                    ("Ganglions", marked("pN1a (1 ganglion envahi sur 18)", "n")),
                    ("Métastases", "M0 (scanner thoraco-abdomino-pelvien du 02/04/2024)"),
                    ("Stade", marked("IIIB", "s")),
                    ("Réparation des mésappariements", "pMMR (expression conservée)"),
                ),
            ),
        ),
        (
            problem(TUMOUR, "20240326", "d"),
            *(finding(code, value, "20240429", mark) for code, value, mark in STAGES),
        ),
    )


def _patient() -> Section:
    return Section(
        loinc("11348-0", "Antécédents"),
        "Patient",
        text(
            items(
                "Indice de performance OMS : 0. G8 : 16/17.",
                "Hypertension artérielle traitée par ramipril 5 mg par jour.",
                "Clairance de la créatinine (CKD-EPI) : 84 mL/min/1,73 m². Uracilémie : 9 ng/mL, "
                "sans argument pour un déficit en DPD.",
                "Pas d'allergie connue. Vit avec son épouse, autonome.",
            )
        ),
    )


def _decision() -> Section:
    return Section(
        loinc("18776-5", "Plan de soins"),
        "Proposition de la réunion",
        text(
            paragraph(
                "Chimiothérapie adjuvante par capécitabine et oxaliplatine (CAPOX), quatre cycles "
                "en trois mois (stade III à bas risque : pT3 N1)."
            ),
            items(
                "Début dans les huit semaines qui suivent l'intervention : consultation "
                "d'oncologie le 28/05/2024, pose d'une chambre implantable le 31/05/2024.",
                "Surveillance de la neuropathie à chaque cycle.",
                "Consultation d'annonce et programme personnalisé de soins à remettre au patient.",
                "Coloscopie de contrôle à un an ; ACE et imagerie selon le référentiel régional.",
            ),
        ),
    )


def _quorum() -> Section:
    return Section(
        loinc("51848-0", "Discussion"),
        "Participants",
        text(
            items(
                "Oncologie médicale : Dr Samuel PROTOTYPE",
                "Chirurgie digestive : Dr Noémie GABARIT",
                "Hépato-gastro-entérologie : Dr Agnès DÉMONSTRATION",
                "Radiologie : Dr Karim MAQUETTE",
                "Anatomie pathologique : Dr Inès ÉCHANTILLON",
            ),
            paragraph("Quorum atteint. Décision prise à l'unanimité, conforme au référentiel."),
        ),
    )


def meeting_note() -> Document:
    """What the meeting proposes after surgery for a colon cancer."""
    return Document(
        realm="FR",
        id=named("meeting"),
        set_id=named("meeting-set"),
        templates=("2.16.840.1.113883.2.8.2.1",),
        code=loinc("34794-8", "CR de réunion de concertation pluridisciplinaire"),
        title="Fiche de réunion de concertation pluridisciplinaire : cancérologie digestive",
        time=TIME,
        language="fr-FR",
        patient=BASILE,
        author=ONCOLOGIST,
        acts=(
            Act(
                Coded("39", "1.2.250.1.213.3.3.13", "Réunion de Concertation Pluridisciplinaire"),
                low=MEETING,
                high="20240522183000+0200",
                performer=ONCOLOGIST,
            ),
            Act(TUMOUR),
        ),
        encounter=VIRTUAL,
        low=MEETING,
        body=(_patient(), _diagnosis(), _quorum(), _decision()),
    )
