"""What is said of captured messages: nothing of good ones, of spoiled ones the fault alone."""

from __future__ import annotations

import base64
import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from conformance.assertions import How, Severity, catalogue
from conformance.judging import capture
from conformance.judging.case import MOST, Case, ids_of
from conformance.judging.judge import judge, senders
from conformance.judging.table import FAULTS, METADATA
from entente.cli.conformance import app
from ihe_profiles.soap import faults
from ihe_profiles.xds.domain.load import load
from tests.conformance.conftest import Run
from tests.conformance.seeded import SEEDED, Seeded
from tests.conformance.senders import GOOD, get, merged, provide, query, resolved, retrieve

OUTSIDE = {a.id for a in catalogue().values() if a.how is How.OUTSIDE}


def _judged(data: bytes, codes: str | None = None) -> Case:
    return judge(capture.read(data), None if codes is None else load(codes))


def _shall(case: Case) -> set[str]:
    return {f.assertion.id for f in case.findings if f.assertion.severity is Severity.SHALL}


@pytest.mark.parametrize("name", GOOD)
def test_nothing_is_found_in_a_good_message(name: str) -> None:
    case = _judged(GOOD[name]().octets())
    assert [(f.assertion.id, str(f.found)) for f in case.findings] == []
    assert len(case.seen) > 10


def test_good_messages_together_bear_on_every_assertion() -> None:
    seen: set[str] = set()
    for made in GOOD.values():
        seen |= _judged(made().octets()).seen
    assert senders() - seen - OUTSIDE == {"DS-TF3.50"}  # that of --codes


@pytest.mark.parametrize("seeded", SEEDED, ids=lambda s: s.name)
def test_a_seeded_fault_is_named_and_no_other(seeded: Seeded) -> None:
    case = _judged(seeded.captured(), seeded.codes)
    assert seeded.assertion in ids_of(case.findings)
    assert _shall(case) - {seeded.assertion} == seeded.also
    for finding in case.findings:
        assert finding.place
        assert finding.found.en
        assert finding.found.fr
        assert finding.hint.en
        assert finding.hint.fr


def test_every_assertion_about_senders_is_provoked() -> None:
    assert {seeded.assertion for seeded in SEEDED} == senders() - OUTSIDE
    assert len({seeded.name for seeded in SEEDED if seeded.codes is None}) > 150


def test_every_fault_of_the_readers_has_its_assertion() -> None:
    readers = {k for table in (faults._XML, faults._ENVELOPE, faults._MIME) for k in table}
    elsewhere = {"not-understood", "mime-part-missing", "early-parts-too-large", "media-type"}
    elsewhere |= {"namespace-relative"}  # of what is signed or remembered, which no judge does
    transport = {"content-encoding", "message-too-large", "body-stalled", "body-too-slow"}
    assert readers - elsewhere - transport - {"body-too-late"} <= set(FAULTS)
    assert {*FAULTS.values(), *METADATA.values()} <= set(catalogue())


def _whole_body(data: bytes) -> bytes:
    return data.partition(b"\r\n\r\n")[2]


def _chunked(data: bytes) -> bytes:
    head, _, body = data.partition(b"\r\n\r\n")
    head = re.sub(rb"\r\nContent-Length: \d+", b"\r\nTransfer-Encoding: chunked", head)
    pieces = [body[at : at + 1000] for at in range(0, len(body), 1000)]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return head + b"\r\n\r\n" + chunks + b"0\r\n\r\n"


def _headed(data: bytes) -> bytes:
    kept = next(line for line in data.split(b"\r\n") if line.startswith(b"Content-Type"))
    return b"MIME-Version: 1.0\r\n" + kept + b"\r\n\r\n" + _whole_body(data)


FORMS = {
    "a SOAP envelope": (_whole_body(query().octets()), "ITI-18", "SOAP envelope"),
    "an envelope in UTF-16": (
        _whole_body(query().octets()).decode().replace("UTF-8", "UTF-16").encode("utf-16"),
        "ITI-18",
        "SOAP envelope",
    ),
    "a MIME body alone": (_whole_body(provide().octets()), "ITI-41", "MIME message"),
    "a MIME body with its header": (_headed(provide().octets()), "ITI-41", "MIME message"),
    "HTTP in chunks": (_chunked(provide().octets()), "ITI-41", "HTTP request"),
    "a dump with words before": (b"Request:\n" + get().octets(), "ITI-18", "HTTP request"),
    "lines that end with LF": (
        retrieve().octets().replace(b"\r\n", b"\n").replace(b"Content-Length", b"X-Length"),
        "ITI-43",
        "HTTP request",
    ),
    "HL7 without a frame": (resolved().octets()[1:-2], "ITI-8", "HL7 v2 message"),
    "HL7 v3": (_whole_body(merged().octets()), "ITI-44", "SOAP envelope"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_good_message_in_any_form(form: str) -> None:
    data, transaction, kind = FORMS[form]
    case = _judged(data)
    assert [(f.assertion.id, str(f.found)) for f in case.findings] == []
    assert (case.transaction, case.kind) == (transaction, kind)


@pytest.mark.parametrize("case", ["schema", "status", "relates", "must"])
def test_an_answer_is_judged_too(run_on_sqlite: Run, case: str) -> None:
    """Our own answer to a query is good, and spoiled ones are not."""
    spoil: dict[str, tuple[str, str, str]] = {
        "schema": ("rim:RegistryObjectList", "rim:Objects", "ITI-18.01"),
        "status": ("ResponseStatusType:Success", "ResponseStatusType:Fine", "ITI-18.01"),
        "relates": ("RelatesTo", "RelatedTo", "V.05"),
        "must": ('mustUnderstand="true"', 'mustUnderstand="false"', "V.04"),
    }
    texts = (one["response"].get("text", "") for one in run_on_sqlite.data["exchanges"])
    answer = next(t for t in texts if "RegistryStoredQueryResponse" in t and "<rim:Slot" in t)
    assert _judged(answer.encode()).findings == []
    old, new, assertion = spoil[case]
    assert assertion in ids_of(_judged(answer.replace(old, new).encode()).findings)


DELIBERATE = {"V.07": "REQ.07", "ITI-43.12": "REQ.20"}
"""Where the bench sends what it should not, to see that it is taken all the same."""


def test_nothing_is_found_in_what_the_bench_sends(run_on_sqlite: Run) -> None:
    """Everything that a run had accepted: the bench keeps the rules that it judges by."""
    tried: dict[int, set[str]] = {}
    for row in run_on_sqlite.data["results"]:
        for check in row["checks"]:
            tried.setdefault(check["exchange"], set()).add(row["assertion"])
    good = 0
    for exchange in filter(_accepted, run_on_sqlite.data["exchanges"]):
        case = judge(_recorded(exchange))
        meant = {DELIBERATE[a] for a in tried[exchange["number"]] if a in DELIBERATE}
        assert _shall(case) <= meant, (exchange["number"], [str(f.found) for f in case.findings])
        good += not case.broken
    assert good > 250


def _accepted(exchange: dict[str, Any]) -> bool:
    told = _octets(exchange["response"]).decode("latin-1")
    accepted = any(s in told for s in ("StatusType:Success", 'typeCode code="AA"', "MSA|AA"))
    return accepted and exchange["request"]["whole"]


def _recorded(exchange: dict[str, Any]) -> capture.Captured:
    body = _octets(exchange["request"])
    if exchange["method"] != "POST":
        return capture.read(body)
    headers = tuple((name, value) for name, value in exchange["request"]["headers"])
    return capture.received("POST", headers, body)


def _octets(body: dict[str, Any]) -> bytes:
    return body["text"].encode() if "text" in body else base64.b64decode(body["base64"])


SWISS = {
    "ITI-18_request_raw.xml": ("ITI-18", {"REQ.10"}),
    "ITI-18_response_raw.xml": ("ITI-18", set()),
    "ITI-43_request_raw.xml": ("ITI-43", {"REQ.10"}),
    "ITI-44_request_raw.xml": ("ITI-44", set()),
    # Declares a boundary and a root part that its body does not have, was cut by its publisher,
    # ends with text after the closing boundary, and uses a prefix that it does not declare.
    "ITI-41_request_raw.xml": ("", {"REQ.01", "REQ.18", "REQ.24", "REQ.25", "REQ.26"}),
}


@pytest.mark.parametrize("name", SWISS)
def test_recorded_messages_of_switzerland(shared: Path, name: str) -> None:
    transaction, named = SWISS[name]
    case = _judged((shared / "data/ch" / name).read_bytes())
    assert case.transaction == transaction
    assert ids_of(case.findings) == named
    assert case.broken is (name == "ITI-41_request_raw.xml")


def test_the_recorded_submission_once_it_is_mended(shared: Path) -> None:
    """What is wrong around it is mended; what its metadata has wrong is then named."""
    data = (shared / "data/ch/ITI-41_request_raw.xml").read_bytes()
    body = data[data.index(b"--uuid:") :]
    body = body[: body.index(b"--Target")] + b"--\r\n"
    case = _judged(body.replace(b"<wsse:Security>", b'<wsse:Security xmlns:wsse="urn:x">'))
    assert case.transaction == "ITI-41"
    assert ids_of(case.findings) == {"REQ.31"}  # blanks beside the xop:Include


@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_no_octets_break_the_judge(data: bytes) -> None:
    judge(capture.read(data))


STARTS = (
    b"MSH|^~\\&|",
    b"\x0bMSH|^~\\&|A",
    b"POST / HTTP/1.1\r\n",
    b"--b\r\n",
    b"<a",
    b"HTTP/1.1 200 OK\n",
)


@given(st.sampled_from(STARTS), st.binary(max_size=200))
@settings(max_examples=150, deadline=None)
def test_no_octets_after_a_good_start_break_it(start: bytes, data: bytes) -> None:
    judge(capture.read(start + data))


@given(st.sampled_from(sorted(GOOD)), st.data())
@settings(max_examples=150, deadline=None)
def test_no_change_of_a_message_breaks_it(name: str, data: st.DataObject) -> None:
    octets = bytearray(GOOD[name]().octets())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(octets) - 1))
        size = data.draw(st.integers(0, 40))
        octets[at : at + size] = data.draw(st.binary(max_size=20))
    judge(capture.read(bytes(octets)))


def test_no_entity_is_resolved(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the secret")
    declared = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]>'
    text = query().octets().decode().replace("?>", f"?>{declared}").replace("P1^", "&e;P1^")
    case = _judged(text.encode())
    assert "REQ.02" in ids_of(case.findings)
    assert not any("the secret" in str(finding.found) for finding in case.findings)


def test_a_large_message_takes_no_more_than_its_share_of_time() -> None:
    """Places are written for faults alone: time grows with the size, not with its square."""
    value = "<rim:Value>('class^^2.999.3')</rim:Value>"
    made = query().spoiled(value, value * 20_000)
    began = time.process_time()
    assert _judged(made.octets()).findings == []
    assert time.process_time() - began < 10


def test_the_faults_of_a_message_are_not_without_end() -> None:
    link = '<rim:Association id="urn:uuid:X" associationType="t" sourceObject="urn:uuid:A"'
    more = f'{link} targetObject="urn:uuid:B"/>' * 500
    made = provide().spoiled("</rim:RegistryObjectList>", f"{more}</rim:RegistryObjectList>")
    assert len(_judged(made.octets()).findings) == MOST


def _check(*arguments: str | Path) -> tuple[int, str]:
    made = CliRunner().invoke(app, ["check", *map(str, arguments)])
    assert made.exception is None or isinstance(made.exception, SystemExit), made.exception
    return made.exit_code, made.output


def test_the_command_judges_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = tmp_path / "good.bin", tmp_path / "bad.hl7"
    good.write_bytes(provide().octets())
    bad.write_bytes(resolved().spoiled("P0^", "P1^").octets())
    assert _check(good)[0] == 0
    report = tmp_path / "report.json"
    code, _ = _check(good, bad, "--language", "fr", "--report", report)
    assert code == 1
    data = json.loads(report.read_bytes())
    verdicts = {row["assertion"]: row["verdict"] for row in data["results"]}
    assert set(verdicts) == senders()
    assert verdicts["PIS-8.14"] == "failed"
    assert verdicts["DS-41.05"] == "passed"
    assert verdicts["DC-43.01"] == "not run"
    assert len(data["exchanges"]) == 2
    (check,) = (
        c
        for r in data["results"]
        if r["assertion"] == "PIS-8.14"
        for c in r["checks"]
        if not c["ok"]
    )
    assert check["place"] == "MRG-1"
    assert "MRG-1 et PID-3 doivent différer" in check["found"]
