"""The other side is xmlsec1: what it signs is accepted, what is forwarded it still verifies."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from ihe_profiles.dsg.signer import Signer
from ihe_profiles.xua.namespaces import DS, SAML
from tests.dsg import pki
from tests.dsg.tools import run, write_signer
from tests.xua import maker
from tests.xua.maker import ENVELOPED, EXC, MORE, SHA256, Draft, Seal, ask, message, seal

pytestmark = pytest.mark.needs("xmlsec1")
ID = ("--id-attr:ID", f"{SAML}:Assertion")
CURVE = pki.signer("Curve of Tests", curve=True)


def template(method: str, digest: str) -> str:
    signature = (
        f'<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo>'
        f'<ds:CanonicalizationMethod Algorithm="{EXC}"/><ds:SignatureMethod Algorithm="{method}"/>'
        f'<ds:Reference URI="#_a1"><ds:Transforms><ds:Transform Algorithm="{ENVELOPED}"/>'
        f'<ds:Transform Algorithm="{EXC}"/></ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{digest}"/><ds:DigestValue/></ds:Reference></ds:SignedInfo>'
        "<ds:SignatureValue/><ds:KeyInfo><ds:X509Data/></ds:KeyInfo></ds:Signature>"
    )
    return Draft().text().replace("</saml:Issuer>", f"</saml:Issuer>{signature}")


def xmlsec_signs(text: str, signer: Signer, folder: Path) -> str:
    write_signer(folder, signer)
    (folder / "template.xml").write_text(text)
    key = "key.pem,cert.pem,chain.pem"
    done = run("xmlsec1", "--sign", *ID, "--privkey-pem", key, "template.xml", cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode().partition("?>")[2]


def xmlsec_accepts(data: bytes, folder: Path) -> bool:
    root = pki.root().certificate.public_bytes(Encoding.PEM)
    (folder / "root.pem").write_bytes(root)
    between = pki.authority().certificate.public_bytes(Encoding.PEM)
    (folder / "between.pem").write_bytes(between)
    (folder / "signed.xml").write_bytes(data)
    at = pki.NOW.strftime("%Y-%m-%d %H:%M:%S")
    trusting = ("--trusted-pem", "root.pem", "--untrusted-pem", "between.pem")
    when = ("--verification-gmt-time", at)
    done = run("xmlsec1", "--verify", *ID, *trusting, *when, "signed.xml", cwd=folder)
    assert done.returncode == 0 or b"FAIL" in done.stderr, done.stderr
    return done.returncode == 0


@pytest.mark.parametrize(
    ("method", "digest", "signer"),
    [
        (f"{MORE}rsa-sha256", SHA256, maker.provider()),
        (f"{MORE}rsa-sha512", f"{MORE}sha384", maker.provider()),
        (f"{MORE}ecdsa-sha256", SHA256, CURVE),
    ],
)
def test_what_xmlsec1_signs_is_accepted(
    method: str, digest: str, signer: Signer, tmp_path: Path
) -> None:
    token = xmlsec_signs(template(method, digest), signer, tmp_path)
    found = ask(maker.guard(), message(token))
    assert found is not None
    assert found.name == "Dr. Élise Tremblay"


@pytest.mark.parametrize(
    "how", [Seal(), Seal(signer=CURVE, method=f"{MORE}ecdsa-sha256")], ids=["rsa", "ecdsa"]
)
def test_xmlsec1_verifies_what_is_signed_here_and_what_is_forwarded(
    how: Seal, tmp_path: Path
) -> None:
    token = seal(Draft().text(), how)
    data = message(token)
    found = ask(maker.guard(), data)
    assert found is not None
    for one in (token.encode(), data, found.token, message(found.token.decode())):
        assert xmlsec_accepts(one, tmp_path)
    assert not xmlsec_accepts(found.token.replace(b"dr.tremblay", b"dr.martin"), tmp_path)
