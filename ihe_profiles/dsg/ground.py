"""What signatures are judged on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ihe_profiles.dsg.listed import OpenDocument, Submission
from ihe_profiles.dsg.trust import Trust


@dataclass(frozen=True, slots=True)
class Ground:
    """Trust, the time of judging, and the documents that are at hand.

    `at` (UTC) is the earliest time at which the document is known to have existed: its submission,
    or now. Without `open_document` a detached signature is refused (`external-reference`). With a
    `submission`, a signature of a SubmissionSet must list exactly its content. A listed document of
    more than `largest` octets is compared as bytes only, never in canonical form.
    """

    trust: Trust
    at: datetime
    open_document: OpenDocument | None = None
    submission: Submission | None = None
    largest: int | None = None
