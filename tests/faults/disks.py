"""Disks that can be full or read-only: small file systems in memory, where they may be mounted."""

from __future__ import annotations

import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

MIB = 1 << 20


@contextmanager
def disk(folder: Path) -> Iterator[Path]:
    """Mount a file system of 8 MiB; skip where that is not allowed."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=8m,mode=0700", "tmpfs", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("mounting a small file system needs root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def full(folder: Path) -> Iterator[None]:
    """Leave no room on the disk."""
    ballast = folder / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(b"0" * 4096)
    try:
        yield
    finally:
        ballast.unlink()


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Let nothing be written to the disk."""
    remount = ["mount", "-o", "remount,{}", str(folder)]
    subprocess.run([part.format("ro") for part in remount], check=True)
    try:
        yield
    finally:
        subprocess.run([part.format("rw") for part in remount], check=True)


@contextmanager
def no_large_files(pid: int, size: int) -> Iterator[None]:
    """Let the process write no file beyond a size: a quota that needs no root."""
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
