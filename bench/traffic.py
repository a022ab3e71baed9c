"""Invented documents and the messages that carry them, for loads and kills."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from uuid import uuid4

from ihe_profiles import iti41, iti42
from ihe_profiles.soap.exchange import Binary
from ihe_profiles.xds import encoding, submission
from ihe_profiles.xds.datatypes import CX, DTM
from ihe_profiles.xds.metadata import (
    Code,
    DocumentEntry,
    LocalizedString,
    Submission,
)

AUTHORITY = "1.2.250.1.213.1.4.10"
SOURCE_ID = "1.2.3.4.5"
CHUNK = 1 << 18


def code(value: str, scheme: str) -> Code:
    """A code whose display name is itself."""
    return Code(value, scheme, (LocalizedString(value),))


def patient(number: int) -> CX:
    """The identifier of an invented patient."""
    return CX(f"BENCH{number}^^^&{AUTHORITY}&ISO")


def entry(of: CX, *, size: int | None = None, hash: str | None = None) -> DocumentEntry:
    """A DocumentEntry with every required attribute, under new ids."""
    return DocumentEntry(
        entry_uuid=uuid4().urn,
        mime_type="text/plain",
        unique_id=submission.new_oid(),
        patient_id=of,
        source_patient_id=of,
        class_code=code("11", "1.2.250.1.213.1.1.4.1"),
        type_code=code("11502-2", "2.16.840.1.113883.6.1"),
        format_code=code("urn:ihe:iti:xds:2017:mimeTypeSufficient", "1.3.6.1.4.1.19376.1.2.3"),
        practice_setting_code=code("ETABLISSEMENT", "1.2.250.1.213.1.1.4.9"),
        healthcare_facility_type_code=code("SA01", "1.2.250.1.71.4.2.4"),
        confidentiality_code=(code("N", "2.16.840.1.113883.5.25"),),
        creation_time=DTM("20260102030405"),
        language_code="fr-FR",
        title=(LocalizedString("Mesure"),),
        size=None if size is None else str(size),
        hash=hash,
    )


def submit(
    of: CX, *entries: DocumentEntry, replaces: Mapping[str, str] | None = None
) -> Submission:
    """A submission of these entries as originals; `replaces` as in `submission.build`."""
    return submission.build(
        entries,
        source_id=SOURCE_ID,
        content_type_code=code("04", "1.2.250.1.213.2.2"),
        patient_id=of,
        submission_time=DTM("20260102030405"),
        replaces=replaces,
    )


@dataclass(frozen=True, slots=True)
class Sending:
    """One ITI-41 message about to be sent: its entry, its bytes' SHA-256, its body.

    `set_id` is the uniqueId of its SubmissionSet.
    """

    entry: DocumentEntry
    sha256: str
    body: list[bytes | Binary]
    set_id: str


def provide(of: CX, content: bytes) -> Sending:
    """An ITI-41 request with one document in memory."""
    document = entry(of)
    binary = Binary("text/plain", len(content), lambda: iter((content,)))
    made = submit(of, document)
    body = iti41.request(encoding.write_submission(made), [(document.entry_uuid, binary)])
    return Sending(document, hashlib.sha256(content).hexdigest(), body, _set_id(made))


def _set_id(made: Submission) -> str:
    return str(made.submission_sets[0].unique_id)


def provide_large(of: CX, size: int, seed: int) -> Sending:
    """An ITI-41 request with one document of `size` octets that is never in memory as a whole."""
    document = entry(of)
    digest = hashlib.sha256()
    for chunk in noise(size, seed):
        digest.update(chunk)
    binary = Binary("application/octet-stream", size, partial(noise, size, seed))
    made = submit(of, document)
    body = iti41.request(encoding.write_submission(made), [(document.entry_uuid, binary)])
    return Sending(document, digest.hexdigest(), body, _set_id(made))


def register(of: CX, repository: str, number: int = 1) -> bytes:
    """An ITI-42 request with `number` documents."""
    entries = []
    for _ in range(number):
        made = entry(of, size=1, hash=random.randbytes(20).hex())
        entries.append(replace(made, repository_unique_id=repository))
    return iti42.request(encoding.write_submission(submit(of, *entries)))


def noise(size: int, seed: int) -> Iterator[bytes]:
    """Bytes that do not compress, the same for the same seed."""
    block = random.Random(seed).randbytes(CHUNK)
    while size > 0:
        yield block[:size]
        size -= CHUNK
