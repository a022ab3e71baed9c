"""What is said of a message that does not fit, and what is never said of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from lxml import etree
from lxml.etree import _Element

import schemas
from schemas import Violation, validation
from tests.schemas.messages import XDS

RIM = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"
RS = "urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0"
LCM = "urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0"
XSI = "http://www.w3.org/2001/XMLSchema-instance"


def _of(message: str) -> list[Violation]:
    return schemas.violations(etree.fromstring(message))


def _damaged(name: str, path: str, damage: Callable[[_Element], object]) -> list[Violation]:
    message = etree.fromstring(XDS[name])
    found = message.find(path, schemas.NAMESPACES | {"xds": schemas.NAMESPACES["xds-b"]})
    assert found is not None
    damage(found)
    return schemas.violations(message)


def test_a_missing_attribute_is_named_with_its_place() -> None:
    found = _damaged("ITI-42 request", ".//rim:Association", lambda e: e.attrib.pop("id"))
    path = "/lcm:SubmitObjectsRequest/rim:RegistryObjectList/rim:Association"
    text = "Element 'rim:Association': The attribute 'id' is required but missing."
    assert found == [Violation(path, text)]


def test_an_element_out_of_order_is_told_with_what_was_expected() -> None:
    found = _damaged(
        "ITI-18 response",
        ".//rim:ExtrinsicObject/rim:Slot[2]",
        lambda e: e.addprevious(etree.Element(f"{{{RIM}}}Name")),
    )
    assert [violation.path for violation in found] == [
        "/query:AdhocQueryResponse/rim:RegistryObjectList/rim:ExtrinsicObject/rim:Slot[2]"
    ]
    assert found[0].message.startswith("Element 'rim:Slot': This element is not expected.")
    assert "Expected is one of ( rim:Description, rim:VersionInfo," in found[0].message


def test_a_wrong_value_is_quoted_with_its_rule() -> None:
    found = _damaged(
        "ITI-18 request", "query:ResponseOption", lambda e: e.set("returnType", "Everything")
    )
    assert found[0].path == "/query:AdhocQueryRequest/query:ResponseOption"
    assert "'Everything'" in found[0].message
    assert "'LeafClass'" in found[0].message


def test_the_path_counts_siblings_whatever_prefixes_the_message_uses() -> None:
    found = _of(
        f"""<a:RegistryObjectList xmlns:a="{RIM}" xmlns:b="{RIM}">
          <b:ObjectRef id="1"/><ObjectRef xmlns="{RIM}" id="2"/><!-- --><a:ObjectRef id="3"/>
          <b:ObjectRef/>
          <ObjectRef xmlns="{RIM}" id="5"><Slot name="s"><ValueList/></Slot><Slot/></ObjectRef>
        </a:RegistryObjectList>"""
    )
    paths = [violation.path.removeprefix("/rim:RegistryObjectList/") for violation in found]
    assert paths == ["rim:ObjectRef[4]"] + 2 * ["rim:ObjectRef[5]/rim:Slot[2]"]


def test_a_subtree_is_judged_where_it_stands_with_the_prefixes_of_its_ancestors() -> None:
    body = etree.fromstring(
        f"""<body xmlns:r="{RIM}" xmlns:xsi="{XSI}"><other/>
          <r:RegistryObjectList>
            <r:Identifiable xsi:type="r:AssociationType1" id="a" sourceObject="b"/>
          </r:RegistryObjectList>
        </body>"""
    )
    before = etree.tostring(body)
    found = schemas.violations(body[1])
    assert {violation.path for violation in found} == {"/rim:RegistryObjectList/rim:Identifiable"}
    assert [violation.message.split("'")[3] for violation in found] == [
        "associationType",
        "targetObject",
    ]
    assert etree.tostring(body) == before


@pytest.mark.parametrize(
    ("message", "path", "text"),
    [
        ("<a/>", "/a", "Element 'a': No schema describes its namespace."),
        (
            '<a xmlns="urn:example:x"/>',
            "/a",
            "Element '{urn:example:x}a': No schema describes its namespace.",
        ),
        (
            f'<Nothing xmlns="{LCM}"/>',
            "/lcm:Nothing",
            (
                "Element 'lcm:Nothing': No matching global declaration available"
                " for the validation root."
            ),
        ),
    ],
)
def test_an_unknown_element_is_a_violation(message: str, path: str, text: str) -> None:
    assert _of(message) == [Violation(path, text)]


def test_an_unknown_schema_is_an_error() -> None:
    with pytest.raises(KeyError, match="cda"):
        schemas.schema("cda")


def test_a_document_is_never_quoted() -> None:
    def spoil(element: _Element) -> None:
        element.text = "secret 'words'\nin a document"

    for name, path in (
        ("ITI-41 request", "xds:Document"),
        ("ITI-43 response", "xds:DocumentResponse/xds:Document"),
    ):
        (found,) = _damaged(name, path, spoil)
        assert found.path.endswith("xds:Document") or found.path.endswith("xds:Document[1]")
        assert found.message == (
            "Element 'xds:Document': The content is not a valid value"
            " of the atomic type 'xs:base64Binary'."
        )


def test_a_long_value_is_shortened_around_what_is_wrong_with_it() -> None:
    (found,) = _damaged("ITI-42 request", ".//rim:Value", lambda e: setattr(e, "text", "x" * 9999))
    assert len(found.message) < 500
    assert found.message.startswith("Element 'rim:Value': [facet 'maxLength']")
    assert found.message.endswith("exceeds the allowed maximum length of '256'.")
    (other,) = _damaged(
        "ITI-42 request", ".//rim:ExtrinsicObject", lambda e: e.set("isOpaque", "x" * 9999)
    )
    assert len(other.message) < 500
    assert other.message.endswith("is not a valid value of the atomic type 'xs:boolean'.")


def test_nothing_that_a_message_points_at_is_loaded(tmp_path: Path) -> None:
    lax = tmp_path / "lax.xsd"
    lax.write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:example:x">'
        '<xs:element name="Allowed"/></xs:schema>'
    )
    hint = f'xmlns:xsi="{XSI}" xsi:schemaLocation="urn:example:x {lax.as_uri()}"'
    (found,) = _of(
        f'<RegistryObjectList xmlns="{RIM}" {hint}><a:Allowed xmlns:a="urn:example:x"/>'
        "</RegistryObjectList>"
    )
    assert "{urn:example:x}Allowed': This element is not expected" in found.message


def _references(right: int, wrong: int) -> _Element:
    content = '<ObjectRef id="a"/>' * right + "<ObjectRef/>" * wrong
    return etree.fromstring(f'<RegistryObjectList xmlns="{RIM}">{content}</RegistryObjectList>')


@pytest.mark.parametrize("size", [100, 20_000])
def test_few_violations_have_their_place_in_a_message_of_any_size(size: int) -> None:
    assert schemas.violations(_references(size, 0)) == []
    found = schemas.violations(_references(size - 2, 2))
    assert [violation.path for violation in found] == [
        f"/rim:RegistryObjectList/rim:ObjectRef[{position}]" for position in (size - 1, size)
    ]


def test_a_message_of_nothing_but_errors_costs_little() -> None:
    hostile = _references(0, 80_000)
    started = time.monotonic()
    found = schemas.violations(hostile)
    assert time.monotonic() - started < 3  # judged as a tree it takes many times that
    assert len(found) == validation.MOST
    assert set(found) == {
        Violation(
            "/rim:RegistryObjectList",
            "Element 'rim:ObjectRef': The attribute 'id' is required but missing.",
        )
    }


def test_threads_do_not_mix_up_their_findings() -> None:
    """Each thread judges its own message over and over while the others judge theirs."""
    barrier = Barrier(8)
    names = ("id", "comment", "requestId", "status")

    def judge(number: int) -> set[tuple[str, ...]]:
        name = f"{names[number % 4]}{number}"
        message = etree.fromstring(
            f'<RegistryRequest xmlns="{RS}" {name}="x"><a/></RegistryRequest>'
        )
        barrier.wait()
        return {
            tuple(violation.message for violation in schemas.violations(message))
            for _ in range(300)
        }

    with ThreadPoolExecutor(8) as pool:
        findings = list(pool.map(judge, range(8)))
    for number, finding in enumerate(findings):
        (only,) = finding
        assert len(only) == 2
        assert f"'{names[number % 4]}{number}'" in only[0]


def test_a_schema_is_compiled_once_in_each_thread() -> None:
    mine = schemas.schema("rim")
    assert schemas.schema("rim") is mine
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(schemas.schema, "rim").result() is not mine
