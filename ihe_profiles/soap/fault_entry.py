"""The shape of one row of the table of SOAP faults (SOAP 1.2 part 1, 5.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Code = Literal["Sender", "Receiver", "MustUnderstand", "VersionMismatch"]


@dataclass(frozen=True, slots=True)
class FaultEntry:
    """One kind of fault: SOAP code, HTTP status, and a text template with named fields.

    `subcode` and `subsubcode` are in Clark notation. `problem_header` (an addressing header's local
    name) and `problem_action` are templates for the Detail of WS-Addressing SOAP Binding 6.3.
    """

    code: Code
    text: str
    section: str
    subcode: str | None = None
    status: int = 400
    subsubcode: str | None = None
    problem_header: str | None = None
    problem_action: str | None = None
