"""The access policy that the settings describe."""

from __future__ import annotations

from entente.misconfigured import Misconfigured
from entente.settings_policy import Policy
from ihe_profiles.policy.access import Access
from ihe_profiles.policy.broken import BrokenPolicy
from ihe_profiles.policy.load import load


def access(settings: Policy) -> Access:
    """Load what `[policy] rules` names. Raises Misconfigured with everything that is wrong."""
    try:
        policy = load(settings.rules)
    except BrokenPolicy as error:
        raise Misconfigured(f"[policy] rules: {problem}" for problem in error.problems) from error
    return Access(policy, frozenset(settings.node_certificates))
