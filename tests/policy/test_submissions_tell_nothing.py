"""What ITI-42 says of registered objects is what the submission said of them, hidden or not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import unescape
from typing import Any

import pytest

from ihe_profiles import iti42
from ihe_profiles.policy.access import Access
from ihe_profiles.policy.load import load
from ihe_profiles.xds import encoding
from ihe_profiles.xds.datatypes import CX
from ihe_profiles.xds.vocabulary import AssociationType
from ledger.database import Database
from registry.service import Registry
from tests.policy.people import LOUISE, PATIENT, TRE_A07
from tests.registry.consumer import Consumer
from tests.registry.queries.world import World
from tests.registry.samples import OTHER_PATIENT, association, code, submission

MASKED = (code("N", "2.16.840.1.113883.5.25"), code("MASQUE_PS", TRE_A07))
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@dataclass
class Ward:
    """A world, and all that only the registry knows of it."""

    world: World
    secrets: set[str]

    def refused(self, *objects: Any, patient: CX = PATIENT) -> set[str]:
        """The codes of the errors, whose texts have no secret that the submission had not."""
        sent = submission(*objects, patient=patient)
        body = iti42.request(encoding.write_submission(sent))
        answer = self.world.registry.register_xml(body)
        assert answer.errors
        asked = unescape(body.decode())
        for error in answer.errors:
            said = f"{error.context} {error.location}"
            assert {one for one in self.secrets if one in said and one not in asked} == set()
        return {error.code for error in answer.errors}


@pytest.fixture
def ward(database: Database) -> Ward:
    """`a` and `b` are masked; `b` was replaced by `c`; `f` holds `a`; `t` transforms `a`."""
    consumer = Consumer(Registry(database, access=Access(load("france"))))
    consumer.requester = LOUISE
    world = World(consumer)
    own: dict[str, Any] = {"patient_id": PATIENT, "confidentiality_code": MASKED}
    a, b = world.document("a", **own), world.document("b", **own)
    folder = world.folder("f", patient_id=PATIENT)
    world.register("s", a, b, folder, world.file("f", "a"), patient=PATIENT)
    c, t = world.document("c", **own), world.document("t", **own)
    replacing = world.link(AssociationType.RPLC, "c", "b")
    transforming = world.link(AssociationType.XFRM, "t", "a")
    world.register("r", c, t, replacing, transforming, patient=PATIENT)
    known = {*world.ids.values(), *world.unique_ids.values(), PATIENT.id}
    return Ward(world, known | {str(entry.hash) for entry in (a, b, c, t)})


def test_the_ids_of_the_hidden_are_not_told(ward: Ward) -> None:
    other_bytes = ward.world.document("x", patient_id=PATIENT, unique_id=ward.world.unique_ids["a"])
    assert ward.refused(other_bytes) == {"XDSNonIdenticalHash"}
    taken = replace(ward.world.document("y", patient_id=PATIENT), entry_uuid=ward.world.ids["a"])
    assert ward.refused(taken) == {"XDSRegistryMetadataError"}
    as_document = ward.world.document("z", patient_id=PATIENT, unique_id=ward.world.unique_ids["f"])
    assert ward.refused(as_document)
    as_folder = ward.world.folder("g", patient_id=PATIENT, unique_id=ward.world.unique_ids["a"])
    assert ward.refused(as_folder) == {"XDSDuplicateUniqueIdInRegistry"}


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        (AssociationType.RPLC, "b"),  # replaced by `c`
        (AssociationType.APND, "t"),  # transforms `a`
        (AssociationType.APND, "f"),  # a Folder
        (AssociationType.XFRM, "b"),
    ],
)
def test_nor_what_they_are_linked_to(ward: Ward, kind: AssociationType, target: str) -> None:
    new = ward.world.document("n", patient_id=PATIENT)
    assert ward.refused(new, association(kind, new.entry_uuid, ward.world.ids[target]))


def test_nor_whose_they_are(ward: Ward) -> None:
    """An Association that leads to a hidden document of another patient."""
    new = ward.world.document("n", patient_id=OTHER_PATIENT)
    link = association(AssociationType.APND, new.entry_uuid, ward.world.ids["a"])
    assert ward.refused(new, link, patient=OTHER_PATIENT) == {"XDSPatientIdDoesNotMatch"}
