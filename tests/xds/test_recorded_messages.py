"""Messages recorded elsewhere are read, and refused only for what the catalogue names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lxml import etree

from ihe_profiles import iti18, iti41, iti43
from ihe_profiles.ebrim.namespaces import XDS
from ihe_profiles.soap.limits import SoapLimits
from ihe_profiles.xds import encoding
from ihe_profiles.xds.metadata import DocumentEntry
from ihe_profiles.xds.queries import ReturnType, parse
from ihe_profiles.xds.rules import check
from ihe_profiles.xds.vocabulary import ResponseStatus, Status
from tests.xds.canonical import canonical_list
from tests.xds.messages import keys

SOAP = "{http://www.w3.org/2003/05/soap-envelope}"


@pytest.fixture(scope="module")
def recorded(shared: Path) -> Path:
    return shared / "data/ch"


def body(path: Path) -> etree._Element:
    return etree.parse(path).getroot().find(f"{SOAP}Body")[0]


@pytest.fixture(scope="module")
def provided(recorded: Path) -> iti41.ProvideRequest:
    """The XML of the recorded ITI-41, cut out of its dump of a multipart message."""
    name = b"xds:ProvideAndRegisterDocumentSetRequest"
    dump = (recorded / "ITI-41_request_raw.xml").read_bytes()
    element = etree.fromstring(re.search(b"<%b.*</%b>" % (name, name), dump, re.DOTALL)[0])
    assert element.tag == f"{{{XDS}}}ProvideAndRegisterDocumentSetRequest"
    return iti41.parse(element, SoapLimits())


def test_a_submission_survives(provided: iti41.ProvideRequest) -> None:
    found = encoding.read_submission(provided.object_list)
    written = etree.fromstring(encoding.write_submission(found))
    assert encoding.read_submission(written) == found
    assert canonical_list(written) == canonical_list(provided.object_list)


def test_a_submission_lacks_only_what_its_repository_adds(provided: iti41.ProvideRequest) -> None:
    errors = check(encoding.read_submission(provided.object_list))
    assert set(keys(errors)) == {"attribute-missing"}
    missing = {re.search(r"has no (\w+)", error.context)[1] for error in errors}
    assert missing == {"hash", "size", "repositoryUniqueId"}


def test_its_document_is_a_part(provided: iti41.ProvideRequest) -> None:
    (document,) = provided.documents
    (entry,) = encoding.read_submission(provided.object_list).documents
    assert document.id == entry.entry_uuid
    assert document.content_id is not None
    assert document.content_id.endswith("@urn:ihe:iti:xds-b:2007")  # its reference is URL-encoded


def test_a_query_is_understood(recorded: Path) -> None:
    call = parse(iti18.parse(body(recorded / "ITI-18_request_raw.xml")))
    assert call.query.name == "FindDocuments"
    assert call.return_type is ReturnType.OBJECT_REF
    assert call.any_of("$XDSDocumentEntryStatus") == (Status.APPROVED,)


def test_an_answer_is_read(recorded: Path) -> None:
    found = iti18.read_response(body(recorded / "ITI-18_response_raw.xml"))
    assert found.status is ResponseStatus.SUCCESS
    (entry,) = found.objects
    assert isinstance(entry, DocumentEntry)
    assert entry.version == "1"


def test_a_retrieval_is_read(recorded: Path) -> None:
    (found,) = iti43.parse(body(recorded / "ITI-43_request_raw.xml"))
    assert found.home_community_id is not None
    assert found.document_unique_id.startswith(found.home_community_id[8:20])
