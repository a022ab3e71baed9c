from __future__ import annotations

import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from ihe_profiles import iti18, iti41, iti42, iti43, iti44, iti51
from ihe_profiles.dsg.signer import Signer
from ihe_profiles.dsg.trust import crls_of
from ihe_profiles.soap.exchange import Peer
from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.xua import signature, signer
from ihe_profiles.xua.cache import Cache
from ihe_profiles.xua.guard import AssertionGuard
from ihe_profiles.xua.rules import Requirement
from tests.dsg import pki
from tests.xua import maker
from tests.xua.maker import ANYBODY, AUDIENCE, Draft, Seal, ask, message, seal

OFF, OPTIONAL, REQUIRED = Requirement
CLIENT = pki.signer("Client of Tests")
PEER = Peer("192.0.2.7", maker.der(CLIENT))
MINUTE = timedelta(minutes=1)


def refused(guard: AssertionGuard, data: bytes, peer: Peer = PEER) -> str:
    with pytest.raises(SoapFault) as fault:
        ask(guard, data, peer)
    return fault.value.key


class Clock:
    def __init__(self) -> None:
        self.now = pki.NOW

    def __call__(self) -> object:
        return self.now


def test_off_reads_no_assertion() -> None:
    guard = maker.guard(require=OFF)
    assert ask(guard, message("<nonsense/>")) is None
    assert ask(guard, message(seal(Draft().text()))) is None


def test_optional_takes_what_comes() -> None:
    guard = maker.guard(require=OPTIONAL)
    assert ask(guard, message(security="")) is None
    assert ask(guard, message(seal(Draft().text()))) is not None


NUMBERS = {
    iti18.TRANSACTION: REQUIRED,
    iti41.TRANSACTION: REQUIRED,
    iti43.TRANSACTION: REQUIRED,
    iti51.TRANSACTION: REQUIRED,
    iti42.TRANSACTION: OPTIONAL,
    iti44.TRANSACTIONS[0]: OPTIONAL,
}


@pytest.mark.parametrize("transaction", NUMBERS, ids=lambda transaction: transaction.number)
def test_systems_among_themselves_need_no_user(transaction: object) -> None:
    number = transaction.number  # type: ignore[attr-defined]
    assert maker.rules().requirement(number, PEER) is NUMBERS[transaction]  # type: ignore[index]
    assert maker.rules(require=OFF).requirement(number, PEER) is OFF
    for own in Requirement:
        assert maker.rules(transactions={number: own}).requirement(number, PEER) is own


def test_a_client_certificate_may_be_an_exception() -> None:
    rules = {"certificates": {PEER.identity: OFF}, "transactions": {"ITI-18": REQUIRED}}
    guard = maker.guard(**rules)
    assert ask(guard, message(security=""), PEER) is None
    assert refused(guard, message(security=""), Peer("192.0.2.7")) == "security-token-missing"


@pytest.mark.parametrize("peer", [Peer("127.0.0.1", inside=True), PEER])
def test_nodes_need_no_assertion_and_forward_what_they_judged(peer: Peer) -> None:
    guard = maker.guard(nodes=frozenset({PEER.identity}))
    assert ask(guard, message(security=""), peer) is None
    other = pki.signer("Somebody Else")
    draft = Draft(confirmation=maker.holder_of_key(maker.x509_data(other)))
    forwarded = message(seal(draft.text()))
    assert ask(guard, forwarded, peer) is not None
    assert refused(maker.guard(), forwarded) == "assertion-holder-other"
    assert refused(guard, message(Draft().text()), peer) == "assertion-unsigned"


def test_nobody_outside_is_inside() -> None:
    guard = maker.guard()
    assert refused(guard, message(security=""), Peer("127.0.0.1")) == "security-token-missing"


@pytest.mark.parametrize("key", [maker.x509_data(CLIENT), maker.rsa_value(CLIENT)])
def test_the_holder_of_the_key_is_accepted(key: str) -> None:
    data = message(seal(Draft(confirmation=maker.holder_of_key(key)).text()))
    assert ask(maker.guard(), data, PEER) is not None


def test_one_confirmation_of_several_is_enough() -> None:
    stranger = maker.holder_of_key(maker.x509_data(pki.signer("Somebody Else")))
    both = seal(Draft(confirmation=stranger + maker.bearer()).text())
    assert ask(maker.guard(), message(both), PEER) is not None
    neither = maker.bearer('<saml:SubjectConfirmationData Recipient="urn:x"/>')
    token = seal(Draft(confirmation=stranger + neither).text())
    assert refused(maker.guard(), message(token)) == "assertion-holder-other"


def test_a_recipient_that_is_this_service_is_accepted() -> None:
    data = f'<saml:SubjectConfirmationData Recipient="{AUDIENCE}"/>'
    token = seal(Draft(confirmation=maker.bearer(data)).text())
    assert ask(maker.guard(), message(token)) is not None


def test_clocks_may_differ_by_the_skew_and_no_second_more() -> None:
    data = message(seal(Draft().text()))
    end = pki.NOW + 5 * MINUTE
    assert ask(maker.guard(end + MINUTE - timedelta(seconds=1)), data)
    assert refused(maker.guard(end + MINUTE), data) == "assertion-expired"
    assert ask(maker.guard(pki.NOW - MINUTE), data)
    assert (
        refused(maker.guard(pki.NOW - MINUTE - timedelta(seconds=1)), data) == "assertion-not-yet"
    )


def test_one_assertion_is_verified_once_for_many_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    verified = []
    verify = signature._covered
    monkeypatch.setattr(
        signature,
        "_covered",
        lambda *given: verified.append(1) or verify(*given),  # type: ignore[func-returns-value]
    )
    guard, token = maker.guard(), seal(Draft().text())
    first = ask(guard, message(token))
    assert all(ask(guard, message(token), peer) == first for peer in (PEER, ANYBODY))
    assert len(verified) == 1
    ask(guard, message(seal(Draft(id="_a2").text())))
    assert len(verified) == 2


def test_a_signer_is_judged_once_for_many_assertions(monkeypatch: pytest.MonkeyPatch) -> None:
    judged = []
    judge = signer.judge
    monkeypatch.setattr(
        signer,
        "judge",
        lambda *given: judged.append(1) or judge(*given),  # type: ignore[func-returns-value]
    )
    now = [maker.rules()]
    guard = AssertionGuard(lambda: now[0], lambda: pki.NOW)
    for id in ("_b1", "_b2", "_b3"):
        assert ask(guard, message(seal(Draft(id=id).text()))) is not None
    assert len(judged) == 1
    assert ask(guard, message(seal(Draft(id="_b4").text(), Seal(signer=pki.signer("Two")))))
    assert len(judged) == 2
    revoked = crls_of(pki.crl((maker.provider(), pki.NOW - pki.DAY)))
    given = [maker.to_asn1(pki.authority().certificate)]
    trusted = maker.Trusted.of(given, skew=maker.SKEW, crls=revoked)
    now[0] = maker.rules(issuers={maker.ISSUER: trusted})
    assert refused(guard, message(seal(Draft(id="_b5").text()))) == "assertion-signer-refused"


@pytest.mark.parametrize("name", ["ID", "Id", "id", "xml:id", "u:Id", "AssertionID"])
def test_the_id_is_that_of_no_other_element_of_the_header(name: str) -> None:
    utility = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
    other = f'<y xmlns:u="{utility}" {name}="_a1"/>'
    data = message(seal(Draft().text()), blocks=other)
    assert refused(maker.guard(), data) == "assertion-id-repeated"


def test_a_card_that_was_judged_may_not_take_another_name() -> None:
    given = [maker.to_asn1(pki.authority().certificate)]
    subjects = maker.Trusted.of(given, skew=maker.SKEW, by_subject=True)
    guard = maker.guard(subjects=subjects)

    def named(issuer: str) -> bytes:
        return message(seal(Draft(issuer=issuer, format=maker.X509_SUBJECT).text()))

    assert ask(guard, named("CN=Assertion Provider of Tests,C=FR")) is not None
    assert refused(guard, named("CN=Somebody Else,C=FR")) == "assertion-issuer-not-signer"


def test_what_was_verified_is_judged_again_each_time() -> None:
    clock = Clock()
    holder = Draft(confirmation=maker.holder_of_key(maker.x509_data(CLIENT)))
    rules = maker.rules()
    guard = AssertionGuard(lambda: rules, clock)  # type: ignore[arg-type]
    data = message(seal(holder.text()))
    assert ask(guard, data, PEER) is not None
    assert refused(guard, data, Peer("192.0.2.7")) == "assertion-holder-unknown"
    clock.now += 6 * MINUTE - timedelta(seconds=1)
    assert ask(guard, data, PEER) is not None
    clock.now += timedelta(seconds=1)
    assert refused(guard, data) == "assertion-expired"


def test_a_verified_assertion_ends_with_its_signer() -> None:
    end = pki.NOW + MINUTE
    brief = pki.shaped(pki.Shape("Soon over", end=end))
    clock = Clock()
    rules = maker.rules()
    guard = AssertionGuard(lambda: rules, clock)  # type: ignore[arg-type]
    data = message(seal(Draft().text(), Seal(signer=brief)))
    assert ask(guard, data) is not None
    clock.now = end + MINUTE
    assert ask(guard, data) is not None  # within the skew
    clock.now += timedelta(seconds=1)
    assert refused(guard, data) == "assertion-signer-refused"


def test_a_verified_assertion_ends_with_the_authorities_that_it_brings() -> None:
    between = pki.issue(
        pki.Shape("Soon over too", authority=True, end=pki.NOW + MINUTE), pki.root()
    )
    below = pki.issue(pki.Shape("Below what is over"), between)
    rules, clock = maker.rules(), Clock()
    guard = AssertionGuard(lambda: rules, clock)  # type: ignore[arg-type]
    keys = maker.x509_data(below, between)
    data = message(seal(Draft().text(), Seal(signer=below, key_info=keys)))
    assert ask(guard, data) is not None
    clock.now += 2 * MINUTE + timedelta(seconds=1)
    assert refused(guard, data) == "assertion-signer-refused"


def test_other_rules_verify_again() -> None:
    trusting, cautious = maker.rules(), maker.rules(issuers={})
    now = [trusting]
    guard = AssertionGuard(lambda: now[0], lambda: pki.NOW)
    token = seal(Draft().text())
    assert ask(guard, message(token)) is not None
    now[0] = cautious
    assert refused(guard, message(token)) == "assertion-issuer-unknown"
    now[0] = trusting
    assert ask(guard, message(token)) is not None


@pytest.mark.parametrize("anchors", [(pki.root(),), (pki.authority(),)], ids=["root", "issuer"])
def test_a_revoked_signer_is_refused(anchors: tuple[Signer, ...]) -> None:
    lists = crls_of(pki.crl((maker.provider(), pki.NOW - pki.DAY)))
    given = [maker.to_asn1(one.certificate) for one in anchors]
    trusted = maker.Trusted.of(given, skew=maker.SKEW, crls=lists)
    guard = maker.guard(issuers={maker.ISSUER: trusted})

    def token(signer: Signer) -> bytes:
        keys = maker.x509_data(signer, pki.authority())
        return message(seal(Draft().text(), Seal(signer=signer, key_info=keys)))

    assert refused(guard, token(maker.provider())) == "assertion-signer-refused"
    assert ask(guard, token(pki.signer("Another provider"))) is not None


def test_who_was_revoked_stays_so_when_the_list_is_old() -> None:
    revoked = (maker.provider(), pki.NOW - 9 * pki.DAY)
    lists = crls_of(pki.crl(revoked, at=pki.NOW - 9 * pki.DAY, until=pki.NOW - 2 * pki.DAY))
    given = [maker.to_asn1(pki.authority().certificate)]
    trusted = maker.Trusted.of(given, skew=maker.SKEW, crls=lists)
    guard = maker.guard(issuers={maker.ISSUER: trusted})
    assert refused(guard, message(seal(Draft().text()))) == "assertion-signer-refused"
    other = Seal(signer=pki.signer("Another provider"))
    assert ask(guard, message(seal(Draft().text(), other))) is not None


@pytest.mark.parametrize("pinned", [False, True])
def test_certificates_may_have_no_end(pinned: bool) -> None:
    """They end in 9999 then (RFC 5280 4.1.2.5); no skew may be added to that."""
    ever = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    above = pki.issue(pki.Shape("Authority without end", authority=True, end=ever))
    below = pki.issue(pki.Shape("Provider without end", end=ever), above)
    given = [maker.to_asn1((below if pinned else above).certificate)]
    trusted = maker.Trusted.of(given, skew=maker.SKEW)
    guard = maker.guard(issuers={maker.ISSUER: trusted}, max_age=timedelta(days=3_000_000))
    for id in ("_a1", "_a2"):
        token = seal(Draft(id=id).text(), Seal(signer=below))
        assert ask(guard, message(token)) is not None


def test_a_root_that_says_nothing_of_itself_is_an_authority() -> None:
    """As those of X.509 version 1, which have no extensions."""
    whole = pki.issue(pki.Shape("Root of old"))
    names = whole.certificate.subject
    builder = x509.CertificateBuilder(names, names, whole.certificate.public_key(), 1)
    bare = builder.not_valid_before(pki.START).not_valid_after(pki.END)
    root = Signer(whole.key, bare.sign(whole.key, hashes.SHA256()))  # type: ignore[arg-type]
    trusted = maker.Trusted.of([maker.to_asn1(root.certificate)], skew=maker.SKEW)
    below = Seal(signer=pki.issue(pki.Shape("Below a root of old"), root))
    guard = maker.guard(issuers={maker.ISSUER: trusted})
    assert ask(guard, message(seal(Draft().text(), below))) is not None


def test_a_list_by_somebody_else_revokes_nothing() -> None:
    forged = Signer(pki.signer("Eve").key, pki.authority().certificate)
    lists = crls_of(pki.crl((maker.provider(), pki.NOW - pki.DAY), by=forged))
    given = [maker.to_asn1(pki.authority().certificate)]
    trusted = maker.Trusted.of(given, skew=maker.SKEW, crls=lists)
    guard = maker.guard(issuers={maker.ISSUER: trusted})
    assert ask(guard, message(seal(Draft().text()))) is not None


def test_a_pinned_certificate_needs_no_authority_and_no_key_info() -> None:
    pinned = {
        maker.ISSUER: maker.Trusted.of(
            [maker.to_asn1(maker.provider().certificate)], skew=maker.SKEW
        )
    }
    for key_info in (None, "", maker.rsa_value(maker.provider())):
        token = seal(Draft().text(), Seal(key_info=key_info))
        assert ask(maker.guard(issuers=pinned), message(token)) is not None


@pytest.mark.parametrize(
    "how",
    [
        Seal(method=f"{maker.MORE}rsa-sha384", digest=f"{maker.MORE}sha384"),
        Seal(
            signer=pki.signer("Curve of Tests", curve=True),
            method=f"{maker.MORE}ecdsa-sha256",
            digest="http://www.w3.org/2001/04/xmlenc#sha512",
        ),
    ],
)
def test_strong_algorithms_are_accepted(how: Seal) -> None:
    assert ask(maker.guard(), message(seal(Draft().text(), how))) is not None


def test_pss_is_accepted_where_the_certificate_tells_the_key() -> None:
    method = "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"
    assert ask(maker.guard(), message(seal(Draft().text(), Seal(method=method))))
    both = maker.x509_data(maker.provider()) + maker.rsa_value(maker.provider())
    beside = message(seal(Draft().text(), Seal(method=method, key_info=both)))
    assert refused(maker.guard(), beside) == "assertion-signature-value"


@pytest.mark.parametrize(
    "how", [Seal(method=f"{maker.DS}rsa-sha1"), Seal(digest=f"{maker.DS}sha1")]
)
def test_sha1_is_accepted_only_by_setting(how: Seal) -> None:
    data = message(seal(Draft().text(), how))
    assert refused(maker.guard(), data) == "assertion-weak-algorithm"
    assert ask(maker.guard(sha1=True), data) is not None


def test_an_inclusive_prefix_list_is_understood() -> None:
    listed = f'<e:InclusiveNamespaces xmlns:e="{maker.EXC}" PrefixList="saml ds"/>'
    assert ask(maker.guard(), message(seal(Draft().text(), Seal(inside_transform=listed))))


def test_many_threads_get_one_answer() -> None:
    """Certificates are decoded as they are read, which two threads must not do at once."""
    tokens = [seal(Draft(id=f"_a{n}").text()) for n in range(3)]
    found: list[str] = []

    def work(guard: AssertionGuard) -> None:
        asked = (ask(guard, message(token)) for token in tokens)
        found.extend(one.assertion_id for one in asked if one)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for guard in [maker.guard() for _ in range(20)]:
            threads = [threading.Thread(target=work, args=(guard,)) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert sorted(found) == sorted(80 * ["_a0", "_a1", "_a2"])


def read_twice(first: bytes, second: bytes, peer: Peer = PEER, **more: object) -> str:
    guard = maker.guard()
    assert ask(guard, first, PEER) is not None
    try:
        ask(guard, second, peer, **more)  # type: ignore[arg-type]
    except SoapFault as fault:
        return fault.key
    return "answered"


def test_a_known_message_id_with_another_peer_or_body_is_a_replay() -> None:
    token = seal(Draft().text())
    one = message(token, id="urn:m:1")
    assert read_twice(one, one) == "answered"
    assert read_twice(one, one, ANYBODY) == "message-id-reused"
    assert read_twice(one, message(token, id="urn:m:1", body="<q>2</q>")) == "message-id-reused"
    assert read_twice(one, message(token, id="urn:m:2", body="<q>2</q>")) == "answered"
    assert read_twice(one, message(seal(Draft(id="_a2").text()), id="urn:m:1")) == "answered"


def test_the_message_id_of_another_role_hides_none() -> None:
    token = seal(Draft().text())

    def sent(other: str, body: str) -> bytes:
        own = message(token, id="urn:m:1", body=body)
        for_others = f'<wsa:MessageID s:role="urn:other">{other}</wsa:MessageID>'
        return own.replace(b"<wsa:MessageID>", for_others.encode() + b"<wsa:MessageID>", 1)

    assert read_twice(sent("urn:o:1", "<q/>"), sent("urn:o:2", "<q>2</q>")) == "message-id-reused"
    assert read_twice(sent("urn:o:1", "<q/>"), sent("urn:o:2", "<q/>")) == "answered"


def test_an_id_of_one_transaction_is_free_in_another() -> None:
    token = seal(Draft().text())
    one, other = (message(token, id="urn:m:1", body=body) for body in ("<q/>", "<q>2</q>"))
    assert read_twice(one, other, transaction=iti43.TRANSACTION) == "answered"


def test_replays_of_writes_are_left_to_the_record_of_answered_messages() -> None:
    token = seal(Draft().text())
    one, other = message(token, id="urn:m:1"), message(token, id="urn:m:1", body="<q>2</q>")
    assert read_twice(one, other, transaction=iti42.TRANSACTION) == "answered"
    guard = maker.guard()
    for data in (one, other):
        assert ask(guard, data, PEER, iti42.TRANSACTION) is not None


def test_the_cache_is_bounded_and_forgets_what_is_over() -> None:
    cache: Cache[str] = Cache(2)
    for name in ("a", "b"):
        cache.put(name.encode(), name, pki.NOW + MINUTE)
    assert cache.get(b"a", pki.NOW) == "a"
    cache.put(b"c", "c", pki.NOW + MINUTE)
    assert [cache.get(key, pki.NOW) for key in (b"a", b"b", b"c")] == ["a", None, "c"]
    assert cache.get(b"a", pki.NOW + MINUTE) is None
    assert len(cache) == 1
