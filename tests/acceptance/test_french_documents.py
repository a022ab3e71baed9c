"""The published French examples travel: submitted, found as their headers say, and unaltered."""

from __future__ import annotations

from pathlib import Path

import httpx

from entente import consumer
from ihe_profiles.cda.binding import document_entry
from ihe_profiles.cda.header import read
from ihe_profiles.iti43 import DocumentRequest
from ihe_profiles.xds.metadata import DocumentEntry
from ihe_profiles.xds.vocabulary import Status
from tests.servers import UNIQUE_ID, Server, callers

HEADER_ATTRIBUTES = (
    "unique_id",
    "patient_id",
    "source_patient_id",
    "source_patient_info",
    "mime_type",
    "language_code",
    "creation_time",
    "service_start_time",
    "service_stop_time",
    "title",
    "author",
    "legal_authenticator",
    "type_code",
    "class_code",
    "format_code",
    "confidentiality_code",
    "healthcare_facility_type_code",
    "practice_setting_code",
    "event_code_list",
    "reference_id_list",
)


def test_every_example_is_stored_found_and_returned(server: Server, shared: Path) -> None:
    files = sorted(Path(shared, "data", "fr", "cda").glob("*.xml"))
    assert len(files) == 21
    done = server.cli("submit", *files)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "21 stored, 0 failed" in done.stdout
    with httpx.Client(timeout=30) as http:
        registry, repository = callers(server, http)
        for file in files:
            expected = document_entry(read(file.read_bytes()))
            parameters = {
                "$XDSDocumentEntryPatientId": str(expected.patient_id),
                "$XDSDocumentEntryStatus": [Status.APPROVED, Status.DEPRECATED],
            }
            answer = consumer.read(consumer.query(registry, "FindDocuments", parameters))
            (found,) = (e for e in consumer.entries(answer) if e.unique_id == expected.unique_id)
            assert _header_part(found) == _header_part(expected), file.name
            whole = bytearray()
            wanted = DocumentRequest(None, UNIQUE_ID, str(found.unique_id))
            consumer.retrieve(repository, wanted, whole.extend)
            assert bytes(whole) == file.read_bytes(), file.name


def _header_part(entry: DocumentEntry) -> dict[str, object]:
    return {name: getattr(entry, name) for name in HEADER_ATTRIBUTES}
