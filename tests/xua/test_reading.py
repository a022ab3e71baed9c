"""What an assertion says in unusual ways, and is read right."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from ihe_profiles import iti18
from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.xua.guard import LARGEST
from ihe_profiles.xua.namespaces import DS
from ihe_profiles.xua.presenting import token_of
from ihe_profiles.xua.rules import Requirement
from tests.xua import maker
from tests.xua.maker import Draft, message, seal, stamp

AUDIENCES = (
    f"<saml:AudienceRestriction><saml:Audience>{maker.AUDIENCE}</saml:Audience>"
    "</saml:AudienceRestriction>"
)
NOW = Draft().now


def conditions(inside: str = "", times: str = "") -> Draft:
    return Draft(conditions=f"<saml:Conditions {times}>{AUDIENCES}{inside}</saml:Conditions>")


def result(draft: Draft) -> str:
    try:
        found = maker.ask(maker.guard(), message(seal(draft.text())))
    except SoapFault as fault:
        return fault.key
    assert found is not None
    return "accepted"


def at(hours: int) -> str:
    return stamp(NOW + timedelta(hours=hours))[:-1]


@pytest.mark.parametrize(
    ("end", "found"),
    [
        (f"{at(1)}Z", "accepted"),
        (f"{at(-1)}Z", "assertion-expired"),
        (at(1), "accepted"),  # SAML Core 1.3.3: UTC
        (at(-1), "assertion-expired"),
        (f"{at(3)}+02:00", "accepted"),
        (f"{at(1)}+02:00", "assertion-expired"),
        (f"{at(-1)}-02:00", "accepted"),
        (f"{at(1)}.123456789Z", "accepted"),
        ("0001-01-01T00:00:00+14:00", "assertion-value"),
        ("-0044-03-15T00:00:00Z", "assertion-value"),
        ("2026-06-31T00:00:00Z", "assertion-value"),
    ],
)
def test_times_have_zones_and_fractions(end: str, found: str) -> None:
    assert result(conditions(times=f'NotOnOrAfter="{end}"')) == found


@pytest.mark.parametrize(("hours", "found"), [(1, "accepted"), (-1, "assertion-expired")])
def test_a_time_without_zone_is_utc_wherever_this_server_is(
    hours: int, found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as there:
        there.setenv("TZ", "XST-5" if hours > 0 else "XST5")
        time.tzset()
        assert result(conditions(times=f'NotOnOrAfter="{at(hours)}"')) == found
    time.tzset()


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("<saml:OneTimeUse/>", "accepted"),
        (
            "<saml:ProxyRestriction><saml:Audience>urn:x</saml:Audience></saml:ProxyRestriction>",
            "accepted",
        ),
        ('<x:OneTimeUse xmlns:x="urn:x"/>', "assertion-condition-unknown"),
    ],
)
def test_conditions_that_may_be_ignored_are_those_of_saml(condition: str, found: str) -> None:
    assert result(conditions(condition)) == found


@pytest.mark.parametrize(("hours", "found"), [(1, "accepted"), (-1, "assertion-expired")])
def test_of_several_statements_the_first_end_counts(hours: int, found: str) -> None:
    context = (
        "<saml:AuthnContext><saml:AuthnContextClassRef>urn:x</saml:AuthnContextClassRef>"
        "</saml:AuthnContext></saml:AuthnStatement>"
    )
    ends = [f' SessionNotOnOrAfter="{at(end)}Z"' for end in (9, hours)]
    statements = "".join(f"<saml:AuthnStatement{end}>{context}" for end in ("", *ends))
    assert result(Draft(authentication=statements)) == found


@pytest.mark.parametrize(("second", "found"), [(0, "assertion-too-old"), (1, "accepted")])
def test_an_assertion_counts_for_its_age_and_the_skew(second: int, found: str) -> None:
    issued = NOW - timedelta(hours=24) - maker.SKEW + timedelta(seconds=second)
    assert result(Draft(issued=issued)) == found


def test_a_timestamp_and_a_signature_may_stand_beside_it() -> None:
    utility = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
    beside = (f'<u:Timestamp xmlns:u="{utility}"/>', f'<d:Signature xmlns:d="{DS}"/>')
    token = seal(Draft().text())
    assert maker.ask(maker.guard(), message(beside[0], token, beside[1])) is not None
    with pytest.raises(SoapFault, match="carries none"):
        maker.ask(maker.guard(), message(*beside))


def test_a_message_may_have_no_header_at_all() -> None:
    asked = iti18.TRANSACTION, None, maker.ANYBODY
    assert maker.guard(require=Requirement.OPTIONAL)(*asked) is None
    with pytest.raises(SoapFault, match="carries none"):
        maker.guard()(*asked)


@pytest.mark.parametrize(("more", "found"), [(0, "accepted"), (1, "assertion-too-large")])
def test_an_assertion_may_be_as_large_as_is_said(more: int, found: str) -> None:
    def padded(size: int) -> Draft:
        return Draft(attributes=maker.attribute("urn:x", "x" * size))

    least = maker.ask(maker.guard(), message(seal(padded(1).text())))
    assert least is not None
    assert result(padded(LARGEST - len(least.token) + 1 + more)) == found


@pytest.mark.parametrize("count", [0, 2])
def test_a_file_holds_one_assertion(count: int) -> None:
    token = seal(Draft().text())
    assert token_of(f"<answer>{token}</answer>".encode()) == token_of(token.encode())
    with pytest.raises(ValueError, match=f"{count} SAML 2.0 assertions"):
        token_of(f"<answer>{count * token}</answer>".encode())
