"""XSD and WSDL of XDS.b as package data, and a loader that names them.

`schema` and `violations` judge messages, `wsdl` describes an actor's service.
"""

from __future__ import annotations

from schemas.resources import NAMESPACES
from schemas.service import wsdl
from schemas.validation import Violation, schema, violations

__all__ = ["NAMESPACES", "Violation", "schema", "violations", "wsdl"]
