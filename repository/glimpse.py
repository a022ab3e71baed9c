"""What is kept of a document's bytes while they stream by: the first of them, and one sight."""

from __future__ import annotations

import re
from typing import Final

KEPT: Final = 4096
"""How many of a document's first octets are kept."""

PDF_HEAD: Final = 1024
"""A PDF's header may stand anywhere in its first octets (ISO 32000-1 Annex H, note 13)."""

_SIGNED_XML: Final = "SignatureValue"
_PDF_MARK: Final = b"%PDF-"
_SIGNED_PDF: Final = b"/ByteRange"
_XML: Final = (  # UTF-8 and its kin, UTF-16 of either order (XML 1.0 Appendix F)
    (re.compile(rb"(?:\xef\xbb\xbf)?\s*<[^\0]"), "ascii"),
    (re.compile(rb"\xff\xfe|<\0"), "utf-16-le"),
    (re.compile(rb"\xfe\xff|\0<"), "utf-16-be"),
)


class Glimpse:
    """The first octets of a document, and whether the mark of a signature came by.

    The mark is what no signed XML (an element's name, which cannot be written otherwise) and no
    signed PDF (the name of the signed range) is without. What begins as both may always be signed.
    Other documents are not searched.
    """

    def __init__(self) -> None:
        self._head = bytearray()
        self._end = b""
        self._mark: bytes | None = None
        self._seen = False

    @property
    def head(self) -> bytes:
        """The first octets, at most KEPT."""
        return bytes(self._head)

    @property
    def may_be_signed(self) -> bool:
        """Whether a signature is possible in what came so far."""
        mark = mark_of(self.head)
        return self._seen or (self._mark is None and mark != b"" and mark in self._head)

    def update(self, data: bytes) -> None:
        """Take the next octets."""
        if self._seen or self._mark == b"":
            return
        if self._mark is None:
            data = self._begin(data)
        if self._mark:
            self._search(data, self._mark)

    def _begin(self, data: bytes) -> bytes:
        """Keep the first octets; return what is to be searched, all of them once they are there."""
        room = KEPT - len(self._head)
        self._head += data[:room]
        if len(self._head) < KEPT:
            return b""
        self._mark = mark_of(self.head)
        return self.head + data[room:] if self._mark else b""

    def _search(self, data: bytes, mark: bytes) -> None:
        seam = self._end + data[: len(mark)]
        self._seen = mark in data or mark in seam
        self._end = (
            (self._end + data)[-len(mark) :] if len(data) < len(mark) else data[-len(mark) :]
        )


def encoding_of_xml(head: bytes) -> str | None:
    """Return the encoding by which octets begin as XML does; None where they do not."""
    return next((encoding for pattern, encoding in _XML if pattern.match(head)), None)


def is_pdf(head: bytes) -> bool:
    """Tell whether octets begin a PDF."""
    return _PDF_MARK in head[:PDF_HEAD]


def mark_of(head: bytes) -> bytes:
    """Return what a document that begins so must contain if it is signed; empty for nothing."""
    encoding = encoding_of_xml(head)
    if encoding and is_pdf(head):
        return _PDF_MARK
    if encoding:
        return _SIGNED_XML.encode(encoding)
    return _SIGNED_PDF if is_pdf(head) else b""
