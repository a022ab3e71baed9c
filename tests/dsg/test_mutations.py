"""Random damage: never an error of ours, and never valid with other content than was signed."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from functools import cache

import pytest
from lxml import etree

from ihe_profiles.dsg import markup
from ihe_profiles.dsg.algorithms import C14N, canonicalization
from ihe_profiles.dsg.pdf_signing import sign_pades
from ihe_profiles.dsg.verdicts import Verdict
from ihe_profiles.dsg.verification import judge
from ihe_profiles.dsg.xml_signing import sign_enveloping
from tests.dsg import pki
from tests.dsg.forge import detached, ds, enveloped, ground, manner, opener
from tests.dsg.pdfs import PDF, pdf_ground

VALUES = (None, "", "AAAA", "x", "%", "#")


@cache
def _stamped() -> bytes:
    return enveloped(timestamper=pki.timestamper())


@cache
def _around() -> bytes:
    return sign_enveloping(b"abc", pki.signer(), manner())


@cache
def _detached() -> bytes:
    return detached()


SIGNED = {"enveloped": _stamped, "enveloping": _around, "detached": _detached}


def _damaged(data: bytes, chance: random.Random) -> bytes:
    tree = markup.parse(data, comments=True)
    elements = list(tree.getroot().iter(etree.Element))
    element = chance.choice(elements)
    parent = element.getparent()
    match chance.randrange(6):
        case 0 if parent is not None:
            parent.remove(element)
        case 1:
            element.text = chance.choice(VALUES)
        case 2 if element.attrib:
            element.set(chance.choice(list(element.attrib)), chance.choice(VALUES[1:]) or "")
        case 3 if element.attrib:
            element.attrib.pop(chance.choice(list(element.attrib)))
        case 4:
            element.append(copy.deepcopy(chance.choice(elements)))
        case _:
            element.tag = chance.choice(elements).tag
    return etree.tostring(tree)


def _flipped(data: bytes, chance: random.Random) -> bytes:
    flipped = bytearray(data)
    for _ in range(chance.choice((1, 3, 10))):
        flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
    return bytes(flipped)


def _content(data: bytes) -> list[bytes]:
    """Return what a signed XML document says: all but the signature, then its own payloads."""
    tree = markup.parse(data)
    root = tree.getroot()
    (signature,) = markup.signatures(tree)
    payloads = [
        one
        for one in signature.findall(ds("Object"))
        if one.find("{*}QualifyingProperties") is None
    ]
    parts = payloads if signature is root else [markup.without(signature, root), *payloads]
    return [markup.canonical(part, canonicalization(C14N)) for part in parts]


@pytest.mark.parametrize("kind", SIGNED)
@pytest.mark.parametrize("damage", [_damaged, _flipped])
def test_damaged_xml_is_never_valid_with_other_content(
    kind: str, damage: Callable[[bytes, random.Random], bytes]
) -> None:
    chance = random.Random(kind)
    data = SIGNED[kind]()
    for _ in range(150):
        damaged = damage(data, chance)
        for judgement in judge(damaged, ground(open_document=opener())):
            if judgement.verdict is Verdict.VALID:
                assert _content(damaged) == _content(data)


def test_damaged_pdf_is_never_valid_with_other_content() -> None:
    chance = random.Random("pdf")
    data = sign_pades(PDF, pki.signer())
    start = data.index(b"/Contents <") + len(b"/Contents ")
    end = data.index(b">", start)
    for _ in range(200):
        damaged = _flipped(data, chance)
        for judgement in judge(damaged, pdf_ground()):
            if judgement.verdict is Verdict.VALID:
                assert (damaged[:start], damaged[end:]) == (data[:start], data[end:])
