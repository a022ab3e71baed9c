"""Answers that are none, over loopback: faults, failures of HTTP, what cannot be read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ihe_profiles.soap import envelope, mtom
from ihe_profiles.soap.client import (
    HttpCaller,
    HttpFailure,
    NotOurAnswer,
    RemoteFault,
    Unreadable,
    WrongAction,
)
from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.soap.limits import SoapLimits
from tests.soap import messages
from tests.soap.calls import SOAP, Kept, answer, call, message_id, pdf
from tests.soap.echo import PROVIDE, SUBMIT
from tests.soap.loopback import Request, Script, serving
from tests.soap.multipart import crlf


@pytest.mark.parametrize(
    ("key", "fields", "status", "code", "subcode"),
    [
        ("mime-parts", {"limit": 7}, 413, "Sender", None),
        (
            "action-not-supported",
            {"action": "urn:x", "served": "urn:y"},
            400,
            "Sender",
            "{http://www.w3.org/2005/08/addressing}ActionNotSupported",
        ),
        ("internal-error", {"trace_id": "t1"}, 500, "Receiver", None),
    ],
)
@pytest.mark.parametrize("in_mtom", [True, False])
def test_a_fault_is_taken_apart(http, key, fields, status, code, subcode, in_mtom):
    def reply(request: Request) -> Script:
        data = envelope.fault(SoapFault(key, **fields), "t1", message_id(request))
        headers, chunks = mtom.write([data], "a") if in_mtom else mtom.write_plain([data])
        return Script(status, headers, list(chunks))

    with serving(reply) as loopback, pytest.raises(RemoteFault) as raised:
        call(loopback, http)
    fault = raised.value
    assert (fault.code, fault.subcode, fault.status) == (code, subcode, status)
    assert fault.reason == str(SoapFault(key, **fields))
    assert fault.detail.startswith("t1")
    assert fault.reason in str(fault)


def test_a_fault_in_two_languages_and_one_of_soap_11(http):
    scripts = [
        answer(
            messages.envelope(
                "",
                '<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value xmlns:q="urn:q">'
                'q:Bad</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang="fr">Non</s:Text>'
                '<s:Text xml:lang="en-CA">No</s:Text></s:Reason>'
                "<s:Detail><a>one</a> <b> two\n</b></s:Detail></s:Fault>",
            ),
            status=500,
        ),
        answer(
            messages.envelope(
                "",
                "<s:Fault><faultcode>s:Client</faultcode><faultstring>Old</faultstring>"
                "<detail><x>why</x></detail></s:Fault>",
                messages.S11,
            ),
            "text/xml; charset=utf-8",
            500,
        ),
        answer(messages.envelope("", "<s:Fault/>"), status=200),
    ]
    faults = []
    with serving(lambda request: scripts.pop(0)) as loopback:
        for _ in range(3):
            with pytest.raises(RemoteFault) as raised:
                call(loopback, http)
            faults.append(raised.value)
    told = [(f.code, f.subcode, f.reason, f.detail, f.status) for f in faults]
    assert told == [
        ("Sender", "{urn:q}Bad", "No", "one two", 500),
        ("Client", None, "Old", "why", 500),
        ("nameless", None, "", "", 200),
    ]


@pytest.mark.parametrize(
    "script",
    [
        answer(b"<html>not here</html>", "text/html", 404),
        Script(503),
        Script(202),
        Script(302, [("Location", "/elsewhere")]),
        Script(500, [("Content-Type", SOAP)], [messages.envelope(messages.action("a"), "<Done/>")]),
    ],
)
def test_an_http_failure_names_its_status(http, script):
    with serving(lambda request: script) as loopback, pytest.raises(HttpFailure) as raised:
        call(loopback, http)
    assert raised.value.status == script.status
    assert str(script.status) in str(raised.value)
    assert len(loopback.requests) == 1


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (answer(b"<html/>", "text/html"), "text/html"),
        (Script(200), "unknown"),
        (answer(b"<s:Envelope"), "not well-formed"),
        (answer(b""), "no content"),
        (answer(messages.envelope("", "<Done/>")), "Action is missing"),
        (answer(b"<!DOCTYPE x><x/>"), "DOCTYPE"),
        (answer(b"--c--", "multipart/related; boundary=b"), 'boundary "b"'),
        (answer(b"x" * 200, "multipart/related; type=text/xml"), "no parameter boundary"),
        (
            answer(crlf("--b\nContent-Type: text/xml\n\n<x"), "multipart/related; boundary=b"),
            "inside part 1",
        ),
        (
            Script(200, [("Content-Type", SOAP), ("Content-Encoding", "gzip")], [b"\x1f\x8b"]),
            "gzip",
        ),
        (answer(b"x" * 1001), "larger than 1000 octets"),
        (answer(b"x" * 5001), "larger than 5000 octets"),
    ],
)
def test_what_cannot_be_read_says_why(http, script, words):
    limits = replace(SoapLimits(), root_part=1000, message=5000)
    with serving(lambda request: script) as loopback, pytest.raises(Unreadable) as raised:
        HttpCaller(loopback.url, http, limits).call(SUBMIT, [b"<Submit/>"])
    assert words in str(raised.value)


def test_the_answer_must_be_ours(http):
    header = messages.action(SUBMIT.response_action) + "<wsa:RelatesTo>urn:m:2</wsa:RelatesTo>"
    scripts = [
        answer(messages.envelope(header, "<Done/>")),
        answer(envelope.fault(SoapFault("empty-body"), "t", "urn:m:2"), status=400),
    ]
    with serving(lambda request: scripts.pop(0)) as loopback:
        for _ in range(2):
            with pytest.raises(NotOurAnswer, match=r"urn:m:2.*urn:m:1"):
                call(loopback, http, message_id="urn:m:1")


def test_the_answer_must_be_of_the_transaction(http):
    kept = Kept()

    def reply(request: Request) -> Script:
        pieces = envelope.write(PROVIDE.response_action, [b"<Done>", pdf(), b"</Done>"])
        headers, chunks = mtom.write(pieces, "a")
        return Script(200, headers, list(chunks))

    with serving(reply) as loopback, pytest.raises(WrongAction) as raised:
        call(loopback, http, receive=kept)
    assert PROVIDE.response_action in str(raised.value)
    assert SUBMIT.response_action in str(raised.value)
    assert kept.heads == []
