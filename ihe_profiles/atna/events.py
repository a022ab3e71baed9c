"""The audit events of transactions: a row for each, and one function for each side.

The rows are what the sections of ITI TF-2 ("Security Audit Considerations") say; rows of
transactions that are not served yet are there for who will record them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ihe_profiles.atna import codes
from ihe_profiles.atna.message import Action, Code, Event, Outcome, Participant, Participated
from ihe_profiles.atna.reporter import Reporter, host_of, humans, peer_participant, purposes
from ihe_profiles.soap.addressing import ANONYMOUS
from ihe_profiles.soap.exchange import Peer
from ihe_profiles.xua.requester import Requester

_LONGEST_DESCRIPTION: Final = 2000
_C, _R, _U, _D, _E = Action.CREATE, Action.READ, Action.UPDATE, Action.DELETE, Action.EXECUTE


@dataclass(frozen=True, slots=True)
class Side:
    """What one side of a transaction records: its EventID and the actions that there are."""

    event: Code
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One transaction. `serves`: the data flows from the responder to the initiator."""

    name: str
    initiator: Side
    responder: Side
    section: str
    serves: bool = False


def _both(event: Code, *actions: Action) -> tuple[Side, Side]:
    side = Side(event, actions)
    return side, side


_FEED: Final = _both(codes.PATIENT_RECORD, _C, _U, _D)
_QUERY: Final = _both(codes.QUERY, _E)
_SUBMIT: Final = (Side(codes.EXPORT, (_R,)), Side(codes.IMPORT, (_C,)))
_FETCH: Final = (Side(codes.IMPORT, (_C,)), Side(codes.EXPORT, (_R,)))
_UPDATE: Final = (Side(codes.EXPORT, (_U,)), Side(codes.IMPORT, (_U,)))
_REMOVE: Final = _both(codes.PATIENT_RECORD, _D)

EVENTS: Final[dict[str, Row]] = {
    "ITI-8": Row("Patient Identity Feed", *_FEED, "3.8.5.1"),
    "ITI-18": Row("Registry Stored Query", *_QUERY, "3.18.5.1"),
    "ITI-38": Row("Cross Gateway Query", *_QUERY, "3.38.5.1"),
    "ITI-39": Row("Cross Gateway Retrieve", *_FETCH, "3.39.5.1", serves=True),
    "ITI-41": Row("Provide and Register Document Set-b", *_SUBMIT, "3.41.5.1"),
    "ITI-42": Row("Register Document Set-b", *_SUBMIT, "3.42.5.1"),
    "ITI-43": Row("Retrieve Document Set", *_FETCH, "3.43.5.1", serves=True),
    "ITI-44": Row("Patient Identity Feed", *_FEED, "3.44.5.1"),
    "ITI-51": Row("Multi-Patient Stored Query", *_QUERY, "3.51.5.1"),
    "ITI-52": Row("Document Metadata Subscribe", *_both(codes.QUERY, _C, _D), "3.52.5.1"),
    "ITI-53": Row("Document Metadata Notify", *_SUBMIT, "3.53.5.1"),
    "ITI-54": Row("Document Metadata Publish", *_SUBMIT, "3.54.5.1"),
    "ITI-55": Row("Cross Gateway Patient Discovery", *_QUERY, "3.55.5.1"),
    "ITI-57": Row("Update Document Set", *_UPDATE, "3.57.5.1"),
    "ITI-61": Row("Register On-Demand Document Entry", *_SUBMIT, "3.61.5.1"),
    "ITI-62": Row("Remove Metadata", *_REMOVE, "3.62.5.1"),
    "ITI-86": Row("Remove Documents", *_REMOVE, "3.86.5.1"),
    "ITI-92": Row("Restricted Update Document Set", *_UPDATE, "3.92.5.1"),
}


def type_code(number: str) -> Code:
    """Return the EventTypeCode of a transaction. KeyError for one that is not in the table."""
    return _TYPES[number]


_TYPES: Final = {number: Code(number, codes.IHE, row.name) for number, row in EVENTS.items()}


@dataclass(frozen=True, slots=True)
class Ending:
    """How it ended: the outcome, and for a failure why, for people."""

    outcome: Outcome = Outcome.SUCCESS
    description: str = ""

    @classmethod
    def failed(cls, why: object) -> Ending:
        """Return the ending of work that was refused or went wrong."""
        text = str(why)
        short = text if len(text) <= _LONGEST_DESCRIPTION else f"{text[:_LONGEST_DESCRIPTION]}…"
        return cls(Outcome.SERIOUS_FAILURE, short)


SUCCESS: Final = Ending()


@dataclass(frozen=True, slots=True)
class Names:
    """The UserIDs of the two ends where a transaction says what they are; empty: it does not."""

    source: str = ""
    destination: str = ""


_UNNAMED: Final = Names()


def responded(
    reporter: Reporter,
    number: str,
    peer: Peer,
    objects: Sequence[Participated] = (),
    ending: Ending = SUCCESS,
    *,
    action: Action | None = None,
    requester: Requester | None = None,
    reply_to: str | None = None,
    names: Names = _UNNAMED,
) -> bytes:
    """Write the record of the actor that was asked by `peer`.

    `action` is needed where the row has several. KeyError for a transaction that is not in the
    table, ValueError for an action that is not in its row.
    """
    row = EVENTS[number]
    user_id = reply_to if reply_to and reply_to != ANONYMOUS else ""
    if row.serves:
        ends = (
            reporter.participant(codes.SOURCE, user_id=names.source),
            peer_participant(peer, codes.DESTINATION, user_id=names.destination or user_id),
        )
    else:
        ends = (
            peer_participant(peer, codes.SOURCE, user_id=names.source or user_id),
            reporter.participant(codes.DESTINATION, user_id=names.destination),
        )
    event = _event(row.responder, number, action, ending, requester)
    return reporter.record(event, (*ends, *humans(requester)), tuple(objects))


def initiated(
    reporter: Reporter,
    number: str,
    endpoint: str,
    objects: Sequence[Participated] = (),
    ending: Ending = SUCCESS,
    *,
    action: Action | None = None,
    requester: Requester | None = None,
    users: Sequence[Participant] = (),
    names: Names = _UNNAMED,
) -> bytes:
    """Write the record of the actor that asked another one at the URL `endpoint`.

    `users` are people who asked without an assertion. Errors as `responded`.
    """
    row = EVENTS[number]
    own, other = codes.SOURCE, codes.DESTINATION
    own_name, other_name = names.source, names.destination
    if row.serves:
        own, other, own_name, other_name = other, own, other_name, own_name
    ours = reporter.participant(own, is_requestor=True, user_id=own_name)
    theirs = Participant(
        other_name or endpoint, False, (other,), access_point=host_of(endpoint) or endpoint
    )
    ends = (theirs, ours) if row.serves else (ours, theirs)
    event = _event(row.initiator, number, action, ending, requester)
    return reporter.record(event, (*ends, *users, *humans(requester)), tuple(objects))


def _event(
    side: Side, number: str, action: Action | None, ending: Ending, requester: Requester | None
) -> Event:
    if action is None and len(side.actions) == 1:
        action = side.actions[0]
    if action not in side.actions:
        raise ValueError(f"{number} is no event of the action {action}")
    return Event(
        side.event,
        action,
        ending.outcome,
        (_TYPES[number],),
        ending.description,
        purposes(requester),
    )
