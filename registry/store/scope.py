"""What the rows of one transaction have in common, and what each object brings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ihe_profiles.xds.metadata import Association, Code, DocumentEntry, Folder, SubmissionSet
from registry.store import codes
from registry.store.numbers import APPROVED
from registry.store.transactions import object_key

Kept = TypeVar("Kept", DocumentEntry, SubmissionSet, Folder, Association)


@dataclass(frozen=True, slots=True)
class Draft(Generic[Kept]):
    """An object ready to be stored: its ids are UUIDs, `number` is its place in the transaction."""

    number: int
    object: Kept
    fragment: bytes


@dataclass(frozen=True, slots=True)
class Scope:
    """The transaction, the patient, and the keys of every code that its objects use."""

    transaction: int
    patient: int
    codes: Mapping[codes.Code, int]

    def key(self, draft: Draft[Any]) -> int:
        """Return the surrogate key of an object."""
        return object_key(self.transaction, draft.number)

    def code(self, value: Code | None) -> int | None:
        """Return the key of a code."""
        return None if value is None else self.codes[value.scheme, value.code]

    def row(self, draft: Draft[Any]) -> dict[str, Any]:
        """Return the columns that all kinds of objects share, for a new object."""
        value = draft.object
        return {
            "patient": self.patient,
            "key": self.key(draft),
            "made_by": self.transaction,
            "entry_uuid": value.entry_uuid,
            "logical_id": value.logical_id or value.entry_uuid,
            "version": 1,
            "status": APPROVED,
            "home": value.home_community_id,
            "fragment": draft.fragment,
        }
