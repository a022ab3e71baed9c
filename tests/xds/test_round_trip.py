"""Objects into XML and back; XML into objects and back; both lose nothing that XDS reads."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lxml import etree

import schemas
from ihe_profiles.ebrim.namespaces import PREFIXES
from ihe_profiles.xds import encoding
from ihe_profiles.xds.metadata import RegistryObject, Submission
from tests.xds import strategies
from tests.xds.canonical import canonical, canonical_list
from tests.xds.variations import VARIATIONS, Variation, shuffle_slots

few = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)


@given(strategies.objects)
@few
def test_object_to_xml_to_object_is_identity(obj: RegistryObject) -> None:
    element = etree.fromstring(encoding.write(obj))
    assert encoding.read(element) == obj


@given(strategies.objects)
@few
def test_ids_of_nested_objects_are_kept(obj: RegistryObject) -> None:
    written = encoding.write(obj)
    again = encoding.write(encoding.read(etree.fromstring(written)))
    assert canonical(etree.fromstring(again)) == canonical(etree.fromstring(written))
    marks = b"classificationNode"  # only a mark's own id is new each time
    if marks not in written:
        assert again == written


@given(strategies.submissions)
@few
def test_submission_to_xml_to_submission_is_identity(submission: Submission) -> None:
    element = etree.fromstring(encoding.write_submission(submission))
    assert encoding.read_submission(element) == submission


@given(strategies.submissions)
@few
def test_written_xml_is_valid(submission: Submission) -> None:
    element = etree.fromstring(encoding.write_submission(submission))
    assert schemas.violations(element) == []


@given(strategies.objects)
@few
def test_every_object_alone_is_valid(obj: RegistryObject) -> None:
    assert schemas.violations(etree.fromstring(encoding.write(obj))) == []


@pytest.mark.parametrize("variation", VARIATIONS, ids=lambda variation: variation.__name__)
@given(submission=strategies.submissions, seed=st.integers(0, 2**32))
@settings(few, max_examples=8)
def test_other_ways_to_write_it_are_read_alike(
    variation: Variation, submission: Submission, seed: int
) -> None:
    written = encoding.write_submission(submission)
    element = etree.fromstring(written)
    variation(element, Random(seed))
    found = encoding.read_submission(element)
    assert canonical_list(etree.fromstring(encoding.write_submission(found))) == canonical_list(
        etree.fromstring(written)
    )
    if variation is not shuffle_slots:  # objects keep extra slots in the order they came in
        assert found == submission


@given(strategies.submissions, st.sets(st.sampled_from(VARIATIONS)), st.integers(0, 2**32))
@few
def test_xml_to_submission_to_xml_is_identity_in_canonical_form(
    submission: Submission, variations: set[Variation], seed: int
) -> None:
    element = etree.fromstring(encoding.write_submission(submission))
    for (
        variation
    ) in VARIATIONS:  # in this order: the later ones hide what the earlier ones look for
        if variation in variations:
            variation(element, Random(seed))
    written = encoding.write_submission(encoding.read_submission(element))
    assert canonical_list(etree.fromstring(written)) == canonical_list(element)


@given(strategies.submissions)
@settings(few, max_examples=10)
def test_valid_under_the_official_schema_too(
    official: etree.XMLSchema, submission: Submission
) -> None:
    official.assertValid(etree.fromstring(encoding.write_submission(submission)))


@pytest.fixture(scope="module")
def official(shared):  # type: ignore[no-untyped-def]
    return etree.XMLSchema(etree.parse(shared / "standards/schemas/ebRS/rim.xsd"))


def test_characters_that_xml_cannot_hold_are_refused() -> None:
    obj = strategies.Association(entry_uuid="a", type="\x00", source="b", target="c")
    with pytest.raises(ValueError, match=r"U\+0000"):
        encoding.write(obj)


def test_one_prefix_for_each_namespace() -> None:
    obj = strategies.Association(entry_uuid="a", type="t", source="b", target="c")
    assert etree.fromstring(encoding.write(obj)).nsmap == {"rim": PREFIXES["rim"]}
