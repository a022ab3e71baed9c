"""Lays a medical letter out on pages: head, boxes, headings, wrapped paragraphs, tables, foot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from samples.pdf import BOLD, REGULAR, Font, fill, line, show, write

MARGIN: Final = 56
FOOT: Final = 64
BODY: Final = 10.5
LEADING: Final = 1.38


class Letter:
    """A letter that grows from the top of its first page down; a full page begins another."""

    def __init__(self, size: tuple[int, int], head: Sequence[str], notice: str) -> None:
        self._size, self._head, self._notice = size, head, notice
        self._pages: list[bytearray] = []
        self._y = 0.0
        self._left, self._right = MARGIN, size[0] - MARGIN
        self._turn()

    def title(self, text: str) -> None:
        """Put the document's title."""
        self._need(40)
        self._y -= 30
        self._put(text, self._left, BOLD, 16)
        self._y -= 8

    def box(self, rows: Sequence[tuple[str, str]]) -> None:
        """Put labelled facts on a grey ground."""
        step = BODY * LEADING
        height = step * len(rows) + 14
        self._need(height + 12)
        self._draw(fill(self._left, self._y - height - 6, self._right - self._left, height, 0.94))
        self._y -= 12
        for label, value in rows:
            self._y -= step
            self._put(label, self._left + 10, BOLD, BODY)
            self._put(value, self._left + 140, REGULAR, BODY)
        self._y -= 16

    def heading(self, text: str) -> None:
        """Put a heading that stays with the line below it."""
        self._need(52)
        self._y -= 20
        self._put(text, self._left, BOLD, 12)
        self._draw(line(self._left, self._y - 4, self._right))
        self._y -= 6

    def paragraph(self, text: str) -> None:
        """Put a paragraph."""
        for words in self._wrap(text, self._right - self._left):
            self._advance()
            self._put(words, self._left, REGULAR, BODY)
        self._y -= 5

    def items(self, *texts: str) -> None:
        """Put a list."""
        for text in texts:
            for number, words in enumerate(self._wrap(text, self._right - self._left - 16)):
                self._advance()
                if not number:
                    self._put("•", self._left + 4, REGULAR, BODY)
                self._put(words, self._left + 16, REGULAR, BODY)
        self._y -= 5

    def table(self, rows: Sequence[Sequence[str]], columns: Sequence[float]) -> None:
        """Put a table with its first row as head; `columns` are where the columns begin."""
        for number, row in enumerate(rows):
            self._advance(1.4)
            for text, x in zip(row, columns, strict=True):
                self._put(text, self._left + x, REGULAR if number else BOLD, BODY)
            self._draw(line(self._left, self._y - 5, self._right))
        self._y -= 8

    def signature(self, *texts: str) -> None:
        """Put who signed, at the right."""
        self._need(14 + 15 * len(texts))
        self._y -= 14
        for text in texts:
            self._advance()
            self._put(text, self._right - REGULAR.width(text, BODY), REGULAR, BODY)

    def pdf(self, *, title: str, language: str, date: str) -> bytes:
        """Return the PDF file."""
        pages = (bytes(page) + self._foot(n) for n, page in enumerate(self._pages, 1))
        return write(pages, size=self._size, title=title, language=language, date=date)

    def _wrap(self, text: str, width: float) -> Iterator[str]:
        words: list[str] = []
        for word in text.split():
            if words and REGULAR.width(" ".join((*words, word)), BODY) > width:
                yield " ".join(words)
                words = []
            words.append(word)
        yield " ".join(words)

    def _advance(self, lines: float = 1.0) -> None:
        step = BODY * LEADING * lines
        self._need(step)
        self._y -= step

    def _need(self, height: float) -> None:
        if self._y - height < FOOT:
            self._turn()

    def _turn(self) -> None:
        """Begin a page with the sender's head."""
        self._pages.append(bytearray())
        width, height = self._size
        self._draw(fill(0, height - 6, width, 6, 0.25))
        self._y = float(height - 28)
        for number, text in enumerate(self._head):
            self._y -= 14
            self._put(text, self._left, REGULAR if number else BOLD, 9.5 if number else 12)
        self._y -= 10
        self._draw(line(self._left, self._y, self._right))

    def _foot(self, number: int) -> bytes:
        page = f"{number} / {len(self._pages)}"
        at = self._right - REGULAR.width(page, 8.5)
        words = show(self._notice, self._left, 36, REGULAR, 8.5) + show(page, at, 36, REGULAR, 8.5)
        return line(self._left, 48, self._right) + words

    def _put(self, text: str, x: float, font: Font, size: float) -> None:
        self._draw(show(text, x, self._y, font, size))

    def _draw(self, operators: bytes) -> None:
        self._pages[-1] += operators
