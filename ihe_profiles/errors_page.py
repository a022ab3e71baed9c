"""Writes docs/errors.md: `python -m ihe_profiles.errors_page docs/errors.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ihe_profiles.markdown import table
from ihe_profiles.soap.faults import FAULTS, FaultEntry
from ihe_profiles.xds.errors import CATALOGUE, Entry
from ihe_profiles.xds.errors_french import FRENCH

_HEAD: Final = """\
# Errors

Made from the error catalogue and the table of SOAP faults by `make docs`; edit those.

What stands in braces is filled in from the request. Whatever concerns content is an
`rs:RegistryError` in the answer: `errorCode` is the code below, `codeContext` the text, what to do
and, in brackets, the section that rules it, `location` the id of the object concerned. Texts are in
French when the request asks for it by `xml:lang` on its element or envelope, or when the domain
does (`[domain] language = "fr"`). A patient identity feed (ITI-8, ITI-44) is refused under the
codes of HL7 table 0357. Whatever concerns the message as a message is a SOAP fault.
"""


def page() -> str:
    """Return the whole page as Markdown."""
    return "\n".join([_HEAD, *_errors(), *_faults()])


def _errors() -> Iterator[str]:
    yield f"## Errors of answers ({len(CATALOGUE)})\n"
    codes = dict.fromkeys(entry.code for entry in CATALOGUE.values())
    for code in sorted(codes, key=lambda code: (code.isdigit(), code)):
        entries = {key: entry for key, entry in CATALOGUE.items() if entry.code == code}
        yield f"### {code}\n"
        yield from table(
            ("Entry", "English", "Français", "Section"),
            (_error_row(key, entry) for key, entry in entries.items()),
        )


def _error_row(key: str, entry: Entry) -> tuple[str, ...]:
    french = FRENCH.get(key, ("", ""))
    return (
        f"`{key}`",
        f"{entry.text} {entry.advice}",
        " ".join(french),
        entry.section,
    )


def _faults() -> Iterator[str]:
    yield f"## SOAP faults ({len(FAULTS)})\n"
    yield from table(
        ("Fault", "Code", "HTTP", "Text", "Section"),
        (_fault_row(key, entry) for key, entry in FAULTS.items()),
    )


def _fault_row(key: str, entry: FaultEntry) -> tuple[str, ...]:
    names = (entry.subcode, entry.subsubcode)
    code = " / ".join([entry.code, *(n.rpartition("}")[2] for n in names if n)])
    return f"`{key}`", code, str(entry.status), entry.text, entry.section


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
