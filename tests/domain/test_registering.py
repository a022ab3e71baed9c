"""A server configured with a domain takes each of its codes and refuses a wrong one per scheme."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ihe_profiles import iti18, iti42
from ihe_profiles.iti18 import Response
from ihe_profiles.xds import encoding, response
from ihe_profiles.xds.domain.affinity import AffinityDomain, Value, utc_now
from ihe_profiles.xds.domain.judge import FIRM, NAMES, Judge
from ihe_profiles.xds.domain.load import load
from ihe_profiles.xds.domain.presets import IHE
from ihe_profiles.xds.domain.specimen import Choice, choice
from ihe_profiles.xds.domain.strictness import Level
from ihe_profiles.xds.errors import Severity
from ihe_profiles.xds.metadata import Submission
from ihe_profiles.xds.queries import BY_NAME
from ihe_profiles.xds.response import RegistryResponse
from ihe_profiles.xds.vocabulary import FrenchStatus, ResponseStatus, Status
from ledger.database import Database
from registry.service import Registry
from tests.domain.submissions import FILES, chosen_with, errors, fresh
from tests.registry.conftest import database, registry_on_postgresql, registry_on_sqlite
from tests.registry.consumer import Consumer
from tests.servers import Server, StartServer, callers
from tests.xds.test_rules import BROKEN

__all__ = ["database", "registry_on_postgresql", "registry_on_sqlite"]

SUCCESS, FAILURE = ResponseStatus.SUCCESS, ResponseStatus.FAILURE


class Source:
    """A document source that registers at a server."""

    def __init__(self, server: Server, http: httpx.Client) -> None:
        self._registry, _ = callers(server, http)

    def register(self, submission: Submission) -> RegistryResponse:
        body = iti42.request(encoding.write_submission(submission))
        return response.read(self._registry.call(iti42.TRANSACTION, [body]).body)

    def entry_uuid(self, patient: str) -> str:
        """Find the entryUUID of an approved document of the patient."""
        given = {"$XDSDocumentEntryPatientId": patient, "$XDSDocumentEntryStatus": Status.APPROVED}
        asked = iti18.request(BY_NAME["FindDocuments"].id, given, "ObjectRef")
        found: Response = iti18.read_response(self._registry.call(iti18.TRANSACTION, [asked]).body)
        return found.refs[0]


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=30) as client:
        yield client


def values(domain: AffinityDomain, attribute: str) -> list[Value]:
    return list(domain.value_sets[attribute].values.values())


def chosen_for(source: Source, chosen: Choice, attribute: str, value: Value) -> Submission:
    """The specimen with one value; a document to replace is registered for one on a relation."""
    made = chosen_with(chosen, attribute, value)
    if attribute != "documentation":
        return fresh(made)
    first = fresh(made)
    assert source.register(first).status is SUCCESS
    patient = first.submission_sets[0].patient_id
    assert patient is not None
    return fresh(made, source.entry_uuid(patient))


def try_all(source: Source, domain: AffinityDomain) -> Counter[str]:
    """Register every value and a wrong one of every scheme; count by what must come."""
    chosen = choice(domain, utc_now())
    counts: Counter[str] = Counter()
    for attribute in domain.value_sets.keys() - {"patientId"}:  # that one only warns in `ihe`
        for value in values(domain, attribute):
            answer = source.register(chosen_for(source, chosen, attribute, value))
            if value.is_valid(utc_now()):
                assert answer == RegistryResponse(SUCCESS), (attribute, value, answer)
                counts["accepted"] += 1
            else:
                assert answer.status is FAILURE, (attribute, value)
                counts["outdated"] += 1
        for scheme in domain.value_sets[attribute].schemes:
            wrong = Value("no/such" if attribute == "mimeType" else "no-such-value", scheme)
            answer = source.register(chosen_for_wrong(chosen, attribute, wrong))
            assert answer.status is FAILURE, (attribute, wrong)
            assert all(attribute in e.context for e in answer.errors)
            counts["refused"] += 1
    return counts


def chosen_for_wrong(chosen: Choice, attribute: str, wrong: Value) -> Submission:
    replaced = "urn:uuid:5b0e8f5e-0c3a-4b57-9a4e-2d8f1f0c7a11"
    made = chosen_with(chosen, attribute, wrong)
    return fresh(made, replaced if attribute == "documentation" else None)


def started(start_server: StartServer, path: Path) -> Server:
    authorities = [value.code for value in values(load(str(path)), "patientId")]
    return start_server(
        domain={"codes": str(path), "patient_assigning_authorities": authorities},
        limits={"query_threads": 2},
    )


def test_a_server_takes_each_code_of_our_own_domain(
    start_server: StartServer, http: httpx.Client
) -> None:
    path = FILES / "codes.xml"
    counts = try_all(Source(started(start_server, path), http), load(str(path)))
    assert counts == {"accepted": 19, "outdated": 2, "refused": 15}


@pytest.mark.slow
def test_a_server_takes_each_code_of_the_connectathon(
    start_server: StartServer, http: httpx.Client, shared: Path
) -> None:
    path = shared / "data" / "ihe" / "codes.xml"
    counts = try_all(Source(started(start_server, path), http), load(str(path)))
    assert counts["accepted"] == 598
    assert counts["refused"] == 24
    assert counts["outdated"] == 0


def test_a_warning_comes_with_a_success_and_again_with_its_repetition(database: Database) -> None:
    registry = Consumer(Registry(database, judge=Judge.of(load("codes.xml", FILES), "lenient")))
    chosen = choice(load("codes.xml", FILES), utc_now())
    submission = fresh(chosen_with(chosen, "classCode", Value("FAX", "2.999.7.1")))
    sent = iti42.request(encoding.write_submission(submission))
    first = registry.register_xml(sent, "urn:uuid:0c3e7b1e-6f0b-4a3e-8f5e-3b1f3c9f7a21")
    assert first.status is SUCCESS
    (warning,) = first.errors
    assert (warning.code, warning.severity) == ("XDSRegistryMetadataError", Severity.WARNING)
    assert "FAX^^2.999.7.1 was allowed until 2020-01-01 only" in warning.context
    again = registry.register_xml(sent, "urn:uuid:0c3e7b1e-6f0b-4a3e-8f5e-3b1f3c9f7a21")
    assert again == first


SOFT = [case for case, (found, _) in BROKEN.items() if not errors(Judge.of(IHE, "lenient"), found)]


@pytest.mark.parametrize("level", [Level.WARN, Level.OFF])
@pytest.mark.parametrize("case", SOFT)
def test_what_a_profile_may_tolerate_the_registry_can_store(
    database: Database, case: str, level: Level
) -> None:
    levels = dict.fromkeys(set(NAMES) - FIRM, level)
    registry = Consumer(Registry(database, judge=Judge.of(IHE, None, levels)))
    answer = registry.register(BROKEN[case][0])
    if answer.status is SUCCESS:
        assert bool(answer.errors) == (level is Level.WARN)
    for found in answer.errors if answer.status is FAILURE else ():
        is_of_the_schema = "breaks the schema" in found.context
        is_elsewhere = found.code == "UnresolvedReferenceException"
        assert is_of_the_schema or is_elsewhere or found.severity is Severity.WARNING, found


def test_warnings_stand_beside_the_error_that_refuses(database: Database) -> None:
    judge = Judge.of(load("codes.xml", FILES), "ihe", {"mime-types": Level.WARN})
    chosen = choice(load("codes.xml", FILES), utc_now())
    wrong = chosen_with(chosen, "classCode", Value("x", "2.999.7.1"))
    wrong = chosen_with(wrong, "mimeType", Value("no/such"))
    answer = Consumer(Registry(database, judge=judge)).register(fresh(wrong))
    assert answer.status is FAILURE
    assert sorted(e.severity.name for e in answer.errors) == ["ERROR", "WARNING"]


def test_what_was_valid_at_submission_stays_findable(database: Database) -> None:
    domain = load("codes.xml", FILES)
    chosen = chosen_with(choice(domain, utc_now()), "classCode", Value("FAX", "2.999.7.1"))
    then = Registry(database, judge=Judge.of(domain, clock=lambda: 20191231000000))
    sent = fresh(chosen)
    assert Consumer(then).register(sent).status is SUCCESS
    now = Consumer(Registry(database, judge=Judge.of(domain)))
    assert now.register(fresh(chosen)).status is FAILURE
    patient = sent.submission_sets[0].patient_id
    found = now.query(
        "FindDocuments",
        XDSDocumentEntryPatientId=patient,
        XDSDocumentEntryStatus=Status.APPROVED,
        XDSDocumentEntryClassCode="FAX^^2.999.7.1",
    )
    assert len(found.objects) == 1


def test_the_french_statuses_are_known_in_france_only(database: Database) -> None:
    asked = {
        "XDSDocumentEntryPatientId": "1^^^&2.999.1&ISO",
        "XDSDocumentEntryStatus": FrenchStatus.ARCHIVED,
    }
    france = Consumer(Registry(database, judge=Judge.of(load("france"))))
    assert france.query("FindDocuments", **asked).status is SUCCESS
    neutral = Consumer(Registry(database)).query("FindDocuments", **asked)
    assert [e.code for e in neutral.errors] == ["XDSStoredQueryMissingParam"]
