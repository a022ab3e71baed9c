"""The repository's limits; the server's settings fill them from `[limits]`."""

from __future__ import annotations

from dataclasses import dataclass, field

from ihe_profiles.soap.limits import SoapLimits


@dataclass(frozen=True, slots=True)
class RepositoryLimits:
    """Times in seconds, sizes in octets.

    ValueError when a lease could end while the registry is waited for.
    """

    pending_lease: float = 300.0
    """How long a document is pending before the registry is asked about it."""
    registry_timeout: float = 30.0
    """How long the registry is waited for, each of the two times."""
    longest_backoff: float = 3600.0
    """The longest pause before the registry is asked again without a certain answer."""
    stale_staging: float = 24 * 3600.0
    """How old a staged blob without a row must be before it counts as left behind."""
    signed_document: int = 16 * 1024 * 1024
    """The largest document whose signatures are judged; a larger one is never read into memory."""
    soap: SoapLimits = field(default_factory=SoapLimits)

    def __post_init__(self) -> None:
        if self.pending_lease < 2 * self.registry_timeout:
            raise ValueError("pending_lease must be at least twice registry_timeout")
        if self.stale_staging < self.soap.total_seconds:
            raise ValueError("stale_staging must be at least the time that an upload may take")
