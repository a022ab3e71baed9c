"""ASN.1 between threads: asn1crypto decodes objects, and sets up classes, at their first use."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock
from typing import Any, Final

from asn1crypto import cms, core, crl, ocsp, tsp, x509

SHARED: Final = Lock()
"""Held while certificates and revocation answers are read that several threads have in hand."""

_FAMILIES: Final = (cms, crl, ocsp, tsp, x509)  # imported, so that their classes are there


def set_up() -> None:
    """Set up the classes of all modules imported so far, while one thread does."""
    for kind in _below(core.Asn1Value):
        if kind is not core.Choice:  # abstract
            kind()


def _below(kind: type[Any]) -> Iterator[type[Any]]:
    for below in kind.__subclasses__():
        yield below
        yield from _below(below)
