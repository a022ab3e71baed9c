"""Documents on their way in, when the store fails."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from repository.staging import Staging
from repository.store.blobs import BlobStoreFull
from repository.store.filesystem import FilesystemBlobs


def test_a_failure_frees_the_disk_at_once_and_what_follows_falls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    staging = Staging(FilesystemBlobs(tmp_path))
    whole, failing = staging.open("whole"), staging.open("failing")
    whole.write(b"abc")
    whole.close()
    staging.check()
    failing.write(b"def")
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        failing.close()
    assert list((tmp_path / "staging").iterdir()) == []
    late = staging.open("late")
    late.write(b"ghi")
    late.close()
    failing.write(b"jkl")
    assert list((tmp_path / "staging").iterdir()) == []
    with pytest.raises(BlobStoreFull):
        staging.check()
    staging.discard()
