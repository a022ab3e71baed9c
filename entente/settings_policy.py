"""The section [policy]."""

from __future__ import annotations

from entente.settings_types import Section
from entente.settings_xua import Fingerprint


class Policy(Section):
    """Who may see which documents."""

    rules: str = "open"
    """A preset (open, france, quebec), or the path of a TOML file of rules."""
    node_certificates: tuple[Fingerprint, ...] = ()
    """SHA-256 of certificates of services that are parts of this system: a repository elsewhere.
    Without an assertion they see everything, and they forward the assertions of users."""
