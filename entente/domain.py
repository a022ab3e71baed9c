"""The affinity domain that the settings describe, and the judge of submissions in it."""

from __future__ import annotations

from entente.configuration import Misconfigured
from entente.settings import Domain
from ihe_profiles.xds import masking
from ihe_profiles.xds.domain.affinity import AffinityDomain
from ihe_profiles.xds.domain.broken import BrokenDomain
from ihe_profiles.xds.domain.judge import Judge
from ihe_profiles.xds.domain.load import load, with_authorities


def affinity_domain(settings: Domain) -> AffinityDomain:
    """Load what `[domain] codes` names. Raises Misconfigured with everything that is wrong."""
    try:
        domain = load(settings.codes)
    except BrokenDomain as error:
        raise Misconfigured(f"[domain] codes: {problem}" for problem in error.problems) from error
    authorities = settings.patient_assigning_authorities
    return with_authorities(domain, authorities) if authorities else domain


def judge(settings: Domain) -> Judge:
    """Make the judge, and hide what the domain hides. Raises Misconfigured."""
    masking.hide(*settings.hidden_authorities)
    return Judge.of(affinity_domain(settings), settings.strictness, settings.rules)
