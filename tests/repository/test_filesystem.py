"""Blobs as files: whole or not at all, and what a dead process left behind can be listed."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from repository.digest import CHUNK
from repository.store.blobs import BlobMissing, BlobStore, BlobStoreError, BlobStoreFull, new_key
from repository.store.filesystem import FilesystemBlobs


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "some" / "blobs"


@pytest.fixture
def blobs(root: Path) -> BlobStore:
    return FilesystemBlobs(root)


def _files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def _store(blobs: BlobStore, data: bytes) -> str:
    writer = blobs.create()
    try:
        writer.write(data)
        writer.close()
        writer.commit()
    except BlobStoreError:
        writer.abort()
        raise
    return writer.key


def test_a_committed_blob_is_read_back_whole_and_from_an_offset(blobs: BlobStore) -> None:
    data = os.urandom(CHUNK + 5)
    key = _store(blobs, data)
    assert blobs.size(key) == len(data)
    assert b"".join(blobs.read(key)) == data
    assert b"".join(blobs.read(key, CHUNK)) == data[CHUNK:]


def test_equal_bytes_are_blobs_of_their_own(blobs: BlobStore) -> None:
    first, second = _store(blobs, b"same"), _store(blobs, b"same")
    blobs.delete(first)
    assert b"".join(blobs.read(second)) == b"same"


def test_an_empty_document_is_a_blob(blobs: BlobStore) -> None:
    key = _store(blobs, b"")
    assert blobs.size(key) == 0
    assert list(blobs.read(key)) == []


def test_nothing_is_readable_before_commit(blobs: BlobStore) -> None:
    writer = blobs.create()
    writer.write(b"half")
    with pytest.raises(BlobMissing):
        blobs.size(writer.key)
    with pytest.raises(ValueError, match="closed"):
        writer.commit()
    writer.close()
    with pytest.raises(BlobMissing):
        next(blobs.read(writer.key))


@pytest.mark.parametrize("progress", ["created", "written", "closed", "committed"])
def test_abort_leaves_nothing_at_any_point(blobs: BlobStore, root: Path, progress: str) -> None:
    writer = blobs.create()
    if progress != "created":
        writer.write(b"bytes")
    if progress in ("closed", "committed"):
        writer.close()
    if progress == "committed":
        writer.commit()
    writer.abort()
    writer.abort()
    assert _files(root) == []
    assert list((root / "staging").iterdir()) == []


def test_a_blob_is_staged_until_it_is_settled(blobs: BlobStore) -> None:
    key = _store(blobs, b"x")
    assert list(blobs.stale(0)) == [key]
    assert list(blobs.stale(3600)) == []
    blobs.settle(key)
    blobs.settle(key)
    assert list(blobs.stale(0)) == []
    assert b"".join(blobs.read(key)) == b"x"


def test_another_process_lists_what_a_dead_one_left(blobs: BlobStore, root: Path) -> None:
    writer = blobs.create()
    writer.write(b"never finished")
    other = FilesystemBlobs(root)
    assert list(other.stale(0)) == [writer.key]
    other.delete(writer.key)
    assert list(other.stale(0)) == []
    writer.abort()


def test_an_upload_that_still_grows_is_not_stale(blobs: BlobStore, root: Path) -> None:
    writer = blobs.create()
    for path in (root / "staging" / writer.key, root / "staging" / writer.key / "bytes"):
        os.utime(path, (0, 0))
    assert list(blobs.stale(60)) == [writer.key]
    writer.write(b"more")
    writer.close()
    assert list(blobs.stale(60)) == []


def test_other_files_in_the_staging_folder_are_left_alone(blobs: BlobStore, root: Path) -> None:
    (root / "staging" / "lost+found").mkdir()
    assert list(blobs.stale(0)) == []


def test_files_are_the_owners_alone_and_spread_over_folders(blobs: BlobStore, root: Path) -> None:
    key = _store(blobs, b"x")
    assert _files(root) == [root / key[:2] / key]
    for folder in (root, root / key[:2], root / "staging"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "key", ["../../etc/passwd", "", "A" * 32, "a" * 31, "a" * 33, "a" * 32 + "\n"]
)
def test_a_key_that_is_not_ours_touches_no_file(blobs: BlobStore, key: str) -> None:
    for use in (blobs.size, blobs.delete, blobs.settle, lambda k: next(blobs.read(k))):
        with pytest.raises(ValueError):
            use(key)


def test_deleting_what_is_not_there_is_no_error(blobs: BlobStore) -> None:
    blobs.delete(new_key())


@pytest.mark.parametrize(
    ("number", "kind"),
    [(errno.ENOSPC, BlobStoreFull), (errno.EDQUOT, BlobStoreFull), (errno.EIO, BlobStoreError)],
)
@pytest.mark.parametrize("call", ["fsync", "rename", "mkdir"])
def test_what_the_disk_refuses_is_told_and_leaves_nothing(
    blobs: BlobStore,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    kind: type[Exception],
    call: str,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as broken:
        broken.setattr(os, call, fail)
        with pytest.raises(BlobStoreError) as caught:
            _store(blobs, b"x")
    assert type(caught.value) is kind
    assert _files(root) == []


def test_a_full_disk_is_told_while_writing(blobs: BlobStore) -> None:
    writer = blobs.create()
    writer._file.close()
    writer._file = Path("/dev/full").open("wb")  # noqa: SIM115
    with pytest.raises(BlobStoreFull):
        writer.write(b"x" * CHUNK)
    writer.abort()


def test_a_root_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BlobStoreError):
        FilesystemBlobs(tmp_path / "file" / "blobs")


def test_bytes_name_and_folders_are_synced_in_this_order(
    blobs: BlobStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[str, str]] = []
    fsync, rename = os.fsync, os.rename

    def seen_fsync(handle: int) -> None:
        calls.append(("fsync", Path(f"/proc/self/fd/{handle}").readlink().name))
        fsync(handle)

    def seen_rename(*names: str | Path) -> None:
        calls.append(("rename", Path(names[1]).name))
        rename(*names)

    monkeypatch.setattr(os, "fsync", seen_fsync)
    monkeypatch.setattr(os, "rename", seen_rename)
    key = _store(blobs, b"x")
    assert calls == [
        ("fsync", "bytes"),
        ("fsync", root.name),
        ("rename", key),
        ("fsync", key[:2]),
    ]
