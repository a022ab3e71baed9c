"""The section [signatures]."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, FilePath, model_validator

from entente.settings_types import Section
from repository.signature_policy import Format, Policy


def _kind(value: str) -> str:
    code, separator, scheme = value.partition("^^")
    if not (code and scheme if separator else "/" in code):
        raise ValueError(
            "allowed are a media type such as application/pdf and a formatCode as code^^scheme"
        )
    return value if separator else value.lower()


class Signatures(Section):
    """The signatures of submitted documents: whether they are judged, and by what."""

    policy: Policy = Policy.OFF
    """off, report (the verdict is on record), or require (only valid signatures are stored)."""
    xml: Policy | None = None
    """The policy for XML-DSig and XAdES inside documents, where it is another."""
    pdf: Policy | None = None
    """The policy for PAdES, where it is another."""
    dsg: Policy | None = None
    """The policy for signature documents of their own (IHE DSG, French submission signatures)."""
    must_be_signed: tuple[Annotated[str, AfterValidator(_kind)], ...] = ()
    """Media types, and formatCodes as code^^scheme, whose documents must have a signature."""
    anchors: tuple[FilePath, ...] = ()
    """Certificates (PEM or DER) that chains of signers must lead to."""
    timestamp_anchors: tuple[FilePath, ...] = ()
    """Those of timestamps, where they are others."""
    certificates: tuple[FilePath, ...] = ()
    """Further ones to build chains with; not trusted by themselves."""
    crls: tuple[FilePath, ...] = ()
    """Revocation lists (PEM or DER); read again whenever one of the files changes."""
    ocsp_responses: tuple[FilePath, ...] = ()
    """Cached OCSP responses (DER)."""
    revocation_required: bool = False
    """Whether a certificate of which neither a list nor a response speaks is in doubt."""
    key_usages: tuple[Literal["digital_signature", "content_commitment"], ...] = (
        "digital_signature",
        "content_commitment",
    )
    """A certificate with a key usage must have one of these."""
    sha1: bool = False
    """Accept SHA-1 (ITI TF-3 5.5 asks that it be possible)."""
    rsa_bits: Annotated[int, Field(ge=1024)] = 2048
    """The shortest RSA key that counts."""
    skew_seconds: Annotated[float, Field(ge=0)] = 300.0
    """How far the clocks of signers and timestamp servers may differ."""

    @model_validator(mode="after")
    def _anchored(self) -> Self:
        if not self.anchors and any(one is not Policy.OFF for one in self.policies.values()):
            raise ValueError('signatures are judged by anchors: set anchors, or policy = "off"')
        return self

    @property
    def policies(self) -> dict[Format, Policy]:
        """The policy for each format."""
        own = {Format.XML: self.xml, Format.PDF: self.pdf, Format.DSG: self.dsg}
        return {one: own.get(one) or self.policy for one in Format}
