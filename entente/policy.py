"""The access policy that the settings describe."""

from __future__ import annotations

from entente.misconfigured import Misconfigured
from entente.settings_policy import Policy
from ihe_profiles.policy.access import Access
from ihe_profiles.policy.broken import BrokenPolicy
from ihe_profiles.policy.load import load
from ihe_profiles.policy.rules import RegistryDown
from repository.snapshot import Snapshot


def access(settings: Policy) -> Access:
    """Load what `[policy] rules` names. Raises Misconfigured with everything that is wrong."""
    try:
        policy = load(settings.rules)
    except BrokenPolicy as error:
        raise Misconfigured(f"[policy] rules: {problem}" for problem in error.problems) from error
    return Access(policy, frozenset(settings.node_certificates))


def snapshot(settings: Policy, access: Access) -> Snapshot | None:
    """Return where a repository keeps the registry's decisions for its absence; None: nowhere."""
    wanted = settings.registry_down or access.policy.registry_down
    return Snapshot(settings.snapshot_seconds) if wanted is RegistryDown.SNAPSHOT else None
