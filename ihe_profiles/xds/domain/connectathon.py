"""Affinity domains in the `codes.xml` format of connectathon tools.

`Codes` holds a `CodeType` per attribute with its `Code` elements, and an `AssigningAuthority` per
authority of patient ids. Attributes that are not named here (`system`, `ext`) are for other tools.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Final

from lxml.etree import _Element

from ihe_profiles.xds.datatypes import oid_problem
from ihe_profiles.xds.domain import elements
from ihe_profiles.xds.domain.affinity import AffinityDomain, Value, ValueSet
from ihe_profiles.xds.domain.broken import Reader, allowed
from ihe_profiles.xds.domain.valued import VALUED
from ihe_profiles.xds.vocabulary import CLASSIFICATION_SCHEMES

_OTHER_NAMES: Final = {"folderCodeList": "codeList", "associationDocumentation": "documentation"}
_BY_SCHEME: Final = {uuid: key.partition(".")[2] for key, uuid in CLASSIFICATION_SCHEMES.items()}


def read(path: Path) -> AffinityDomain:
    """Read a file. Raises BrokenDomain with everything that is wrong."""
    reader = Reader(path)
    root = elements.parse(reader)
    if root.tag != "Codes":
        reader.note(root.sourceline, str(root.tag), "is not the element Codes of such a file")
        reader.finish()
    values: dict[str, list[Value]] = {}
    for element in root:
        name, found = _READERS.get(str(element.tag), _unknown)(reader, element)
        if name:
            values.setdefault(name, []).extend(found)
    reader.finish()
    sets = {name: ValueSet.of(found) for name, found in values.items()}
    return AffinityDomain(
        name=path.name, version=root.get("version", ""), value_sets=MappingProxyType(sets)
    )


def _code_type(reader: Reader, element: _Element) -> tuple[str, list[Value]]:
    given = element.get("name", "")
    name = _OTHER_NAMES.get(given, given)
    if name not in VALUED:
        name = _BY_SCHEME.get(element.get("classScheme", ""), "")
    said = f'CodeType "{given}"'
    if not name:
        reader.note(element.sourceline, said, f"is no attribute of codes; {allowed(VALUED)}")
        return "", []
    values = list(_codes(reader, element, name))
    if not len(element):
        reader.note(element.sourceline, said, "has no Code, so nothing would be allowed")
    return name, values


def _codes(reader: Reader, code_type: _Element, attribute: str) -> Iterator[Value]:
    row = VALUED[attribute]
    names = ("code", "" if row.is_plain else "codingScheme", "display")
    for element in code_type:
        texts = {str(name): str(text) for name, text in element.attrib.items()}
        said = f'{element.tag!s} "{texts.get("code", "")}" of {attribute}'
        if element.tag != "Code":
            reader.note(element.sourceline, said, "stands where only Code may stand")
        elif found := elements.value(reader, element.sourceline, said, texts, names):
            yield Value(row.fold(found.code), found.scheme, found.display, found.periods)


def _assigning_authority(reader: Reader, element: _Element) -> tuple[str, list[Value]]:
    given = element.get("id", "")
    parts = given.split("&")
    oid = parts[1] if len(parts) == 3 else given
    if problem := oid_problem(oid):
        reader.note(element.sourceline, f'AssigningAuthority "{given}"', f"{problem}, nor &OID&ISO")
    return "patientId", [Value(oid, "", element.get("display", ""))]


def _unknown(reader: Reader, element: _Element) -> tuple[str, list[Value]]:
    reader.note(element.sourceline, str(element.tag), f"is not known here; {allowed(_READERS)}")
    return "", []


_READERS: Final = {"CodeType": _code_type, "AssigningAuthority": _assigning_authority}
