"""What a hostile or broken sender does, and what must not come of it; left out by --gentle."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from conformance.raw import Answer, Part, multipart, multipart_type
from conformance.target import Offer
from conformance.trial import Session, trial
from conformance.trials.mtom import Documents, include, stored
from conformance.wire import SOAP
from ihe_profiles import iti18
from ihe_profiles.xds.metadata import DocumentEntry
from ihe_profiles.xds.queries import BY_NAME
from ihe_profiles.xds.vocabulary import ResponseStatus, Status

_REGISTRY: Final = (Offer.REGISTRY, Offer.HOSTILE)
_BOTH: Final = (Offer.REGISTRY, Offer.REPOSITORY, Offer.HOSTILE)
_ACTION: Final = iti18.TRANSACTION.action
_INSIDE: Final = re.compile(
    rb"Traceback|\bat [\w.$]+\([\w.]+:\d+\)|SELECT .* FROM|\.py\"?, line|/home/|/usr/|[A-Z]:\\\\"
)
_BOUNDARY: Final = "=_hostile"


def _query(s: Session) -> str:
    return _find(str(s.world.bystander))


def _find(patient: str) -> str:
    parameters = {
        "$XDSDocumentEntryPatientId": patient,
        "$XDSDocumentEntryStatus": [Status.APPROVED],
    }
    return iti18.request(BY_NAME["FindDocuments"].id, parameters).decode()


def _post(s: Session, content: bytes, content_type: str = SOAP) -> Answer:
    assert s.target.registry is not None
    return Answer.of(s.wire.post(s.target.registry, content, {"Content-Type": content_type}))


def _refused(s: Session, assertion: str, variant: str, answer: Answer) -> None:
    """Note whether a message was refused, and whether the refusal keeps the inside to itself."""
    is_sender = answer.fault_code in ("Sender", "VersionMismatch") or 400 <= answer.status < 500
    found = f"HTTP {answer.status} {answer.fault_code or answer.body_name}"
    s.check(assertion, is_sender and answer.body_name in ("", "Fault"), "a refusal", found, variant)
    told = _INSIDE.search(bytes(s.wire.last.response.head))
    s.check("H.10", told is None, "nothing of the inside", told and told.group(), variant)


@trial("H.01", "H.02", "H.03", "H.10", needs=_REGISTRY)
def document_types(s: Session) -> None:
    """Declarations that would read files, and that would fill the memory."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol"}">' for n in range(10))
    variants = {
        "H.01": "<!DOCTYPE e>",
        "H.02": '<!DOCTYPE e [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        "H.03": f"<!DOCTYPE e [{laughs}]>",
    }
    uses = {"H.01": "", "H.02": "&x;", "H.03": "&l9;"}
    for assertion, declaration in variants.items():
        text = s.envelope(_query(s), _ACTION, before=declaration).text()
        content = text.replace("<s:Body>", f"<s:Body><!-- -->{uses[assertion]}").encode()
        _refused(s, assertion, declaration[:40], _post(s, content))
        leaked = b"root:" in bytes(s.wire.last.response.head)
        s.check("H.02", not leaked, "no file", "a file of the server" if leaked else "none")


@trial("H.04", "H.05", "H.06", "H.10", needs=_REGISTRY)
def broken_xml(s: Session) -> None:
    """Not XML, or none that may be."""
    whole = s.envelope(_query(s), _ACTION).text()
    variants = {
        ("H.04", "nothing"): b"",
        ("H.04", "half an envelope"): whole[: len(whole) // 2].encode(),
        ("H.04", "crossed tags"): whole.replace("</s:Body>", "").encode(),
        ("H.04", "no UTF-8"): whole.replace("<s:Body>", "<s:Body><!--\xff-->").encode("latin-1"),
        ("H.05", "&#0;"): whole.replace("<s:Body>", "<s:Body>&#0;").encode(),
        ("H.05", "U+0001"): whole.replace("<s:Body>", "<s:Body>\x01").encode(),
        ("H.06", "10 000 levels"): whole.replace(
            "<s:Body>", f"<s:Body>{'<a>' * 10_000}{'</a>' * 10_000}"
        ).encode(),
    }
    for (assertion, variant), content in variants.items():
        _refused(s, assertion, variant, _post(s, content))


@trial("H.07", "H.08", "H.10", needs=_REGISTRY)
def broken_http(s: Session) -> None:
    """Other media types, other methods."""
    content = s.envelope(_query(s), _ACTION).octets()
    for media_type in ("application/json", "image/png", "no/such; thing"):
        _refused(s, "H.07", media_type, _post(s, content, media_type))
    assert s.target.registry is not None
    for method in ("GET", "PUT", "DELETE", "OPTIONS", "BREW"):
        status = s.wire.request(method, s.target.registry).status_code
        s.check("H.08", status < 500 or status == 501, "no 5xx but 501", status, method)


@trial("H.09", needs=_REGISTRY)
def two_lengths(s: Session) -> None:
    """A message whose end two parties might see at two places; a second one is hidden behind it."""
    assert s.target.registry is not None
    parts = urlsplit(s.target.registry)
    content = s.envelope(_query(s), _ACTION).octets()
    head = (
        f"POST {parts.path or '/'} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: {SOAP}\r\n"
        f"Content-Length: {len(content)}\r\nTransfer-Encoding: chunked\r\n\r\n"
    ).encode()
    hidden = f"GET {parts.path or '/'}?wsdl HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode()
    chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(content), content)
    exchange = s.wire.raw(s.target.registry, head + chunked + hidden)
    answers = bytes(exchange.response.head).count(b"HTTP/1.1 ")
    s.check("H.09", answers <= 1, "one answer and the end", f"{answers} answers", "HTTP")


@trial("H.11", needs=_REGISTRY)
def values_are_data(s: Session) -> None:
    """Values that mean something to databases and patterns."""
    patient = s.world.patient()
    s.world.submit(s.world.submission([s.world.entry(patient)]))
    number, authority = patient.id, patient.authority
    for value in (
        "' OR ''='",
        "'; DROP TABLE document_entry; --",
        "%",
        "_" * len(number),
        "\\",
        "*",
    ):
        written = value.replace("&", "&amp;")
        answer = s.wire.registry.call(
            iti18.TRANSACTION, [_find(f"{written}^^^&{authority}&ISO").encode()]
        )
        response = iti18.read_response(answer.body)
        found = [o for o in response.objects if isinstance(o, DocumentEntry)]
        s.check("H.11", not found, "no document", f"{len(found)} documents", value)
    answer = s.wire.registry.call(iti18.TRANSACTION, [_find(str(patient)).encode()])
    still = len(iti18.read_response(answer.body).objects)
    s.equal("H.11", still, 1, "the patient's own document afterwards")


@trial("H.12", needs=_REGISTRY)
def a_stalled_sender(s: Session) -> None:
    """Twenty connections send half a message and wait; a query must be answered meanwhile."""
    assert s.target.registry is not None
    parts = urlsplit(s.target.registry)
    head = (
        f"POST {parts.path or '/'} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: {SOAP}\r\n"
        "Content-Length: 100000\r\n\r\n<s:Envelope"
    ).encode()
    with s.wire.stalled(s.target.registry, head, 20):
        answer = _post(s, s.envelope(_query(s), _ACTION).octets())
        s.equal("H.12", answer.body_name, "AdhocQueryResponse", "beside 20 stalled senders")
        s.check("H.12", s.wire.last.seconds < 10, "within 10 s", f"{s.wire.last.seconds:.1f} s")


@trial("H.13", "H.14", "H.15", needs=_BOTH)
def broken_uploads(s: Session) -> None:
    """Submissions that end in the middle, or name two parts alike."""
    content = b"a document that must not be half there" * 100
    repository = s.target.repository
    assert repository is not None
    cut = Documents.of(s, content)
    body = multipart(_parts(s, cut), _BOUNDARY)
    parts = urlsplit(repository)
    head = (
        f"POST {parts.path or '/'} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        f"Content-Type: {multipart_type(_BOUNDARY)}\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    s.wire.raw(repository, head, body[: len(body) - 200], close=True)
    s.equal("H.13", _kept(s, cut), [], "ITI-43 and ITI-18 afterwards")
    unclosed = Documents.of(s, content)
    body = multipart(_parts(s, unclosed), _BOUNDARY, closed=False)
    _upload(s, repository, body)
    s.equal("H.14", _kept(s, unclosed), [], "ITI-43 and ITI-18 afterwards")
    twice = Documents.of(s, content)
    root, one = _parts(s, twice)
    _upload(s, repository, multipart([root, one, Part(one.headers, b"another")], _BOUNDARY))
    found = next(iter(stored(s, twice).values()))
    s.check("H.15", found in (None, content, b"another"), "one part or none", (found or b"")[:40])


def _parts(s: Session, documents: Documents) -> list[Part]:
    (entry,), (content,) = documents.ids, documents.contents.values()
    envelope = documents.envelope(s, {entry: include("d@conformance")})
    return [Part.root(envelope), Part.document(content, "d@conformance")]


def _upload(s: Session, repository: str, body: bytes) -> None:
    s.wire.post(repository, body, {"Content-Type": multipart_type(_BOUNDARY)})


def _kept(s: Session, documents: Documents) -> list[str]:
    """Return where something of a submission is found."""
    places = ["ITI-43" for content in stored(s, documents).values() if content is not None]
    patient = documents.made.documents[0].patient_id
    answer = s.wire.registry.call(iti18.TRANSACTION, [_find(str(patient)).encode()])
    response = iti18.read_response(answer.body)
    return places + ["ITI-18" for _ in response.objects]


@trial("H.16", needs=_REGISTRY)
def afterwards(s: Session) -> None:
    """An ordinary query at the end of the run."""
    answer = s.wire.registry.call(iti18.TRANSACTION, [_query(s).encode()])
    status = iti18.read_response(answer.body).status
    s.equal("H.16", status, ResponseStatus.SUCCESS, "@status")
