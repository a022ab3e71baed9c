"""Any message has the same verdict under our schemas and under the official ones."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from lxml import etree
from lxml.etree import _Element

import schemas
from tests.schemas.messages import ALL
from tests.schemas.mutations import DAMAGES, damaged, everywhere

ROUNDS = 20
OFFICIAL = {
    "rim": "ebRS/rim.xsd",
    "rs": "ebRS/rs.xsd",
    "lcm": "ebRS/lcm.xsd",
    "query": "ebRS/query.xsd",
    "cms": "ebRS/cms.xsd",
    "xds-b": "IHE/XDS.b_DocumentRepository.xsd",
}
ENVELOPE = re.compile(rb"<(\w+):Envelope.*</\1:Envelope>", re.DOTALL)
BODY = "{http://www.w3.org/2003/05/soap-envelope}Body"


@pytest.fixture(scope="module")
def official(shared: Path) -> dict[str, etree.XMLSchema]:
    folder = shared / "standards" / "schemas"
    return {name: etree.XMLSchema(etree.parse(folder / path)) for name, path in OFFICIAL.items()}


def _recorded(folder: Path) -> Iterator[tuple[str, _Element]]:
    """The bodies of recorded messages, where they can be read; one is a part of an HTTP dump."""
    for file in sorted(folder.glob("ITI-*.xml")):
        for envelope in ENVELOPE.finditer(file.read_bytes()):
            with suppress(etree.XMLSyntaxError):
                (body,) = etree.fromstring(envelope[0]).iter(BODY)
                yield file.name, etree.fromstring(etree.tostring(body[0], with_tail=False))


def _mutants(base: dict[str, _Element]) -> Iterator[tuple[str, _Element]]:
    for name, message in base.items():
        for where, mutant in everywhere(message):
            yield f"{name} {where}", mutant
        for damage in DAMAGES:
            for round_ in range(ROUNDS):
                seed = f"{name} {damage.__name__} {round_}"
                mutant = damaged(message, seed, damage)
                if etree.tostring(mutant) != etree.tostring(message):
                    yield seed, mutant


def _verdicts(official: dict[str, etree.XMLSchema], message: _Element) -> dict[str, list[bool]]:
    """Ours and theirs, from every schema: a namespace unknown to one is a verdict as well."""
    return {
        name: [schemas.schema(name).validate(message), theirs.validate(message)]
        for name, theirs in official.items()
    }


@pytest.mark.parametrize("name", ALL)
def test_the_undamaged_messages_are_valid(name: str) -> None:
    assert schemas.violations(etree.fromstring(ALL[name])) == []


def test_no_damaged_message_is_judged_differently(
    shared: Path, official: dict[str, etree.XMLSchema]
) -> None:
    recorded = dict(_recorded(shared / "data" / "ch"))
    assert len(recorded) >= 3
    base = {name: etree.fromstring(data) for name, data in ALL.items()} | recorded
    count, disagreed = Counter[bool](), []
    for seed, message in [*base.items(), *_mutants(base)]:
        verdicts = _verdicts(official, message)
        disagreed += [(seed, name) for name, (our, their) in verdicts.items() if our is not their]
        count[any(our for our, _ in verdicts.values())] += 1
    logging.getLogger(__name__).info("%d valid, %d invalid", count[True], count[False])
    assert disagreed == []
    assert count[True] >= 3000
    assert count[False] >= 8000
