"""Signatures of other documents at submission: IHE DSG, and French ones of a SubmissionSet."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from ledger.database import Database
from repository.store.tables import State
from tests.repository.conftest import World
from tests.repository.judging import (
    DETACHED,
    FRENCH,
    SUCCESS,
    Case,
    a_pair,
    detached,
    signed,
    signed_canonically,
)
from tests.repository.messages import Message, a_message, a_submission, an_entry, codes


@pytest.fixture
def case(world: World) -> Case:
    return Case(world)


@pytest.fixture
def on_one(on_sqlite: Database, tmp_path: Path) -> Case:
    """The same where the dialect does not matter."""
    return Case(World(on_sqlite, tmp_path / "blobs"))


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

    def test_what_was_not_read_as_far_as_its_list_is_not_said_to_lack_anything(
        self, on_one: Case
    ) -> None:
        on_one.judge_by()
        weak = detached({"1.2.3": b"one"}).replace(b"xmlenc#sha256", b"xmlenc#ripemd160")
        on_one.refused(a_pair("1.2.3", b"one", weak))
        assert [one.reason for one in on_one.observed[-1].reasons] == ["weak-digest"]

    def test_a_large_document_is_not_read_whole(self, on_one: Case) -> None:
        """As bytes it may have any size; in canonical form it would be in memory."""
        large = b"<a>" + b"x" * 20_000 + b"</a>"
        data = signed_canonically("1.2.3", large)
        on_one.judge_by(largest=len(large) - 1)
        assert "is signed in canonical form" in on_one.refused(a_pair("1.2.3", large, data))
        on_one.judge_by(largest=len(large))
        assert on_one.send(a_pair("1.2.3", large, data)) == SUCCESS


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
