"""The blob store behind the settings, encrypting or not."""

from __future__ import annotations

from entente.misconfigured import Misconfigured
from entente.settings import Settings, blob_folder
from repository.store import s3_address
from repository.store.blobs import BlobStore
from repository.store.encrypted import EncryptedBlobs
from repository.store.filesystem import FilesystemBlobs
from repository.store.wrapping import KeyUnreadable, LocalKeys, read_key


def open_blobs(settings: Settings) -> BlobStore:
    """Open the store that `[repository] blob_url` names. Raises BlobStoreError, Misconfigured."""
    store, keys = plain_blobs(settings), wrapping_keys(settings)
    return store if keys is None else EncryptedBlobs(store, keys)


def plain_blobs(settings: Settings) -> BlobStore:
    """Open the store to which blobs are what they are, encrypted or not. Raises BlobStoreError."""
    url = settings.repository.blob_url
    if not url.startswith("s3:"):
        return FilesystemBlobs(blob_folder(settings))
    from repository.store.s3_client import connect  # a large library, for those who want it

    return connect(s3_address.parse(url))


def wrapping_keys(settings: Settings) -> LocalKeys | None:
    """Read the keys of `[repository]`; None when there is none to encrypt with.

    Raises Misconfigured.
    """
    section = settings.repository
    if section.encryption_key is None:
        return None
    keys, problems = [], []
    for source in (section.encryption_key, *section.former_encryption_keys):
        try:
            keys.append(read_key(source))
        except KeyUnreadable as problem:
            problems.append(f"[repository] encryption_key: {problem}")
    if problems:
        raise Misconfigured(problems)
    return LocalKeys(keys[0], keys[1:])
