"""Judges one captured message, whatever it is: from its first octet to its last.

Nothing that a message holds makes it fail: what cannot be judged is a fault, or is not seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lxml.etree import _Element

from conformance.assertions import SENDERS, catalogue
from conformance.judging import (
    answers,
    envelope,
    feed_v2,
    feed_v3,
    multipart,
    provide,
    query,
    retrieve,
)
from conformance.judging.capture import Captured, Kind
from conformance.judging.case import Case
from conformance.judging.envelope import Opened
from conformance.judging.multipart import Package, Part
from ihe_profiles.soap.exchange import Transaction
from ihe_profiles.soap.mime_header import parse_content_type
from ihe_profiles.xds.domain.affinity import AffinityDomain

_PLAIN: Final = "application/soap+xml"
_RELATED: Final = "multipart/related"
NOTHING: Final = Package(Part({}, b"", 0), {})
"""What comes with an envelope that is not in a package."""


def judge(captured: Captured, domain: AffinityDomain | None = None) -> Case:
    """Judge a message; its codes only where the affinity domain is known."""
    case = Case(kind=captured.kind.value)
    if captured.kind is Kind.HL7:
        case.transaction = "ITI-8"
        feed_v2.judge(case, captured.body)
    elif captured.kind is Kind.RESPONSE:
        answers.judge(case, captured)
    else:
        _judge_request(case, captured, domain)
    return case


def senders() -> frozenset[str]:
    """Return the ids of every assertion about what is sent."""
    return frozenset(a.id for a in catalogue().values() if a.actor in SENDERS)


@dataclass(frozen=True, slots=True)
class _Root:
    """The octets of the envelope, their own media type and where they are, the package around."""

    data: bytes
    content_type: str | None
    place: str
    package: Package | None = None


def _judge_request(case: Case, captured: Captured, domain: AffinityDomain | None) -> None:
    if captured.method:
        case.check("REQ.14", captured.method == "POST", captured.method, "request line")
        case.check("REQ.18", not captured.length, captured.length, "Content-Length")
    root = _root(case, captured)
    opened = None if root is None else envelope.read(case, root.data)
    if root is None or opened is None:
        return
    if answers.is_answer(opened):
        answers.judge_envelope(case, opened)
        return
    envelope.judge_addressing(case, opened)
    _judge_labels(case, captured, opened, root)
    transaction = envelope.transaction_of(case, opened)
    if transaction is None:
        return
    case.transaction = transaction.number
    if captured.kind is not Kind.ENVELOPE:
        _judge_media_type(case, transaction, captured)
        provide.judge_includes(case, opened.root, root.package or NOTHING)
    else:
        provide.judge_includes(case, opened.root, None)
    _judge_body(case, transaction, opened.body, root.package, domain)


def _root(case: Case, captured: Captured) -> _Root | None:
    """Return the envelope, out of its package where it is in one."""
    content_type = captured.header("Content-Type")
    media_type = parse_content_type(content_type or "")[0]
    if captured.kind is not Kind.MIME and media_type != _RELATED:
        return _Root(captured.body, content_type, "Content-Type")
    package = multipart.read(case, content_type, captured.body, captured.offset)
    if package is None:
        return None
    root = package.root
    kind = root.fields.get("content-type")
    return _Root(root.content, kind, f"octet {root.offset}", package)


def _judge_labels(case: Case, captured: Captured, opened: Opened, root: _Root) -> None:
    if root.content_type is not None:
        envelope.judge_charset(case, root.data, root.content_type, root.place)
        envelope.judge_action(case, opened, root.content_type, root.place)
    around = captured.header("Content-Type")
    if root.package is not None and around is not None:
        envelope.judge_action(case, opened, around, "Content-Type")


def _judge_body(
    case: Case,
    transaction: Transaction,
    body: _Element,
    package: Package | None,
    domain: AffinityDomain | None,
) -> None:
    if transaction.number == "ITI-41":
        provide.judge_provide(case, body, package, domain)
    elif transaction.number == "ITI-42":
        provide.judge_register(case, body, domain)
    elif transaction.number in ("ITI-18", "ITI-51"):
        query.judge(case, body, transaction.number)
    elif transaction.number == "ITI-43":
        retrieve.judge(case, body)
    else:
        feed_v3.judge(case, body)


def _judge_media_type(case: Case, transaction: Transaction, captured: Captured) -> None:
    content_type = captured.header("Content-Type")
    if content_type is None and captured.kind is Kind.MIME:
        content_type = _RELATED
    media_type = parse_content_type(content_type or "")[0]
    assertion, wanted = ("REQ.20", _RELATED) if transaction.mtom else ("REQ.15", _PLAIN)
    found = f"Content-Type: {content_type or 'absent'}"
    case.check(assertion, media_type == wanted, found, "Content-Type")
