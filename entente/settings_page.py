"""Writes docs/settings.md: `python -m entente.settings_page docs/settings.md`."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from entente.configuration import section_class
from entente.settings import Settings
from ihe_profiles.hl7.limits import FeedLimits
from ihe_profiles.markdown import table
from ihe_profiles.soap.limits import SoapLimits
from registry.limits import RegistryLimits
from repository.limits import RepositoryLimits

_HEAD: Final = """\
# Settings

Made from the classes of the settings by `make docs`; edit those.

A key comes from the TOML file (`--config`, else `./entente.toml`) or from the environment variable
`ENTENTE_SECTION__KEY`, which wins; a list or a table is JSON there. An unknown section or key is an
error. `entente config` prints what is in force and where each value comes from.
"""
_BELOW: Final = (SoapLimits, RepositoryLimits, RegistryLimits, FeedLimits)
_OF_THE_MACHINE: Final = {("audit", "source_id"), ("audit", "host")}


def page() -> str:
    """Return the whole page as Markdown."""
    return "\n".join([_HEAD, *_sections()])


def _sections() -> Iterator[str]:
    for section in Settings.model_fields:
        kind = section_class(section)
        yield f"## [{section}]\n\n{inspect.getdoc(kind)}\n"
        told = meanings(kind)
        rows = ((f"`{key}`", _default(section, key), told[key]) for key in kind.model_fields)
        yield from table(("Key", "Without it", "Meaning"), rows)


def meanings(kind: type[BaseModel]) -> dict[str, str]:
    """Return what is said of each key of a section: the text below its field."""
    kinds = (kind, *_BELOW) if kind is section_class("limits") else (kind,)
    return {key: text for each in kinds for key, text in _texts(each)}


def _texts(kind: type) -> Iterator[tuple[str, str]]:
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(tree, ast.ClassDef)
    for field, below in zip(tree.body, tree.body[1:], strict=False):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=key)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield key, " ".join(text.split())


def _default(section: str, key: str) -> str:
    if (section, key) in _OF_THE_MACHINE:
        return "the machine's name"
    value = section_class(section).model_fields[key].get_default(call_default_factory=True)
    if value is None or value in ((), {}):
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), "utf-8")
