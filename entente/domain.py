"""The affinity domain that the settings describe, and the judge of submissions in it."""

from __future__ import annotations

from entente.misconfigured import Misconfigured
from entente.settings import Domain
from ihe_profiles.xds import masking
from ihe_profiles.xds.domain.affinity import AffinityDomain
from ihe_profiles.xds.domain.broken import BrokenDomain
from ihe_profiles.xds.domain.judge import Judge
from ihe_profiles.xds.domain.load import load, with_authorities
from ihe_profiles.xds.domain.strictness import Level
from registry.patients.domain import PatientDomain


def affinity_domain(settings: Domain) -> AffinityDomain:
    """Load what `[domain] codes` names. Raises Misconfigured with everything that is wrong."""
    try:
        domain = load(settings.codes)
    except BrokenDomain as error:
        raise Misconfigured(f"[domain] codes: {problem}" for problem in error.problems) from error
    authorities = settings.patient_assigning_authorities
    return with_authorities(domain, authorities) if authorities else domain


def patients(settings: Domain) -> PatientDomain:
    """Say whose identifiers the registry knows its patients by. Raises Misconfigured."""
    authorities = affinity_domain(settings).value_sets.get("patientId")
    return PatientDomain(
        frozenset(code for _scheme, code in authorities.values) if authorities else frozenset(),
        settings.patient_namespaces,
        is_open=settings.patients == "open",
    )


def judge(settings: Domain) -> Judge:
    """Make the judge, and hide what the domain hides. Raises Misconfigured.

    Authorities that a site names itself are meant: patients of others are refused in any profile.
    """
    masking.hide(*settings.hidden_authorities)
    meant = {"patient-authorities": Level.REFUSE} if settings.patient_assigning_authorities else {}
    levels = {**meant, **settings.rules}
    return Judge.of(affinity_domain(settings), settings.strictness, levels)
