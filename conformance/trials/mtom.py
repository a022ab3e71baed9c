"""Appendix V.8: MTOM and XOP, in messages written by hand (ITI TF-2 V.8, XOP 1.0, RFC 2387)."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from conformance.raw import XOP, Answer, Part, multipart, multipart_type
from conformance.target import Offer
from conformance.trial import Session, trial
from ihe_profiles import iti41, iti43
from ihe_profiles.iti43 import DocumentRequest
from ihe_profiles.soap.exchange import Binary
from ihe_profiles.xds import encoding
from ihe_profiles.xds.metadata import Submission

_REPOSITORY: Final = (Offer.REGISTRY, Offer.REPOSITORY)
_INCLUDE: Final = f"{{{XOP}}}Include"
_BOUNDARY: Final = "=_conformance"
_SUCCESS: Final = "ResponseStatusType:Success"
_XDS: Final = "{urn:ihe:iti:xds-b:2007}"

Placed = Mapping[str, str]
"""What stands in each xds:Document, by the id of its entry: base64, or a xop:Include."""


@dataclass(frozen=True, slots=True)
class Documents:
    """A submission of several documents, ready to be written in any way."""

    made: Submission
    contents: Mapping[str, bytes]

    @classmethod
    def of(cls, s: Session, *contents: bytes) -> Documents:
        """Invent one document for each content."""
        patient = s.world.patient()
        entries = [s.world.entry(patient, content) for content in contents]
        by_id = {e.entry_uuid: c for e, c in zip(entries, contents, strict=True)}
        s.world.documents += [entry.unique_id or "" for entry in entries]
        return cls(s.world.submission(entries), by_id)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the entries."""
        return tuple(self.contents)

    def envelope(self, s: Session, placed: Placed) -> bytes:
        """Write the request with what is `placed` in the documents."""
        none = Binary("text/plain", 0, lambda: iter(()))
        listed = encoding.write_submission(self.made)
        pieces = iti41.request(listed, [(entry, none) for entry in self.ids])
        texts = iter(placed[entry] for entry in self.ids)
        body = "".join(p.decode() if isinstance(p, bytes) else next(texts) for p in pieces)
        return s.envelope(body, iti41.TRANSACTION.action).octets()


def include(content_id: str) -> str:
    """Write a xop:Include that leads to the part of a Content-ID."""
    return f'<xop:Include xmlns:xop="{XOP}" href="cid:{content_id}"/>'


def _in_place(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _send(s: Session, parts: Iterable[Part], content_type: str = "", around: str = "") -> Answer:
    """Send parts; `around` stands before the first and after the last boundary line."""
    body = multipart(parts, _BOUNDARY)
    line = around.encode() + b"\r\n" if around else b""
    headers = {"Content-Type": content_type or multipart_type(_BOUNDARY)}
    assert s.target.repository is not None
    return Answer.of(s.wire.post(s.target.repository, line + body + line, headers))


def _taken(s: Session, assertion: str, variant: str, answer: Answer) -> bool:
    """Note whether a submission was taken."""
    status = "" if answer.body is None else answer.body.get("status", "")
    found = f"fault {answer.fault_code}" if answer.is_fault else status or f"HTTP {answer.status}"
    return s.check(assertion, status.endswith(_SUCCESS), "Success", found, variant)


def stored(s: Session, documents: Documents) -> dict[str, bytes | None]:
    """Retrieve the documents and return their bytes by the ids of the entries."""
    repository = s.target.repository_id
    assert repository is not None
    found: dict[str, bytes | None] = {}
    for entry in documents.made.documents:
        wanted = DocumentRequest(None, repository, entry.unique_id or "")
        found[entry.entry_uuid] = _bytes(_retrieve(s, [wanted]))
    return found


def _retrieve(s: Session, wanted: Sequence[DocumentRequest]) -> Answer:
    body = iti43.request(wanted).decode()
    envelope = s.envelope(body, iti43.TRANSACTION.action).octets()
    return _send(s, [Part.root(envelope)])


def _bytes(answer: Answer) -> bytes | None:
    """Return the bytes of the first document of an answer, None when it has none."""
    documents = [] if answer.body is None else list(answer.body.iter(f"{_XDS}Document"))
    if not documents:
        return None
    found = documents[0].find(_INCLUDE)
    if found is None:
        return base64.b64decode(documents[0].text or "")
    return _parts_by_id(answer).get(_content_id(found.get("href", "")))


def _parts_by_id(answer: Answer) -> dict[str, bytes]:
    found = {}
    for part in answer.parts:
        data = part.get_payload(decode=True)
        found[str(part["Content-ID"] or "").strip().strip("<>")] = (
            data if isinstance(data, bytes) else b""
        )
    return found


def _content_id(href: str) -> str:
    return unquote(href.removeprefix("cid:"))


@trial("V.23", "V.24", "V.25", "V.26", needs=_REPOSITORY)
def the_responses(s: Session) -> None:
    """The answers to an ITI-41 without binary part, and to an ITI-43 with one."""
    documents = Documents.of(s, b"one document")
    (entry,) = documents.ids
    envelope = documents.envelope(s, {entry: include("one@conformance")})
    provided = _send(s, [Part.root(envelope), Part.document(b"one document", "one@conformance")])
    _judge_response(s, provided, "ITI-41")
    repository = s.target.repository_id
    assert repository is not None
    unique_id = documents.made.documents[0].unique_id or ""
    retrieved = _retrieve(s, [DocumentRequest(None, repository, unique_id)])
    _judge_response(s, retrieved, "ITI-43")
    includes = [] if retrieved.root is None else list(retrieved.root.iter(_INCLUDE))
    there = _parts_by_id(retrieved)
    s.check("V.26", retrieved.body is not None, "a response", retrieved.status, "ITI-43")
    for found in includes:
        parent = found.getparent()
        alone = parent is not None and len(parent) == 1 and not (parent.text or found.tail)
        s.check("V.26", alone, "the only child", "others beside it", "xop:Include")
        href = found.get("href", "")
        s.check("V.26", _content_id(href) in there, sorted(there), href, "xop:Include/@href")


def _judge_response(s: Session, answer: Answer, name: str) -> None:
    seen = (
        answer.content_type,
        answer.parameters.get("type", "").lower(),
        answer.parameters.get("start-info", "").partition(";")[0].lower(),
    )
    wanted = ("multipart/related", "application/xop+xml", "application/soap+xml")
    s.equal("V.23", ", ".join(seen), ", ".join(wanted), f"Content-Type of {name}")
    if not answer.parts:
        return
    root = answer.parts[0]
    parameters = {str(key).lower(): str(value) for key, value in root.get_params() or []}
    kind = parameters.get("type", "").partition(";")[0].lower()
    found = (root.get_content_type(), kind)
    s.equal("V.24", found, ("application/xop+xml", "application/soap+xml"), f"root part of {name}")
    start = answer.parameters.get("start", "")
    own = str(root["Content-ID"] or "")
    s.check("V.25", start in ("", own), own, start or "no start", f"start of {name}")


@trial("V.27", needs=_REPOSITORY)
def in_place_and_apart(s: Session) -> None:
    """Three documents: as part, in place, and mixed."""
    contents = (b"first \x00\xff", b"second\r\n--", b"third")
    ways: dict[str, Callable[[int], bool]] = {
        "all as parts": lambda n: True,
        "all in place": lambda n: False,
        "mixed": lambda n: n != 1,
    }
    for variant, is_part in ways.items():
        documents = Documents.of(s, *contents)
        placed, parts = {}, []
        for number, (entry, content) in enumerate(documents.contents.items()):
            if is_part(number):
                placed[entry] = include(f"{number}@conformance")
                parts.append(Part.document(content, f"{number}@conformance"))
            else:
                placed[entry] = _in_place(content)
        answer = _send(s, [Part.root(documents.envelope(s, placed)), *parts])
        if _taken(s, "V.27", variant, answer):
            s.check(
                "V.27",
                stored(s, documents) == documents.contents,
                "the bytes sent",
                "other bytes, or none",
                f"{variant}: retrieved",
            )


@trial("V.28", "V.29", "V.30", "V.32", needs=_REPOSITORY)
def ways_to_write_mime(s: Session) -> None:
    """The same message in other legal writings of MIME."""
    for assertion, variant, send in _WRITINGS:
        documents = Documents.of(s, b"written otherwise \xe9", b"and another")
        if _taken(s, assertion, variant, send(s, documents)):
            same = stored(s, documents) == documents.contents
            s.check(
                assertion, same, "the bytes sent", "other bytes, or none", f"{variant}: retrieved"
            )


def _ordinary(
    s: Session, documents: Documents, names: Sequence[str] = ("a@c", "b@c")
) -> list[Part]:
    placed = {e: include(name) for e, name in zip(documents.ids, names, strict=True)}
    attachments = zip(documents.contents.values(), names, strict=True)
    envelope = documents.envelope(s, placed)
    return [Part.root(envelope), *(Part.document(content, name) for content, name in attachments)]


def _other_order(s: Session, documents: Documents) -> Answer:
    root, *rest = _ordinary(s, documents)
    return _send(s, [root, *reversed(rest)])


def _root_last(s: Session, documents: Documents) -> Answer:
    root, *rest = _ordinary(s, documents)
    return _send(s, [*rest, root])


def _surrounded(s: Session, documents: Documents) -> Answer:
    return _send(s, _ordinary(s, documents), around="This is a message in several parts.")


def _other_case(s: Session, documents: Documents) -> Answer:
    parts = [
        Part(tuple(_swapped(line) for line in part.headers), part.content)
        for part in _ordinary(s, documents)
    ]
    return _send(s, parts)


def _swapped(line: str) -> str:
    name, _, value = line.partition(":")
    kept = (
        value if name == "Content-ID" else value.replace("octet", "OCTET").replace("type=", "TYPE=")
    )
    return f"{name.upper()}:{kept}"


def _other_parameters(s: Session, documents: Documents) -> Answer:
    content_type = (
        'Multipart/Related; START-INFO="application/soap+xml"; start="<root@conformance>"; '
        f'Boundary="{_BOUNDARY}"; TYPE="application/xop+xml"'
    )
    return _send(s, _ordinary(s, documents), content_type)


def _unquoted(s: Session, documents: Documents) -> Answer:
    content_type = (
        'multipart/related; boundary=conformance_1; type="application/xop+xml"; '
        'start="<root@conformance>"; start-info="application/soap+xml"'
    )
    assert s.target.repository is not None
    body = multipart(_ordinary(s, documents), "conformance_1")
    response = s.wire.post(s.target.repository, body, {"Content-Type": content_type})
    return Answer.of(response)


def _percent(s: Session, documents: Documents) -> Answer:
    names = ("a%2Bb%20c@conformance", "b%40%3Cd%3E@conformance")
    root, *_ = _ordinary(s, documents, names)
    attachments = zip(documents.contents.values(), map(unquote, names), strict=True)
    return _send(s, [root, *(Part.document(content, name) for content, name in attachments)])


def _encoded(s: Session, documents: Documents) -> Answer:
    root, first, second = _ordinary(s, documents)
    coded = Part.document(base64.encodebytes(first.content), "a@c", "base64")
    return _send(s, [root, coded, Part.document(second.content, "b@c", "8bit")])


_WRITINGS: Final[tuple[tuple[str, str, Callable[[Session, Documents], Answer]], ...]] = (
    ("V.28", "attachments in another order", _other_order),
    ("V.28", "root part last", _root_last),
    ("V.28", "preamble and epilogue", _surrounded),
    ("V.29", "names in capitals", _other_case),
    ("V.29", "parameters in another order and case", _other_parameters),
    ("V.29", "boundary without quotes", _unquoted),
    ("V.30", "percent-encoded cid", _percent),
    ("V.32", "base64 and 8bit", _encoded),
)


@trial("V.31", needs=_REPOSITORY)
def a_missing_part(s: Session) -> None:
    """An Include that leads nowhere."""
    documents = Documents.of(s, b"present", b"absent")
    root, first, _ = _ordinary(s, documents)
    answer = _send(s, [root, first])
    status = "" if answer.body is None else answer.body.get("status", "")
    is_refused = answer.is_fault or status.endswith("Failure") or answer.status >= 400
    s.check("V.31", is_refused, "a fault or a Failure", status or answer.status)
    kept = [name for name, content in stored(s, documents).items() if content is not None]
    s.check("V.31", not kept, "nothing stored", kept or "nothing", "ITI-43 afterwards")
