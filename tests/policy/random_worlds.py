"""Random policies, requesters and registered entries, of few values so that they meet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import Connection, insert

from ihe_profiles.policy.consent import Consent, ConsentKind, WhomKind, whom
from ihe_profiles.policy.facts import EntryFacts
from ihe_profiles.policy.rules import Effect, Policy, Relation, Requesters, Rule, What, Who
from ihe_profiles.policy.view import AuthoredBy, Coding, Consented, Labelled, OfPatient
from ihe_profiles.policy.view import Coded as Coded_
from ihe_profiles.xds.datatypes import XCN
from ihe_profiles.xua.requester import Coded, Family, Requester
from registry.store import authors, codes, transactions
from registry.store.numbers import CodeAttribute
from registry.store.tables import (
    consent,
    document_author,
    document_code,
    document_entry,
    patient,
)
from registry.store.transactions import Source

NOW = 20250601000000
AUTHORITY = "1.2.3"
ROLES = [Coded("10", "1.9"), Coded("PAT", "1.9"), Coded("GUARD", "1.9")]
PURPOSES = [Coded("care", "1.8"), Coded("glass", "1.8", "a fall")]
CODES = [("1.7", "N"), ("1.7", "MASKED"), ("1.6", "MASKED")]
USERS = ["u1", "u2"]
TIMES = [20240101000000, 20250101000000, 20260101000000]


@dataclass(frozen=True)
class Kept:
    """One entry: the patient under whom it stands, and what is known of it."""

    owner: int
    facts: EntryFacts


@dataclass(frozen=True)
class Registered:
    """Patients p0..p2, of whom some are merged into p0; entries; what the patients said."""

    merged: tuple[bool, bool]
    entries: tuple[Kept, ...]
    said: tuple[tuple[int, Consent], ...]

    def survivor(self, owner: int) -> int:
        return 0 if owner and self.merged[owner - 1] else owner

    def facts(self, kept: Kept) -> EntryFacts:
        one = self.survivor(kept.owner)
        same = [p for p in range(3) if self.survivor(p) == one]
        return replace(
            kept.facts,
            patients=frozenset((AUTHORITY, f"p{p}") for p in same),
            consents=tuple(c for owner, c in self.said if self.survivor(owner) == one),
        )


def _some(values: list[Any], least: int = 0) -> st.SearchStrategy[tuple[Any, ...]]:
    some = st.lists(st.sampled_from(values), min_size=least, max_size=2, unique=True)
    return some.map(tuple)


_PEOPLE = [
    whom(WhomKind.PERSON, "u1", AUTHORITY),
    whom(WhomKind.PERSON, "u2"),
    whom(WhomKind.ORGANIZATION, "o1"),
    whom(WhomKind.ROLE, "10", "1.9"),
]
_CONSENTS = st.builds(
    Consent,
    kind=st.sampled_from(ConsentKind),
    whom=st.sampled_from([None, *_PEOPLE]),
    item=st.sampled_from([None, None, "urn:e0", "urn:e1"]),
    before=st.sampled_from([None, *TIMES]),
    until=st.sampled_from([None, None, NOW, NOW + 1]),
)


def _entries(number: int) -> st.SearchStrategy[Kept]:
    facts = st.builds(
        EntryFacts,
        entry_uuid=st.just(f"urn:e{number}"),
        time=st.sampled_from([0, *TIMES]),
        confidentiality=_some(CODES).map(frozenset),
        codes=st.dictionaries(st.sampled_from(Coding), st.sampled_from(CODES), max_size=2),
        authors=_some([(AUTHORITY, user) for user in USERS]).map(frozenset),
    )
    return st.builds(Kept, st.sampled_from([0, 0, 1, 2]), facts)


WORLDS = st.builds(
    Registered,
    merged=st.tuples(st.booleans(), st.booleans()),
    entries=st.tuples(*map(_entries, range(4))),
    said=st.lists(st.tuples(st.sampled_from([0, 0, 1, 2]), _CONSENTS), min_size=2, max_size=6).map(
        tuple
    ),
)

_NOBODY: frozenset[Any] = frozenset()
_WHO = st.builds(
    Who,
    relations=st.sampled_from([_NOBODY, _NOBODY, *(frozenset({one}) for one in Relation)]),
    purposes=st.sampled_from([_NOBODY, _NOBODY, frozenset({"care"}), frozenset({"glass"})]),
    roles=st.sampled_from([(), (), (Coded("*", "1.9"),), (ROLES[0],)]),
    secret_connection=st.sampled_from([None, None, True, False]),
    transactions=st.sampled_from([_NOBODY, _NOBODY, frozenset({"ITI-18"})]),
)
_WHAT = st.builds(
    What,
    confidentiality=st.sampled_from([(), (), (CODES[0],), (CODES[1],)]),
    codes=st.dictionaries(st.sampled_from(Coding), _some(CODES, 1), max_size=1).map(
        lambda found: tuple(found.items())
    ),
    author=st.sampled_from([False, False, True]),
    patient=st.sampled_from([False, False, True]),
    consent=st.sampled_from([None, None, *ConsentKind]),
)
_RULES = st.builds(
    Rule,
    name=st.just("r"),
    effect=st.sampled_from(Effect),
    who=_WHO,
    what=_WHAT,
    section=st.just("s"),
    english=st.just("e"),
    french=st.just("f"),
)
POLICIES = st.builds(
    Policy,
    name=st.just("random"),
    rules=st.lists(_RULES, min_size=2, max_size=6).map(tuple),
    requesters=st.just(
        Requesters(
            {
                Relation.PROFESSIONAL: (ROLES[0],),
                Relation.PATIENT: (ROLES[1],),
                Relation.REPRESENTATIVE: (ROLES[2],),
            },
            AUTHORITY,
            (AUTHORITY,),
        )
    ),
    purposes=st.just({"care": (PURPOSES[0],), "glass": (PURPOSES[1],)}),
    break_glass=st.just(frozenset({"glass"})),
)
REQUESTERS = st.none() | st.builds(
    Requester,
    user=st.sampled_from([*USERS, "p0", "p1"]),
    issuer=st.just("idp"),
    family=st.just(Family.IHE),
    assertion_id=st.just("_1"),
    organization_ids=_some(["o1", "o2"]),
    roles=st.lists(st.sampled_from(ROLES), min_size=1, max_size=2).map(tuple),
    purposes=_some(PURPOSES),
    provider_ids=_some(USERS),
    patient_id=st.sampled_from(["", f"p0^^^&{AUTHORITY}&ISO", f"p2^^^&{AUTHORITY}&ISO"]),
    secret_connection=st.booleans(),
)

LEAVES = st.one_of(
    st.builds(Labelled, _some(CODES, 1)),
    st.builds(Coded_, st.sampled_from(Coding), _some(CODES, 1)),
    st.builds(AuthoredBy, _some([(AUTHORITY, user) for user in USERS], 1)),
    st.builds(OfPatient, st.sampled_from([(AUTHORITY, f"p{n}") for n in range(4)])),
)
CONSENTED = [Consented(kind) for kind in ConsentKind]
CONSENTED += [Consented(kind, (person,)) for kind in list(ConsentKind)[:2] for person in _PEOPLE]


def store(connection: Connection, world: Registered) -> None:
    """Write everything down, past the operations."""
    made_by = transactions.begin(connection, Source("test", None, "here", "0"))
    keys = _patients(connection, world, made_by)
    interned = codes.intern(connection, CODES)
    for number, kept in enumerate(world.entries):
        place = {"patient": keys[kept.owner], "document": number}
        facts = kept.facts
        connection.execute(insert(document_entry), _row(keys, number, kept, made_by, interned))
        labels = [(CodeAttribute.CONFIDENTIALITY_CODE, code) for code in facts.confidentiality]
        for attribute, code in (*labels, (CodeAttribute.EVENT_CODE_LIST, CODES[1])):  # no label
            row = {**place, "attribute": attribute.value, "code": interned[code]}
            connection.execute(insert(document_code), row)
        for position, (authority, id_) in enumerate(sorted(facts.authors)):
            person = XCN(f"{id_}^^^^^^^^&{authority}&ISO")
            own = {"person": person, "identity": authors.identity(person)}
            connection.execute(insert(document_author), {**place, "position": position, **own})
    for number, (owner, one) in enumerate(world.said):
        row = {
            "patient": keys[world.survivor(owner)],
            "key": number,
            "given_for": keys[owner],
            "reason": "",
            "made_by": made_by,
            "kind": one.kind.value,
        }
        row |= {name: getattr(one, name) for name in ("whom", "item", "before", "until")}
        connection.execute(insert(consent), row)


def _patients(connection: Connection, world: Registered, made_by: int) -> list[int]:
    keys: list[int] = []
    for number in range(3):
        survivor = keys[0] if number and world.survivor(number) == 0 else None
        row: dict[str, Any] = {"authority": AUTHORITY, "identifier": f"p{number}", "text": ""}
        row |= {"made_by": made_by, "survivor": survivor}
        made = connection.execute(insert(patient), row)
        assert made.inserted_primary_key is not None
        keys.append(made.inserted_primary_key[0])
    return keys


def _row(keys: list[int], number: int, kept: Kept, made_by: int, interned: Any) -> dict[str, Any]:
    facts = kept.facts
    text = dict.fromkeys(("patient_text", "unique_id", "mime_type", "logical_id"), "")
    numbers = dict.fromkeys(("object_type", "availability", "version", "status"), 1)
    begun = 0 if number % 2 else facts.time
    return {
        **text,
        **numbers,
        "patient": keys[kept.owner],
        "key": number,
        "made_by": made_by,
        "entry_uuid": facts.entry_uuid,
        "is_opaque": False,
        "fragment": b"",
        "service_start_time": begun or None,
        "creation_time": (TIMES[2] if begun else facts.time) or None,
        **{attribute.value: interned[code] for attribute, code in facts.codes.items()},
    }
