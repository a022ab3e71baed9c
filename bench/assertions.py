"""What the guard costs each message: `python -m bench.assertions`.

Cold: an assertion that comes for the first time. Warm: one that was verified before. Beside each,
what could not be spared: the two public-key operations, and the canonical octets with their digest.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml.algorithms import CanonicalizationMethod
from signxml.signer import XMLSigner

from ihe_profiles import iti18
from ihe_profiles.dsg.certificates import load_all
from ihe_profiles.soap import envelope
from ihe_profiles.soap.exchange import Binary, Peer
from ihe_profiles.soap.limits import SoapLimits
from ihe_profiles.soap.xml import parse
from ihe_profiles.xua.guard import AssertionGuard
from ihe_profiles.xua.header import security_header
from ihe_profiles.xua.namespaces import BEARER, HL7, SAML
from ihe_profiles.xua.rules import Requirement, Rules, Trusted

ISSUER = "https://sts.bench.example"
AUDIENCE = "https://xds.bench.example"
_SKEW = timedelta(seconds=60)


class Provider:
    """An assertion provider under an authority of its own, `authority` (PEM)."""

    def __init__(self) -> None:
        root = rsa.generate_private_key(65537, 2048)
        self._key = rsa.generate_private_key(65537, 2048)
        self.authority = _certificate("Authority", root, "Authority", root)
        self._certificate = _certificate("Provider", self._key, "Authority", root)

    def token(
        self,
        user: str = "dr.bench",
        lives: timedelta = timedelta(hours=1),
        role: tuple[str, str] | None = None,
    ) -> bytes:
        """Issue an assertion for a user, with a role (code, system) or none."""
        now = datetime.now(UTC)
        begin, end = (when.strftime("%Y-%m-%dT%H:%M:%SZ") for when in (now, now + lives))
        text = (
            f'<Assertion xmlns="{SAML}" ID="_{time.time_ns()}" Version="2.0"'
            f' IssueInstant="{begin}">'
            f"<Issuer>{ISSUER}</Issuer>"
            '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Id="placeholder"/>'
            f"<Subject><NameID>{user}</NameID>"
            f'<SubjectConfirmation Method="{BEARER}"/></Subject>'
            f'<Conditions NotBefore="{begin}" NotOnOrAfter="{end}"><AudienceRestriction>'
            f"<Audience>{AUDIENCE}</Audience></AudienceRestriction></Conditions>"
            f'<AuthnStatement AuthnInstant="{begin}"><AuthnContext><AuthnContextClassRef>'
            "urn:oasis:names:tc:SAML:2.0:ac:classes:X509</AuthnContextClassRef></AuthnContext>"
            '</AuthnStatement><AttributeStatement><Attribute Name="urn:oasis:names:tc:xspa:1.0:'
            'subject:subject-id"><AttributeValue>Dr. Bench</AttributeValue></Attribute>'
            f"{_role(*role) if role else ''}</AttributeStatement></Assertion>"
        )
        root = etree.fromstring(text)
        signer = XMLSigner(c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0)
        uri = str(root.get("ID"))
        signed = signer.sign(
            root, key=self._key, cert=[self._certificate], reference_uri=uri, id_attribute="ID"
        )
        return etree.tostring(signed)


def _role(code: str, system: str) -> str:
    return (
        '<Attribute Name="urn:oasis:names:tc:xacml:2.0:subject:role"><AttributeValue>'
        f'<Role xmlns="{HL7}" code="{code}" codeSystem="{system}" displayName="{code}"/>'
        "</AttributeValue></Attribute>"
    )


def _certificate(
    name: str, key: rsa.RSAPrivateKey, issuer: str, signing: rsa.RSAPrivateKey
) -> x509.Certificate:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=key is signing, path_length=None), critical=True)
        .sign(signing, hashes.SHA256())
    )


def microseconds(work: Callable[[], object], count: int) -> float:
    """Return the median time of one call."""
    taken = []
    for _ in range(count):
        begin = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begin)
    return sorted(taken)[count // 2] * 1e6


def main() -> None:
    """Measure and print."""
    provider = Provider()
    authority = load_all(provider.authority.public_bytes(Encoding.DER))
    rules = Rules(
        require=Requirement.REQUIRED,
        issuers={ISSUER: Trusted.of(authority, skew=_SKEW)},
        audiences=frozenset({AUDIENCE}),
    )
    pieces = envelope.write(
        iti18.TRANSACTION.action, [b"<q/>"], header=security_header(provider.token())
    )
    data = b"".join(piece for piece in pieces if not isinstance(piece, Binary))
    header = envelope.read(parse(data, SoapLimits())).header
    assert header is not None
    assertion, peer = header[-1][0], Peer("192.0.2.7")
    known = AssertionGuard(lambda: rules)

    def warm() -> object:
        return known(iti18.TRANSACTION, header, peer)

    def cold() -> object:
        return AssertionGuard(lambda: rules)(iti18.TRANSACTION, header, peer)

    def octets() -> object:
        return hashlib.sha256(etree.tostring(assertion, method="c14n")).digest()

    key = rsa.generate_private_key(65537, 2048)
    signature = key.sign(b"data", padding.PKCS1v15(), hashes.SHA256())

    def operations() -> None:
        for _ in range(2):
            key.public_key().verify(signature, b"data", padding.PKCS1v15(), hashes.SHA256())

    print(f"assertion of {len(etree.tostring(assertion)):,} octets")
    print(f"cold: {microseconds(cold, 200):8,.0f} µs   floor {microseconds(operations, 200):,.0f}")
    print(f"warm: {microseconds(warm, 2000):8,.0f} µs   floor {microseconds(octets, 2000):,.0f}")


if __name__ == "__main__":
    main()
