"""The client of an S3-compatible service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from repository.store.blobs import BlobStoreError
from repository.store.s3 import S3Blobs
from repository.store.s3_address import S3Address

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_CONNECT: Final = 5.0
_ATTEMPTS: Final = 3
_CONNECTIONS: Final = 64


def connect(address: S3Address) -> S3Blobs:
    """Return the store there; credentials are those that Amazon's tools find in the environment.

    Each request is tried again when the service is busy or cannot be reached. Its body is signed,
    and has a checksum. Raises BlobStoreError.
    """
    config = Config(
        region_name=address.region,
        signature_version="s3v4",
        connect_timeout=min(_CONNECT, address.timeout),
        read_timeout=address.timeout,
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
        max_pool_connections=_CONNECTIONS,
        s3={
            "addressing_style": "path" if address.endpoint else "auto",
            "payload_signing_enabled": True,
        },
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    try:
        client = botocore.session.get_session().create_client(
            "s3", endpoint_url=address.endpoint, config=config
        )
    except (BotoCoreError, ValueError) as error:
        raise BlobStoreError(str(error)) from error
    return S3Blobs(cast("S3Client", client), address.bucket, address.prefix)
