"""The one table of what can be wrong with a signature: verdict, text, section."""

from __future__ import annotations

from typing import Final

from ihe_profiles.dsg.verdicts import Reason, Refused, Verdict
from ihe_profiles.xds.phrases import phrase

_INVALID: Final = Verdict.INVALID
_UNSURE: Final = Verdict.INDETERMINATE

_REFERENCE: Final = "XMLDSig 4.4.3"
_TRANSFORM: Final = "XMLDSig 4.4.3.4"
_WRAPPING: Final = "XMLDSig Best Practices 2.4"
_ALGORITHM: Final = "EN 319 102-1 5.2.8"
_PATH: Final = "RFC 5280 6.1"
_REVOCATION: Final = "EN 319 102-1 5.2.6"
_TIME: Final = "EN 319 102-1 5.6"
_XADES: Final = "EN 319 132-1"
_PDF: Final = "ISO 32000-2 12.8"
_DSG: Final = "ITI TF-3 5.5"

REASONS: Final[dict[str, tuple[Verdict, str, str]]] = {
    # What is there
    "malformed-xml": (_INVALID, "the document is not well-formed XML: {problem}", "XML 1.0 2.1"),
    "two-formats": (
        _INVALID,
        "the document is XML and PDF at once: its signature is of one of them only",
        "XMLDSig 8.1.2",
    ),
    "too-many-nodes": (
        _UNSURE,
        "the document has more than {limit} elements and attributes",
        "XMLDSig 8.1",
    ),
    "namespace-too-long": (
        _UNSURE,
        "the name of a namespace is longer than {limit} characters",
        "XMLDSig 8.1",
    ),
    "no-canonical-form": (
        _INVALID,
        "the XML has no canonical form: the name of a namespace is a relative reference",
        "Canonical XML 1.0 1.3",
    ),
    "too-many-signatures": (
        _UNSURE,
        "there are more than {limit} signatures in the document",
        "XMLDSig 8.1",
    ),
    "document-type": (_INVALID, "the document declares a document type", "XMLDSig 8.1"),
    "malformed-signature": (
        _INVALID,
        "the signature does not follow its schema: {problem}",
        "XMLDSig 4.1",
    ),
    "comment-in-signature": (
        _INVALID,
        "there is a comment or an instruction inside the signature",
        "XMLDSig 8.1.3",
    ),
    "signature-misplaced": (
        _INVALID,
        "the signature is in {place}; it may be the root, a child of it, or in signatureText",
        _WRAPPING,
    ),
    "nested-signature": (_INVALID, "the signature contains another signature", _WRAPPING),
    # Algorithms
    "weak-digest": (_INVALID, "the digest algorithm {algorithm} is too weak", _ALGORITHM),
    "weak-signature-method": (
        _INVALID,
        "the signature algorithm {algorithm} is too weak",
        _ALGORITHM,
    ),
    "shared-secret": (
        _INVALID,
        "{algorithm} uses a secret shared with the verifier, so it names no signer",
        "XMLDSig 6.3",
    ),
    "unknown-digest": (_INVALID, "the digest algorithm {algorithm} is not known", "XMLDSig 6.2"),
    "unknown-signature-method": (
        _INVALID,
        "the signature algorithm {algorithm} is not known",
        "XMLDSig 6.4",
    ),
    "unknown-canonicalization": (
        _INVALID,
        "the canonicalization {algorithm} is not known",
        "XMLDSig 6.5",
    ),
    "weak-key": (_INVALID, "the key of the signer has {bits} bits; at least {least}", _ALGORITHM),
    "weak-certificate": (_INVALID, "a certificate is too weak: {problem}", _ALGORITHM),
    # References and transforms
    "xslt-transform": (_INVALID, "reference {uri} is transformed by XSLT", _TRANSFORM),
    "xpath-transform": (_INVALID, "reference {uri} is filtered by XPath", _TRANSFORM),
    "unknown-transform": (_INVALID, "reference {uri} has the transform {algorithm}", _TRANSFORM),
    "transform-order": (
        _INVALID,
        "reference {uri} has transforms that do not go together: {algorithms}",
        _TRANSFORM,
    ),
    "enveloped-missing": (
        _INVALID,
        "reference {uri} contains the signature and does not leave it out",
        "XMLDSig 6.6.4",
    ),
    "reference-without-uri": (_INVALID, "a reference has no URI", _REFERENCE),
    "xpointer": (_INVALID, "reference {uri} is an XPointer", _REFERENCE),
    "external-reference": (
        _INVALID,
        "reference {uri} is outside of the document and no document of the submission",
        _REFERENCE,
    ),
    "duplicate-id": (_INVALID, "{count} elements have the Id {id}", _WRAPPING),
    "id-not-found": (_INVALID, "no element has the Id {id}", _REFERENCE),
    "reference-elsewhere": (
        _INVALID,
        "reference {uri} points to {place}: neither the document nor a part of the signature",
        _WRAPPING,
    ),
    "too-many-references": (_INVALID, "there are more than {limit} references", "XMLDSig 8.1"),
    "referenced-twice": (_INVALID, "{uri} is referenced more than once", _REFERENCE),
    "not-whole-document": (_INVALID, "the signature does not cover {part}", "XMLDSig 8.1.2"),
    "reference-digest": (_INVALID, "what reference {uri} signs was changed", "XMLDSig 3.2.1"),
    # The signer
    "external-key": (_INVALID, "the key must be fetched from elsewhere", "XMLDSig 4.5.3"),
    "no-certificate": (_UNSURE, "the certificate of the signer is not there", "XMLDSig 4.5.4"),
    "malformed-certificate": (_INVALID, "a certificate cannot be read: {problem}", "RFC 5280 4.1"),
    "signature-value": (
        _INVALID,
        "the signature was not made by this certificate over this content",
        "XMLDSig 3.2.2",
    ),
    "key-mismatch": (
        _INVALID,
        "the key given beside the certificate is another one",
        "XMLDSig 4.5.2",
    ),
    # XAdES
    "several-signed-properties": (
        _INVALID,
        "there are several QualifyingProperties or SignedProperties",
        f"{_XADES} 4.4",
    ),
    "malformed-properties": (
        _INVALID,
        "the properties cannot be read: {problem}",
        f"{_XADES} 5",
    ),
    "wrong-target": (
        _INVALID,
        "the properties are of another signature: {target}",
        f"{_XADES} 4.3",
    ),
    "properties-unsigned": (_INVALID, "the SignedProperties are not signed", f"{_XADES} 4.4.2"),
    "signing-certificate-missing": (
        _INVALID,
        "the properties do not say which certificate signed",
        f"{_XADES} 5.2.2",
    ),
    "other-certificate": (
        _INVALID,
        "the properties name another certificate than the signer's",
        f"{_XADES} 5.2.2",
    ),
    "signing-time-unreadable": (_INVALID, "the SigningTime {value} is no time", f"{_XADES} 5.2.1"),
    # Time
    "signed-in-the-future": (_INVALID, "the signer states {claimed}, after {at}", _TIME),
    "timestamp-unreadable": (_INVALID, "the timestamp cannot be read: {problem}", "RFC 3161 2.4"),
    "timestamp-broken": (_INVALID, "the timestamp's own signature is wrong", "RFC 3161 2.4"),
    "timestamp-of-other": (_INVALID, "the timestamp is of another signature", "RFC 3161 2.4"),
    "timestamp-before-signing": (
        _INVALID,
        "the timestamp {proven} is before the stated time {claimed}",
        _TIME,
    ),
    "timestamp-in-the-future": (_INVALID, "the timestamp {proven} is after {at}", _TIME),
    "timestamp-untrusted": (_UNSURE, "the timestamp is not trusted: {problem}", _TIME),
    # Trust
    "no-chain": (_UNSURE, "no chain leads to a trusted certificate", _PATH),
    "chain-broken": (_INVALID, "the chain of certificates is wrong: {problem}", _PATH),
    "expired": (_INVALID, "a certificate had expired: {problem}", _PATH),
    "expired-since": (
        _UNSURE,
        "a certificate expired after the stated time, which no timestamp proves: {problem}",
        _TIME,
    ),
    "not-yet-valid": (_INVALID, "a certificate was not valid yet: {problem}", _PATH),
    "key-usage": (
        _INVALID,
        "the certificate is not for signing documents: it allows {usages}",
        "RFC 5280 4.2.1.3",
    ),
    "signed-by-authority": (
        _INVALID,
        "the signer's certificate is that of an authority",
        "RFC 5280 4.2.1.9",
    ),
    "revoked": (_INVALID, "a certificate was revoked on {date}", _REVOCATION),
    "revoked-since": (
        _UNSURE,
        "a certificate was revoked on {date}, after the stated time, which no timestamp proves",
        _REVOCATION,
    ),
    "revocation-unknown": (_UNSURE, "nothing says that {subject} was not revoked", _REVOCATION),
    # PDF
    "malformed-pdf": (_INVALID, "the PDF cannot be read: {problem}", "ISO 32000-2 7.5"),
    "pdf-encrypted": (_UNSURE, "the PDF is encrypted", "ISO 32000-2 7.6"),
    "pdf-sub-filter": (_INVALID, "the signature is of the kind {kind}", "ISO 32000-2 12.8.3"),
    "pdf-malformed-signature": (
        _INVALID,
        "the signature does not follow CMS: {problem}",
        "RFC 5652 5",
    ),
    "pdf-byte-range": (
        _INVALID,
        "the signature leaves out bytes of its revision of the document",
        f"{_PDF}.1",
    ),
    "pdf-digest": (_INVALID, "the signed bytes were changed", f"{_PDF}.1"),
    "pdf-changed": (
        _INVALID,
        "the document was changed after signing: {problem}",
        f"{_PDF}.2.2",
    ),
    "pdf-change-not-allowed": (
        _INVALID,
        "a change after signing ({change}) goes beyond what the signer allows",
        f"{_PDF}.2.2",
    ),
    "pdf-not-to-be-signed": (
        _INVALID,
        "the PDF does not take another signature: {problem}",
        f"{_PDF}.2.2",
    ),
    # DSG
    "nothing-listed": (_INVALID, "the signature lists no document", f"{_DSG}.2"),
    "document-not-at-hand": (_UNSURE, "the document {id} is not at hand", f"{_DSG}.3"),
    "document-changed": (_INVALID, "the document {id} is not the signed one", f"{_DSG}.3"),
    "document-not-xml": (
        _INVALID,
        "the document {id} is signed as XML and is none: {problem}",
        f"{_DSG}.3",
    ),
    "document-too-large": (
        _UNSURE,
        "the document {id} is signed in canonical form and has more than {limit} octets",
        f"{_DSG}.3",
    ),
    "document-unlisted": (
        _INVALID,
        "the signature does not list the document {id}, which its signs association names",
        f"{_DSG}.2",
    ),
    "listed-twice": (_INVALID, "the document {id} is listed more than once", f"{_DSG}.2"),
    "zero-digest": (
        _INVALID,
        "{id} has the digest 0, which only the SubmissionSet may have",
        f"{_DSG}.2",
    ),
    "other-submission": (
        _INVALID,
        "the signature is of the SubmissionSet {id}, not of {expected}",
        f"{_DSG}.3",
    ),
    "submission-differs": (
        _INVALID,
        "the list is not the content of the SubmissionSet: {difference}",
        f"{_DSG}.3",
    ),
}


def because(key: str, **fields: object) -> Reason:
    """Fill in one entry of the table. Raises KeyError for an unknown key or a missing field."""
    verdict, text, section = REASONS[key]
    return Reason(key, phrase(text, **fields), section, verdict)


def refuse(key: str, **fields: object) -> Refused:
    """Return one entry of the table as an exception to raise."""
    return Refused(because(key, **fields))
