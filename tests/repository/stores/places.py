"""Where each kind of store keeps its blobs, seen past the store: whole, damaged, listed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from repository.store.blobs import BlobStore
from repository.store.filesystem import FilesystemBlobs
from repository.store.s3 import S3Blobs
from tests.repository.stores.memory import Memory, MemoryBlobs

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class Place(Protocol):
    """One empty place at first; every store that is opened on it sees the same blobs."""

    def open(self) -> BlobStore: ...

    def raw(self, key: str) -> bytes:
        """The bytes as they lie there."""

    def put(self, key: str, data: bytes) -> None:
        """Change the bytes behind the store's back."""

    def everything(self) -> dict[str, bytes]:
        """Whatever lies there, under any name: blobs, marks, what is staged."""


class Folder:
    def __init__(self, root: Path) -> None:
        self.root = root

    def open(self) -> BlobStore:
        return FilesystemBlobs(self.root)

    def raw(self, key: str) -> bytes:
        return self._path(key).read_bytes()

    def put(self, key: str, data: bytes) -> None:
        self._path(key).write_bytes(data)

    def everything(self) -> dict[str, bytes]:
        files = (path for path in self.root.rglob("*") if path.is_file())
        marks = self.root.glob("staging/*")
        return {str(p): p.read_bytes() for p in files} | {str(p): b"" for p in marks}

    def _path(self, key: str) -> Path:
        return self.root / key[:2] / key


class Shelf:
    def __init__(self) -> None:
        self.memory = Memory()

    def open(self) -> BlobStore:
        return MemoryBlobs(self.memory)

    def raw(self, key: str) -> bytes:
        return self.memory.blobs[key]

    def put(self, key: str, data: bytes) -> None:
        self.memory.blobs[key] = data

    def everything(self) -> dict[str, bytes]:
        return dict.fromkeys(self.memory.staged, b"") | self.memory.blobs


class Bucket:
    """A folder of its own in a bucket of a service."""

    def __init__(self, client: S3Client, bucket: str, prefix: str) -> None:
        self.client = client
        self.prefix = prefix
        self.store = S3Blobs(client, bucket, prefix)

    def open(self) -> S3Blobs:
        return S3Blobs(self.client, self.store.bucket, self.prefix)

    def raw(self, key: str) -> bytes:
        return self._get(self.store.place(key))

    def put(self, key: str, data: bytes) -> None:
        self.store.put(self.store.place(key), data)

    def everything(self) -> dict[str, bytes]:
        """Objects, and the parts of uploads that nobody completed or aborted."""
        where = {"Bucket": self.store.bucket, "Prefix": self.prefix}
        objects = self.store.client.list_objects_v2(**where).get("Contents", ())
        uploads = self.store.client.list_multipart_uploads(**where).get("Uploads", ())
        found = {one["Key"]: self._get(one["Key"]) for one in objects}
        return found | {one["UploadId"]: one["Key"].encode() for one in uploads}

    def _get(self, name: str) -> bytes:
        return self.store.client.get_object(Bucket=self.store.bucket, Key=name)["Body"].read()
