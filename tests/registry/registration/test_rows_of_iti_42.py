"""Every row of the facts about ITI-42: the checks by number, the effects by letter (TF-2 3.42)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from ihe_profiles import iti42
from ihe_profiles.xds.datatypes import CX, DTM, is_uuid
from ihe_profiles.xds.domain.affinity import Value, ValueSet
from ihe_profiles.xds.domain.judge import Judge
from ihe_profiles.xds.domain.presets import IHE
from ihe_profiles.xds.encoding import write_submission
from ihe_profiles.xds.metadata import ON_DEMAND, Association, DocumentEntry, Slot
from ihe_profiles.xds.vocabulary import (
    CLASSIFICATION_NODES,
    CLASSIFICATION_SCHEMES,
    AssociationType,
    ResponseStatus,
    Status,
)
from ledger.database import Database
from registry.patients.domain import PatientDomain
from registry.service import Registry
from tests.facts import named, rows
from tests.registry.consumer import Consumer
from tests.registry.registration.acts import (
    add_patients,
    codes,
    contents,
    deprecate_folder,
    documents,
    everything,
    make_on_demand,
    memberships,
    merge,
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
    folder,
    put,
    submission,
    text,
)

CHECKS = {str(number) for number in range(1, 20)}
EFFECTS = set("abcdef")
METADATA_ERROR = ["XDSRegistryMetadataError"]
UNRESOLVED = ["UnresolvedReferenceException"]
DEPRECATED = ["XDSRegistryDeprecatedDocumentError"]
OTHER_PATIENTS = ["XDSPatientIdDoesNotMatch"]
RPLC, XFRM, APND = AssociationType.RPLC, AssociationType.XFRM, AssociationType.APND
XFRM_RPLC, SIGNS = AssociationType.XFRM_RPLC, AssociationType.SIGNS
SNAPSHOT = AssociationType.IS_SNAPSHOT_OF
RELATIONSHIPS = [RPLC, XFRM, APND, XFRM_RPLC, SIGNS, SNAPSHOT]


@pytest.mark.parametrize("table", [1, 2], ids=["19 checks", "6 effects"])
def test_every_row_is_tested(table: int, shared: Path) -> None:
    wanted = {row[0] for row in rows(shared / "standards/xds-transactions.md", "3 ITI-42", table)}
    assert wanted == (CHECKS if table == 1 else EFFECTS)
    assert wanted <= named(sys.modules[__name__])


SET_MARK, FOLDER_MARK = (CLASSIFICATION_NODES[kind] for kind in ("SubmissionSet", "Folder"))
CLASS_CODE, TYPE_CODE = (
    CLASSIFICATION_SCHEMES[f"DocumentEntry.{name}"] for name in ("classCode", "typeCode")
)
SPOILT = {
    "a package without mark": (SET_MARK, "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1"),
    "a folder for the set": (SET_MARK, FOLDER_MARK),
    "a slot twice": ('name="creationTime"', 'name="size"'),
    "a time of another format": (">20250301<", ">2025-03-01<"),
    "a slot without value": ("<rim:Value>20250301</rim:Value>", ""),
    "no classCode and two typeCodes": (CLASS_CODE, TYPE_CODE),
    "no media type": (' mimeType="text/xml"', ' mimeType="text"'),
    "an attribute that is not there": (' associationType="', ' was="'),
}


@pytest.mark.parametrize(("before", "after"), SPOILT.values(), ids=SPOILT)
def test_row_1_structure_format_and_number(registry: Consumer, before: str, after: str) -> None:
    body = iti42.request(write_submission(submission(document()))).decode()
    assert before in body
    response = registry.register_xml(body.replace(before, after, 1).encode())
    assert response.status is ResponseStatus.FAILURE
    assert {error.code for error in response.errors} == {"XDSRegistryMetadataError"}


@pytest.mark.parametrize("number", [0, 2])
def test_row_1_one_submission_set(registry: Consumer, number: int) -> None:
    sent = submission(document())
    sets = (
        *sent.submission_sets,
        replace(sent.submission_sets[0], entry_uuid="S", unique_id="1.9"),
    )
    assert set(codes(registry, replace(sent, submission_sets=sets[:number]))) <= {
        "XDSRegistryMetadataError",
        "UnresolvedReferenceException",
    }


def test_row_2_only_stable_entries(registry: Consumer) -> None:
    assert codes(registry, submission(document(object_type=ON_DEMAND))) == METADATA_ERROR


@pytest.mark.parametrize("second", [document, folder])
def test_row_3_a_unique_id_once_in_the_message(registry: Consumer, second: Callable) -> None:
    sent = submission(document(unique_id="1.2.9"), second(unique_id="1.2.9"))
    response = registry.register(sent)
    assert [e.code for e in response.errors] == ["XDSRegistryDuplicateUniqueIdInMessage"]
    assert "1.2.9" in response.errors[0].context


def test_row_4_ids_of_sets_and_folders_are_new(registry: Consumer) -> None:
    entry, dossier = document(), folder()
    first = register(registry, entry, dossier)
    for taken in (first.submission_sets[0].unique_id, entry.unique_id, dossier.unique_id):
        for sent in (submission(document(), unique_id=taken), submission(folder(unique_id=taken))):
            (error,) = registry.register(sent).errors
            assert error.code == "XDSDuplicateUniqueIdInRegistry"
            assert taken in error.context


def test_row_5_another_hash(registry: Consumer) -> None:
    first = registered(registry, content="bytes")
    (error,) = registry.register(submission(document("BYTES", unique_id=first.unique_id))).errors
    assert error.code == "XDSNonIdenticalHash"
    assert first.unique_id in error.context
    assert first.hash not in error.context  # what is stored is not told


def test_row_6_another_size(registry: Consumer) -> None:
    first = registered(registry, content="bytes")
    again = document("bytes", unique_id=first.unique_id, size="6")
    (error,) = registry.register(submission(again)).errors
    assert error.code == "XDSNonIdenticalSize"
    assert "size than 6" in error.context


@pytest.mark.parametrize("change", [str, str.upper])
def test_row_7_the_same_bytes_again(registry: Consumer, change: Callable[[str], str]) -> None:
    first = registered(registry, content="bytes")
    again = registered(
        registry, content="bytes", unique_id=first.unique_id, hash=change(first.hash)
    )
    uids = [first.unique_id]
    found = registry.query("GetDocuments", XDSDocumentEntryUniqueId=uids).objects
    assert {e.entry_uuid for e in found} == {first.entry_uuid, again.entry_uuid}


def test_row_8_unknown_and_subsumed_patients(database: Database) -> None:
    domain = PatientDomain(frozenset({PATIENT.authority}), is_open=False)
    registry = Consumer(Registry(database, domain=domain))
    (error,) = registry.register(submission(document())).errors
    assert error.code == "XDSUnknownPatientId"
    assert PATIENT in error.context
    add_patients(database, PATIENT, OTHER_PATIENT)
    assert codes(registry, submission(document())) == []
    merge(database, PATIENT, OTHER_PATIENT)
    assert codes(registry, submission(document())) == ["XDSUnknownPatientId"]
    theirs = submission(document(patient_id=OTHER_PATIENT), patient=OTHER_PATIENT)
    assert codes(registry, theirs) == []
    stranger = CX("1^^^&1.9.9&ISO")
    assert codes(registry, submission(document(patient_id=stranger), patient=stranger)) == [
        "XDSUnknownPatientId"
    ]


@pytest.mark.parametrize("wrong", [document(), folder()], ids=["document", "folder"])
def test_row_9_one_patient_in_the_message(registry: Consumer, wrong: DocumentEntry) -> None:
    (error,) = registry.register(submission(replace(wrong, patient_id=OTHER_PATIENT))).errors
    assert error.code == "XDSPatientIdDoesNotMatch"
    assert PATIENT in error.context
    assert OTHER_PATIENT in error.context


@pytest.mark.parametrize("kind", RELATIONSHIPS)
def test_row_9_one_patient_at_both_ends(
    registry: Consumer, database: Database, kind: AssociationType
) -> None:
    theirs = new(patient_id=OTHER_PATIENT)
    register(registry, theirs, patient=OTHER_PATIENT)
    if kind is SNAPSHOT:
        make_on_demand(database, theirs)
    assert codes(registry, related(kind, theirs.entry_uuid)[1]) == OTHER_PATIENTS
    merge(database, OTHER_PATIENT, PATIENT)
    assert codes(registry, related(kind, theirs.entry_uuid)[1]) == []


def test_row_9_one_patient_in_a_folder(registry: Consumer, database: Database) -> None:
    theirs, dossier = new(patient_id=OTHER_PATIENT), new_folder(patient_id=OTHER_PATIENT)
    register(registry, theirs, dossier, patient=OTHER_PATIENT)
    mine, own = registered(registry), new_folder()
    register(registry, own)
    for holder, member in ((dossier, mine), (own, theirs), (dossier, theirs)):
        sent = submission(put(holder.entry_uuid, member.entry_uuid))
        assert set(codes(registry, sent)) == set(OTHER_PATIENTS)
    merge(database, OTHER_PATIENT, PATIENT)
    for holder, member in ((dossier, mine), (own, theirs), (dossier, theirs)):
        register(registry, put(holder.entry_uuid, member.entry_uuid))


def test_row_10_codes_and_media_types_of_the_domain(database: Database) -> None:
    allowed = {
        "classCode": ValueSet.of([Value("class", "1.2.3")]),
        "mimeType": ValueSet.of([Value("text/xml")]),
    }
    judge = Judge.of(replace(IHE, value_sets=allowed))
    registry = Consumer(Registry(database, judge=judge))
    assert codes(registry, submission(document())) == []
    for changes in (
        {"class_code": code("other")},
        {"class_code": code("class", "1.2.4")},
        {"mime_type": "application/pdf"},
    ):
        assert codes(registry, submission(document(**changes))) == METADATA_ERROR


def test_row_11_service_times(registry: Consumer) -> None:
    times = {"service_start_time": DTM("202503"), "service_stop_time": DTM("20250228235959")}
    assert codes(registry, submission(document(**times))) == METADATA_ERROR
    same = {"service_start_time": DTM("20250228235959"), "service_stop_time": DTM("202502")}
    assert codes(registry, submission(document(**same))) == []


def test_row_12_folder_and_member_are_approved(registry: Consumer, database: Database) -> None:
    dossier, old, other = new_folder(), new(), new()
    register(registry, dossier, old, other)
    relate(registry, RPLC, old.entry_uuid)
    assert codes(registry, submission(put(dossier.entry_uuid, old.entry_uuid))) == DEPRECATED
    deprecate_folder(database, dossier)
    assert codes(registry, submission(put(dossier.entry_uuid, other.entry_uuid))) == METADATA_ERROR


@pytest.mark.parametrize("kind", RELATIONSHIPS)
def test_row_13_relationships_start_in_the_message(
    registry: Consumer, kind: AssociationType
) -> None:
    one, other = registered(registry), registered(registry)
    for source in (one.entry_uuid, uuid4().urn, "Nobody"):
        sent = submission(document(), association(kind, source, other.entry_uuid))
        assert codes(registry, sent) == UNRESOLVED


@pytest.mark.parametrize("kind", RELATIONSHIPS)
def test_row_14_where_the_target_may_be(registry: Consumer, kind: AssociationType) -> None:
    one, other = document(), document()
    within = submission(one, other, association(kind, one.entry_uuid, other.entry_uuid))
    on_registered = kind in (RPLC, XFRM_RPLC, SNAPSHOT)
    assert codes(registry, within) == (UNRESOLVED if on_registered else [])
    assert codes(registry, related(kind, uuid4().urn)[1]) == UNRESOLVED


@pytest.mark.parametrize("kind", RELATIONSHIPS)
def test_row_15_targets_are_approved(
    registry: Consumer, database: Database, kind: AssociationType
) -> None:
    old = registered(registry)
    relate(registry, RPLC, old.entry_uuid)
    if kind is SNAPSHOT:
        make_on_demand(database, old)
    (error,) = registry.register(related(kind, old.entry_uuid)[1]).errors
    assert error.code == "XDSRegistryDeprecatedDocumentError"
    assert old.entry_uuid in error.context


def test_row_16_snapshots_are_of_on_demand_entries(registry: Consumer, database: Database) -> None:
    old = registered(registry)
    assert codes(registry, related(SNAPSHOT, old.entry_uuid)[1]) == METADATA_ERROR
    make_on_demand(database, old)
    relate(registry, SNAPSHOT, old.entry_uuid)
    assert statuses(registry, old) == ["APPROVED"]


def test_row_17_references_to_the_outside_are_known_uuids(registry: Consumer) -> None:
    entry = document()
    for target in ("Document99", uuid4().urn):
        for holder, member in ((target, entry.entry_uuid), (entry.entry_uuid, target)):
            kind = AssociationType.HAS_MEMBER if holder == target else XFRM
            sent = submission(entry, association(kind, holder, member))
            assert set(UNRESOLVED) <= set(codes(registry, sent))


@pytest.mark.parametrize("kind", [XFRM, XFRM_RPLC])
def test_row_18_nothing_is_appended_to_a_transformation(
    registry: Consumer, kind: AssociationType
) -> None:
    old = registered(registry)
    transformation = relate(registry, kind, old.entry_uuid)
    (error,) = registry.register(related(APND, transformation.entry_uuid)[1]).errors
    assert error.code == "XDSRegistryMetadataError"
    assert "which is a transformation" in error.context
    for allowed in (XFRM, SIGNS, RPLC):  # a transformation may be replaced
        relate(registry, allowed, transformation.entry_uuid)


def test_row_18_within_the_message(registry: Consumer) -> None:
    old, one, other = registered(registry), document(), document()
    sent = submission(
        *(one, other),
        association(XFRM, one.entry_uuid, old.entry_uuid),
        association(APND, other.entry_uuid, one.entry_uuid),
    )
    assert codes(registry, sent) == METADATA_ERROR


@pytest.mark.parametrize("name", ["extra", "urn:ihe:iti:extra", "urn:", "http://example.org"])
def test_row_19_extra_slots_are_named_by_urns(registry: Consumer, name: str) -> None:
    slots = (Slot(name, ("1",)),)
    for sent in (
        submission(document(extra_slots=slots)),
        submission(folder(extra_slots=slots)),
        submission(document(), extra_slots=slots),
    ):
        (error,) = registry.register(sent).errors
        assert error.code == "XDSRegistryMetadataError"
        assert name in error.context


def test_row_a_everything_is_approved(registry: Consumer) -> None:
    entry, dossier = document(availability_status=Status.DEPRECATED), folder()
    sent = register(registry, entry, dossier, put(dossier.entry_uuid, entry.entry_uuid))
    found = contents(registry, sent)
    assert {type(one).__name__ for one in found} == {
        *("SubmissionSet", "DocumentEntry", "Folder", "Association")
    }
    assert {one.availability_status for one in found} == {Status.APPROVED}


def test_row_b_symbols_become_uuids_and_uuids_stay(registry: Consumer) -> None:
    kept, symbolic = new(), document()
    found = contents(registry, register(registry, kept, symbolic))
    ids = {one.entry_uuid for one in found}
    assert kept.entry_uuid in ids
    assert all(map(is_uuid, ids))
    by_uid = {o.unique_id: o.entry_uuid for o in found if isinstance(o, DocumentEntry)}
    links = {o.target for o in found if isinstance(o, Association)}
    assert links == {kept.entry_uuid, by_uid[symbolic.unique_id]}


def test_row_c_relationships_take_effect(registry: Consumer) -> None:
    old = registered(registry)
    appended = relate(registry, APND, old.entry_uuid)
    replacement = relate(registry, RPLC, old.entry_uuid)
    found = statuses(registry, old, appended, replacement)
    assert found == ["DEPRECATED", "DEPRECATED", "APPROVED"]


def test_row_d_folders_that_gain_a_document_are_updated(
    registry: Consumer, database: Database
) -> None:
    new_member, old_member, by_replacement, untouched = (new_folder() for _ in range(4))
    dossiers = (new_member, old_member, by_replacement, untouched)
    known, replaced = new(), new()
    in_it = put(by_replacement.entry_uuid, replaced.entry_uuid)
    register(registry, *dossiers, known, replaced, in_it)
    for dossier in dossiers:
        set_folder(database, dossier, last_update_time=20200101000000)
    entry = document()
    register(
        registry,
        *(entry, put(new_member.entry_uuid, entry.entry_uuid)),
        put(old_member.entry_uuid, known.entry_uuid),
        association(RPLC, entry.entry_uuid, replaced.entry_uuid),
    )
    is_updated = [updated(database, dossier) > 20200101000000 for dossier in dossiers]
    assert is_updated == [True, True, True, False]


def test_row_e_extra_slots_are_kept_on_every_object(registry: Consumer) -> None:
    slots = (Slot("urn:example:ward", ("7", " 8 ", "")), Slot("urn:oid:1.2.3", (), "urn:x:type"))
    entry, dossier = new(extra_slots=slots), new_folder(extra_slots=slots)
    filing = replace(put(dossier.entry_uuid, entry.entry_uuid), extra_slots=slots)
    coded = replace(code("x"), extra_slots=slots)
    other = new(class_code=coded, author=(replace(entry.author[0], extra_slots=slots),))
    sent = register(registry, entry, dossier, filing, other, extra_slots=slots)
    found = contents(registry, sent)
    kept = [one for one in found if one.extra_slots == slots]
    assert sorted(type(one).__name__ for one in kept) == [
        *("Association", "DocumentEntry", "Folder", "SubmissionSet")
    ]
    back = documents(registry, other.entry_uuid)[other.entry_uuid]
    assert back.class_code.extra_slots == back.author[0].extra_slots == slots


def test_row_f_a_refusal_leaves_nothing(registry: Consumer, database: Database) -> None:
    old, dossier = new(), new_folder()
    register(registry, old, dossier, put(dossier.entry_uuid, old.entry_uuid))
    set_folder(database, dossier, last_update_time=20200101000000)
    before = everything(database)
    entry = new(event_code_list=(code("never seen"),))
    sent = submission(
        *(entry, document("other bytes", unique_id=old.unique_id)),
        association(RPLC, entry.entry_uuid, old.entry_uuid),
        put(dossier.entry_uuid, entry.entry_uuid),
    )
    assert set(codes(registry, sent)) == {"XDSNonIdenticalHash", "XDSNonIdenticalSize"}
    assert everything(database) == before
    assert memberships(database, dossier.entry_uuid)[0][1] == old.entry_uuid


@pytest.mark.parametrize("missing", ["code_list", "title"])
def test_a_folder_needs_codes_and_a_title(registry: Consumer, missing: str) -> None:
    (error,) = registry.register(submission(folder(**{missing: ()}))).errors
    assert error.code == "XDSRegistryMetadataError"
    assert {"code_list": "codeList", "title": "title"}[missing] in error.context


def test_a_folder_is_filled_over_several_submissions(
    registry: Consumer, database: Database
) -> None:
    dossier, members = new_folder(title=text("Suivi")), [new() for _ in range(3)]
    register(registry, dossier, members[0], put(dossier.entry_uuid, members[0].entry_uuid))
    register(registry, members[1], put(dossier.entry_uuid, members[1].entry_uuid))
    register(registry, members[2])
    register(registry, put(dossier.entry_uuid, members[2].entry_uuid))
    held = [target for _, target in memberships(database, dossier.entry_uuid)]
    assert sorted(held) == sorted(member.entry_uuid for member in members)


@pytest.mark.parametrize(
    "kind", [AssociationType.UPDATE_AVAILABILITY_STATUS, AssociationType.SUBMIT_ASSOCIATION]
)
def test_the_types_of_iti_57_are_refused(registry: Consumer, kind: AssociationType) -> None:
    known = registered(registry)
    sent = submission(document(), entry_uuid="Set")
    link = association(kind, "Set", known.entry_uuid)
    sent = replace(sent, associations=(*sent.associations, link))
    assert codes(registry, sent) == METADATA_ERROR
