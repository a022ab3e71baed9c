"""What meets ends as if one had come after the other, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from ihe_profiles.xds.errors import Refusal
from ihe_profiles.xds.vocabulary import AssociationType
from registry.corrections import Corrections
from tests.hl7.messages import code
from tests.patients.hospital import Hospital, patient
from tests.patients.test_corrections import BY
from tests.registry.samples import association, document, submission

ROUNDS = range(6)
A, B, C = (patient(name) for name in "ABC")


def together(*works: Callable[[], Any]) -> list[Any]:
    """Do all at the same moment, and return what each gave."""
    start = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        start.wait(10)
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


@pytest.mark.parametrize("_round", ROUNDS)
def test_registrations_meet_a_merge(hospital: Hospital, _round: int) -> None:
    """Each is accepted before the merge or refused after it; nothing accepted is lost."""
    hospital.add(A, B)
    sent = [submission(document(patient_id=A), patient=A) for _ in range(3)]
    *outcomes, merged = together(
        *(lambda one=one: hospital.codes(one) for one in sent),
        lambda: code(hospital.merge(A, B)),
    )
    assert merged == "AA"
    assert all(outcome in ([], ["XDSUnknownPatientId"]) for outcome in outcomes)
    assert len(hospital.find(B)) == outcomes.count([])
    assert hospital.find(A) == []


@pytest.mark.parametrize("_round", range(12))
def test_a_replacement_within_a_chain_meets_its_next_merge(hospital: Hospital, _round: int) -> None:
    hospital.add(A, B, C)
    old = [document(patient_id=A, entry_uuid=uuid4().urn) for _ in range(4)]
    assert hospital.codes(submission(*old, patient=A)) == []
    assert code(hospital.merge(A, B)) == "AA"
    new = [document(patient_id=B, entry_uuid=uuid4().urn) for _ in old]
    replacing = [
        submission(n, association(AssociationType.RPLC, n.entry_uuid, o.entry_uuid), patient=B)
        for n, o in zip(new, old, strict=True)
    ]
    *outcomes, merged = together(
        *(lambda one=one: hospital.codes(one) for one in replacing),
        lambda: code(hospital.merge(B, C)),
    )
    assert merged == "AA"
    assert all(outcome in ([], ["XDSUnknownPatientId"]) for outcome in outcomes)
    assert len(hospital.find(C)) == 4 + outcomes.count([])


@pytest.mark.parametrize("_round", ROUNDS)
def test_merges_of_one_chain_meet(hospital: Hospital, _round: int) -> None:
    """A into B and B into C: both, or the first is refused because B is no more."""
    hospital.add(A, B, C)
    for owner in (A, B, C):
        assert hospital.codes(submission(document(patient_id=owner), patient=owner)) == []
    first, second = together(lambda: code(hospital.merge(A, B)), lambda: code(hospital.merge(B, C)))
    assert second == "AA"
    assert len(hospital.find(C)) == (3 if first == "AA" else 2)
    assert len(hospital.find(A)) == (0 if first == "AA" else 1)


@pytest.mark.parametrize("_round", ROUNDS)
def test_a_merge_meets_its_reverse(hospital: Hospital, _round: int) -> None:
    hospital.add(A, B)
    outcomes = together(lambda: code(hospital.merge(A, B)), lambda: code(hospital.merge(B, A)))
    assert sorted(outcomes) == ["AA", "AE"]


@pytest.mark.parametrize("_round", ROUNDS)
def test_the_same_message_comes_twice_at_once(hospital: Hospital, _round: int) -> None:
    from tests.hl7.messages import adt

    hospital.add(A, B)
    message = adt("A40", B, A, control="twin")
    first, second = together(lambda: hospital.feed(message), lambda: hospital.feed(message))
    assert first == second
    assert code(first) == "AA"


@pytest.mark.parametrize("_round", ROUNDS)
def test_an_appendix_meets_the_withdrawal_of_its_document(hospital: Hospital, _round: int) -> None:
    """It is hidden with the document, or refused: nothing seen leads to what is withdrawn."""
    hospital.add(A)
    old, new = (document(patient_id=A, entry_uuid=uuid4().urn) for _ in range(2))
    assert hospital.codes(submission(old, patient=A)) == []
    appends = association(AssociationType.APND, new.entry_uuid, old.entry_uuid)
    corrections = Corrections(hospital.database)
    codes, _none = together(
        lambda: hospital.codes(submission(new, appends, patient=A)),
        lambda: corrections.withdraw(old.entry_uuid, "wrong", BY),
    )
    assert codes in ([], ["UnresolvedReferenceException"])
    assert hospital.query("GetAssociations", uuid=[old.entry_uuid]).objects == ()
    assert {e.entry_uuid for e in hospital.find(A)} == ({new.entry_uuid} if codes == [] else set())


@pytest.mark.parametrize("_round", ROUNDS)
def test_withdrawals_of_one_document_meet(hospital: Hospital, _round: int) -> None:
    hospital.add(A)
    entry = document(patient_id=A, entry_uuid=uuid4().urn)
    assert hospital.codes(submission(entry, patient=A)) == []
    corrections = Corrections(hospital.database)

    def withdraw() -> str:
        try:
            corrections.withdraw(entry.entry_uuid, "wrong", BY)
        except Refusal as refusal:
            return refusal.errors[0].code
        return "done"

    assert sorted(together(withdraw, withdraw)) == ["XDSRegistryError", "done"]
    assert len(corrections.listed()) == 1
