"""A referral letter (Canada, in English, CDA level 3)."""

from __future__ import annotations

from typing import Final

from samples.document import Act, Document, Section
from samples.entries import ATC, ROUTE, SNOMED_CT, Drug, administration, problem
from samples.narrative import items, marked, paragraph, table, text
from samples.parties import Coded, Id, loinc
from samples.people import CARDIOLOGIST, EXAMPLE, FAMILY_PHYSICIAN, PETRA

TIME: Final = "20240607142000-0400"
AMBULATORY: Final = Coded("AMB", "2.16.840.1.113883.5.4", "Ambulatory")
ORAL: Final = Coded("PO", ROUTE, "Oral")
FIBRILLATION: Final = Coded("49436004", SNOMED_CT, "Atrial fibrillation")

DRUGS: Final = (
    Drug(
        Coded("B01AF02", ATC, "Apixaban"),
        dose="5", unit="mg", route=ORAL, low="20240607", high=None, hours="12", mark="rx1",
    ),
    Drug(
        Coded("C07AB07", ATC, "Bisoprolol"),
        dose="2.5", unit="mg", route=ORAL, low="20240607", high=None, hours="24", mark="rx2",
    ),
    Drug(
        Coded("C08CA01", ATC, "Amlodipine"),
        dose="5", unit="mg", route=ORAL, low="2015", high=None, hours="24", mark="rx3",
    ),
)  # fmt: skip


def referral() -> Document:
    """From a family physician to a cardiologist, for new atrial fibrillation."""
    return Document(
        realm="CA",
        id=Id(f"{EXAMPLE}.40.9", "REF-2024-0311"),
        set_id=Id(f"{EXAMPLE}.40.8", "REF-2024-0311"),
        templates=("1.3.6.1.4.1.19376.1.5.3.1.1.3",),
        code=loinc("57133-1", "Referral note"),
        title="Referral to cardiology: new atrial fibrillation",
        time=TIME,
        language="en-CA",
        patient=PETRA,
        author=FAMILY_PHYSICIAN,
        recipient=CARDIOLOGIST,
        acts=(
            Act(
                FIBRILLATION,
                low="20240607134000-0400",
                high="20240607141500-0400",
                performer=FAMILY_PHYSICIAN,
            ),
        ),
        encounter=AMBULATORY,
        low="20240607134000-0400",
        high="20240607141500-0400",
        body=(
            Section(
                loinc("42349-1", "Reason for referral"),
                "Reason for referral",
                text(
                    paragraph(
                        "Echocardiogram and advice on rhythm versus rate control in newly found "
                        "atrial fibrillation. Please see within four weeks."
                    )
                ),
            ),
            Section(
                loinc("10164-2", "History of present illness"),
                "History",
                text(
                    paragraph(
                        "67-year-old woman with two weeks of palpitations and mild breathlessness "
                        "on stairs. No chest pain, no syncope. ECG today: atrial fibrillation, "
                        "ventricular rate 112/min, no ischaemic change."
                    ),
                    paragraph(
                        "Examination: blood pressure 136/82 mmHg, oxygen saturation 97 % on room "
                        "air, no oedema, no murmur, lungs clear."
                    ),
                ),
            ),
            Section(
                loinc("11450-4", "Problem list"),
                "Problems",
                text(
                    table(
                        ("Problem", "Since"),
                        (
                            (marked("Atrial fibrillation", "p1"), "June 2024"),
                            (marked("Hypertension", "p2"), "2015"),
                        ),
                    ),
                    paragraph("CHA2DS2-VASc 3 (age 65 to 74, hypertension, female sex)."),
                ),
                (
                    problem(FIBRILLATION, "20240607", "p1"),
                    problem(Coded("38341003", SNOMED_CT, "Hypertension"), "2015", "p2"),
                ),
            ),
            Section(
                loinc("10160-0", "Medication use"),
                "Medications",
                text(
                    table(
                        ("Drug", "Dose", "Status"),
                        (
                            (marked("Apixaban", "rx1"), "5 mg twice daily", "started today"),
                            (marked("Bisoprolol", "rx2"), "2.5 mg once daily", "started today"),
                            (marked("Amlodipine", "rx3"), "5 mg once daily", "continued"),
                        ),
                    )
                ),
                tuple(administration(drug, "INT") for drug in DRUGS),
            ),
            Section(
                loinc("48765-2", "Allergies"),
                "Allergies",
                text(paragraph("Penicillin: rash in childhood.")),
            ),
            Section(
                loinc("30954-2", "Relevant results"),
                "Results",
                text(
                    items(
                        "Creatinine 78 µmol/L (eGFR 72 mL/min/1.73 m²), potassium 4.2 mmol/L.",
                        "TSH 1.8 mIU/L. Haemoglobin 134 g/L, platelets 241 × 10⁹/L.",
                    )
                ),
            ),
        ),
    )
