"""A hospital discharge summary (Québec, in French, CDA level 3)."""

from __future__ import annotations

from typing import Final

from samples.document import Act, Document, Section
from samples.entries import ATC, ROUTE, SNOMED_CT, Drug, administration, problem
from samples.narrative import items, marked, paragraph, table, text
from samples.parties import Coded, Id, loinc
from samples.people import EXAMPLE, INPATIENT, INTERNIST, TRISTAN

ADMITTED: Final = "20240211214000-0500"
TIME: Final = "20240216111500-0500"
ORAL: Final = Coded("PO", ROUTE, "Voie orale")
INHALED: Final = Coded("IPINHL", ROUTE, "Inhalation")

PNEUMONIA: Final = "Pneumonie acquise en communauté, lobe inférieur droit"
DIAGNOSES: Final = (
    (Coded("233604007", SNOMED_CT, "Pneumonie"), "20240211", "dx1"),
    (Coded("13645005", SNOMED_CT, "Maladie pulmonaire obstructive chronique"), "2016", "dx2"),
    (Coded("38341003", SNOMED_CT, "Hypertension artérielle"), "2009", "dx3"),
)
DRUGS: Final = (
    Drug(
        Coded("J01CR02", ATC, "Amoxicilline et inhibiteur enzymatique"),
        dose="1", unit=None, route=ORAL, low="20240216", high="20240217", hours="12", mark="rx1",
    ),
    Drug(
        Coded("R03BB04", ATC, "Tiotropium"),
        dose="2", unit=None, route=INHALED, low="2016", high=None, hours="24", mark="rx2",
    ),
    Drug(
        Coded("C09AA05", ATC, "Ramipril"),
        dose="1", unit=None, route=ORAL, low="2009", high=None, hours="24", mark="rx3",
    ),
)  # fmt: skip


def _diagnoses() -> Section:
    return Section(
        loinc("11535-2", "Diagnostics au congé"),
        "Diagnostics",
        text(
            table(
                ("", "Diagnostic"),
                (
                    ("Principal", marked(PNEUMONIA, "dx1")),
                    ("Associé", marked("MPOC de gravité modérée", "dx2")),
                    ("Associé", marked("Hypertension artérielle", "dx3")),
                ),
            )
        ),
        tuple(problem(*diagnosis) for diagnosis in DIAGNOSES),
    )  # fmt: skip


def _course() -> Section:
    return Section(
        loinc("8648-8", "Évolution pendant le séjour"),
        "Évolution",
        text(
            paragraph(
                "Usager de 68 ans amené à l'urgence le 11 février 2024 pour fièvre à 38,9 °C, toux "
                "productive et dyspnée depuis trois jours. À l'arrivée : saturation 88 % à l'air "
                "ambiant, fréquence respiratoire 26/min, tension artérielle 128/74 mmHg. "
                "CURB-65 : 1."
            ),
            paragraph(
                "Ceftriaxone 1 g IV aux 24 heures pendant cinq jours et azithromycine 500 mg PO "
                "par jour pendant trois jours, puis amoxicilline-acide clavulanique pour un total "
                "de sept jours d'antibiotiques. Apyrexie dès le 13 février, oxygène cessé le 15 "
                "février. Hémocultures négatives à cinq jours."
            ),
            paragraph(
                "TDM thoracique du 12 février : consolidation du lobe inférieur droit et, de "
                "découverte fortuite, nodule solide de 7 mm du lobe supérieur gauche."
            ),
        ),
    )


def _medication() -> Section:
    return Section(
        loinc("10183-2", "Médicaments au congé"),
        "Médicaments au congé",
        text(
            table(
                ("Médicament", "Posologie", "Statut"),
                (
                    (
                        marked("Amoxicilline-acide clavulanique 875/125 mg", "rx1"),
                        "1 comprimé PO BID jusqu'au 17 février inclus",
                        "Nouveau",
                    ),
                    (
                        marked("Tiotropium 2,5 mcg, inhalateur", "rx2"),
                        "2 inhalations DIE",
                        "Poursuivi",
                    ),
                    (marked("Ramipril 5 mg", "rx3"), "1 capsule PO DIE", "Poursuivi"),
                ),
            ),
            paragraph("Bilan comparatif des médicaments fait avec la pharmacienne de l'unité."),
        ),
        tuple(administration(drug, "INT") for drug in DRUGS),
    )


def _follow_up() -> Section:
    return Section(
        loinc("8653-8", "Consignes au congé"),
        "Suivi et consignes",
        text(
            items(
                "Rendez-vous avec le médecin de famille d'ici deux semaines.",
                "Appel de suivi par l'infirmière dans les jours qui suivent le congé.",
                "TDM thoracique de contrôle du nodule dans six à douze mois (tabagisme de 30 "
                "paquets-années, cessé en 2015).",
                "Vaccins contre l'influenza et le pneumocoque à vérifier.",
                "Revenir à l'urgence si fièvre, essoufflement accru ou douleur thoracique.",
            )
        ),
    )


def discharge_summary() -> Document:
    """A stay for pneumonia."""
    return Document(
        realm="CA",
        id=Id(f"{EXAMPLE}.30.9", "SOM-2024-002161"),
        set_id=Id(f"{EXAMPLE}.30.8", "SOM-2024-002161"),
        code=loinc("18842-5", "Sommaire d'hospitalisation"),
        title="Sommaire d'hospitalisation : pneumonie acquise en communauté",
        time=TIME,
        language="fr-CA",
        patient=TRISTAN,
        author=INTERNIST,
        acts=(
            Act(
                Coded("IMP", "2.16.840.1.113883.5.4", "Hospitalisation"),
                low=ADMITTED,
                high="20240216110000-0500",
                performer=INTERNIST,
            ),
        ),
        encounter=INPATIENT,
        low=ADMITTED,
        high="20240216110000-0500",
        body=(
            _diagnoses(),
            Section(
                loinc("48765-2", "Allergies"),
                "Allergies",
                text(paragraph("Aucune allergie médicamenteuse connue.")),
            ),
            _course(),
            _medication(),
            _follow_up(),
        ),
    )
