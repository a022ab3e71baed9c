"""ITI-18 from the repository's side: has the registry got this document?"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final

from ihe_profiles import iti18
from ihe_profiles.soap.client import Caller, CallFailed, RemoteFault
from ihe_profiles.xds.errors import Refusal
from ihe_profiles.xds.metadata import DocumentEntry, SubmissionSet
from ihe_profiles.xds.queries import BY_NAME
from ihe_profiles.xds.vocabulary import ResponseStatus
from repository.register import Verdict
from repository.store.reads import Overdue

log = logging.getLogger(__name__)

_QUERY: Final = BY_NAME["GetSubmissionSetAndContents"].id  # ITI TF-2 3.18.4.1.2.3.7.9


class NoAnswer(Exception):
    """The registry does not answer at all: there is no use in asking it more."""


@dataclass(frozen=True, slots=True)
class Enquiry:
    """What the registry holds of one submission, in the words of its answer."""

    submission_unique_id: str
    answer: iti18.Response | None

    def verdict(self, document: Overdue, repository_unique_id: str) -> Verdict:
        """Say what is certain about a document; whatever contradicts itself is not."""
        if self.answer is None or self.answer.errors or self.answer.refs:
            return Verdict.UNKNOWN
        if self.answer.status is not ResponseStatus.SUCCESS:
            return Verdict.UNKNOWN
        if not self.answer.objects:
            return Verdict.REFUSED
        if not self.is_found:
            return Verdict.UNKNOWN
        same = self._entries(document)
        fits = any(_fits(entry, document, repository_unique_id) for entry in same)
        return Verdict.REGISTERED if fits else Verdict.UNKNOWN

    @property
    def is_found(self) -> bool:
        """Whether the registry shows the submission."""
        objects = () if self.answer is None else self.answer.objects
        sets = [one.unique_id for one in objects if isinstance(one, SubmissionSet)]
        return sets == [self.submission_unique_id]

    def withholds(self, document: Overdue) -> bool:
        """Say whether the submission is shown without the document: it may be withdrawn."""
        return self.is_found and not self._entries(document)

    def _entries(self, document: Overdue) -> list[DocumentEntry]:
        objects = () if self.answer is None else self.answer.objects
        entries = (one for one in objects if isinstance(one, DocumentEntry))
        return [entry for entry in entries if entry.unique_id == document.unique_id]


def enquire(registry: Caller, submission_unique_id: str) -> Enquiry:
    """Ask for a submission and its contents, as the node itself. Raises NoAnswer."""
    body = iti18.request(_QUERY, {"$XDSSubmissionSetUniqueId": submission_unique_id})
    try:
        answer = registry.call(iti18.TRANSACTION, [body])
        return Enquiry(submission_unique_id, iti18.read_response(answer.body))
    except (RemoteFault, Refusal, ValueError):
        log.warning("the registry's answer about a submission is of no use", exc_info=True)
        return Enquiry(submission_unique_id, None)
    except CallFailed as failure:
        raise NoAnswer(str(failure)) from failure


def _fits(entry: DocumentEntry, document: Overdue, repository_unique_id: str) -> bool:
    return (
        entry.hash is not None
        and entry.hash.lower() == document.sha1
        and entry.repository_unique_id == repository_unique_id
    )
