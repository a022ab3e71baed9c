"""Start-up refuses a package of ours that another of the same name shadows.

The packages keep plain top-level names (`registry`, `schemas`): a folder of that name earlier on
the path would be imported in place of ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final

FLOORS: Final = ("schemas", "ihe_profiles", "ledger", "registry", "repository", "conformance")


def shadowed() -> Iterator[str]:
    """Yield what stands in place of each floor that is not the one beside `entente`."""
    house = Path(__file__).resolve().parents[1]
    for name in FLOORS:
        spec = find_spec(name)
        found = Path(spec.origin).resolve() if spec and spec.origin else None
        if found != house / name / "__init__.py":
            place = found or "missing"
            yield f"package `{name}` is {place}, not {house / name}: look at PYTHONPATH"
