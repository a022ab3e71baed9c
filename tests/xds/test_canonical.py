"""The canonical form takes nothing away that a metadata object holds."""

from __future__ import annotations

from dataclasses import fields, replace

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ihe_profiles.xds import encoding
from ihe_profiles.xds.metadata import RegistryObject
from tests.xds import strategies
from tests.xds.canonical import Canonical, canonical
from tests.xds.test_round_trip import few

pairs = st.one_of(
    *(
        st.tuples(kind, kind)
        for kind in (
            strategies.document_entries(),
            strategies.submission_sets(),
            strategies.folders(),
            strategies.associations(),
        )
    )
)


def form(obj: RegistryObject) -> Canonical:
    return canonical(etree.fromstring(encoding.write(obj)))


@given(pairs)
@few
def test_every_field_that_differs_shows(pair: tuple[RegistryObject, RegistryObject]) -> None:
    one, other = pair
    for field in fields(one):
        value = getattr(other, field.name)
        if not field.compare or value == getattr(one, field.name) or field.name == "extra_slots":
            continue
        assert form(replace(one, **{field.name: value})) != form(one), field.name


@given(strategies.document_entries())
@few
def test_every_extra_slot_shows(entry: RegistryObject) -> None:
    assert len(form(entry).slots) == len(form(replace(entry, extra_slots=())).slots) + len(
        entry.extra_slots
    )
