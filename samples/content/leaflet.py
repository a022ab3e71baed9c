"""A patient's instructions (France, plain PDF)."""

from __future__ import annotations

from typing import Final

from samples.content.consultation import NOTICE
from samples.letter import Letter
from samples.pdf import A4

TITLE: Final = "Consignes avant et après votre coloscopie"


def leaflet() -> bytes:
    """What to do before and after a colonoscopy."""
    page = Letter(
        A4,
        (
            "Centre hospitalier de Ville-Fictive",
            "Service d'hépato-gastro-entérologie  –  +33 1 00 00 00 13",
        ),
        NOTICE,
    )
    page.title(TITLE)
    page.box(
        (
            ("Remis à", "EXEMPLE-DUTEST Zoé, née le 17/01/1975"),
            ("Examen", "jeudi 18/04/2024 à 9 h 30 (arrivée à 8 h)"),
            ("Médecin", "Dr Agnès DÉMONSTRATION"),
        )
    )
    page.heading("Avant l'examen")
    page.items(
        "Sept jours avant : arrêtez les comprimés de fer.",
        "Trois jours avant : régime sans résidu (ni fruits, ni légumes, ni pain complet).",
        "La veille au soir et le matin même : buvez la préparation prescrite selon l'ordonnance.",
        "Restez à jeun : plus rien à manger dès minuit ; eau claire possible jusqu'à deux heures "
        "avant l'anesthésie.",
    )
    page.heading("Le jour de l'examen")
    page.items(
        "Apportez votre carte Vitale, vos ordonnances et le compte rendu d'anesthésie.",
        "Venez avec une personne qui vous raccompagnera et restera avec vous la première nuit.",
        "Ne conduisez pas et ne signez pas de document important pendant vingt-quatre heures.",
    )
    page.heading("Après l'examen")
    page.items(
        "Des ballonnements sont habituels pendant un ou deux jours.",
        "Vous pouvez manger normalement et reprendre le fer le lendemain, sauf avis contraire.",
        "Les résultats des biopsies vous seront remis en consultation.",
    )
    page.heading("Appelez-nous ou appelez le 15 sans attendre en cas de")
    page.items(
        "douleur forte ou persistante du ventre ;",
        "fièvre ou frissons ;",
        "saignement abondant, malaise ou vomissements.",
    )
    page.signature("Feuille remise le 28/03/2024")
    return page.pdf(title=TITLE, language="fr-FR", date="20240328163000")
