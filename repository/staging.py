"""The documents of one message on their way into the blob store."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from repository.digest import Digester, Digests
from repository.glimpse import Glimpse
from repository.store.blobs import BlobStore, BlobStoreError, BlobWriter, Envelope

log = logging.getLogger(__name__)


class Staging:
    """Stages documents, each under a name, while their bytes come.

    A failure of the store does not interrupt the sender, who could not be answered then: the first
    one is remembered in `failure`, what was staged is discarded, and the bytes after it fall.
    """

    def __init__(self, blobs: BlobStore) -> None:
        self.failure: BlobStoreError | None = None
        self._blobs = blobs
        self._documents: dict[str, Document] = {}
        self._is_durable = False

    def open(self, name: str) -> Document:
        """Begin a document and return what takes its bytes."""
        document = self._documents[name] = Document(self)
        if not self.failure:
            with self.noting_failure():
                document.writer = self._blobs.create()
        return document

    def check(self) -> None:
        """Raise the failure that there was, if there was one: a BlobStoreError."""
        if self.failure:
            raise self.failure

    def __getitem__(self, name: str) -> Document:
        return self._documents[name]

    def __contains__(self, name: str) -> bool:
        return name in self._documents

    @property
    def keys(self) -> list[str]:
        """The keys of all blobs."""
        return [document.key for document in self._documents.values()]

    def commit(self) -> None:
        """Return once every blob is durable and can be read; raises BlobStoreError."""
        if self._is_durable:
            return
        for document in self._documents.values():
            assert document.writer is not None, "a document that failed is never committed"
            document.writer.commit()
        self._is_durable = True

    def settle(self) -> None:
        """Note that the index has committed to every blob."""
        for key in self.keys:
            try:
                self._blobs.settle(key)
            except BlobStoreError:
                log.warning("a blob stays staged", extra={"blob_key": key}, exc_info=True)

    def discard(self) -> None:
        """Remove every blob at whatever point it is."""
        for document in self._documents.values():
            if document.writer is not None:
                document.writer.abort()

    @contextmanager
    def noting_failure(self) -> Iterator[None]:
        """Remember the store's first failure instead of raising it."""
        try:
            yield
        except BlobStoreError as failure:
            log.exception("a document could not be staged")
            self.failure = self.failure or failure
            self.discard()


class Document:
    """The Sink of one document: its bytes go to its blob and into its digests.

    `glimpse` is what is kept of them.
    """

    def __init__(self, staging: Staging) -> None:
        self.writer: BlobWriter | None = None
        self._staging: Final = staging
        self._digester: Final = Digester()
        self.glimpse: Final = Glimpse()

    @property
    def key(self) -> str:
        """The key of its blob."""
        assert self.writer is not None, "the blob was never begun"
        return self.writer.key

    @property
    def envelope(self) -> Envelope | None:
        """What opens its blob; None when it is not encrypted."""
        assert self.writer is not None, "the blob was never begun"
        return self.writer.envelope

    @property
    def digests(self) -> Digests:
        """The digests of what has come so far."""
        return self._digester.digests()

    def write(self, data: bytes) -> None:
        """Take the next bytes."""
        if self.writer is not None and not self._staging.failure:
            with self._staging.noting_failure():
                self.writer.write(data)
            self._digester.update(data)
            self.glimpse.update(data)

    def close(self) -> None:
        """The document ended properly."""
        if self.writer is not None and not self._staging.failure:
            with self._staging.noting_failure():
                self.writer.close()
