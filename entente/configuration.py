"""Reads the settings, remembers where each came from, and names every wrong one."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_settings import EnvSettingsSource
from pydantic_settings import SettingsError as UnreadableEnvironment

from entente.misconfigured import Misconfigured
from entente.settings import DELIMITER, PREFIX, Section, Settings

DEFAULT_FILE = Path("entente.toml")
_PASSWORDS = (
    (re.compile(r"(://[^:/]*:).*@"), r"\1***@"),
    (re.compile(r"(password=)[^&]*"), r"\1***"),
)


@dataclass(frozen=True, slots=True)
class Sources:
    """What the file and the environment said, before it was judged."""

    path: Path | None = None
    text: str = ""
    table: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, Any] = field(default_factory=dict)

    def origin(self, section: str, key: str | None = None) -> str:
        """Name where a key was set: an environment variable, a line of the file, or `default`."""
        if key is not None and key in self.environment.get(section, {}):
            return f"{PREFIX}{section}{DELIMITER}{key}".upper()
        if section in self.table and (key is None or key in self.table[section]):
            line = _line(self.text, section, key)
            return f"{self.path}, line {line}" if line else str(self.path)
        if section in self.environment:
            return f"{PREFIX}{section}{DELIMITER}".upper()
        return "default"


def load(path: Path | None = None) -> tuple[Settings, Sources]:
    """Read `path` (without one: ./entente.toml where it exists) and the environment.

    Raises Misconfigured with every problem found.
    """
    sources = _read(path)
    problems = [*_unknown_variables(os.environ)]
    try:
        settings = Settings(**sources.table)
    except ValidationError as error:
        problems += [_problem(sources, dict(found)) for found in error.errors()]
    if problems:
        raise Misconfigured(problems)
    return settings, sources


def shown(value: object) -> str:
    """Return a setting's value for people: passwords inside a URL are masked."""
    text = str(value)
    for pattern, replacement in _PASSWORDS:
        text = pattern.sub(replacement, text)
    return text


def _read(path: Path | None) -> Sources:
    environment = _environment()
    if path is None and not DEFAULT_FILE.is_file():
        return Sources(environment=environment)
    path = path or DEFAULT_FILE
    try:
        text = path.read_text("utf-8")
        return Sources(path, text, tomllib.loads(text), environment)
    except OSError as error:
        raise Misconfigured([f"{path}: cannot be read: {error.strerror}"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misconfigured([f"{path}: is not TOML: {error}"]) from error


def _environment() -> dict[str, Any]:
    source = EnvSettingsSource(Settings)
    try:
        return source()
    except UnreadableEnvironment as error:
        named = [name for name in source.env_vars if not _is_readable(name)]
        problem = 'a list is written as ["a", "b"], a table as {"key": "value"} (JSON)'
        raise Misconfigured(f"{name.upper()}: {problem}" for name in named) from error


def _is_readable(variable: str) -> bool:
    alone = EnvSettingsSource(Settings)
    alone.env_vars = {variable: alone.env_vars[variable]}
    try:
        alone()
    except UnreadableEnvironment:
        return False
    return True


def _unknown_variables(environ: Mapping[str, str]) -> Iterable[str]:
    sections = list(Settings.model_fields)
    for name in sorted(environ):
        if not name.upper().startswith(PREFIX):
            continue
        section, delimiter, _ = name.upper().removeprefix(PREFIX).partition(DELIMITER)
        if delimiter and section.lower() not in sections:
            yield f"{name}: there is no section `{section.lower()}`. " + _nearest(section, sections)
        section, single, key = section.partition("_")
        if not delimiter and single and section.lower() in sections:
            yield f"{name}: did you mean {PREFIX}{section}{DELIMITER}{key}?"


def _problem(sources: Sources, found: dict[str, Any]) -> str:
    where = [str(part) for part in found["loc"]]
    if not where:
        return str(found["msg"]).removeprefix("Value error, ")
    section, key = where[0], where[1] if len(where) > 1 else None
    deeper = [part for part in where[2:] if part != "[key]" and not part.isdecimal()]
    name = f"[{section}]" + (f" {'.'.join([key, *deeper])}" if key else "")
    origin = sources.origin(section, key)
    if found["type"] == "extra_forbidden":
        return f"{origin}: {name}: " + _unknown(section, key)
    given = f" = {shown(repr(found['input']))}" if key and _is_shown(section, key) else ""
    return f"{origin}: {name}{given}: " + str(found["msg"]).removeprefix("Value error, ")


def _is_shown(section: str, key: str) -> bool:
    """Say whether a value may be told: somebody may have put a key where its place belongs."""
    return section_class(section).model_fields[key].repr


def _unknown(section: str, key: str | None) -> str:
    if key is None:
        return f"there is no section `{section}`. " + _nearest(section, Settings.model_fields)
    keys = section_class(section).model_fields
    return f"there is no key `{key}`. " + _nearest(key, keys)


def section_class(section: str) -> type[BaseModel]:
    """Return the class of a section; an unknown section is a KeyError."""
    kind = Settings.model_fields[section].annotation
    assert isinstance(kind, type)
    assert issubclass(kind, Section)
    return kind


def _nearest(given: str, known: Iterable[str]) -> str:
    names = list(known)
    near = difflib.get_close_matches(given.lower(), names, 1)
    hint = f"Did you mean `{near[0]}`? " if near else ""
    return f"{hint}Allowed: {', '.join(names)}."


def _line(text: str, section: str, key: str | None) -> int | None:
    """Find the line of `[section]`, or of `key =` below it; None where the file differs."""
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[\s*([\w-]+)\s*(?:\.\s*([\w-]+)\s*)?\]", line)
        if header:
            inside = header[1] == section and header[2] is None
            if header[1] == section and header[2] == key:
                return number
        elif inside and key and re.match(rf"\s*\"?{re.escape(key)}\"?\s*=", line):
            return number
    return None
