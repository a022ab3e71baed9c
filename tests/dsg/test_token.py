"""Signing with keys that stay in a token: SoftHSM, through PKCS#11."""

from __future__ import annotations

import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ihe_profiles.dsg.dsg_signing import sign_documents
from ihe_profiles.dsg.pdf_signing import sign_pades
from ihe_profiles.dsg.signer import Signer, token_signer
from ihe_profiles.dsg.token import Address, TokenFailed, held_key, parse
from ihe_profiles.dsg.verification import judge
from ihe_profiles.dsg.xml_signing import sign_enveloped, sign_enveloping
from tests.dsg import pki
from tests.dsg.forge import DOCUMENT, DOCUMENTS, ground, keys, manner, opener
from tests.dsg.pdfs import PDF, now
from tests.dsg.tools import run, xmlsec_accepts
from tests.servers import entente

SOFTHSM = pytest.mark.needs("softhsm2-util")
MODULE = "/usr/lib/softhsm/libsofthsm2.so"
PIN = "987654"
SIGNERS = {"01": pki.signer(), "02": pki.signer("Curve", True)}
"""By the ids of their keys in the token."""


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a token that holds the keys of the signers."""
    folder = tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\n")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    pins = ("--so-pin", "123456", "--pin", PIN)
    _softhsm(folder, "--init-token", "--free", "--label", "Cabinet Martin", *pins)
    for id, signer in SIGNERS.items():
        key = signer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / f"{id}.key").write_bytes(key)
        _, certificates = pki.pem(signer)
        (folder / f"{id}.pem").write_bytes(certificates)
        named = ("--token", "Cabinet Martin", "--label", f"key {id}", "--id", id, "--pin", PIN)
        _softhsm(folder, "--import", f"{id}.key", *named)
        (folder / f"{id}.key").unlink()
    yield folder
    if before is None:
        del os.environ["SOFTHSM2_CONF"]
    else:
        os.environ["SOFTHSM2_CONF"] = before


def _softhsm(folder: Path, *arguments: str) -> None:
    done = run("softhsm2-util", *arguments, cwd=folder)
    assert done.returncode == 0, done.stderr


@pytest.fixture(params=SIGNERS)
def signer(token: Path, request: pytest.FixtureRequest) -> Iterator[Signer]:
    id = request.param
    uri = f"pkcs11:token=Cabinet%20Martin;id=%{id};type=private?module-path={MODULE}"
    with held_key(parse(uri), PIN) as key:
        yield token_signer(key, (token / f"{id}.pem").read_bytes())


@SOFTHSM
@pytest.mark.needs("xmlsec1")
def test_xml_signatures_of_a_token_are_valid(signer: Signer, tmp_path: Path) -> None:
    for make in (sign_enveloped, sign_enveloping):
        data = make(DOCUMENT, signer, manner())
        (judgement,) = judge(data, ground())
        assert (judgement.form, keys(judgement)) == ("XAdES", [])
        assert judgement.signer == signer.certificate.subject.rfc4514_string()
        assert xmlsec_accepts(data, tmp_path)


@SOFTHSM
def test_detached_signatures_of_a_token_are_valid(signer: Signer) -> None:
    streams = {id: BytesIO(data) for id, data in DOCUMENTS.items()}
    data = sign_documents(streams, signer, manner=manner())
    (judgement,) = judge(data, ground(open_document=opener()))
    assert (judgement.form, keys(judgement)) == ("DSG", [])


@SOFTHSM
@pytest.mark.needs("pdfsig")
def test_pdf_signatures_of_a_token_are_valid(signer: Signer, tmp_path: Path) -> None:
    data = sign_pades(PDF, signer)
    (judgement,) = judge(data, ground(at=now()))
    assert (judgement.form, keys(judgement)) == ("PAdES", [])
    (tmp_path / "signed.pdf").write_bytes(data)
    said = run("pdfsig", "-nocert", "signed.pdf", cwd=tmp_path).stdout
    assert b"Signature is Valid." in said


@SOFTHSM
def test_the_certificate_must_be_of_the_key_in_the_token(signer: Signer) -> None:
    for other in {*SIGNERS.values()} - {signer}:
        certificates = pki.pem(other)[1]
        if other.certificate != signer.certificate:
            with pytest.raises(ValueError, match="not of this key"):
                token_signer(signer.key, certificates)  # type: ignore[arg-type]


@SOFTHSM
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"token": "Another"}, "NoSuchToken"),
        ({"id": b"\x09"}, "NoSuchKey"),
        ({"object": "key 02"}, "NoSuchKey"),
        ({"module": "/no/such/module.so"}, "/no/such/module.so"),
        ({"pin": "000000"}, "PinIncorrect"),
    ],
)
def test_what_is_not_there_is_named(token: Path, changes: dict[str, object], said: str) -> None:
    named = {"module": MODULE, "token": "Cabinet Martin", "id": b"\x01", "pin": PIN, **changes}
    with pytest.raises(TokenFailed, match=said), held_key(Address(**named)):  # type: ignore[arg-type]
        pytest.fail("there is such a key")


@SOFTHSM
def test_the_command_signs_with_a_token(token: Path, tmp_path: Path) -> None:
    (tmp_path / "cda.xml").write_bytes(DOCUMENT)
    (tmp_path / "pin").write_text(f"{PIN}\n")
    uri = f"pkcs11:object=key%2001?module-path={MODULE}"
    by = ("--certificate", str(token / "01.pem"), "-o", "signed.xml")
    signed = entente("sign", "cda.xml", "--key", f"{uri}&pin-source=file:pin", *by, cwd=tmp_path)
    assert signed.returncode == 0, signed.stderr
    (judgement,) = judge((tmp_path / "signed.xml").read_bytes(), ground(at=now()))
    assert keys(judgement) == []
    wrong = entente("sign", "cda.xml", "--key", uri, *by, cwd=tmp_path, ENTENTE_KEY_PASSWORD="no")
    assert wrong.returncode == 1
    assert "PinIncorrect" in wrong.stderr


def test_an_address_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "pin").write_text("1234\n")
    path = "pkcs11:token=A%20B;serial=%31;object=%C3%A9;id=%01%ff;type=private"
    query = f"?module-path=/m.so&pin-source=file://{tmp_path / 'pin'}"
    assert parse(path + query) == Address("/m.so", "A B", b"1", "é", b"\x01\xff", "1234")
    assert parse("pkcs11:object=a?module-path=/m.so").pin is None


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("pkcs11:object=a", "names no module"),
        ("pkcs11:token=a?module-path=/m", "names no key"),
        ("pkcs11:object=a;type=cert?module-path=/m", "no private key"),
        ("pkcs11:object=a;slot-id=1?module-path=/m", "'slot-id'; known here are id, object"),
        ("pkcs11:object=a?module-path=/m&module-name=m", "'module-name'"),
        ("pkcs11:object=a;object=b?module-path=/m", "object twice"),
        (
            "pkcs11:object=a?module-path=/m&pin-value=1",
            "'pin-value'",
        ),
        ("pkcs11:object=a?module-path=/m&pin-source=file:///no/such/pin", "cannot be read"),
    ],
)
def test_an_address_that_does_not_do_is_named(uri: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse(uri)
