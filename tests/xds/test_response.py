"""rs:RegistryResponse, written and read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

import schemas
from ihe_profiles.xds import response
from ihe_profiles.xds.errors import RegistryError, Severity, error
from ihe_profiles.xds.response import RegistryResponse, outcome, read, registry_error_list, render
from ihe_profiles.xds.vocabulary import ResponseStatus
from tests.xds import strategies

ERROR = error("registry-busy")
WARNING = error("undefined-parameter", query="q", parameter="p").by_rule("r", Severity.WARNING)

entries = st.builds(
    RegistryError,
    code=st.just("XDSRegistryError"),
    context=strategies.texts,
    location=st.none() | strategies.texts,
    severity=st.sampled_from(Severity),
)


@given(
    st.builds(
        RegistryResponse, st.sampled_from(ResponseStatus), st.lists(entries, max_size=3).map(tuple)
    )
)
def test_written_and_read_back(made: RegistryResponse) -> None:
    element = etree.fromstring(render(made))
    assert schemas.violations(element) == []
    assert read(element) == made


@pytest.mark.parametrize(
    ("errors", "status"),
    [
        ((), ResponseStatus.SUCCESS),
        ((WARNING,), ResponseStatus.SUCCESS),
        ((WARNING, ERROR), ResponseStatus.FAILURE),
    ],
)
def test_all_or_nothing(errors: tuple[RegistryError, ...], status: ResponseStatus) -> None:
    assert outcome(errors) == RegistryResponse(status, errors)


@pytest.mark.parametrize(
    ("errors", "worst"), [((WARNING,), Severity.WARNING), ((WARNING, ERROR), Severity.ERROR)]
)
def test_the_highest_severity_is_the_worst(
    errors: tuple[RegistryError, ...], worst: Severity
) -> None:
    (found,) = etree.fromstring(render(outcome(errors)))
    assert found.get("highestSeverity") == worst


def test_no_errors_no_list() -> None:
    assert registry_error_list(()) == b""
    assert len(etree.fromstring(render(outcome()))) == 0


def test_as_an_answer() -> None:
    assert list(response.answer(outcome()).body) == [render(outcome())]


def test_an_unknown_status_is_refused() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        read(etree.fromstring('<a status="nonsense"/>'))
