"""The trials, a module for each transaction and room of the standard, in the order they are run."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from conformance.trial import TRIALS, Trial

MODULES: Final = (
    "appendix_v",
    "mtom",
    "patients",
    "tf3",
    "iti42",
    "iti41",
    "iti43",
    "iti18",
    "iti18_linked",
    "iti18_refused",
    "iti51",
    "hostile",
)


def all_trials() -> tuple[Trial, ...]:
    """Return every trial in order."""
    for module in MODULES:
        import_module(f"{__name__}.{module}")
    return tuple(TRIALS.values())
