"""Identifiers that nobody may see, in error texts and in logs."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from entente import logs
from ihe_profiles.xds import masking
from ihe_profiles.xds.errors import error
from ihe_profiles.xds.masking import NIU, mask

OTHER = "2.999.66.1"


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    handlers, level = logging.root.handlers, logging.root.level
    oids, pattern = masking._HIDDEN.oids, masking._HIDDEN.pattern
    yield
    logging.root.handlers = handlers
    logging.root.setLevel(level)
    masking._HIDDEN.oids, masking._HIDDEN.pattern = oids, pattern


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"1234^^^&{NIU}&ISO", f"***^^^&{NIU}&ISO"),
        (f"1234^^^&amp;{NIU}&amp;ISO^PI", f"***^^^&amp;{NIU}&amp;ISO^PI"),
        (f'("1234^^^&{NIU}&ISO")', f'("***^^^&{NIU}&ISO")'),
        (f"PID-3|1234^^^&{NIU}&ISO~9^^^&1.2&ISO", f"PID-3|***^^^&{NIU}&ISO~9^^^&1.2&ISO"),
        (f"1^TESTUT LA^Zoé^^^^^^&{NIU}&ISO", f"***^TESTUT LA^Zoé^^^^^^&{NIU}&ISO"),
        (f"7^^^&1.2&ISO, not 1234^^^&{NIU}&ISO", f"7^^^&1.2&ISO, not ***^^^&{NIU}&ISO"),
        (f"the authority {NIU}", f"the authority {NIU}"),
        (f"1234^^^&{NIU}.7&ISO", f"1234^^^&{NIU}.7&ISO"),
        ("1234^^^&1.2.3&ISO", "1234^^^&1.2.3&ISO"),
    ],
)
def test_the_identifier_alone_goes(text: str, expected: str) -> None:
    assert mask(text) == expected


def test_errors_are_masked_before_they_are_shortened() -> None:
    found = error("unknown-patient-id", object="x", value=f"{'9' * 250}^^^&{NIU}&ISO")
    assert "999" not in found.context
    assert f"***^^^&{NIU}&ISO" in found.context


def test_logs_are_masked_in_text_fields_and_tracebacks() -> None:
    stream = io.StringIO()
    logs.configure(stream)
    text = f"1234567890^^^&{NIU}&ISO"
    log = logging.getLogger("registry")
    log.info("asked for %s", text, extra={"patient": text, "all": [text]})
    try:
        raise ValueError(text)
    except ValueError:
        log.exception("failed")
    written = stream.getvalue()
    assert written.count(NIU) >= 4
    assert "1234567890" not in written


def test_a_site_hides_further_authorities() -> None:
    text = f"1234^^^&{OTHER}&ISO"
    assert mask(text) == text
    masking.hide(OTHER)
    assert mask(text) == f"***^^^&{OTHER}&ISO"
    assert mask(f"1^^^&{NIU}&ISO") == f"***^^^&{NIU}&ISO"


@pytest.mark.timeout(60)
@pytest.mark.parametrize("unit", ["1", "1^", "^", "1^^^&amp;", "(", "a b^"])
def test_a_long_text_costs_little(unit: str) -> None:
    text = unit * 50_000
    assert mask(f"{text} {NIU}") == f"{text} {NIU}"
