"""HL7 v3 time stamps as XDS times: local time with an offset becomes UTC (ITI TF-3 4.2.3.1.7)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from ihe_profiles.xds.datatypes import DTM

_TS = re.compile(
    r"(?P<digits>[0-9]{4}(?:[0-9]{2}){0,5})(?:\.[0-9]+)?(?:(?P<sign>[+-])(?P<offset>[0-9]{1,4}))?"
)
_LOWEST = "00000101000000"
_TO_THE_DAY = 8


class BadTime(ValueError):
    """The text is no HL7 time stamp; the message says what one is, and does not quote the text."""

    def __init__(self) -> None:
        super().__init__("is not a time YYYY[MM[DD[hh[mm[ss]]]]][+-hhmm]")


def utc(text: str) -> DTM:
    """Convert a time stamp to UTC, keeping its precision but no fractions; BadTime if it is none.

    A time without an offset is taken as UTC; a date alone is not shifted. Where the offset has
    minutes, an hour becomes an hour with minutes.
    """
    match = _TS.fullmatch(text)
    if match is None:
        raise BadTime
    digits, offset = match["digits"], _offset(match["sign"], match["offset"])
    try:
        local = datetime.strptime(digits + _LOWEST[len(digits) :], "%Y%m%d%H%M%S")
        shifted = local.replace(tzinfo=timezone(offset)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadTime from None
    if len(digits) <= _TO_THE_DAY:
        return DTM(digits)
    length = max(len(digits), 12 if shifted.minute else 0)
    return DTM(f"{shifted.year:04}{shifted:%m%d%H%M%S}"[:length])


def _offset(sign: str | None, digits: str | None) -> timedelta:
    """Read `+hhmm`, whose leading zero (`+100`) or minutes (`+1`, `+01`) may be missing."""
    if not digits:
        return timedelta()
    hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "0")
    span = timedelta(hours=int(hours), minutes=int(minutes))
    return -span if sign == "-" else span
