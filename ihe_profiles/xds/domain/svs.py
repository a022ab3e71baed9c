"""Single value sets: IHE SVS as XML (ITI TF-2 3.48), as ANS publishes them, and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from ihe_profiles.xds.domain import elements
from ihe_profiles.xds.domain.affinity import Value
from ihe_profiles.xds.domain.broken import BrokenDomain, Reader, allowed

NAMESPACE: Final = "urn:ihe:iti:svs:2008"
_NAMES: Final = ("code", "codeSystem", "displayName")
_COLUMNS: Final = (*_NAMES, "dateValid", "dateFin")
_SETS: Final = tuple(f"{{{NAMESPACE}}}{name}" for name in ("ValueSet", "DescribedValueSet"))


def read(path: Path) -> list[Value]:
    """Read the values of a file by its ending, .xml or .csv. Raises BrokenDomain."""
    form = _FORMS.get(path.suffix.lower())
    if form is None:
        raise BrokenDomain(f"{path}: is no value set; {allowed(_FORMS)}")
    reader = Reader(path)
    values = list(form(reader))
    reader.finish()
    if not values:
        raise BrokenDomain(f"{path}: holds no code, so nothing would be allowed")
    return values


def _xml(reader: Reader) -> Iterator[Value]:
    root = elements.parse(reader)
    sets = list(root.iter(*_SETS))
    if not sets:
        reader.note(root.sourceline, str(root.tag), f"holds no ValueSet of {NAMESPACE}")
    for value_set in sets:
        name = f'ValueSet "{value_set.get("displayName") or value_set.get("id", "")}"'
        texts = {str(key): str(text) for key, text in value_set.attrib.items()}
        of_set = elements.period(reader, value_set.sourceline, name, texts)
        for concept in value_set.iter(f"{{{NAMESPACE}}}Concept"):
            texts = {str(key): str(text) for key, text in concept.attrib.items()}
            said = f'Concept "{texts.get("code", "")}"'
            found = elements.value(reader, concept.sourceline, said, texts, _NAMES, of_set)
            if found:
                yield found


def _csv(reader: Reader) -> Iterator[Value]:
    rows = csv.DictReader(io.StringIO(reader.text(), newline=""), restval="", strict=True)
    try:
        columns = rows.fieldnames or ()
        missing = [name for name in _NAMES[:2] if name not in columns]
        unknown = [name for name in columns if name not in _COLUMNS]
        if missing or unknown:
            names = ",".join(columns)
            reader.note(1, f'header "{names}"', f"{allowed(_COLUMNS)}, the first two required")
            return
        for row in rows:
            if None in row:
                reader.note(rows.line_num, f'row "{row["code"]}"', "has more cells than the header")
                continue
            said = f'row "{row["code"]}"'
            if found := elements.value(reader, rows.line_num, said, row, _NAMES):
                yield found
    except csv.Error as error:
        reader.note(rows.line_num, "row", f"is not CSV: {error}")


_FORMS: Final[dict[str, Callable[[Reader], Iterator[Value]]]] = {".xml": _xml, ".csv": _csv}
