"""INS, the French national identity of a patient: a matricule of 13 characters and a key of 2."""

from __future__ import annotations

import re
from typing import Final

from ihe_profiles.xds.phrases import phrase

NIR: Final = "1.2.250.1.213.1.4.8"
NIA: Final = "1.2.250.1.213.1.4.9"
TEST: Final = "1.2.250.1.213.1.4.10"
DEMONSTRATION: Final = "1.2.250.1.213.1.4.11"

AUTHORITIES: Final = {
    NIR: "INS-NIR",
    NIA: "INS-NIA",
    TEST: "INS, tests",
    DEMONSTRATION: "INS, tests and demonstrations",
}
"""The authorities in use; those of INS-A and INS-C (.1, .2) may no longer be sent."""

_FORM: Final = re.compile(r"[0-9]{5}(?:[0-9]{2}|2[AB])[0-9]{6}(?:[0-9]{2})?")
_CORSICA: Final = {"2A": "19", "2B": "18"}


def form_problem(ins: str) -> str | None:
    """Judge the form: 13 characters, digits but 2A or 2B for Corsica, then the key."""
    if _FORM.fullmatch(ins):
        return None
    return "is not an INS: 13 digits (2A or 2B for Corsica at 6 and 7) and a key of 2 digits"


def key_problem(ins: str) -> str | None:
    """Judge the key of a well-formed INS: 97 less the matricule modulo 97."""
    matricule, key = ins[:13], ins[13:]
    expected = key_of(matricule)
    if key == expected:
        return None
    if not key:
        return phrase("has no key ({expected})", expected=expected)
    return phrase("has the key {key}, not {expected}", key=key, expected=expected)


def key_of(matricule: str) -> str:
    """Compute the key of 13 characters, the department of Corsica read as 19 or 18."""
    department = matricule[5:7]
    number = matricule[:5] + _CORSICA.get(department, department) + matricule[7:]
    return f"{97 - int(number) % 97:02}"
