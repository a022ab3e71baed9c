"""The section [policy]."""

from __future__ import annotations

from entente.settings_types import Seconds, Section
from entente.settings_xua import Fingerprint
from ihe_profiles.policy.rules import RegistryDown


class Policy(Section):
    """Who may see which documents."""

    rules: str = "open"
    """A preset (open, france, quebec), or the path of a TOML file of rules."""
    registry_down: RegistryDown | None = None
    """What is retrieved while the registry cannot be reached: deny, snapshot; as `rules` say."""
    snapshot_seconds: Seconds = 300.0
    """How old a decision of the registry may be that stands in for its answer."""
    node_certificates: tuple[Fingerprint, ...] = ()
    """SHA-256 of certificates of services that are parts of this system: a repository elsewhere.
    Without an assertion they see everything, and they forward the assertions of users."""
