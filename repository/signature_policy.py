"""What may become of the signatures of submitted documents."""

from __future__ import annotations

from enum import StrEnum


class Format(StrEnum):
    """How a document carries signatures; `other` documents carry none."""

    XML = "xml"
    PDF = "pdf"
    DSG = "dsg"
    OTHER = "other"


class Policy(StrEnum):
    """What becomes of signatures: nothing, a verdict on record, or a refusal unless it is valid."""

    OFF = "off"
    REPORT = "report"
    REQUIRE = "require"
