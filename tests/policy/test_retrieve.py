"""ITI-43 under a policy: the repository serves what the registry shows the same requester."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from lxml import etree

from ihe_profiles import iti18
from ihe_profiles.policy.behalf import behalf_header
from ihe_profiles.policy.consent import Consent, ConsentKind
from ihe_profiles.policy.load import parse
from ihe_profiles.soap.client import Unreachable
from ihe_profiles.xds.metadata import DocumentEntry, RegistryObject
from ihe_profiles.xds.queries import BY_NAME
from ihe_profiles.xds.submission import new_oid
from ihe_profiles.xds.vocabulary import ResponseStatus
from ihe_profiles.xua.requester import Requester
from registry.consents import Consents
from registry.corrections import Corrections
from tests.policy.people import AUTHORISED, GLASS, LOUISE, PATIENT, PERSON, REMI, SOURCE
from tests.policy.site import Site, texts

LIBRARY = """
name = "library"

[[rules]]
name = "masked"
effect = "hide"
confidentiality = ["MASQUE_PS^^1.2.250.1.213.1.1.4.13"]
section = "s"
en = "e"
fr = "f"

[[rules]]
name = "refused"
effect = "hide"
consent = "refused"
section = "s"
en = "e"
fr = "f"

[[rules]]
name = "not-to-be-read"
effect = "hide"
transaction = ["ITI-43"]
confidentiality = ["INVISIBLE_PATIENT^^1.2.250.1.213.1.1.4.13"]
section = "s"
en = "e"
fr = "f"

[[rules]]
name = "rest"
effect = "permit"
section = "s"
en = "e"
fr = "f"
"""
"""Shows most documents to everybody, with an assertion or without."""


def test_a_hidden_document_is_answered_as_an_unknown_one(site: Site) -> None:
    shown, hidden = site.provide(PATIENT), site.provide(PATIENT, "MASQUE_PS")
    Consents(site.database).say(PATIENT, AUTHORISED, "asked at the desk", SOURCE)
    site.start("france")
    outcome, served = site.retrieve(LOUISE, shown, hidden)
    assert (outcome.status, served) == (ResponseStatus.PARTIAL_SUCCESS, [shown])
    never = new_oid()
    (unknown,) = texts(site.retrieve(LOUISE, never)[0])
    assert texts(outcome) == [(unknown[0], unknown[1].replace(never, hidden))]
    assert site.retrieve(REMI, shown)[1] == []


def test_documents_of_several_patients_are_asked_for_one_by_one(site: Site) -> None:
    site.start("quebec")
    first, second = site.provide(PATIENT), site.provide(PERSON)
    assert site.retrieve(REMI, first, second)[1] == [first, second]
    Consents(site.database).say(PERSON, Consent(ConsentKind.REFUSED), "form", SOURCE)
    assert site.retrieve(REMI, first, second)[1] == [first]


def test_a_withdrawn_document_is_not_served(site: Site) -> None:
    site.start("quebec")
    unique_id = site.provide(PATIENT)
    withdraw(site, unique_id)
    assert site.retrieve(REMI, unique_id)[1] == []


def test_nor_to_somebody_from_whom_a_policy_hides_nothing(site: Site) -> None:
    """The registry is asked all the same: it alone knows what is withdrawn."""
    everything = 'name = "all"\nrelation = ["professional"]\neffect = "permit"\n'
    roles = f'[requesters]\nprofessional = ["*^^{LOUISE.roles[0].system}"]\n'
    words = 'section = "s"\nen = "e"\nfr = "f"\n'
    site.start(parse(f"{roles}[[rules]]\n{everything}{words}", "ward"))
    unique_id = site.provide(PATIENT)
    assert site.retrieve(LOUISE, unique_id)[1] == [unique_id]
    withdraw(site, unique_id)
    assert site.retrieve(LOUISE, unique_id)[1] == []


def test_without_the_registry_nothing_is_served_and_nothing_told(site: Site) -> None:
    site.start("quebec")
    known = site.provide(PATIENT)
    site.way.cut = Unreachable("cut")
    answers = [site.retrieve(REMI, one) for one in (known, new_oid())]
    assert answers[0] == answers[1]
    assert answers[0][1] == []
    assert "registry" in answers[0][0].errors[0].context


def test_an_emergency_is_on_record_though_the_registry_says_nothing(site: Site) -> None:
    site.start("france")
    known = site.provide(PATIENT)
    site.way.cut = Unreachable("cut")
    assert site.retrieve(replace(LOUISE, purposes=(GLASS,)), known)[1] == []
    assert [b"110127" in record for record in site.trails["repository"].records[-2:]] == [
        False,
        True,
    ]


def test_other_bytes_under_a_permitted_id_are_not_served(site: Site) -> None:
    site.start("quebec")
    unique_id = site.provide(PATIENT)
    site.database.write(
        lambda c: c.exec_driver_sql(
            "UPDATE document SET sha1 = 'f00d' WHERE unique_id = ?", (unique_id,)
        )
    )
    assert site.retrieve(REMI, unique_id)[1] == []


def shouting(entry: RegistryObject) -> RegistryObject:
    assert isinstance(entry, DocumentEntry)
    return replace(entry, hash=(entry.hash or "").upper())


def elsewhere(entry: RegistryObject) -> RegistryObject:
    assert isinstance(entry, DocumentEntry)
    return replace(entry, repository_unique_id="1.2.3")


@pytest.mark.parametrize(
    ("change", "status", "served"),
    [
        (shouting, ResponseStatus.SUCCESS, 1),
        (elsewhere, ResponseStatus.SUCCESS, 0),
        (shouting, ResponseStatus.FAILURE, 0),
    ],
)
def test_what_the_registry_must_say(
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[RegistryObject], RegistryObject],
    status: ResponseStatus,
    served: int,
) -> None:
    """The digest in any case, this repository, and no error: then nothing is known at all."""
    site.start("quebec")
    unique_id = site.provide(PATIENT)
    read = iti18.read_response

    def told(body: etree._Element) -> iti18.Response:
        found = read(body)
        return replace(found, objects=tuple(map(change, found.objects)), status=status)

    monkeypatch.setattr(iti18, "read_response", told)
    outcome, documents = site.retrieve(REMI, unique_id)
    assert len(documents) == served
    is_untold = "does not say now" in "".join(context for _code, context in texts(outcome))
    assert is_untold == (status is ResponseStatus.FAILURE)


@pytest.mark.parametrize("asking", [None, LOUISE])
def test_whoever_asks_is_served_what_a_policy_lets_them_see(
    site: Site, asking: Requester | None
) -> None:
    """Without an assertion too: the registry is asked for them, and not for the node."""
    site.start(parse(LIBRARY, "library"))
    shown, masked = site.provide(PATIENT), site.provide(PATIENT, "MASQUE_PS")
    assert site.retrieve(asking, shown, masked)[1] == [shown]
    others = site.provide(PERSON)
    Consents(site.database).say(PERSON, Consent(ConsentKind.REFUSED), "form", SOURCE)
    assert site.retrieve(asking, others)[1] == []
    Consents(site.database).end(PERSON, ConsentKind.REFUSED, "again", SOURCE, whom=None)
    assert site.retrieve(asking, others)[1] == [others]


@pytest.mark.parametrize("asking", [None, LOUISE])
def test_rules_of_the_retrieval_hold_for_it(site: Site, asking: Requester | None) -> None:
    """They are not those of the query by which the registry is asked."""
    site.start(parse(LIBRARY, "library"))
    kept = site.provide(PATIENT, "INVISIBLE_PATIENT")
    assert site.retrieve(asking, kept)[1] == []
    assert found(site, kept, site.header(asking)) == 1


def test_only_a_node_asks_by_the_rules_of_another_transaction(site: Site) -> None:
    """Anybody else's word is judged by the transaction that it came with."""
    site.start(parse(LIBRARY.replace('["ITI-43"]', '["ITI-18"]'), "library"))
    kept = site.provide(PATIENT, "INVISIBLE_PATIENT")
    assert found(site, kept, behalf_header("ITI-43")) == 0
    assert site.retrieve(LOUISE, kept)[1] == [kept]


def found(site: Site, unique_id: str, header: bytes) -> int:
    """How many entries of a document the registry shows to a client of its own."""
    query = BY_NAME["GetDocuments"].id
    body = iti18.request(query, {"$XDSDocumentEntryUniqueId": [unique_id]})
    answer = site.registry.call(iti18.TRANSACTION, [body], header=header)
    return len(iti18.read_response(answer.body).objects)


def withdraw(site: Site, unique_id: str) -> None:
    with site.database.read() as connection:
        found = connection.exec_driver_sql(
            "SELECT entry_uuid FROM document_entry WHERE unique_id = ?", (unique_id,)
        ).scalar_one()
    Corrections(site.database).withdraw(found, "mistake", SOURCE)
