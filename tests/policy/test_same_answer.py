"""The SQL predicate of a view and the Python function say the same of every entry."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from ihe_profiles.policy.decision import Decision, decide
from ihe_profiles.policy.facts import EntryFacts, holds
from ihe_profiles.policy.load import PRESETS, load
from ihe_profiles.policy.rules import Effect, Policy
from ihe_profiles.policy.view import View, negated
from ihe_profiles.xua.requester import Requester
from ledger.database import Database
from registry.store.tables import document_entry
from registry.store.visibility import binds, shape, shown
from tests.policy.random_worlds import (
    CONSENTED,
    LEAVES,
    NOW,
    POLICIES,
    REQUESTERS,
    WORLDS,
    Registered,
    store,
)


class _Undone(Exception):
    """Ends a transaction that is to leave nothing."""


def seen_in_sql(database: Database, world: Registered, views: list[View]) -> list[set[str]]:
    """The entries that each view shows."""
    found: list[set[str]] = []

    def work(connection: Connection) -> None:
        store(connection, world)
        for view in views:
            predicate = shown(shape(view), document_entry).label("shown")
            statement = select(document_entry.c.entry_uuid, predicate)
            rows = connection.execute(statement, binds(view, NOW)).all()
            assert all(row.shown is not None for row in rows)
            found.append({row.entry_uuid for row in rows if row.shown})
        raise _Undone

    try:
        database.write(work)
    except _Undone:
        return found
    raise AssertionError("the transaction was kept")


def first_that_applies(decision: Decision, facts: EntryFacts) -> bool:
    """The rules taken one by one."""
    for step in decision.steps:
        if holds(step.about, facts, NOW):
            return step.rule.effect is Effect.PERMIT
    return False


SETTINGS = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
ASKED = st.tuples(
    POLICIES | st.sampled_from(PRESETS).map(load), REQUESTERS, st.sampled_from(["ITI-18", "ITI-51"])
)


@SETTINGS
@given(st.lists(LEAVES, min_size=4, max_size=4), st.lists(ASKED, min_size=4, max_size=4), WORLDS)
def test_sql_and_python_agree(
    database: Database,
    leaves: list[View],
    asked: list[tuple[Policy, Requester | None, str]],
    world: Registered,
) -> None:
    facts = [world.facts(kept) for kept in world.entries]
    decisions = [decide(*one) for one in asked]
    views = [*CONSENTED, *leaves, *map(negated, leaves), *(decision.view for decision in decisions)]
    in_python = [{one.entry_uuid for one in facts if holds(view, one, NOW)} for view in views]
    for decision, seen in zip(decisions, in_python[-len(decisions) :], strict=True):
        assert seen == {one.entry_uuid for one in facts if first_that_applies(decision, one)}
    assert seen_in_sql(database, world, views) == in_python


def test_random_worlds_show_some_entries_and_hide_some() -> None:
    """The property says little of worlds where everything is hidden."""
    outcomes = set()

    @settings(max_examples=40, deadline=None, derandomize=True, database=None)
    @given(POLICIES, REQUESTERS, WORLDS)
    def look(policy: Policy, requester: Requester | None, world: Registered) -> None:
        decision = decide(policy, requester, "ITI-18")
        for kept in world.entries:
            outcomes.add((len(decision.steps), holds(decision.view, world.facts(kept), NOW)))

    look()
    assert {(1, True), (1, False), (2, True), (2, False)} <= outcomes
