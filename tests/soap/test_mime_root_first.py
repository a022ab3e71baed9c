"""Attachments before the root part come after it, and leave nothing behind."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import IO

import pytest

from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.soap.limits import SoapLimits
from ihe_profiles.soap.mime import MultipartReader
from ihe_profiles.soap.root_first import RootFirst
from tests.soap.multipart import collect, crlf

EARLY = crlf("--b\nContent-ID: <a>\n\nfirst\n--b\nContent-ID: <c>\n\nsecond\n")
ROOT = crlf("--b\nContent-ID: <r>\nContent-Type: text/xml\n\n<e/>\n")
LATE = crlf("--b\nContent-ID: <z>\n\nlast\n--b--\n")


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> list[IO[bytes]]:
    """The temporary files that are made."""
    made: list[IO[bytes]] = []
    make = tempfile.TemporaryFile

    def recorded() -> IO[bytes]:
        made.append(make())
        return made[-1]

    monkeypatch.setattr(tempfile, "TemporaryFile", recorded)
    return made


def reader() -> RootFirst:
    content_type = 'multipart/related; boundary=b; start="<r>"'
    return RootFirst(MultipartReader(content_type, SoapLimits()))


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_the_root_comes_first_and_the_others_in_their_order(files, size):
    body = EARLY + ROOT + LATE
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    with reader() as parts:
        read = collect(event for piece in pieces for event in parts.feed(piece))
        parts.close()
        assert [file.closed for file in files] == [True]
    assert [(part.content_id, part.is_root, part.data) for part in read] == [
        ("r", True, b"<e/>"),
        ("a", False, b"first"),
        ("c", False, b"second"),
        ("z", False, b"last"),
    ]


def test_nothing_lies_in_the_file_in_the_clear(files):
    secret = b"Madeleine Invented, born 1950-01-01. " * 10_000
    with reader() as parts:
        list(parts.feed(crlf("--b\nContent-ID: <a>\n\n") + secret))
        (file,) = files
        file.seek(0)
        there = file.read()
    assert len(there) > len(secret) - 1000
    assert secret[:12] not in there
    assert there[:37] != there[37:74]


def test_a_root_that_is_first_needs_no_file(files):
    with reader() as parts:
        assert len(collect(parts.feed(ROOT + LATE))) == 2
        parts.close()
    assert files == []


def test_what_was_kept_for_a_root_that_never_comes_is_let_go(files):
    with reader() as parts:
        assert list(parts.feed(EARLY + LATE)) == []
        with pytest.raises(SoapFault) as fault:
            parts.close()
        assert not files[0].closed
    assert fault.value.key == "mime-root-missing"
    assert files[0].closed


@pytest.mark.parametrize("size", [5, 600_000])
def test_a_full_disk_is_told_as_such(size, monkeypatch):
    full = Path("/dev/full").open("r+b")  # noqa: SIM115
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda: full)
    body = crlf("--b\nContent-ID: <a>\n\n") + b"x" * size + crlf("\n") + ROOT + LATE
    with pytest.raises(SoapFault) as caught, reader() as parts:
        list(parts.feed(body))
    assert caught.value.key == "early-parts-unkept"
    assert full.closed
