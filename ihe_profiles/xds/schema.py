"""Schema errors of a request as refusals (ITI TF-3 4.2.1.5)."""

from __future__ import annotations

from lxml.etree import QName, _Element

import schemas
from ihe_profiles.xds.errors import Refusal, error


def require_valid(element: _Element, key: str) -> None:
    """Raise a Refusal that lists the schema errors of the element, under a catalogue key."""
    violations = schemas.violations(element)
    if violations:
        name = QName(element).localname
        raise Refusal(
            *(
                error(key, path=v.path, problem=v.message.rstrip("."), element=name)
                for v in violations
            )
        )
