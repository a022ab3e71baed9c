"""A Document Source: provides files with their metadata (ITI-41)."""

from __future__ import annotations

import hashlib
import socket
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from ihe_profiles import iti41
from ihe_profiles.soap.client import Caller
from ihe_profiles.soap.exchange import Binary
from ihe_profiles.xds import encoding, response, submission
from ihe_profiles.xds.datatypes import DTM
from ihe_profiles.xds.errors import Refusal, RegistryError
from ihe_profiles.xds.metadata import DocumentEntry
from ihe_profiles.xds.vocabulary import ResponseStatus

_CHUNK: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Provided:
    """A document that the repository took; its entry as it was sent, and what was warned of."""

    entry: DocumentEntry
    warnings: tuple[RegistryError, ...]


def provide(
    repository: Caller,
    path: Path,
    entry: DocumentEntry,
    *,
    source_id: str,
    replaces: str | None = None,
) -> Provided:
    """Submit one file in a SubmissionSet of its own; it is read twice and never held whole.

    `replaces` is the entryUUID of the entry that this one takes the place of. Raises Refusal with
    the other side's errors, CallFailed, OSError.
    """
    entry = fingerprinted(entry, path)
    content = Binary(
        entry.mime_type or "application/octet-stream", int(entry.size or 0), partial(chunks, path)
    )
    body = iti41.request(_object_list(entry, source_id, replaces), [(entry.entry_uuid, content)])
    answer = response.read(repository.call(iti41.TRANSACTION, body).body)
    if answer.status is not ResponseStatus.SUCCESS:
        raise Refusal(*answer.errors)
    return Provided(entry, answer.errors)


def fingerprinted(entry: DocumentEntry, path: Path) -> DocumentEntry:
    """Return the entry with SHA-1 and size of the file, so that a repository checks both."""
    digest, size = hashlib.sha1(usedforsecurity=False), 0
    for chunk in chunks(path):
        digest.update(chunk)
        size += len(chunk)
    return replace(entry, hash=digest.hexdigest(), size=str(size))


def chunks(path: Path) -> Iterator[bytes]:
    """Yield a file's bytes."""
    with path.open("rb") as file:
        while data := file.read(_CHUNK):
            yield data


def default_source_id() -> str:
    """Return an OID for this machine, always the same (SubmissionSet.sourceId, TF-3 4.2.3.3.9)."""
    return f"2.25.{uuid.uuid5(uuid.NAMESPACE_DNS, socket.getfqdn()).int}"


def timestamp(when: datetime) -> DTM:
    """Write a time as metadata does: UTC to the second."""
    return DTM(when.astimezone(UTC).strftime("%Y%m%d%H%M%S"))


def _object_list(entry: DocumentEntry, source_id: str, replaces: str | None) -> bytes:
    assert entry.patient_id is not None
    assert entry.class_code is not None
    return encoding.write_submission(
        submission.build(
            [entry],
            source_id=source_id,
            content_type_code=entry.class_code,
            patient_id=entry.patient_id,
            submission_time=timestamp(datetime.now(UTC)),
            replaces={entry.entry_uuid: replaces} if replaces else None,
        )
    )
