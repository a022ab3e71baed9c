"""Documents to sign, and the tools of a forger: change a tree, sign again, wrap."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import BinaryIO

from lxml import etree
from lxml.etree import _Element

from ihe_profiles.dsg import markup
from ihe_profiles.dsg.algorithms import canonicalization
from ihe_profiles.dsg.dsg_signing import sign_documents
from ihe_profiles.dsg.ground import Ground
from ihe_profiles.dsg.listed import OpenDocument, Submission
from ihe_profiles.dsg.signer import Signer
from ihe_profiles.dsg.verdicts import Judgement
from ihe_profiles.dsg.verification import judge
from ihe_profiles.dsg.xml_signing import Manner, sign_enveloped
from tests.dsg import pki

DOCUMENT = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n'
    b'<?xml-stylesheet type="text/xsl" href="cda.xsl"?>\n'
    b"<!-- made for tests -->"
    b'<ClinicalDocument xmlns="urn:hl7-org:v3" '
    b'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:h="urn:hl7-org:v3">\n'
    b'  <id root="1.2.250.1.999.1"/><!-- a comment -->\n'
    b"  <title>Compte rendu d'Ad\xc3\xa8le</title>\n"
    b'  <component><value xsi:type="h:ST">peu &amp; prou</value></component>\n'
    b"</ClinicalDocument>\n"
)
DOCUMENTS: Mapping[str, bytes] = {
    "1.2.250.1.999.2": b"first document",
    "1.2.250.1.999.3^a": b"<second>document</second>",
}
SET = "1.2.250.1.999.9"
SUBMISSION = Submission(SET, frozenset(DOCUMENTS))

Change = Callable[[_Element], None]


def ds(name: str) -> str:
    return f"{{{markup.DS}}}{name}"


def xades(name: str) -> str:
    return f"{{{markup.XADES}}}{name}"


def manner(**more: object) -> Manner:
    return Manner(**{"time": pki.NOW, **more})  # type: ignore[arg-type]


def enveloped(signer: Signer | None = None, **more: object) -> bytes:
    return sign_enveloped(DOCUMENT, signer or pki.signer(), manner(**more))


def detached(
    documents: Mapping[str, bytes] = DOCUMENTS,
    submission_set: str | None = SET,
    signer: Signer | None = None,
) -> bytes:
    streams = {id: BytesIO(data) for id, data in documents.items()}
    return sign_documents(streams, signer or pki.signer(), submission_set, manner())


def opener(documents: Mapping[str, bytes] = DOCUMENTS) -> OpenDocument:
    def open_document(id: str) -> BinaryIO | None:
        return BytesIO(documents[id]) if id in documents else None

    return open_document


def ground(**more: object) -> Ground:
    return Ground(**{"trust": pki.trust(), "at": pki.NOW, **more})  # type: ignore[arg-type]


def judged(data: bytes, **more: object) -> Judgement:
    """Judge the only signature."""
    (judgement,) = judge(data, ground(**more))
    return judgement


def keys(judgement: Judgement) -> list[str]:
    return [reason.key for reason in judgement.reasons]


def one(root: _Element, name: str) -> _Element:
    found = next(root.iter(name))
    assert found is not None
    return found


def changed(data: bytes, change: Change) -> bytes:
    tree = markup.parse(data, comments=True)
    change(tree.getroot())
    return etree.tostring(tree)


def resigned(data: bytes, change: Change, signer: Signer | None = None) -> bytes:
    """Change what is signed, and sign SignedInfo again as the signer would have."""
    tree = markup.parse(data, comments=True)
    change(tree.getroot())
    info = one(tree.getroot(), ds("SignedInfo"))
    how = canonicalization(one(info, ds("CanonicalizationMethod")).get("Algorithm", ""))
    value = (signer or pki.signer()).sign(markup.canonical(info, how))
    one(tree.getroot(), ds("SignatureValue")).text = b64encode(value).decode()
    return etree.tostring(tree)


def digest_again(root: _Element, target: _Element, index: int) -> None:
    """Put the right digest of a part into the reference with that index."""
    info = one(root, ds("SignedInfo"))
    reference = info.findall(ds("Reference"))[index]
    algorithm = one(reference, ds("Transform")).get("Algorithm", "")
    data = markup.canonical(target, canonicalization(algorithm))
    text = b64encode(hashlib.sha256(data).digest()).decode()
    one(reference, ds("DigestValue")).text = text
