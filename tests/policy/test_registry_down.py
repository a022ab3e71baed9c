"""While the registry cannot be reached nothing is retrieved, or what it has just permitted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from entente import policy
from entente.settings_policy import Policy as Settings
from ihe_profiles.policy.access import Access
from ihe_profiles.policy.asker import Asker
from ihe_profiles.policy.consent import Consent, ConsentKind
from ihe_profiles.policy.load import PRESETS, load, parse
from ihe_profiles.policy.rules import RegistryDown
from ihe_profiles.soap.client import CallFailed, HttpFailure, RemoteFault, Unanswered, Unreachable
from ihe_profiles.xds.submission import new_oid
from ihe_profiles.xds.vocabulary import ResponseStatus
from registry.consents import Consents
from repository.snapshot import Granted, Snapshot
from tests.atna.records import Record, read
from tests.policy.people import CARE, EMERGENCY, PERSON, QUEBEC_PHYSICIAN, REMI, SOURCE
from tests.policy.site import Site, texts
from tests.policy.test_retrieve import LIBRARY

CUT = Unreachable("cut")
REFUSAL = Consent(ConsentKind.REFUSED)


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def known(site: Site, clock: Clock) -> str:
    """A document that the registry has shown to Rémi before it stopped."""
    site.start("quebec", Snapshot(300, clock=clock))
    unique_id = site.provide(PERSON)
    assert site.retrieve(REMI, unique_id)[1] == [unique_id]
    site.way.cut = CUT
    return unique_id


def test_what_was_permitted_is_served_until_it_is_too_old(
    site: Site, clock: Clock, known: str
) -> None:
    same_again = replace(REMI, assertion_id="_2", alias="r", name="Rémi")
    clock.now += 299
    assert site.retrieve(same_again, known)[1] == [known]
    clock.now += 1
    assert site.retrieve(REMI, known)[1] == []
    site.way.cut = None
    assert site.retrieve(REMI, known)[1] == [known]
    site.way.cut = CUT
    assert site.retrieve(REMI, known)[1] == [known]


@pytest.mark.parametrize(
    "change",
    [
        {"user": "NI2"},
        {"issuer": "another"},
        {"roles": (QUEBEC_PHYSICIAN, replace(QUEBEC_PHYSICIAN, code="46255001"))},
        {"purposes": (CARE, EMERGENCY)},
        {"purposes": (replace(CARE, display="in other words"),)},
        {"patient_id": str(PERSON)},
        {"organization_ids": ("1.2",)},
        {"provider_ids": ("3",)},
        {"secret_connection": True},
    ],
    ids=lambda change: next(iter(change)),
)
def test_nobody_else_is_served_by_it(site: Site, known: str, change: dict[str, object]) -> None:
    other = replace(REMI, **change)  # type: ignore[arg-type]
    assert site.retrieve(other, known)[1] == []
    site.way.cut = None
    assert site.retrieve(other, known)[1] == [known], "it would be permitted"


def test_nothing_else_is_served(site: Site, known: str) -> None:
    site.way.cut = None
    never_asked = site.provide(PERSON)
    site.way.cut = CUT
    unknown = new_oid()
    outcome, served = site.retrieve(REMI, known, never_asked, unknown)
    assert (outcome.status, served) == (ResponseStatus.PARTIAL_SUCCESS, [known])
    first, second = texts(outcome)
    assert first == second
    assert "does not say now" in first[1]


def test_a_registry_that_answers_wins(site: Site, clock: Clock, known: str) -> None:
    site.way.cut = None
    Consents(site.database).say(PERSON, REFUSAL, "form", SOURCE)
    try:
        assert site.retrieve(REMI, known)[1] == []
        site.way.cut = CUT
        assert site.retrieve(REMI, known)[1] == [], "what it hides is forgotten"
    finally:
        Consents(site.database).end(PERSON, ConsentKind.REFUSED, "again", SOURCE, whom=None)


FAULT = RemoteFault("Receiver", None, "busy", "", 500)


@pytest.mark.parametrize(
    ("how", "served"), [(CUT, 1), (Unanswered("slow"), 1), (FAULT, 0), (HttpFailure(503), 0)]
)
def test_only_silence_is_no_answer(site: Site, known: str, how: CallFailed, served: int) -> None:
    site.way.cut = how
    assert len(site.retrieve(REMI, known)[1]) == served


def test_other_bytes_are_not_served_by_it(site: Site, known: str) -> None:
    site.database.write(
        lambda c: c.exec_driver_sql(
            "UPDATE document SET sha1 = 'f00d' WHERE unique_id = ?", (known,)
        )
    )
    assert site.retrieve(REMI, known)[1] == []


def test_its_loss_denies(site: Site, known: str) -> None:
    site.start("quebec", Snapshot(300))
    site.way.cut = CUT
    assert site.retrieve(REMI, known)[1] == []


def test_the_record_says_by_whose_word(site: Site, known: str) -> None:
    """The registry's, and when; or an earlier one of it."""
    site.retrieve(REMI, known, new_oid())
    site.way.cut = None
    site.retrieve(REMI, known)
    records = [read(record) for record in site.trails["repository"].records]
    heard, unheard, failed, again = (one for one in records if one.type == "ITI-43")
    decisions = [decision_of(one) for one in (heard, unheard, again)]
    today = f"{datetime.now(UTC):%Y-%m-%dT}"
    assert [one.split(today)[0] for one in decisions] == ["registry ", "snapshot ", "registry "]
    assert decisions[0].split()[1] == decisions[1].split()[1]
    described = [one.description or "" for one in (heard, unheard, again)]
    earlier = "The registry could not be reached: an earlier decision of it was used."
    assert described == ["", earlier, ""]
    assert decision_of(failed) == ""


def decision_of(record: Record) -> str:
    (told,) = record.told("3")
    return told.details.get("Access Decision", "")


def test_no_more_is_remembered_than_fits() -> None:
    some = Snapshot(300, most=2)
    asker = Asker.of(REMI)
    for name in "abc":
        some.learn(asker, [name], [Granted(name, None, 0)])
    assert {one.unique_id for one in some.recall(asker, "abc")} == {"b", "c"}
    some.learn(asker, "b", [])
    assert {one.unique_id for one in some.recall(asker, "abc")} == {"c"}


def test_the_presets_deny_and_a_file_may_say_otherwise() -> None:
    def wanted(rules: str, **settings: object) -> bool:
        found = load(rules) if rules in PRESETS else parse(rules, "file")
        given = Settings.model_validate(settings)
        return policy.snapshot(given, Access(found)) is not None

    assert not any(wanted(preset) for preset in PRESETS)
    assert wanted(f'registry_down = "snapshot"\n{LIBRARY}')
    assert not wanted(LIBRARY)
    assert wanted("quebec", registry_down=RegistryDown.SNAPSHOT)
    assert not wanted(f'registry_down = "snapshot"\n{LIBRARY}', registry_down=RegistryDown.DENY)
