"""ITI-18 on the wire: requests, answers, and answers that are produced while they are sent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lxml import etree

import schemas
from ihe_profiles import iti18
from ihe_profiles.ebrim.namespaces import QUERY, RIM, RS
from ihe_profiles.xds import encoding
from ihe_profiles.xds.errors import Refusal, Severity, error
from ihe_profiles.xds.fragment import object_ref
from ihe_profiles.xds.queries import BY_NAME
from ihe_profiles.xds.vocabulary import ResponseStatus
from tests.xds.messages import document, folder, keys

ERROR = error("registry-busy")
WARNING = error("undefined-parameter", query="q", parameter="p").by_rule("r", Severity.WARNING)
UUID = "urn:uuid:8b6d2f3e-6c1c-4b51-9d6a-0f6d2a9a7b10"
FIND = BY_NAME["FindDocuments"].id


def parsed(answer) -> etree._Element:
    element = etree.fromstring(b"".join(answer.body))
    assert schemas.violations(element) == []
    return element


def test_a_request_is_valid_and_read_as_written() -> None:
    parameters = {
        "$XDSDocumentEntryPatientId": "1^^^&1.2&ISO",
        "$XDSDocumentEntryStatus": ["a", "b'c"],
        "$XDSDocumentEntryEventCodeList": [["x^^1", "y^^2"], ["z^^3"]],
        "$XDSDocumentEntryCreationTimeFrom": "2005",
    }
    body = etree.fromstring(iti18.request(FIND, parameters, "ObjectRef", "urn:oid:1.2"))
    assert body.tag == iti18.TRANSACTION.request
    assert schemas.violations(body) == []
    found = iti18.parse(body)
    assert (found.query_id, found.return_type, found.home) == (FIND, "ObjectRef", "urn:oid:1.2")
    assert found.slots == (
        ("$XDSDocumentEntryPatientId", ("'1^^^&1.2&ISO'",)),
        ("$XDSDocumentEntryStatus", ("('a','b''c')",)),
        ("$XDSDocumentEntryEventCodeList", ("('x^^1','y^^2')",)),
        ("$XDSDocumentEntryEventCodeList", ("('z^^3')",)),
        ("$XDSDocumentEntryCreationTimeFrom", ("2005",)),
    )


def test_composed_objects_are_asked_for() -> None:
    body = etree.fromstring(iti18.request(FIND, {}))
    assert body[0].get("returnComposedObjects") == "true"


def test_an_absent_return_type_is_the_schemas() -> None:
    body = etree.fromstring(iti18.request(FIND, {}))
    del body[0].attrib["returnType"]
    assert iti18.parse(body).return_type == "RegistryObject"


def test_an_invalid_request_is_refused_by_name() -> None:
    body = etree.fromstring(iti18.request(FIND, {}))
    body.remove(body[0])
    with pytest.raises(Refusal) as refusal:
        iti18.parse(body)
    assert keys(refusal.value.errors) == ["query-schema-violation"]
    assert "AdhocQueryRequest" in refusal.value.errors[0].context


def test_objects_and_references_come_back() -> None:
    objects = (document(entry_uuid=UUID), folder(entry_uuid=UUID[:-1] + "1"))
    written = [encoding.write(obj) for obj in objects]
    found = iti18.read_response(parsed(iti18.answer((WARNING,), [*written, object_ref(UUID)])))
    assert found.status is ResponseStatus.SUCCESS
    assert found.errors == (WARNING,)
    assert found.objects == objects
    assert found.refs == (UUID,)


def test_nothing_found_is_an_empty_success() -> None:
    element = parsed(iti18.answer(()))
    assert [etree.QName(child).localname for child in element] == ["RegistryObjectList"]
    assert element.get("status") == ResponseStatus.SUCCESS


def test_a_failure_has_an_empty_list_and_no_objects() -> None:
    element = parsed(iti18.answer((WARNING, ERROR), [object_ref(UUID)]))
    assert element.get("status") == ResponseStatus.FAILURE
    assert [child.tag for child in element] == [
        f"{{{RS}}}RegistryErrorList",
        f"{{{RIM}}}RegistryObjectList",
    ]
    assert len(element[1]) == 0


def test_the_prefixes_are_bound_at_the_root() -> None:
    assert parsed(iti18.answer(())).nsmap == {"query": QUERY, "rim": RIM, "rs": RS}


@pytest.mark.parametrize("kind", [list, tuple])
def test_a_list_becomes_one_piece_of_known_length(kind: type) -> None:
    body = iti18.answer((), kind([object_ref(UUID)] * 3)).body
    assert isinstance(body, list)
    assert len(body) == 1


def test_a_generator_is_read_while_it_is_sent_and_closed_with_the_answer() -> None:
    events = []

    def objects() -> Iterator[bytes]:
        try:
            for number in range(3):
                events.append(number)
                yield object_ref(UUID)
        finally:
            events.append("closed")

    body = iter(iti18.answer((), objects()).body)
    assert events == []
    next(body)
    assert events == []
    next(body)
    assert events == [0]
    body.close()
    assert events == [0, "closed"]


def test_a_streamed_answer_is_the_same() -> None:
    objects = [object_ref(UUID)] * 3
    streamed = b"".join(iti18.answer((), iter(objects)).body)
    assert streamed == b"".join(iti18.answer((), objects).body)


def test_a_comment_in_a_value_is_not_part_of_it() -> None:
    body = etree.fromstring(iti18.request(FIND, {"$x": "abc"}))
    (value,) = body.iter(f"{{{RIM}}}Value")
    value.text, comment = "'ab", etree.Comment("x")
    comment.tail = "c'"
    value.append(comment)
    assert iti18.parse(body).slots == (("$x", ("'abc'",)),)
