"""Judges the identifiers of a submission that are taken already (ITI TF-2 3.42.4.1.3.3.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ihe_profiles.xds.errors import RegistryError, error
from registry.store.identifiers import Identifier
from registry.store.numbers import Kind, Scheme


def errors(
    labels: Mapping[Identifier, str], taken: Iterable[Identifier], times: Mapping[int, str]
) -> Iterator[RegistryError]:
    """Yield what is wrong with the identifiers that others have already.

    `labels` names who wants each, `times` says when the transactions of earlier submissions were.
    Only a document's uniqueId may come again, with the same bytes.
    """
    wanted = {(ours.value, ours.scheme): ours for ours in labels}
    for theirs in taken:
        ours = wanted[theirs.value, theirs.scheme]
        label = labels[ours]
        if theirs.scheme is Scheme.ENTRY_UUID:
            yield error("duplicate-entry-uuid", object=label)
        elif ours.kind is theirs.kind is Kind.SUBMISSION_SET:
            time = times[theirs.made_by]
            yield error("duplicate-submission", object=label, value=ours.value, time=time)
        elif ours.kind is not Kind.DOCUMENT_ENTRY:
            yield error("duplicate-unique-id", object=label, value=ours.value)
        elif theirs.kind is not Kind.DOCUMENT_ENTRY:
            yield error("unique-id-of-another-kind", object=label, value=ours.value)
        else:
            yield from _content_errors(ours, theirs, label)


def _content_errors(ours: Identifier, theirs: Identifier, label: str) -> Iterator[RegistryError]:
    if ours.hash != theirs.hash:
        yield error("non-identical-hash", object=label, value=ours.value, hash=ours.hash)
    if ours.size != theirs.size:
        yield error("non-identical-size", object=label, value=ours.value, size=ours.size)
