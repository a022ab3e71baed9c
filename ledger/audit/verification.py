"""Finds what was removed from the audit store, altered in it, or put in another order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import bindparam, select

from ihe_profiles.atna import syslog
from ihe_profiles.atna.syslog import Message
from ledger.audit import chain
from ledger.audit.chain import Place, PublicKey, Statement
from ledger.audit.store import Record, Store
from ledger.audit.store import subjects as subjects_of
from ledger.audit.tables import audit_subject

BATCH: Final = 1000

_SUBJECTS: Final = select(
    audit_subject.c.sequence, audit_subject.c.kind, audit_subject.c.value
).where(audit_subject.c.sequence.between(bindparam("first"), bindparam("last")))

Subjects = Mapping[int, set[tuple[str, str]]]


def received(lines: Iterable[bytes]) -> Iterator[Statement]:
    """Yield the heads among what a receiver has kept, one message a line with anything before."""
    mark = f" {chain.HEAD} - ".encode()
    for line in lines:
        before, found, body = line.partition(mark)
        if found and b"<AuditMessage" not in before:  # else a peer has written it
            yield chain.read_statement(body.strip())


@dataclass(slots=True)
class Verification:
    """One pass over the store; `heads` are those that a receiver has, `keys` by fingerprint."""

    store: Store
    keys: Mapping[str, PublicKey]
    heads: Collection[Statement] = ()
    records: int = 0
    _place: Place = field(init=False)
    _anchor: Place | None = None
    _expected: dict[int, bytes] = field(init=False)

    def findings(self) -> Iterator[str]:
        """Yield what is wrong, one sentence each; nothing when the chain is whole."""
        yield from self._untrusted()
        self._place = self.store.anchor()
        self._expected = {head.place.sequence: head.place.chain for head in self.heads}
        yield from self._compare(self._place)
        while True:  # servers may add and prune at the same time: the ends first, then the records
            anchor, head = self.store.anchor(), self.store.head()
            batch = self.store.after(self._place.sequence, BATCH)
            if not batch:
                break
            subjects = self._subjects(batch)
            for record in batch:
                yield from self._judge(record, subjects)
        yield from self._ends(anchor, head)

    def _untrusted(self) -> Iterator[str]:
        for head in self.heads:
            if problem := self._signature_problem(chain.HEAD, head):
                yield f"received head {head.place.sequence}: {problem}"

    def _judge(self, record: Record, subjects: Subjects) -> Iterator[str]:
        self.records += 1
        before = self._place
        due = before.next(record.message)
        if record.sequence != due.sequence:
            if self.store.anchor().sequence < record.sequence - 1:  # else pruned just now
                yield _missing(due.sequence, record.sequence - 1)
        elif record.chain != due.chain:
            yield f"record {record.sequence} was altered, or is not in its place"
        self._place = record.place
        yield from self._compare(record.place)
        try:
            message = syslog.parse(record.message)
        except ValueError:
            yield f"record {record.sequence} is no syslog message"
            return
        if subjects_of(message.body) != subjects.get(record.sequence, set()):
            yield f"record {record.sequence}: what it is found by was altered"
        yield from self._stated(record.sequence, message, before)

    def _stated(self, sequence: int, message: Message, before: Place) -> Iterator[str]:
        if message.kind not in (chain.HEAD, chain.ANCHOR):
            return
        try:
            statement = chain.read_statement(message.body)
        except ValueError:
            yield f"record {sequence}, {message.kind}: it states no place of the chain"
            return
        if problem := self._signature_problem(message.kind, statement):
            yield f"record {sequence}, {message.kind}: {problem}"
        if message.kind == chain.ANCHOR:
            self._anchor = statement.place
        elif statement.place != before:
            yield f"record {sequence} states another head than the records before it have"

    def _signature_problem(self, kind: str, statement: Statement) -> str | None:
        if not self.keys:
            return None  # nobody gave a key to check with
        key = self.keys.get(statement.key)
        if key is None:
            return "it is not signed" if not statement.key else "signed by a key that is not known"
        return None if chain.is_signed(kind, statement, key) else "the signature is wrong"

    def _compare(self, place: Place) -> Iterator[str]:
        expected = self._expected.pop(place.sequence, place.chain)
        if expected != place.chain:
            yield f"record {place.sequence}: a receiver has a head of another chain"

    def _ends(self, anchor: Place, head: Place) -> Iterator[str]:
        if self._place.sequence < head.sequence:
            yield _missing(self._place.sequence + 1, head.sequence)
        elif self._place.sequence == head.sequence and self._place.chain != head.chain:
            yield f"the head is not the one of record {head.sequence}"
        if anchor.sequence and self._anchor != anchor:
            yield f"no record states that the store was pruned up to {anchor.sequence}"
        late = [sequence for sequence in self._expected if sequence > self._place.sequence]
        if late:
            yield f"the tail was cut off: a receiver has a head of record {max(late)}"

    def _subjects(self, batch: list[Record]) -> Subjects:
        found: dict[int, set[tuple[str, str]]] = {}
        with self.store.database.read() as connection:
            ends = {"first": batch[0].sequence, "last": batch[-1].sequence}
            for row in connection.execute(_SUBJECTS, ends):
                found.setdefault(row.sequence, set()).add((row.kind, row.value))
        return found


def _missing(first: int, last: int) -> str:
    return (
        f"record {first} was removed"
        if first == last
        else f"records {first} to {last} were removed"
    )
