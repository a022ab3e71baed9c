"""Making detached signatures over several documents, and over a SubmissionSet (ITI TF-3 5.5)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import BinaryIO, Final

from lxml import etree
from lxml.builder import ElementMaker

from ihe_profiles.dsg import markup
from ihe_profiles.dsg.algorithms import C14N11_COMMENTS, canonicalization
from ihe_profiles.dsg.markup import DS
from ihe_profiles.dsg.signer import Signer
from ihe_profiles.dsg.xml_signing import Manner, Signed, around, finish, reference_element

MANIFEST_TYPE: Final = f"{DS}Manifest"
SOURCE: Final = "1.2.840.10065.1.12.1.14"
"""The purpose of whoever submits (ASTM E1762), the usual one of a SubmissionSet."""

_CHUNK: Final = 1 << 20
_ds: Final = ElementMaker(namespace=DS, nsmap={"ds": DS})


def sign_documents(
    documents: Mapping[str, BinaryIO],
    signer: Signer,
    submission_set: str | None = None,
    manner: Manner | None = None,
) -> bytes:
    """Return a signature whose manifest lists documents by uniqueId, each with its SHA-256.

    With a `submission_set` its uniqueId is listed first, with the digest 0. The purpose is
    "source" unless `manner` says otherwise. Raises ValueError where there is no document.
    """
    if not documents:
        raise ValueError("there is no document to sign")
    manner = replace(manner or Manner(), canonicalization=C14N11_COMMENTS)
    if not manner.commitments:
        manner = replace(manner, commitments=(f"urn:oid:{SOURCE}",))
    listed = [Signed(_urn(id), _digest(stream)) for id, stream in documents.items()]
    sets = [Signed(_urn(submission_set), b"\0")] if submission_set else []
    manifest = _manifest([*sets, *listed])
    signature = around(manifest, signer)
    how = canonicalization(C14N11_COMMENTS)
    digest = hashlib.sha256(markup.canonical(manifest, how)).digest()
    whole = Signed("#IHEManifest", digest, (C14N11_COMMENTS,), MANIFEST_TYPE)
    finish(signature, signer, manner, (whole,))
    return etree.tostring(signature, xml_declaration=True, encoding="UTF-8")


def _manifest(references: Iterable[Signed]) -> etree._Element:
    return _ds.Manifest(*map(reference_element, references), Id="IHEManifest")


def _urn(unique_id: str) -> str:
    return f"urn:oid:{unique_id}" if unique_id[:1].isdigit() else unique_id


def _digest(stream: BinaryIO) -> bytes:
    digest = hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
    return digest.digest()
