"""The French domain: what CI-SIS asks of XDS metadata beyond IHE.

The national value sets (JDV) change every year and are loaded from the site's own files; only the
small closed ones stand here.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from ihe_profiles.xds.domain import french_authors as authors
from ihe_profiles.xds.domain import french_entries as entries
from ihe_profiles.xds.domain import ins
from ihe_profiles.xds.domain.affinity import AffinityDomain, Value, ValueSet
from ihe_profiles.xds.domain.french_entries import BASE, RESTRICTIONS
from ihe_profiles.xds.metadata import DocumentEntry, Folder, SubmissionSet
from ihe_profiles.xds.rules import Rule
from ihe_profiles.xds.vocabulary import FrenchStatus, Status

DOMAIN: Final = AffinityDomain(
    name="france",
    value_sets=MappingProxyType(
        {
            "patientId": ValueSet.of(Value(o, "", name) for o, name in ins.AUTHORITIES.items()),
            "languageCode": ValueSet.of([Value("fr-fr", "", "fr-FR"), Value("art", "", "art")]),
            "confidentialityCode": ValueSet.of((*BASE, *RESTRICTIONS)),
        }
    ),
    statuses=frozenset((*Status, *FrenchStatus)),
    strictness="france",
)
"""`art` is the language of a signature."""

_ENTRY: Final = (DocumentEntry,)
_WITH_AUTHORS: Final = (SubmissionSet, DocumentEntry)
_WITH_PATIENT: Final = (SubmissionSet, DocumentEntry, Folder)

RULES: Final = (
    Rule("france-required-attributes", "CI-SIS", _ENTRY, entries.required_attributes),
    Rule("france-one-author", "CI-SIS", (SubmissionSet,), authors.one_author),
    Rule("france-ins", "CI-SIS", _WITH_PATIENT, entries.ins_form),
    Rule("france-ins-key", "CI-SIS", _WITH_PATIENT, entries.ins_key),
    Rule("france-id-types", "CI-SIS", _WITH_PATIENT, entries.id_types),
    Rule("france-confidentiality", "CI-SIS", _ENTRY, entries.confidentiality),
    Rule("france-times", "CI-SIS", _ENTRY, entries.times),
    Rule("france-coding-schemes", "CI-SIS", _WITH_PATIENT, entries.coding_schemes),
    Rule("france-type-and-class", "CI-SIS, ASS_X04", _ENTRY, entries.type_and_class),
    Rule("france-persons", "CI-SIS", _WITH_AUTHORS, authors.persons),
    Rule("france-person-types", "CI-SIS", _WITH_AUTHORS, authors.person_types),
    Rule("france-institutions", "CI-SIS", _WITH_AUTHORS, authors.institutions),
    Rule("france-institution-types", "CI-SIS", _WITH_AUTHORS, authors.institution_types),
    Rule("france-author-institutions", "CI-SIS", _WITH_AUTHORS, authors.author_institutions),
    Rule("france-specialties", "CI-SIS", _WITH_AUTHORS, authors.specialties),
    Rule("france-roles", "CI-SIS", _WITH_AUTHORS, authors.roles),
)
"""All are off unless a profile names them."""
