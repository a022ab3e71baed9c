"""A Document Source's submission: one set, its members, its folders and its replacements."""

from __future__ import annotations

import pytest
from lxml import etree

from ihe_profiles.xds.datatypes import CX, DTM, XCN, is_uuid, oid_problem
from ihe_profiles.xds.encoding import read_submission, write_submission
from ihe_profiles.xds.metadata import Author, Code, DocumentEntry, Folder, Submission
from ihe_profiles.xds.submission import Filing, build, new_oid
from ihe_profiles.xds.vocabulary import AssociationType

PATIENT = CX("1^^^&1.2.3&ISO")
OLD = "urn:uuid:00000000-0000-4000-8000-000000000001"
CODE = Code("X", "1.2.3")
AUTHOR = Author(person=XCN("^TEST^Zoé"))


def entry(symbol: str) -> DocumentEntry:
    return DocumentEntry(entry_uuid=symbol, patient_id=PATIENT, unique_id=f"1.2.3.{symbol}")


def submit(
    *symbols: str, replaces: dict[str, str] | None = None, folders: tuple[Filing, ...] = ()
) -> Submission:
    return build(
        [entry(symbol) for symbol in symbols],
        source_id="1.2.3.4",
        content_type_code=CODE,
        patient_id=PATIENT,
        submission_time=DTM("20240104150527"),
        author=AUTHOR,
        replaces=replaces,
        folders=folders,
    )


def links(submission: Submission) -> list[tuple[str, str, str]]:
    """The associations as (type, source, target), the set's own id written SET."""
    own = submission.submission_sets[0].entry_uuid
    return [
        (AssociationType(a.type).name, a.source.replace(own, "SET"), a.target)
        for a in submission.associations
    ]


def test_the_set_describes_itself() -> None:
    (made,) = submit("a").submission_sets
    assert is_uuid(made.entry_uuid)
    assert oid_problem(made.unique_id or "") is None
    assert made.source_id == "1.2.3.4"
    assert made.patient_id == PATIENT
    assert made.content_type_code == CODE
    assert made.submission_time == "20240104150527"
    assert made.author == (AUTHOR,)


def test_every_set_has_its_own_ids() -> None:
    first, second = submit("a").submission_sets + submit("a").submission_sets
    assert first.entry_uuid != second.entry_uuid
    assert first.unique_id != second.unique_id


def test_each_entry_is_an_original_member() -> None:
    submission = submit("a", "b")
    assert [d.entry_uuid for d in submission.documents] == ["a", "b"]
    assert links(submission) == [("HAS_MEMBER", "SET", "a"), ("HAS_MEMBER", "SET", "b")]
    assert {a.submission_set_status for a in submission.associations} == {"Original"}
    assert len({a.entry_uuid for a in submission.associations}) == 2


def test_a_replacement_goes_from_new_to_old_and_is_no_member() -> None:
    submission = submit("a", "b", replaces={"b": OLD})
    assert links(submission)[2:] == [("RPLC", "b", OLD)]
    assert submission.associations[2].submission_set_status is None


def test_only_submitted_entries_replace() -> None:
    with pytest.raises(ValueError, match="no such entry to replace another with: c, d"):
        submit("a", replaces={"d": OLD, "c": OLD})


def test_folders_and_their_memberships_are_members_too() -> None:
    folder = Folder(entry_uuid="f", unique_id=new_oid(), patient_id=PATIENT)
    submission = submit("a", folders=(Filing(folder, ("a", OLD)),))
    assert submission.folders == (folder,)
    first, second = (a.entry_uuid for a in submission.associations if a.source == "f")
    assert links(submission)[1:] == [
        ("HAS_MEMBER", "SET", "f"),
        ("HAS_MEMBER", "f", "a"),
        ("HAS_MEMBER", "SET", first),
        ("HAS_MEMBER", "f", OLD),
        ("HAS_MEMBER", "SET", second),
    ]
    assert [a.submission_set_status for a in submission.associations] == ["Original"] + [None] * 5


def test_it_survives_the_wire() -> None:
    submission = submit("a", "b", replaces={"b": OLD})
    sent = etree.fromstring(write_submission(submission))
    assert read_submission(sent).associations == submission.associations
    assert read_submission(sent).submission_sets == submission.submission_sets
