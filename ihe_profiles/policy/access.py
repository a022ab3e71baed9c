"""The policy of an actor, asked for each exchange."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Final

from ihe_profiles.policy.behalf import behalf_of
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
    assertion, as parts of this system and not for anybody; they may also say for whose exchange
    they ask (`behalf`).
    """

    policy: Policy = field(default_factory=cache(lambda: load(OPEN)))
    nodes: frozenset[str] = frozenset()

    def of(self, exchange: Exchange) -> Decision:
        """Say what the requester of an exchange may see."""
        number, behalf = exchange.transaction.number, behalf_of(exchange.header)
        if self._is_node(exchange.peer):
            if exchange.requester is None and behalf is None:
                return _AS_NODE
            number = behalf or number
        return decide(self.policy, exchange.requester, number)

    def _is_node(self, peer: Peer) -> bool:
        return peer.inside or (peer.certificate is not None and peer.identity in self.nodes)
