"""Pieces of sentences inside error texts, which know their own French.

A phrase is a string like any other, in English; `french` finds the same piece in the other table.
"""

from __future__ import annotations

from collections.abc import Mapping

from ihe_profiles.xds.phrases_french import FRENCH


class Phrase(str):
    """English text made of a template and its parts; a part may be a phrase too."""

    __slots__ = ("parts", "template")

    template: str
    parts: Mapping[str, object]


def phrase(template: str, **parts: object) -> Phrase:
    """Make a phrase; KeyError for a part that the template names and nobody gives."""
    made = Phrase(template.format_map(parts))
    made.template, made.parts = template, parts
    return made


def french(value: object, *, fixed: bool = False) -> str:
    """Return a phrase in French, and anything else as the text that it is.

    `fixed`: the value is always a piece of a sentence, so a plain text may be one too.
    """
    if isinstance(value, Phrase):
        parts = {name: french(part, fixed=name in SAID) for name, part in value.parts.items()}
        return FRENCH.get(value.template, value.template).format_map(parts)
    return FRENCH.get(str(value), str(value)) if fixed else str(value)


SAID = frozenset(("problem", "rule", "form", "role"))
"""The fields of error texts that never quote the request but continue the sentence."""
