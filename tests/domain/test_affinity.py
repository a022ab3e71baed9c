"""Values, their validity, and what is said of a wrong one."""

from __future__ import annotations

import pytest

from ihe_profiles.xds.domain.affinity import Period, Value, ValueSet, moment, readable

NOW = 20250301120000
OLD, NEW = Period(None, 20200101000000), Period(29990101000000)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("20250301", 20250301000000),
        ("20250301235959", 20250301235959),
        ("2025-03-01", 20250301000000),
        ("2025-03-01T00:30:00+01:00", 20250228233000),
        ("2025-03-01T00:30:00Z", 20250301003000),
    ],
)
def test_moments(text: str, expected: int | None) -> None:
    assert moment(text) == expected


@pytest.mark.parametrize("text", ["2025", "20251301", "20250230000000", "soon", "1 March 2025"])
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(ValueError):
        moment(text)


def test_a_period_holds_its_start_and_not_its_end() -> None:
    period = Period(20250301120000, 20250301120001)
    assert period.contains(NOW)
    assert not period.contains(NOW - 1)
    assert not period.contains(NOW + 1)


def test_why_a_value_may_not_be_used() -> None:
    found = ValueSet.of(
        [Value("a", "1"), Value("old", "1", "", (OLD,)), Value("new", "1", "", (NEW,))]
    )
    assert found.problem(("1", "a"), NOW) is None
    assert found.problem(("2", "a"), NOW) == "is not one that the domain allows"
    assert found.problem(("1", "old"), NOW) == "was allowed until 2020-01-01 only"
    assert found.problem(("1", "new"), NOW) == "is not allowed before 2999-01-01"
    assert readable(NOW) == "2025-03-01"


def test_a_value_that_comes_again_keeps_its_name_and_all_periods() -> None:
    found = ValueSet.of([Value("a", "1", "A", (OLD,)), Value("a", "1", "Again", (NEW,))])
    (value,) = found.values.values()
    assert value == Value("a", "1", "A", (OLD, NEW))
    assert found.problem(("1", "a"), 20190101000000) is None
    assert found.problem(("1", "a"), NOW) == "was allowed until 2020-01-01 only"


def test_the_nearest_values_are_that_code_elsewhere_then_alike_ones() -> None:
    values = [Value("11502-2", "loinc"), Value("18748-4", "loinc"), Value("11502-2", "local")]
    found = ValueSet.of([*values, Value("11502-3", "loinc", "", (OLD,))])
    near = found.nearest(("urn:oid:loinc", "11502-2"), NOW)
    assert [value.key for value in near][:2] == [("loinc", "11502-2"), ("local", "11502-2")]
    assert found.nearest(("loinc", "11502-3"), NOW)[0].key == ("loinc", "11502-2")
    assert all(value.code != "11502-3" for value in found.nearest(("loinc", "11502-3"), NOW))


def test_the_nearest_of_very_many_is_found_among_few() -> None:
    found = ValueSet.of(Value(f"{n:05}", "s") for n in range(20_000))
    assert found.nearest(("s", "1000x"), NOW)[0].code.startswith("10")
    assert len(found.nearest(("s", "like none"), NOW)) == 3
