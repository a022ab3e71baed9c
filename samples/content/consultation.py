"""A specialist's letter as a PDF inside a CDA (France, CDA level 1)."""

from __future__ import annotations

from typing import Final

from samples.document import Act, Document
from samples.ids import named
from samples.letter import Letter
from samples.parties import Coded, loinc
from samples.pdf import A4
from samples.people import AMBULATORY, GASTROENTEROLOGIST, GENERALIST, ZOE

TIME: Final = "20240328173000+0100"
TITLE: Final = "Compte rendu de consultation d'hépato-gastro-entérologie"
NOTICE: Final = "Document d'exemple : patiente, professionnels et établissement inventés."


def letter() -> bytes:
    """The letter on paper."""
    page = Letter(
        A4,
        (
            "Centre hospitalier de Ville-Fictive",
            "Service d'hépato-gastro-entérologie",
            "100 boulevard du Prototype, 99999 VILLE-FICTIVE  –  +33 1 00 00 00 13",
        ),
        NOTICE,
    )
    page.title(TITLE)
    page.box(
        (
            ("Patiente", "EXEMPLE-DUTEST Zoé, née EXEMPLE le 17/01/1975 (49 ans)"),
            ("INS (test)", "2 75 01 99 999 012 58"),
            ("Consultation", "28/03/2024, adressée par le Dr Henri MODÈLE"),
        )
    )
    page.heading("Motif")
    page.paragraph(
        "Anémie microcytaire par carence martiale découverte sur un bilan de fatigue : hémoglobine "
        "10,4 g/dL, VGM 79,3 fL, ferritine 9 µg/L, CRP normale (11/03/2024)."
    )
    page.heading("Antécédents et traitement")
    page.items(
        "Appendicectomie dans l'enfance. Deux grossesses. Règles abondantes depuis deux ans, suivi "
        "gynécologique en cours (fibrome utérin connu).",
        "Père : cancer colique diagnostiqué à 67 ans.",
        "Sulfate ferreux 80 mg par jour depuis le 13/03/2024, bien toléré. Ni anti-inflammatoire, "
        "ni anticoagulant. Aucune allergie connue.",
    )
    page.heading("Examen clinique")
    page.paragraph(
        "Bon état général, poids stable à 63 kg pour 1,66 m (IMC 22,9 kg/m²). Conjonctives un peu "
        "pâles. Abdomen souple et indolore, sans masse ni hépatomégalie. Toucher rectal normal."
    )
    page.heading("Résultats disponibles")
    page.table(
        (
            ("Examen", "Résultat", "Valeurs de référence"),
            ("Hémoglobine", "10,4 g/dL", "12,0 – 16,0"),
            ("Ferritine", "9 µg/L", "15 – 150"),
            ("Protéine C réactive", "2,1 mg/L", "< 5,0"),
            ("IgA anti-transglutaminase", "négatives", "négatives"),
        ),
        (0, 200, 330),
    )
    page.heading("Conclusion et conduite à tenir")
    page.paragraph(
        "Les règles abondantes expliquent probablement la carence. L'âge et l'antécédent familial "
        "de cancer colique justifient cependant une exploration digestive complète."
    )
    page.items(
        "Endoscopie œso-gastro-duodénale avec biopsies duodénales et coloscopie, sous anesthésie "
        "générale, le 18/04/2024. Consultation d'anesthésie le 08/04/2024.",
        "Arrêt du fer oral sept jours avant la coloscopie, reprise ensuite.",
        "Information donnée sur le déroulement, les bénéfices et les risques de l'examen ; feuille "
        "de consignes remise.",
    )
    page.signature("Dr Agnès DÉMONSTRATION", "Hépato-gastro-entérologue", "Signé le 28/03/2024")
    return page.pdf(title=TITLE, language="fr-FR", date="20240328163000")


def consultation() -> Document:
    """The letter inside a CDA."""
    return Document(
        realm="FR",
        id=named("consultation"),
        set_id=named("consultation-set"),
        templates=("2.16.840.1.113883.2.8.2.1",),
        code=loinc("11488-4", "CR ou fiche de consultation ou de visite"),
        title=TITLE,
        time=TIME,
        language="fr-FR",
        patient=ZOE,
        author=GASTROENTEROLOGIST,
        recipient=GENERALIST,
        acts=(
            Act(
                Coded("D50.9", "2.16.840.1.113883.6.3", "Anémie par carence en fer"),
                low="20240328163000+0100",
                high="20240328170000+0100",
                performer=GASTROENTEROLOGIST,
            ),
        ),
        encounter=AMBULATORY,
        low="20240328163000+0100",
        high="20240328170000+0100",
        body=letter(),
    )
