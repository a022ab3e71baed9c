"""Lets Spyne 2.14 import on Python 3.12 and later, quietly and alike on every version.

Spyne carries a copy of `six` whose importer knows only the protocol that Python 3.12 removed (and
that warns at every import of the process before). The real `six` stands in for it.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Final

import six

_SIX: Final = "spyne.util.six"
_MOVES: Final = {
    "collections_abc": "collections.abc",
    "http_cookies": "http.cookies",
    "urllib": "urllib",
    "urllib.error": "urllib.error",
    "urllib.parse": "urllib.parse",
    "urllib.request": "urllib.request",
}
"""What Spyne imports from `six.moves`, and where it lives."""


def install() -> None:
    """Put the stand-ins where Spyne will look; to be called before Spyne is first imported."""
    stand_in = ModuleType(_SIX)
    vars(stand_in).update(vars(six), __name__=_SIX)
    # Spyne added this one to its copy.
    vars(stand_in)["get_function_name"] = _name_of
    sys.modules[_SIX] = stand_in
    for name, home in _MOVES.items():
        sys.modules[f"{_SIX}.moves.{name}"] = importlib.import_module(home)


def _name_of(function: object) -> str:
    return str(getattr(function, "__name__", ""))
