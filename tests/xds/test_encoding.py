"""What cannot be read as XDS metadata is refused by name, all of it at once; the rest is kept."""

from __future__ import annotations

import pytest
from lxml import etree

from ihe_profiles.ebrim.namespaces import RIM
from ihe_profiles.xds import encoding
from ihe_profiles.xds.errors import Refusal
from ihe_profiles.xds.metadata import DocumentEntry, Folder, Submission, SubmissionSet
from ihe_profiles.xds.vocabulary import (
    CLASSIFICATION_NODES,
    CLASSIFICATION_SCHEMES,
    IDENTIFICATION_SCHEMES,
    STABLE,
)
from tests.xds.messages import key_of, keys, object_list

SET_NODE = CLASSIFICATION_NODES["SubmissionSet"]
FOLDER_NODE = CLASSIFICATION_NODES["Folder"]
TITLE = '<rim:Name><rim:LocalizedString value="Bio"/></rim:Name>'
SCHEME = (
    '<rim:Slot name="codingScheme"><rim:ValueList><rim:Value>1.2</rim:Value></rim:ValueList>'
    "</rim:Slot>"
)


def entry(inner: str = "", object_type: str = STABLE) -> str:
    return f'<rim:ExtrinsicObject id="d" objectType="{object_type}">{inner}</rim:ExtrinsicObject>'


def slot(name: str, *values: str) -> str:
    inner = "".join(f"<rim:Value>{value}</rim:Value>" for value in values)
    return f'<rim:Slot name="{name}"><rim:ValueList>{inner}</rim:ValueList></rim:Slot>'


def classification(kind: str, value: str, inner: str = "", of: str = "d", code: str = "x") -> str:
    return (
        f'<rim:Classification id="c" classifiedObject="{of}" {kind}="{value}"'
        f' nodeRepresentation="{code}">{inner}</rim:Classification>'
    )


def code(attribute: str, inner: str = SCHEME, **more: str) -> str:
    scheme = CLASSIFICATION_SCHEMES[f"DocumentEntry.{attribute}"]
    return classification("classificationScheme", scheme, inner, **more)


def identifier(scheme: str, value: str = "1.2", of: str = "d", inner: str = "") -> str:
    return (
        f'<rim:ExternalIdentifier id="e" registryObject="{of}" identificationScheme="{scheme}"'
        f' value="{value}">{inner}</rim:ExternalIdentifier>'
    )


def package(inner: str = "") -> str:
    return f'<rim:RegistryPackage id="p">{inner}</rim:RegistryPackage>'


def mark(node: str, of: str = "p") -> str:
    return f'<rim:Classification id="m" classifiedObject="{of}" classificationNode="{node}"/>'


def read(inner: str) -> Submission:
    return encoding.read_submission(object_list(inner))


def read_document(inner: str) -> DocumentEntry:
    (document,) = read(entry(inner)).documents
    return document


UNIQUE_ID = IDENTIFICATION_SCHEMES["DocumentEntry.uniqueId"]

REFUSED = {
    "unexpected-element": '<rim:Service id="s"/>',
    "unknown-object-type": entry(object_type="urn:uuid:00000000-0000-4000-8000-000000000000"),
    "unmarked-package": package(TITLE),
    "ambiguous-package": package(mark(SET_NODE) + mark(FOLDER_NODE)),
    "stray-classification": package(mark(SET_NODE)) + mark(SET_NODE, of="q"),
    "wrong-parent": entry(identifier(UNIQUE_ID, of="other")),
    "unknown-classification": entry(classification("classificationScheme", "urn:uuid:x")),
    "unknown-identification-scheme": entry(identifier("urn:uuid:x")),
    "slot-repeated": entry(slot("urn:example:a", "1") + slot("urn:example:a", "2")),
    "attribute-repeated": entry(code("classCode") * 2),
    "slot-value-number": entry(slot("size", "1", "2")),
    "code-without-scheme": entry(code("classCode", inner="")),
    "code-without-value": entry(code("classCode", code="")),
    "unexpected-content": package(mark(SET_NODE) + "<rim:RegistryObjectList/>"),
}


@pytest.mark.parametrize("key", REFUSED)
def test_refused_by_name(key: str) -> None:
    with pytest.raises(Refusal) as refusal:
        read(REFUSED[key])
    assert keys(refusal.value.errors) == [key]


@pytest.mark.parametrize(
    ("inner", "named"),
    [
        (REFUSED["unknown-classification"], ["DocumentEntry d", "urn:uuid:x"]),
        (REFUSED["unknown-identification-scheme"], ["DocumentEntry d", "urn:uuid:x"]),
        (REFUSED["unmarked-package"], ["RegistryPackage p", "Bio"]),
        (REFUSED["unexpected-element"], ["Service", "id s"]),
        (REFUSED["stray-classification"], ["classifies q", SET_NODE]),
        (REFUSED["wrong-parent"], ["DocumentEntry d", "registryObject", "other"]),
        (REFUSED["slot-value-number"], ["DocumentEntry d", "size", "2 values", "4.2.3.2.21"]),
        (REFUSED["attribute-repeated"], ["classCode 2 times", "4.2.3.2.3"]),
    ],
)
def test_the_error_names_object_attribute_and_value(inner: str, named: list[str]) -> None:
    with pytest.raises(Refusal) as refusal:
        read(inner)
    assert all(name in refusal.value.errors[0].context for name in named)


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(Refusal) as refusal:
        read("".join(REFUSED.values()))
    assert set(keys(refusal.value.errors)) == set(REFUSED)


def test_a_title_stands_beside_the_id() -> None:
    with pytest.raises(Refusal) as refusal:
        read(entry(TITLE + identifier("urn:uuid:x")))
    assert 'DocumentEntry d (title "Bio")' in refusal.value.errors[0].context


@pytest.mark.parametrize("kind", ["SubmissionSet", "Folder"])
@pytest.mark.parametrize("place", ["inside", "before", "after", "both"])
def test_the_mark_may_stand_inside_or_beside(kind: str, place: str) -> None:
    one = mark(CLASSIFICATION_NODES[kind])
    found = read(
        {
            "inside": package(one),
            "before": one + package(),
            "after": package() + one,
            "both": package(one) + one,
        }[place]
    )
    expected = {"SubmissionSet": SubmissionSet, "Folder": Folder}[kind]
    assert [type(obj) for obj in (*found.submission_sets, *found.folders)] == [expected]


def test_marked_inside_as_one_and_beside_as_the_other() -> None:
    with pytest.raises(Refusal) as refusal:
        read(package(mark(SET_NODE)) + mark(FOLDER_NODE))
    assert keys(refusal.value.errors) == ["ambiguous-package"]


def test_a_code_beside_the_objects_is_refused() -> None:
    with pytest.raises(Refusal) as refusal:
        read(entry() + code("classCode"))
    assert keys(refusal.value.errors) == ["stray-classification"]


@pytest.mark.parametrize("node", ["SubmissionSet", "Folder", "SubmissionSet.limitedMetadata"])
def test_a_mark_of_another_kind_is_unknown(node: str) -> None:
    with pytest.raises(Refusal) as refusal:
        read(entry(classification("classificationNode", CLASSIFICATION_NODES[node])))
    assert keys(refusal.value.errors) == ["unknown-classification"]


def test_a_scheme_of_another_kind_is_unknown() -> None:
    with pytest.raises(Refusal) as refusal:
        read(entry(identifier(IDENTIFICATION_SCHEMES["Folder.uniqueId"])))
    assert keys(refusal.value.errors) == ["unknown-identification-scheme"]


def test_limited_metadata_is_read() -> None:
    node = CLASSIFICATION_NODES["DocumentEntry.limitedMetadata"]
    assert read_document(classification("classificationNode", node)).limited_metadata


@pytest.mark.parametrize(
    ("values", "uri"),
    [
        (["http://example.org/a"], "http://example.org/a"),
        (["1|http://exam", "2|ple.org/a"], "http://example.org/a"),
        (["2|ple.org/a", "1|http://exam"], "http://example.org/a"),
        (["1|whole"], "whole"),
        ([f"{n}|{n}." for n in (10, 1, 2, 3, 4, 5, 6, 7, 8, 9)], "1.2.3.4.5.6.7.8.9.10."),
    ],
)
def test_a_split_uri_is_joined_in_the_order_of_its_numbers(values: list[str], uri: str) -> None:
    assert read_document(slot("URI", *values)).uri == uri


@pytest.mark.parametrize("values", [["a", "b"], ["1|a", "3|b"], ["1|a", "1|b"], ["1|a", "b"], []])
def test_other_uris_in_pieces_are_refused(values: list[str]) -> None:
    with pytest.raises(Refusal) as refusal:
        read(entry(slot("URI", *values)))
    assert keys(refusal.value.errors) == ["slot-value-number"]


def test_one_uri_value_is_written() -> None:
    document = read_document(slot("URI", "1|http://exam", "2|ple.org/a"))
    values = etree.fromstring(encoding.write(document)).findall(f".//{{{RIM}}}Value")
    assert [value.text for value in values] == ["http://example.org/a"]


def test_hash_size_and_times_keep_their_text() -> None:
    found = read_document(slot("hash", "AbC") + slot("size", "007") + slot("creationTime", "2024"))
    assert (found.hash, found.size, found.creation_time) == ("AbC", "007", "2024")


def test_slots_that_no_attribute_claims_are_kept_everywhere() -> None:
    extra = slot("urn:example:a", "1", "2")
    found = read_document(extra + code("classCode", SCHEME + extra))
    assert [one.values for one in found.extra_slots] == [("1", "2")]
    assert found.class_code is not None
    assert [one.values for one in found.class_code.extra_slots] == [("1", "2")]


@pytest.mark.parametrize(
    "inner",
    [
        identifier(UNIQUE_ID, inner=SCHEME),
        identifier(UNIQUE_ID, inner=code("classCode", of="e")),
        code("classCode", SCHEME + identifier(UNIQUE_ID, of="c")),
        code("classCode", SCHEME + code("typeCode", of="c")),
    ],
)
def test_what_nested_objects_hold_in_vain_is_refused(inner: str) -> None:
    with pytest.raises(Refusal) as refusal:
        read(entry(inner))
    assert keys(refusal.value.errors) == ["unexpected-content"]


def test_object_refs_are_passed_over() -> None:
    assert read(f'<rim:ObjectRef id="x"/>{entry()}').documents


def test_one_object_alone() -> None:
    assert isinstance(encoding.read(object_list(package(mark(FOLDER_NODE)))[0]), Folder)


@pytest.mark.parametrize("inner", ['<rim:ObjectRef id="x"/>', '<rim:Service id="x"/>'])
def test_something_else_alone_is_refused(inner: str) -> None:
    with pytest.raises(Refusal) as refusal:
        encoding.read(object_list(inner)[0])
    assert [key_of(one) for one in refusal.value.errors] == ["unexpected-element"]
