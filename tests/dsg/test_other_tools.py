"""What we sign, others accept; what others sign, we accept: xmlsec1, openssl, pdfsig, signxml."""

from __future__ import annotations

import threading
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from lxml import etree
from signxml.xades import XAdESSignatureConfiguration, XAdESVerifier

from ihe_profiles.dsg import markup
from ihe_profiles.dsg.algorithms import CANONICALIZATIONS, canonicalization
from ihe_profiles.dsg.pdf_signing import sign_pades
from ihe_profiles.dsg.signer import HttpTimestamper, Signer
from ihe_profiles.dsg.verdicts import Judgement
from ihe_profiles.dsg.verification import judge
from ihe_profiles.dsg.xml_signing import Manner, sign_enveloped, sign_enveloping
from tests.dsg import pki
from tests.dsg.forge import (
    DOCUMENT,
    changed,
    detached,
    ds,
    enveloped,
    judged,
    keys,
    manner,
    one,
)
from tests.dsg.pdfs import PDF, embedded, now, pdf_ground
from tests.dsg.tools import run, write_signer, xmlsec_accepts, xmlsec_signs

XMLSEC = pytest.mark.needs("xmlsec1")
OPENSSL = pytest.mark.needs("openssl")
PDFSIG = pytest.mark.needs("pdfsig")

RSA, ECDSA = pki.signer(), pki.signer("Curve", True)
BOTH = pytest.mark.parametrize("signer", [RSA, ECDSA], ids=["rsa", "ecdsa"])

TEMPLATE = """<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
<ds:SignedInfo>
<ds:CanonicalizationMethod Algorithm="{info}"/>
<ds:SignatureMethod Algorithm="{method}"/>
<ds:Reference URI="{uri}">{transforms}
<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/>
</ds:Reference></ds:SignedInfo><ds:SignatureValue/>
<ds:KeyInfo><ds:X509Data/></ds:KeyInfo>{object}</ds:Signature>"""
ENVELOPED = '<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>'


def _template(signer: Signer, info: str, uri: str, *transforms: str, holder: str = "") -> str:
    steps = "".join(transforms)
    return TEMPLATE.format(
        info=info,
        method=signer.method,
        uri=uri,
        transforms=f"<ds:Transforms>{steps}</ds:Transforms>" if steps else "",
        object=holder,
    )


def _transform(algorithm: str) -> str:
    return f'<ds:Transform Algorithm="{algorithm}"/>'


@XMLSEC
@BOTH
def test_xmlsec_accepts_our_enveloped_signature(signer: Signer, tmp_path: Path) -> None:
    for data in (enveloped(signer), enveloped(signer, timestamper=pki.timestamper())):
        assert xmlsec_accepts(data, tmp_path)
        forged = data.replace(b"Compte rendu", b"Autre rendu", 1)
        assert not xmlsec_accepts(forged, tmp_path)


@XMLSEC
@BOTH
def test_xmlsec_accepts_our_enveloping_signature(signer: Signer, tmp_path: Path) -> None:
    assert xmlsec_accepts(sign_enveloping(b"\0any bytes", signer, manner()), tmp_path)


@XMLSEC
@BOTH
def test_xmlsec_accepts_our_detached_signature(signer: Signer, tmp_path: Path) -> None:
    documents = {"urn:uuid:1": b"one", "urn:uuid:2": b"two"}
    data = detached(documents, None, signer)
    maps = []
    for number, (id, content) in enumerate(documents.items()):
        (tmp_path / str(number)).write_bytes(content)
        maps += [f"--url-map:{id}", str(number)]
    assert xmlsec_accepts(data, tmp_path, "--store-references", *maps)
    assert xmlsec_accepts(detached(signer=signer), tmp_path, "--ignore-manifests")


@XMLSEC
@BOTH
@pytest.mark.parametrize(
    ("info", "whole"),
    [*zip(CANONICALIZATIONS, [*list(CANONICALIZATIONS)[1:], ""], strict=True)],
)
def test_we_accept_what_xmlsec_signs_enveloped(
    info: str, whole: str, signer: Signer, tmp_path: Path
) -> None:
    steps = [ENVELOPED, *([_transform(whole)] if whole else [])]
    signature = _template(signer, info, "", *steps)
    template = DOCUMENT.replace(b"</ClinicalDocument>", signature.encode() + b"</ClinicalDocument>")
    data = xmlsec_signs(template, tmp_path, signer)
    judgement = judged(data)
    assert (judgement.form, keys(judgement)) == ("XML", [])
    assert keys(judged(data.replace(b"Compte rendu", b"Autre rendu"))) == ["reference-digest"]


@XMLSEC
@pytest.mark.parametrize("how", CANONICALIZATIONS)
def test_we_accept_what_xmlsec_signs_around_a_document(how: str, tmp_path: Path) -> None:
    document = etree.tostring(markup.parse(DOCUMENT).getroot()).decode()
    payload = f'<ds:Object Id="payload">{document}</ds:Object>'
    template = _template(RSA, how, "#payload", _transform(how), holder=payload)
    data = xmlsec_signs(template.encode(), tmp_path, RSA)
    assert keys(judged(data)) == []
    assert keys(judged(data.replace(b"Compte rendu", b"Autre rendu"))) == ["reference-digest"]


@OPENSSL
def test_we_accept_a_value_that_openssl_computed(tmp_path: Path) -> None:
    write_signer(tmp_path, RSA)

    def resign(root: etree._Element) -> None:
        info = one(root, ds("SignedInfo"))
        how = canonicalization(one(info, ds("CanonicalizationMethod")).get("Algorithm", ""))
        octets = markup.canonical(info, how)
        made = run("openssl", "dgst", "-sha256", "-sign", "key.pem", cwd=tmp_path, data=octets)
        one(root, ds("SignatureValue")).text = b64encode(made.stdout).decode()

    emptied = changed(
        enveloped(), lambda root: setattr(one(root, ds("SignatureValue")), "text", "")
    )
    assert keys(judged(changed(emptied, resign))) == []
    assert keys(judged(emptied)) == ["signature-value"]


@BOTH
def test_signxml_accepts_our_signature(signer: Signer) -> None:
    """It leaves out what stands beside the root, so here there is nothing."""
    document = etree.tostring(markup.parse(DOCUMENT).getroot())
    data = sign_enveloped(document, signer, manner())
    config = replace(XAdESSignatureConfiguration(), expect_references=2, verification_time=pki.NOW)
    XAdESVerifier().verify(data, x509_cert=signer.certificate, expect_config=config)


class _Clock(BaseHTTPRequestHandler):
    """A timestamp server whose work openssl does."""

    folder: Path

    def do_POST(self) -> None:
        query = self.rfile.read(int(self.headers["Content-Length"]))
        (self.folder / "query.tsq").write_bytes(query)
        command = "openssl ts -reply -config ts.cnf -queryfile query.tsq"
        made = run(*command.split(), cwd=self.folder)
        self.send_response(200 if made.stdout else 500)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.end_headers()
        self.wfile.write(made.stdout)

    def log_message(self, *_: object) -> None:
        pass


CONFIG = """[tsa]
default_tsa = one
[one]
serial = serial
signer_cert = cert.pem
signer_key = key.pem
certs = chain.pem
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
ess_cert_id_alg = sha256
"""


@pytest.fixture
def clock(tmp_path: Path) -> Iterator[HttpTimestamper]:
    write_signer(tmp_path, pki.clock())
    (tmp_path / "ts.cnf").write_text(CONFIG)
    (tmp_path / "serial").write_text("01")
    _Clock.folder = tmp_path
    with HTTPServer(("127.0.0.1", 0), _Clock) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield HttpTimestamper(f"http://127.0.0.1:{server.server_port}/")
        server.shutdown()
        thread.join()


@OPENSSL
@BOTH
def test_timestamps_of_openssl_prove_the_time(clock: HttpTimestamper, signer: Signer) -> None:
    data = sign_enveloped(DOCUMENT, signer, Manner(timestamper=clock))
    judgement = judged(data, at=now())
    assert keys(judgement) == []
    assert judgement.proven is not None
    (judgement,) = judge(sign_pades(PDF, signer, clock), pdf_ground())
    assert keys(judgement) == []
    assert judgement.proven is not None


@PDFSIG
@BOTH
def test_pdfsig_accepts_our_signatures(signer: Signer, tmp_path: Path) -> None:
    signed = sign_pades(sign_pades(PDF, RSA), signer)
    assert _pdfsig(signed, tmp_path) == ["Signature is Valid."] * 2
    assert "Signature is Valid." not in _pdfsig(signed.replace(b"%PDF-1", b"%PDF-2", 1), tmp_path)


def _pdfsig(data: bytes, folder: Path) -> list[str]:
    (folder / "signed.pdf").write_bytes(data)
    said = run("pdfsig", "-nocert", "signed.pdf", cwd=folder).stdout.decode()
    lines = [line.strip(" -") for line in said.splitlines()]
    return [line.removeprefix("Signature Validation: ") for line in lines if "Validation:" in line]


@OPENSSL
@BOTH
def test_we_accept_a_pdf_signature_that_openssl_made(signer: Signer, tmp_path: Path) -> None:
    write_signer(tmp_path, signer)
    data = _signed_by_openssl(tmp_path)
    judgement = _only(data)
    assert (judgement.form, keys(judgement)) == ("PAdES", [])
    assert judgement.signer == signer.certificate.subject.rfc4514_string()


@OPENSSL
def test_pades_must_name_the_certificate(tmp_path: Path) -> None:
    write_signer(tmp_path, RSA)
    assert keys(_only(_signed_by_openssl(tmp_path, ""))) == ["signing-certificate-missing"]


def _only(data: bytes) -> Judgement:
    (judgement,) = judge(data, pdf_ground())
    return judgement


def _signed_by_openssl(folder: Path, cades: str = "-cades") -> bytes:
    command = (
        f"openssl cms -sign -binary {cades} -md sha256 -signer cert.pem -inkey key.pem "
        "-certfile chain.pem -in content -outform DER -nosmimecap"
    )

    def make(content: bytes) -> bytes:
        (folder / "content").write_bytes(content)
        made = run(*command.split(), cwd=folder)
        assert made.returncode == 0, made.stderr
        return made.stdout

    return embedded(PDF, "Other", make)
