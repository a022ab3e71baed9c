"""What a system must do, as data: one assertion for each SHALL, from `catalogue/*.toml`.

A file holds the assertions of one transaction (or of Appendix V, or of TF-3 section 4).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any, Final


class Actor(StrEnum):
    """Whom an assertion binds."""

    REGISTRY = "Document Registry"
    REPOSITORY = "Document Repository"
    SOURCE = "Document Source"
    CONSUMER = "Document Consumer"
    IDENTITY_SOURCE = "Patient Identity Source"
    SENDER = "Sender"
    """Any of the three that send requests: Document Source, Document Consumer, Identity Source."""


SENDERS: Final = frozenset((Actor.SOURCE, Actor.CONSUMER, Actor.IDENTITY_SOURCE, Actor.SENDER))
"""Those whose messages are judged (`check`, `listen`), where a server's answers are tried."""


class Severity(StrEnum):
    """How grave a breach is: of a SHALL, of a SHOULD, or of what a hostile world asks for."""

    SHALL = "shall"
    SHOULD = "should"
    ROBUST = "robust"


class How(StrEnum):
    """What a verdict rests on."""

    SCHEMA = "schema"
    RULES = "rules"
    CONTENT = "content"
    RAW = "raw"
    HOSTILE = "hostile"
    OUTSIDE = "outside"
    """Nothing: it cannot be seen from outside; `why` says why."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """One thing that an actor must do: `en` and `fr` say what, `section` where it is written.

    `why_en` and `why_fr` tell of what cannot be tested (`How.OUTSIDE`) why it cannot; `hint_en` and
    `hint_fr` tell a sender what to do.
    """

    id: str
    transaction: str
    actor: Actor
    severity: Severity
    how: How
    section: str
    en: str
    fr: str
    why_en: str = ""
    why_fr: str = ""
    hint_en: str = ""
    hint_fr: str = ""

    def text(self, language: str) -> str:
        """Return what must be done, in `fr` or `en`."""
        return self.fr if language == "fr" else self.en

    def why(self, language: str) -> str:
        """Return why it cannot be tested, in `fr` or `en`."""
        return self.why_fr if language == "fr" else self.why_en


_KINDS: Final = {"actor": Actor, "severity": Severity, "how": How}
_FIELDS: Final = frozenset(field.name for field in fields(Assertion))


@cache
def catalogue() -> Mapping[str, Assertion]:
    """Return every assertion by its id, in the order of the files. Raises ValueError."""
    found: dict[str, Assertion] = {}
    folder = files("conformance") / "catalogue"
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".toml"):
            for assertion in _read(file):
                if assertion.id in found:
                    raise ValueError(f"{file.name}: {assertion.id} is there twice")
                found[assertion.id] = assertion
    return MappingProxyType(found)


def _read(file: Traversable) -> Iterator[Assertion]:
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    common = {key: value for key, value in table.items() if key != "assertion"}
    for row in table["assertion"]:
        try:
            yield _assertion(common | row)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{file.name}: {row.get('id')}: {error}") from error


def _assertion(row: dict[str, Any]) -> Assertion:
    if unknown := sorted(set(row) - _FIELDS):
        raise ValueError(f"unknown keys: {', '.join(unknown)}")
    plain: dict[str, Any] = {key: " ".join(str(text).split()) for key, text in row.items()}
    made = Assertion(**plain | {key: kind(row[key]) for key, kind in _KINDS.items()})
    if (made.how is How.OUTSIDE) != bool(made.why_en and made.why_fr):
        raise ValueError('how = "outside", and nothing else, needs why_en and why_fr')
    return made
