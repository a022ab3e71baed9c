"""Whatever is registered by ITI-42 comes back by ITI-18 canonically equal (ITI TF-2 3.42.4.1.3.2).

Only what the registry sets differs: status, logicalID and version, a Folder's lastUpdateTime.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from lxml import etree

from ihe_profiles import iti18, iti42
from ihe_profiles.ebrim.namespaces import RIM
from ihe_profiles.xds.datatypes import CX
from ihe_profiles.xds.encoding import write_submission
from ihe_profiles.xds.metadata import (
    Association,
    DocumentEntry,
    Folder,
    RegistryObject,
    Submission,
    SubmissionSet,
)
from ihe_profiles.xds.queries import BY_NAME
from ihe_profiles.xds.submission import new_oid
from ihe_profiles.xds.vocabulary import AssociationType, Status
from ledger.database import Database
from registry.service import Registry
from tests.fidelity.sample import VARIATIONS, unvaried, whole
from tests.registry.conftest import *  # noqa: F403
from tests.registry.consumer import Consumer
from tests.xds import strategies
from tests.xds.canonical import Canonical, canonical
from tests.xds.variations import VARIATIONS as WRITINGS
from tests.xds.variations import Variation

GROUPS = {
    DocumentEntry: "documents",
    SubmissionSet: "submission_sets",
    Folder: "folders",
    Association: "associations",
}
NUMBER = {
    f"{kind.__name__}.{name}": len(values)
    for kind, variations in VARIATIONS.items()
    for name, values in variations.items()
}
FEW = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
Element = Any


def patients() -> Iterator[CX]:
    number = 0
    while True:
        number += 1
        yield CX(f"fidelity-{number}^^^&1.2.250.1.213.1.4.99&ISO")


PATIENTS = patients()


def round_trip(registry: Consumer, body: bytes) -> None:
    """Register a submission and compare all of it with what is found, however it was written."""
    sent = etree.fromstring(body)
    assert [error.context for error in registry.register_xml(body).errors] == []
    (uid,) = sent.xpath(
        "//r:ExternalIdentifier[@identificationScheme=$s or @identificationScheme=$S]/@value",
        namespaces={"r": RIM},
        s="urn:uuid:96fdda7c-d067-4183-912e-bf5ee74998a8",
        S="urn:uuid:96fdda7c-d067-4183-912e-bf5ee74998a8".upper(),
    )
    asked = iti18.request(
        BY_NAME["GetSubmissionSetAndContents"].id, {"$XDSSubmissionSetUniqueId": uid}
    )
    answer = registry.answer(iti18.TRANSACTION, asked, None).body
    found = etree.fromstring(b"".join(piece for piece in answer if isinstance(piece, bytes)))
    expected, back = (
        _by_id(sent.find(f"{{{RIM}}}RegistryObjectList")),
        _by_id(found.find(f"{{{RIM}}}RegistryObjectList")),
    )
    assert set(back) <= set(expected)
    for entry_uuid, one in back.items():
        assert one == expected[entry_uuid]
    missing = [one for uuid, one in expected.items() if uuid not in back]
    for one in missing:  # relationships are no members of a set
        assert dict(one.attributes)["associationType"] != AssociationType.HAS_MEMBER
    _compare_related(registry, missing)


def _compare_related(registry: Consumer, missing: list[Canonical]) -> None:
    for one in missing:
        told = dict(one.attributes)
        asked = iti18.request(BY_NAME["GetAssociations"].id, {"$uuid": [told["sourceObject"]]})
        answer = registry.answer(iti18.TRANSACTION, asked, None).body
        found = etree.fromstring(b"".join(piece for piece in answer if isinstance(piece, bytes)))
        back = _by_id(found.find(f"{{{RIM}}}RegistryObjectList"))
        assert back[told["id"]] == one


def _by_id(object_list: Element) -> dict[str, Canonical]:
    """The objects in canonical form, without what a registry sets."""
    beside: dict[str, list[Element]] = {}
    for mark in object_list.findall(f"{{{RIM}}}Classification"):
        beside.setdefault(mark.get("classifiedObject").lower(), []).append(mark)
    found = {}
    for element in object_list:
        if not isinstance(element.tag, str) or etree.QName(element).localname not in (
            *("ExtrinsicObject", "RegistryPackage", "Association"),
        ):
            continue
        one = canonical(element, beside.get(element.get("id").lower(), []))
        found[dict(one.attributes)["id"]] = _as_sent(one)
    return found


def _as_sent(one: Canonical) -> Canonical:
    return one._replace(
        attributes=tuple((k, v) for k, v in one.attributes if k not in ("lid", "status")),
        version=None,
        slots=tuple(slot for slot in one.slots if slot[0] != "lastUpdateTime"),
        classifications=tuple(one.classifications),
    )


def body(sent: Submission) -> bytes:
    return iti42.request(write_submission(sent))


@pytest.fixture
def fidelity(database: Database) -> Consumer:
    return Consumer(Registry(database))


def test_every_attribute_is_varied() -> None:
    assert unvaried() == set()


@pytest.mark.parametrize(
    "attribute",
    NUMBER,
    ids=[f"{name}: {number} variations" for name, number in NUMBER.items()],
)
def test_every_attribute_with_every_variation(fidelity: Consumer, attribute: str) -> None:
    kind, _, name = attribute.partition(".")
    type_ = next(t for t in VARIATIONS if t.__name__ == kind)
    for value in VARIATIONS[type_][name]:
        sent = whole(next(PATIENTS))
        group = GROUPS[type_]
        first, *others = getattr(sent, group)
        changed: tuple[RegistryObject, ...] = (replace(first, **{name: value}), *others)
        if name == "unique_id":
            changed = (replace(first, unique_id=_fresh(value)), *others)
        round_trip(fidelity, body(replace(sent, **{group: changed})))


_numbers = iter(range(10**6))


def _fresh(value: str) -> str:
    """The value where nobody has it yet: both databases are emptied, but not between variations."""
    if value.startswith("urn:uuid:"):
        return f"{value[:-6]}{next(_numbers):06}"
    return f"{value}.{next(_numbers) + 1}"


@pytest.mark.parametrize("writing", WRITINGS, ids=lambda writing: writing.__name__)
def test_however_it_is_written(fidelity: Consumer, writing: Variation) -> None:
    for seed in range(5):
        element = etree.fromstring(body(whole(next(PATIENTS))))
        writing(element.find(f"{{{RIM}}}RegistryObjectList"), Random(seed))
        round_trip(fidelity, etree.tostring(element))


def test_absent_attributes_stay_absent(fidelity: Consumer) -> None:
    sent = whole(next(PATIENTS))
    bare = {"title": (), "comments": (), "extra_slots": (), "home_community_id": None}
    round_trip(
        fidelity,
        body(
            Submission(
                (replace(sent.submission_sets[0], **bare, author=(), intended_recipient=()),),
                tuple(
                    replace(
                        entry,
                        **bare,
                        author=(),
                        event_code_list=(),
                        service_start_time=None,
                        service_stop_time=None,
                        legal_authenticator=None,
                        source_patient_info=(),
                        reference_id_list=(),
                        uri=None,
                        document_availability=None,
                        is_opaque=False,
                    )
                    for entry in sent.documents
                ),
                tuple(replace(f, **(bare | {"title": f.title})) for f in sent.folders),
                tuple(replace(a, **bare, documentation=None) for a in sent.associations),
            )
        ),
    )


@FEW
@given(strategies.submissions)
def test_any_submission(registry_on_sqlite: Database, sent: Submission) -> None:
    round_trip(Consumer(Registry(registry_on_sqlite)), body(_anew(_registrable(sent))))


def _registrable(sent: Submission) -> Submission:
    """Leave out what refers to objects that are not there."""
    links = sent.associations
    ids = {o.entry_uuid for o in (*sent.submission_sets, *sent.documents, *sent.folders, *links)}
    gone = {a.entry_uuid for a in links if a.source not in ids or a.target not in ids}
    kept = (a for a in links if a.entry_uuid not in gone and a.target not in gone)
    return replace(sent, associations=tuple(kept))


def _anew(sent: Submission) -> Submission:
    """Give every object ids that no other submission has."""
    objects = (*sent.submission_sets, *sent.documents, *sent.folders, *sent.associations)
    ids = {o.entry_uuid: uuid4().urn for o in objects}

    def own(obj: Any) -> Any:
        if isinstance(obj, Association):
            ends = {"source": ids[obj.source], "target": ids[obj.target]}
            return replace(obj, entry_uuid=ids[obj.entry_uuid], **ends)
        return replace(obj, entry_uuid=ids[obj.entry_uuid], unique_id=new_oid())

    return Submission(
        *(
            tuple(map(own, group))
            for group in (sent.submission_sets, sent.documents, sent.folders, sent.associations)
        )
    )


def test_the_registry_sets_what_it_sets(fidelity: Consumer) -> None:
    sent = whole(next(PATIENTS))
    assert fidelity.register_xml(body(sent)).errors == ()
    uid = sent.submission_sets[0].unique_id
    found = fidelity.query("GetSubmissionSetAndContents", XDSSubmissionSetUniqueId=uid).objects
    assert len(found) == 1 + 2 + 1 + 5
    for one in found:
        assert one.availability_status == Status.APPROVED
        assert (one.logical_id, one.version) == (one.entry_uuid, "1")
