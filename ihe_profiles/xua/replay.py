"""Messages that were read with an assertion: a known MessageID is of that message only.

Writes have their record of answered messages (`ledger.answered`). A read leaves none; for it the
ids of this process's last messages are remembered, as long as their assertions count.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Final

from lxml.etree import _Element

from ihe_profiles import iti18, iti43, iti51
from ihe_profiles.soap import envelope
from ihe_profiles.soap.digest import digest
from ihe_profiles.soap.exchange import Peer, Transaction
from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.xua.cache import Cache

READS: Final = frozenset(one.TRANSACTION.action for one in (iti18, iti43, iti51))
LIMIT: Final = 65536
"""How many ids are remembered."""


class Replays:
    """Tells a message that comes again from one that takes another's id. Thread-safe."""

    def __init__(self) -> None:
        self._seen: Cache[bytes] = Cache(LIMIT)

    def check(
        self, transaction: Transaction, header: _Element, peer: Peer, now: datetime, until: datetime
    ) -> None:
        """Remember a message. Raises SoapFault: `message-id-reused` for another peer or body."""
        message_id = envelope.own_message_id(header)
        if transaction.action not in READS or message_id is None:
            return
        key = hashlib.sha256(f"{transaction.action}\n{message_id}".encode()).digest()
        body = header.getnext()
        assert body is not None
        content = hashlib.sha256(peer.identity.encode() + b"\n" + digest(body)).digest()
        if self._seen.first(key, content, now, until) != content:
            raise SoapFault("message-id-reused", message_id=message_id)
