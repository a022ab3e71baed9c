"""Metadata objects as plain values for JSON, under the standard's attribute names."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from typing import Any, Final

_SPECIAL: Final = {"entry_uuid": "entryUUID", "logical_id": "logicalID", "uri": "URI"}
_INTERNAL: Final = frozenset({"id", "identifier_ids"})
"""Ids of nested ebRIM elements, which say nothing of the document."""


def plain(value: Any) -> Any:
    """Return dictionaries, lists and strings; what is absent is left out."""
    if is_dataclass(value) and not isinstance(value, type):
        return {
            _name(field.name): plain(item)
            for field in fields(value)
            if field.name not in _INTERNAL
            and (item := getattr(value, field.name)) not in (None, (), False)
        }
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return value


def _name(field: str) -> str:
    return _SPECIAL.get(field) or re.sub(r"_(\w)", lambda match: match[1].upper(), field)
