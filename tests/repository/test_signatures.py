"""Signatures at submission: what is judged, what is kept of it, and what is refused for it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from ihe_profiles.dsg import verification
from ihe_profiles.dsg.dsg_signing import sign_documents
from ihe_profiles.dsg.ground import Ground
from ihe_profiles.dsg.pdf_signing import sign_pades
from ihe_profiles.dsg.signer import Signer
from ihe_profiles.dsg.verdicts import Judgement
from ihe_profiles.dsg.xml_signing import Manner, sign_enveloped, sign_enveloping
from ihe_profiles.soap import language
from ihe_profiles.xds.metadata import Association, Code, Submission
from ihe_profiles.xds.response import RegistryResponse
from ihe_profiles.xds.vocabulary import AssociationType, ResponseStatus
from repository.limits import RepositoryLimits
from repository.signature_policy import Format, Policy
from repository.signatures import Rules
from repository.store import signatures
from repository.store.signatures import Finding
from repository.store.tables import State, signature
from tests.dsg import pki
from tests.dsg.forge import DOCUMENT
from tests.dsg.pdfs import PDF
from tests.repository import registry
from tests.repository.conftest import World
from tests.repository.messages import (
    Message,
    a_message,
    a_submission,
    an_entry,
    codes,
    provide,
    retrieve,
)

SUCCESS = RegistryResponse(ResponseStatus.SUCCESS)
DETACHED = Code("urn:ihe:iti:dsg:detached:2014", "1.3.6.1.4.1.19376.1.2.3")
FRENCH = Code("http://www.w3.org/2000/09/xmldsig#", "URN")
STRANGER = pki.issue(pki.Shape("Stranger"))
REQUIRE = dict.fromkeys(Format, Policy.REQUIRE)


def now() -> Manner:
    return Manner(time=datetime.now(UTC))


def xml(signer: Signer | None = None) -> bytes:
    return sign_enveloped(DOCUMENT, signer or pki.signer(), now())


def detached(documents: Mapping[str, bytes], submission_set: str | None = None) -> bytes:
    streams = {id: BytesIO(data) for id, data in documents.items()}
    return sign_documents(streams, pki.signer(), submission_set, now())


class Case:
    """A world whose repository judges signatures, and what it observes."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.observed: list[Finding] = []

    def judge_by(
        self,
        policies: Mapping[Format, Policy] = REQUIRE,
        *signed: str,
        largest: int = RepositoryLimits().signed_document,
    ) -> None:
        self.world.signatures = Rules(
            policies, pki.trust, frozenset(signed), observe=self.observed.append
        )
        self.world.start(RepositoryLimits(signed_document=largest))

    def send(self, message: Message) -> RegistryResponse:
        return provide(self.world.caller, message)

    def refused(self, message: Message) -> str:
        """Send what is refused for one reason, leaving nothing: the reason."""
        answer = self.send(message)
        assert codes(answer) == ["InvalidDocumentContent"]
        self.world.assert_untouched()
        assert self.rows() == 0
        assert self.world.registry.calls == []
        return answer.errors[0].context

    def rows(self) -> int:
        with self.world.database.read() as connection:
            query = select(func.count()).select_from(signature)
            return int(connection.execute(query).scalar_one())

    def found(self, unique_id: str) -> list[tuple[Finding, ...]]:
        with self.world.database.read() as connection:
            return signatures.of(connection, unique_id)

    def verdicts(self, message: Message) -> list[list[tuple[str, str]]]:
        """Format and verdict of each signature of each of a message's documents."""
        return [
            [(one.format, one.verdict) for some in self.found(unique_id) for one in some]
            for unique_id in message.unique_ids
        ]


def _not_to_be_read(*_: object, **__: object) -> None:
    raise AssertionError("a document was read")


@pytest.fixture
def case(world: World) -> Case:
    return Case(world)


@pytest.fixture
def on_one(on_sqlite: object, tmp_path: Path) -> Case:
    """The same where the dialect does not matter."""
    return Case(World(on_sqlite, tmp_path / "blobs"))  # type: ignore[arg-type]


def test_verdict_signer_time_and_reasons_are_kept(case: Case) -> None:
    case.judge_by(dict.fromkeys(Format, Policy.REPORT))
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
    monkeypatch.setattr(on_one.world.blobs, "read", _not_to_be_read)
    plain = (DOCUMENT, PDF, b"http://www.w3.org/2000/09/xmldsig#", b"", b"\0" * 10_000)
    message = a_message(*plain)
    assert on_one.send(message) == SUCCESS
    assert on_one.observed == []


@pytest.mark.parametrize("size", [5_000, 2_000_000])
def test_a_signature_is_seen_wherever_it_stands(on_one: Case, size: int) -> None:
    on_one.judge_by(dict.fromkeys(Format, Policy.REPORT))
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
    on_one.judge_by(dict.fromkeys(Format, Policy.REPORT), largest=len(signed) - 1)
    message = a_message(signed)
    with monkeypatch.context() as patched:
        patched.setattr(on_one.world.blobs, "read", _not_to_be_read)
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
    on_one.judge_by(dict.fromkeys(Format, Policy.REPORT), signed)
    message = a_message(b"plain", **changes)
    assert on_one.send(message) == SUCCESS
    ((finding,),) = on_one.found(message.unique_ids[0])
    assert finding.verdict == "unsigned"


class TestDetachedSignatures:
    """IHE DSG: signatures of documents of the same submission, and of ones stored before."""

    def test_documents_of_the_submission_and_stored_ones(self, case: Case) -> None:
        case.judge_by()
        before = a_message(b"stored before", b"")
        assert case.send(before) == SUCCESS
        stored = dict(zip(before.unique_ids, [b"stored before", b""], strict=True))
        with_it = an_entry("Document01")
        documents = {**stored, with_it.unique_id or "": b"with it"}
        message = a_pair(with_it.unique_id or "", b"with it", detached(documents))
        assert case.send(message) == SUCCESS
        ((finding,),) = case.found(message.unique_ids[1])
        assert (finding.format, finding.verdict) == ("dsg", "valid")
        assert finding.documents == tuple(documents)

    @pytest.mark.parametrize("stored", [b"stored before", b"another"])
    def test_a_stored_document_must_be_the_signed_one(self, on_one: Case, stored: bytes) -> None:
        on_one.judge_by()
        before = a_message(stored)
        on_one.send(before)
        signature = detached({before.unique_ids[0]: b"stored before"})
        answer = on_one.send(a_message(signature, format_code=DETACHED))
        if stored == b"another":
            assert codes(answer) == ["InvalidDocumentContent"]
            assert "is not the signed one" in answer.errors[0].context
            assert on_one.world.states() == [State.COMMITTED]
        else:
            assert answer == SUCCESS

    def test_a_damaged_document_proves_nothing(self, on_one: Case) -> None:
        on_one.judge_by()
        before = a_message(b"stored before")
        on_one.send(before)
        (file,) = on_one.world.folder.glob("[0-9a-f][0-9a-f]/*")
        file.write_bytes(b"stored behind")
        signature = detached({before.unique_ids[0]: b"stored behind"})
        assert codes(on_one.send(a_message(signature))) == ["XDSRepositoryError"]
        assert on_one.world.states() == [State.COMMITTED]

    def test_what_is_signed_by_association_must_be_listed(self, on_one: Case) -> None:
        on_one.judge_by()
        one, other = an_entry("Document01"), an_entry("Document02")
        seal = an_entry("Signature", mime_type="text/xml")
        data = detached({one.unique_id or "": b"one"})
        entries = a_submission(one, other, seal)

        def signing(target: str) -> Message:
            parts = [("Document01", b"one"), ("Document02", b"other"), ("Signature", data)]
            return Message(signed(entries, "Signature", target), parts)

        said = on_one.refused(signing("Document02"))
        assert f"does not list the document {other.unique_id}" in said
        assert on_one.observed[-1].reasons[0].reason == "document-unlisted"
        assert on_one.send(signing("Document01")) == SUCCESS


class TestSubmissionSets:
    """French signatures of a SubmissionSet list every other document of it."""

    def message(self, *, listed: int = 2, of: str | None = None) -> Message:
        entries = [an_entry(f"Document{n:02}") for n in range(2)]
        seal = an_entry("Signature", mime_type="text/xml", format_code=FRENCH)
        submission = a_submission(*entries, seal)
        (submission_set,) = submission.submission_sets
        contents = {e.unique_id or "": f"{n}".encode() for n, e in enumerate(entries)}
        data = detached(dict(list(contents.items())[:listed]), of or submission_set.unique_id)
        parts = [(e.entry_uuid, contents[e.unique_id or ""]) for e in entries]
        whole = signed(submission, "Signature", submission_set.entry_uuid)
        return Message(whole, [*parts, ("Signature", data)])

    def test_a_whole_one_is_valid(self, on_one: Case) -> None:
        on_one.judge_by()
        message = self.message()
        assert on_one.send(message) == SUCCESS
        ((finding,),) = on_one.found(message.unique_ids[2])
        assert finding.submission_set == message.submission.submission_sets[0].unique_id
        assert finding.documents == tuple(message.unique_ids[:2])

    def test_one_that_leaves_a_document_out_is_refused(self, on_one: Case) -> None:
        on_one.judge_by()
        assert "not the content of the SubmissionSet" in on_one.refused(self.message(listed=1))

    def test_one_of_another_submission_is_refused(self, on_one: Case) -> None:
        on_one.judge_by()
        assert "the signature is of the SubmissionSet 1.2.9" in on_one.refused(
            self.message(of="1.2.9")
        )

    def test_one_that_nothing_announces_does_not_have_to_list_itself(self, on_one: Case) -> None:
        on_one.judge_by()
        entry, seal = an_entry("Document01"), an_entry("Signature", mime_type="text/xml")
        submission = a_submission(entry, seal)
        data = detached({entry.unique_id or "": b"one"}, submission.submission_sets[0].unique_id)
        parts = [("Document01", b"one"), ("Signature", data)]
        assert on_one.send(Message(submission, parts)) == SUCCESS


class TestTwoSignatureDocuments:
    """Of one submission: each answers for what it signs, and neither has to sign the other."""

    def test_both_of_the_submission_set(self, on_one: Case) -> None:
        on_one.judge_by()
        seals = [an_entry(f"Seal{n}", mime_type="text/xml", format_code=FRENCH) for n in range(2)]
        entry = an_entry("Document01")
        submission = a_submission(entry, *seals)
        data = detached({entry.unique_id or "": b"one"}, submission.submission_sets[0].unique_id)
        parts = [("Document01", b"one"), ("Seal0", data), ("Seal1", data)]
        message = Message(submission, parts)
        assert on_one.send(message) == SUCCESS
        assert on_one.verdicts(message) == [[], [("dsg", "valid")], [("dsg", "valid")]]

    @pytest.mark.parametrize("crossed", [False, True])
    def test_each_of_another_document(self, on_one: Case, crossed: bool) -> None:
        on_one.judge_by()
        message = self.message(crossed=crossed)
        if not crossed:
            assert on_one.send(message) == SUCCESS
            return
        assert codes(on_one.send(message)) == ["InvalidDocumentContent"] * 2
        on_one.world.assert_untouched()

    def test_one_bad_one_is_refused_with_the_good_one(self, on_one: Case) -> None:
        on_one.judge_by()
        message = self.message()
        parts = [(n, b"other" if n == "Document1" else data) for n, data in message.documents]
        on_one.refused(message.with_documents(*parts))
        assert sorted(one.verdict for one in on_one.observed) == ["invalid", "valid"]

    def message(self, *, crossed: bool = False) -> Message:
        """Two documents with their signatures; `crossed`: each is said to be of the other."""
        entries = [an_entry(f"Document{n}") for n in range(2)]
        seals = [an_entry(f"Seal{n}", mime_type="text/xml", format_code=DETACHED) for n in range(2)]
        submission = a_submission(*entries, *seals)
        for n in range(2):
            submission = signed(submission, f"Seal{n}", f"Document{1 - n if crossed else n}")
        parts = [(f"Document{n}", f"{n}".encode()) for n in range(2)]
        parts += [
            (f"Seal{n}", detached({one.unique_id or "": f"{n}".encode()}))
            for n, one in enumerate(entries)
        ]
        return Message(submission, parts)


def test_what_an_association_signs_is_known_however_its_uuid_is_written(on_one: Case) -> None:
    on_one.judge_by()
    uuid = uuid4().urn
    one, other = an_entry("Document01"), an_entry(uuid.replace(uuid[9:], uuid[9:].upper()))
    seal = an_entry("Signature", mime_type="text/xml")
    parts = [("Document01", b"one"), (other.entry_uuid, b"other")]
    parts.append(("Signature", detached({one.unique_id or "": b"one"})))
    submission = signed(a_submission(one, other, seal), "Signature", uuid)
    assert "does not list the document" in on_one.refused(Message(submission, parts))


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
    on_one.judge_by(dict.fromkeys(Format, Policy.REPORT))
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


def a_pair(unique_id: str, document: bytes, signature: bytes) -> Message:
    """A document and its signature, which a `signs` association joins."""
    entries = (
        an_entry("Document01", unique_id=unique_id),
        an_entry("Signature", mime_type="text/xml", format_code=DETACHED),
    )
    submission = signed(a_submission(*entries), "Signature", "Document01")
    return Message(submission, [("Document01", document), ("Signature", signature)])


def signed(submission: Submission, source: str, target: str) -> Submission:
    association = Association(
        entry_uuid=uuid4().urn, type=AssociationType.SIGNS, source=source, target=target
    )
    return replace(submission, associations=(*submission.associations, association))
