"""A fragment with its columns around it is the object, whatever the object."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from lxml import etree

import schemas
from ihe_profiles import iti18
from ihe_profiles.ebrim.namespaces import OBJECT_TYPE, RIM
from ihe_profiles.xds import encoding
from ihe_profiles.xds.datatypes import CX, is_uuid
from ihe_profiles.xds.fragment import (
    AssociationShell,
    DocumentShell,
    PackageShell,
    Shell,
    fragment,
    object_ref,
    render,
)
from ihe_profiles.xds.metadata import Association, DocumentEntry, Folder, RegistryObject
from ihe_profiles.xds.vocabulary import ON_DEMAND, Status
from tests.xds import strategies
from tests.xds.messages import document, folder, link, submission_set
from tests.xds.test_round_trip import few

UUID = "urn:uuid:8b6d2f3e-6c1c-4b51-9d6a-0f6d2a9a7b10"


def shell(obj: RegistryObject) -> Shell:
    """The columns of an object, as a row would bring them."""
    ours = (obj.entry_uuid, obj.availability_status, obj.logical_id, obj.version)
    if isinstance(obj, Association):
        return AssociationShell(
            obj.entry_uuid, obj.type, obj.source, obj.target, *ours[1:], obj.home_community_id
        )
    shared = (*ours, obj.home_community_id, obj.patient_id)
    if isinstance(obj, DocumentEntry):
        return DocumentShell(*shared, obj.mime_type, obj.object_type, obj.is_opaque)
    if isinstance(obj, Folder) and obj.last_update_time:
        return PackageShell(*shared, int(obj.last_update_time))
    return PackageShell(*shared)


def answered(*rendered: bytes) -> etree._Element:
    """The answer to a query, parsed."""
    (body,) = iti18.answer((), rendered).body
    assert isinstance(body, bytes)
    return etree.fromstring(body)


@given(strategies.objects)
@few
def test_rendered_it_is_the_object(obj: RegistryObject) -> None:
    answer = answered(render(fragment(obj), shell(obj)))
    assert schemas.violations(answer) == []
    (found,) = iti18.read_response(answer).objects
    if not isinstance(obj, Association):
        obj = replace(obj, limited_metadata=False)  # the one mark that no answer has
    assert found == obj


@given(strategies.objects)
@few
def test_nested_ids_are_uuids_and_name_their_parent(obj: RegistryObject) -> None:
    (element,) = answered(render(fragment(obj), shell(obj)))[0]
    nested = [child for child in element if child.get("id")]
    assert all(is_uuid(child.get("id")) for child in nested)
    parents = {child.get("classifiedObject", child.get("registryObject")) for child in nested}
    assert parents <= {obj.entry_uuid}
    for child in nested:
        assert child.get("objectType") == OBJECT_TYPE + etree.QName(child).localname


@given(strategies.objects)
@few
def test_what_may_change_is_not_in_the_fragment(obj: RegistryObject) -> None:
    first = fragment(obj)
    ids = re.compile(rb'(?<= id=")urn:uuid:[^"]*')
    changed = replace(obj, availability_status="x", home_community_id="urn:oid:9", version="7")
    if isinstance(obj, Folder):
        changed = replace(changed, last_update_time="20300101000000")
    if not isinstance(obj, Association) and obj.patient_id:
        changed = replace(changed, patient_id=CX("other^^^&1.2.3&ISO"))
    assert ids.sub(b"", fragment(changed)) == ids.sub(b"", first)


def test_the_columns_win() -> None:
    stored = fragment(replace(document(), entry_uuid=UUID))
    columns = DocumentShell(
        UUID,
        Status.DEPRECATED,
        UUID,
        2,
        "urn:oid:1.2.3",
        'a"b<&>^^^&1.2&ISO',
        'text/plain; charset="x"',
        ON_DEMAND,
        True,
    )
    (found,) = iti18.read_response(answered(render(stored, columns))).objects
    assert isinstance(found, DocumentEntry)
    assert found.availability_status == Status.DEPRECATED
    assert (found.logical_id, found.version, found.home_community_id) == (
        UUID,
        "2",
        "urn:oid:1.2.3",
    )
    assert found.patient_id == 'a"b<&>^^^&1.2&ISO'
    assert found.mime_type == 'text/plain; charset="x"'
    assert (found.object_type, found.is_opaque) == (ON_DEMAND, True)


def test_absent_columns_leave_nothing_behind() -> None:
    text = render(fragment(replace(submission_set(), entry_uuid=UUID)), PackageShell(UUID))
    assert text.startswith(b'<rim:RegistryPackage id="%b" objectType=' % UUID.encode())
    assert b"VersionInfo" not in text
    assert b"lastUpdateTime" not in text


def test_last_update_time_comes_from_its_column() -> None:
    stored = fragment(replace(folder(), entry_uuid=UUID, last_update_time="20200101000000"))
    columns = PackageShell(UUID, last_update_time=20240229101500)
    (found,) = iti18.read_response(answered(render(stored, columns))).objects
    assert isinstance(found, Folder)
    assert found.last_update_time == "20240229101500"
    assert b"20200101000000" not in stored


def test_valid_ids_of_nested_objects_stay_in_lower_case() -> None:
    kept = replace(document().class_code, id=UUID.upper())
    stored = fragment(replace(document(), entry_uuid=UUID, class_code=kept))
    assert b' id="%b"' % UUID.encode() in stored


def test_an_association_needs_no_patient() -> None:
    association = link("urn:uuid:a", "urn:uuid:b", entry_uuid=UUID)
    columns = AssociationShell(UUID, association.type, association.source, association.target)
    (found,) = iti18.read_response(answered(render(fragment(association), columns))).objects
    assert found == association


def test_a_limited_metadata_mark_is_not_stored() -> None:
    marked = replace(document(), entry_uuid=UUID, limited_metadata=True)
    assert b"classificationNode" not in fragment(marked)


def test_the_mark_of_a_package_is_stored() -> None:
    assert b"classificationNode" in fragment(replace(folder(), entry_uuid=UUID))


@pytest.mark.parametrize("home", [None, "urn:oid:1.2.3"])
def test_object_ref(home: str | None) -> None:
    answer = answered(object_ref(UUID, home))
    assert schemas.violations(answer) == []
    assert iti18.read_response(answer).refs == (UUID,)
    assert answer.find(f".//{{{RIM}}}ObjectRef").get("home") == home


def test_writing_and_rendering_agree() -> None:
    obj = replace(document(), entry_uuid=UUID)
    rendered = answered(render(fragment(obj), shell(obj)))[0][0]
    assert encoding.read(rendered) == encoding.read(etree.fromstring(encoding.write(obj)))
