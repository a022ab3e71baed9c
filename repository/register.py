"""ITI-42 from the repository's side: tell the registry, and say what is certain afterwards."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from ihe_profiles import iti42
from ihe_profiles.soap import trace
from ihe_profiles.soap.client import Caller, CallFailed, RemoteFault, Unreachable
from ihe_profiles.xds import response
from ihe_profiles.xds.errors import Severity, error
from ihe_profiles.xds.response import RegistryResponse
from ihe_profiles.xds.vocabulary import ResponseStatus

log = logging.getLogger(__name__)

ATTEMPTS: Final = 2


class Verdict(Enum):
    """What is certain about a submission."""

    REGISTERED = auto()
    REFUSED = auto()  # the registry said so, or never heard of it
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is certain, and what the source is answered."""

    verdict: Verdict
    response: RegistryResponse


class _Silence(Enum):
    """Why there is no RegistryResponse."""

    UNREACHABLE = auto()  # nothing was sent
    UNANSWERED = auto()  # it may have been carried out
    FAULT = auto()  # it was not understood, and will not be the next time


_VERDICTS: Final = {
    ResponseStatus.SUCCESS: Verdict.REGISTERED,
    ResponseStatus.FAILURE: Verdict.REFUSED,
    ResponseStatus.PARTIAL_SUCCESS: Verdict.UNKNOWN,  # not an answer of ITI-42 (TF-2 3.42.4.2.2)
}
_TROUBLES: Final = frozenset({"XDSRegistryBusy", "XDSRegistryError", "XDSRegistryOutOfResources"})
"""Codes by which a registry says that it failed itself: it may not know how far it came."""


def register(
    registry: Caller, submit: bytes, message_id: str, before_again: Callable[[], None]
) -> Outcome:
    """Send lcm:SubmitObjectsRequest; when no answer comes, once more with the same MessageID.

    `before_again` is called before the second attempt. A Failure is not certain when an attempt
    without an answer went before, since a registry may refuse the second because it has carried out
    the first, nor when the registry speaks only of troubles of its own.
    """
    may_have_arrived = False
    for attempt in range(ATTEMPTS):
        if attempt:
            before_again()
        answer = _send(registry, submit, message_id)
        if isinstance(answer, RegistryResponse):
            return _read(answer, may_have_arrived)
        if answer is _Silence.FAULT:
            return _failure(Verdict.UNKNOWN, "registry-fault")
        may_have_arrived |= answer is _Silence.UNANSWERED
    if may_have_arrived:
        return _failure(Verdict.UNKNOWN, "registry-not-available")
    return _failure(Verdict.REFUSED, "registry-unreachable")


def _send(registry: Caller, submit: bytes, message_id: str) -> RegistryResponse | _Silence:
    try:
        answer = registry.call(iti42.TRANSACTION, [submit], message_id=message_id)
        return response.read(answer.body)
    except Unreachable:
        log.warning("the registry cannot be reached", exc_info=True)
        return _Silence.UNREACHABLE
    except RemoteFault as fault:
        log.warning("the registry answers with a fault", exc_info=True)
        return _Silence.UNANSWERED if fault.code == "Receiver" else _Silence.FAULT
    except (CallFailed, ValueError):
        log.warning("the registry gives no answer that can be read", exc_info=True)
        return _Silence.UNANSWERED


def _read(answer: RegistryResponse, may_have_arrived: bool) -> Outcome:
    verdict = _VERDICTS[answer.status]
    if verdict is Verdict.UNKNOWN:
        log.error("the registry answers an ITI-42 with %s", answer.status)
        return _failure(verdict, "registry-not-available")
    reasons = [one for one in answer.errors if one.severity is Severity.ERROR]
    is_trouble = all(reason.code in _TROUBLES for reason in reasons)
    if verdict is Verdict.REFUSED and (may_have_arrived or is_trouble):
        verdict = Verdict.UNKNOWN
    return Outcome(verdict, answer)


def _failure(verdict: Verdict, key: str) -> Outcome:
    reason = error(key, trace=trace.CURRENT.get())
    return Outcome(verdict, RegistryResponse(ResponseStatus.FAILURE, (reason,)))
