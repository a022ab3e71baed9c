"""Makes a domain of what the settings name: a preset, a `codes.xml`, or a TOML that puts together.

A TOML file says `name`, `version`, `based_on` (a preset or another file; its value sets stay unless
given here), `[value_sets]` attribute = file or files (SVS as .xml or .csv), and `[values]`
attribute = list, for attributes whose values have no coding scheme.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from ihe_profiles.xds.domain import connectathon, svs
from ihe_profiles.xds.domain.affinity import AffinityDomain, Value, ValueSet
from ihe_profiles.xds.domain.broken import BrokenDomain, Reader, allowed
from ihe_profiles.xds.domain.presets import PRESETS
from ihe_profiles.xds.domain.valued import VALUED

_KEYS: Final = {"name": str, "version": str, "based_on": str, "value_sets": dict, "values": dict}


def load(codes: str, folder: Path = Path()) -> AffinityDomain:
    """Load a domain by the name of a preset or by a path, from `folder` unless it is absolute.

    Raises BrokenDomain.
    """
    if codes in PRESETS:
        return PRESETS[codes]
    path = folder / codes
    suffix = path.suffix.lower()
    if suffix == ".toml":
        return _composed(path)
    if suffix == ".xml":
        return connectathon.read(path)
    near = difflib.get_close_matches(codes, PRESETS, 1)
    hint = f"did you mean {near[0]}? " if near else ""
    raise BrokenDomain(
        f"{codes}: is neither a preset nor a file .xml or .toml; {hint}presets: "
        f"{', '.join(PRESETS)}"
    )


def with_authorities(domain: AffinityDomain, oids: Iterable[str]) -> AffinityDomain:
    """Return the domain with these assigning authorities of patient ids instead of its own."""
    sets = {**domain.value_sets, "patientId": ValueSet.of(Value(oid) for oid in oids)}
    return replace(domain, value_sets=MappingProxyType(sets))


def _composed(path: Path) -> AffinityDomain:
    reader = Reader(path)
    try:
        table = tomllib.loads(reader.text())
    except tomllib.TOMLDecodeError as error:
        raise BrokenDomain(f"{path}: is not TOML: {error}") from error
    for key, value in table.items():
        if not isinstance(value, _KEYS.get(key, ())):
            problem = f"must be {_KEYS[key].__name__}" if key in _KEYS else allowed(_KEYS)
            reader.note(_line(reader, key), key, problem)
    reader.finish()
    base = load(table.get("based_on", "ihe"), path.parent)
    sets = dict(base.value_sets)
    sets |= dict(_sets(reader, table))
    reader.finish()
    return replace(
        base,
        name=table.get("name", path.name),
        version=table.get("version", ""),
        value_sets=MappingProxyType(sets),
    )


def _sets(reader: Reader, table: dict[str, Any]) -> Iterator[tuple[str, ValueSet]]:
    for section, make in (("value_sets", _from_files), ("values", _listed)):
        for attribute, given in table.get(section, {}).items():
            texts = [given] if isinstance(given, str) else given
            if attribute not in VALUED:
                reader.note(_line(reader, attribute), attribute, allowed(VALUED))
            elif not _is_texts(texts):
                reader.note(_line(reader, attribute), attribute, "must be texts")
            elif values := make(reader, attribute, texts):
                yield attribute, ValueSet.of(values)


def _is_texts(texts: object) -> bool:
    return isinstance(texts, list) and bool(texts) and all(isinstance(t, str) for t in texts)


def _from_files(reader: Reader, attribute: str, files: list[str]) -> list[Value]:
    row = VALUED[attribute]
    found: list[Value] = []
    for file in files:
        try:
            found += svs.read(reader.path.parent / file)
        except BrokenDomain as error:
            reader.problems += error.problems
    if not row.is_plain:
        return found
    return [replace(value, scheme="", code=row.fold(value.code)) for value in found]


def _listed(reader: Reader, attribute: str, texts: list[str]) -> list[Value]:
    row = VALUED[attribute]
    if row.is_plain:
        return [Value(row.fold(text)) for text in texts]
    reader.note(
        _line(reader, attribute), attribute, "has coding schemes: give a file in [value_sets]"
    )
    return []


def _line(reader: Reader, key: str) -> int | None:
    lines = reader.text().splitlines()
    starts = (f"{key} ", f"{key}=", f'"{key}"', f"[{key}]")
    return next((n for n, line in enumerate(lines, 1) if line.strip().startswith(starts)), None)
