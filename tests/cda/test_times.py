"""HL7 v3 time stamps become UTC and keep their precision."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ihe_profiles.cda.times import BadTime, utc
from ihe_profiles.xds.datatypes import DTM

TIMES = {
    "20240104160527+0100": "20240104150527",
    "20240104160527-0500": "20240104210527",
    "20240104003000+0200": "20240103223000",
    "20231231233000-0330": "20240101030000",
    "20240104160527": "20240104160527",
    "20240104160527.123+0100": "20240104150527",
    "202401041120+0100": "202401041020",
    "2024010411+0100": "2024010410",
    "2024010411-0330": "202401041430",
    "20240106113623+100": "20240106103623",
    "20240106113623+1": "20240106103623",
    "20240104": "20240104",
    "20240104+0100": "20240104",
    "202401": "202401",
    "2024": "2024",
}


@pytest.mark.parametrize(("text", "expected"), TIMES.items())
def test_known_times(text: str, expected: str) -> None:
    assert utc(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "-",
        "24",
        "202",
        "20241",
        "20241301",
        "20240230",
        "2024010425",
        "hier",
        "20240104T1605",
        "2024010416+9900",
    ],
)
def test_what_is_no_time_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(BadTime) as refused:
        utc(text)
    assert str(refused.value) == "is not a time YYYY[MM[DD[hh[mm[ss]]]]][+-hhmm]"


@given(
    st.datetimes(datetime(1000, 1, 3), datetime(9998, 12, 29)),
    st.integers(-14 * 60, 14 * 60),
)
def test_any_local_time_is_the_same_instant_in_utc(local: datetime, minutes: int) -> None:
    aware = local.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    result = utc(f"{aware:%Y%m%d%H%M%S}{sign}{hours:02}{rest:02}")
    assert DTM.problem(result) is None
    assert datetime.strptime(result, "%Y%m%d%H%M%S").replace(tzinfo=UTC) == aware
