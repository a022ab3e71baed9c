"""Blobs as files: the order of syncs, what a disk refuses, and names that must not be ours."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from repository.digest import CHUNK
from repository.store.blobs import BlobStore, BlobStoreError, BlobStoreFull
from repository.store.filesystem import FilesystemBlobs
from tests.repository.stores.use import keep


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "some" / "blobs"


@pytest.fixture
def blobs(root: Path) -> BlobStore:
    return FilesystemBlobs(root)


def _files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


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
    key = keep(blobs, b"x").key
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
            keep(blobs, b"x")
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


def test_each_folder_that_is_made_is_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = _recorded(monkeypatch)
    for _ in range(2):
        FilesystemBlobs(tmp_path / "var" / "lib" / "blobs")
    made = [tmp_path.name, "var", "lib", "blobs"]
    assert calls == [("fsync", name) for name in [*made, "blobs"]]


def test_bytes_name_and_folders_are_synced_in_this_order(
    blobs: BlobStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = _recorded(monkeypatch)
    key = keep(blobs, b"x").key
    assert calls == [
        ("fsync", "bytes"),
        ("fsync", root.name),
        ("rename", key),
        ("fsync", key[:2]),
    ]


def _recorded(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Note what is synced and renamed from now on."""
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
    return calls
