from __future__ import annotations

from datetime import timedelta

import pytest

from ihe_profiles.dsg.certificates import to_asn1
from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.xua.guard import AssertionGuard
from ihe_profiles.xua.rules import Requirement, Trusted
from tests.dsg import pki
from tests.xua import attacks, maker
from tests.xua.attacks import ATTACKS, Attack

SKEW = timedelta(seconds=60)
ROOT = to_asn1(pki.root().certificate)
GIVEN = {
    "unpinned": {maker.ISSUER: Trusted((), Trusted.of([ROOT], skew=SKEW).chain)},
    "pinned": {maker.ISSUER: Trusted.of([to_asn1(attacks.pinned().certificate)], skew=SKEW)},
    "ours": Trusted.of([ROOT, to_asn1(pki.authority().certificate)], skew=SKEW, by_subject=True),
}
WITH_TOKEN = [attack for attack in ATTACKS if attack.fault != "security-token-missing"]


@pytest.fixture(scope="module")
def warm() -> AssertionGuard:
    """A guard that verified the good assertion, so that an attack meets a full cache."""
    guard = maker.guard()
    assert maker.ask(guard, maker.message(maker.seal(attacks.GOOD.text())))
    return guard


def guard_for(attack: Attack, warm: AssertionGuard) -> AssertionGuard:
    own = {name: GIVEN[str(value)] for name, value in attack.rules}
    return maker.guard(**own) if own else warm


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_is_refused_for_its_reason(attack: Attack, warm: AssertionGuard) -> None:
    guard = guard_for(attack, warm)
    with pytest.raises(SoapFault) as refused:
        maker.ask(guard, attack.make(), attack.peer)
    assert refused.value.key == attack.fault, str(refused.value)
    assert attack.says in str(refused.value)


@pytest.mark.parametrize("attack", WITH_TOKEN, ids=lambda attack: attack.name)
def test_where_assertions_are_optional_a_bad_one_is_refused_alike(attack: Attack) -> None:
    own = {name: GIVEN[str(value)] for name, value in attack.rules}
    guard = maker.guard(require=Requirement.OPTIONAL, **own)
    with pytest.raises(SoapFault) as refused:
        maker.ask(guard, attack.make(), attack.peer)
    assert refused.value.key == attack.fault


def test_the_table_is_long_and_each_name_is_one_attack() -> None:
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) >= 30


def test_a_comment_in_the_user_cuts_nothing() -> None:
    """Canonical XML leaves comments out, so one may be put in without breaking the signature."""
    token = maker.seal(attacks.GOOD.text()).replace("dr.tremblay<", "dr.<!-- x -->tremblay<")
    requester = maker.ask(maker.guard(), maker.message(token))
    assert requester is not None
    assert requester.user == "dr.tremblay"


def test_who_must_understand_the_security_header_makes_no_difference() -> None:
    token = maker.seal(attacks.GOOD.text())
    for start in ("", ' r:mustUnderstand="false"', f' r:role="{attacks.SOAP12}/role/next"'):
        assert maker.ask(maker.guard(), maker.message(security=attacks.in_security(start, token)))
