"""What an audit record says, for people: a line of a search, or of a patient's report."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from rich.markup import escape
from rich.table import Table

from ihe_profiles.atna import reading, syslog
from ihe_profiles.atna.reading import Reading, Someone
from ihe_profiles.xds.masking import mask
from ledger.audit.store import Record

Language = Literal["fr", "en"]

EVENTS: Final[dict[str, dict[Language, str]]] = {
    "ITI-8": {"en": "identity changed", "fr": "identité modifiée"},
    "ITI-44": {"en": "identity changed", "fr": "identité modifiée"},
    "ITI-18": {"en": "documents searched", "fr": "recherche de documents"},
    "ITI-51": {"en": "documents searched", "fr": "recherche de documents"},
    "ITI-41": {"en": "documents submitted", "fr": "dépôt de documents"},
    "ITI-42": {"en": "documents registered", "fr": "enregistrement de documents"},
    "ITI-43": {"en": "documents read", "fr": "lecture de documents"},
    "110127": {"en": "emergency access", "fr": "accès en urgence (bris de glace)"},
    "110147": {"en": "access refused", "fr": "accès refusé"},
    "IHE0006": {"en": "documents disclosed", "fr": "communication de documents"},
    "110101": {"en": "audit trail read", "fr": "lecture du journal d'accès"},
    "110106": {"en": "documents copied", "fr": "copie de documents"},
    "110107": {"en": "documents brought in", "fr": "reprise de documents"},
    "110110": {"en": "record administered", "fr": "gestion du dossier"},
    "110113": {"en": "security alert", "fr": "alerte de sécurité"},
}
"""What happened, in a patient's words, by EventTypeCode, else by EventID; others are called as the
record does."""

OUTCOMES: Final[dict[str, dict[Language, str]]] = {
    "0": {"en": "done", "fr": "effectué"},
    "4": {"en": "failed", "fr": "échec"},
    "8": {"en": "failed", "fr": "échec"},
    "12": {"en": "failed", "fr": "échec"},
}

HEADINGS: Final[dict[Language, tuple[str, ...]]] = {
    "en": ("When (UTC)", "Who", "What", "Documents", "Why", "Outcome"),
    "fr": ("Quand (UTC)", "Qui", "Quoi", "Documents", "Pourquoi", "Résultat"),
}

TITLES: Final[dict[Language, str]] = {
    "en": "Accesses to the documents of {patient}",
    "fr": "Accès aux documents de {patient}",
}

_UNKNOWN: Final[dict[Language, str]] = {
    "en": "nobody is named; from {where}",
    "fr": "personne n'est nommé ; depuis {where}",
}


_UNREADABLE: Final[dict[Language, str]] = {"en": "unreadable", "fr": "illisible"}

_UNSEEN: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""What breaks or turns a line, or commands a terminal."""


@dataclass(frozen=True, slots=True)
class Row:
    """One access; `when` in UTC."""

    sequence: int
    when: str
    who: str
    what: str
    documents: str
    why: str
    outcome: str
    patients: str

    @property
    def json(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)


def accesses(records: Iterable[Record], language: Language) -> Iterator[Row]:
    """Yield what a patient is told of each record."""
    for record in records:
        yield as_row(record, language)


def as_row(record: Record, language: Language) -> Row:
    """Say what a record tells; one that cannot be read is shown by its kind and time."""
    when = _when(datetime.fromtimestamp(record.time / 1000, UTC))
    try:
        message = syslog.parse(record.message)
    except ValueError:
        return Row(record.sequence, when, "?", _UNREADABLE[language], "", "", "", "")
    try:
        told = reading.read(message.body)
    except ValueError:
        return Row(record.sequence, when, message.host, message.kind, "", "", "", "")
    return Row(
        sequence=record.sequence,
        when=_when(told.time),
        who=_who(told, language),
        what=_what(told, language),
        documents=", ".join(told.documents),
        why=", ".join(text or code for code, text in told.purposes),
        outcome=_outcome(told, language),
        patients=", ".join(told.patients),
    )


def plain(row: Row) -> str:
    """Return a line of a search."""
    given = (row.when, row.what, row.outcome, row.who, row.why, row.patients, row.documents)
    return f"{row.sequence} " + " | ".join(shown(part) for part in given if part)


def shown(text: str) -> str:
    """Return a text of a record on one line, without identifiers that nobody may see."""
    return mask(_UNSEEN.sub("\N{REPLACEMENT CHARACTER}", text))


def table(rows: Iterable[Row], patient: str, language: Language) -> Table:
    """Return a patient's report."""
    title = TITLES[language].format(patient=shown(patient))
    made = Table(*HEADINGS[language], title=escape(title))
    for row in rows:
        cells = (row.when, row.who, row.what, row.documents, row.why, row.outcome)
        made.add_row(*(escape(shown(cell)) for cell in cells))
    return made


def _when(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _what(told: Reading, language: Language) -> str:
    codes = (*told.types, told.event)
    known = (EVENTS[code][language] for code, _ in codes if code in EVENTS)
    code, text = codes[0]
    return next(known, text or code)


def _who(told: Reading, language: Language) -> str:
    people = [_named(one) for one in told.people]
    if people:
        return "; ".join(people)
    where = [one.address or one.id for one in told.participants if one.requestor]
    return _UNKNOWN[language].format(where=", ".join(where) or "?")


def _named(one: Someone) -> str:
    roles = ", ".join(text or code for code, text in one.roles)
    name = one.name if one.name in ("", one.id) or not one.id else f"{one.name}, {one.id}"
    return (name or one.id) + (f" ({roles})" if roles else "")


def _outcome(told: Reading, language: Language) -> str:
    said = OUTCOMES.get(told.outcome, {"en": told.outcome, "fr": told.outcome})[language]
    return f"{said}: {told.description}" if told.description else said
