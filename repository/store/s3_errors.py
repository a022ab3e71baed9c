"""What an S3 service or the way to it can answer, as the store's own exceptions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    ReadTimeoutError,
)

from repository.store.blobs import BlobMissing, BlobStoreBusy, BlobStoreError, BlobStoreFull

_ABSENT: Final = frozenset({"NoSuchKey", "NoSuchUpload", "404", "NotFound"})
_BEYOND: Final = frozenset({"InvalidRange", "416"})
_FULL: Final = frozenset(
    {
        "QuotaExceeded",
        "QuotaExceededException",
        "InsufficientStorage",
        "XMinioStorageFull",
        "XMinioAdminBucketQuotaExceeded",
        "507",
    }
)
_BUSY: Final = frozenset(
    {
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequests",
    }
)
_STATUSES: Final = {429: BlobStoreBusy, 503: BlobStoreBusy, 507: BlobStoreFull}
_CODES: Final = dict.fromkeys(_BUSY, BlobStoreBusy) | dict.fromkeys(_FULL, BlobStoreFull)


class Lost(BlobStoreError):
    """The service could not be reached, or the connection broke."""


class Late(Lost, BlobStoreBusy):
    """The service did not answer in time."""


@contextmanager
def translating(
    key: str | None = None, *, absent_is_fine: bool = False, beyond_is_fine: bool = False
) -> Iterator[None]:
    """Raise the store's own exceptions instead of the client's; `key` is the blob that is read."""
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if (absent_is_fine and code in _ABSENT) or (beyond_is_fine and code in _BEYOND):
            return
        raise _translated(error, code, key) from error
    except (ConnectTimeoutError, ReadTimeoutError) as error:
        raise Late(f"the S3 service: {error}") from error
    except (BotoCoreError, OSError) as error:
        raise Lost(f"the S3 service: {error}") from error


def _translated(error: ClientError, code: str, key: str | None) -> BlobStoreError:
    if key and code in _ABSENT:
        return BlobMissing(key)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    kind = _CODES.get(code) or _STATUSES.get(status, BlobStoreError)
    return kind(str(error))
