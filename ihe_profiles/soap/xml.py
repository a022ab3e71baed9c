"""The one XML parser that reads what strangers send: no DTD, no entities, no network, no depth."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

from lxml import etree
from lxml.etree import _Element

from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.soap.limits import SoapLimits

_PROLOG_WITH_DTD: Final = re.compile(
    rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?(?:\s++|<!--.*?-->|<\?.*?\?>)*+<!DOCTYPE", re.DOTALL
)
_OPTIONS: Final[dict[str, Any]] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
    "collect_ids": False,
}
_LONG_VALUE: Final = r"""=\s*(?:"[^"]{%d}|'[^']{%d})"""
_READABLE: Final = ("UTF-8", "UTF-16", "US-ASCII", "ASCII", "ISO-8859-", "WINDOWS-125")
"""Encodings in whose octets, without zeros, markup is ASCII."""
_POSITION: Final = re.compile(r"\s*, line \d+, column \d+$")

# libxml2's own guards may fire before ours, in words that do not help a sender.
_GUARDS: Final = (("Excessive depth", "too-deep"), ("Resource limit exceeded", "text-too-long"))


def parse(data: bytes, limits: SoapLimits) -> _Element:
    """Parse one XML document (XML 1.0) that may not declare a document type (SOAP 1.2 part 1, 5).

    Comments and processing instructions are left out. Encoding as XML says: byte order mark,
    declaration, else UTF-8. Raises SoapFault: `empty-request`, `document-type`, `malformed-xml`,
    `too-deep`, `namespace-too-long`, `text-too-long`.
    """
    if not data.strip():
        raise SoapFault("empty-request")
    if _PROLOG_WITH_DTD.match(_single_bytes(data)):
        raise SoapFault("document-type")
    try:
        root: _Element = etree.fromstring(data, etree.XMLParser(**_OPTIONS))
    except etree.XMLSyntaxError as error:
        raise _fault(error, limits) from None
    # The encodings that the check above cannot see through (UTF-7, EBCDIC) are caught here.
    if root.getroottree().docinfo.internalDTD is not None:
        raise SoapFault("document-type")
    if _deeper_than(limits.depth)(root):
        raise SoapFault("too-deep", limit=limits.depth)
    if longest_namespace(data, root, limits.namespace) > limits.namespace:
        raise SoapFault("namespace-too-long", limit=limits.namespace)
    return root


def _single_bytes(data: bytes) -> bytes:
    """Make UTF-16 and UTF-32 readable for the check of the prolog, which is ASCII."""
    return data.replace(b"\0", b"") if b"\0" in data[:4] else data


class _Namespaces:
    """Sees the declarations of namespaces, and builds nothing."""

    longest = 0

    def start_ns(self, prefix: str, uri: str) -> None:
        self.longest = max(self.longest, len(uri))

    def close(self) -> None:
        pass


def longest_namespace(data: bytes, root: _Element, limit: int) -> int:
    """Return its length; nothing where no attribute is as long as the limit (nearly always)."""
    encoding = (root.getroottree().docinfo.encoding or "UTF-8").upper()
    if encoding.startswith(_READABLE) and not _long_value(limit).search(_single_bytes(data)):
        return 0
    seen = _Namespaces()
    etree.fromstring(data, etree.XMLParser(**(_OPTIONS | {"target": seen})))
    return seen.longest


@cache
def _long_value(limit: int) -> re.Pattern[bytes]:
    return re.compile((_LONG_VALUE % (limit, limit)).encode())


@cache
def _deeper_than(depth: int) -> etree.XPath:
    """One step a level: linear in the number of elements, whatever their shape."""
    return etree.XPath(f"boolean({'/*' * (depth + 1)})")


def _fault(error: etree.XMLSyntaxError, limits: SoapLimits) -> SoapFault:
    words = _POSITION.sub("", error.msg or "")
    fields = {"line": error.lineno, "column": error.offset, "problem": words}
    for guard, key in _GUARDS:
        if words.startswith(guard):
            limit = limits.depth if key == "too-deep" else limits.inline_document
            return SoapFault(key, limit=limit, **fields)
    return SoapFault("malformed-xml", **fields)
