"""The algorithms of XML signatures: which are known, which are too weak, which are refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from ihe_profiles.dsg.reasons import because, refuse
from ihe_profiles.dsg.trust import Trust
from ihe_profiles.dsg.verdicts import Reason

_DSIG: Final = "http://www.w3.org/2000/09/xmldsig#"
_MORE: Final = "http://www.w3.org/2001/04/xmldsig-more#"
_RFC6931: Final = "http://www.w3.org/2007/05/xmldsig-more#"

ENVELOPED: Final = f"{_DSIG}enveloped-signature"
BASE64: Final = f"{_DSIG}base64"
SHA1: Final = f"{_DSIG}sha1"
SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
C14N: Final = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
C14N11_COMMENTS: Final = "http://www.w3.org/2006/12/xml-c14n11#WithComments"
EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"

Hasher = Callable[[], "hashlib._Hash"]

DIGESTS: Final[dict[str, Hasher]] = {  # XMLDSig 6.2
    SHA256: hashlib.sha256,
    f"{_MORE}sha384": hashlib.sha384,
    "http://www.w3.org/2001/04/xmlenc#sha512": hashlib.sha512,
    f"{_RFC6931}sha3-256": hashlib.sha3_256,
    f"{_RFC6931}sha3-384": hashlib.sha3_384,
    f"{_RFC6931}sha3-512": hashlib.sha3_512,
}
_WEAK_DIGESTS: Final = frozenset(
    {f"{_MORE}md5", f"{_MORE}sha224", "http://www.w3.org/2001/04/xmlenc#ripemd160"}
)

SIGNATURES: Final = frozenset(  # XMLDSig 6.4, RFC 9231
    {f"{_MORE}{kind}-sha{size}" for kind in ("rsa", "ecdsa") for size in (256, 384, 512)}
    | {f"{_RFC6931}sha{size}-rsa-MGF1" for size in (256, 384, 512)}
)
_SHA1_SIGNATURES: Final = frozenset(
    {f"{_DSIG}rsa-sha1", f"{_MORE}ecdsa-sha1", f"{_RFC6931}sha1-rsa-MGF1"}
)
_WEAK_SIGNATURES: Final = frozenset(
    {
        f"{_DSIG}dsa-sha1",
        "http://www.w3.org/2009/xmldsig11#dsa-sha256",
        f"{_MORE}rsa-md5",
        f"{_MORE}rsa-sha224",
        f"{_MORE}rsa-ripemd160",
        f"{_MORE}ecdsa-sha224",
    }
)
_SECRETS: Final = "#hmac-"

EC_BITS: Final = 256


@dataclass(frozen=True, slots=True)
class Canonicalization:
    """How XML becomes bytes (Canonical XML 1.0 and 1.1, Exclusive XML Canonicalization)."""

    exclusive: bool
    comments: bool


CANONICALIZATIONS: Final[dict[str, Canonicalization]] = {  # XMLDSig 6.5
    C14N: Canonicalization(exclusive=False, comments=False),
    f"{C14N}#WithComments": Canonicalization(exclusive=False, comments=True),
    "http://www.w3.org/2006/12/xml-c14n11": Canonicalization(exclusive=False, comments=False),
    C14N11_COMMENTS: Canonicalization(exclusive=False, comments=True),
    EXCLUSIVE: Canonicalization(exclusive=True, comments=False),
    f"{EXCLUSIVE}WithComments": Canonicalization(exclusive=True, comments=True),
}

REFUSED_TRANSFORMS: Final = {  # XMLDSig Best Practices 2.1
    "http://www.w3.org/TR/1999/REC-xslt-19991116": "xslt-transform",
    "http://www.w3.org/TR/1999/REC-xpath-19991116": "xpath-transform",
    "http://www.w3.org/2002/06/xmldsig-filter2": "xpath-transform",
}


def hasher(algorithm: str, trust: Trust) -> Hasher:
    """Return the digest of an algorithm's URI. Raises Refused: weak-digest, unknown-digest."""
    if algorithm in DIGESTS:
        return DIGESTS[algorithm]
    if algorithm == SHA1 and trust.sha1:
        return hashlib.sha1
    weak = algorithm in _WEAK_DIGESTS or algorithm == SHA1
    raise refuse("weak-digest" if weak else "unknown-digest", algorithm=algorithm)


def digest_of(algorithm: Hasher, data: bytes) -> bytes:
    """Return the digest of some bytes."""
    digest = algorithm()
    digest.update(data)
    return digest.digest()


def check_signature_method(algorithm: str, trust: Trust) -> None:
    """Raise Refused: shared-secret, weak-signature-method, unknown-signature-method."""
    if algorithm in SIGNATURES or (algorithm in _SHA1_SIGNATURES and trust.sha1):
        return
    if _SECRETS in algorithm:
        raise refuse("shared-secret", algorithm=algorithm)
    weak = algorithm in _WEAK_SIGNATURES | _SHA1_SIGNATURES
    raise refuse(
        "weak-signature-method" if weak else "unknown-signature-method", algorithm=algorithm
    )


def canonicalization(algorithm: str) -> Canonicalization:
    """Return what an algorithm's URI stands for. Raises Refused: unknown-canonicalization."""
    try:
        return CANONICALIZATIONS[algorithm]
    except KeyError:
        raise refuse("unknown-canonicalization", algorithm=algorithm) from None


def too_short(key: Any, trust: Trust) -> tuple[Reason, ...]:
    """Return what is wrong with a public key's length, or with its kind."""
    bits = getattr(key, "key_size", 0)
    known = isinstance(key, (rsa.RSAPublicKey, ec.EllipticCurvePublicKey))
    least = trust.rsa_bits if isinstance(key, rsa.RSAPublicKey) else EC_BITS
    if known and bits >= least:
        return ()
    return (because("weak-key", bits=bits, least=least),)
