from __future__ import annotations

import string

import pytest
from lxml import etree

from ihe_profiles.soap import envelope
from ihe_profiles.soap.faults import FAULTS, SoapFault
from tests.soap import messages

STATUS = {"Receiver": {500}, "MustUnderstand": {500}, "VersionMismatch": {500}}
SENDER = {400, 408, 413, 415}


def fields_of(key: str) -> dict[str, object]:
    entry = FAULTS[key]
    templates = (entry.text, entry.problem_header or "", entry.problem_action or "")
    names = {f[1] for t in templates for f in string.Formatter().parse(t) if f[1]}
    return {name: f"value-of-{name}" for name in names}


@pytest.mark.parametrize("key", FAULTS)
def test_every_fault_is_written_as_xml_that_says_what_the_table_says(key: str) -> None:
    fields = fields_of(key)
    fault = SoapFault(key, **fields)
    document = envelope.fault(fault, "ab" * 16, "urn:m")
    text = "".join(etree.fromstring(document).itertext())
    assert str(fault) in text
    assert all(str(value) in str(fault) for name, value in fields.items() if name != "header")


@pytest.mark.parametrize("key", FAULTS)
def test_the_status_fits_the_code(key: str) -> None:
    entry = FAULTS[key]
    assert entry.status in STATUS.get(entry.code, SENDER)
    assert entry.section


def test_an_unknown_fault_is_an_error() -> None:
    with pytest.raises(KeyError):
        SoapFault("no-such-fault")


def test_what_is_quoted_is_short_and_fit_for_xml() -> None:
    fault = SoapFault("media-type", found="\x00<a>" + "x" * 1000)
    assert len(str(fault)) < 500
    assert "\N{REPLACEMENT CHARACTER}<a>xxx" in messages.fault_text(envelope.fault(fault, "0" * 32))


def test_message_id_reused_is_raised_by_operations_with_the_id_alone() -> None:
    document = envelope.fault(SoapFault("message-id-reused", message_id="urn:m"), "0" * 32)
    assert messages.fault_subcodes(document) == ["InvalidAddressingHeader", "DuplicateMessageID"]
    assert messages.qname(document, ".//wsa:ProblemHeaderQName").endswith("}MessageID")
