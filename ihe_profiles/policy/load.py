"""Reads a policy: a preset by its name, or a TOML file in the same form (docs/policy.md)."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from ihe_profiles.policy.broken import BrokenPolicy
from ihe_profiles.policy.consent import ConsentKind
from ihe_profiles.policy.reading import Table
from ihe_profiles.policy.rules import (
    Effect,
    Policy,
    Reason,
    RegistryDown,
    Relation,
    Requesters,
    Rule,
    What,
    Who,
)
from ihe_profiles.policy.view import Coding

PRESETS: Final = ("open", "france", "quebec")
OPEN: Final = "open"
_DECIDED: Final = ("ITI-18", "ITI-43", "ITI-51")
"""The transactions that show documents, which a rule may be for."""

_CODINGS: Final = {
    "class": Coding.CLASS,
    "type": Coding.TYPE,
    "format": Coding.FORMAT,
    "practice_setting": Coding.PRACTICE_SETTING,
    "facility": Coding.FACILITY,
}
_CONSENTS: Final = {kind.name.lower(): kind for kind in ConsentKind}


def load(name: str, folder: Path = Path()) -> Policy:
    """Load a preset, or a file from `folder` unless its path is absolute. Raises BrokenPolicy."""
    if name in PRESETS:
        return _preset(name)
    path = folder / name
    if path.suffix != ".toml":
        known = ", ".join(PRESETS)
        raise BrokenPolicy([f"{name}: is neither a preset ({known}) nor a .toml file"])
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BrokenPolicy([f"{path}: cannot be read: {error}"]) from error
    return parse(text, str(path))


def parse(text: str, source: str) -> Policy:
    """Read a policy from TOML; `source` names it in problems. Raises BrokenPolicy."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BrokenPolicy([f"{source}: is not TOML: {error}"]) from error
    problems: list[str] = []
    policy = _policy(Table(found, source, problems), source)
    if problems:
        raise BrokenPolicy(problems)
    return policy


@cache
def _preset(name: str) -> Policy:
    file = files("ihe_profiles.policy") / "presets" / f"{name}.toml"
    return parse(file.read_text(encoding="utf-8"), name)


def _policy(table: Table, source: str) -> Policy:
    purposes = table.table("purposes")
    glass = table.table("break_glass")
    named = {name: purposes.codes(name) for name in purposes.names()}
    found = Policy(
        name=table.text("name", source),
        requesters=_requesters(table.table("requesters")),
        purposes=named,
        break_glass=frozenset(glass.texts("purposes", allowed=named)),
        reason=glass.member("reason", Reason, Reason.OPTIONAL),
        age_of_consent=table.number("age_of_consent", 18),
        registry_down=table.member("registry_down", RegistryDown, RegistryDown.DENY),
        rules=tuple(_rule(one, named) for one in table.tables("rules")),
    )
    for one in (table, glass, purposes):
        one.finish()
    if len({rule.name for rule in found.rules}) < len(found.rules):
        table.complain("rules", "two rules have the same name")
    known = found.requesters.relations
    for relation in sorted({one for rule in found.rules for one in rule.who.relations}):
        if not known[relation]:
            table.complain("[requesters]", f"says no role of a {relation}, whom a rule is about")
    return found


def _requesters(table: Table) -> Requesters:
    found = Requesters(
        relations={relation: table.codes(relation.value) for relation in Relation},
        provider_authority=table.text("provider_authority", ""),
        patient_authorities=table.texts("patient_authorities"),
    )
    table.finish()
    return found


def _rule(table: Table, purposes: dict[str, Any]) -> Rule:
    who = Who(
        relations=frozenset(table.members("relation", Relation)),
        purposes=frozenset(table.texts("purpose", allowed=purposes)),
        roles=table.codes("role"),
        secret_connection=table.flag("secret_connection"),
        transactions=frozenset(table.texts("transaction", allowed=_DECIDED)),
    )
    codes = ((coding, table.pairs(name)) for name, coding in _CODINGS.items())
    what = What(
        confidentiality=table.pairs("confidentiality"),
        codes=tuple((coding, pairs) for coding, pairs in codes if pairs),
        author=_true(table, "author"),
        patient=_true(table, "patient"),
        consent=table.choice("consent", _CONSENTS),
    )
    rule = Rule(
        name=table.text("name"),
        effect=table.member("effect", Effect, Effect.HIDE),
        who=who,
        what=what,
        section=table.text("section"),
        english=table.text("en"),
        french=table.text("fr"),
    )
    if rule.effect is Effect.REFUSE and what != What(consent=ConsentKind.REFUSED):
        table.complain("effect", 'refuse goes with consent = "refused" alone')
    table.finish()
    return rule


def _true(table: Table, key: str) -> bool:
    found = table.flag(key)
    if found is False:
        table.complain(key, "can be true only, or be left out")
    return bool(found)
