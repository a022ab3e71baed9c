"""All or nothing: a refused submission leaves every table as it was (ITI TF-2 3.42.4.1.3)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from ihe_profiles.xds.metadata import Submission
from ihe_profiles.xds.vocabulary import AssociationType, ResponseStatus
from ledger.database import Database
from tests.registry.consumer import Consumer
from tests.registry.registration.acts import everything, new, new_folder, register
from tests.registry.samples import (
    OTHER_PATIENT,
    association,
    code,
    document,
    folder,
    put,
    submission,
)

RPLC = AssociationType.RPLC


class Before:
    """What is registered before a bad submission comes."""

    def __init__(self, registry: Consumer) -> None:
        self.old, self.dossier, self.theirs = new(), new_folder(), new(patient_id=OTHER_PATIENT)
        filing = put(self.dossier.entry_uuid, self.old.entry_uuid)
        self.sent = register(registry, self.old, self.dossier, filing)
        register(registry, self.theirs, patient=OTHER_PATIENT)


# Each makes the one bad object among good ones that would replace, file and bring new codes.
BAD: dict[str, Any] = {
    "a size that is none": lambda before: document(size="many"),
    "a missing attribute": lambda before: document(type_code=None),
    "other bytes under a known uniqueId": lambda before: document(
        "other", unique_id=before.old.unique_id
    ),
    "a known entryUUID": lambda before: document(entry_uuid=before.old.entry_uuid),
    "a folder with a known uniqueId": lambda before: folder(unique_id=before.dossier.unique_id),
    "a reference to nothing": lambda before: put(before.dossier.entry_uuid, uuid4().urn),
    "another patient's document in the folder": lambda before: put(
        before.dossier.entry_uuid, before.theirs.entry_uuid
    ),
    "another patient": lambda before: folder(patient_id=OTHER_PATIENT),
    "an unknown type of association": lambda before: association(
        "urn:x:y", before.old.entry_uuid, before.dossier.entry_uuid
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_one_bad_object_and_nothing_is_stored(
    registry: Consumer, database: Database, case: str
) -> None:
    before = Before(registry)
    kept = everything(database)
    good = new(event_code_list=(code("never seen before"),))
    sent = submission(
        *(good, new_folder(), BAD[case](before)),
        association(RPLC, good.entry_uuid, before.old.entry_uuid),
        put(before.dossier.entry_uuid, good.entry_uuid),
    )
    response = registry.register(sent, "urn:uuid:refused")
    assert response.status is ResponseStatus.FAILURE
    assert everything(database) == kept
    without = [o for o in sent.documents if o is good]
    links = [a for a in sent.associations if a.source == good.entry_uuid]
    register(registry, *without, *links)  # the rest alone is taken: the bad object was the reason
    assert everything(database) != kept


def test_every_reason_is_told_at_once(registry: Consumer) -> None:
    before = Before(registry)
    bad = document(size="many", hash="x", language_code=None)
    sent = submission(bad, folder(title=()), document(type_code=None))
    told = registry.register(sent).errors
    assert len(told) == 5
    assert all(error.context.endswith(")") for error in told)
    copy = document("other", unique_id=before.old.unique_id)
    sent = submission(
        *(copy, folder(unique_id=before.dossier.unique_id)),
        put(before.dossier.entry_uuid, uuid4().urn),
        association(RPLC, copy.entry_uuid, before.theirs.entry_uuid),
        unique_id=before.sent.submission_sets[0].unique_id,
    )
    assert sorted(error.code for error in registry.register(sent).errors) == [
        "UnresolvedReferenceException",
        "XDSDuplicateUniqueIdInRegistry",
        "XDSDuplicateUniqueIdInRegistry",
        "XDSNonIdenticalHash",
        "XDSNonIdenticalSize",
        "XDSPatientIdDoesNotMatch",
    ]


def test_a_submission_that_is_refused_is_taken_once_corrected(registry: Consumer) -> None:
    bad = new(size="many")
    sent = submission(bad)
    assert registry.register(sent, "urn:uuid:1").status is ResponseStatus.FAILURE
    corrected = replace(sent, documents=(replace(bad, size="4"),))
    assert isinstance(corrected, Submission)
    assert registry.register(corrected, "urn:uuid:1").errors == ()
