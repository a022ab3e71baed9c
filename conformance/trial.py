"""A trial: what is done to a system to find out whether it keeps some assertions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from conformance.assertions import catalogue
from conformance.evidence import Exchange
from conformance.raw import Envelope
from conformance.target import Offer, Target
from conformance.verdicts import Check
from conformance.wire import Wire
from conformance.world import World
from ihe_profiles.xua.header import security_header

Body = Callable[["Session"], None]


@dataclass(frozen=True, slots=True)
class Trial:
    """A function that makes checks of `assertions`, on a system that offers all it `needs`."""

    name: str
    assertions: tuple[str, ...]
    needs: frozenset[Offer]
    body: Body


TRIALS: Final[dict[str, Trial]] = {}
"""Every trial by its name, in the order of the modules (see `conformance.trials`)."""


def trial(*assertions: str, needs: tuple[Offer, ...]) -> Callable[[Body], Body]:
    """Make a function a trial of the assertions. Raises KeyError for one that does not exist."""

    def register(body: Body) -> Body:
        name = f"{body.__module__.rpartition('.')[2]}.{body.__name__}"
        if name in TRIALS:
            raise ValueError(f"two trials are called {name}")
        known = catalogue()
        for assertion in assertions:
            known[assertion]
        TRIALS[name] = Trial(name, assertions, frozenset(needs), body)
        return body

    return register


class Session:
    """What a trial works with: the system, the world of the run, and where checks are noted."""

    def __init__(self, trial: Trial, wire: Wire, world: World) -> None:
        self.wire = wire
        self.world = world
        self.checks: dict[str, list[Check]] = {name: [] for name in trial.assertions}

    @property
    def target(self) -> Target:
        """What the bench was told of the system."""
        return self.wire.target

    def envelope(self, body: str, action: str | None, **more: Any) -> Envelope:
        """Write a request by hand, with the assertion of the run; `more` are its fields."""
        token = self.target.token
        header = security_header(token).decode() if token else ""
        return Envelope(
            body=body, action=action, **more | {"blocks": header + more.get("blocks", "")}
        )

    def check(
        self,
        assertion: str,
        ok: bool,
        expected: object,
        found: object,
        place: str = "",
        exchange: Exchange | None = None,
    ) -> bool:
        """Note one look at a message (the last exchange unless given), and return whether it is ok.

        `expected` and `found` are short: values, names, codes; `place` says where in the message.
        """
        evidence = self.wire.evidence.exchanges
        seen = exchange or (evidence[-1] if evidence else None)
        number = None if seen is None else seen.number
        self.checks[assertion].append(Check(bool(ok), str(expected), str(found), place, number))
        return bool(ok)

    def equal(
        self,
        assertion: str,
        found: object,
        expected: object,
        place: str = "",
        exchange: Exchange | None = None,
    ) -> bool:
        """Note whether what was found is what was expected."""
        return self.check(assertion, found == expected, expected, found, place, exchange)
