"""Making PAdES signatures, levels B-B and B-T (EN 319 142-1)."""

from __future__ import annotations

from io import BytesIO
from typing import Final

from asn1crypto import keys
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import SigSeedSubFilter, enumerate_sig_fields
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import PdfSignatureMetadata, SimpleSigner, sign_pdf
from pyhanko_certvalidator.registry import SimpleCertificateStore

from ihe_profiles.dsg.certificates import to_asn1
from ihe_profiles.dsg.reasons import refuse
from ihe_profiles.dsg.signer import Signer, Timestamper

_FIELD: Final = "Signature"


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
        made = sign_pdf(writer, metadata, _simple(signer), timestamper=timestamper)
    except SigningError as error:
        raise refuse("pdf-not-to-be-signed", problem=error) from None
    return bytes(made.getvalue())


def _simple(signer: Signer) -> SimpleSigner:
    der = signer.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return SimpleSigner(
        signing_cert=to_asn1(signer.certificate),
        signing_key=keys.PrivateKeyInfo.load(der),
        cert_registry=SimpleCertificateStore.from_certs([to_asn1(one) for one in signer.others]),
    )
