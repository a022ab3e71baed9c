"""The signatures of submitted documents: which are judged, and what is refused for them.

Only documents that can carry a signature, and hold the mark of one, are ever parsed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import BoundedSemaphore
from typing import Final

from ihe_profiles.dsg.ground import Ground
from ihe_profiles.dsg.listed import Submission as SignedSet
from ihe_profiles.dsg.reasons import because
from ihe_profiles.dsg.trust import Trust
from ihe_profiles.dsg.verdicts import Judgement, Reason, Verdict
from ihe_profiles.xds.datatypes import normal_uuid
from ihe_profiles.xds.errors import RegistryError, error
from ihe_profiles.xds.phrases import phrase
from ledger.clock import now
from repository.documents import Documents
from repository.glimpse import encoding_of_xml, is_pdf
from repository.metadata import Entry
from repository.signature_policy import Format, Policy
from repository.store.signatures import Finding, Why

log = logging.getLogger(__name__)

_AT_ONCE: Final = 2
"""How many documents are parsed at once, so that memory has a bound whatever comes together."""

_SIGNATURE_DOCUMENTS: Final = frozenset(  # TF-3 5.5; CI-SIS (DMP, JDV_J60)
    {
        "urn:ihe:iti:dsg:detached:2014",
        "urn:ihe:iti:dsg:enveloping:2014",
        "http://www.w3.org/2000/09/xmldsig#",
    }
)
_STRICTNESS: Final = (Policy.OFF, Policy.REPORT, Policy.REQUIRE)

UNSIGNED: Final = "unsigned"
NOT_JUDGED: Final = "not-judged"
"""The verdicts beside those of the library."""


@dataclass(frozen=True, slots=True)
class Rules:
    """By what submitted signatures are judged.

    `trust` returns what is trusted at that moment. `signed` are the media types and formatCodes
    (code^^scheme) whose documents must be signed; signature documents (DSG) always must. `observe`
    hears of each finding.
    """

    policies: Mapping[Format, Policy]
    trust: Callable[[], Trust]
    signed: frozenset[str] = frozenset()
    observe: Callable[[Finding], None] = lambda _finding: None
    turn: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(_AT_ONCE))

    def policy(self, kind: Format) -> Policy:
        """Return the policy for a format; off where nothing is said."""
        return self.policies.get(kind, Policy.OFF)


NO_RULES: Final = Rules(policies={}, trust=Trust)
"""Nothing is judged."""


class Signatures:
    """The signatures of one submission; documents of more than `largest` octets are not judged."""

    def __init__(self, rules: Rules, documents: Documents, largest: int) -> None:
        self._rules = rules
        self._largest = largest
        self._documents = documents
        entries = documents.submission.entries
        sources = {source for source, _ in documents.submission.signs}
        self._announced = {
            one.id
            for one in entries
            if one.format_code[0] in _SIGNATURE_DOCUMENTS or one.id in sources
        }
        self._concerned = [entry for entry in entries if self._concerns(entry)]

    def __bool__(self) -> bool:
        """Tell whether there is anything to judge."""
        return bool(self._concerned)

    def judge(self) -> dict[str, tuple[Finding, ...]]:
        """Judge each document that can be signed: what is found, by the ids of their entries.

        The documents must be readable. Raises BlobStoreError, Unavailable.
        """
        found = {entry.id: tuple(self._findings(entry)) for entry in self._concerned}
        for entry in self._concerned:
            for finding in found[entry.id]:
                _log(entry, finding)
                self._rules.observe(finding)
        return {id: some for id, some in found.items() if some}

    def errors(self, found: Mapping[str, Sequence[Finding]]) -> list[RegistryError]:
        """Return why the submission is refused, an error for each finding that is in the way."""
        return [
            self._error(entry, finding)
            for entry in self._concerned
            for finding in found.get(entry.id, ())
            if finding.verdict != Verdict.VALID
            and self._rules.policy(Format(finding.format)) is Policy.REQUIRE
        ]

    def _concerns(self, entry: Entry) -> bool:
        """Tell whether some policy wants to know about a document."""
        formats = {self._format(entry)}
        if Format.XML in formats and self._documents.glimpse(entry).may_be_signed:
            formats.add(Format.DSG)  # a detached signature that nothing announced
        if all(self._rules.policy(one) is Policy.OFF for one in formats):
            return False
        return self._must_be_signed(entry) or self._documents.glimpse(entry).may_be_signed

    def _format(self, entry: Entry) -> Format:
        """Return what a document is by its octets, or by its mimeType where that rules harder."""
        if entry.id in self._announced:
            return Format.DSG
        kinds = (*_seen(self._documents.glimpse(entry).head), _declared(_media_type(entry)))
        return max(kinds, key=lambda one: _STRICTNESS.index(self._rules.policy(one)))

    def _must_be_signed(self, entry: Entry) -> bool:
        kinds = {_media_type(entry), "^^".join(entry.format_code)}
        return entry.id in self._announced or bool(kinds & self._rules.signed)

    def _findings(self, entry: Entry) -> Iterable[Finding]:
        kind = self._format(entry)
        if not self._documents.glimpse(entry).may_be_signed:
            return [_finding(kind, UNSIGNED)]
        size = self._documents.size(entry)
        if size > self._largest:
            return [_finding(kind, NOT_JUDGED)]
        from ihe_profiles.dsg.verification import judge  # large libraries, for those who judge

        with self._rules.turn:
            judgements = judge(self._documents.read(entry), self._ground(entry))
        judged = [self._judged(entry, kind, one) for one in judgements]
        wanted = [one for one in judged if self._rules.policy(Format(one.format)) is not Policy.OFF]
        if not judged and self._must_be_signed(entry):
            return [_finding(kind, UNSIGNED)]
        return wanted

    def _ground(self, entry: Entry) -> Ground:
        submission = self._documents.submission
        others = {one.unique_id: one.id for one in submission.entries if one.id != entry.id}
        signatures = frozenset(u for u, id in others.items() if id in self._announced)
        return Ground(
            trust=self._rules.trust(),
            at=datetime.now(UTC),
            open_document=self._documents.open,
            submission=SignedSet(submission.unique_id, frozenset(others) - signatures, signatures),
            largest=self._largest,
        )

    def _judged(self, entry: Entry, kind: Format, judgement: Judgement) -> Finding:
        reasons = [*judgement.reasons, *self._unlisted(entry, judgement)]
        verdict = Judgement("", reasons=tuple(reasons)).verdict
        return Finding(
            format=(Format.DSG if judgement.form == "DSG" else kind).value,
            form=judgement.form,
            name=judgement.name,
            verdict=verdict.value,
            signer=judgement.signer,
            claimed=_milliseconds(judgement.claimed),
            proven=_milliseconds(judgement.proven),
            reasons=tuple(Why(one.key, one.text, one.section) for one in reasons),
            documents=judgement.documents,
            submission_set=judgement.submission_set,
            time=now(),
        )

    def _unlisted(self, entry: Entry, judgement: Judgement) -> Iterable[Reason]:
        """Say which objects the entry's `signs` associations name and its signature does not."""
        if judgement.reasons and not judgement.documents:
            return  # it was not read as far as its list
        submission = self._documents.submission
        known = {normal_uuid(one.id): one.value for one in submission.unique_ids}
        for source, target in submission.signs:
            signed = (*judgement.documents, judgement.submission_set)
            if source == entry.id and target in known and known[target] not in signed:
                yield because("document-unlisted", id=known[target])

    def _error(self, entry: Entry, finding: Finding) -> RegistryError:
        about = {
            "location": entry.unique_id,
            "document": entry.unique_id,
            "object": entry.name,
        }
        if finding.verdict == UNSIGNED:
            return error("signature-missing", value=_kind(entry), **about)
        if finding.verdict == NOT_JUDGED:
            size, limit = self._documents.size(entry), self._largest
            return error("signature-not-judged", size=size, limit=limit, **about)
        first, *more = finding.reasons
        several = "{first} (and {more} more)"
        return error(
            "signature-not-valid",
            signer=finding.signer or phrase("nobody known"),
            verdict=phrase(finding.verdict),
            problem=phrase(several, first=first.text, more=len(more)) if more else first.text,
            section=first.section,
            **about,
        )


def _finding(kind: Format, verdict: str) -> Finding:
    """Return what is said of a document of which no signature was judged."""
    return Finding(
        format=kind.value,
        form="",
        name="",
        verdict=verdict,
        signer=None,
        claimed=None,
        proven=None,
        reasons=(),
        documents=(),
        submission_set=None,
        time=now(),
    )


def _log(entry: Entry, finding: Finding) -> None:
    level = logging.INFO if finding.verdict == Verdict.VALID else logging.WARNING
    log.log(
        level,
        "the signature of a submitted document is %s",
        finding.verdict,
        extra={
            "unique_id": entry.unique_id,
            "format": finding.format,
            "form": finding.form,
            "signer": finding.signer,
            "claimed": finding.claimed,
            "proven": finding.proven,
            "reasons": [one.reason for one in finding.reasons],
        },
    )


def _kind(entry: Entry) -> str:
    code = entry.format_code[0]
    return code if code in _SIGNATURE_DOCUMENTS else _media_type(entry)


def _seen(head: bytes) -> list[Format]:
    """Return what octets begin as; XML and PDF at once is possible."""
    kinds = [Format.XML] if encoding_of_xml(head) else []
    kinds += [Format.PDF] if is_pdf(head) else []
    return kinds or [Format.OTHER]


def _declared(media_type: str) -> Format:
    if media_type.endswith(("/xml", "+xml")):
        return Format.XML
    return Format.PDF if media_type == "application/pdf" else Format.OTHER


def _media_type(entry: Entry) -> str:
    return entry.mime_type.partition(";")[0].strip().lower()


def _milliseconds(time: datetime | None) -> int | None:
    return None if time is None else round(time.timestamp() * 1000)
