"""A registry on the other side of the wire that does what a test tells it to.

By itself it is a good one: it remembers submissions, answers a repeated message with the first
answer, and refuses a second submission under one uniqueId.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lxml import etree

from ihe_profiles import iti18, iti42
from ihe_profiles.soap.addressing import Addressing
from ihe_profiles.soap.client import (
    Receive,
    RemoteFault,
    Response,
    Unanswered,
    Unreachable,
    discard,
)
from ihe_profiles.soap.exchange import Answer, Binary, Transaction
from ihe_profiles.xds import encoding, queries, response
from ihe_profiles.xds.errors import RegistryError, Severity
from ihe_profiles.xds.metadata import DocumentEntry, Submission
from ihe_profiles.xds.response import RegistryResponse
from ihe_profiles.xds.vocabulary import ResponseStatus

REFUSAL = RegistryError("XDSUnknownPatientId", "the patient is not known")
WARNING = RegistryError("XDSExtraMetadataNotSaved", "a slot was lost", severity=Severity.WARNING)
BUSY = RegistryError("XDSRegistryBusy", "later")
DUPLICATE = RegistryError("XDSDuplicateUniqueIdInRegistry", "the SubmissionSet is known")


@dataclass(frozen=True)
class Call:
    """What was sent to the registry."""

    transaction: Transaction
    body: bytes
    message_id: str


Behaviour = Callable[["StandIn", Call], bytes]


class StandIn:
    """A Caller; `script` says how the next calls go, one by one, before it is good again."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.script: deque[Behaviour] = deque()
        self.registered: dict[str, Submission] = {}
        self._answers: dict[str, bytes] = {}

    def call(
        self,
        transaction: Transaction,
        body: Sequence[bytes | Binary],
        *,
        message_id: str | None = None,
        header: bytes = b"",
        receive: Receive = discard,
    ) -> Response:
        call = Call(transaction, _joined(body), message_id or "")
        self.calls.append(call)
        behaviour = self.script.popleft() if self.script else obey
        return Response(
            etree.fromstring(behaviour(self, call)), Addressing(transaction.response_action)
        )

    @property
    def message_ids(self) -> list[str]:
        """The MessageIDs of the ITI-42 that came, in order."""
        return [call.message_id for call in self.calls if call.transaction is iti42.TRANSACTION]

    @property
    def entries(self) -> list[DocumentEntry]:
        """What is registered."""
        return [entry for one in self.registered.values() for entry in one.documents]

    def register(self, call: Call) -> bytes:
        if call.message_id not in self._answers:
            object_list = iti42.parse(etree.fromstring(call.body))
            submission = encoding.read_submission(object_list)
            unique_id = submission.submission_sets[0].unique_id or ""
            if unique_id in self.registered:
                return refuse(DUPLICATE)(self, call)
            self.registered[unique_id] = submission
            self._answers[call.message_id] = response.render(RegistryResponse(_SUCCESS))
        return self._answers[call.message_id]

    def query(self, call: Call) -> bytes:
        request = iti18.parse(etree.fromstring(call.body))
        wanted = queries.parse(request).one("$XDSSubmissionSetUniqueId")
        found = self.registered.get(str(wanted), Submission())
        objects = (*found.submission_sets, *found.documents, *found.associations)
        return _rendered(iti18.answer([], [encoding.write(one) for one in objects]))


_SUCCESS = ResponseStatus.SUCCESS


def obey(registry: StandIn, call: Call) -> bytes:
    if call.transaction is iti42.TRANSACTION:
        return registry.register(call)
    return registry.query(call)


def warn(registry: StandIn, call: Call) -> bytes:
    registry.register(call)
    return response.render(RegistryResponse(_SUCCESS, (WARNING,)))


def refuse(*errors: RegistryError) -> Behaviour:
    answer = response.render(RegistryResponse(ResponseStatus.FAILURE, errors))
    return lambda _registry, _call: answer


def refuse_query(registry: StandIn, call: Call) -> bytes:
    return _rendered(iti18.answer([BUSY]))


def succeed_partly(registry: StandIn, call: Call) -> bytes:
    return response.render(RegistryResponse(ResponseStatus.PARTIAL_SUCCESS, (REFUSAL,)))


def be_unreachable(registry: StandIn, call: Call) -> bytes:
    raise Unreachable("no connection")


def get_lost(registry: StandIn, call: Call) -> bytes:
    """The request is cut off on its way; the sender cannot know."""
    raise Unanswered("cut")


def obey_but_lose_the_answer(registry: StandIn, call: Call) -> bytes:
    obey(registry, call)
    raise Unanswered("cut")


def fault(code: str) -> Behaviour:
    def behave(_registry: StandIn, _call: Call) -> bytes:
        raise RemoteFault(code, None, "no", "", 500)

    return behave


def talk_nonsense(registry: StandIn, call: Call) -> bytes:
    return b"<hello/>"


def _joined(pieces: Sequence[bytes | Binary]) -> bytes:
    return b"".join(piece for piece in pieces if isinstance(piece, bytes))


def _rendered(answer: Answer) -> bytes:
    return b"".join(piece for piece in answer.body if isinstance(piece, bytes))
