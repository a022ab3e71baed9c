"""SOAP faults: refusals of a message as a message (ITI TF-2 Appendix V.3.2, SOAP 1.2 part 1 section 5.4).

Whatever concerns content is a RegistryResponse instead (`ihe_profiles.xds.errors`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class FaultEntry:
    """One kind of fault: SOAP code (Sender, Receiver, MustUnderstand, VersionMismatch), subcode in Clark
    notation, HTTP status, and a text template with named fields."""

    code: str
    text: str
    section: str
    subcode: str | None = None
    status: int = 400


FAULTS: Final[dict[str, FaultEntry]] = {}


class SoapFault(Exception):
    """The message is refused with the fault that the table holds under `key`."""

    def __init__(self, key: str, **fields: object) -> None:
        self.key = key
        self.entry = FAULTS[key]
        self.fields = fields
        super().__init__(self.entry.text.format_map(fields))
