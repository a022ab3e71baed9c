"""Encrypted documents through the whole repository, and their keys under another wrapping key."""

from __future__ import annotations

import os

import pytest
from sqlalchemy import select

from ihe_profiles.soap.client import Unanswered
from ledger.database import Database
from repository.digest import CHUNK
from repository.rotation import rotate
from repository.store.blobs import BlobSealed
from repository.store.encrypted import EncryptedBlobs
from repository.store.filesystem import FilesystemBlobs
from repository.store.tables import document
from repository.store.wrapping import LocalKeys
from tests.repository.conftest import World
from tests.repository.messages import a_message, codes, provide, retrieve

OLD, NEW = b"o" * 32, b"n" * 32
SECRET = b"Madeleine Invented " * 80_000


@pytest.fixture
def sealed(world: World) -> World:
    """A repository that encrypts under the old key, with one document."""
    _with_keys(world, LocalKeys(OLD))
    assert provide(world.caller, a_message(SECRET)).errors == ()
    return world


def _with_keys(world: World, keys: LocalKeys) -> None:
    world.blobs = EncryptedBlobs(FilesystemBlobs(world.folder), keys)
    world.start()


def _stored(world: World) -> bytes:
    (name,) = world.files()
    return (world.folder / name[:2] / name).read_bytes()


def _wrapped_by(database: Database) -> set[str | None]:
    with database.read() as connection:
        return set(connection.execute(select(document.c.wrapping_key)).scalars())


def test_a_document_is_encrypted_on_disk_and_comes_back_as_it_was(sealed: World) -> None:
    assert b"Invented" not in _stored(sealed)
    answer = retrieve(sealed.caller, *_ids(sealed))
    assert [*answer.bytes_of.values()] == [SECRET]


def test_a_document_that_was_tampered_with_never_leaves_whole(
    sealed: World, caplog: pytest.LogCaptureFixture
) -> None:
    (name,) = sealed.files()
    path = sealed.folder / name[:2] / name
    data = bytearray(path.read_bytes())
    data[CHUNK + 20] ^= 1
    path.write_bytes(data)
    with pytest.raises(Unanswered):
        retrieve(sealed.caller, *_ids(sealed))
    assert "chunk 1 does not decrypt" in caplog.text


def test_rotation_rewrites_no_document_and_lets_the_old_key_go(sealed: World) -> None:
    before = _stored(sealed)
    keys = LocalKeys(NEW, [OLD])
    assert [r.problem for r in rotate(sealed.database, keys)] == [None]
    assert list(rotate(sealed.database, keys)) == []
    assert _wrapped_by(sealed.database) == {keys.current}
    assert _stored(sealed) == before
    _with_keys(sealed, LocalKeys(NEW))
    answer = retrieve(sealed.caller, *_ids(sealed))
    assert [*answer.bytes_of.values()] == [SECRET]
    _with_keys(sealed, LocalKeys(OLD))
    assert codes(retrieve(sealed.caller, *_ids(sealed)).response) == ["XDSDocumentUniqueIdError"]


def test_many_documents_in_several_transactions(sealed: World) -> None:
    assert provide(sealed.caller, a_message(*[os.urandom(9) for _ in range(600)])).errors == ()
    keys = LocalKeys(NEW, [OLD])
    assert len(list(rotate(sealed.database, keys))) == 601
    assert _wrapped_by(sealed.database) == {keys.current}


def test_documents_without_encryption_stay_as_they_are(world: World) -> None:
    assert provide(world.caller, a_message(b"plain")).errors == ()
    assert list(rotate(world.database, LocalKeys(NEW))) == []
    assert _wrapped_by(world.database) == {None}


def test_a_key_that_is_not_at_hand_is_named_and_changes_nothing(sealed: World) -> None:
    (rotated,) = rotate(sealed.database, LocalKeys(NEW))
    assert isinstance(rotated.problem, BlobSealed)
    assert LocalKeys(OLD).current in str(rotated.problem)
    assert _wrapped_by(sealed.database) == {LocalKeys(OLD).current}


def test_a_document_that_goes_meanwhile_is_no_harm(sealed: World) -> None:
    class Removing(LocalKeys):
        def unwrap(self, envelope, blob_key):  # type: ignore[no-untyped-def]
            sealed.database.write(lambda c: c.execute(document.delete()))
            return super().unwrap(envelope, blob_key)

    assert len(list(rotate(sealed.database, Removing(NEW, [OLD])))) == 1
    assert _wrapped_by(sealed.database) == set()


def test_without_its_row_a_document_is_noise(sealed: World) -> None:
    """Crypto-erasure: the blob that is left anywhere opens under no key of the settings."""
    data = _stored(sealed)
    (name,) = sealed.files()
    sealed.database.write(lambda c: c.execute(document.delete()))
    left = b"".join(sealed.blobs.read(name))
    assert left == data
    assert b"Invented" not in left


def _ids(world: World) -> list[str]:
    with world.database.read() as connection:
        return list(connection.execute(select(document.c.unique_id)).scalars())
