"""Finds records of the audit store by what they tell of, and when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, bindparam, exists, or_, select

from ledger.audit.store import Record, Store, record_of
from ledger.audit.tables import as_subject, audit_record, audit_subject

BATCH: Final = 500

_r: Final = audit_record.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a record must tell of; what is None does not matter. `until` is not included.

    Of `any_of`, pairs of kind and value, it must tell one when there are some.
    """

    patient: str | None = None
    user: str | None = None
    document: str | None = None
    any_of: frozenset[tuple[str, str]] = frozenset()
    since: datetime | None = None
    until: datetime | None = None

    @property
    def words(self) -> str:
        """What is wanted, for the record of the search itself."""
        given = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return " ".join(f"--{name} {value}" for name, value in given.items() if value)


def found(store: Store, wanted: Wanted) -> Iterator[Record]:
    """Yield the records that are wanted, in the store's order. Raises Unavailable."""
    query, last = _query(wanted), 0
    while True:
        with store.database.read() as connection:
            rows = connection.execute(query, {"last": last}).all()
        if not rows:
            return
        for row in rows:
            yield record_of(row)
        last = rows[-1].sequence


def _query(wanted: Wanted) -> Select[Any]:
    about = {kind: getattr(wanted, kind) for kind in ("patient", "user", "document")}
    conditions = [_tells_of(kind, value) for kind, value in about.items() if value is not None]
    if wanted.any_of:
        conditions.append(_tells_of_one(wanted.any_of))
    if wanted.since is not None:
        conditions.append(_r.time >= _milliseconds(wanted.since))
    if wanted.until is not None:
        conditions.append(_r.time < _milliseconds(wanted.until))
    after = _r.sequence > bindparam("last")
    return select(audit_record).where(after, *conditions).order_by(_r.sequence).limit(BATCH)


def _tells_of_one(pairs: frozenset[tuple[str, str]]) -> ColumnElement[bool]:
    s = audit_subject.c
    kinds = sorted({kind for kind, _ in pairs})
    values = {kind: sorted(as_subject(value) for k, value in pairs if k == kind) for kind in kinds}
    named = [(s.kind == kind) & s.value.in_(values[kind]) for kind in kinds]
    return _r.sequence.in_(select(s.sequence).where(or_(*named)))


def _tells_of(kind: str, value: str) -> ColumnElement[bool]:
    s = audit_subject.c
    return exists().where(s.kind == kind, s.value == as_subject(value), s.sequence == _r.sequence)


def _milliseconds(time: datetime) -> int:
    """Return a time without zone as UTC, in milliseconds since 1970."""
    return round(time.replace(tzinfo=time.tzinfo or UTC).timestamp() * 1000)
