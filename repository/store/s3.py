"""Blobs as objects of an S3-compatible service: `PREFIX/blobs/KEY`.

A staged blob has a mark, the object `PREFIX/staging/KEY`, put there before anything else. While the
bytes come as parts of a multipart upload the mark holds its id, and is put again now and then: so
who lists the marks finds each blob that was left behind, and what there is to abort. The service
shows nothing under the blob's key before the upload is completed, and what it has answered to that
is durable.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from repository.digest import CHUNK
from repository.store.blobs import (
    BlobMissing,
    BlobStoreError,
    Envelope,
    checked,
    new_key,
    refuse_sealed,
)
from repository.store.s3_errors import Lost, translating

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

log = logging.getLogger(__name__)

PART: Final = 8 * CHUNK
"""The octets of each part but the last; 10 000 parts are 78 GiB."""

_MOST_PARTS: Final = 10_000
_SMALL: Final = 256 * 1024
"""Up to this size a closed blob waits in memory for its commit, and takes one request."""

_FRESH: Final = 600.0
"""After so many seconds of writing a mark is put again."""

_TRIES: Final = 2
_ROUNDING: Final = 1.0
"""Services tell times in whole seconds, and some round up."""


class S3Blobs:
    """A BlobStore in `bucket`, under `prefix`; the client may be shared by threads."""

    def __init__(self, client: S3Client, bucket: str, prefix: str = "") -> None:
        self.client: Final = client
        self.bucket: Final = bucket
        folder = f"{prefix.strip('/')}/".removeprefix("/")
        self._blobs = f"{folder}blobs/"
        self._marks = f"{folder}staging/"

    def create(self, key: str | None = None) -> S3Writer:
        """Begin a blob under a fresh key, or a given one; raises BlobStoreError."""
        key = key or new_key()
        self.mark(key)
        return S3Writer(self, key)

    def size(self, key: str, envelope: Envelope | None = None) -> int:
        """Return the octets of a blob; raises BlobMissing."""
        refuse_sealed(key, envelope)
        where = {"Bucket": self.bucket, "Key": self.place(key)}
        try:
            with translating(key):
                return self.client.head_object(**where)["ContentLength"]  # type: ignore[arg-type]
        except BlobMissing:
            next(self._get(key, 0), None)  # what is not there, the bucket perhaps, no HEAD tells
            raise

    def read(self, key: str, offset: int = 0, envelope: Envelope | None = None) -> Iterator[bytes]:
        """Yield a blob's bytes from `offset` on, in pieces; raises BlobMissing at the first one.

        A connection that breaks is made again from where it was, some times without progress.
        """
        refuse_sealed(key, envelope)
        failures = 0
        while True:
            try:
                for piece in self._get(key, offset):
                    offset += len(piece)
                    failures = 0
                    yield piece
            except Lost:
                failures += 1
                if failures == _TRIES:
                    raise
            else:
                return

    def settle(self, key: str) -> None:
        """Note that the index has committed to this blob: it is not staged any more."""
        self._remove(self._mark(key))

    def delete(self, key: str) -> None:
        """Remove a blob, staged or not, and its upload; one that is not there is no error.

        The mark goes last: as long as there is anything, `stale` names it.
        """
        upload = self._upload(key)
        if upload:
            self.abort_upload(key, upload)
        self._remove(self.place(key))
        self._remove(self._mark(key))

    def stale(self, seconds: float) -> Iterator[str]:
        """Yield the keys of blobs that are staged and unchanged since `seconds`."""
        return self._listed(self._marks, seconds)

    def placed(self, seconds: float) -> Iterator[str]:
        """Yield the keys of blobs that can be read and are unchanged since `seconds`."""
        return self._listed(self._blobs, seconds)

    def mark(self, key: str, upload: str = "") -> None:
        """Note that a blob is staged and changes, and the id of its multipart upload."""
        self.put(self._mark(key), upload.encode())

    def put(self, name: str, data: bytes | bytearray) -> None:
        """Make an object at once, and return when it is durable."""
        with translating():
            self.client.put_object(
                Bucket=self.bucket, Key=name, Body=bytes(data), ContentMD5=content_md5(data)
            )

    def place(self, key: str) -> str:
        """Return the name of a blob's object; the key must be one of ours: it becomes a name."""
        return self._blobs + checked(key)

    def abort_upload(self, key: str, upload: str) -> None:
        """Give up a multipart upload and its parts; one that is not there is no error."""
        with translating(absent_is_fine=True):
            self.client.abort_multipart_upload(
                Bucket=self.bucket, Key=self.place(key), UploadId=upload
            )

    def _listed(self, folder: str, seconds: float) -> Iterator[str]:
        """Yield the names of a folder's objects that are unchanged since `seconds`."""
        limit = time.time() - seconds
        pages = self.client.get_paginator("list_objects_v2")
        with translating():
            for page in pages.paginate(Bucket=self.bucket, Prefix=folder):
                for found in page.get("Contents", ()):
                    if found["LastModified"].timestamp() <= limit + _ROUNDING:
                        yield found["Key"].removeprefix(folder)

    def _mark(self, key: str) -> str:
        return self._marks + checked(key)

    def _upload(self, key: str) -> str:
        """Return the id of a staged blob's multipart upload; empty when it has none."""
        try:
            with translating(key):
                found = self.client.get_object(Bucket=self.bucket, Key=self._mark(key))
                return found["Body"].read().decode()
        except BlobMissing:
            return ""

    def _remove(self, name: str) -> None:
        with translating(absent_is_fine=True):
            self.client.delete_object(Bucket=self.bucket, Key=name)

    def _get(self, key: str, offset: int) -> Iterator[bytes]:
        where = {"Bucket": self.bucket, "Key": self.place(key)}
        if offset:
            where["Range"] = f"bytes={offset}-"
        with translating(key, beyond_is_fine=True):
            body = self.client.get_object(**where)["Body"]  # type: ignore[arg-type]
            try:
                yield from body.iter_chunks(CHUNK)
            finally:
                body.close()


class S3Writer:
    """A BlobWriter onto one object; it holds back at most one part."""

    envelope: Final = None

    def __init__(self, store: S3Blobs, key: str) -> None:
        self.key: Final = key
        self._store = store
        self._name = store.place(key)
        self._held = bytearray()
        self._size = 0
        self._upload = ""
        self._parts: list[CompletedPartTypeDef] = []
        self._marked = time.monotonic()
        self._is_closed = False

    def write(self, data: bytes) -> None:
        """Append the next bytes; raises BlobStoreError."""
        if self._is_closed:
            raise BlobStoreError(f"the blob {self.key} is closed")
        self._size += len(data)
        rest = memoryview(data)
        while rest:
            if len(self._held) == PART:
                self._send()
            room = PART - len(self._held)
            self._held += rest[:room]
            rest = rest[room:]

    def close(self) -> None:
        """Take no more bytes; unless they are few, send what is held. Raises BlobStoreError."""
        if self._upload or len(self._held) > _SMALL:
            self._send()
        self._is_closed = True

    def commit(self) -> None:
        """Return once the closed blob is durable under its key; raises BlobStoreError."""
        if not self._is_closed:
            raise ValueError("a blob is closed before it is committed")
        if self._upload:
            self._complete()
        else:
            self._store.put(self._name, self._held)

    def abort(self) -> None:
        """Remove the blob at whatever point it is; raises nothing."""
        self._is_closed = True
        self._held = bytearray()
        try:
            if self._upload:
                self._store.abort_upload(self.key, self._upload)
            self._store.delete(self.key)
        except BlobStoreError:
            log.exception("a blob could not be removed", extra={"blob_key": self.key})

    def _send(self) -> None:
        """Send what is held as the next part."""
        self._begin()
        if len(self._parts) == _MOST_PARTS:
            raise BlobStoreError(f"the blob {self.key} is larger than a multipart upload can be")
        number = len(self._parts) + 1
        with translating():
            sent = self._store.client.upload_part(
                Bucket=self._store.bucket,
                Key=self._name,
                UploadId=self._upload,
                PartNumber=number,
                Body=self._held,  # type: ignore[arg-type]  # it takes them, uncopied
                ContentMD5=content_md5(self._held),
            )
        self._parts.append({"PartNumber": number, "ETag": sent["ETag"]})
        self._held = bytearray()

    def _begin(self) -> None:
        """Begin the multipart upload, and keep its mark fresh."""
        is_new = not self._upload
        if is_new:
            with translating():
                self._upload = self._store.client.create_multipart_upload(
                    Bucket=self._store.bucket, Key=self._name
                )["UploadId"]
        if is_new or time.monotonic() - self._marked > _FRESH:
            self._store.mark(self.key, self._upload)
            self._marked = time.monotonic()

    def _complete(self) -> None:
        """Complete the upload; it may be so already, when an earlier answer was lost."""
        try:
            with translating(self.key):
                self._store.client.complete_multipart_upload(
                    Bucket=self._store.bucket,
                    Key=self._name,
                    UploadId=self._upload,
                    MultipartUpload={"Parts": self._parts},
                )
        except BlobMissing:
            if self._store.size(self.key) != self._size:
                raise


def content_md5(data: bytes | bytearray) -> str:
    """Return the checksum under which the service refuses what arrives altered (RFC 1864)."""
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
