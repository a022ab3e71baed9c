"""SOAP faults that refuse a user assertion (ITI TF-2 3.40; WSS SOAP Message Security 1.1, 12)."""

from __future__ import annotations

from typing import Final

from ihe_profiles.soap.fault_entry import FaultEntry
from ihe_profiles.soap.namespaces import WSSE

_TOKEN: Final = f"{{{WSSE}}}InvalidSecurityToken"
_AUTHENTICATION: Final = f"{{{WSSE}}}FailedAuthentication"
_CHECK: Final = f"{{{WSSE}}}FailedCheck"
_HEADER: Final = f"{{{WSSE}}}InvalidSecurity"
_UNAVAILABLE: Final = f"{{{WSSE}}}SecurityTokenUnavailable"

_XUA: Final = "ITI TF-2 3.40.4.1.2"
_SIGNED: Final = "SAML Core 5.4"
_KEYS: Final = "XMLDSig 4.5"


def _fault(subcode: str, text: str, section: str) -> FaultEntry:
    return FaultEntry("Sender", text, section, subcode=subcode)


_HEADERS: Final[dict[str, FaultEntry]] = {
    "security-token-missing": _fault(
        _UNAVAILABLE,
        "{transaction} needs a user assertion, and the message carries none for this service"
        "{elsewhere}. Send a signed SAML 2.0 Assertion in a wsse:Security header.",
        _XUA,
    ),
    "security-header-repeated": _fault(
        _HEADER,
        "The message has {count} wsse:Security headers for this service; send one.",
        "WSS SOAP Message Security 1.1, 5",
    ),
    "security-token-unknown": _fault(
        _HEADER,
        "The wsse:Security header holds {element}, which is not understood here;"
        " send a SAML 2.0 Assertion.",
        _XUA,
    ),
    "assertion-repeated": _fault(
        _HEADER,
        "The wsse:Security header holds {count} assertions; send the one that is meant.",
        _XUA,
    ),
    "assertion-encrypted": _fault(
        _TOKEN,
        "The security token is encrypted ({element}), and no key for it is agreed on;"
        " send it in clear, over TLS.",
        "SAML Core 2.3.4",
    ),
    "assertion-too-large": _fault(
        _TOKEN,
        "The assertion is larger than the {limit} octets accepted.",
        _XUA,
    ),
    "assertion-version": _fault(
        _TOKEN,
        "The assertion is of SAML version {version}; only 2.0 is accepted.",
        "SAML Core 2.3.3",
    ),
}

_SHAPE: Final[dict[str, FaultEntry]] = {
    "assertion-incomplete": _fault(
        _TOKEN, "The assertion lacks {missing}, which must be there.", "SAML Core 2.3.3"
    ),
    "assertion-part-repeated": _fault(
        _TOKEN,
        "The assertion has {count} times {element}, which may be there once.",
        "SAML Core 2.3.3",
    ),
    "assertion-nested": _fault(
        _HEADER,
        "The assertion contains another one; only an assertion that stands alone is accepted.",
        _SIGNED,
    ),
    "assertion-id-repeated": _fault(
        _HEADER,
        "{count} elements of the message's headers have the ID {id} of the assertion;"
        " an ID must be that of one element only.",
        "SAML Core 1.3.4",
    ),
    "assertion-value": _fault(
        _TOKEN, "The value {value} of {name} in the assertion {problem}.", "SAML Core 1.3"
    ),
    "assertion-authentication-missing": _fault(
        _TOKEN,
        "The assertion does not say how the user was authenticated: it needs an AuthnStatement"
        " with an AuthnContextClassRef or AuthnContextDeclRef.",
        _XUA,
    ),
    "assertion-attribute": _fault(_TOKEN, "The attribute {name} of the assertion {problem}.", _XUA),
}

_SIGNATURE: Final[dict[str, FaultEntry]] = {
    "assertion-unsigned": _fault(
        _CHECK,
        "The assertion is not signed: it has no ds:Signature of its own."
        " Send it as its provider issued it.",
        _SIGNED,
    ),
    "assertion-signatures": _fault(
        _CHECK,
        "The assertion contains {count} signatures; it must have one, as a child of its own.",
        _SIGNED,
    ),
    "assertion-signature-malformed": _fault(
        _CHECK, "The assertion's signature is not well made: {problem}.", "XMLDSig 4.1"
    ),
    "assertion-signature-object": _fault(
        _CHECK,
        "The assertion's signature contains a ds:Object, which has no place there.",
        "SAML Core 5.4.5",
    ),
    "assertion-references": _fault(
        _CHECK,
        "The assertion's signature has {count} references; it must have one, to the assertion.",
        "SAML Core 5.4.2",
    ),
    "assertion-reference-whole": _fault(
        _CHECK,
        "The assertion's signature refers to the whole document instead of the assertion: its"
        " Reference must have URI=#{id}.",
        "SAML Core 5.4.2",
    ),
    "assertion-reference-external": _fault(
        _CHECK,
        "The assertion's signature refers to {uri}, outside the message, which is not fetched: its"
        " Reference must have URI=#{id}.",
        "SAML Core 5.4.2",
    ),
    "assertion-reference-elsewhere": _fault(
        _CHECK,
        "The assertion's signature refers to {uri}, which is not the assertion itself (#{id}).",
        "SAML Core 5.4.2",
    ),
    "assertion-transform": _fault(
        _CHECK,
        "The transform {algorithm} is not allowed in an assertion's signature; allowed are the"
        " enveloped signature and then Exclusive XML Canonicalization without comments.",
        "SAML Core 5.4.4",
    ),
    "assertion-transforms": _fault(
        _CHECK,
        "The transforms of the assertion's signature are {found}; they must be the enveloped"
        " signature and then Exclusive XML Canonicalization.",
        "SAML Core 5.4.4",
    ),
    "assertion-canonicalization": _fault(
        _CHECK,
        "SignedInfo is canonicalized by {algorithm}; allowed is Exclusive XML Canonicalization"
        " without comments (http://www.w3.org/2001/10/xml-exc-c14n#).",
        "SAML Core 5.4.3",
    ),
    "assertion-shared-secret": _fault(
        _CHECK,
        "The signature algorithm {algorithm} works with a shared secret, which names no signer;"
        " sign with RSA or ECDSA and SHA-256 or stronger.",
        "XMLDSig 6.3",
    ),
    "assertion-weak-algorithm": _fault(
        _CHECK,
        "The algorithm {algorithm} is too weak for an assertion's signature;"
        " sign with RSA or ECDSA and SHA-256 or stronger.",
        "XMLDSig 6.4",
    ),
    "assertion-unknown-algorithm": _fault(
        _CHECK,
        "The algorithm {algorithm} of the assertion's signature is not known here;"
        " sign with RSA or ECDSA and SHA-256 or stronger.",
        "XMLDSig 6.4",
    ),
    "assertion-signature-value": _fault(
        _CHECK,
        "The assertion's signature was not made by the key of {signer}, or was altered since.",
        "XMLDSig 3.2.2",
    ),
    "assertion-altered": _fault(
        _CHECK,
        "The assertion was altered after it was signed: its digest is another."
        " Send it unchanged, as its provider issued it.",
        "XMLDSig 3.2.1",
    ),
}

_SIGNER: Final[dict[str, FaultEntry]] = {
    "assertion-issuer-unknown": _fault(
        _AUTHENTICATION,
        "The assertion's issuer {issuer} is not one that is trusted here;"
        " ask this service's operator to enter it ([xua] issuers).",
        "SAML Core 2.2.5",
    ),
    "assertion-issuer-not-signer": _fault(
        _AUTHENTICATION,
        "The assertion's issuer {issuer} is not the subject {subject} of the certificate that"
        " signed it.",
        "VIHF",
    ),
    "assertion-key-elsewhere": _fault(
        _CHECK,
        "The assertion's signature tells its key by a RetrievalMethod, which is not followed;"
        " put the certificate into X509Data.",
        _KEYS,
    ),
    "assertion-certificates": _fault(
        _CHECK,
        "The assertion's signature brings {count} certificates; at most {most} are read. Put only"
        " the signer's own and those between it and its authority into KeyInfo.",
        _KEYS,
    ),
    "assertion-key-without-certificate": _fault(
        _AUTHENTICATION,
        "The assertion's signature tells no certificate of its signer, so that nobody vouches for"
        " its key; put the certificate into KeyInfo/X509Data.",
        _KEYS,
    ),
    "assertion-key-other": _fault(
        _CHECK,
        "The KeyValue beside the certificate of the assertion's signature is another key.",
        _KEYS,
    ),
    "assertion-key-weak": _fault(
        _CHECK,
        "The signer's key is too short or of a kind that is not accepted ({bits} bits);"
        " RSA needs 2048 bits, an elliptic curve 256.",
        "SAML Core 5.4",
    ),
    "assertion-signer-self-signed": _fault(
        _AUTHENTICATION,
        "The certificate {signer} that the assertion brings along vouches for itself only, and is"
        " not one that is trusted for the issuer {issuer}.",
        "RFC 5280 6.1",
    ),
    "assertion-signer-untrusted": _fault(
        _AUTHENTICATION,
        "The certificate {signer} of the assertion's signer leads to no authority that is trusted"
        " for the issuer {issuer}.",
        "RFC 5280 6.1",
    ),
    "assertion-signer-refused": _fault(
        _AUTHENTICATION,
        "The certificate {signer} of the assertion's signer is not accepted: {problem}.",
        "RFC 5280 6.1",
    ),
}

_CONDITIONS: Final[dict[str, FaultEntry]] = {
    "assertion-not-yet": _fault(
        _TOKEN,
        "The assertion is valid from {begin} on ({name}), and it is {now} here; clocks may differ"
        " by {skew} seconds. Check both clocks.",
        "SAML Core 2.5.1.2",
    ),
    "assertion-expired": _fault(
        _TOKEN,
        "The assertion was valid until {end} ({name}), and it is {now} here; clocks may differ by"
        " {skew} seconds. Ask its provider for a new one.",
        "SAML Core 2.5.1.2",
    ),
    "assertion-too-old": _fault(
        _TOKEN,
        "The assertion was issued at {issued}, more than {limit} seconds ago;"
        " ask its provider for a new one.",
        _XUA,
    ),
    "assertion-audience-missing": _fault(
        _TOKEN,
        "The assertion names no audience; it must be issued for this service (Audience {ours}).",
        _XUA,
    ),
    "assertion-audience": _fault(
        _TOKEN,
        "The assertion was issued for {audiences}, not for this service (Audience {ours}).",
        "SAML Core 2.5.1.4",
    ),
    "assertion-condition-unknown": _fault(
        _TOKEN,
        "The assertion is bound to the condition {element}, which is not understood here.",
        "SAML Core 2.5.1.1",
    ),
    "assertion-confirmation-missing": _fault(
        _AUTHENTICATION,
        "The assertion's Subject has no SubjectConfirmation; it needs one of the method bearer or"
        " holder-of-key.",
        _XUA,
    ),
    "assertion-confirmation-method": _fault(
        _AUTHENTICATION,
        "The assertion is confirmed by {method}; accepted are bearer and holder-of-key.",
        "SAML Core 2.4.1.1",
    ),
    "assertion-recipient": _fault(
        _AUTHENTICATION,
        "The assertion may be presented to {recipient} only, which is not this service.",
        "SAML Core 2.4.1.2",
    ),
    "assertion-holder-unknown": _fault(
        _AUTHENTICATION,
        "The assertion is for the holder of a key (holder-of-key), and the connection has no client"
        " certificate that proves one; connect by mutual TLS with that key.",
        "SAML Core 2.4.1.3",
    ),
    "assertion-holder-other": _fault(
        _AUTHENTICATION,
        "The assertion is for the holder of another key (holder-of-key) than that of the client"
        " certificate of this connection.",
        "SAML Core 2.4.1.3",
    ),
}

ASSERTIONS: Final[dict[str, FaultEntry]] = {
    **_HEADERS,
    **_SHAPE,
    **_SIGNATURE,
    **_SIGNER,
    **_CONDITIONS,
}
"""Every one is a refusal of who asks, never of what is asked: its audit record says so."""
