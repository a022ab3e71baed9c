"""Making PAdES signatures, levels B-B and B-T (EN 319 142-1)."""

from __future__ import annotations

from io import BytesIO
from typing import Final

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import SigSeedSubFilter, enumerate_sig_fields
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import PdfSignatureMetadata, sign_pdf
from pyhanko.sign.signers import Signer as PdfSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from ihe_profiles.dsg.certificates import to_asn1
from ihe_profiles.dsg.reasons import refuse
from ihe_profiles.dsg.signer import Signer, Timestamper, der_of

_FIELD: Final = "Signature"
_LONGEST: Final = 1024
"""Octets of the longest value that room is made for: RSA with 8192 bits."""


def sign_pades(data: bytes, signer: Signer, timestamper: Timestamper | None = None) -> bytes:
    """Return a PDF with one more signature of the whole, in a field that is not shown.

    What was signed before stays as it is. Raises Refused: malformed-pdf, pdf-not-to-be-signed.
    """
    try:
        writer = IncrementalPdfFileWriter(BytesIO(data))
        fields = len(list(enumerate_sig_fields(writer)))
    except (PdfError, ValueError, KeyError) as error:
        raise refuse("malformed-pdf", problem=error) from None
    metadata = PdfSignatureMetadata(
        field_name=f"{_FIELD}{fields + 1}", subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256"
    )
    try:
        made = sign_pdf(writer, metadata, CmsSigner(signer), timestamper=timestamper)
    except SigningError as error:
        raise refuse("pdf-not-to-be-signed", problem=error) from None
    return bytes(made.getvalue())


class CmsSigner(PdfSigner):
    """Signs CMS with a key wherever it is."""

    def __init__(self, signer: Signer) -> None:
        others = SimpleCertificateStore.from_certs([to_asn1(one) for one in signer.others])
        super().__init__(signing_cert=to_asn1(signer.certificate), cert_registry=others)
        self._signer = signer

    async def async_sign_raw(
        self, data: bytes, digest_algorithm: str, dry_run: bool = False
    ) -> bytes:
        """Return RSA (PKCS#1 v1.5) or ECDSA; a dry run tells how much room a value may need."""
        if dry_run:
            return bytes(_LONGEST)
        value = self._signer.sign(data)
        return der_of(value) if self._signer.kind == "ecdsa" else value
