"""What identifies the content of a message: a repeated one is told from a changed one."""

from __future__ import annotations

import hashlib
from typing import Final

from lxml import etree
from lxml.etree import QName, _Element

from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.soap.namespaces import XOP

_INCLUDE: Final = f"{{{XOP}}}Include"


def digest(body: _Element) -> bytes:
    """Return the SHA-256 of the exclusive canonical form of a body element.

    References to attachments count as empty: a sender that repeats a message may give its parts
    new Content-IDs. The element is left as it was; not for two threads at once.
    Raises SoapFault: `namespace-relative`.
    """
    includes = [(include, include.get("href", "")) for include in body.iter(_INCLUDE)]
    for include, _ in includes:
        include.set("href", "")
    try:
        return canonical_digest(body, exclusive=True)
    finally:
        for include, href in includes:
            include.set("href", href)


def canonical_digest(element: _Element, *, exclusive: bool) -> bytes:
    """Return the SHA-256 of a canonical form, which may be much larger than the element.

    Raises SoapFault: `namespace-relative`.
    """
    sink = _Sink()
    try:
        etree.ElementTree(element).write_c14n(sink, exclusive=exclusive)
    except etree.C14NError:
        raise SoapFault("namespace-relative", element=QName(element).localname) from None
    return sink.hash.digest()


class _Sink:
    def __init__(self) -> None:
        self.hash = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.hash.update(data)
        return len(data)
