"""GetAll: everything of a patient (ITI TF-2 3.18.4.1.2.3.7.4).

Associations come with either end, so that some lead to what is not returned.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Select

from registry.queries import parts
from registry.queries.filters import Form
from registry.store.leaves import TABLES, Part
from registry.store.numbers import Kind
from registry.store.patients import CHAIN

_OWNED: Final = (Kind.SUBMISSION_SET, Kind.DOCUMENT_ENTRY, Kind.FOLDER)


def everything(form: Form, part: Part) -> list[Select[*tuple[Any, ...]]]:
    """Select the objects that have a patientId, and the Associations that touch them."""
    found = {
        kind: parts.objects(form, kind, TABLES[kind].c.patient.in_(CHAIN), *form.conditions(kind))
        for kind in _OWNED
    }
    links = parts.touching(
        form, parts.together(*found.values()), *form.conditions(Kind.ASSOCIATION)
    )
    return [
        *(parts.among(kind, part, some) for kind, some in found.items()),
        parts.among(Kind.ASSOCIATION, part, links),
    ]
