"""Content-Transfer-Encodings, decoded as the bytes arrive (RFC 2045 section 6).

A decoder holds back only what is not yet decided, never more than one line's worth.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, Protocol

_BLANKS: Final = b" \t\r\n"
_LONGEST_TAIL: Final = 1002
_LONG_RUN: Final = b" " * 1000
_TABS_AS_BLANKS: Final = bytes.maketrans(b"\t", b" ")
_BAD_ESCAPE: Final = re.compile(rb"=(?![0-9A-Fa-f]{2}|\r?\n)")
_PADDING: Final = re.compile(rb"(?<![ \t])[ \t]+(?=\r?\n)")
_SOFT_BREAK: Final = re.compile(rb"=\r?\n")
_UNDECIDED: Final = re.compile(rb"(?:=[0-9A-Fa-f]?|=?\r|=?(?<![ \t])[ \t]+\r?)\Z")


class Decoder(Protocol):
    """Decodes one part; both methods raise ValueError with the reason in words."""

    def decode(self, data: bytes) -> bytes:
        """Return what the next bytes decode to; possibly nothing yet."""

    def finish(self) -> bytes:
        """Return what was held back; the part has ended."""


class Identity:
    """7bit, 8bit and binary: the bytes themselves."""

    def decode(self, data: bytes) -> bytes:
        """Return them."""
        return data

    def finish(self) -> bytes:
        """Nothing was held back."""
        return b""


class Base64:
    """Line breaks and blanks are skipped, anything else outside of the alphabet is refused."""

    def __init__(self) -> None:
        self._kept = b""
        self._padded = False

    def decode(self, data: bytes) -> bytes:
        """Return what the whole groups of four decode to."""
        text = self._kept + data.translate(None, _BLANKS)
        if self._padded and text:
            raise ValueError("there is more text after the padding")
        whole = len(text) & ~3
        self._kept = text[whole:]
        self._padded = self._padded or text[:whole].endswith(b"=")
        return binascii.a2b_base64(text[:whole], strict_mode=True)

    def finish(self) -> bytes:
        """Check that the text ended with a whole group."""
        if self._kept:
            raise ValueError("its last group has less than four characters")
        return b""


class QuotedPrintable:
    """Soft line breaks are joined, blanks before a line's end fall away, line ends stay as sent."""

    def __init__(self) -> None:
        self._kept = b""

    def decode(self, data: bytes) -> bytes:
        """Return the decoded text up to what the next bytes may still change."""
        text = self._kept + data
        if _LONG_RUN in text.translate(_TABS_AS_BLANKS):
            raise ValueError("it has a thousand blanks in a row, more than a line may hold")
        tail = _UNDECIDED.search(text, max(0, len(text) - _LONGEST_TAIL))
        decided = tail.start() if tail else len(text)
        self._kept = text[decided:]
        return _unescape(text[:decided])

    def finish(self) -> bytes:
        """Return the rest; blanks and a soft break at the very end fall away."""
        if self._kept.startswith(b"="):
            return _unescape(self._kept.rstrip(_BLANKS) + b"\n")
        return self._kept.lstrip(b" \t")


def _unescape(text: bytes) -> bytes:
    text = _PADDING.sub(b"", text)
    if _BAD_ESCAPE.search(text):
        raise ValueError("a '=' is followed by neither two hexadecimal digits nor a line's end")
    return binascii.a2b_qp(_SOFT_BREAK.sub(b"", text))


DECODERS: Final[Mapping[str, Callable[[], Decoder]]] = MappingProxyType(
    {
        "7bit": Identity,
        "8bit": Identity,
        "binary": Identity,
        "base64": Base64,
        "quoted-printable": QuotedPrintable,
    }
)
"""By the header's value in lower case (RFC 2045 section 6.1)."""
