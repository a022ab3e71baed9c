"""Every rule, broken once; and what obeys them all is taken."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given

from ihe_profiles.xds.attributes import KINDS, Place
from ihe_profiles.xds.datatypes import CX, DTM, XCN, XON
from ihe_profiles.xds.metadata import ON_DEMAND, Author, Code, LocalizedString, Slot, Submission
from ihe_profiles.xds.rules import RULES, check
from ihe_profiles.xds.vocabulary import AssociationType
from tests.xds import strategies
from tests.xds.messages import (
    AUTHOR,
    CODE,
    ELSEWHERE,
    MEMBER,
    PATIENT,
    document,
    folder,
    keys,
    link,
    submission,
    submission_set,
)
from tests.xds.test_round_trip import few

OTHER_PATIENT = CX("2^^^&1.2.250.1.213.1.4.10&ISO")
SECOND = document(entry_uuid="Document02", unique_id="1.2.3.4")
SECOND_MEMBER = link("SubmissionSet01", "Document02", "Original")
FOLDER_MEMBER = link("SubmissionSet01", "Folder01")
FILED = (
    FOLDER_MEMBER,
    link("Folder01", "Document01", entry_uuid="Filing01"),
    link("SubmissionSet01", "Filing01"),
)


def relation(kind: AssociationType, target: str, source: str = "Document01") -> Submission:
    return submission(link(source, target, kind=kind))


def with_document(**changes: object) -> Submission:
    return submission(documents=(document(**changes),))


def with_set(**changes: object) -> Submission:
    return submission(sets=(submission_set(**changes),))


def with_folder(**changes: object) -> Submission:
    return submission(*FILED, folders=(folder(**changes),))


# What breaks which rule: the name of the case, the submission, the keys of all its errors.
BROKEN: dict[str, tuple[Submission, list[str]]] = {
    "no set": (
        replace(submission(), submission_sets=(), associations=()),
        ["submission-set-number"],
    ),
    "two sets": (
        submission(sets=(submission_set(), submission_set(entry_uuid="Set02", unique_id="1.9"))),
        ["submission-set-number"],
    ),
    "nothing": (Submission((submission_set(),)), ["submission-empty"]),
    "only a reference": (
        Submission(
            (submission_set(),),
            associations=(link("SubmissionSet01", ELSEWHERE, "Reference"),),
        ),
        ["submission-empty"],
    ),
    "one id twice": (
        submission(documents=(document(), replace(SECOND, entry_uuid="Document01"))),
        ["id-repeated"],
    ),
    "one uniqueId twice": (with_set(unique_id="1.2.3.1"), ["duplicate-id-in-message"]),
    "another patient in the document": (
        with_document(patient_id=OTHER_PATIENT),
        ["patient-id-mismatch"],
    ),
    "another patient in the folder": (
        with_folder(patient_id=OTHER_PATIENT),
        ["patient-id-mismatch"],
    ),
    "a document without membership": (
        submission(documents=(document(), SECOND)),
        ["member-missing"],
    ),
    "a folder without membership": (submission(folders=(folder(),)), ["member-missing"]),
    "a filing without membership": (
        submission(*FILED[:2], folders=(folder(),)),
        ["member-missing"],
    ),
    "a membership twice": (
        submission(replace(MEMBER, entry_uuid="Again")),
        ["member-repeated"],
    ),
    "a symbol that leads nowhere": (
        submission(link("SubmissionSet01", "Document09", "Original")),
        ["unresolved-reference"],
    ),
    "a replacement of a symbol": (
        relation(AssociationType.RPLC, "Document09"),
        ["unresolved-reference"],
    ),
    "a relationship from elsewhere": (
        relation(AssociationType.APND, "Document01", source=ELSEWHERE),
        ["unresolved-reference"],
    ),
    "a replacement within the submission": (
        submission(
            SECOND_MEMBER,
            link("Document01", "Document02", kind=AssociationType.RPLC),
            documents=(document(), SECOND),
        ),
        ["unresolved-reference"],
    ),
    "an unknown type": (
        submission(link("Document01", ELSEWHERE, kind="urn:example:kind")),
        ["association-type-unknown"],
    ),
    "a type of another transaction": (
        submission(
            link("SubmissionSet01", ELSEWHERE, kind=AssociationType.UPDATE_AVAILABILITY_STATUS)
        ),
        ["association-type-unknown"],
    ),
    "a document with a member": (
        submission(
            link("Document01", ELSEWHERE, entry_uuid="Odd"),
            link("SubmissionSet01", "Odd"),
        ),
        ["association-ends"],
    ),
    "a folder in a folder": (
        submission(
            *FILED,
            link("SubmissionSet01", "Folder02"),
            link("Folder01", "Folder02", entry_uuid="Odd"),
            link("SubmissionSet01", "Odd"),
            folders=(folder(), folder(entry_uuid="Folder02", unique_id="1.2.3.5")),
        ),
        ["association-ends"],
    ),
    "a set in a folder": (
        submission(
            link(ELSEWHERE, "SubmissionSet01", entry_uuid="Odd"),
            link("SubmissionSet01", "Odd"),
        ),
        ["association-ends"],
    ),
    "a relationship as a member": (
        submission(
            link("Document01", ELSEWHERE, kind=AssociationType.RPLC, entry_uuid="Replacement"),
            link("SubmissionSet01", "Replacement"),
        ),
        ["association-ends"],
    ),
    "a set that replaces": (
        relation(AssociationType.RPLC, ELSEWHERE, source="SubmissionSet01"),
        ["association-ends"],
    ),
    "an appendix to a set": (
        relation(AssociationType.APND, "SubmissionSet01"),
        ["association-ends"],
    ),
    "an appendix to a transformation": (
        submission(
            SECOND_MEMBER,
            link("Document02", ELSEWHERE, kind=AssociationType.XFRM),
            link("Document01", "Document02", kind=AssociationType.APND),
            documents=(document(), SECOND),
        ),
        ["transformation-appended-to"],
    ),
    "a title too long for a document": (
        with_document(title=(LocalizedString("é" * 128),)),
        ["value-malformed"],
    ),
    "a title too long for a set": (
        with_set(title=(LocalizedString("x"), LocalizedString("x" * 256, "fr"))),
        ["value-malformed"],
    ),
    "a title too long for a folder": (
        with_folder(title=(LocalizedString("x" * 257),)),
        ["value-malformed"],
    ),
    "a member without status": (
        replace(submission(), associations=(replace(MEMBER, submission_set_status=None),)),
        ["submission-set-status"],
    ),
    "a reference within the submission": (
        replace(submission(), associations=(replace(MEMBER, submission_set_status="Reference"),)),
        ["submission-set-status"],
    ),
    "an original elsewhere": (
        submission(link("SubmissionSet01", ELSEWHERE, "Original")),
        ["submission-set-status"],
    ),
    "limited metadata in the document": (
        with_document(limited_metadata=True),
        ["attribute-forbidden"],
    ),
    "limited metadata in the set": (with_set(limited_metadata=True), ["attribute-forbidden"]),
    "limited metadata in the folder": (
        with_folder(limited_metadata=True),
        ["attribute-forbidden"],
    ),
    "a malformed hash": (with_document(hash="x"), ["value-malformed"]),
    "a malformed entryUUID": (
        with_folder(logical_id="urn:uuid:X"),
        ["value-malformed", "logical-id-differs"],
    ),
    "a malformed uniqueId of a set": (with_set(unique_id="urn:x:y"), ["value-malformed"]),
    "a malformed scheme of a code": (
        with_document(class_code=replace(CODE, scheme=" ")),
        ["value-malformed"],
    ),
    "a code without display name": (
        with_document(event_code_list=(CODE, Code("x", "1.2", (LocalizedString(" "),)))),
        ["code-without-display"],
    ),
    "a documentation without display name": (
        submission(
            replace(
                link("Document01", ELSEWHERE, kind=AssociationType.RPLC),
                documentation=Code("x", "1.2"),
            )
        ),
        ["code-without-display"],
    ),
    "an author without a name": (
        with_document(author=(AUTHOR, Author(roles=("x",)))),
        ["author-empty"],
    ),
    "a malformed author": (
        with_set(author=(Author(person=XCN("^^x"), institutions=(XON("^x"),)),)),
        ["value-malformed", "value-malformed"],
    ),
    "a slot that is no URN": (
        with_document(extra_slots=(Slot("extra", ("1",)),)),
        ["extra-slot-name"],
    ),
    "a slot of IHE's": (
        with_set(extra_slots=(Slot("urn:IHE:iti:extra", ("1",)),)),
        ["extra-slot-name"],
    ),
    "a slot of a code": (
        with_folder(code_list=(replace(CODE, extra_slots=(Slot("extra", ()),)),)),
        ["extra-slot-name"],
    ),
    "another logicalID": (with_document(logical_id=ELSEWHERE), ["logical-id-differs"]),
    "an on-demand entry": (with_document(object_type=ON_DEMAND), ["only-stable-entries"]),
    "service times reversed": (
        with_document(service_start_time=DTM("20240301"), service_stop_time=DTM("20240229101500")),
        ["service-times-reversed"],
    ),
    "two sexes": (
        with_document(source_patient_info=("PID-8|F", "PID-8|M", "PID-7|2000", "PID-5|x")),
        ["value-repeated"],
    ),
}

TAKEN: dict[str, Submission] = {
    "one document": submission(),
    "a folder with it": submission(*FILED, folders=(folder(),)),
    "into a registered folder": submission(
        link(ELSEWHERE, "Document01", entry_uuid="Filing"), link("SubmissionSet01", "Filing")
    ),
    "a registered document into a registered folder": Submission(
        (submission_set(),),
        associations=(
            link(ELSEWHERE, ELSEWHERE, entry_uuid="Filing"),
            link("SubmissionSet01", "Filing"),
        ),
    ),
    "a replacement": relation(AssociationType.RPLC, ELSEWHERE),
    "an appendix": relation(AssociationType.APND, ELSEWHERE),
    "a snapshot": relation(AssociationType.IS_SNAPSHOT_OF, ELSEWHERE),
    "a signature within the submission": submission(
        SECOND_MEMBER,
        link("Document02", "Document01", kind=AssociationType.SIGNS),
        documents=(document(), SECOND),
    ),
    "a signature of the submission": relation(AssociationType.SIGNS, "SubmissionSet01"),
    "an appendix to a document that is transformed": submission(
        SECOND_MEMBER,
        link("Document02", ELSEWHERE, kind=AssociationType.APND),
        link("Document01", ELSEWHERE, kind=AssociationType.XFRM),
        documents=(document(), SECOND),
    ),
    "the longest titles": submission(
        *FILED,
        sets=(submission_set(title=(LocalizedString("x" * 255),)),),
        documents=(document(title=(LocalizedString("é" * 127),)),),
        folders=(folder(title=(LocalizedString("x" * 256),)),),
    ),
    "a reference": submission(link("SubmissionSet01", ELSEWHERE, "Reference")),
    "another type code of the same patient": with_document(patient_id=CX(PATIENT[:-3])),
    "service times of one day": with_document(
        service_start_time=DTM("20240229101500"), service_stop_time=DTM("20240229")
    ),
    "its own logicalID": submission(
        link("SubmissionSet01", ELSEWHERE, "Original"),
        documents=(
            document(),
            replace(SECOND, entry_uuid=ELSEWHERE, logical_id=ELSEWHERE),
        ),
    ),
    "extra metadata": with_document(extra_slots=(Slot("urn:example:a", ("1",)),)),
    "an empty title": with_document(title=(LocalizedString(""),)),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken(case: str) -> None:
    found, expected = BROKEN[case]
    assert keys(check(found)) == expected


@pytest.mark.parametrize("case", TAKEN)
def test_taken(case: str) -> None:
    assert check(TAKEN[case]) == []


@given(strategies.submissions)
@few
def test_every_legal_submission_is_taken(submission: Submission) -> None:
    assert check(submission) == []


REQUIRED = {
    "documents": (
        "class_code confidentiality_code creation_time format_code hash"
        " healthcare_facility_type_code language_code mime_type object_type patient_id"
        " practice_setting_code repository_unique_id size source_patient_id type_code unique_id"
    ),
    "submission_sets": "content_type_code patient_id source_id submission_time unique_id",
    "folders": "code_list patient_id title unique_id",
}


@pytest.mark.parametrize("group", REQUIRED)
def test_exactly_the_required_attributes_are_missed(group: str) -> None:
    whole = submission(*FILED, folders=(folder(),))
    (obj,) = getattr(whole, group)
    missed = set()
    for field in fields(obj):
        value = getattr(obj, field.name)
        if field.name != "entry_uuid" and (isinstance(value, tuple) or value is not None):
            empty = () if isinstance(value, tuple) else None
            changed = replace(whole, **{group: (replace(obj, **{field.name: empty}),)})
            if "attribute-missing" in keys(check(changed)):
                missed.add(field.name)
    assert missed == set(REQUIRED[group].split())


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (kind.name, row.name)
        for kind in KINDS.values()
        for row in kind.attributes
        if row.judge and row.place in (Place.OBJECT, Place.SLOT, Place.IDENTIFIER)
    ],
)
def test_every_value_is_judged_by_its_type(kind: str, name: str) -> None:
    made = {
        "DocumentEntry": ("documents", document()),
        "SubmissionSet": ("submission_sets", submission_set()),
        "Folder": ("folders", folder()),
        "Association": ("associations", MEMBER),
    }
    group, obj = made[kind]
    row = next(k for k in KINDS.values() if k.name == kind).by_name[name]
    bad = (" ",) if row.multiple else " "
    whole = Submission(**{group: (replace(obj, **{row.field: bad}),)})
    named = [e.context for e in check(whole) if keys([e]) == ["value-malformed"]]
    assert [f"{name} of {kind} " in context and row.section in context for context in named] == [
        True
    ]


def test_every_rule_is_broken_by_a_case() -> None:
    broken = {
        rule.name for found, _ in BROKEN.values() for rule in RULES if check(found, rules=(rule,))
    }
    walked = {rule.name for rule in RULES if rule.name.endswith(("-form", "-slots", "-attributes"))}
    assert broken | walked == {rule.name for rule in RULES}


def test_the_errors_name_object_attribute_value_and_section() -> None:
    (error,) = check(with_document(hash="xyz"))
    assert error.context == (
        'hash of DocumentEntry Document01 (title "Biologie"): the value "xyz" is not a SHA-1 of 40'
        " hexadecimal digits. Correct the value. [TF-3 4.2.3.2.10]"
    )
    (error,) = check(with_document(language_code=None))
    assert error.context == (
        'DocumentEntry Document01 (title "Biologie") has no languageCode, which a registry'
        " requires. Add it. [TF-3 4.2.3.2.13; TF-3 table 4.3.1-3]"
    )
