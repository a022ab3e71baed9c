"""Messages recorded elsewhere are understood, or refused for a reason that the catalogue names."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
from lxml import etree

from ihe_profiles.ebrim.namespaces import QUERY, RS
from ihe_profiles.iti18 import read_response
from ihe_profiles.soap.faults import FAULTS
from ihe_profiles.xds.errors import CATALOGUE
from ihe_profiles.xds.metadata import DocumentEntry
from ihe_profiles.xds.vocabulary import ResponseStatus
from tests.servers import Server, StartServer, entente

CODES = {entry.code for entry in CATALOGUE.values()}
SOAP = "{http://www.w3.org/2003/05/soap-envelope}"
PLAIN = {"Content-Type": "application/soap+xml; charset=UTF-8"}


def _post(server: Server, path: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
    return httpx.post(f"{server.url}{path}", content=body, headers=headers, timeout=30)


def _root(answer: httpx.Response) -> etree._Element:
    """The envelope of an answer, plain or the root part of a package."""
    envelope = re.search(rb"<(\w+:)?Envelope.*</(\w+:)?Envelope>", answer.content, re.DOTALL)
    assert envelope is not None, answer.text
    return etree.fromstring(envelope[0])


def _reason(answer: httpx.Response) -> str:
    return str(_root(answer).findtext(f".//{SOAP}Reason/{SOAP}Text"))


def test_the_recorded_query_is_answered(server: Server, shared: Path) -> None:
    body = Path(shared, "data/ch/ITI-18_request_raw.xml").read_bytes()
    answer = _post(server, "/registry", body, PLAIN)
    assert answer.status_code == 200, answer.text
    response = _root(answer).find(f".//{{{QUERY}}}AdhocQueryResponse")
    assert response is not None
    assert response.get("status") == ResponseStatus.SUCCESS


def test_the_recorded_answer_is_read(shared: Path) -> None:
    root = etree.parse(Path(shared, "data/ch/ITI-18_response_raw.xml")).getroot()
    (body,) = root.iter(f"{{{QUERY}}}AdhocQueryResponse")
    read = read_response(body)
    (found,) = read.objects
    assert isinstance(found, DocumentEntry)
    assert found.unique_id
    assert found.home_community_id


def test_the_recorded_retrieval_is_answered_with_a_code_of_the_catalogue(
    server: Server, shared: Path
) -> None:
    body = Path(shared, "data/ch/ITI-43_request_raw.xml").read_bytes()
    answer = _post(server, "/repository", body, PLAIN)
    if answer.status_code == 200:
        codes = {e.get("errorCode") for e in _root(answer).iter(f"{{{RS}}}RegistryError")}
        assert codes == {"XDSUnknownRepositoryId"}
    else:
        assert _is_in_the_catalogue(_reason(answer))


def test_an_unoffered_transaction_is_refused_by_its_action(server: Server, shared: Path) -> None:
    body = Path(shared, "data/ch/ITI-44_request_raw.xml").read_bytes()
    answer = _post(server, "/registry", body.replace(b"PRPA_IN201301", b"PRPA_IN201309"), PLAIN)
    assert answer.status_code == 400
    assert "urn:hl7-org:v3:PRPA_IN201309UV02" in _reason(answer)


def test_the_recorded_patient_is_added_where_the_authority_is_the_domains(
    start_server: StartServer, shared: Path
) -> None:
    body = Path(shared, "data/ch/ITI-44_request_raw.xml").read_bytes()
    domain = {"patients": "known", "patient_assigning_authorities": ["2.16.756.5.30.1.127.3.10.3"]}
    server = start_server(domain=domain)
    assert _acknowledged(_post(server, "/registry", body, PLAIN)) == ("AA", [])
    listed = entente("patients", "list", cwd=server.folder).stdout
    assert listed.strip() == "761337610435201235^^^&2.16.756.5.30.1.127.3.10.3&ISO"


def test_the_recorded_patient_of_another_domain_is_refused_with_a_reason(
    start_server: StartServer, shared: Path
) -> None:
    body = Path(shared, "data/ch/ITI-44_request_raw.xml").read_bytes()
    server = start_server(domain={"patient_assigning_authorities": ["1.2.3"]})
    assert _acknowledged(_post(server, "/registry", body, PLAIN)) == ("AE", ["204"])


def _acknowledged(answer: httpx.Response) -> tuple[str | None, list[str | None]]:
    assert answer.status_code == 200, answer.text
    root = _root(answer)
    action = root.findtext(".//{http://www.w3.org/2005/08/addressing}Action")
    assert action == "urn:hl7-org:v3:MCCI_IN000002UV01"
    (kind,) = root.iter("{urn:hl7-org:v3}typeCode")
    details = root.iterfind(".//{urn:hl7-org:v3}acknowledgementDetail/{urn:hl7-org:v3}code")
    codes = [detail.get("code") for detail in details]
    assert set(codes) <= CODES
    return kind.get("code"), codes


def test_the_recorded_package_is_refused_for_what_is_wrong_with_it(
    server: Server, shared: Path
) -> None:
    dump = Path(shared, "data/ch/ITI-41_request_raw.xml").read_bytes()
    head, _, body = dump.replace(b"\r\n", b"\n").partition(b"\n\n")
    declared = re.search(rb"^Content-Type: (.*)$", head, re.MULTILINE)
    used = re.search(rb"^--(uuid:[0-9a-f-]+)$", body, re.MULTILINE)
    assert declared is not None
    assert used is not None
    wrong = {"Content-Type": declared[1].decode()}
    answer = _post(server, "/repository", body, wrong)
    assert answer.status_code == 400
    assert "MIMEBoundary_05b39a33" in _reason(answer)
    boundary = f'multipart/related; type="application/xop+xml"; boundary="{used[1].decode()}"'
    right = {"Content-Type": boundary}
    answer = _post(server, "/repository", body, right)
    assert _is_in_the_catalogue(_reason(answer)) or _codes(answer) <= CODES


def _codes(answer: httpx.Response) -> set[str | None]:
    return {e.get("errorCode") for e in _root(answer).iter(f"{{{RS}}}RegistryError")}


def _is_in_the_catalogue(reason: str) -> bool:
    """Tell whether a fault's text is one of the table's, its fields filled in."""
    patterns = (re.sub(r"\\\{\w+\\\}", ".*", re.escape(e.text)) for e in FAULTS.values())
    return any(re.search(pattern, reason, re.DOTALL) for pattern in patterns)
