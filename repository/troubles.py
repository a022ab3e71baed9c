"""What a source or a consumer is told when a store fails (ITI TF-3 4.2.4.1)."""

from __future__ import annotations

from typing import Final

from ihe_profiles.xds.errors import Refusal, refuse
from ledger.database import Broken, Full, Unavailable
from repository.store.blobs import BlobStoreBusy, BlobStoreError, BlobStoreFull

TROUBLES: Final = (BlobStoreError, Unavailable)

_KEYS: Final[tuple[tuple[type[Exception], str], ...]] = (  # the particular before the general
    (BlobStoreFull, "repository-out-of-resources"),
    (Full, "repository-out-of-resources"),
    (BlobStoreBusy, "repository-busy"),
    (BlobStoreError, "repository-error"),
    (Broken, "repository-error"),
    (Unavailable, "repository-busy"),
)


def trouble(failure: Exception, trace_id: str, location: str | None = None) -> Refusal:
    """Return how one of TROUBLES is told; of the failure itself only the log tells."""
    key = next(key for kind, key in _KEYS if isinstance(failure, kind))
    return refuse(key, location=location, trace=trace_id)
