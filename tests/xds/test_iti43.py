"""ITI-43 on the wire."""

from __future__ import annotations

import pytest
from lxml import etree

import schemas
from ihe_profiles import iti43
from ihe_profiles.ebrim.namespaces import XDS
from ihe_profiles.iti43 import DocumentRequest, DocumentResponse, RetrievedDocument
from ihe_profiles.soap.exchange import Binary
from ihe_profiles.xds.errors import Refusal, error
from ihe_profiles.xds.response import RegistryResponse, outcome
from ihe_profiles.xds.vocabulary import ResponseStatus
from tests.xds.messages import keys

PLAIN = DocumentRequest(None, "1.2.3", "1.2.3.4^a&b")
HOME = DocumentRequest("urn:oid:1.2", "1.2.3", "1.2.3.5")
CONTENT = Binary("text/plain", 3, lambda: iter([b"Her"]))


def whole(pieces) -> etree._Element:
    """An answer with its binary pieces as base64 in place."""
    return etree.fromstring(b"".join(p if isinstance(p, bytes) else b"SGVy" for p in pieces))


def test_a_request_is_valid_and_read_as_written() -> None:
    body = etree.fromstring(iti43.request([PLAIN, HOME]))
    assert body.tag == iti43.TRANSACTION.request
    assert schemas.violations(body) == []
    assert iti43.parse(body) == (PLAIN, HOME)


def test_an_invalid_request_is_refused_by_name() -> None:
    body = etree.fromstring(iti43.request([PLAIN]))
    body[0].remove(body[0][0])
    with pytest.raises(Refusal) as refusal:
        iti43.parse(body)
    assert set(keys(refusal.value.errors)) == {"retrieve-schema-violation"}


def test_an_answer_is_valid_and_read_as_written() -> None:
    warning = RegistryResponse(
        ResponseStatus.PARTIAL_SUCCESS, (error("repository-error", trace="t"),)
    )
    documents = [
        DocumentResponse(PLAIN, "text/plain", CONTENT),
        DocumentResponse(HOME, "a/x+<&>", CONTENT),
    ]
    element = whole(iti43.answer(warning, documents).body)
    assert schemas.violations(element) == []
    assert iti43.read_response(element) == (
        warning,
        (
            RetrievedDocument(None, "1.2.3", "1.2.3.4^a&b", "text/plain", inline=b"Her"),
            RetrievedDocument("urn:oid:1.2", "1.2.3", "1.2.3.5", "a/x+<&>", inline=b"Her"),
        ),
    )


def test_the_home_is_echoed_only_when_it_was_sent() -> None:
    documents = [DocumentResponse(one, "a/b", CONTENT) for one in (PLAIN, HOME)]
    element = whole(iti43.answer(outcome(), documents).body)
    homes = [child.findtext(f"{{{XDS}}}HomeCommunityId") for child in element[1:]]
    assert homes == [None, "urn:oid:1.2"]


def test_a_failure_has_no_documents() -> None:
    failure = outcome([error("repository-error", trace="t")])
    element = whole(iti43.answer(failure, ()).body)
    assert schemas.violations(element) == []
    assert iti43.read_response(element) == (failure, ())


def test_a_document_in_a_part_of_its_own() -> None:
    include = b'<i:Include xmlns:i="http://www.w3.org/2004/08/xop/include" href="cid:a%40b"/>'
    pieces = iti43.answer(outcome(), [DocumentResponse(PLAIN, "a/b", CONTENT)]).body
    element = etree.fromstring(b"".join(p if isinstance(p, bytes) else include for p in pieces))
    _, (found,) = iti43.read_response(element)
    assert (found.content_id, found.inline) == ("a@b", None)


@pytest.mark.parametrize("spoil", [0, 1])
def test_an_answer_of_another_shape_is_refused(spoil: int) -> None:
    element = whole(iti43.answer(outcome(), [DocumentResponse(PLAIN, "a/b", CONTENT)]).body)
    victim = element[spoil]
    victim.remove(victim[-1]) if spoil else element.remove(victim)
    with pytest.raises(ValueError, match="holds no"):
        iti43.read_response(element)
