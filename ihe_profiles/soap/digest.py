"""What identifies the content of a message: a repeated one is told from a changed one."""

from __future__ import annotations

import hashlib
from typing import Final

from lxml import etree
from lxml.etree import _Element

from ihe_profiles.soap.namespaces import XOP

_INCLUDE: Final = f"{{{XOP}}}Include"


def digest(body: _Element) -> bytes:
    """Return the SHA-256 of the exclusive canonical form of a body element.

    References to attachments count as empty: a sender that repeats a message may give its parts
    new Content-IDs. The element is left as it was; not for two threads at once.
    """
    includes = [(include, include.get("href", "")) for include in body.iter(_INCLUDE)]
    for include, _ in includes:
        include.set("href", "")
    canonical = etree.tostring(body, method="c14n", exclusive=True)
    for include, href in includes:
        include.set("href", href)
    return hashlib.sha256(canonical).digest()
