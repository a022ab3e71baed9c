"""A caller that presents one assertion with every request (ITI TF-2 3.40, X-Service User)."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from ihe_profiles.soap.client import Caller, Receive, Response, discard
from ihe_profiles.soap.exchange import Binary, Transaction
from ihe_profiles.soap.limits import SoapLimits
from ihe_profiles.soap.xml import parse
from ihe_profiles.xua.header import security_header
from ihe_profiles.xua.namespaces import ASSERTION


class Presenting:
    """Calls through another caller, with an assertion in a Security header of its own."""

    def __init__(self, caller: Caller, token: bytes) -> None:
        self._caller = caller
        self._header = security_header(token)

    def call(
        self,
        transaction: Transaction,
        body: Sequence[bytes | Binary],
        *,
        message_id: str | None = None,
        header: bytes = b"",
        receive: Receive = discard,
    ) -> Response:
        """As Caller.call."""
        return self._caller.call(
            transaction,
            body,
            message_id=message_id,
            header=header + self._header,
            receive=receive,
        )


def token_of(document: bytes) -> bytes:
    """Return the one assertion of a document, such as a file or a provider's answer.

    Raises SoapFault of the parser; ValueError where there is none, or several.
    """
    found = list(parse(document, SoapLimits()).iter(ASSERTION))
    if len(found) != 1:
        raise ValueError(f"it holds {len(found)} SAML 2.0 assertions; one is expected")
    return etree.tostring(found[0], with_tail=False)
