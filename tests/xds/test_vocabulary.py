"""The tables of UUIDs and URNs against the collected facts of the standard, where at hand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ihe_profiles.xds import vocabulary
from ihe_profiles.xds.attributes import KINDS, Place
from ihe_profiles.xds.queries import STORED_QUERIES
from ihe_profiles.xds.vocabulary import AssociationType


def rows(path: Path) -> list[list[str]]:
    """The cells of every table row of a Markdown file, without emphasis."""
    lines = path.read_text("utf-8").splitlines()
    cells = ([cell.strip(" *`") for cell in line.strip("|").split("|")] for line in lines)
    return [row for row in cells if len(row) > 1]


@pytest.fixture(scope="module")
def metadata(shared: Path) -> list[list[str]]:
    return rows(shared / "standards/xds-metadata.md")


def test_schemes_nodes_and_identifiers(metadata: list[list[str]]) -> None:
    found = {
        f"{row[0]}.{row[1]}": f"urn:uuid:{row[3]}"
        for row in metadata
        if len(row) == 5 and row[2] in ("scheme", "node", "ext. id")
    }
    documentation = found.pop("Association.documentation of a relationship")
    ours = {
        **vocabulary.CLASSIFICATION_SCHEMES,
        **vocabulary.CLASSIFICATION_NODES,
        **vocabulary.IDENTIFICATION_SCHEMES,
    }
    assert ours.pop("Association.documentation") == documentation
    marks = [ours.pop("SubmissionSet"), ours.pop("Folder")]
    assert ours == found
    text = "\n".join(map("|".join, metadata))
    assert all(mark in text for mark in marks)


def test_object_types(metadata: list[list[str]]) -> None:
    types = {row[0]: row[2] for row in metadata if row[0].startswith("DocumentEntry, ")}
    assert vocabulary.STABLE in types["DocumentEntry, stable"]
    assert vocabulary.ON_DEMAND in types["DocumentEntry, on-demand"]


def test_association_types(metadata: list[list[str]]) -> None:
    named = "HasMember RPLC XFRM APND XFRM_RPLC signs IsSnapshotOf UpdateAvailabilityStatus"
    known = (*named.split(), "SubmitAssociation")
    found = {
        row[0]: row[1].replace("*", "").partition(" ")[0] for row in metadata if row[0] in known
    }
    assert sorted(found.values()) == sorted(AssociationType)


def test_statuses(metadata: list[list[str]]) -> None:
    text = "\n".join(map("|".join, metadata)).replace("…:", ":").replace("*", "")
    for kind in (vocabulary.Status, vocabulary.ResponseStatus, vocabulary.DocumentAvailability):
        for urn in kind:
            stem, _, last = urn.rpartition(":")
            assert f"{stem}:" in text
            assert f":{last}" in text


def test_stored_queries(shared: Path) -> None:
    found = {
        (row[0].partition(" ")[0], f"urn:uuid:{row[1]}")
        for row in rows(shared / "standards/xds-queries.md")
    }
    assert {(query.name, query.id) for query in STORED_QUERIES} <= found


def test_every_parameter_is_the_standards(shared: Path) -> None:
    """Names are abbreviated in the facts (`...TypeCode`): each must end a word of the file."""
    text = (shared / "standards/xds-queries.md").read_text("utf-8")
    words = set(re.findall(r"[$…]?\w+", text.replace("From/To", "From …To")))
    for query in STORED_QUERIES:
        for row in query.parameters:
            if row.instead_of:  # Exclude: not in the facts
                continue
            stem = re.sub(r"^\$XDS(DocumentEntry|SubmissionSet|Folder)?", "", row.name)
            assert {row.name, f"…{stem}", stem} & words or stem.endswith(("To", "LogicalID"))


def test_every_scheme_has_its_attribute() -> None:
    keys = {
        row.key
        for kind in KINDS.values()
        for row in kind.attributes
        if row.place in (Place.CODE, Place.AUTHOR, Place.IDENTIFIER, Place.MARK)
    }
    nodes = dict(vocabulary.CLASSIFICATION_NODES)
    del nodes["SubmissionSet"], nodes["Folder"]
    assert keys == {
        *vocabulary.CLASSIFICATION_SCHEMES.values(),
        *vocabulary.IDENTIFICATION_SCHEMES.values(),
        *nodes.values(),
    }
