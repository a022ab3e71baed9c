"""MIME headers: the fields of a part, the parameters of a Content-Type (RFC 2045, RFC 2231)."""

from __future__ import annotations

import re
from email.message import Message
from email.utils import collapse_rfc2231_value
from typing import Final

from ihe_profiles.soap.faults import SoapFault

_FOLD: Final = re.compile(rb"\r?\n[ \t]+")
_FIELD: Final = re.compile(rb"(?!--)([!-9;-~]+)[ \t]*:(.*)", re.DOTALL)
_SINGLE: Final = frozenset({"content-id", "content-type", "content-transfer-encoding"})


def parse_content_type(value: str) -> tuple[str, dict[str, str]]:
    """Return the media type in lower case and its parameters, their names in lower case.

    Quoted values, RFC 2231 encodings and continuations are resolved. Of a parameter that is given
    twice the first counts.
    """
    message = Message()
    message["content-type"] = value
    parameters: dict[str, str] = {}
    for name, value_read in (message.get_params() or [])[1:]:
        is_encoded = isinstance(value_read, tuple)
        text = collapse_rfc2231_value(value_read) if is_encoded else value_read
        parameters.setdefault(name, text)
    return value.partition(";")[0].strip().lower(), parameters


def fields(block: bytes, part: int) -> dict[str, str]:
    """Return the header fields of part number `part` by lower-case name, unfolded.

    Lines may end with LF alone. Raises SoapFault for a line that is no field, and when a field that
    decides how the part is read is there twice.
    """
    found: dict[str, str] = {}
    for line in _FOLD.sub(b" ", block).split(b"\n"):
        if not line.strip():
            continue
        field = _FIELD.fullmatch(line)
        if not field:
            raise SoapFault("mime-header-malformed", part=part)
        name = field[1].decode("ascii").lower()
        if name in _SINGLE and name in found:
            raise SoapFault("mime-header-twice", part=part, name=name)
        found[name] = field[2].decode("utf-8", "replace").strip()
    return found
