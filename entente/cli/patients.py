"""`entente patients`: the registry's patients without a feed."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from entente.cli import values
from entente.cli.console import OUT, Failed, explained
from entente.cli.options import ConfigFile
from ihe_profiles.xds.datatypes import CX
from ihe_profiles.xds.errors import Refusal
from ihe_profiles.xds.masking import mask

if TYPE_CHECKING:
    from entente.cli.operation import Opened
    from registry.patients.operator import Patients

app = typer.Typer(no_args_is_help=True, help="Add, list and merge the registry's patients.")

COLUMNS: Final = ("id", "authority")
BATCH: Final = 500
"""How many lines of a file one transaction carries."""

Patient = Annotated[
    CX, typer.Argument(metavar="PATIENT", parser=values.patient, help="ID^^^&OID&ISO")
]
Subsumed = Annotated[
    CX, typer.Argument(metavar="SUBSUMED", parser=values.patient, help="Whose id ends.")
]
Survivor = Annotated[
    CX, typer.Argument(metavar="SURVIVOR", parser=values.patient, help="Who gets all documents.")
]


@app.command()
def add(patient: Patient, config: ConfigFile = None) -> None:
    """Make a patient known."""
    from entente.cli.operation import opened

    with opened(config, "patients add") as registry:
        (added,) = _patients(registry).add([patient], registry.source)
        if isinstance(added, Refusal):
            raise added
    OUT.print(mask(f"{patient}: {'added' if added else 'known already'}"), markup=False)


@app.command()
def merge(subsumed: Subsumed, survivor: Survivor, config: ConfigFile = None) -> None:
    """Merge one patient into another, for good: a merge cannot be undone."""
    from entente.cli.operation import opened

    with opened(config, "patients merge") as registry:
        _patients(registry).merge(subsumed, survivor, registry.source)
    OUT.print(mask(f"{subsumed}: merged into {survivor}"), markup=False)


@app.command("list")
def list_(config: ConfigFile = None) -> None:
    """Print every patient, and whom they were merged into."""
    from entente.cli.operation import opened

    with opened(config, "patients list") as registry:
        registry.reads()
        for patient, into in _patients(registry).listed():
            merged = f" merged into {into}" if into else ""
            OUT.print(mask(f"{patient}{merged}"), markup=False)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV: id, authority.")],
    config: ConfigFile = None,
) -> None:
    """Make the patients of a CSV file known: a header `id,authority`, then a line for each."""
    from entente.cli.operation import opened

    counts = {"added": 0, "known already": 0, "refused": 0}
    with opened(config, "patients import") as registry:
        patients, rows = _patients(registry), _read(file)
        while batch := list(islice(rows, BATCH)):
            added = patients.add([patient for _line, patient in batch], registry.source)
            for (line, patient), result in zip(batch, added, strict=True):
                outcome, why = _outcome(result)
                counts[outcome] += 1
                OUT.print(mask(f"line {line}: {patient}: {outcome}{why}"), markup=False)
    OUT.print(", ".join(f"{number} {outcome}" for outcome, number in counts.items()))
    if counts["refused"]:
        raise Failed(f"{counts['refused']} of the lines were refused")


def _outcome(result: bool | Refusal) -> tuple[str, str]:
    if isinstance(result, Refusal):
        return "refused", ": " + " ".join(explained(result.errors))
    return ("added" if result else "known already"), ""


def _read(file: Path) -> Iterator[tuple[int, CX]]:
    """Yield the number of each line and its patient; comma or semicolon separate."""
    with file.open(encoding="utf-8-sig", newline="") as text:
        rows = csv.DictReader(text, strict=True)  # nothing read yet
        try:
            first = text.readline()
            text.seek(0)
            rows = csv.DictReader(text, delimiter=";" if ";" in first else ",", strict=True)
            yield from _patients_of(rows, file)
        except (csv.Error, UnicodeDecodeError) as error:
            raise Failed(f"{file}, after line {rows.line_num}: {error}") from error


def _patients_of(rows: csv.DictReader[str], file: Path) -> Iterator[tuple[int, CX]]:
    names = [name.strip().lower() for name in rows.fieldnames or ()]
    if sorted(names) != sorted(COLUMNS):
        raise Failed(f"{file}, line 1: the header must be {','.join(COLUMNS)}")
    rows.fieldnames = names
    for row in rows:
        if None in row or None in row.values():
            raise Failed(f"{file}, line {rows.line_num}: has not {len(COLUMNS)} columns")
        yield rows.line_num, CX(f"{row['id'].strip()}^^^&{row['authority'].strip()}&ISO")


def _patients(registry: Opened) -> Patients:
    from entente import domain
    from registry.patients.operator import Patients

    known = domain.patients(registry.settings.domain)
    return Patients(registry.database, known, registry.audit)
