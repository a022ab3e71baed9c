"""`entente sign` and `entente signature verify`, as processes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from tests.dsg import pki
from tests.dsg.forge import DOCUMENT, SET
from tests.dsg.pdfs import PDF
from tests.dsg.tools import write_signer
from tests.servers import entente

KEY = ("--key", "key.pem", "--certificate", "chained.pem")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_signer(tmp_path, pki.signer())
    _, chained = pki.pem(pki.signer())
    (tmp_path / "chained.pem").write_bytes(chained)
    (tmp_path / "cda.xml").write_bytes(DOCUMENT)
    (tmp_path / "note.pdf").write_bytes(PDF)
    (tmp_path / "revoked.crl").write_bytes(
        pki.crl((pki.signer(), pki.NOW), at=pki.NOW, until=pki.END)
    )
    return tmp_path


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("cda.xml", "xades-enveloped"),
        ("cda.xml", "xades-enveloping"),
        ("note.pdf", "pades"),
    ],
)
def test_what_is_signed_verifies(file: str, kind: str, folder: Path) -> None:
    made = entente("sign", file, *KEY, "--format", kind, "-o", "signed", cwd=folder)
    assert made.returncode == 0, made.stderr
    said = entente("signature", "verify", "signed", "--anchors", "root.pem", cwd=folder)
    assert said.returncode == 0, said.stdout
    assert said.stdout.startswith("valid: ")
    assert "CN=Dr Adèle Martin,C=FR" in said.stdout


def test_what_is_wrong_is_said_with_its_section(folder: Path) -> None:
    entente("sign", "cda.xml", *KEY, "-o", "signed", cwd=folder)
    data = (folder / "signed").read_bytes().replace(b"Compte rendu", b"Autre rendu")
    (folder / "signed").write_bytes(data)
    said = entente("signature", "verify", "signed", "--anchors", "root.pem", cwd=folder)
    assert said.returncode == 1
    assert "reference-digest: what reference to the document signs was changed" in said.stdout
    assert "1 of 1 signatures are not valid" in said.stderr
    asked = ("--anchors", "root.pem", "--crl", "revoked.crl", "--json")
    said = entente("signature", "verify", "signed", *asked, cwd=folder)
    (judgement,) = json.loads(said.stdout)
    assert judgement["verdict"] == "invalid"
    assert [one["reason"] for one in judgement["reasons"]] == ["reference-digest", "revoked"]


def test_a_time_before_the_signature_is_refused(folder: Path) -> None:
    entente("sign", "cda.xml", *KEY, "-o", "signed", cwd=folder)
    asked = ("signed", "--anchors", "root.pem", "--at", "2026-06-01")
    said = entente("signature", "verify", *asked, cwd=folder)
    assert "signed-in-the-future" in said.stdout
    said = entente("signature", "verify", "signed", "--at", "yesterday", cwd=folder)
    assert said.returncode == 2


def test_a_submission_is_signed_and_verified(folder: Path) -> None:
    documents = ("1.2.3=cda.xml", "1.2.4=note.pdf")
    how = ("--format", "dsg-detached", "--submission-set", SET, "-o", "signed")
    made = entente("sign", *documents, *KEY, *how, cwd=folder)
    assert made.returncode == 0, made.stderr
    given = [option for one in documents for option in ("--document", one)]
    asked = ("signature", "verify", "signed", "--anchors", "root.pem", "--submission-set", SET)
    said = entente(*asked, *given, cwd=folder)
    assert said.returncode == 0, said.stdout
    assert f"of SubmissionSet {SET}" in said.stdout
    said = entente(*asked, *given[:2], cwd=folder)
    assert "document-not-at-hand" in said.stdout


def test_a_key_may_have_a_password(folder: Path) -> None:
    encryption = BestAvailableEncryption(b"secret")
    key = pki.signer().key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    (folder / "key.pem").write_bytes(key)
    command = ("sign", "cda.xml", *KEY, "-o", "signed")
    assert entente(*command, cwd=folder).returncode == 1
    assert entente(*command, cwd=folder, ENTENTE_KEY_PASSWORD="secret").returncode == 0


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("sign", "note.pdf", *KEY, "-o", "out"), "not well-formed XML"),
        (("sign", "cda.xml", *KEY, "--format", "pades", "-o", "out"), "the PDF cannot be read"),
        (("sign", "absent.xml", *KEY, "-o", "out"), "absent.xml"),
        (("sign", "cda.xml", "note.pdf", *KEY, "-o", "out"), "one FILE"),
        (("sign", "cda.xml", *KEY, "--submission-set", SET, "-o", "out"), "dsg-detached only"),
        (("sign", "cda.xml", *KEY, "--format", "dsg-detached", "-o", "out"), "ID=FILE"),
        (
            ("sign", "cda.xml", "--key", "key.pem", "--certificate", "root.pem", "-o", "out"),
            "not of this key",
        ),
        (
            ("sign", "cda.xml", *KEY, "--timestamp-url", "http://127.0.0.1:9/", "-o", "out"),
            "no timestamp from",
        ),
        (("signature", "verify", "cda.xml"), "has no signature"),
        (("signature", "verify", "cda.xml", "--anchors", "cda.xml"), "cda.xml"),
        (("signature", "verify", "cda.xml", "--document", "1.2"), "ID=FILE"),
    ],
)
def test_what_cannot_be_done_is_said(command: tuple[str, ...], words: str, folder: Path) -> None:
    done = entente(*command, cwd=folder)
    assert done.returncode in (1, 2)
    assert words in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.stderr
    assert not (folder / "out").exists()
