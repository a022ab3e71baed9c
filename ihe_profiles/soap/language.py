"""The language that people read in the answer to an exchange (BCP 47), carried along to where texts
are written and into onward calls.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from lxml.etree import _Element

ENGLISH: Final = "en"
FRENCH: Final = "fr"
KNOWN: Final = (ENGLISH, FRENCH)
"""The languages of which there are texts."""

CURRENT: Final[ContextVar[str]] = ContextVar("language", default="")
"""The language of the exchange that this thread is working on; empty outside of one."""

_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"


def take(body: _Element) -> str | None:
    """Return the known language that xml:lang asks for, on a body element or around it, else None.

    It is taken off the body element, whose schema does not know it.
    """
    own = body.attrib.pop(_LANG, None)
    around = (parent.get(_LANG) for parent in body.iterancestors())
    asked = next((text for text in (own, *around) if text is not None), "")
    language = str(asked).partition("-")[0].strip().lower()
    return language if language in KNOWN else None


def attribute(language: str) -> str:
    """Write xml:lang with a blank before it; nothing for no language."""
    return f' xml:lang="{language}"' if language else ""


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Let `CURRENT` be `language` for a while, on this thread."""
    token = CURRENT.set(language)
    try:
        yield
    finally:
        CURRENT.reset(token)
