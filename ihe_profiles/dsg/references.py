"""References of a signature: what they may point to, how it becomes bytes, and its digest."""

from __future__ import annotations

import binascii
from base64 import b64decode
from dataclasses import dataclass
from typing import Final

from lxml.etree import _Element

from ihe_profiles.dsg import markup
from ihe_profiles.dsg.algorithms import (
    BASE64,
    C14N,
    CANONICALIZATIONS,
    ENVELOPED,
    REFUSED_TRANSFORMS,
    Hasher,
    canonicalization,
    digest_of,
    hasher,
)
from ihe_profiles.dsg.markup import DS
from ihe_profiles.dsg.reasons import because, refuse
from ihe_profiles.dsg.trust import Trust
from ihe_profiles.dsg.verdicts import Reason

LIMIT: Final = 500
_PREFIXES: Final = "{http://www.w3.org/2001/10/xml-exc-c14n#}InclusiveNamespaces"
_KNOWN_TRANSFORMS: Final = frozenset({ENVELOPED, BASE64, *CANONICALIZATIONS})


@dataclass(frozen=True, slots=True)
class Reference:
    """One ds:Reference read: transforms as (algorithm, inclusive prefixes), digest as sent."""

    uri: str
    type: str
    transforms: tuple[tuple[str, str], ...]
    digest: Hasher
    value: str

    @property
    def algorithms(self) -> tuple[str, ...]:
        """Return the algorithms of the transforms, in order."""
        return tuple(algorithm for algorithm, _ in self.transforms)

    @property
    def id(self) -> str | None:
        """Return the Id that a reference within the document names; "" is the document itself."""
        return self.uri.removeprefix("#") if self.uri[:1] in ("", "#") else None

    def agrees(self, data: bytes) -> bool:
        """Tell whether the digest is that of the bytes."""
        return digest_of(self.digest, data) == self.expected

    @property
    def expected(self) -> bytes | None:
        """Return the digest as bytes, or nothing where it is no base64."""
        try:
            return b64decode(self.value, validate=True)
        except binascii.Error:
            return None


def read(elements: list[_Element], trust: Trust) -> list[Reference]:
    """Read references and refuse, each for its reason, what they may not say."""
    if len(elements) > LIMIT:
        raise refuse("too-many-references", limit=LIMIT)
    return [_read(element, trust) for element in elements]


def check_once(references: list[Reference]) -> None:
    """Raise Refused: referenced-twice."""
    seen = set()
    for reference in references:
        if reference.uri in seen:
            raise refuse("referenced-twice", uri=reference.uri)
        seen.add(reference.uri)


def judge(reference: Reference, target: _Element, signature: _Element) -> list[Reason]:
    """Compare a reference within the document with what it points to."""
    if reference.agrees(_bytes(reference, target, signature)):
        return []
    return [because("reference-digest", uri=_said(reference.uri))]


def _read(element: _Element, trust: Trust) -> Reference:
    uri = element.get("URI")
    if uri is None:
        raise refuse("reference-without-uri")
    if uri.startswith("#xpointer("):
        raise refuse("xpointer", uri=uri)
    transforms = tuple(_transforms(element, uri))
    method = element.find(f"{{{DS}}}DigestMethod")
    value = element.findtext(f"{{{DS}}}DigestValue") or ""
    assert method is not None
    digest = hasher(method.get("Algorithm", ""), trust)
    return Reference(uri, element.get("Type", ""), transforms, digest, "".join(value.split()))


def _transforms(element: _Element, uri: str) -> list[tuple[str, str]]:
    found = []
    for transform in element.iterfind(f"{{{DS}}}Transforms/{{{DS}}}Transform"):
        algorithm = transform.get("Algorithm", "")
        if algorithm not in _KNOWN_TRANSFORMS:
            key = REFUSED_TRANSFORMS.get(algorithm, "unknown-transform")
            raise refuse(key, uri=_said(uri), algorithm=algorithm)
        prefixes = transform.find(_PREFIXES)
        found.append((algorithm, "" if prefixes is None else prefixes.get("PrefixList", "")))
    return found


def _bytes(reference: Reference, target: _Element, signature: _Element) -> bytes:
    """Return what a reference signs; references within a document never include comments."""
    algorithms = reference.algorithms
    if algorithms == (BASE64,) and target.tag == markup.OBJECT and not len(target):
        return _base64(target)
    inside = target in signature.iterancestors()
    if inside and ENVELOPED not in algorithms:
        raise refuse("enveloped-missing", uri=_said(reference.uri))
    steps = algorithms[1:] if inside else algorithms
    if not _one_canonicalization(steps):
        together = ", ".join(algorithms)
        raise refuse("transform-order", uri=_said(reference.uri), algorithms=together)
    how = canonicalization(steps[0] if steps else C14N)
    element = markup.without(signature, target) if inside else target
    node = element if reference.uri else element.getroottree()
    return markup.canonical(node, how, reference.transforms[-1][1] if steps else "")


def _one_canonicalization(steps: tuple[str, ...]) -> bool:
    return len(steps) < 2 and set(steps) <= CANONICALIZATIONS.keys()


def _base64(target: _Element) -> bytes:
    try:
        return b64decode(target.text or "")
    except binascii.Error:
        return b""


def _said(uri: str) -> str:
    return uri or "to the document"
