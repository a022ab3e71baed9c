"""Signatures at submission: what is judged, what is kept of it, and what is refused for it."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from ihe_profiles.dsg import verification
from ihe_profiles.dsg.ground import Ground
from ihe_profiles.dsg.pdf_signing import sign_pades
from ihe_profiles.dsg.verdicts import Judgement
from ihe_profiles.dsg.xml_signing import Manner, sign_enveloped, sign_enveloping
from ihe_profiles.soap import language
from ihe_profiles.xds.metadata import Code
from ledger.database import Database
from repository.signature_policy import Format, Policy
from tests.dsg import pki
from tests.dsg.forge import DOCUMENT
from tests.dsg.pdfs import PDF
from tests.repository import registry
from tests.repository.conftest import World
from tests.repository.judging import (
    DETACHED,
    FRENCH,
    REPORT,
    REQUIRE,
    STRANGER,
    SUCCESS,
    Case,
    detached,
    not_to_be_read,
    now,
    signed,
    xml,
)
from tests.repository.messages import Message, a_message, a_submission, an_entry, codes, retrieve


@pytest.fixture
def case(world: World) -> Case:
    return Case(world)


@pytest.fixture
def on_one(on_sqlite: Database, tmp_path: Path) -> Case:
    """The same where the dialect does not matter."""
    return Case(World(on_sqlite, tmp_path / "blobs"))


def test_verdict_signer_time_and_reasons_are_kept(case: Case) -> None:
    case.judge_by(REPORT)
    signed = sign_enveloped(DOCUMENT, pki.signer(), Manner(time=pki.NOW))
    forged = signed.replace(b"Compte rendu", b"Autre rendu", 1)
    message = a_message(signed, forged, b"plain", sign_pades(PDF, pki.signer()))
    assert case.send(message) == SUCCESS
    assert case.verdicts(message) == [
        [("xml", "valid")],
        [("xml", "invalid")],
        [],
        [("pdf", "valid")],
    ]
    ((valid,),) = case.found(message.unique_ids[0])
    assert valid.signer == pki.signer().certificate.subject.rfc4514_string()
    assert (valid.form, valid.claimed) == ("XAdES", round(pki.NOW.timestamp() * 1000))
    assert (valid.reasons, valid.documents, valid.submission_set) == ((), (), None)
    ((invalid,),) = case.found(message.unique_ids[1])
    assert [(one.reason, one.section) for one in invalid.reasons] == [
        ("reference-digest", "XMLDSig 3.2.1")
    ]
    assert case.found("9.9.9") == []
    assert [one.verdict for one in case.observed] == ["valid", "invalid", "valid"]


def test_verdicts_go_with_a_submission_that_the_registry_refuses(case: Case) -> None:
    case.judge_by()
    case.world.registry.script.append(registry.refuse(registry.REFUSAL))
    assert codes(case.send(a_message(xml()))) == ["XDSUnknownPatientId"]
    assert case.rows() == 0
    case.world.assert_untouched()


def test_a_bad_signature_is_refused_where_it_is_required(on_one: Case) -> None:
    on_one.judge_by()
    message = a_message(xml().replace(b"Compte rendu", b"Autre rendu", 1), b"plain")
    said = on_one.refused(message)
    assert message.unique_ids[0] in said
    assert pki.signer().certificate.subject.rfc4514_string() in said
    assert "what reference to the document signs was changed" in said
    assert [one.verdict for one in on_one.observed] == ["invalid"]
    assert "no chain leads to a trusted certificate" in on_one.refused(a_message(xml(STRANGER)))


def test_a_refusal_says_how_much_else_is_wrong(on_one: Case) -> None:
    on_one.judge_by()
    forged = xml(STRANGER).replace(b"Compte rendu", b"Autre rendu", 1)
    said = on_one.refused(a_message(forged))
    more = len(on_one.observed[0].reasons) - 1
    assert more > 0
    assert f"(and {more} more)" in said


def test_a_refusal_speaks_french(on_one: Case) -> None:
    on_one.judge_by()
    with language.speaking("fr"):
        said = on_one.refused(a_message(xml(STRANGER)))
    assert "indécidable : aucune chaîne ne mène à un certificat de confiance." in said


def test_each_format_has_its_policy(on_one: Case) -> None:
    signed = [xml(STRANGER), sign_pades(PDF, STRANGER)]
    on_one.judge_by({Format.XML: Policy.OFF, Format.PDF: Policy.REPORT, Format.DSG: Policy.REQUIRE})
    message = a_message(*signed, detached({"9.9.9": b""}))
    assert "the document 9.9.9 is not at hand" in on_one.refused(message)
    message = a_message(*signed)
    assert on_one.send(message) == SUCCESS
    assert on_one.verdicts(message) == [[], [("pdf", "indeterminate")]]


def test_documents_that_carry_no_signature_are_not_parsed(
    on_one: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_one.judge_by()
    monkeypatch.setattr(on_one.world.blobs, "read", not_to_be_read)
    plain = (DOCUMENT, PDF, b"http://www.w3.org/2000/09/xmldsig#", b"", b"\0" * 10_000)
    message = a_message(*plain)
    assert on_one.send(message) == SUCCESS
    assert on_one.observed == []


@pytest.mark.parametrize("size", [5_000, 2_000_000])
def test_a_signature_is_seen_wherever_it_stands(on_one: Case, size: int) -> None:
    on_one.judge_by(REPORT)
    long = DOCUMENT.replace(b"peu", b"peu " * (size // 4))
    wide = DOCUMENT.decode().replace("UTF-8", "UTF-16").encode("utf-16")
    message = a_message(
        sign_enveloped(long, pki.signer(), now()), sign_enveloped(wide, pki.signer(), now())
    )
    assert on_one.send(message) == SUCCESS
    assert on_one.verdicts(message) == [[("xml", "valid")], [("xml", "valid")]]


def test_too_large_a_document_is_not_judged(on_one: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    signed = xml()
    on_one.judge_by(largest=len(signed))
    assert on_one.send(a_message(signed)) == SUCCESS
    on_one.judge_by(REPORT, largest=len(signed) - 1)
    message = a_message(signed)
    with monkeypatch.context() as patched:
        patched.setattr(on_one.world.blobs, "read", not_to_be_read)
        assert on_one.send(message) == SUCCESS
    assert on_one.verdicts(message) == [[("xml", "not-judged")]]


def test_too_large_a_document_is_refused_where_signatures_are_required(on_one: Case) -> None:
    signed = xml()
    on_one.judge_by(largest=len(signed) - 1)
    assert f"documents of more than {len(signed) - 1}" in on_one.refused(a_message(signed))


@pytest.mark.parametrize(
    ("signed", "changes"),
    [
        ("text/plain", {}),
        ("X^^1.2.3", {}),
        ("", {"format_code": DETACHED}),
        ("", {"format_code": FRENCH}),
    ],
)
def test_what_must_be_signed_is_refused_unsigned(
    on_one: Case, signed: str, changes: dict[str, object]
) -> None:
    on_one.judge_by(REQUIRE, signed)
    for data in (b"plain", DOCUMENT, b"<a xmlns:ds='http://www.w3.org/2000/09/xmldsig#'/>"):
        assert "has no signature" in on_one.refused(a_message(data, **changes))
    on_one.judge_by(REPORT, signed)
    message = a_message(b"plain", **changes)
    assert on_one.send(message) == SUCCESS
    ((finding,),) = on_one.found(message.unique_ids[0])
    assert finding.verdict == "unsigned"


@pytest.mark.parametrize(
    ("policies", "mime_type", "data"),
    [
        ({Format.XML: Policy.REQUIRE}, "text/xml", DOCUMENT.decode().encode("utf-32-be")),
        ({Format.XML: Policy.REQUIRE}, "Text/XML; charset=utf-8", b"plain"),
        ({Format.PDF: Policy.REQUIRE}, "application/pdf", DOCUMENT),
        ({Format.XML: Policy.REQUIRE}, "text/xml", b"%PDF-1.7"),
        ({Format.OTHER: Policy.REQUIRE}, "text/xml", b"plain"),
    ],
)
def test_octets_of_another_format_do_not_evade_the_policy(
    on_one: Case, policies: dict[Format, Policy], mime_type: str, data: bytes
) -> None:
    on_one.judge_by(policies, mime_type.partition(";")[0].lower())
    assert "has no signature" in on_one.refused(a_message(data, mime_type=mime_type))


@pytest.mark.parametrize("policy", ["xml", "pdf"])
def test_what_is_xml_and_pdf_at_once_is_judged_by_the_harder_policy(
    on_one: Case, policy: str
) -> None:
    """Signed XML whose unsigned comments may be a PDF; without the mark of a signature, too."""
    on_one.judge_by({Format(policy): Policy.REQUIRE})
    for data in (xml(), DOCUMENT):
        both = data.replace(b"<!-- made for tests -->", b"<!-- %PDF-1.7 -->")
        assert "XML and PDF at once" in on_one.refused(a_message(both))


def test_a_name_space_written_otherwise_hides_no_signature(on_one: Case) -> None:
    on_one.judge_by()
    hidden = xml(STRANGER).replace(b"http://www.w3.org/2000/09", b"http&#58;//www.w3.org/2000/09")
    assert "no chain leads" in on_one.refused(a_message(hidden))


def test_what_no_policy_wants_to_know_is_not_observed(on_one: Case) -> None:
    on_one.judge_by({}, "text/plain")
    assert on_one.send(a_message(b"plain", mime_type="text/plain")) == SUCCESS
    assert on_one.observed == []


def test_what_must_be_signed_and_has_no_mark_is_not_read(
    on_one: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_one.judge_by(REPORT, "text/xml")
    monkeypatch.setattr(on_one.world.blobs, "read", not_to_be_read)
    message = a_message(DOCUMENT, mime_type="text/xml")
    assert on_one.send(message) == SUCCESS
    assert on_one.verdicts(message) == [[("xml", "unsigned")]]


def test_a_mark_alone_is_no_signature(on_one: Case) -> None:
    """Of a document that need not be signed nothing is said."""
    on_one.judge_by()
    message = a_message(b"<a>SignatureValue</a>")
    assert on_one.send(message) == SUCCESS
    assert on_one.verdicts(message) == [[]]


def test_the_source_of_a_signs_association_must_be_signed(on_one: Case) -> None:
    on_one.judge_by()
    entries = a_submission(an_entry("Document01"), an_entry("Seal", mime_type="text/xml"))
    parts = [("Document01", b"one"), ("Seal", DOCUMENT)]
    said = on_one.refused(Message(signed(entries, "Seal", "Document01"), parts))
    assert "has no signature" in said


def test_only_two_documents_are_parsed_at_once(
    on_one: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_one.judge_by()
    turn, left = on_one.world.signatures.turn, []

    def judging(data: bytes, ground: Ground) -> list[Judgement]:
        taken = [turn.acquire(blocking=False) for _ in range(2)]
        left.append(taken)
        for _ in filter(None, taken):
            turn.release()
        return judge(data, ground)

    judge = verification.judge
    monkeypatch.setattr(verification, "judge", judging)
    assert on_one.send(a_message(xml())) == SUCCESS
    assert left == [[True, False]]
    assert [turn.acquire(blocking=False) for _ in range(3)] == [True, True, False]


def test_submissions_are_judged_side_by_side(on_one: Case) -> None:
    on_one.judge_by()
    good, bad = xml(), xml().replace(b"Compte rendu", b"Autre rendu", 1)
    messages = [a_message(bad if n % 3 == 0 else good) for n in range(9)]
    with ThreadPoolExecutor(9) as pool:
        answers = list(pool.map(on_one.send, messages))
    assert [codes(one) for one in answers] == [["InvalidDocumentContent"], [], []] * 3
    assert [on_one.verdicts(one) for one in messages] == [[[]], *[[[("xml", "valid")]]] * 2] * 3
    assert sorted(one.verdict for one in on_one.observed) == ["invalid"] * 3 + ["valid"] * 6


def test_an_enveloping_signature_is_judged(on_one: Case) -> None:
    on_one.judge_by()
    code = Code("urn:ihe:iti:dsg:enveloping:2014", "1.3.6.1.4.1.19376.1.2.3")
    message = a_message(sign_enveloping(b"\0any", pki.signer(), now()), format_code=code)
    assert on_one.send(message) == SUCCESS
    assert on_one.verdicts(message) == [[("dsg", "valid")]]


def test_several_signatures_are_judged_each(on_one: Case) -> None:
    on_one.judge_by(REPORT)
    message = a_message(sign_pades(sign_pades(PDF, pki.signer()), STRANGER))
    assert on_one.send(message) == SUCCESS
    assert on_one.verdicts(message) == [[("pdf", "valid"), ("pdf", "indeterminate")]]
    ((first, second),) = on_one.found(message.unique_ids[0])
    assert (first.name, second.name) == ("Signature1", "Signature2")


def test_a_repeated_message_gets_its_first_answer_though_trust_is_gone(on_one: Case) -> None:
    on_one.judge_by()
    message = a_message(xml())
    assert on_one.send(message) == SUCCESS
    on_one.world.signatures = replace(on_one.world.signatures, trust=lambda: pki.trust(STRANGER))
    on_one.world.start()
    assert on_one.send(message) == SUCCESS
    again = replace(message, message_id=uuid4().urn)
    assert codes(on_one.send(again)) == ["InvalidDocumentContent"]
    assert on_one.rows() == 1


def test_what_was_judged_is_in_the_log(on_one: Case, caplog: pytest.LogCaptureFixture) -> None:
    on_one.judge_by()
    caplog.set_level(logging.INFO, "repository.signatures")
    message = a_message(xml())
    on_one.send(message)
    (record,) = (one for one in caplog.records if one.name == "repository.signatures")
    assert record.getMessage() == "the signature of a submitted document is valid"
    assert record.unique_id == message.unique_ids[0]  # type: ignore[attr-defined]
    assert record.signer == pki.signer().certificate.subject.rfc4514_string()  # type: ignore[attr-defined]


def test_a_signed_document_is_retrieved_as_it_was_sent(on_one: Case) -> None:
    on_one.judge_by()
    data = xml()
    message = a_message(data)
    on_one.send(message)
    assert retrieve(on_one.world.caller, *message.unique_ids).bytes_of == {
        message.unique_ids[0]: data
    }
