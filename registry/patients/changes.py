"""What is done to the registry's patients: added, and merged (ITI TF-2 3.8.4.2.4, 3.44.4.2.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from ihe_profiles.hl7.identity import Event, IdentityChange, PatientId
from ihe_profiles.xds.datatypes import CX
from ihe_profiles.xds.errors import Refusal, RegistryError, error
from registry.patients.domain import PatientDomain
from registry.store import consents, patients
from registry.store.patients import Known


@dataclass(frozen=True, slots=True)
class Pair:
    """One merge: who is subsumed, and who survives."""

    subsumed: CX
    survivor: CX


@dataclass(frozen=True, slots=True)
class Change:
    """What a feed message means for this registry."""

    added: tuple[CX, ...] = ()
    merged: tuple[Pair, ...] = ()

    def carry_out(self, connection: Connection, transaction: int) -> None:
        """Do all of it. Raises Refusal when any of it cannot be."""
        for identifier in self.added:
            patients.add(connection, transaction, identifier)
        merge(connection, transaction, self.merged)


def understand(domain: PatientDomain, change: IdentityChange) -> Change:
    """Pick what concerns the domain. Raises Refusal when nothing does, or it is ambiguous."""
    if change.event is Event.IGNORE:
        return Change()
    if not domain.authorities:
        raise Refusal(error("feed-no-domain"))
    patient = _own(domain, change.patient, change.names[0])
    if change.event is Event.ADD:
        return Change(added=patient)
    subsumed = _own(domain, change.subsumed, change.names[1])
    survivors = {identifier: _counterparts(identifier, patient) for identifier in subsumed}
    errors = [
        error("merge-authorities", value=identifier, number=len(found))
        for identifier, found in survivors.items()
        if len(found) != 1
    ]
    if errors:
        raise Refusal(*errors)
    return Change(merged=tuple(Pair(old, found[0]) for old, found in survivors.items()))


def merge(connection: Connection, transaction: int, pairs: Iterable[Pair]) -> None:
    """Merge all pairs. Raises Refusal when one cannot be merged: then nothing may be kept."""
    errors: list[RegistryError] = []
    for pair in pairs:
        known = patients.lock(connection, {pair.subsumed, pair.survivor})
        problems = list(_problems(pair, known))
        errors += problems
        if not problems:
            subsumed, survivor = known[pair.subsumed], known[pair.survivor]
            patients.merge(connection, transaction, subsumed.key, survivor.key)
            consents.merge(connection, transaction, subsumed.key, survivor.key)
    if errors:
        raise Refusal(*errors)


def _problems(pair: Pair, known: Mapping[CX, Known]) -> Iterator[RegistryError]:
    """Yield why a pair cannot be merged."""
    if pair.subsumed.identity == pair.survivor.identity:
        yield error("merge-of-one", value=pair.subsumed)
        return
    for role, identifier in (("subsumed", pair.subsumed), ("surviving", pair.survivor)):
        if identifier not in known:
            yield error("merge-unknown", role=role, value=identifier)
        elif not known[identifier].is_active:
            yield error("merge-subsumed", role=role, value=identifier)


def _own(domain: PatientDomain, given: tuple[PatientId, ...], name: str) -> tuple[CX, ...]:
    if not given:
        raise Refusal(error("feed-field-missing", field=name))
    own = domain.own(given)
    if not own:
        known = ", ".join(sorted(domain.authorities))
        found = ", ".join(map(str, given))
        raise Refusal(error("feed-other-domain", field=name, value=found, authorities=known))
    errors = [
        error("feed-id-malformed", field=name, value=identifier, problem=problem)
        for identifier in own
        if (problem := CX.problem(identifier))
    ]
    if errors:
        raise Refusal(*errors)
    return own


def _counterparts(subsumed: CX, patient: tuple[CX, ...]) -> list[CX]:
    return [identifier for identifier in patient if identifier.authority == subsumed.authority]
