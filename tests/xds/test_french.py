"""The French of the errors: nothing is missing, and both languages say the same things."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from ihe_profiles.xds import datatypes, query_syntax
from ihe_profiles.xds.errors import CATALOGUE, RegistryError, Severity, error
from ihe_profiles.xds.errors_french import FRENCH
from ihe_profiles.xds.phrases import french, phrase
from ihe_profiles.xds.phrases_french import FRENCH as PHRASES
from ihe_profiles.xds.query_syntax import FORMS
from ihe_profiles.xds.rules_of_submissions import ENDS

PROJECT = Path(__file__).resolve().parents[2]
FLOORS = ("ihe_profiles", "registry", "repository")


def fields(*templates: str) -> set[str]:
    return {name for text in templates for _, name, _, _ in Formatter().parse(text) if name}


def said_in_code() -> Iterator[str]:
    """Every template that `phrase` is called with, and every text that judges return or raise."""
    for file in (path for floor in FLOORS for path in (PROJECT / floor).rglob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        names = {
            node.targets[0].id: node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if isinstance(call.func, ast.Name) and call.func.id == "phrase" and call.args:
                yield from _constant(call.args[0], names)
    yield from _texts(datatypes, ast.Return)
    yield from _texts(query_syntax, ast.Raise)
    yield from (ends.rule for ends in ENDS.values())
    yield from (getattr(form, "template", form) for form in FORMS.values() if " " in form)


def _constant(node: ast.expr, names: dict[str, ast.expr]) -> Iterator[str]:
    value = names.get(node.id, node) if isinstance(node, ast.Name) else node
    if isinstance(value, ast.Constant):
        yield str(value.value)


def _texts(module: object, kind: type[ast.AST]) -> Iterator[str]:
    tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))  # type: ignore[attr-defined]
    for statement in (node for node in ast.walk(tree) if isinstance(node, kind)):
        for node in ast.walk(statement):
            is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
            if is_text and re.match(r"(is|has|needs|opens) ", node.value):
                yield node.value


def test_every_entry_has_its_french_with_the_same_fields() -> None:
    assert set(FRENCH) == set(CATALOGUE)
    for key, entry in CATALOGUE.items():
        found = FRENCH[key]
        assert fields(found.text) == fields(entry.text), key
        assert fields(found.advice) == fields(entry.advice), key
        assert found.text != entry.text, key
        assert found.text.endswith("."), key
        assert found.advice.endswith((".", "}")), key


def test_every_piece_of_a_sentence_has_its_french_with_the_same_fields() -> None:
    assert {text for text in said_in_code() if text not in PHRASES} == set()
    for english, found in PHRASES.items():
        assert fields(english) == fields(found), english


@pytest.mark.parametrize("text", [text for pair in FRENCH.values() for text in pair])
def test_punctuation_is_french(text: str) -> None:
    """A blank before each colon and semicolon that is not part of a code, guillemets for quotes."""
    assert not re.search(r"\w(?<!cid)[:;] ", text)
    assert '"' not in text


def test_an_error_is_said_in_both_languages() -> None:
    made = error("value-malformed", attribute="hash", object="X", value="1", problem="is empty",
                 section="S")  # fmt: skip
    assert made.said("en") == "hash of X: the value 1 is empty. Correct the value. [S]"
    assert made.said("fr") == "hash de X : la valeur 1 est vide. Corrigez la valeur. [S]"
    assert made.said("") == made.context
    softened = made.by_rule("hash-form", Severity.WARNING)
    assert softened.severity is Severity.WARNING
    assert softened.said("en").endswith("[S] (rule hash-form)")
    assert softened.said("fr").endswith("[S] (règle hash-form)")


def test_what_another_service_said_stays_as_it_is() -> None:
    assert RegistryError("XDSRegistryError", "as it came").said("fr") == "as it came"
    assert RegistryError("X", "as it came").by_rule("r", Severity.ERROR).french == ""


def test_phrases_nest_and_quote() -> None:
    inner = phrase("has the escape sequence {sequence}, which metadata may not use", sequence="{}")
    outer = phrase("has an {kind} {part} that {problem}", kind="XON", part="x", problem=inner)
    assert str(outer) == "has an XON x that has the escape sequence {}, which metadata may not use"
    assert french(outer) == (
        "contient un XON x qui contient la séquence d'échappement {},"
        " interdite dans les métadonnées"
    )
    fixed = phrase(
        "has an {kind} {part} that {problem}", kind="is empty", part="", problem="is empty"
    )
    assert french(fixed) == "contient un is empty  qui est vide"  # only a problem is never a quote
    assert french("is empty") == "is empty"
    assert french("is empty", fixed=True) == "est vide"


def test_a_quoted_value_is_not_translated() -> None:
    made = error("unknown-stored-query", value="is empty")
    assert "is empty" in made.french
