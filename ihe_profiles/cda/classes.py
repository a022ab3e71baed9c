"""Which XDS classCode a document's typeCode falls into: one table of kinds, one list per country.

The affinity domain decides on classCode (ITI TF-3 4.2.3.2.3); a caller may give its own table.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Final

from ihe_profiles.cda.formats import MIME_TYPE_SUFFICIENT, OUTSIDE_CI_SIS
from ihe_profiles.xds.metadata import Code, LocalizedString


class Kind(StrEnum):
    """The coarse kind of a document, from which each list takes its class."""

    REPORT = auto()
    SUMMARY = auto()
    IMAGING_REPORT = auto()
    PRESCRIPTION = auto()
    DISPENSATION = auto()
    PLAN = auto()
    TREATMENT = auto()
    CERTIFICATE = auto()
    REIMBURSEMENT = auto()
    PATIENT = auto()


KINDS: Final = {
    "11488-4": Kind.REPORT,  # consultation note
    "11502-2": Kind.REPORT,  # laboratory report
    "11504-8": Kind.REPORT,  # operation note
    "11506-3": Kind.REPORT,  # progress note
    "11526-1": Kind.REPORT,  # pathology report
    "28570-0": Kind.REPORT,  # procedure note
    "34117-2": Kind.REPORT,  # history and physical
    "34794-8": Kind.REPORT,  # multidisciplinary meeting
    "57133-1": Kind.REPORT,  # referral note
    "75492-9": Kind.REPORT,  # screening report
    "85208-7": Kind.REPORT,  # telemedicine report
    "96173-0": Kind.REPORT,  # rapid test
    "11490-0": Kind.SUMMARY,  # physician discharge summary
    "18761-7": Kind.SUMMARY,  # transfer summary
    "18842-5": Kind.SUMMARY,  # discharge summary
    "34133-9": Kind.SUMMARY,  # summary of episode
    "60591-5": Kind.SUMMARY,  # patient summary
    "SYNTH": Kind.SUMMARY,  # French TRE_A05
    "11528-7": Kind.IMAGING_REPORT,
    "18748-4": Kind.IMAGING_REPORT,
    "55115-0": Kind.PRESCRIPTION,  # imaging request
    "57833-6": Kind.PRESCRIPTION,
    "60593-1": Kind.DISPENSATION,
    "18776-5": Kind.PLAN,
    "56447-6": Kind.PLAN,
    "80565-5": Kind.TREATMENT,  # medication administration
    "11369-6": Kind.CERTIFICATE,  # immunization history
    "87273-9": Kind.CERTIFICATE,  # immunization note
    "REMB": Kind.REIMBURSEMENT,  # French TRE_A05
    "74465-6": Kind.PATIENT,  # questionnaire answered by the patient
}
"""ClinicalDocument/code (LOINC, else the French TRE_A05) to kind (ANS, ASS_X04 and ASS_X16)."""


def _classes(scheme: str, lang: str, rows: dict[Kind, tuple[str, str]]) -> dict[Kind, Code]:
    return {
        kind: Code(code, scheme, (LocalizedString(display, lang),))
        for kind, (code, display) in rows.items()
    }


IHE_CLASSES: Final = _classes(
    "1.3.6.1.4.1.19376.1.2.6.1",
    "en-US",
    {
        Kind.REPORT: ("REPORTS", "Reports"),
        Kind.SUMMARY: ("SUMMARIES", "Summaries"),
        Kind.IMAGING_REPORT: ("REPORTS", "Reports"),
        Kind.PRESCRIPTION: ("PRESCRIPTIONS", "Prescribed Treatments and Diagnoses"),
        Kind.DISPENSATION: ("DISPENSATIONS", "Dispensations"),
        Kind.PLAN: ("PLANS", "Treatment Plan or Protocol"),
        Kind.TREATMENT: ("REPORTS", "Reports"),
        Kind.CERTIFICATE: ("HEALTH", "Health Certificates and Notifications"),
        Kind.REIMBURSEMENT: ("WORKFLOWS", "Workflow Management"),
        Kind.PATIENT: ("PATIENT", "Patient Expression and Preferences"),
    },
)
"""IHE's list."""

FRENCH_CLASSES: Final = _classes(
    "1.2.250.1.213.1.1.4.1",
    "fr-FR",
    {
        Kind.REPORT: ("10", "Compte rendu"),
        Kind.SUMMARY: ("11", "Synthèse"),
        Kind.IMAGING_REPORT: ("31", "Imagerie médicale"),
        Kind.PRESCRIPTION: ("42", "Prescription"),
        Kind.DISPENSATION: ("43", "Dispensation"),
        Kind.PLAN: ("44", "Plan de soins, protocole de soins"),
        Kind.TREATMENT: ("45", "Traitement administré"),
        Kind.CERTIFICATE: ("52", "Certificat, déclaration"),
        Kind.REIMBURSEMENT: ("60", "Données de remboursement"),
        Kind.PATIENT: ("90", "Autres documents déposés par le patient"),
    },
)
"""The French list (CI-SIS JDV_J06)."""


@dataclass(frozen=True, slots=True)
class Realm:
    """What a country's documents take where only its rules can tell."""

    classes: dict[Kind, Code]
    unmatched_format: str


REALMS: Final = {"FR": Realm(FRENCH_CLASSES, OUTSIDE_CI_SIS)}
"""By ClinicalDocument/realmCode."""
INTERNATIONAL: Final = Realm(IHE_CLASSES, MIME_TYPE_SUFFICIENT)
"""Every other document."""
