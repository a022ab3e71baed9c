"""NAM, the health insurance number of Québec: AAAA YYMMDD NC, the month 50 higher for women."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from ihe_profiles.xds.phrases import phrase

OID: Final = "2.16.124.10.101.1.60.100"

_FORM: Final = re.compile(r"[A-Z]{4}([0-9]{2})([0-9]{2})([0-9]{2})[0-9]{2}")
_WOMAN: Final = 50
_CENTURIES: Final = (19, 20)
_WEIGHTS: Final = (7, 1, 1, 3, 9, 7, 3, 9, 5, 3, 1, 3, 5, 7, 6, 9, 1)


def form_problem(nam: str) -> str | None:
    """Judge the form: four capitals, a date of birth of either century, two digits; no blanks."""
    found = _FORM.fullmatch(nam)
    if not found:
        return "is not a NAM: 4 capital letters and 8 digits, without blanks"
    year, month, day = (int(part) for part in found.groups())
    month -= _WOMAN if month > _WOMAN else 0
    if any(_is_date(century * 100 + year, month, day) for century in _CENTURIES):
        return None
    return "holds no date of birth in its first 6 digits (the month is 50 higher for women)"


def digits_problem(nam: str) -> str | None:
    """Judge the last two digits of a well-formed NAM, by rules that are not official."""
    if nam[10] == "0":
        return "has 0 as its 11th character, which no holder is known to have"
    expected = sorted({check_digit(nam, century) for century in _CENTURIES})
    if nam[11] in expected:
        return None
    return phrase(
        "has the check digit {digit}, not {expected}", digit=nam[11], expected="/".join(expected)
    )


def check_digit(nam: str, century: int) -> str:
    """Compute the last digit from the 11 characters before it and the century of birth."""
    letters = "".join(f"{_number(letter):02}" for letter in nam[:4])
    digits = f"{letters}{century}{nam[4:11]}"
    return str(sum(w * int(d) for w, d in zip(_WEIGHTS, digits, strict=True)) % 10)


def _number(letter: str) -> int:
    """A is 1, R is 18; S is 20, for no letter has 19."""
    number = ord(letter) - ord("A") + 1
    return number if letter < "S" else number + 1


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
