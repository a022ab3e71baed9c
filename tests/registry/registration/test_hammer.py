"""Many registrations at once, all about the same few things, end as if one came after the other."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from random import Random
from uuid import uuid4

from sqlalchemy import select

from ihe_profiles.xds.metadata import DocumentEntry, Submission
from ihe_profiles.xds.vocabulary import AssociationType, Status
from ledger.database import Database
from registry.store import tables
from tests.registry.consumer import Consumer
from tests.registry.registration.acts import (
    contents,
    documents,
    memberships,
    new,
    new_folder,
    register,
)
from tests.registry.samples import association, document, folder, put, submission

THREADS = 6
EACH = 16
RPLC, APND = AssociationType.RPLC, AssociationType.APND


def hammer(registry: Consumer, sent: list[Submission]) -> list[list[str]]:
    """Register all, as many at once as there are threads; the error codes of each, in order."""
    start = threading.Barrier(THREADS)

    def work(share: list[Submission]) -> list[list[str]]:
        start.wait(10)
        return [[e.code for e in registry.register(one).errors] for one in share]

    with ThreadPoolExecutor(THREADS) as pool:
        shares = list(pool.map(work, [sent[n::THREADS] for n in range(THREADS)]))
    found: list[list[str]] = [[] for _ in sent]
    for n, share in enumerate(shares):
        found[n::THREADS] = share
    return found


def test_the_same_unique_ids(registry: Consumer) -> None:
    """Of each document id one content wins, of each folder and set id one submission."""
    random = Random(1)
    uids = [uuid4().urn for _ in range(6)]
    folders = [f"1.2.3.4.{n}" for n in range(3)]
    sets = [f"1.2.3.5.{n}" for n in range(THREADS * EACH // 2)]
    sent = [
        submission(
            document(f"content {random.randrange(2)}", unique_id=random.choice(uids)),
            *([folder(unique_id=random.choice(folders))] if random.random() < 0.2 else []),
            unique_id=random.choice(sets),
        )
        for _ in range(THREADS * EACH)
    ]
    outcome = hammer(registry, sent)
    taken = [one for one, errors in zip(sent, outcome, strict=True) if not errors]
    for uid in uids:
        hashes = {d.hash for one in taken for d in one.documents if d.unique_id == uid}
        assert len(hashes) <= 1
    for name in ("submission_sets", "folders"):
        used = Counter(o.unique_id for one in taken for o in getattr(one, name))
        assert not used or max(used.values()) == 1
    for errors in outcome:
        if errors:  # someone else was first, and is there
            assert set(errors) <= {"XDSNonIdenticalHash", "XDSDuplicateUniqueIdInRegistry"}
    assert all(len(contents(registry, one)) == _size(one) for one in taken)


def test_the_same_originals_and_folders(registry: Consumer, database: Database) -> None:
    """Whoever replaces, appends or files: no approved document is left behind a deprecated one."""
    random = Random(2)
    originals, dossiers = [new() for _ in range(4)], [new_folder() for _ in range(2)]
    filings = [put(dossiers[n % 2].entry_uuid, o.entry_uuid) for n, o in enumerate(originals)]
    register(registry, *originals, *dossiers, *filings)
    sent = [_act(random, originals, dossiers) for _ in range(THREADS * EACH)]
    outcome = hammer(registry, sent)
    allowed = {"XDSRegistryDeprecatedDocumentError"}
    assert all(set(errors) <= allowed for errors in outcome)
    taken = [one for one, errors in zip(sent, outcome, strict=True) if not errors]
    links = [a for one in taken for a in one.associations]
    replaced = Counter(a.target for a in links if a.type == RPLC)
    assert all(number == 1 for number in replaced.values())
    status = _statuses(database)
    for original in originals:
        is_replaced = original.entry_uuid in replaced
        expected = Status.DEPRECATED if is_replaced else Status.APPROVED
        found = documents(registry, original.entry_uuid)[original.entry_uuid]
        assert found.availability_status == expected
    for link in links:
        if link.type == APND:
            assert status[link.source] == status[link.target]
    for new_one, old in ((a.source, a.target) for a in links if a.type == RPLC):
        for dossier in dossiers:
            held = [target for _, target in memberships(database, dossier.entry_uuid)]
            assert old not in held or held.count(new_one) == 1


def _act(random: Random, originals: list[DocumentEntry], dossiers: list) -> Submission:
    entry, target = new(), random.choice(originals).entry_uuid
    kind = random.choice(("replace", "append", "append", "file", "file new"))
    if kind == "file":
        return submission(document(), put(random.choice(dossiers).entry_uuid, target))
    if kind == "file new":
        return submission(entry, put(random.choice(dossiers).entry_uuid, entry.entry_uuid))
    link = association(RPLC if kind == "replace" else APND, entry.entry_uuid, target)
    return submission(entry, link)


def _statuses(database: Database) -> dict[str, int]:
    row = tables.document_entry.c
    with database.read() as connection:
        found = connection.execute(select(row.entry_uuid, row.status))
        return {one.entry_uuid: one.status for one in found}


def _size(sent: Submission) -> int:
    return 1 + len(sent.documents) + len(sent.folders) + len(sent.associations)
