"""The mark of a signature is seen however a document is cut into pieces."""

from __future__ import annotations

import pytest

from repository.glimpse import KEPT, PDF_HEAD, Glimpse, is_pdf

XML = "<?xml version='1.0'?><a>{}<s:SignatureValue xmlns:s='urn:s'/></a>"
PDF = b"%PDF-1.7\n{}/ByteRange [0 1 2 3]"


def seen(data: bytes, size: int) -> bool:
    glimpse = Glimpse()
    for begin in range(0, len(data), size):
        glimpse.update(data[begin : begin + size])
    assert glimpse.head == data[:KEPT]
    return glimpse.may_be_signed


@pytest.mark.parametrize("before", [0, KEPT - 60, KEPT, 2 * KEPT + 1])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_in_pieces_of_any_size(before: int, encoding: str) -> None:
    data = XML.format(" " * before).encode(encoding)
    other = XML.replace("Value", "Texts").format(" " * before).encode(encoding)
    for size in (*range(1, 80, 3), KEPT - 1, KEPT, KEPT + 1, len(data)):
        assert seen(data, size)
        assert not seen(other, size)


def test_in_a_pdf() -> None:
    data = PDF.replace(b"{}", b" " * 2 * KEPT)
    for size in (1, 7, KEPT, len(data)):
        assert seen(data, size)
        assert not seen(data.replace(b"/ByteRange", b"/ByteRanks"), size)


def test_a_pdf_may_begin_late() -> None:
    assert is_pdf(b"\0" * (PDF_HEAD - 5) + b"%PDF-1.4")
    assert not is_pdf(b"\0" * (PDF_HEAD - 4) + b"%PDF-1.4")
