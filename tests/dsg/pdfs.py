"""A PDF to sign, and the ground to judge it on: its signatures are made now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter, append_signature_field
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import SignatureObject

from ihe_profiles.dsg.ground import Ground
from tests.conftest import PROJECT
from tests.dsg import pki

PDF = (PROJECT / "samples" / "documents" / "consignes.pdf").read_bytes()


def now() -> datetime:
    return datetime.now(UTC)


def embedded(data: bytes, field: str, make: Callable[[bytes], bytes]) -> bytes:
    """Put a CMS signature that somebody makes of the signed bytes in its place."""
    writer = IncrementalPdfFileWriter(BytesIO(data))
    append_signature_field(writer, SigFieldSpec(field))
    embedder = PdfCMSEmbedder().write_cms(field, writer)
    next(embedder)
    placed = SignatureObject(subfilter=SigSeedSubFilter.PADES)
    embedder.send(SigObjSetup(sig_placeholder=placed))
    output = BytesIO()
    prepared, _ = embedder.send(SigIOSetup(md_algorithm="sha256", output=output))
    signed = output.getvalue()
    start, end = prepared.reserved_region_start, prepared.reserved_region_end
    embedder.send(make(signed[:start] + signed[end:]))
    return output.getvalue()


def pdf_ground(**more: object) -> Ground:
    return Ground(**{"trust": pki.trust(), "at": now(), **more})  # type: ignore[arg-type]
