"""Every row of the facts about relationships: what each type does to its target (TF-3 4.2.2.2)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from ihe_profiles.xds.metadata import Association
from ihe_profiles.xds.vocabulary import AssociationType, Status
from ledger.database import Database
from tests.facts import rows
from tests.registry.consumer import Consumer
from tests.registry.registration.acts import (
    codes,
    contents,
    deprecate_folder,
    documents,
    make_on_demand,
    memberships,
    new,
    new_folder,
    register,
    registered,
    relate,
    related,
    set_folder,
    statuses,
    updated,
)
from tests.registry.samples import (
    OTHER_PATIENT,
    PATIENT,
    association,
    code,
    document,
    put,
    submission,
    text,
)

RPLC, XFRM, APND = AssociationType.RPLC, AssociationType.XFRM, AssociationType.APND
XFRM_RPLC, SIGNS = AssociationType.XFRM_RPLC, AssociationType.SIGNS


@dataclass(frozen=True)
class Row:
    """What the table says of one type."""

    kind: AssociationType
    target_after: str
    also_within_the_message: bool


ROWS = {
    "RPLC": Row(RPLC, "DEPRECATED", False),
    "XFRM_RPLC": Row(XFRM_RPLC, "DEPRECATED", False),
    "XFRM": Row(XFRM, "APPROVED", True),
    "APND": Row(APND, "APPROVED", True),
    "signs": Row(SIGNS, "APPROVED", True),
    "IsSnapshotOf": Row(AssociationType.IS_SNAPSHOT_OF, "APPROVED", False),
}


@pytest.fixture(params=ROWS.values(), ids=ROWS)
def row(request: pytest.FixtureRequest) -> Row:
    found: Row = request.param
    return found


@pytest.mark.parametrize("number", [6], ids=["6 rows"])
def test_every_row_is_tested(number: int, shared: Path) -> None:
    wanted = [found[0] for found in rows(shared / "standards/xds-transactions.md", "4 Relation")]
    assert wanted == list(ROWS)
    assert len(wanted) == number


def test_the_target_afterwards(registry: Consumer, database: Database, row: Row) -> None:
    target = registered(registry)
    if row is ROWS["IsSnapshotOf"]:
        make_on_demand(database, target)
    source = relate(registry, row.kind, target.entry_uuid)
    assert statuses(registry, target, source) == [row.target_after, "APPROVED"]


def test_where_the_target_may_be(registry: Consumer, row: Row) -> None:
    one, other = document(), document()
    sent = submission(one, other, association(row.kind, one.entry_uuid, other.entry_uuid))
    assert codes(registry, sent) == (
        [] if row.also_within_the_message else ["UnresolvedReferenceException"]
    )


def test_the_association_is_kept_with_all_that_it_says(
    registry: Consumer, database: Database, row: Row
) -> None:
    target, source = registered(registry), new()
    if row is ROWS["IsSnapshotOf"]:
        make_on_demand(database, target)
    link = association(
        row.kind,
        source.entry_uuid,
        target.entry_uuid,
        title=text("Le nom"),
        comments=text("La raison"),
        documentation=code("why"),
    )
    register(registry, source, link)
    found = registry.query(
        "GetRelatedDocuments",
        XDSDocumentEntryEntryUUID=source.entry_uuid,
        AssociationTypes=[row.kind],
    ).objects
    (back,) = (one for one in found if isinstance(one, Association))
    said = ("type", "source", "target", "title", "comments", "documentation")
    assert {name: getattr(back, name) for name in said} == {
        name: getattr(link, name) for name in said
    }
    assert back.availability_status == Status.APPROVED


@pytest.mark.parametrize("kind", [RPLC, XFRM_RPLC])
def test_what_was_made_of_a_replaced_document_is_deprecated_with_it_at_any_depth(
    registry: Consumer, kind: AssociationType
) -> None:
    old = registered(registry)
    appended = relate(registry, APND, old.entry_uuid)
    deeper = relate(registry, XFRM, appended.entry_uuid)
    deepest = relate(registry, XFRM, deeper.entry_uuid)
    signature = relate(registry, SIGNS, old.entry_uuid)
    other = relate(registry, APND, registered(registry).entry_uuid)
    relate(registry, kind, old.entry_uuid)
    assert statuses(registry, old, appended, deeper, deepest) == ["DEPRECATED"] * 4
    assert statuses(registry, signature, other) == ["APPROVED"] * 2


def test_a_replacement_is_filed_where_the_replaced_document_is(
    registry: Consumer, database: Database
) -> None:
    old, (one, two, closed) = new(), (new_folder() for _ in range(3))
    filings = (put(dossier.entry_uuid, old.entry_uuid) for dossier in (one, two, closed))
    register(registry, old, one, two, closed, *filings)
    deprecate_folder(database, closed)
    for dossier in (one, two, closed):
        set_folder(database, dossier, last_update_time=20200101000000)
    replacement, sent = related(RPLC, old.entry_uuid)
    assert codes(registry, sent) == []
    (submission_set, *_) = contents(registry, sent)
    members = dict(memberships(database, submission_set.entry_uuid))
    for dossier in (one, two):
        held = {target: uuid for uuid, target in memberships(database, dossier.entry_uuid)}
        assert set(held) == {old.entry_uuid, replacement.entry_uuid}  # the old one stays
        assert held[replacement.entry_uuid] in members.values()
        assert updated(database, dossier) > 20200101000000
    assert [target for _, target in memberships(database, closed.entry_uuid)] == [old.entry_uuid]
    assert updated(database, closed) == 20200101000000


def test_an_answer_shows_what_a_replacement_was_filed_by(registry: Consumer) -> None:
    old, dossier = new(), new_folder()
    register(registry, old, dossier, put(dossier.entry_uuid, old.entry_uuid))
    replacement = relate(registry, XFRM_RPLC, old.entry_uuid)
    found = registry.query("GetFolderAndContents", XDSFolderEntryUUID=dossier.entry_uuid).objects
    filed = {one.target: one for one in found if isinstance(one, Association)}
    assert set(filed) == {old.entry_uuid, replacement.entry_uuid}
    assert filed[replacement.entry_uuid].availability_status == Status.APPROVED


def test_a_replacement_has_a_new_unique_id_or_the_same_bytes(registry: Consumer) -> None:
    old = registered(registry, content="bytes")
    for content, expected in (("other", ["XDSNonIdenticalHash"]), ("bytes", [])):
        entry = new(content=content, unique_id=old.unique_id)
        sent = submission(entry, association(RPLC, entry.entry_uuid, old.entry_uuid))
        assert codes(registry, sent) == expected
    assert statuses(registry, old) == ["DEPRECATED"]


def test_a_chain_of_replacements_has_one_approved_end(registry: Consumer) -> None:
    chain = [registered(registry)]
    for _ in range(3):
        chain.append(relate(registry, RPLC, chain[-1].entry_uuid))
    assert statuses(registry, *chain) == [*["DEPRECATED"] * 3, "APPROVED"]


def test_a_signature_of_its_own_submission(registry: Consumer) -> None:
    entry, signature = new(), new(language_code="art")
    sent = submission(entry, signature, entry_uuid="Set")
    link = association(SIGNS, signature.entry_uuid, "Set")
    sent = submission(entry, signature, link, entry_uuid="Set")
    assert codes(registry, sent) == []
    chosen = contents(registry, sent)[0].entry_uuid
    found = registry.query("GetAssociations", uuid=[chosen]).objects
    assert [(one.source, one.target) for one in found if one.type == SIGNS] == [
        (signature.entry_uuid, chosen)
    ]


def test_a_registered_submission_set_gets_no_signature(registry: Consumer) -> None:
    first = submission(document(), entry_uuid=new().entry_uuid)
    assert codes(registry, first) == []
    sent = related(SIGNS, first.submission_sets[0].entry_uuid)[1]
    assert codes(registry, sent) == ["XDSRegistryMetadataError"]


def test_statuses_are_those_of_the_right_patient(registry: Consumer) -> None:
    mine, theirs = registered(registry), new(patient_id=OTHER_PATIENT)
    register(registry, theirs, patient=OTHER_PATIENT)
    relate(registry, RPLC, mine.entry_uuid)
    found = documents(registry, theirs.entry_uuid)[theirs.entry_uuid]
    assert (found.availability_status, found.patient_id) == (Status.APPROVED, OTHER_PATIENT)
    assert mine.patient_id == PATIENT
