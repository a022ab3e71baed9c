"""What the stored queries share: how they are called, and what they are given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

from ihe_profiles.xds.datatypes import CX
from ihe_profiles.xds.errors import refuse
from ihe_profiles.xds.queries import StoredQueryCall
from registry.store import patients
from registry.store.batches import Rows

Search = Callable[[Connection, StoredQueryCall, int], Rows]
"""Finds the objects that a call asks for, in the order of their keys, at most the number given.

The rows have the columns of `registry.store.leaves`.
"""


def patient_terms(call: StoredQueryCall, parameter: str) -> dict[str, Any]:
    """Return the terms of the patient whom the parameter names.

    Raises Refusal when the value is not a patient identifier.
    """
    text = str(call.one(parameter))
    problem = CX.problem(text)
    if problem:
        raise refuse(
            "stored-query-syntax",
            query=call.query.name,
            parameter=parameter,
            value=text,
            problem=problem,
            form="'id^^^&OID&ISO'",
        )
    return patients.terms(CX(text))
