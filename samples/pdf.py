"""Writes PDF 1.4 files with the built-in fonts: numbered objects, a cross-reference table, text.

No stream is compressed, so that the bytes are the same with every compression library.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

A4: Final = (595, 842)
LETTER: Final = (612, 792)
"""Paper sizes in points, 1/72 inch."""

_HELVETICA: Final = (
    "278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 "
    "556 556 556 556 556 556 556 556 556 556 278 278 584 584 584 556 1015 "
    "667 667 722 722 667 611 778 722 278 500 667 556 833 722 778 667 778 722 667 611 722 667 944 "
    "667 667 611 278 278 278 469 556 333 "
    "556 556 500 556 556 278 556 556 222 222 500 222 833 556 556 556 556 333 500 278 556 500 722 "
    "500 500 500 334 260 334 584"
)
_HELVETICA_BOLD: Final = (
    "278 333 474 556 556 889 722 238 333 333 389 584 278 333 278 278 "
    "556 556 556 556 556 556 556 556 556 556 333 333 584 584 584 611 975 "
    "722 722 722 722 667 611 778 722 278 556 722 611 833 722 778 667 778 722 667 611 722 667 944 "
    "667 667 611 333 278 333 584 556 333 "
    "556 611 556 611 556 333 611 611 278 278 556 278 889 611 611 611 611 389 556 333 611 556 778 "
    "556 556 500 389 280 389 584"
)
_OTHERS: Final = {"’": 222, "–": 556, "—": 1000, "°": 400, "•": 350, "œ": 944, "µ": 556, "²": 333}


@dataclass(frozen=True, slots=True)
class Font:
    """A built-in font: its name in a page, its PostScript name, its widths from character 32 on."""

    key: str
    name: str
    widths: tuple[int, ...]

    def width(self, text: str, size: float) -> float:
        """Return the width of `text` in points; an accented letter is as wide as its base."""
        return sum(map(self._glyph, text)) * size / 1000

    def _glyph(self, character: str) -> int:
        base = unicodedata.normalize("NFD", character)[0]
        position = ord(base) - 32
        return self.widths[position] if position < len(self.widths) else _OTHERS.get(base, 556)


REGULAR: Final = Font("F1", "Helvetica", tuple(map(int, _HELVETICA.split())))
BOLD: Final = Font("F2", "Helvetica-Bold", tuple(map(int, _HELVETICA_BOLD.split())))


def show(text: str, x: float, y: float, font: Font, size: float) -> bytes:
    """Return the operators that show `text` with its baseline starting at (x, y)."""
    escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    place = f"BT /{font.key} {size:g} Tf 1 0 0 1 {x:.2f} {y:.2f} Tm ("
    return place.encode() + escaped.encode("cp1252") + b") Tj ET\n"


def fill(x: float, y: float, width: float, height: float, grey: float) -> bytes:
    """Return the operators that fill a rectangle, black (0) to white (1)."""
    return f"{grey:g} g {x:.2f} {y:.2f} {width:.2f} {height:.2f} re f 0 g\n".encode()


def line(x1: float, y: float, x2: float) -> bytes:
    """Return the operators that draw a thin horizontal line."""
    return f"0.5 w 0.6 G {x1:.2f} {y:.2f} m {x2:.2f} {y:.2f} l S\n".encode()


def write(
    pages: Iterable[bytes], *, size: tuple[int, int], title: str, language: str, date: str
) -> bytes:
    """Return the PDF file of these pages' operators; `date` is YYYYMMDDhhmmss."""
    contents = list(pages)
    numbers = range(6, 6 + 2 * len(contents), 2)
    kids = " ".join(f"{number} 0 R" for number in numbers)
    fonts = (
        f"<< /Type /Font /Subtype /Type1 /BaseFont /{font.name} /Encoding /WinAnsiEncoding >>"
        for font in (REGULAR, BOLD)
    )
    information = f"<< /Title {_words(title)} /CreationDate (D:{date}Z) >>"
    view = "/ViewerPreferences << /DisplayDocTitle true >>"
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R /Lang ({language}) {view} >>".encode(),
        f"<< /Type /Pages /Kids [{kids}] /Count {len(contents)} >>".encode(),
        *(font.encode() for font in fonts),
        information.encode(),
    ]
    for number, content in zip(numbers, contents, strict=True):
        objects += [_page(number + 1, size), _stream(content)]
    return _file(objects)


def _page(contents: int, size: tuple[int, int]) -> bytes:
    resources = f"<< /Font << /{REGULAR.key} 3 0 R /{BOLD.key} 4 0 R >> >>"
    box = f"/MediaBox [0 0 {size[0]} {size[1]}]"
    page = f"<< /Type /Page /Parent 2 0 R {box} /Resources {resources} /Contents {contents} 0 R >>"
    return page.encode()


def _stream(content: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%sendstream" % (len(content), content)


def _words(text: str) -> str:
    """A text string in UTF-16, hexadecimal."""
    return f"<FEFF{text.encode('utf-16-be').hex().upper()}>"


def _file(objects: list[bytes]) -> bytes:
    """Objects 1, 2, ... with their cross-reference table; 5 is the document information."""
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start, count = len(out), len(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % count
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info 5 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        count,
        start,
    )
    return bytes(out)
