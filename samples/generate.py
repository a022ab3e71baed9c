"""Makes the sample documents: `python -m samples.generate` writes them to `samples/documents`.

The bytes depend on nothing but this package. The CDA documents follow CDA R2. They name templates
so that a formatCode follows; nobody has judged them by the profiles of these templates.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from samples.content import (
    biology,
    consultation,
    discharge,
    imaging,
    leaflet,
    oncology,
    prescription,
    referral,
    telephone,
    vaccination,
)
from samples.ids import oid

FOLDER: Final = Path(__file__).resolve().parent / "documents"
MANIFEST: Final = "manifest.toml"
HEAD: Final = """\
# What `entente demo` submits, in this order. A CDA document says the rest in its header; a code is
# written `code^display^scheme`. Made by `python -m samples.generate`: change it there.
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """One document: how it is made, and what its bytes do not say; `replaces` names a file."""

    file: str
    make: Callable[[], bytes]
    language: str
    description: str
    mime_type: str = "text/xml"
    replaces: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)

    def row(self) -> str:
        """Write the manifest's table for it."""
        named = {
            "file": self.file,
            "mime_type": self.mime_type,
            "language": self.language,
            "description": self.description,
            "replaces": self.replaces,
            **self.metadata,
        }
        lines = (
            f"{key} = {json.dumps(value, ensure_ascii=False)}"
            for key, value in named.items()
            if value
        )
        return "\n".join(("[[document]]", *lines))


LEAFLET: Final = {
    "unique_id": oid("leaflet"),
    "patient": "275019999901258^^^&1.2.250.1.213.1.4.10&ISO",
    "source_patient": "IPP-000417^^^&2.999.10.1&ISO",
    "title": leaflet.TITLE,
    "author": "899900000013^DÉMONSTRATION^Agnès^^DR^^^^&1.2.250.1.71.4.2.1&ISO",
    "institution": (
        "Centre hospitalier de Ville-Fictive^^^^^&1.2.250.1.71.4.2.2&ISO^^^^1990000013"
    ),
    "class_code": "44^Plan de soins, protocole de soins^1.2.250.1.213.1.1.4.1",
    "type_code": "69730-0^Consignes^2.16.840.1.113883.6.1",
    "format_code": (
        "urn:ihe:iti:xds:2017:mimeTypeSufficient^Type MIME suffisant^1.3.6.1.4.1.19376.1.2.3"
    ),
    "confidentiality_code": "N^Normal^2.16.840.1.113883.5.25",
    "healthcare_facility_type_code": "SA01^Etablissement public de santé^1.2.250.1.71.4.2.4",
    "practice_setting_code": "ETABLISSEMENT^Etablissement de santé^1.2.250.1.213.1.1.4.9",
    "creation_time": "20240328163000",
    "service_start_time": "20240328153000",
}
NOTE: Final = {
    "unique_id": oid("telephone"),
    "patient": "TEST55031497^^^&2.16.124.10.101.1.60.100&ISO",
    "source_patient": "D-204518^^^&2.999.30.1&ISO",
    "title": "Note d'appel de suivi",
    "author": "I-7731^BROUILLON^Josée^^^^^^&2.999.30.3&ISO",
    "institution": (
        "Hôpital de l'Exemple, service de médecine générale^^^^^&2.999.30.2&ISO^^^^00000017"
    ),
    "class_code": "REPORTS^Rapports^1.3.6.1.4.1.19376.1.2.6.1",
    "type_code": "34748-4^Note d'appel téléphonique^2.16.840.1.113883.6.1",
    "format_code": (
        "urn:ihe:iti:xds:2017:mimeTypeSufficient^Type MIME suffisant^1.3.6.1.4.1.19376.1.2.3"
    ),
    "confidentiality_code": "N^Normal^2.16.840.1.113883.5.25",
    "healthcare_facility_type_code": "22232009^Hôpital^2.16.840.1.113883.6.96",
    "practice_setting_code": "309927009^Service de médecine générale^2.16.840.1.113883.6.96",
    "creation_time": "20240220152000",
    "service_start_time": "20240220150500",
}

SAMPLES: Final = (
    Sample(
        "biologie-v1.xml",
        lambda: biology.first_version().render(),
        "fr-FR",
        "Compte rendu de biologie, version 1 (CDA niveau 3, France)",
    ),
    Sample(
        "biologie-v2.xml",
        lambda: biology.second_version().render(),
        "fr-FR",
        "Compte rendu de biologie, version 2 qui remplace la version 1 (CDA niveau 3, France)",
        replaces="biologie-v1.xml",
    ),
    Sample(
        "ordonnance.xml",
        lambda: prescription.prescription().render(),
        "fr-FR",
        "Prescription de médicaments (CDA niveau 3, France)",
    ),
    Sample(
        "vaccination.xml",
        lambda: vaccination.vaccination().render(),
        "fr-FR",
        "Note de vaccination (CDA niveau 3, France)",
    ),
    Sample(
        "consultation.xml",
        lambda: consultation.consultation().render(),
        "fr-FR",
        "Compte rendu de consultation, PDF dans un CDA (niveau 1, France)",
    ),
    Sample(
        "consignes.pdf",
        leaflet.leaflet,
        "fr-FR",
        "Consignes avant et après une coloscopie (PDF, France)",
        mime_type="application/pdf",
        metadata=LEAFLET,
    ),
    Sample(
        "rcp-cancer.xml",
        lambda: oncology.meeting_note().render(),
        "fr-FR",
        "Fiche de réunion de concertation pluridisciplinaire (CDA niveau 3, France)",
    ),
    Sample(
        "imagerie.xml",
        lambda: imaging.report().render(),
        "fr-CA",
        "Rapport d'imagerie, TDM du thorax (CDA niveau 3, Québec)",
    ),
    Sample(
        "sommaire-hospitalisation.xml",
        lambda: discharge.discharge_summary().render(),
        "fr-CA",
        "Sommaire d'hospitalisation (CDA niveau 3, Québec)",
    ),
    Sample(
        "appel-suivi.txt",
        telephone.note,
        "fr-CA",
        "Note d'appel de suivi (texte, Québec)",
        mime_type="text/plain",
        metadata=NOTE,
    ),
    Sample(
        "referral.xml",
        lambda: referral.referral().render(),
        "en-CA",
        "Referral to cardiology (CDA level 3, Canada)",
    ),
)


def files() -> dict[str, bytes]:
    """Return the bytes of every sample and of the manifest, by file name."""
    made = {sample.file: sample.make() for sample in SAMPLES}
    manifest = "\n\n".join((HEAD.rstrip(), *(sample.row() for sample in SAMPLES))) + "\n"
    return made | {MANIFEST: manifest.encode()}


def main() -> None:
    """Write the samples, and remove what is no sample any more."""
    FOLDER.mkdir(exist_ok=True)
    made = files()
    for old in FOLDER.iterdir():
        if old.name not in made:
            old.unlink()
    for name, content in made.items():
        (FOLDER / name).write_bytes(content)
        print(f"{name}: {len(content)} bytes")


if __name__ == "__main__":
    main()
