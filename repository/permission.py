"""Which documents a requester may retrieve: the registry is asked, with the same assertion.

What does not come back is answered as if it had never been stored. Whether a document is here has
no part in what is asked, nor in how long it takes. While the registry cannot be reached, what it
said a short while ago may stand in for its answer, if the policy wants that (`Snapshot`).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

from ihe_profiles import iti18
from ihe_profiles.policy.access import Access
from ihe_profiles.policy.asker import Asker
from ihe_profiles.policy.behalf import behalf_header
from ihe_profiles.policy.decision import Decision, decide
from ihe_profiles.policy.view import EVERYTHING, NOTHING
from ihe_profiles.soap.client import (
    Caller,
    CallFailed,
    HttpFailure,
    NotOurAnswer,
    RemoteFault,
    Unreadable,
    WrongAction,
)
from ihe_profiles.soap.exchange import Exchange
from ihe_profiles.xds.errors import Refusal
from ihe_profiles.xds.metadata import DocumentEntry
from ihe_profiles.xds.queries import BY_NAME, ReturnType
from ihe_profiles.xds.vocabulary import ResponseStatus
from ihe_profiles.xua.header import security_header
from repository.snapshot import Granted, Snapshot

log = logging.getLogger(__name__)

_QUERY: Final = BY_NAME["GetDocuments"].id  # ITI TF-2 3.18.4.1.2.3.7.5
_IDS: Final = "$XDSDocumentEntryUniqueId"
_BATCH: Final = 500
_SEVERAL_PATIENTS: Final = "XDSResultNotSinglePatient"
_ANSWERS: Final = (RemoteFault, HttpFailure, Unreadable, NotOurAnswer, WrongAction)
"""Something answers, if not as it should: that is not a registry that cannot be reached."""


class NotTold(Exception):
    """The registry gives no answer, so nothing may be served."""


class _Silent(NotTold):
    """It cannot be reached, or says nothing at all."""


@dataclass(frozen=True, slots=True)
class Permitted:
    """What may be served, by uniqueId.

    `documents` is None for everything. `unheard` are the uniqueIds that the registry was asked for
    in vain: what may be served of them it had said before.
    """

    documents: Mapping[str, Sequence[Granted]] | None
    unheard: frozenset[str] = frozenset()

    @classmethod
    def of(cls, granted: Iterable[Granted], unheard: Iterable[str]) -> Self:
        """Put in order what was granted."""
        documents: dict[str, list[Granted]] = {}
        for one in granted:
            documents.setdefault(one.unique_id, []).append(one)
        return cls(documents, frozenset(unheard))

    def includes(self, unique_id: str, sha1: str) -> bool:
        """Say whether these bytes may be served under this uniqueId."""
        if self.documents is None:
            return True
        return any(one.sha1 in (sha1, None) for one in self.documents.get(unique_id, ()))

    def told(self, unique_id: str) -> float | None:
        """Return when the registry permitted a document (seconds since 1970); None: not asked."""
        granted = (self.documents or {}).get(unique_id, ())
        return min((one.told for one in granted), default=None)


ALL: Final = Permitted(None)
NONE: Final = Permitted({})


@dataclass(frozen=True, slots=True)
class Permission:
    """Asks the registry on behalf of a requester; not where the policy is open, or hides all.

    Without a `snapshot` nothing is served while the registry cannot be reached.
    """

    registry: Caller
    unique_id: str
    access: Access
    snapshot: Snapshot | None = None

    def of(self, exchange: Exchange, unique_ids: Collection[str]) -> Permitted:
        """Return what the requester of an exchange may have of these. Raises NotTold."""
        view, requester = self.decision(exchange).view, exchange.requester
        if view == EVERYTHING and (requester is None or self._is_open(exchange)):
            return ALL
        if view == NOTHING or not unique_ids:
            return NONE
        asker = None if requester is None else Asker.of(requester)
        header = self._header(exchange)
        found: set[Granted] = set()
        unheard: set[str] = set()
        for wanted in _batches(unique_ids):
            try:
                found |= self._learn(asker, wanted, header)
            except _Silent:
                found |= self._recall(asker, wanted)
                unheard.update(wanted)
        return Permitted.of(found, unheard)

    def decision(self, exchange: Exchange) -> Decision:
        """Return what the policy comes to for the requester."""
        return self.access.of(exchange)

    def _is_open(self, exchange: Exchange) -> bool:
        """Say whether the policy hides nothing from anybody, with an assertion or without."""
        return decide(self.access.policy, None, exchange.transaction.number).view == EVERYTHING

    def _header(self, exchange: Exchange) -> bytes:
        """Return the header blocks that say for whom the registry is asked.

        Our own block only where the assertion alone would be judged otherwise: a registry of
        somebody else's would refuse it.
        """
        number, requester = exchange.transaction.number, exchange.requester
        if requester is None:
            return behalf_header(number)
        rules, asked = self.access.policy, iti18.TRANSACTION.number
        is_same = decide(rules, requester, number).view == decide(rules, requester, asked).view
        return security_header(requester.token) + (b"" if is_same else behalf_header(number))

    def _learn(self, asker: Asker | None, wanted: Sequence[str], header: bytes) -> set[Granted]:
        now = time.time()
        found = {Granted(unique_id, sha1, now) for unique_id, sha1 in self._ask(wanted, header)}
        if self.snapshot is not None:
            self.snapshot.learn(asker, wanted, found)
        return found

    def _recall(self, asker: Asker | None, wanted: Sequence[str]) -> set[Granted]:
        """Return what stands in for an answer. Raises NotTold when nothing does."""
        found = set() if self.snapshot is None else self.snapshot.recall(asker, wanted)
        if not found:
            raise NotTold("the registry cannot be reached")
        log.warning("the registry's earlier decisions stand in for its answer: %d", len(found))
        return found

    def _ask(self, wanted: Sequence[str], header: bytes) -> set[tuple[str, str | None]]:
        answer = self._call(wanted, header, ReturnType.LEAF_CLASS)
        if not _is_of_several(answer):
            return {
                (entry.unique_id or "", entry.hash and entry.hash.lower())
                for entry in _require(answer).objects
                if isinstance(entry, DocumentEntry) and entry.repository_unique_id == self.unique_id
            }
        if len(wanted) > 1:
            return set().union(*(self._ask([one], header) for one in wanted))
        found = _require(self._call(wanted, header, ReturnType.OBJECT_REF))
        return {(wanted[0], None)} if found.refs else set()  # one hash for all (TF-2 3.42.4.1.3.3)

    def _call(self, wanted: Sequence[str], header: bytes, returned: str) -> iti18.Response:
        body = iti18.request(_QUERY, {_IDS: list(wanted)}, returned)
        try:
            answer = self.registry.call(iti18.TRANSACTION, [body], header=header)
            return iti18.read_response(answer.body)
        except (CallFailed, Refusal, ValueError) as failure:
            log.warning("the registry does not say what may be retrieved", exc_info=True)
            is_silent = isinstance(failure, CallFailed) and not isinstance(failure, _ANSWERS)
            raise (_Silent if is_silent else NotTold)(str(failure)) from failure


def _batches(unique_ids: Collection[str]) -> Iterator[Sequence[str]]:
    wanted = sorted(set(unique_ids))
    for begin in range(0, len(wanted), _BATCH):
        yield wanted[begin : begin + _BATCH]


def _is_of_several(answer: iti18.Response) -> bool:
    return any(error.code == _SEVERAL_PATIENTS for error in answer.errors)


def _require(answer: iti18.Response) -> iti18.Response:
    if answer.status is not ResponseStatus.SUCCESS:
        log.warning("the registry refuses to say what may be retrieved: %s", answer.errors)
        raise NotTold("the registry answers with an error")
    return answer
