"""The one catalogue of refusals that a RegistryResponse carries (ITI TF-3 4.2.4).

A refusal is an entry: the standard's code, a text that names object, attribute, value and rule, what
to do, and the section. SOAP answers, logs and docs/errors.md all render it. A text quotes only the
request, and of stored objects only ids that the request contained.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Severity(StrEnum):
    """How grave an entry is (TF-3 table 4.2.4.1-1)."""

    ERROR = "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Error"
    WARNING = "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Warning"


@dataclass(frozen=True, slots=True)
class Entry:
    """One way to be refused (or warned): `text` and `advice` are templates with named fields."""

    code: str
    text: str
    advice: str
    section: str
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, slots=True)
class RegistryError:
    """One rs:RegistryError of an answer: code, what is wrong and what to do, where."""

    code: str
    context: str
    location: str | None = None
    severity: Severity = Severity.ERROR


class Refusal(Exception):
    """The request is refused for the reasons in `errors`; nothing was changed."""

    def __init__(self, *errors: RegistryError) -> None:
        super().__init__("; ".join(f"{e.code}: {e.context}" for e in errors))
        self.errors = errors


CATALOGUE: Final[dict[str, Entry]] = {}


def error(key: str, *, location: str | None = None, **fields: object) -> RegistryError:
    """Make the error that the catalogue holds under `key`; an unknown key is a KeyError."""
    entry = CATALOGUE[key]
    text = f"{entry.text} {entry.advice}".format_map(fields)
    return RegistryError(entry.code, f"{text} [{entry.section}]", location, entry.severity)


def refuse(key: str, *, location: str | None = None, **fields: object) -> Refusal:
    """Make a Refusal of one error."""
    return Refusal(error(key, location=location, **fields))
