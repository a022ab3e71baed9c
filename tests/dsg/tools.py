"""Other people's tools, as processes: xmlsec1, openssl, pdfsig."""

from __future__ import annotations

import subprocess
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from ihe_profiles.dsg.markup import XADES
from ihe_profiles.dsg.signer import Signer
from tests.dsg import pki


def run(*command: object, cwd: Path, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([str(c) for c in command], cwd=cwd, input=data, capture_output=True)


def write_signer(folder: Path, signer: Signer) -> None:
    """Write key.pem, cert.pem, chain.pem and root.pem."""
    key, _ = pki.pem(signer)
    chain = b"".join(one.public_bytes(Encoding.PEM) for one in signer.others)
    (folder / "key.pem").write_bytes(key)
    (folder / "cert.pem").write_bytes(signer.certificate.public_bytes(Encoding.PEM))
    (folder / "chain.pem").write_bytes(chain)
    (folder / "root.pem").write_bytes(pki.root().certificate.public_bytes(Encoding.PEM))


def xmlsec_accepts(data: bytes, folder: Path, *options: str) -> bool:
    """Tell whether xmlsec1 verifies a signature, its references and its chain."""
    write_signer(folder, pki.signer())
    (folder / "signed.xml").write_bytes(data)
    done = run(
        "xmlsec1",
        "--verify",
        "--id-attr:Id",
        f"{XADES}:SignedProperties",
        "--trusted-pem",
        "root.pem",
        "--verification-gmt-time",
        pki.NOW.strftime("%Y-%m-%d %H:%M:%S"),
        *options,
        "signed.xml",
        cwd=folder,
    )
    assert done.returncode == 0 or b"FAIL" in done.stderr or b"rror" in done.stderr
    return done.returncode == 0 and b"OK" in done.stderr + done.stdout


def xmlsec_signs(template: bytes, folder: Path, signer: Signer) -> bytes:
    write_signer(folder, signer)
    (folder / "template.xml").write_bytes(template)
    done = run(
        "xmlsec1",
        "--sign",
        "--privkey-pem",
        "key.pem,cert.pem,chain.pem",
        "template.xml",
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
