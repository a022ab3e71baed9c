"""What is sent while a server is killed, and what its senders know afterwards."""

from __future__ import annotations

import hashlib
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final
from uuid import uuid4

import httpx

from bench import traffic
from ihe_profiles import iti41
from ihe_profiles.soap.client import CallFailed, HttpCaller
from ihe_profiles.soap.exchange import Binary
from ihe_profiles.xds import encoding, response
from ihe_profiles.xds.datatypes import CX
from ihe_profiles.xds.metadata import DocumentEntry
from ihe_profiles.xds.vocabulary import ResponseStatus

MIB: Final = 1 << 20
SENDERS: Final = 4


@dataclass(frozen=True, slots=True)
class Message:
    """One ITI-41: its documents' SHA-256 by uniqueId, and the uniqueId of what it replaces."""

    entries: tuple[DocumentEntry, ...]
    documents: dict[str, str]
    body: list[bytes | Binary]
    replaces: str | None = None
    must_fail: bool = False
    id: str = field(default_factory=lambda: uuid4().urn)


@dataclass(slots=True)
class Account:
    """What the senders know: every message begun, and those whose Success they have in hand."""

    patient: CX
    begun: list[Message] = field(default_factory=list)
    acknowledged: list[Message] = field(default_factory=list)
    replaceable: list[DocumentEntry] = field(default_factory=list)
    """Acknowledged ones that nobody has tried to replace."""


def _message(
    contents: list[bytes], entries: list[DocumentEntry], old: DocumentEntry | None = None
) -> Message:
    of = entries[0].patient_id
    assert of is not None
    replaces = {entries[0].entry_uuid: old.entry_uuid} if old else {}
    binaries = [Binary("text/plain", len(c), partial(_once, c)) for c in contents]
    documents = [(e.entry_uuid, binary) for e, binary in zip(entries, binaries, strict=True)]
    packed = encoding.write_submission(traffic.submit(of, *entries, replaces=replaces))
    digests = (hashlib.sha256(content).hexdigest() for content in contents)
    return Message(
        tuple(entries),
        dict(zip((str(e.unique_id) for e in entries), digests, strict=True)),
        iti41.request(packed, documents),
        str(old.unique_id) if old else None,
    )


def _once(content: bytes) -> Iterator[bytes]:
    return iter((content,))


def small(account: Account, chance: random.Random) -> Message:
    """One document of up to 200 kB."""
    content = chance.randbytes(chance.randint(0, 200_000))
    return _message([content], [traffic.entry(account.patient)])


def several(account: Account, chance: random.Random) -> Message:
    """Two or three documents that come or go together."""
    contents = [chance.randbytes(20_000) for _ in range(chance.randint(2, 3))]
    return _message(contents, [traffic.entry(account.patient) for _ in contents])


def large(account: Account, chance: random.Random) -> Message:
    """One document of more than one part of a multipart upload."""
    return _message([chance.randbytes(9 * MIB)], [traffic.entry(account.patient)])


def replacing(account: Account, chance: random.Random) -> Message:
    """A new version of a document that was acknowledged, if there is one."""
    try:
        old = account.replaceable.pop()
    except IndexError:
        return small(account, chance)
    return _message([chance.randbytes(5_000)], [traffic.entry(account.patient)], old)


def refused_by_the_repository(account: Account, chance: random.Random) -> Message:
    """A document that is not what its metadata says."""
    entry = traffic.entry(account.patient, hash="0" * 40)
    return replace(_message([chance.randbytes(50_000)], [entry]), must_fail=True)


def refused_by_the_registry(account: Account, chance: random.Random) -> Message:
    """A document without class code."""
    entry = replace(traffic.entry(account.patient), class_code=None)
    return replace(_message([chance.randbytes(50_000)], [entry]), must_fail=True)


KINDS: Final[tuple[tuple[int, Callable[[Account, random.Random], Message]], ...]] = (
    (50, small),
    (12, several),
    (4, large),
    (14, replacing),
    (10, refused_by_the_repository),
    (10, refused_by_the_registry),
)
"""How often each kind is sent, of 100."""


def send(url: str, account: Account, stop: threading.Event, seed: int) -> None:
    """Send one message after the other until `stop`; what got no answer is sent once more."""
    chance = random.Random(seed)
    weights, kinds = zip(*KINDS, strict=True)
    with httpx.Client(timeout=20, trust_env=False) as http:
        caller = HttpCaller(f"{url}/repository", http)
        while not stop.is_set():
            (kind,) = chance.choices(kinds, weights)
            message = kind(account, chance)
            account.begun.append(message)
            _deliver(caller, account, message)


def send_again(url: str, account: Account) -> None:
    """Send unchanged what got no answer, as a source does whose repository came back."""
    known = {message.id for message in account.acknowledged}
    waiting = [m for m in account.begun if m.id not in known and not m.must_fail]
    with httpx.Client(timeout=20, trust_env=False) as http:
        caller = HttpCaller(f"{url}/repository", http)
        for message in waiting[::2]:
            _deliver(caller, account, message)


def _deliver(caller: HttpCaller, account: Account, message: Message) -> None:
    try:
        answer = caller.call(iti41.TRANSACTION, message.body, message_id=message.id)
    except CallFailed:
        return
    if response.read(answer.body).status is not ResponseStatus.SUCCESS:
        return
    account.acknowledged.append(message)
    account.replaceable.append(message.entries[0])
