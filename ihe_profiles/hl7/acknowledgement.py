"""Acknowledgements of HL7 v2 messages, original mode (HL7 v2.3.1 2.12, ITI TF-2 Appendix C)."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from ihe_profiles.hl7.v2 import STANDARD, Header, escaped
from ihe_profiles.xds.errors import RegistryError

VERSION: Final = "2.3.1"
"""Of an acknowledgement whose message has no version that is understood."""

CONDITIONS: Final = {
    "100": "Segment sequence error",
    "101": "Required field missing",
    "102": "Data type error",
    "103": "Table value not found",
    "200": "Unsupported message type",
    "201": "Unsupported event code",
    "202": "Unsupported processing id",
    "203": "Unsupported version id",
    "204": "Unknown key identifier",
    "205": "Duplicate key identifier",
    "207": "Application internal error",
}
"""HL7 table 0357."""

_REJECTED: Final = frozenset({"200", "201", "202", "203", "207"})
_UNREADABLE: Final = Header(STANDARD, ("", ""), ("", ""), "", "", "", "P", VERSION, "")


class Code(StrEnum):
    """HL7 table 0008."""

    ACCEPT = "AA"
    ERROR = "AE"
    """Something is wrong with what the message says."""
    REJECT = "AR"
    """The message is not for us as it is, or not now."""


def code(errors: Sequence[RegistryError]) -> Code:
    """Return how a message with these errors is acknowledged."""
    if not errors:
        return Code.ACCEPT
    return Code.REJECT if any(e.code in _REJECTED for e in errors) else Code.ERROR


def acknowledge(
    header: Header | None, errors: Sequence[RegistryError] = (), version: str = VERSION
) -> bytes:
    """Write the ACK of a message; without `header` that of one that cannot be read, rejected."""
    of, kind = header or _UNREADABLE, code(errors)
    if header is None:
        kind = Code.REJECT
    field, component = of.delimiters[0], of.delimiters[1]
    msh = (
        f"MSH{of.delimiters}",
        *of.receiver,
        *of.sender,
        time.strftime("%Y%m%d%H%M%S", time.gmtime()) + "+0000",
        "",
        f"ACK{component}{of.event}" if of.event else "ACK",
        secrets.token_hex(10),
        of.processing_id or "P",
        version,
        *[""] * 5,
        of.character_set,
    )
    lines = [msh, ("MSA", kind, of.control_id, *_condition(of, errors))]
    if errors:
        lines.append(("ERR", of.delimiters[2].join(_location(of, error) for error in errors)))
    text = "".join(field.join(line).rstrip(field) + "\r" for line in lines)
    return text.encode(of.encoding or "ascii", "replace")


def _condition(of: Header, errors: Sequence[RegistryError]) -> tuple[str, ...]:
    """Write MSA-3, the text, and MSA-6, the first error's condition."""
    if not errors:
        return ()
    text = " ".join(error.context for error in errors)
    first = errors[0].code
    condition = of.delimiters[1].join((first, CONDITIONS[first], "HL70357"))
    return escaped(text, of.delimiters), "", "", condition


def _location(of: Header, error: RegistryError) -> str:
    """Write one ERR-1: the condition alone, the text says where."""
    condition = of.delimiters[4].join((error.code, CONDITIONS[error.code], "HL70357"))
    return of.delimiters[1] * 3 + condition
