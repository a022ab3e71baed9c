"""Says in plain words why a requester sees an entry or not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ihe_profiles.policy.decision import Decision
from ihe_profiles.policy.facts import EntryFacts, holds
from ihe_profiles.policy.rules import Effect

_EFFECTS: Final = {
    "en": {
        Effect.PERMIT: "shown",
        Effect.HIDE: "hidden, as if it did not exist",
        Effect.REFUSE: "hidden, and queries for the patient are told of a refusal",
    },
    "fr": {
        Effect.PERMIT: "montré",
        Effect.HIDE: "masqué, comme s'il n'existait pas",
        Effect.REFUSE: "masqué, et les interrogations sur le patient apprennent un refus",
    },
}
_NO_RULE: Final = {
    "en": "hidden: no rule permits it",
    "fr": "masqué : aucune règle ne le permet",
}
_PASSED: Final = {"en": "does not apply", "fr": "ne s'applique pas"}


def explain(decision: Decision, facts: EntryFacts, now: int, language: str) -> Iterator[str]:
    """Yield a line for each rule that concerns the requester, up to the one that decides.

    `language` is `en` or `fr`; `now` a 14-digit UTC time.
    """
    for step in decision.steps:
        rule = step.rule
        sentence = rule.french if language == "fr" else rule.english
        applies = holds(step.about, facts, now)
        outcome = _EFFECTS[language][rule.effect] if applies else _PASSED[language]
        yield f"{rule.name}: {outcome}. {sentence} ({rule.section})"
        if applies:
            return
    yield _NO_RULE[language]
