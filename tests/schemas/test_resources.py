"""The schema files are package data, complete and self-sufficient."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

import pytest
from lxml import etree

import schemas
from schemas import resources

PACKAGE = Path(schemas.__file__).parent
DATA = sorted(
    path.relative_to(PACKAGE).as_posix()
    for path in PACKAGE.rglob("*")
    if path.suffix in {".xsd", ".wsdl"}
)


def test_every_schema_compiles_and_describes_its_namespace() -> None:
    assert set(resources.FILES) == {*schemas.NAMESPACES, "audit"}
    for name, path in resources.FILES.items():
        assert isinstance(schemas.schema(name), etree.XMLSchema)
        root = resources.parse(path).getroot()
        assert root.get("targetNamespace") == schemas.NAMESPACES.get(name)


@pytest.mark.parametrize("path", DATA)
def test_every_file_is_found_as_package_data(path: str) -> None:
    with as_file(files("schemas").joinpath(*path.split("/"))) as file:
        expected = file.read_bytes()
    found = resources.parse(path)
    assert etree.tostring(found, method="c14n") == etree.tostring(
        etree.ElementTree(etree.fromstring(expected)), method="c14n"
    )


def test_there_are_files() -> None:
    assert {path.rsplit(".")[-1] for path in DATA} == {"xsd", "wsdl"}
    assert len(DATA) == 11


def test_a_missing_file_is_an_error() -> None:
    with pytest.raises(OSError, match=r"nothing\.xsd"):
        resources.parse("ebrs/nothing.xsd")
