"""What is said of one signature: a verdict, who signed, when, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from lxml.etree import LxmlError

from ihe_profiles.xds.phrases import Phrase


class Verdict(StrEnum):
    """The three answers of a validation (EN 319 102-1 5.1.3)."""

    VALID = "valid"
    INVALID = "invalid"
    INDETERMINATE = "indeterminate"


@dataclass(frozen=True, slots=True)
class Reason:
    """One ground for a verdict that is not `valid`: an entry of the table, with its text."""

    key: str
    text: Phrase
    section: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is said of one signature.

    `form` is XML, XAdES, DSG, PAdES or PDF; `name` its Id or field. `signer` is the subject of the
    certificate (RFC 4514). `claimed` is the time that the signer states, `proven` that of a
    timestamp which was checked; both are UTC. `documents` are the uniqueIds that a detached
    signature lists, `submission_set` the one it signs.
    """

    form: str
    name: str = ""
    signer: str | None = None
    claimed: datetime | None = None
    proven: datetime | None = None
    reasons: tuple[Reason, ...] = ()
    documents: tuple[str, ...] = ()
    submission_set: str | None = None

    @property
    def verdict(self) -> Verdict:
        """Return invalid before indeterminate before valid."""
        found = {reason.verdict for reason in self.reasons}
        for verdict in (Verdict.INVALID, Verdict.INDETERMINATE):
            if verdict in found:
                return verdict
        return Verdict.VALID


BROKEN: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    LxmlError,
    NotImplementedError,
    RecursionError,
    TypeError,
    UnsupportedAlgorithm,
    ValueError,
)
"""What libraries raise for what nobody can read; not what reading the stored documents raises."""


class Refused(Exception):
    """Looking further at a signature is of no use, for one reason."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.text)
        self.reason = reason
