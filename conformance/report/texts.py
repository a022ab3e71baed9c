"""The words of reports, in English and French."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "title": {"en": "Conformance report", "fr": "Rapport de conformité"},
    "system": {"en": "System", "fr": "Système"},
    "version": {"en": "Version", "fr": "Version"},
    "date": {"en": "Date", "fr": "Date"},
    "seed": {"en": "Seed", "fr": "Graine"},
    "duration": {"en": "Duration", "fr": "Durée"},
    "seconds": {"en": "s", "fr": "s"},
    "addresses": {"en": "Addresses", "fr": "Adresses"},
    "options": {"en": "Options claimed", "fr": "Options déclarées"},
    "none": {"en": "none", "fr": "aucune"},
    "patients": {"en": "Invented patients", "fr": "Patients inventés"},
    "documents": {"en": "Invented documents", "fr": "Documents inventés"},
    "totals": {"en": "Totals", "fr": "Totaux"},
    "actor": {"en": "Actor", "fr": "Acteur"},
    "transaction": {"en": "Transaction", "fr": "Transaction"},
    "total": {"en": "All", "fr": "Toutes"},
    "assertions": {"en": "Assertions", "fr": "Assertions"},
    "assertion": {"en": "Assertion", "fr": "Assertion"},
    "section": {"en": "Section", "fr": "Section"},
    "severity": {"en": "Severity", "fr": "Gravité"},
    "verdict": {"en": "Verdict", "fr": "Verdict"},
    "trial": {"en": "Trial", "fr": "Essai"},
    "expected": {"en": "Expected", "fr": "Attendu"},
    "found": {"en": "Found", "fr": "Constaté"},
    "place": {"en": "Place", "fr": "Endroit"},
    "exchange": {"en": "Exchange", "fr": "Échange"},
    "evidence": {"en": "Evidence", "fr": "Preuves"},
    "request": {"en": "Request", "fr": "Requête"},
    "response": {"en": "Response", "fr": "Réponse"},
    "octets": {"en": "octets", "fr": "octets"},
    "cut": {
        "en": "only the beginning is shown; the SHA-256 is that of the whole",
        "fr": "seul le début est montré ; le SHA-256 est celui de l'ensemble",
    },
    "no answer": {"en": "no answer", "fr": "pas de réponse"},
    "declaration": {"en": "Declaration of conformity", "fr": "Déclaration de conformité"},
    "declares": {
        "en": "On {date} the system {system}, version {version}, was judged by the Entente "
        "conformance bench, version {bench}. Of {tested} assertions tested for the actors and "
        "options below it kept {passed} and broke {failed}; {inconclusive} remained inconclusive.",
        "fr": "Le {date}, le système {system}, version {version}, a été jugé par le banc de "
        "conformité d'Entente, version {bench}. Des {tested} assertions éprouvées pour les acteurs "
        "et les options ci-dessous, il en respecte {passed} et en enfreint {failed} ; "
        "{inconclusive} sont restées sans conclusion.",
    },
    "hash": {
        "en": "SHA-256 of the evidence (results and exchanges of this run)",
        "fr": "SHA-256 des preuves (résultats et échanges de cette exécution)",
    },
    "responsible": {
        "en": "For the vendor (name, date, signature)",
        "fr": "Pour l'éditeur (nom, date, signature)",
    },
    "unnamed": {"en": "(unnamed)", "fr": "(sans nom)"},
    "failures": {"en": "What failed", "fr": "Ce qui a échoué"},
    "summary": {
        "en": "{passed} of {tested} assertions passed",
        "fr": "{passed} assertions sur {tested} respectées",
    },
    "summary more": {
        "en": "{failed} failed, {inconclusive} inconclusive, {not_run} not run, {outside} not "
        "testable from outside",
        "fr": "{failed} enfreintes, {inconclusive} sans conclusion, {not_run} non exécutées, "
        "{outside} non vérifiables de l'extérieur",
    },
    "listening": {
        "en": "Listening on {address}; repositoryUniqueId {repository}. Ctrl-C ends and reports.",
        "fr": "À l'écoute sur {address} ; repositoryUniqueId {repository}. Ctrl-C termine et "
        "fait le rapport.",
    },
    "hint": {"en": "What to do", "fr": "Que faire"},
    "judged": {
        "en": "{seen} assertions judged, {faults} faults",
        "fr": "{seen} assertions jugées, {faults} fautes",
    },
    "no transaction": {"en": "no transaction of XDS.b", "fr": "aucune transaction de XDS.b"},
    "message passed": {"en": "conforms", "fr": "conforme"},
    "message failed": {"en": "does not conform", "fr": "non conforme"},
    "message inconclusive": {"en": "not judged", "fr": "non jugé"},
    "messages": {
        "en": "{messages} messages judged, {broken} of them do not conform",
        "fr": "{messages} messages jugés, dont {broken} non conformes",
    },
    "passed": {"en": "passed", "fr": "respectée"},
    "failed": {"en": "failed", "fr": "enfreinte"},
    "inconclusive": {"en": "inconclusive", "fr": "sans conclusion"},
    "not run": {"en": "not run", "fr": "non exécutée"},
    "outside": {"en": "not testable from outside", "fr": "non vérifiable de l'extérieur"},
    "shall": {"en": "shall", "fr": "doit"},
    "should": {"en": "should", "fr": "devrait"},
    "robust": {"en": "robustness", "fr": "robustesse"},
}


def say(key: str, language: str, **values: object) -> str:
    """Return a text in `en` or `fr`, its fields filled. Raises KeyError."""
    return TEXTS[key][language].format_map(values)
