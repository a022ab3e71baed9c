"""The audit store: records are added at its end and never changed.

Whoever adds holds the head's row, so records are committed in the order of their sequence: here,
and only here, a reader may go on from the last number that it has seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, text, update

from ihe_profiles.atna import reading, syslog
from ledger.audit.chain import Place
from ledger.audit.outbox import Waiting
from ledger.audit.portion import portion
from ledger.audit.tables import (
    as_subject,
    audit_chain,
    audit_destination,
    audit_record,
    audit_subject,
)
from ledger.database import Database
from ledger.migrate import Tree

TREE: Final = Tree("audit", "ledger.audit.migrations")

_r: Final = audit_record.c
_PLACE: Final = select(audit_chain.c.sequence, audit_chain.c.chain).where(
    audit_chain.c.name == bindparam("of")
)
_MOVE: Final = update(audit_chain).where(audit_chain.c.name == bindparam("of"))
_KNOWN: Final = select(_r.id).where(_r.id.in_(bindparam("ids", expanding=True)))
_SIZES: Final = (
    select(_r.sequence, func.length(_r.message))
    .where(_r.sequence > bindparam("last"))
    .order_by(_r.sequence)
    .limit(bindparam("most"))
)
_BETWEEN: Final = (
    select(audit_record)
    .where(_r.sequence.between(bindparam("first"), bindparam("last")))
    .order_by(_r.sequence)
)
_CONFIRM: Final = text(
    "INSERT INTO audit_destination (url, sequence) VALUES (:url, :sequence) "
    "ON CONFLICT (url) DO UPDATE SET sequence = excluded.sequence "
    "WHERE audit_destination.sequence < excluded.sequence"
)
_CONFIRMED: Final = select(audit_destination.c.sequence).where(
    audit_destination.c.url == bindparam("of")
)
_YOUNG: Final = select(func.min(_r.sequence)).where(_r.time >= bindparam("before"))
_CHAIN_AT: Final = select(_r.chain).where(_r.sequence == bindparam("at"))
_PRUNE: Final = (
    delete(audit_record).where(_r.sequence <= bindparam("last")),
    delete(audit_subject).where(audit_subject.c.sequence <= bindparam("last")),
)


@dataclass(frozen=True, slots=True)
class Record:
    """A record of the store; `time` in milliseconds since 1970, `message` of syslog."""

    sequence: int
    id: bytes
    time: int
    chain: bytes
    message: bytes

    @property
    def place(self) -> Place:
        """The place in the chain that the store gives it."""
        return Place(self.sequence, self.chain)


Maker = Callable[[Place], Iterable[Waiting]]
"""Makes records that depend on where the chain stands."""


class Store:
    """The store in the audit database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def append(self, waiting: Sequence[Waiting]) -> int:
        """Add the records that are not there yet; return how many. Raises Unavailable."""
        return self.database.write(lambda connection: extend(connection, waiting))

    def append_made(self, make: Maker) -> int:
        """Add what `make` makes of the head. Raises Unavailable."""

        def work(connection: Connection) -> int:
            return extend(connection, tuple(make(_place(connection, "head", lock=True))))

        return self.database.write(work)

    def after(self, sequence: int, most: int) -> list[Record]:
        """Return at most `most` records that follow a sequence; fewer where they are large."""
        with self.database.read() as connection:
            sizes = connection.execute(_SIZES, {"last": sequence, "most": most})
            numbers = portion((number, octets) for number, octets in sizes)
            ends = {"first": numbers[0], "last": numbers[-1]} if numbers else {}
            return [record_of(row) for row in connection.execute(_BETWEEN, ends)] if ends else []

    def head(self) -> Place:
        """The place of the newest record."""
        with self.database.read() as connection:
            return _place(connection, "head")

    def anchor(self) -> Place:
        """The place of the last record that was pruned."""
        with self.database.read() as connection:
            return _place(connection, "anchor")

    def confirmed(self, url: str) -> int:
        """Return up to which sequence a destination has every record."""
        with self.database.read() as connection:
            return _confirmed(connection, url)

    def confirm(self, url: str, sequence: int) -> None:
        """Remember that a destination has every record up to a sequence."""
        values = {"url": url, "sequence": sequence}
        self.database.write(lambda connection: connection.execute(_CONFIRM, values))

    def prune(
        self, before: int, urls: Sequence[str], most: int, state: Callable[[Place], Waiting]
    ) -> int:
        """Remove up to `most` records older than `before` that every one of `urls` has.

        The record that `state` makes of the last of them is added, so that the chain itself says
        where it begins. Returns how many were removed.
        """

        def work(connection: Connection) -> int:
            _place(connection, "head", lock=True)
            anchor = _place(connection, "anchor")
            last = _last_to_prune(connection, before, urls, anchor.sequence + most)
            if last <= anchor.sequence:
                return 0
            chain = connection.execute(_CHAIN_AT, {"at": last}).scalar_one()
            place = Place(last, bytes(chain))
            extend(connection, [state(place)])
            for statement in _PRUNE:
                connection.execute(statement, {"last": last})
            _move(connection, "anchor", place)
            return last - anchor.sequence

        return self.database.write(work)


def extend(connection: Connection, waiting: Sequence[Waiting]) -> int:
    """Add the records that are not there yet, in order, and return how many they are."""
    if not waiting:
        return 0
    place = _place(connection, "head", lock=True)
    known = {bytes(id) for id in connection.scalars(_KNOWN, {"ids": [w.id for w in waiting]})}
    records, subjects = [], []
    for new in {w.id: w for w in waiting if w.id not in known}.values():
        place = place.next(new.message)
        time, about = _told(new.message)
        records.append(_values(place, new, time))
        subjects += [{"kind": k, "value": v, "sequence": place.sequence} for k, v in sorted(about)]
    if records:
        connection.execute(insert(audit_record), records)
        _move(connection, "head", place)
    if subjects:
        connection.execute(insert(audit_subject), subjects)
    return len(records)


def subjects(body: bytes) -> frozenset[tuple[str, str]]:
    """Return what a record is found by, as the store keeps it."""
    return frozenset((kind, as_subject(value)) for kind, value in reading.subjects(body))


def record_of(row: Row[Any]) -> Record:
    """Make a record of a row of `audit_record`."""
    return Record(row.sequence, bytes(row.id), row.time, bytes(row.chain), bytes(row.message))


def _values(place: Place, waiting: Waiting, time: int) -> dict[str, object]:
    return {
        "sequence": place.sequence,
        "id": waiting.id,
        "time": time,
        "chain": place.chain,
        "message": waiting.message,
    }


def _told(message: bytes) -> tuple[int, frozenset[tuple[str, str]]]:
    parsed = syslog.parse(message)
    return parsed.time, subjects(parsed.body)


def _place(connection: Connection, name: str, *, lock: bool = False) -> Place:
    query = _PLACE.with_for_update() if lock else _PLACE
    row = connection.execute(query, {"of": name}).one()
    return Place(row.sequence, bytes(row.chain))


def _move(connection: Connection, name: str, to: Place) -> None:
    connection.execute(_MOVE, {"of": name, "sequence": to.sequence, "chain": to.chain})


def _confirmed(connection: Connection, url: str) -> int:
    return connection.execute(_CONFIRMED, {"of": url}).scalar() or 0


def _last_to_prune(connection: Connection, before: int, urls: Sequence[str], most: int) -> int:
    young = connection.execute(_YOUNG, {"before": before}).scalar()
    old = _place(connection, "head").sequence if young is None else young - 1
    return min(old, most, *(_confirmed(connection, url) for url in urls))
