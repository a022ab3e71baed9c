"""Each kind of orphan is planted, listed, and repaired where that is safe; a second look is clean.

Repository and registry are real, on both databases.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import update

from entente.census import RegistryCensus
from entente.reconciliation import Job
from ihe_profiles.soap.client import LocalCaller
from ihe_profiles.soap.exchange import Peer
from ihe_profiles.soap.spyne_port import SoapServer
from ihe_profiles.xds.datatypes import CX
from ledger.database import Database
from registry.corrections import Corrections
from registry.service import Registry
from registry.store.tables import document_entry
from registry.store.transactions import Source
from repository import removal
from repository.orphans import Kind
from repository.reconcile import Reconciliation, RegistryUnclear
from repository.recovery import Recover
from repository.removal import AlreadyPaused
from repository.repair import Repair, Repaired
from repository.store.blobs import BlobMissing
from repository.store.tables import State, document
from repository.verify import extent
from tests.repository.conftest import AT_ONCE, World
from tests.repository.messages import REPOSITORY, Message, a_message, provide, retrieve
from tests.repository.registry import (
    Behaviour,
    StandIn,
    be_unreachable,
    get_lost,
    refuse_query,
)

HOUR = 3_600_000
SOURCE = Source("a test", None, "operator", "0" * 32)


@dataclass
class House:
    """Repository, registry and what reconciles them."""

    world: World
    aside: Path

    @property
    def database(self) -> Database:
        return self.world.database

    def job(self, grace: float = 0, *, census: bool = True) -> Job:
        world = self.world
        caller, blobs = world.registry, world.blobs
        known = RegistryCensus(self.database, REPOSITORY) if census else None
        return Job(
            Reconciliation(self.database, blobs, caller, REPOSITORY, grace, known),
            Recover(self.database, blobs, caller, REPOSITORY, AT_ONCE),
            extent(self.database),
        )

    def kinds(self, *, read: bool = True) -> list[Kind]:
        return [one.kind for one in self.job().find(lambda _: None, read=read)]

    def repair(
        self, grace: float = 0, aside: Path | None = None, *, census: bool = True
    ) -> list[Repaired]:
        job = self.job(grace, census=census)
        return [done for _, done in job.repair(lambda _: None, aside, read=True)]

    def provide(self, data: bytes = b"a letter") -> str:
        message = a_message(data)
        assert provide(self.world.caller, message).errors == ()
        return message.unique_ids[0]

    def elsewhere(self, registry: StandIn, data: bytes = b"unknown") -> str:
        """Provide a document that another registry is told of, and this one is not."""
        other = replace(self.world, registry=registry)
        message = a_message(data)
        provide(other.caller, message)
        return message.unique_ids[0]

    def blob(self) -> Path:
        (name,) = self.world.files()
        return self.world.folder / name[:2] / name

    def change(self, **values: object) -> None:
        self.database.write(lambda c: c.execute(update(document).values(values)))


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    server = SoapServer("DocumentRegistry", Registry(database).operations())
    caller = LocalCaller(server, Peer("127.0.0.1"))
    world = World(database, tmp_path / "blobs", caller, AT_ONCE)  # type: ignore[arg-type]
    return House(world, tmp_path / "aside")


def _blob(house: House) -> str:
    """Put a blob into the store that no row knows; it is staged."""
    writer = house.world.blobs.create()
    writer.write(b"alone")
    writer.close()
    writer.commit()
    return writer.key


def overdue(house: House) -> None:
    registry = StandIn()
    registry.script.extend([get_lost, get_lost])
    house.elsewhere(registry)


def staged(house: House) -> None:
    _blob(house)


def marked(house: House) -> None:
    house.provide()
    (house.world.folder / "staging" / house.blob().name).mkdir()


def stray(house: House) -> None:
    house.world.blobs.settle(_blob(house))


def missing(house: House) -> None:
    house.provide()
    house.blob().unlink()


def missing_and_unknown(house: House) -> None:
    house.elsewhere(StandIn())
    house.blob().unlink()


def damaged(house: House) -> None:
    house.provide()
    house.blob().write_bytes(b"A LETTER")


def cut(house: House) -> None:
    house.provide()
    house.blob().write_bytes(b"a")


def unreadable(house: House) -> None:
    house.provide()
    path = house.blob()
    path.unlink()
    path.mkdir()


def unknown(house: House) -> None:
    house.elsewhere(StandIn())


def damaged_and_unknown(house: House) -> None:
    unknown(house)
    house.blob().write_bytes(b"UNKNOWN")


def unreadable_and_unknown(house: House) -> None:
    unknown(house)
    house.change(wrapping_key="another", wrapped_key=b"x")


def other_hash(house: House) -> None:
    house.provide()
    house.change(sha1="0" * 40)


def other_repository(house: House) -> None:
    house.provide()
    house.database.write(
        lambda c: c.execute(update(document_entry).values(repository_unique_id="1.2.3"))
    )


def dangling(house: House) -> None:
    house.provide()
    path = house.blob()
    house.database.write(lambda c: c.execute(document.delete()))
    path.unlink()


REPAIRED: dict[str, tuple[Callable[[House], None], list[Kind]]] = {
    "pending over its lease": (overdue, [Kind.OVERDUE]),
    "staged": (staged, [Kind.STAGED]),
    "a mark without need": (marked, [Kind.STAGED]),
    "a blob": (stray, [Kind.STRAY]),
    "a document that nobody knows": (unknown, [Kind.UNKNOWN]),
    "a row that nobody needs": (missing_and_unknown, [Kind.MISSING, Kind.UNKNOWN]),
}
LEFT: dict[str, tuple[Callable[[House], None], list[Kind], str]] = {
    "no blob": (missing, [Kind.MISSING], "an entry has it: bring the blob back"),
    "other bytes": (damaged, [Kind.DAMAGED], "from a backup"),
    "no file": (unreadable, [Kind.UNREADABLE], "see to the store"),
    "another hash": (other_hash, [Kind.DIFFERENT], "compare both with the source"),
    "no document": (dangling, [Kind.DANGLING], "entente documents withdraw urn:uuid:"),
}


def test_what_fits_is_clean(house: House) -> None:
    unique_id = house.provide()
    house.provide(b"")
    assert house.kinds() == house.kinds(read=False) == []
    assert house.repair() == []
    assert retrieve(house.world.caller, unique_id).bytes_of == {unique_id: b"a letter"}


@pytest.mark.parametrize("name", REPAIRED)
def test_what_can_be_repaired_is_and_then_all_is_clean(house: House, name: str) -> None:
    plant, kinds = REPAIRED[name]
    plant(house)
    assert house.kinds() == kinds
    repaired = house.repair(aside=house.aside)
    assert [one.is_done for one in repaired] == [True]  # a row that is gone is found once
    assert house.kinds() == []
    assert house.world.staged() == []


@pytest.mark.parametrize("name", LEFT)
def test_what_people_must_decide_is_left_as_it_was(house: House, name: str) -> None:
    plant, kinds, advice = LEFT[name]
    plant(house)
    before = house.world.states(), house.world.files()
    assert house.kinds() == kinds
    repaired = house.repair(aside=house.aside)
    assert [one.is_done for one in repaired] == [False]
    assert advice in repaired[0].what
    assert house.kinds() == kinds
    assert (house.world.states(), house.world.files()) == before
    assert not house.aside.exists()


@pytest.mark.parametrize(("plant", "kinds"), [(missing, [Kind.MISSING]), (cut, [Kind.DAMAGED])])
def test_a_quick_look_compares_sizes(
    house: House, plant: Callable[[House], None], kinds: list[Kind]
) -> None:
    plant(house)
    assert house.kinds(read=False) == kinds
    assert house.kinds() == kinds


def test_documents_of_several_patients_are_compared(house: House) -> None:
    patients = [CX(f"{name}^^^&1.3.6.1.4.1.21367.13.20.3000&ISO") for name in ("ANNE", "LOUIS")]
    for patient in (*patients, patients[0]):
        message = a_message(b"a letter", patient_id=patient)
        sets = [replace(one, patient_id=patient) for one in message.submission.submission_sets]
        submission = replace(message.submission, submission_sets=tuple(sets))
        answer = provide(house.world.caller, Message(submission, message.documents))
        assert answer.errors == ()
    unknown(house)
    assert house.kinds() == [Kind.UNKNOWN]


def test_a_quick_look_leaves_out_what_is_removed_meanwhile(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.provide()

    def remove(key: str, *_: object) -> int:
        house.database.write(lambda c: c.execute(document.delete()))
        raise BlobMissing(key)

    monkeypatch.setattr(house.world.blobs, "size", remove)
    found = house.job().reconciliation.documents(lambda _: None, read=False)
    assert list(found) == []


def test_a_quick_look_names_what_is_not_readable(house: House, tmp_path: Path) -> None:
    house.provide()
    house.change(wrapping_key="another", wrapped_key=b"x")
    assert house.kinds(read=False) == [Kind.UNREADABLE]


def test_what_is_set_aside_is_whole_and_said(house: House) -> None:
    unique_id = house.elsewhere(StandIn(), b"the only copy")
    name = house.blob().name
    house.repair(aside=house.aside)
    assert (house.aside / name).read_bytes() == b"the only copy"
    said = json.loads((house.aside / f"{name}.json").read_bytes())
    assert (said["unique_id"], said["size"]) == (unique_id, 13)
    assert house.world.files() == []


@pytest.mark.parametrize("harm", [damaged_and_unknown, unreadable_and_unknown])
def test_no_document_goes_of_which_no_whole_copy_is_there(
    house: House, harm: Callable[[House], None]
) -> None:
    harm(house)
    before = house.world.states(), house.world.files()
    repaired = house.repair(aside=house.aside)
    assert [one.is_done for one in repaired] == [False, False]
    assert "no whole copy can be set aside: " in repaired[1].what
    assert (house.world.states(), house.world.files()) == before
    assert list(house.aside.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        ({}, "--set-aside"),
        ({"grace": HOUR}, "younger than the grace"),
        ({"census": False}, "the registry's database only"),
    ],
)
def test_no_committed_document_goes_without_certainty(
    house: House, options: dict[str, bool], advice: str
) -> None:
    unknown(house)
    aside = house.aside if options else None
    (done,) = house.repair(aside=aside, **options)  # type: ignore[arg-type]
    assert not done.is_done
    assert advice in done.what
    assert house.world.states() == [State.COMMITTED]
    assert len(house.world.files()) == 1


def test_a_withdrawn_entry_keeps_its_document(house: House) -> None:
    house.provide()
    withdraw(house)
    assert house.kinds() == []
    house.blob().unlink()
    (done,) = house.repair(aside=house.aside)
    assert (done.is_done, "an entry has it" in done.what) == (False, True)
    assert house.world.states() == [State.COMMITTED]


def test_a_withdrawn_entry_needs_no_document(house: House) -> None:
    dangling(house)
    withdraw(house)
    assert house.kinds() == []


def withdraw(house: House) -> None:
    with house.database.read() as connection:
        (entry,) = connection.execute(document_entry.select())
    Corrections(house.database).withdraw(entry.entry_uuid, "a test", SOURCE)


def test_what_is_young_is_under_way(house: House) -> None:
    staged(house)
    stray(house)
    grace = house.job(grace=HOUR)
    assert list(grace.find(lambda _: None, read=True)) == []
    assert house.kinds() == [Kind.STAGED, Kind.STRAY]


def test_without_a_certain_answer_a_pending_document_stays(house: House) -> None:
    overdue(house)
    house.world.registry = StandIn()
    house.world.registry.script.append(refuse_query)
    repaired = house.repair(aside=house.aside, census=False)
    assert [(one.is_done, one.what) for one in repaired] == [
        (
            False,
            "pending still: the registry gives no certain answer, or a server is waiting for it",
        )
    ]
    assert house.world.states() == [State.PENDING]


@pytest.mark.parametrize("behaviour", [be_unreachable, refuse_query])
def test_a_registry_that_does_not_answer_is_no_reason_to_repair(
    house: House, behaviour: Behaviour
) -> None:
    house.provide()
    house.world.registry = StandIn()
    house.world.registry.script.append(behaviour)
    with pytest.raises(RegistryUnclear):
        house.repair(aside=house.aside)
    assert house.world.states() == [State.COMMITTED]


def test_an_entry_of_another_repository_is_not_ours(house: House) -> None:
    other_repository(house)
    assert Kind.DANGLING not in house.kinds()


def test_our_entry_is_not_another_repositorys(house: House) -> None:
    house.provide()
    census = RegistryCensus(house.database, "1.2.3")
    other = replace(house.job().reconciliation, unique_id="1.2.3", census=census)
    assert [one.kind for one in other.unlike_the_registry()] == [Kind.UNKNOWN]


def test_a_document_that_is_pending_again_is_not_removed(house: House) -> None:
    missing_and_unknown(house)
    (orphan,) = house.job().reconciliation.documents(lambda _: None, read=True)
    house.change(state=State.PENDING.value, lease_until=1)
    done = Repair(house.job().reconciliation, house.aside)(orphan)
    assert (done.is_done, "it is pending" in done.what) == (False, True)
    assert house.world.states() == [State.PENDING]


def test_nothing_is_repaired_while_a_copy_is_made(house: House) -> None:
    stray(house)
    with removal.paused(house.database), pytest.raises(AlreadyPaused):
        house.repair()
    assert len(house.world.files()) == 1
    assert house.kinds() == [Kind.STRAY]
