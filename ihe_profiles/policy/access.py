"""The policy of an actor, asked for each exchange."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Final

from ihe_profiles.policy.decision import Decision, decide
from ihe_profiles.policy.load import OPEN, load
from ihe_profiles.policy.rules import Policy
from ihe_profiles.policy.view import EVERYTHING
from ihe_profiles.soap.exchange import Exchange, Peer

_AS_NODE: Final = Decision(EVERYTHING)


@dataclass(frozen=True, slots=True)
class Access:
    """What each requester may see by a policy.

    `nodes` are the identities of peers (sha256:... of their certificates) that ask, without an
    assertion, as parts of this system and not for anybody.
    """

    policy: Policy = field(default_factory=cache(lambda: load(OPEN)))
    nodes: frozenset[str] = frozenset()

    def of(self, exchange: Exchange) -> Decision:
        """Say what the requester of an exchange may see."""
        if exchange.requester is None and self._is_node(exchange.peer):
            return _AS_NODE
        return decide(self.policy, exchange.requester, exchange.transaction.number)

    def _is_node(self, peer: Peer) -> bool:
        return peer.inside or (peer.certificate is not None and peer.identity in self.nodes)
