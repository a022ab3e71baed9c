"""The domains that need no file (`[domain] codes` may name one), by name."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from ihe_profiles.xds.domain import france, quebec
from ihe_profiles.xds.domain.affinity import AffinityDomain

IHE: Final = AffinityDomain(name="ihe")
"""The standard alone: every code set is open."""

PRESETS: Final = MappingProxyType(
    {domain.name: domain for domain in (IHE, france.DOMAIN, quebec.DOMAIN)}
)
