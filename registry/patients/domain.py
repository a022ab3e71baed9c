"""Whose identifiers the registry knows its patients by (ITI TF-1 10.4.10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ihe_profiles.hl7.identity import PatientId
from ihe_profiles.xds.datatypes import CX


@dataclass(frozen=True, slots=True)
class PatientDomain:
    """The assigning authorities (OIDs) of the domain, and the OIDs that namespace ids stand for.

    No authority at all means any. `is_open`: a submission makes its patient known; else only a
    feed does (ITI TF-2 3.42.4.1.3.3.2).
    """

    authorities: frozenset[str] = frozenset()
    namespaces: Mapping[str, str] = field(default_factory=dict)
    is_open: bool = True

    def holds(self, identifier: CX) -> bool:
        """Say whether the identifier is of one of the domain's authorities."""
        return not self.authorities or identifier.authority in self.authorities

    def authority(self, identifier: PatientId) -> str:
        """Return the OID of the authority, by its namespace where only that is said; else empty.

        ITI TF-2 3.8.4.1.2.3.
        """
        if identifier.universal_id:
            is_oid = identifier.universal_id_type in ("", "ISO")
            return identifier.universal_id if is_oid else ""
        return self.namespaces.get(identifier.namespace, "")

    def own(self, identifiers: tuple[PatientId, ...]) -> tuple[CX, ...]:
        """Return the identifiers that are the domain's, each once; those of others are left out.

        None at all while the domain names no authority.
        """
        found = []
        for identifier in identifiers:
            authority = self.authority(identifier)
            if identifier.id and authority in self.authorities:
                found.append(CX(f"{identifier.id}^^^&{authority}&ISO"))
        return tuple(dict.fromkeys(found))
