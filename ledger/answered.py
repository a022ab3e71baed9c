"""Messages that were carried out, so that a repeated one is answered and not carried out again.

A message is known by its Action and MessageID; another peer or another content under the same ids
is refused. Only successful work is remembered: a refused work takes its row away with it. A message
without a MessageID cannot be recognised, and is carried out each time.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, delete, select, text, tuple_, update

from ledger.clock import now
from ledger.database import Database
from ledger.tables import answered_message

LONGEST_ID: Final = 256
"""Characters of a MessageID that are stored as they are."""
POLL_SECONDS: Final = 0.05
"""How often a message that waits for its twin looks for the answer."""


@dataclass(frozen=True, slots=True)
class Key:
    """What a message is recognised by; `peer` stands for the sender, `digest` for the content.

    `holder` tells one arrival of a message from another.
    """

    peer: str
    action: str
    message_id: str | None
    digest: bytes
    holder: str = field(default_factory=lambda: secrets.token_hex(8), compare=False)


class MessageReused(Exception):
    """A known MessageID came from another peer or with another content."""

    def __init__(self, key: Key) -> None:
        super().__init__(f"MessageID {key.message_id} was used before for another message")
        self.message_id = key.message_id


_INSERT: Final = text(
    "INSERT INTO answered_message (message_id, action, peer, digest, holder, lease_until, time) "
    "VALUES (:message_id, :action, :peer, :digest, :holder, :until, :now) "
    "ON CONFLICT (message_id, action) DO NOTHING"
)
_THIS: Final = (answered_message.c.message_id == bindparam("of")) & (
    answered_message.c.action == bindparam("doing")
)
_UNANSWERED: Final = answered_message.c.answer.is_(None)
_LOOK: Final = select(answered_message).where(_THIS)
_TAKE_OVER: Final = (
    update(answered_message)
    .where(_THIS, _UNANSWERED, answered_message.c.lease_until < bindparam("now"))
    .values(holder=bindparam("by"), lease_until=bindparam("until"))
)
_SETTLE: Final = (
    update(answered_message)
    .where(_THIS, _UNANSWERED)
    .values(answer=bindparam("first"), time=bindparam("now"))
)
_RELEASE: Final = delete(answered_message).where(
    _THIS, _UNANSWERED, answered_message.c.holder == bindparam("by")
)
_IDS: Final = (answered_message.c.message_id, answered_message.c.action)
_FORGET: Final = delete(answered_message).where(answered_message.c.time >= bindparam("since"))
_PRUNE: Final = delete(answered_message).where(
    tuple_(*_IDS).in_(
        select(*_IDS)
        .where(
            answered_message.c.time < bindparam("before"),
            answered_message.c.lease_until < bindparam("now"),
        )
        .order_by(answered_message.c.time)
        .limit(bindparam("most"))
    )
)


def claim(connection: Connection, key: Key) -> bytes | None:
    """Take the message for this transaction's work: None, or the answer that it was given before.

    A twin in another transaction is waited for. Raises MessageReused.
    """
    found = _attempt(connection, key, 0.0)
    assert found.decided, "an action is either claimed or reserved, never both"
    return found.answer


def reserve(
    database: Database, key: Key, seconds: float, along: Callable[[Connection], None] | None = None
) -> bytes | None:
    """Take the message for work of several transactions: None, or the answer it was given before.

    `along` is the first of them: it is done in the transaction that takes the message. The
    reservation is over after `seconds`, so that a dead holder blocks nobody; a twin that arrives in
    the meantime waits here. Raises MessageReused, Unavailable, and what `along` raises.
    """

    def work(connection: Connection) -> _Found:
        found = _attempt(connection, key, seconds)
        if along is not None and found.decided and found.answer is None:
            along(connection)
        return found

    while not (found := database.write(work)).decided:
        time.sleep(POLL_SECONDS)
    return found.answer


def answer_to(connection: Connection, key: Key) -> bytes | None:
    """Return the answer that the message was given before, if it was; nothing is taken."""
    if key.message_id is None:
        return None
    row = connection.execute(_LOOK, _names(key)).one_or_none()
    is_same = row is not None and (row.peer, row.digest) == (key.peer, key.digest)
    return row.answer if row is not None and is_same else None


def settle(connection: Connection, key: Key, answer: bytes) -> None:
    """Remember the answer; if the message has one already, that one stays."""
    if key.message_id is not None:
        connection.execute(_SETTLE, _names(key) | {"first": answer, "now": now()})


def release(database: Database, key: Key) -> None:
    """Give back a reservation whose work did not succeed: the message may be tried again."""
    if key.message_id is not None:
        database.write(lambda c: c.execute(_RELEASE, _names(key) | {"by": key.holder}))


def prune(connection: Connection, keep_seconds: float, most: int) -> int:
    """Forget the oldest messages of more than `keep_seconds` ago, at most so many; count them."""
    time_now = now()
    terms = {"before": time_now - round(keep_seconds * 1000), "now": time_now, "most": most}
    return connection.execute(_PRUNE, terms).rowcount


def forget_since(connection: Connection, since: int) -> int:
    """Forget the messages from `since` (milliseconds since 1970) on; return how many there were."""
    return connection.execute(_FORGET, {"since": since}).rowcount


@dataclass(frozen=True, slots=True)
class _Found:
    decided: bool
    answer: bytes | None = None


def _attempt(connection: Connection, key: Key, seconds: float) -> _Found:
    if key.message_id is None:
        return _Found(decided=True)
    time_now = now()
    terms = {"by": key.holder, "until": time_now + round(seconds * 1000), "now": time_now}
    row = _insert_or_look(connection, key, terms)
    if row is None:
        return _Found(decided=True)
    if (row.peer, row.digest) != (key.peer, key.digest):
        raise MessageReused(key)
    if row.answer is not None:
        return _Found(decided=True, answer=row.answer)
    taken = connection.execute(_TAKE_OVER, _names(key) | terms)
    return _Found(decided=taken.rowcount == 1)


def _insert_or_look(connection: Connection, key: Key, terms: dict[str, object]) -> Row[Any] | None:
    """Return the row that was there before; None when it is this message's own, written now."""
    values = {
        "message_id": _stored_id(key),
        "action": key.action,
        "peer": key.peer,
        "digest": key.digest,
        "holder": key.holder,
    }
    while True:
        if connection.execute(_INSERT, values | terms).rowcount == 1:
            return None
        row = connection.execute(_LOOK, _names(key)).one_or_none()
        if row is not None:
            return row  # else a twin took its row away between the two statements


def _names(key: Key) -> dict[str, object]:
    return {"of": _stored_id(key), "doing": key.action}


def _stored_id(key: Key) -> str:
    """Return the MessageID, or what stands for one that no index would hold."""
    message_id = key.message_id or ""
    if len(message_id) <= LONGEST_ID:
        return message_id
    return f"sha256:{hashlib.sha256(message_id.encode()).hexdigest()}"
