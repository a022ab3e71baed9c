"""The invented patients, professionals and places of the samples.

Names say that they are made up. French patients have a test INS (arc 1.2.250.1.213.1.4.10,
birthplace 99999), the patient of Québec a NAM that begins with TEST, and everything local hangs
below 2.999, the OID arc set aside for examples (ITU-T X.660).
"""

from __future__ import annotations

from typing import Final

from samples.entries import SNOMED_CT
from samples.parties import Address, Coded, Id, Organization, Patient, Professional

INS_TEST: Final = "1.2.250.1.213.1.4.10"
RPPS: Final = "1.2.250.1.71.4.2.1"
FINESS: Final = "1.2.250.1.71.4.2.2"
NAM: Final = "2.16.124.10.101.1.60.100"
LICENCE: Final = "2.16.840.1.113883.4.299"
EXAMPLE: Final = "2.999"

GENDER: Final = "2.16.840.1.113883.5.1"
SECTOR: Final = "1.2.250.1.71.4.2.4"
PRACTICE: Final = "1.2.250.1.213.1.1.4.9"
SPECIALTY: Final = "1.2.250.1.213.1.1.4.5"

AMBULATORY_FR: Final = Coded("AMBULATOIRE", PRACTICE, "Ambulatoire")
HOSPITAL_FR: Final = Coded("ETABLISSEMENT", PRACTICE, "Etablissement de santé")
AMBULATORY: Final = Coded("AMB", "2.16.840.1.113883.5.4", "Ambulatoire")
INPATIENT: Final = Coded("IMP", "2.16.840.1.113883.5.4", "Hospitalisation")

ZOE: Final = Patient(
    ids=(Id(INS_TEST, "275019999901258"), Id(f"{EXAMPLE}.10.1", "IPP-000417")),
    birth_family="EXEMPLE",
    family="EXEMPLE-DUTEST",
    given="ZOÉ",
    gender=Coded("F", GENDER, "Féminin"),
    birth="19750117",
    address=Address("12 rue de l'Échantillon", "VILLE-FICTIVE", "99999", "FRANCE"),
    phone="+33-100000000",
)
BASILE: Final = Patient(
    ids=(Id(INS_TEST, "158079999903445"), Id(f"{EXAMPLE}.10.2", "2024-77120")),
    birth_family="ESSAI-FICTIF",
    family="ESSAI-FICTIF",
    given="BASILE",
    gender=Coded("M", GENDER, "Masculin"),
    birth="19580703",
    address=Address("3 impasse du Modèle", "VILLE-FICTIVE", "99999", "FRANCE"),
    phone="+33-100000001",
)
TRISTAN: Final = Patient(
    ids=(Id(NAM, "TEST55031497"), Id(f"{EXAMPLE}.30.1", "D-204518")),
    family="TESTUT-LAFICTION",
    given="Tristan",
    gender=Coded("M", GENDER, "Masculin"),
    birth="19550314",
    address=Address("1, rue de la Maquette", "Exempleville", "H0H 0H0", "Canada", "QC"),
    phone="+1-555-555-0117",
)
PETRA: Final = Patient(
    ids=(Id(f"{EXAMPLE}.40.1", "MRN-0093215"),),
    family="SAMPLESON",
    given="Petra",
    gender=Coded("F", GENDER, "Female"),
    birth="19570522",
    address=Address("88 Placeholder Road", "Exampleton", "K0K 0K0", "Canada", "ON"),
    phone="+1-555-555-0144",
)

LABORATORY: Final = Organization(
    Id(FINESS, "1990000011"),
    "Laboratoire de la Paillasse fictive",
    "+33-100000010",
    Address("5 place du Spécimen", "VILLE-FICTIVE", "99999", "FRANCE"),
    Coded("SA25", SECTOR, "Laboratoire de biologie médicale"),
    AMBULATORY_FR,
)
SURGERY: Final = Organization(
    Id(FINESS, "1990000012"),
    "Cabinet médical de l'Exemple",
    "+33-100000012",
    Address("20 rue de l'Échantillon", "VILLE-FICTIVE", "99999", "FRANCE"),
    Coded("SA08", SECTOR, "Cabinet de groupe"),
    AMBULATORY_FR,
)
FRENCH_HOSPITAL: Final = Organization(
    Id(FINESS, "1990000013"),
    "Centre hospitalier de Ville-Fictive",
    "+33-100000013",
    Address("100 boulevard du Prototype", "VILLE-FICTIVE", "99999", "FRANCE"),
    Coded("SA01", SECTOR, "Etablissement public de santé"),
    HOSPITAL_FR,
)
QUEBEC_HOSPITAL: Final = Organization(
    Id(f"{EXAMPLE}.30.2", "00000017"),
    "Hôpital de l'Exemple, service de médecine générale",
    "+1-555-555-0100",
    Address("4000, boulevard du Gabarit", "Exempleville", "H0H 0H1", "Canada", "QC"),
    Coded("22232009", SNOMED_CT, "Hôpital"),
    Coded("309927009", SNOMED_CT, "Service de médecine générale"),
)
QUEBEC_RADIOLOGY: Final = Organization(
    Id(f"{EXAMPLE}.30.2", "00000018"),
    "Hôpital de l'Exemple, service de radiologie",
    "+1-555-555-0101",
    QUEBEC_HOSPITAL.address,
    Coded("22232009", SNOMED_CT, "Hôpital"),
    Coded("309964003", SNOMED_CT, "Service de radiologie"),
)
CLINIC: Final = Organization(
    Id(f"{EXAMPLE}.40.2", "CL-7"),
    "Exampleton Family Health Clinic",
    "+1-555-555-0140",
    Address("2 Sample Square", "Exampleton", "K0K 0K1", "Canada", "ON"),
    Coded("35971002", SNOMED_CT, "Ambulatory care site"),
    Coded("309927009", SNOMED_CT, "General medical department"),
)
CARDIOLOGY: Final = Organization(
    Id(f"{EXAMPLE}.40.2", "HO-1"),
    "Exampleton General Hospital, Cardiology",
    "+1-555-555-0150",
    Address("1 Mock-up Avenue", "Exampleton", "K0K 0K2", "Canada", "ON"),
    Coded("22232009", SNOMED_CT, "Hospital"),
    Coded("309915006", SNOMED_CT, "Cardiology department"),
)

BIOLOGIST: Final = Professional(
    Id(RPPS, "899900000011"),
    "SPÉCIMEN",
    "Lucie",
    Coded("G15_10/SM03", SPECIALTY, "Médecin - Biologie médicale (SM)"),
    LABORATORY,
    "DR",
)
GENERALIST: Final = Professional(
    Id(RPPS, "899900000012"),
    "MODÈLE",
    "Henri",
    Coded("G15_10/SM54", SPECIALTY, "Médecin - Médecine Générale (SM)"),
    SURGERY,
    "DR",
)
GASTROENTEROLOGIST: Final = Professional(
    Id(RPPS, "899900000013"),
    "DÉMONSTRATION",
    "Agnès",
    Coded("G15_10/SM24", SPECIALTY, "Médecin - Gastro-entérologie et hépatologie (SM)"),
    FRENCH_HOSPITAL,
    "DR",
)
ONCOLOGIST: Final = Professional(
    Id(RPPS, "899900000014"),
    "PROTOTYPE",
    "Samuel",
    Coded("G15_10/SM36", SPECIALTY, "Médecin - Oncologie, opt médicale (SM)"),
    FRENCH_HOSPITAL,
    "DR",
)
INTERNIST: Final = Professional(
    Id(LICENCE, "99901"),
    "GABARIT",
    "Marie-Ève",
    Coded("309343006", SNOMED_CT, "Médecin"),
    QUEBEC_HOSPITAL,
    "M.D.",
)
RADIOLOGIST: Final = Professional(
    Id(LICENCE, "99902"),
    "MAQUETTE",
    "Olivier",
    Coded("66862007", SNOMED_CT, "Radiologiste"),
    QUEBEC_RADIOLOGY,
    "M.D.",
)
FAMILY_PHYSICIAN: Final = Professional(
    Id(f"{EXAMPLE}.40.3", "P-1001"),
    "MOCKFORD",
    "Alan",
    Coded("59058001", SNOMED_CT, "General physician"),
    CLINIC,
    "MD",
)
CARDIOLOGIST: Final = Professional(
    Id(f"{EXAMPLE}.40.3", "P-2002"),
    "DUMMIGAN",
    "Ruth",
    Coded("17561000", SNOMED_CT, "Cardiologist"),
    CARDIOLOGY,
    "MD",
)
