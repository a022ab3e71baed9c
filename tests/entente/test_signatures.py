"""Signatures through a real server: settings, refusal, verdict on record, log, numbers."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from entente.configuration import load
from entente.misconfigured import Misconfigured
from entente.settings_signatures import Signatures
from entente.signatures import TrustFiles
from ihe_profiles.dsg.signer import Signer
from ihe_profiles.dsg.xml_signing import sign_enveloped
from repository.signature_policy import Format, Policy
from tests.conftest import PROJECT
from tests.dsg import pki
from tests.dsg.forge import DOCUMENT
from tests.servers import Server, entente, servers_in, toml

PATIENT = "ZOE-1^^^&1.3.6.1.4.1.21367.13.20.3000&ISO"
CODES = [f"--{name}=X^^1.2.3" for name in ("class", "type", "format", "facility", "practice")]
STRANGER = pki.issue(pki.Shape("Stranger"))


def certificate(folder: Path, signer: Signer, name: str) -> Path:
    path = folder / name
    path.write_bytes(signer.certificate.public_bytes(Encoding.PEM))
    return path


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that requires signatures of XML and reports those of PDF."""
    folder = tmp_path_factory.mktemp("signatures")
    anchor = certificate(folder, pki.root(), "root.pem")
    settings = {"policy": "report", "xml": "require", "anchors": [str(anchor)]}
    with servers_in(folder) as start:
        yield start(signatures=settings)


def submit(server: Server, unique_id: str, data: bytes) -> subprocess.CompletedProcess[str]:
    path = server.folder / f"{unique_id}.xml"
    path.write_bytes(data)
    who = ["--patient", PATIENT, "--confidentiality", "N^^1.2.3", "--mime", "text/xml"]
    return server.cli("submit", path, *who, *CODES, "--unique-id", unique_id)


def shown(server: Server, *arguments: str) -> subprocess.CompletedProcess[str]:
    return entente("signature", "show", *arguments, cwd=server.folder)


def test_a_verdict_is_on_record(server: Server) -> None:
    done = submit(server, "1.2.3.1", sign_enveloped(DOCUMENT, pki.signer()))
    assert done.returncode == 0, done.stderr
    signer = pki.signer().certificate.subject.rfc4514_string()
    said = shown(server, "1.2.3.1")
    assert said.returncode == 0, said.stderr
    assert said.stdout.startswith("valid: XAdES signature")
    assert f"signed by {signer}" in said.stdout
    (finding,) = json.loads(shown(server, "1.2.3.1", "--json").stdout)
    assert (finding["verdict"], finding["format"], finding["signer"]) == ("valid", "xml", signer)
    assert {"signingTime", "judged"} <= finding.keys()
    (line,) = (line for line in server.log.splitlines() if "signature of a submitted" in line)
    logged = json.loads(line)
    assert (logged["unique_id"], logged["signer"], logged["level"]) == ("1.2.3.1", signer, "info")
    numbers = httpx.get(f"{server.url}/metrics", trust_env=False).text
    assert 'entente_signatures_total{format="xml",verdict="valid"} 1.0' in numbers


def test_a_stranger_is_refused(server: Server) -> None:
    done = submit(server, "1.2.3.2", sign_enveloped(DOCUMENT, STRANGER))
    assert done.returncode == 1
    assert "InvalidDocumentContent" in done.stderr
    assert "no chain leads to a trusted certificate" in done.stderr
    said = shown(server, "1.2.3.2")
    assert (said.returncode, said.stderr) == (1, "there is no document 1.2.3.2\n")


def test_a_document_without_signature_has_no_verdict(server: Server) -> None:
    assert submit(server, "1.2.3.3", DOCUMENT).returncode == 0
    said = shown(server, "1.2.3.3")
    assert (said.returncode, said.stdout) == (0, "no signature of 1.2.3.3 was judged\n")
    assert shown(server, "1.2.3.3", "--json").stdout == "[]\n"


def test_nothing_is_shown_of_a_repository_that_was_never_begun(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    done = entente("signature", "show", "1.2.3", cwd=tmp_path)
    assert done.returncode == 1
    assert "run `entente db upgrade`" in done.stderr


def test_a_server_does_not_start_with_unreadable_trust(tmp_path: Path) -> None:
    (tmp_path / "anchors").write_text("no certificate")
    settings = {"repository": {"unique_id": "2.25.1"}, "signatures": {"anchors": ["anchors"]}}
    (tmp_path / "entente.toml").write_text(toml(settings))
    done = entente("serve", cwd=tmp_path)
    assert done.returncode == 2
    assert "[signatures] anchors: anchors: " in done.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('policy = "report"', 'set anchors, or policy = "off"'),
        ('pdf = "require"', 'set anchors, or policy = "off"'),
        ('policy = "perhaps"', "'off', 'report' or 'require'"),
        ('must_be_signed = ["pdf"]', "a media type such as application/pdf"),
        ('must_be_signed = ["^^1.2.3"]', "a formatCode as code^^scheme"),
        ('crls = ["no-such-file"]', "no-such-file"),
        ("rsa_bits = 512", "1024"),
    ],
)
def test_wrong_settings_are_named(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "entente.toml"
    path.write_text(f"[signatures]\n{text}\n")
    with pytest.raises(Misconfigured) as raised:
        load(path)
    assert words in str(raised.value)


def test_each_format_may_have_a_policy_of_its_own(tmp_path: Path) -> None:
    anchor = certificate(tmp_path, pki.root(), "root.pem")
    settings = Signatures(
        policy=Policy.REPORT, dsg=Policy.REQUIRE, pdf=Policy.OFF, anchors=(anchor,)
    )
    assert settings.policies == {
        Format.XML: Policy.REPORT,
        Format.PDF: Policy.OFF,
        Format.DSG: Policy.REQUIRE,
        Format.OTHER: Policy.REPORT,
    }


def test_trust_is_read_again_when_a_file_changes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    anchor, crl = certificate(tmp_path, pki.root(), "root.pem"), tmp_path / "list.crl"
    crl.write_bytes(pki.crl())
    trust = TrustFiles(Signatures(anchors=(anchor,), crls=(crl,)))
    first = trust()
    assert trust() is first
    crl.write_bytes(pki.crl((pki.signer(), pki.NOW), at=pki.NOW))
    second = trust()
    assert [
        len(one.crls[0]["tbs_cert_list"]["revoked_certificates"]) for one in (first, second)
    ] == [
        0,
        1,
    ]
    crl.write_bytes(b"no list")
    assert trust() is second
    assert "cannot be read again" in caplog.text
    crl.unlink()
    assert trust() is second


def test_the_page_about_signatures_names_every_key(tmp_path: Path) -> None:
    text = (PROJECT / "docs" / "signatures.md").read_text()
    assert [name for name in Signatures.model_fields if not re.search(rf"\b{name}\b", text)] == []
    (example,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    certificate(tmp_path, pki.root(), "signers.pem")
    (tmp_path / "authority.crl").write_bytes(pki.crl())
    path = tmp_path / "entente.toml"
    path.write_text(example.replace("/etc/entente", str(tmp_path)))
    settings, _ = load(path)
    assert settings.signatures.policies[Format.DSG] is Policy.REQUIRE
