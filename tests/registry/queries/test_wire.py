"""How values are written, and what answers carry (ITI TF-2 3.18.4.1.2.3.5, 3.18.4.1.3)."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest
from lxml import etree

import schemas
from ihe_profiles import iti18
from ihe_profiles.xds.domain.judge import Judge
from ihe_profiles.xds.domain.strictness import Level
from ihe_profiles.xds.queries import BY_NAME
from ihe_profiles.xds.vocabulary import ResponseStatus, Status
from ledger.database import Database
from registry.service import Registry
from tests.registry.consumer import QUERYING, Consumer
from tests.registry.queries.world import World
from tests.registry.samples import PATIENT, author, code

FIND = BY_NAME["FindDocuments"].id
STATUS = ("$XDSDocumentEntryStatus", f"('{Status.APPROVED}')")
WHOSE = ("$XDSDocumentEntryPatientId", f"'{PATIENT}'")
Slot = tuple[str, ...]


def request(*slots: Slot, query: str = FIND, **attributes: str) -> bytes:
    """A query whose slots hold exactly these texts."""
    option = f' returnType="{attributes.pop("returnType", "LeafClass")}"'
    more = "".join(f' {name}="{value}"' for name, value in attributes.items())
    texts = "".join(
        f'<rim:Slot name="{name}"><rim:ValueList>'
        + "".join(f"<rim:Value>{value.replace('&', '&amp;')}</rim:Value>" for value in values)
        + "</rim:ValueList></rim:Slot>"
        for name, *values in slots
    )
    return (
        '<q:AdhocQueryRequest xmlns:q="urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0"'
        ' xmlns:rim="urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0">'
        f'<q:ResponseOption{option}/><rim:AdhocQuery id="{query}"{more}>{texts}</rim:AdhocQuery>'
        "</q:AdhocQueryRequest>"
    ).encode()


@pytest.fixture
def wards(world: World) -> World:
    world.register(
        "set",
        world.document("a", class_code=code("A"), author=(author("^O'Neil^Ann"),)),
        world.document("b", class_code=code("B"), event_code_list=(code("X"), code("Y"))),
        world.document("c", class_code=code("C"), event_code_list=(code("X"),)),
    )
    return world


CLASS, EVENTS = "$XDSDocumentEntryClassCode", "$XDSDocumentEntryEventCodeList"
AUTHOR, CREATED = "$XDSDocumentEntryAuthorPerson", "$XDSDocumentEntryCreationTimeFrom"


@pytest.mark.parametrize(
    ("slots", "expected"),
    [
        ([WHOSE, STATUS], "abc"),
        ([("$XDSDocumentEntryPatientId", f"('{PATIENT}')"), STATUS], "abc"),
        ([WHOSE, (STATUS[0], f"'{Status.APPROVED}'")], "abc"),
        ([WHOSE, (STATUS[0], "('urn:nonsense')", STATUS[1])], "abc"),
        ([WHOSE, STATUS, (CLASS, "('A^^1.2.3','B^^1.2.3')")], "ab"),
        ([WHOSE, STATUS, (CLASS, "('A^^1.2.3')", "('B^^1.2.3','C^^1.2.3')")], "abc"),
        ([WHOSE, STATUS, (CLASS, " ( 'A^^1.2.3' , 'C^^1.2.3' ) ")], "ac"),
        ([WHOSE, STATUS, (CLASS, "'B^^1.2.3'")], "b"),
        ([WHOSE, STATUS, (EVENTS, "('X^^1.2.3')"), (EVENTS, "('Y^^1.2.3','Z^^1.2.3')")], "b"),
        ([WHOSE, STATUS, (AUTHOR, "('%O''Neil%')")], "a"),
        ([WHOSE, STATUS, (CREATED, "20250301")], "abc"),
        ([WHOSE, STATUS, (CREATED, "'20250301'")], "abc"),
        ([WHOSE, STATUS, (CREATED, "(20250301000001)")], ""),
        ([WHOSE, STATUS, ("$MetadataLevel", "1")], "abc"),
        ([WHOSE, STATUS, ("$MetadataLevel", "2")], "abc"),
        ([WHOSE, STATUS, ("$NoSuchParameter", "no syntax at all (")], "abc"),
    ],
)
def test_values_as_they_are_written(wards: World, slots: list[Slot], expected: str) -> None:
    found = wards.registry.query_xml(request(*slots, home="urn:oid:1.2.3"))
    assert found.errors == ()
    assert "".join(wards.name(entry.entry_uuid) for entry in found.objects) == expected


@pytest.mark.parametrize(
    ("slots", "codes"),
    [
        ([STATUS], ["XDSStoredQueryMissingParam"]),
        ([WHOSE], ["XDSStoredQueryMissingParam"]),
        ([WHOSE, (STATUS[0], "('urn:nonsense')")], ["XDSStoredQueryMissingParam"]),
        ([WHOSE, (STATUS[0],)], ["XDSStoredQueryMissingParam"]),
        (
            [("$XDSDocumentEntryPatientId", f"('{PATIENT}','{PATIENT}')"), STATUS],
            ["XDSStoredQueryParamNumber"],
        ),
        ([WHOSE, WHOSE, STATUS], ["XDSStoredQueryParamNumber"]),
        ([WHOSE, STATUS, STATUS], ["XDSStoredQueryParamNumber"]),
        (
            [WHOSE, STATUS, (CLASS, "('A^^1.2.3')"), (CLASS, "('A^^1.2.3')")],
            ["XDSStoredQueryParamNumber"],
        ),
        ([WHOSE, STATUS, (CREATED, "20250301", "2026")], ["XDSStoredQueryParamNumber"]),
        ([("$XDSDocumentEntryPatientId", str(PATIENT)), STATUS], ["XDSRegistryError"]),
        ([WHOSE, STATUS, (CLASS, "('A')")], ["XDSRegistryError"]),
        ([WHOSE, STATUS, (CLASS, "('A^^1.2.3'")], ["XDSRegistryError"]),
        ([WHOSE, STATUS, (CREATED, "2025-03")], ["XDSRegistryError"]),
        ([WHOSE, STATUS, ("$MetadataLevel", "'one'")], ["XDSRegistryError"]),
        ([WHOSE, STATUS, (AUTHOR, f"('{'%' * 21}')")], ["XDSRegistryError"]),
        ([(CLASS, "('A')")], ["XDSRegistryError", *["XDSStoredQueryMissingParam"] * 2]),
    ],
)
def test_what_is_wrong_is_said_in_a_response(
    registry: Consumer, slots: list[Slot], codes: list[str]
) -> None:
    found = registry.query_xml(request(*slots))
    assert found.status is ResponseStatus.FAILURE
    assert sorted(error.code for error in found.errors) == sorted(codes)
    assert all("FindDocuments" in error.context for error in found.errors)


@pytest.mark.parametrize("kind", ["RegistryObject", "LeafClassWithRepositoryItem"])
def test_other_return_types_are_refused(registry: Consumer, kind: str) -> None:
    found = registry.query_xml(request(WHOSE, STATUS, returnType=kind))
    assert [error.code for error in found.errors] == ["XDSRegistryError"]


@pytest.mark.parametrize("return_type", ["LeafClass", "ObjectRef"])
@pytest.mark.parametrize("name", BY_NAME)
def test_nothing_found_is_a_success_with_an_empty_list(
    registry: Consumer, name: str, return_type: str
) -> None:
    query = BY_NAME[name]
    wanted = [row.name for row in query.parameters if row.required]
    wanted += [*query.one_of[:1], *query.some_of[:1]]
    values = {"atus": f"('{Status.APPROVED}')", "tId": "('1^^^&1.2.3&ISO')"}
    slots = [
        (name, next((v for end, v in values.items() if name.endswith(end)), "('urn:uuid:1')"))
        for name in wanted
    ]
    body = request(*slots, query=query.id, returnType=return_type)
    (sent,) = registry.answer(QUERYING[query.transaction], body, None).body
    assert isinstance(sent, bytes)
    answer = etree.fromstring(sent)
    assert answer.get("status") == ResponseStatus.SUCCESS
    assert [etree.QName(child).localname for child in answer] == ["RegistryObjectList"]
    assert len(answer[0]) == 0


RIM = "{urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0}"


def test_every_object_carries_what_conformance_tools_look_for(database: Database) -> None:
    registry = Consumer(Registry(database, home_community_id="urn:oid:1.2.99"))
    world = World(registry)
    world.register("s", world.document("a"), world.folder("f"), world.file("f", "a"))
    body = iti18.request(
        BY_NAME["GetAll"].id,
        {
            "$patientId": PATIENT,
            "$XDSDocumentEntryStatus": list(Status),
            "$XDSSubmissionSetStatus": list(Status),
            "$XDSFolderStatus": list(Status),
        },
    )
    answer = etree.fromstring(
        b"".join(p for p in registry.answer(iti18.TRANSACTION, body, None).body)  # type: ignore[misc]
    )
    assert schemas.violations(answer) == []
    objects = list(answer[0])
    assert [etree.QName(obj).localname for obj in objects] == [
        "RegistryPackage",
        "ExtrinsicObject",
        "RegistryPackage",
        *["Association"] * 4,
    ]
    for obj in objects:
        assert obj.get("lid")
        assert obj.get("home") == "urn:oid:1.2.99"
        assert obj.get("status") == Status.APPROVED
        version = obj.find(f"{RIM}VersionInfo")
        assert version is not None
        assert version.get("versionName") == "1"
        for inner in obj.iter(f"{RIM}Classification", f"{RIM}ExternalIdentifier"):
            assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", inner.get("id", ""))
            assert inner.get("objectType")
    (entry,) = answer[0].iter(f"{RIM}ExtrinsicObject")
    assert entry.find(f"{RIM}Slot[@name='repositoryUniqueId']") is not None
    assert entry.get("mimeType")
    assert entry.get("objectType", "").startswith("urn:uuid:")


def test_parameters_that_a_query_does_not_define_are_logged(
    registry: Consumer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "registry.query")
    slots: list[Any] = [WHOSE, STATUS, ("$Nonsense", "x"), ("$Nonsense", "x"), ("other", "y")]
    assert registry.query_xml(request(*slots)).errors == ()
    (record,) = caplog.records
    assert record.__dict__["names"] == ("$Nonsense", "other")


def test_parameters_that_a_query_does_not_define_are_named_where_the_domain_wants_it(
    database: Database,
) -> None:
    judge = Judge.of(levels={"undefined-parameters": Level.WARN})
    found = Consumer(Registry(database, judge=judge)).query_xml(
        request(WHOSE, STATUS, ("$Nonsense", "x"), ("$MetadataLevel", "1"))
    )
    assert found.status is ResponseStatus.SUCCESS
    (warning,) = found.errors
    assert "$Nonsense" in warning.context
