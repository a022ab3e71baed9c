"""Files are whole and on the disk, or not there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger import durable


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What is synced and renamed, in order."""
    seen: list[tuple[str, str]] = []
    fsync, replace = os.fsync, Path.replace

    def seen_fsync(handle: int) -> None:
        seen.append(("fsync", Path(f"/proc/self/fd/{handle}").readlink().name))
        fsync(handle)

    def seen_replace(path: Path, target: Path) -> Path:
        seen.append(("replace", target.name))
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", seen_fsync)
    monkeypatch.setattr(Path, "replace", seen_replace)
    return seen


def test_bytes_name_and_folder_are_synced_in_this_order(
    tmp_path: Path, calls: list[tuple[str, str]]
) -> None:
    assert durable.write(tmp_path / "file", [b"ab", b"c"]) == 3
    assert (tmp_path / "file").read_bytes() == b"abc"
    assert calls == [("fsync", "file.unfinished"), ("replace", "file"), ("fsync", tmp_path.name)]


def test_what_others_wrote_is_synced(tmp_path: Path, calls: list[tuple[str, str]]) -> None:
    (tmp_path / "file").touch()
    durable.sync(tmp_path / "file")
    assert calls == [("fsync", "file"), ("fsync", tmp_path.name)]


def test_nothing_stays_of_what_breaks_off_and_the_old_file_does(tmp_path: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"half"
        raise ValueError("broken")

    (tmp_path / "file").write_bytes(b"old")
    with pytest.raises(ValueError, match="broken"):
        durable.write(tmp_path / "file", pieces())
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]
