"""ITI-8 and ITI-44: what a feed makes of patients (ITI TF-2 3.8, 3.44)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from lxml.etree import _Element

from conformance import feeds
from conformance.raw import text_of
from conformance.target import Offer
from conformance.trial import Session, trial
from ihe_profiles import iti18
from ihe_profiles.hl7 import mllp
from ihe_profiles.iti44 import HL7
from ihe_profiles.xds.datatypes import CX
from ihe_profiles.xds.metadata import DocumentEntry
from ihe_profiles.xds.queries import BY_NAME
from ihe_profiles.xds.vocabulary import ResponseStatus, Status

_ANOTHER_AUTHORITY: Final = "2.25.61749"
_V3: Final = f"{{{HL7}}}"


@dataclass(frozen=True, slots=True)
class Feed:
    """One of the two feeds: `send` returns the acknowledgement's code and which message it names.

    `send(session, patient, prior, control id)`; a `prior` makes it a merge.
    """

    name: str
    needs: tuple[Offer, ...]
    send: Callable[[Session, CX, CX | None, str], tuple[str, str]]

    def ids(self, *numbers: int) -> tuple[str, ...]:
        """Return the ids of assertions of this transaction."""
        return tuple(f"{self.name}.{number:02}" for number in numbers)

    def tell(self, s: Session, patient: CX, prior: CX | None = None) -> str:
        """Send a message and return the acknowledgement's code."""
        return self.send(s, patient, prior, s.world.oid())[0]


def _v2(s: Session, patient: CX, prior: CX | None, control: str) -> tuple[str, str]:
    kind = feeds.MERGE if prior else feeds.REGISTER
    return acknowledged(s.wire.mllp(feeds.v2(kind, patient, control, prior)))


def acknowledged(answer: bytes) -> tuple[str, str]:
    """Return MSA-1 and MSA-2 of an acknowledgement, empty where it has none."""
    lines = [line.split("|") for line in text_of(answer).split("\r")]
    msa = next((fields for fields in lines if fields[0] == "MSA"), [])
    return (msa[1] if len(msa) > 1 else "", msa[2] if len(msa) > 2 else "")


def _v3(s: Session, patient: CX, prior: CX | None, control: str) -> tuple[str, str]:
    kind = feeds.MERGED if prior else feeds.ADDED
    body = s.world.feed_v3(feeds.v3(kind, patient, control, prior))
    return _code(body), _attribute(body, "acknowledgement/targetMessage/id", "root")


def _code(body: _Element) -> str:
    return _attribute(body, "acknowledgement/typeCode", "code")


def _attribute(body: _Element, path: str, name: str) -> str:
    element = body.find("/".join(f"{_V3}{step}" for step in path.split("/")))
    return "" if element is None else element.get(name, "")


V2: Final = Feed("ITI-8", (Offer.REGISTRY, Offer.PID_FEED), _v2)
V3: Final = Feed("ITI-44", (Offer.REGISTRY, Offer.PID_FEED_V3), _v3)
FEEDS: Final = (V2, V3)


def found(s: Session, patient: CX) -> tuple[list[DocumentEntry], list[str]]:
    """Return the documents of a patient, and the codes of errors."""
    parameters = {
        "$XDSDocumentEntryPatientId": str(patient),
        "$XDSDocumentEntryStatus": [Status.APPROVED, Status.DEPRECATED],
    }
    body = iti18.request(BY_NAME["FindDocuments"].id, parameters)
    answer = iti18.read_response(s.wire.registry.call(iti18.TRANSACTION, [body]).body)
    entries = [entry for entry in answer.objects if isinstance(entry, DocumentEntry)]
    return entries, [error.code for error in answer.errors]


def _refused_as_unknown(s: Session, assertion: str, patient: CX, place: str) -> None:
    answer = s.world.register(s.world.submission([s.world.entry(patient)]))
    codes = [error.code for error in answer.errors]
    is_right = answer.status is ResponseStatus.FAILURE and "XDSUnknownPatientId" in codes
    s.check(assertion, is_right, "XDSUnknownPatientId", codes or answer.status, place)


def _with_document(s: Session, feed: Feed) -> tuple[CX, DocumentEntry]:
    """Add a patient by a feed, and a document of it."""
    patient = s.world.new_patient_id()
    s.world.patients.append(str(patient))
    feed.tell(s, patient)
    made = s.world.submit(s.world.submission([s.world.entry(patient)]))
    return patient, made.documents[0]


def _uniques(entries: list[DocumentEntry]) -> list[str]:
    return sorted(entry.unique_id or "" for entry in entries)


def _trials_of(feed: Feed) -> None:
    """Make the trials that both feeds have in common."""
    a = dict(zip(range(1, 12), feed.ids(*range(1, 12)), strict=True))
    suffix = feed.name.replace("-", "").lower()

    def added(s: Session) -> None:
        """A patient is added, twice, and has a document."""
        patient, control = s.world.new_patient_id(), s.world.oid()
        s.world.patients.append(str(patient))
        code, named = feed.send(s, patient, None, control)
        s.check(a[2], code in ("AA", "CA"), "AA", code or "nothing", "acknowledgement")
        s.check(a[2], named == control or control.endswith(named or "-"), control, named, "message")
        answer = s.world.register(s.world.submission([s.world.entry(patient)]))
        codes = [error.code for error in answer.errors]
        s.check(a[1], answer.status is ResponseStatus.SUCCESS, "Success", codes, "ITI-42")
        s.equal(a[9], feed.tell(s, patient), code, "second acknowledgement")
        s.equal(a[9], len(found(s, patient)[0]), 1, "documents afterwards")

    def merged(s: Session) -> None:
        """A into B, then B into C."""
        (first, doc_a), (second, doc_b) = _with_document(s, feed), _with_document(s, feed)
        third, doc_c = _with_document(s, feed)
        code = feed.tell(s, second, first)
        s.check(a[2], code in ("AA", "CA"), "AA", code or "nothing", "merge acknowledged")
        entries, _ = found(s, second)
        s.equal(a[3], _uniques(entries), _uniques([doc_a, doc_b]), "documents of the survivor")
        shown = {str(entry.patient_id and entry.patient_id.identity) for entry in entries}
        s.equal(a[3], shown, {str(second.identity)}, "patientId")
        _refused_as_unknown(s, a[4], first, "ITI-42 for the subsumed")
        entries, codes = found(s, first)
        right = not entries and codes in ([], ["XDSUnknownPatientId"])
        s.check(a[5], right, "nothing", codes or _uniques(entries), "ITI-18 for the subsumed")
        feed.tell(s, third, second)
        entries, _ = found(s, third)
        s.equal(a[6], _uniques(entries), _uniques([doc_a, doc_b, doc_c]), "documents of the last")
        sources = {str(entry.source_patient_id) for entry in entries}
        sent = {str(doc.source_patient_id) for doc in (doc_a, doc_b, doc_c)}
        s.equal(a[11], sources, sent, "sourcePatientId")

    def not_merged(s: Session) -> None:
        """Merges that must change nothing."""
        (patient, document), (other, another) = _with_document(s, feed), _with_document(s, feed)
        feed.tell(s, patient, s.world.new_patient_id())
        s.equal(a[7], _uniques(found(s, patient)[0]), _uniques([document]), "subsumed unknown")
        feed.tell(s, patient, patient)
        s.equal(a[7], _uniques(found(s, patient)[0]), _uniques([document]), "merged with itself")
        feed.tell(s, s.world.new_patient_id(), patient)
        s.equal(a[8], _uniques(found(s, patient)[0]), _uniques([document]), "survivor unknown")
        subsumed, _ = _with_document(s, feed)
        feed.tell(s, other, subsumed)
        whole = _uniques(found(s, other)[0])
        feed.tell(s, patient, subsumed)
        s.equal(a[7], _uniques(found(s, other)[0]), whole, "subsumed before")
        feed.tell(s, subsumed, patient)
        s.equal(a[8], _uniques(found(s, patient)[0]), _uniques([document]), "survivor subsumed")
        s.check(a[7], _uniques([another])[0] in whole, "the own document", whole, "documents")

    def of_another_authority(s: Session) -> None:
        """The number of a patient under an authority that is not the domain's."""
        patient = s.world.new_patient_id()
        feed.tell(s, CX(f"{patient.id}^^^&{_ANOTHER_AUTHORITY}&ISO"))
        _refused_as_unknown(s, a[10], patient, "ITI-42 for the same number here")

    for body, numbers in (
        (added, (1, 2, 9)),
        (merged, (2, 3, 4, 5, 6, 11)),
        (not_merged, (7, 8)),
        (of_another_authority, (10,)),
    ):
        body.__name__ = f"{body.__name__}_{suffix}"
        trial(*feed.ids(*numbers), needs=feed.needs)(body)


for _feed in FEEDS:
    _trials_of(_feed)


@trial("ITI-8.12", needs=V2.needs)
def acknowledgement_v2(s: Session) -> None:
    """The acknowledgement, field by field."""
    control = s.world.oid()
    message = feeds.v2(feeds.ADMIT, s.world.new_patient_id(), control)
    sent = text_of(message).split("\r")[0].split("|")
    lines = [line.split("|") for line in text_of(s.wire.mllp(message)).split("\r") if line]
    head = next((fields for fields in lines if fields[0] == "MSH"), [])
    got = [head[n] if len(head) > n else "" for n in (2, 3, 4, 5)]
    s.equal("ITI-8.12", got, [sent[4], sent[5], sent[2], sent[3]], "MSH-3 to MSH-6")
    kind = head[8].split("^")[0] if len(head) > 8 else ""
    s.equal("ITI-8.12", kind, "ACK", "MSH-9.1")
    msa = next((fields for fields in lines if fields[0] == "MSA"), [])
    s.equal("ITI-8.12", msa[2:3], [sent[9]], "MSA-2")


@trial("ITI-8.13", "ITI-8.14", needs=V2.needs)
def events_v2(s: Session) -> None:
    """Each event that adds, and the one that does not."""
    for kind in (feeds.ADMIT, feeds.REGISTER, feeds.PREADMIT):
        patient = s.world.new_patient_id()
        code, _ = acknowledged(s.wire.mllp(feeds.v2(kind, patient, s.world.oid())))
        s.equal("ITI-8.13", code, "AA", kind)
        answer = s.world.register(s.world.submission([s.world.entry(patient)]))
        s.equal("ITI-8.13", answer.status, ResponseStatus.SUCCESS, f"ITI-42 after {kind}")
    patient = s.world.new_patient_id()
    code, _ = acknowledged(s.wire.mllp(feeds.v2(feeds.UPDATE, patient, s.world.oid())))
    s.check("ITI-8.14", code in ("AA", "AE", "AR"), "an acknowledgement", code, feeds.UPDATE)
    _refused_as_unknown(s, "ITI-8.14", patient, "ITI-42 afterwards")


@trial("ITI-8.15", "ITI-8.16", needs=V2.needs)
def refused_v2(s: Session) -> None:
    """What is no message of the transaction, or names no patient."""
    patient = s.world.new_patient_id()
    code, _ = acknowledged(s.wire.mllp(feeds.v2("ORU^R01^ORU_R01", patient, s.world.oid())))
    s.check("ITI-8.15", code in ("AE", "AR"), "AE or AR", code or "nothing", "ORU^R01")
    message = feeds.v2(feeds.ADMIT, patient, s.world.oid()).replace(str(patient).encode(), b"")
    code, _ = acknowledged(s.wire.mllp(message))
    s.check("ITI-8.16", code in ("AE", "AR"), "AE or AR", code or "nothing", "no PID-3")


@trial("ITI-8.17", needs=V2.needs)
def one_connection_v2(s: Session) -> None:
    """Three messages at once, then three in pieces of 50 octets."""
    for size in (1_000_000, 50):
        controls = [s.world.oid()[-20:] for _ in range(3)]
        messages = b"".join(
            mllp.write(feeds.v2(feeds.ADMIT, s.world.new_patient_id(), control))
            for control in controls
        )
        pieces = [messages[i : i + size] for i in range(0, len(messages), size)]
        answers = s.wire.mllp_stream(pieces, len(controls))
        named = [acknowledged(answer)[1] for answer in answers]
        s.equal("ITI-8.17", named, controls, f"pieces of {size} octets")


@trial("ITI-44.12", "ITI-44.13", needs=V3.needs)
def acknowledgement_v3(s: Session) -> None:
    """The acknowledgement, and both interactions that add."""
    control = s.world.oid()
    patient = s.world.new_patient_id()
    body = s.world.feed_v3(feeds.v3(feeds.ADDED, patient, control))
    s.equal("ITI-44.12", body.tag, f"{_V3}MCCI_IN000002UV01", "Body/*")
    named = _attribute(body, "acknowledgement/targetMessage/id", "root")
    s.equal("ITI-44.12", named, control, "targetMessage/id/@root")
    ends = [_attribute(body, f"{end}/device/id", "root") for end in ("receiver", "sender")]
    s.equal("ITI-44.12", ends, [feeds.SENDER, feeds.RECEIVER], "receiver and sender")
    s.equal("ITI-44.13", _code(body), "AA", feeds.ADDED)
    body = s.world.feed_v3(feeds.v3(feeds.REVISED, patient, s.world.oid()))
    s.equal("ITI-44.13", _code(body), "AA", feeds.REVISED)
