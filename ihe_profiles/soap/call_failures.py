"""Why a call got no answer of its transaction.

What a caller must know first is whether the request was carried out: surely not (Unreachable),
refused (RemoteFault), or nobody knows (Unanswered and all its kinds).
"""

from __future__ import annotations


class CallFailed(Exception):
    """No answer of the transaction came; the text says why."""


class Unreachable(CallFailed):
    """Nothing was sent: no connection came about. The request was surely not carried out."""


class RemoteFault(CallFailed):
    """The other side refused the message with a SOAP fault.

    `code` is Sender, Receiver ... (of SOAP 1.1: Client, Server ...), `subcode` in Clark notation,
    `reason` the fault's text, `detail` all text of its Detail, `status` that of HTTP.
    """

    def __init__(
        self, code: str, subcode: str | None, reason: str, detail: str, status: int
    ) -> None:
        super().__init__(f"the other side answered with a {code} fault: {reason}")
        self.code = code
        self.subcode = subcode
        self.reason = reason
        self.detail = detail
        self.status = status


class Unanswered(CallFailed):
    """The request was sent, wholly or in part, and no answer came: it may have been carried out."""


class Unreadable(Unanswered):
    """What came back is no SOAP message that can be read."""


class HttpFailure(Unanswered):
    """The HTTP status `status` came back, and no SOAP fault with it."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the other side answered with the HTTP status {status} and no SOAP fault")
        self.status = status


class NotOurAnswer(Unanswered):
    """The answer's RelatesTo is not the MessageID of the request."""

    def __init__(self, message_id: str, relates_to: str) -> None:
        super().__init__(f"the answer relates to {relates_to}; the request was {message_id}")


class WrongAction(Unanswered):
    """The answer is that of another transaction."""

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(f"the answer's wsa:Action is {found}; {expected} was expected")
