"""Speaks to a registry's operations as the SOAP layer does."""

from __future__ import annotations

import hashlib
from typing import Any

from lxml import etree

from ihe_profiles import iti18, iti42, iti51
from ihe_profiles.iti18 import Response
from ihe_profiles.soap.addressing import Addressing
from ihe_profiles.soap.exchange import Answer, Exchange, Peer, Transaction
from ihe_profiles.xds import encoding, response
from ihe_profiles.xds.metadata import Submission
from ihe_profiles.xds.queries import BY_NAME
from ihe_profiles.xds.response import RegistryResponse
from ihe_profiles.xua.requester import Requester
from registry.service import Registry

QUERYING = {kind.number: kind for kind in (iti18.TRANSACTION, iti51.TRANSACTION)}


class Consumer:
    """A document source and consumer in one; `requester` is on whose behalf it asks."""

    requester: Requester | None = None

    def __init__(self, registry: Registry, peer: str = "192.0.2.1") -> None:
        self._operations = {o.transaction.number: o.handler for o in registry.operations()}
        self._peer = Peer(peer)

    def register(self, submission: Submission, message_id: str | None = None) -> RegistryResponse:
        return self.register_xml(iti42.request(encoding.write_submission(submission)), message_id)

    def register_xml(self, body: bytes, message_id: str | None = None) -> RegistryResponse:
        return response.read(self._ask(iti42.TRANSACTION, body, message_id))

    def query(self, name: str, return_type: str = "LeafClass", **parameters: Any) -> Response:
        """Ask a stored query, its parameters without `$`."""
        given = {f"${key}": value for key, value in parameters.items()}
        stored = BY_NAME[name]
        body = iti18.request(stored.id, given, return_type)
        return self.query_xml(body, QUERYING[stored.transaction])

    def query_xml(self, body: bytes, transaction: Transaction = iti18.TRANSACTION) -> Response:
        return iti18.read_response(self._ask(transaction, body, None))

    def answer(self, transaction: Transaction, body: bytes, message_id: str | None) -> Answer:
        answer = self._operations[transaction.number](
            Exchange(
                transaction=transaction,
                addressing=Addressing(transaction.action, message_id),
                header=None,
                body=etree.fromstring(body),
                digest=hashlib.sha256(body).digest(),
                peer=self._peer,
                trace_id="0" * 32,
                requester=self.requester,
            )
        )
        assert isinstance(answer, Answer)
        return answer

    def _ask(self, transaction: Transaction, body: bytes, message_id: str | None) -> etree._Element:
        pieces = self.answer(transaction, body, message_id).body
        return etree.fromstring(b"".join(piece for piece in pieces if isinstance(piece, bytes)))
