"""What the guard costs each message: `python -m bench.assertions`.

Cold: an assertion that comes for the first time. Warm: one that was verified before. Beside each,
what could not be spared: the two public-key operations, and the canonical octets with their digest.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree

from ihe_profiles import iti18
from ihe_profiles.soap import envelope
from ihe_profiles.soap.limits import SoapLimits
from ihe_profiles.soap.xml import parse
from tests.xua import maker


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
    data = maker.message(maker.seal(maker.Draft().text()))
    header = envelope.read(parse(data, SoapLimits())).header
    assert header is not None
    assertion = header[-1][0]
    known = maker.guard()

    def warm() -> object:
        return known(iti18.TRANSACTION, header, maker.ANYBODY)

    def cold() -> object:
        return maker.guard()(iti18.TRANSACTION, header, maker.ANYBODY)

    def octets() -> object:
        return hashlib.sha256(etree.tostring(assertion, method="c14n")).digest()

    key = maker.provider().key
    assert isinstance(key, rsa.RSAPrivateKey)
    signature = key.sign(b"data", padding.PKCS1v15(), hashes.SHA256())

    def operations() -> None:
        for _ in range(2):
            key.public_key().verify(signature, b"data", padding.PKCS1v15(), hashes.SHA256())

    print(f"assertion of {len(etree.tostring(assertion)):,} octets")
    print(f"cold: {microseconds(cold, 200):8,.0f} µs   floor {microseconds(operations, 200):,.0f}")
    print(f"warm: {microseconds(warm, 2000):8,.0f} µs   floor {microseconds(octets, 2000):,.0f}")


if __name__ == "__main__":
    main()
