"""Chain, validity, key usage, revocation, clocks and timestamps: one reason each."""

from __future__ import annotations

import subprocess
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto.cms import ContentInfo
from asn1crypto.keys import PrivateKeyInfo
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from lxml import etree
from lxml.etree import _Element
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper

from ihe_profiles.dsg import markup
from ihe_profiles.dsg.algorithms import EXCLUSIVE, canonicalization
from ihe_profiles.dsg.certificates import to_asn1
from ihe_profiles.dsg.signer import Signer, load_signer, timestamp_of
from ihe_profiles.dsg.verdicts import Verdict
from tests.dsg import pki
from tests.dsg.forge import changed, enveloped, judged, keys, one, xades
from tests.dsg.pki import DAY, NOW, Shape

SIGNER = pki.signer()
OLD = NOW - 10 * DAY


def _signed_by(shape: Shape, **more: object) -> bytes:
    return enveloped(pki.shaped(shape), **more)


def _unsigned_authority() -> Signer:
    """A chain whose authority's name is right and whose key is another one."""
    fake = pki.issue(Shape("Authority of Tests", authority=True), pki.root())
    forged = Signer(pki.key("forger"), fake.certificate, fake.others)
    return pki.issue(Shape("Forger"), forged)


SIGNERS = {
    "of an unknown root": (pki.issue(Shape("Stranger")), "no-chain"),
    "without the authority": (Signer(SIGNER.key, SIGNER.certificate), "no-chain"),
    "by another key of the authority's name": (_unsigned_authority(), "chain-broken"),
    "under a certificate that is no authority": (
        pki.chained(pki.issue(Shape("Under"), pki.issue(Shape("No CA"), pki.root()))),
        "chain-broken",
    ),
    "expired when signing": (pki.shaped(Shape("Late", end=NOW - 20 * DAY)), "expired"),
    "not valid yet": (pki.shaped(Shape("Early", start=NOW + 20 * DAY)), "not-yet-valid"),
    "for ciphering": (pki.shaped(Shape("Cipher", usages=("key_encipherment",))), "key-usage"),
    "with a short key": (pki.shaped(Shape("Short", bits=1024)), "weak-key"),
}


@pytest.mark.parametrize("name", SIGNERS)
def test_each_signer_is_refused_for_its_own_reason(name: str) -> None:
    signer, reason = SIGNERS[name]
    assert keys(judged(enveloped(signer)))[0] == reason


def test_an_authority_does_not_sign_documents() -> None:
    signer = Signer(pki.authority().key, pki.authority().certificate)
    assert keys(judged(enveloped(signer))) == ["signed-by-authority", "key-usage"]


def test_what_is_for_other_purposes_only_does_not_sign_documents() -> None:
    """RFC 5280 4.2.1.12: a clock, whose key usage would do."""
    clock = Shape("Clock that signs", usages=("digital_signature",), timestamps=True)
    assert keys(judged(_signed_by(clock))) == ["key-usage"]
    assert keys(judged(_signed_by(Shape("Server", servers=True)))) == ["key-usage"]


def test_an_authority_with_a_short_key_is_weak() -> None:
    weak = pki.issue(Shape("Weak authority", authority=True, bits=1024), pki.root())
    signer = pki.chained(pki.issue(Shape("Under it"), weak))
    assert keys(judged(enveloped(signer))) == ["weak-certificate"]
    assert keys(judged(enveloped(signer), trust=pki.trust(rsa_bits=1024))) == []


@pytest.mark.needs("openssl")
def test_a_chain_signed_with_sha1_is_weak(tmp_path: Path) -> None:
    signer = _signed_with_sha1(tmp_path)
    data = enveloped(signer, time=signer.certificate.not_valid_before_utc)
    at = signer.certificate.not_valid_before_utc + timedelta(minutes=1)
    trust = replace(pki.trust(), others=(to_asn1(pki.root().certificate),))
    assert keys(judged(data, trust=trust, at=at)) == ["weak-certificate"]
    assert keys(judged(data, trust=replace(trust, sha1=True), at=at)) == []


def _signed_with_sha1(folder: Path) -> Signer:
    """Return a signer whose certificate openssl signed as nothing else would."""
    above, _ = pki.pem(pki.root())
    key, _ = pki.pem(SIGNER)
    (folder / "root.key").write_bytes(above)
    (folder / "root.pem").write_bytes(pki.root().certificate.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(key)
    for command in (
        "req -new -key key.pem -subj /CN=Weak -out weak.csr",
        "x509 -req -sha1 -in weak.csr -CA root.pem -CAkey root.key -CAcreateserial -out weak.pem",
    ):
        subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)
    return load_signer(key, (folder / "weak.pem").read_bytes())


def test_expiry_after_the_stated_time_leaves_the_verdict_open() -> None:
    data = enveloped(pki.shaped(Shape("Then", end=NOW + DAY)))
    judgement = judged(data, at=NOW + 30 * DAY)
    assert keys(judgement) == ["expired-since"]
    assert judgement.verdict is Verdict.INDETERMINATE


def test_a_timestamp_proves_that_the_certificate_was_valid() -> None:
    data = enveloped(pki.shaped(Shape("Then", end=NOW + DAY)), timestamper=pki.timestamper())
    judgement = judged(data, at=NOW + 30 * DAY)
    assert keys(judgement) == []
    assert judgement.proven == NOW


@pytest.mark.parametrize("kind", ["crls", "ocsps"])
def test_a_revoked_certificate_is_refused(kind: str) -> None:
    answer = {"crls": pki.crl((SIGNER, OLD)), "ocsps": pki.ocsp_answer(SIGNER, OLD)}[kind]
    trust = pki.trust(**{kind: (answer,)})  # type: ignore[arg-type]
    judgement = judged(enveloped(), trust=trust)
    assert keys(judgement) == ["revoked"]
    assert OLD.date().isoformat() in judgement.reasons[0].text


def test_a_revoked_authority_is_refused_though_nothing_is_known_of_the_signer() -> None:
    trust = pki.trust(crls=(pki.crl((pki.authority(), OLD), by=pki.root()),))
    assert keys(judged(enveloped(), trust=trust)) == ["revoked"]


@pytest.mark.parametrize("kind", ["crls", "ocsps"])
def test_an_authority_that_is_trusted_without_its_root_revokes(kind: str) -> None:
    answer = {"crls": pki.crl((SIGNER, OLD)), "ocsps": pki.ocsp_answer(SIGNER, OLD)}[kind]
    trust = pki.trust(pki.authority(), **{kind: (answer,)})  # type: ignore[arg-type]
    assert keys(judged(enveloped(), trust=trust)) == ["revoked"]
    other = enveloped(pki.signer("Dr Zoé Roy"))
    assert keys(judged(other, trust=trust)) == []


@pytest.mark.parametrize(
    ("answer", "unknown"),
    [
        (pki.crl(), 0),
        (pki.crl(until=NOW - DAY / 2), 1),
        (pki.crl(by=Signer(pki.key("forger"), pki.authority().certificate)), 1),
    ],
    ids=["in force", "expired", "forged"],
)
def test_only_a_list_of_that_authority_in_force_is_an_answer(answer: bytes, unknown: int) -> None:
    trust = pki.trust(pki.authority(), crls=(answer,), revocation_required=True)
    assert keys(judged(enveloped(), trust=trust)) == ["revocation-unknown"] * unknown


@pytest.mark.parametrize(
    ("date", "by", "found"),
    [
        (OLD, None, ["revoked"]),
        (NOW + DAY, None, []),
        (OLD, Signer(pki.key("forger"), pki.authority().certificate), []),
    ],
    ids=["before", "afterwards", "forged"],
)
def test_who_was_revoked_stays_so_when_the_list_is_old(
    date: datetime, by: Signer | None, found: list[str]
) -> None:
    old = pki.crl((SIGNER, date), by=by, until=NOW - DAY / 2)
    assert keys(judged(enveloped(), trust=pki.trust(crls=(old,)))) == found


def test_a_revocation_after_the_stated_time_leaves_the_verdict_open_without_timestamp() -> None:
    trust = pki.trust(crls=(pki.crl((SIGNER, NOW + DAY), at=NOW + 2 * DAY),))
    later = NOW + 3 * DAY
    assert keys(judged(enveloped(), trust=trust, at=later)) == ["revoked-since"]
    stamped = enveloped(timestamper=pki.timestamper())
    assert keys(judged(stamped, trust=trust, at=later)) == []


@pytest.mark.parametrize("kind", ["crls", "ocsps"])
def test_a_revocation_before_the_proven_time_counts_whatever_the_signer_states(kind: str) -> None:
    revoked, at = NOW + DAY, NOW + 3 * DAY
    answer = {
        "crls": pki.crl((SIGNER, revoked), at=at),
        "ocsps": pki.ocsp_answer(SIGNER, revoked, at=at),
    }[kind]
    trust = pki.trust(**{kind: (answer,)})  # type: ignore[arg-type]
    stamped = enveloped(timestamper=pki.timestamper(NOW + 2 * DAY))
    assert keys(judged(stamped, trust=trust, at=NOW + 4 * DAY)) == ["revoked"]


def test_lists_that_were_issued_after_the_proven_time_are_answers() -> None:
    lists = tuple(pki.crl(by=one, at=NOW + 2 * DAY) for one in (pki.authority(), pki.root()))
    trust = pki.trust(crls=lists, revocation_required=True)
    stamped = enveloped(timestamper=pki.timestamper())
    assert keys(judged(stamped, trust=trust, at=NOW + 3 * DAY)) == []


def test_what_another_signed_is_no_answer() -> None:
    stranger = pki.issue(Shape("Stranger"))
    trust = pki.trust(
        crls=(pki.crl((SIGNER, OLD), by=stranger),),
        ocsps=(pki.ocsp_answer(SIGNER, OLD, by=stranger),),
    )
    assert keys(judged(enveloped(), trust=trust)) == []


@pytest.mark.parametrize(
    ("answers", "unknown"),
    [
        ({}, 2),
        ({"crls": (pki.crl(),)}, 1),
        ({"ocsps": (pki.ocsp_answer(SIGNER),)}, 1),
        ({"crls": (pki.crl(until=NOW - DAY / 2), pki.crl(by=pki.root()))}, 1),
        ({"crls": (pki.crl(), pki.crl(by=pki.root()))}, 0),
        ({"ocsps": (pki.ocsp_answer(SIGNER),), "crls": (pki.crl(by=pki.root()),)}, 0),
    ],
)
def test_revocation_may_be_required_for_every_certificate(
    answers: dict[str, tuple[bytes, ...]], unknown: int
) -> None:
    trust = pki.trust(revocation_required=True, **answers)  # type: ignore[arg-type]
    assert keys(judged(enveloped(), trust=trust)) == ["revocation-unknown"] * unknown


@pytest.mark.parametrize(
    ("kind", "answer"),
    [("CRL", pki.crl((SIGNER, OLD))), ("OCSP", pki.ocsp_answer(SIGNER, OLD))],
)
def test_an_answer_that_the_signature_carries_is_used(kind: str, answer: bytes) -> None:
    def staple(root: _Element) -> None:
        properties = one(root, xades("UnsignedSignatureProperties"))
        values = etree.SubElement(properties, xades("RevocationValues"))
        answers = etree.SubElement(values, xades(f"{kind}Values"))
        text = b64encode(answer).decode()
        etree.SubElement(answers, xades(f"Encapsulated{kind}Value")).text = text

    data = changed(enveloped(timestamper=pki.timestamper()), staple)
    assert keys(judged(data)) == ["revoked"]


def test_clocks_may_differ_a_little() -> None:
    assert keys(judged(enveloped(), at=NOW - timedelta(minutes=4))) == []
    assert keys(judged(enveloped(), at=NOW - timedelta(minutes=6))) == ["signed-in-the-future"]


def _token(root: _Element, der: bytes) -> None:
    one(root, xades("EncapsulatedTimeStamp")).text = b64encode(der).decode()


def _broken(root: _Element) -> None:
    element = one(root, xades("EncapsulatedTimeStamp"))
    der = bytearray(b64decode(element.text or ""))
    der[-10] ^= 1
    element.text = b64encode(der).decode()


def _of_other(root: _Element) -> None:
    other = markup.parse(enveloped(timestamper=pki.timestamper()))
    given = one(other.getroot(), xades("EncapsulatedTimeStamp")).text
    one(root, xades("EncapsulatedTimeStamp")).text = given


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda root: _token(root, b"garbage"), "timestamp-unreadable"),
        (_broken, "timestamp-broken"),
        (_of_other, "timestamp-of-other"),
    ],
)
def test_a_timestamp_must_be_whole_and_of_this_signature(
    change: Callable[[_Element], None], reason: str
) -> None:
    data = changed(enveloped(timestamper=pki.timestamper()), change)
    assert keys(judged(data)) == [reason]


@pytest.mark.parametrize(
    ("stamper", "reason"),
    [
        (pki.timestamper(NOW - DAY), "timestamp-before-signing"),
        (pki.timestamper(NOW + DAY), "timestamp-in-the-future"),
        (
            pki.timestamper(by=pki.issue(Shape("No clock"), pki.root())),
            "timestamp-untrusted",
        ),
        (
            pki.timestamper(by=pki.issue(Shape("Server", servers=True), pki.root())),
            "timestamp-untrusted",
        ),
        (
            pki.timestamper(
                by=pki.issue(Shape("Strange clock", usages=("digital_signature",), timestamps=True))
            ),
            "timestamp-untrusted",
        ),
    ],
)
def test_a_timestamp_must_be_in_order_and_trusted(stamper: TimeStamper, reason: str) -> None:
    assert keys(judged(enveloped(timestamper=stamper))) == [reason]


class _WeakStamper(DummyTimeStamper):
    """Stamps a digest by SHA-1."""

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> ContentInfo:
        return await super().async_timestamp(message_digest[:20], "sha1")


def test_a_timestamp_of_a_weak_digest_is_refused() -> None:
    key = PrivateKeyInfo.load(
        pki.clock().key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    )
    stamper = _WeakStamper(to_asn1(pki.clock().certificate), key, fixed_dt=NOW)
    assert keys(judged(enveloped(timestamper=stamper))) == ["weak-digest"]


def test_the_earliest_timestamp_proves_the_time() -> None:
    def again(root: _Element) -> None:
        value = one(root, f"{{{markup.DS}}}SignatureValue")
        data = markup.canonical(value, canonicalization(EXCLUSIVE))
        token = timestamp_of(data, pki.timestamper(NOW + DAY))
        stamp = one(root, xades("EncapsulatedTimeStamp"))
        stamp.addnext(etree.Element(stamp.tag))
        stamp.getnext().text = b64encode(token).decode()

    data = changed(enveloped(timestamper=pki.timestamper()), again)
    judgement = judged(data, at=NOW + 2 * DAY)
    assert (keys(judgement), judgement.proven) == ([], NOW)


def test_a_clock_that_was_revoked_later_proves_nothing() -> None:
    """Whoever took its key could state any time."""
    trust = pki.trust(crls=(pki.crl((pki.clock(), NOW + DAY), by=pki.root(), at=NOW + 2 * DAY),))
    data = enveloped(timestamper=pki.timestamper())
    assert keys(judged(data, trust=trust, at=NOW + 3 * DAY)) == ["timestamp-untrusted"]


def test_timestamps_may_have_anchors_of_their_own() -> None:
    data = enveloped(timestamper=pki.timestamper())
    other = pki.issue(Shape("Other root", authority=True))
    strict = replace(pki.trust(), timestamp_anchors=(to_asn1(other.certificate),))
    assert keys(judged(data, trust=strict)) == ["timestamp-untrusted"]
