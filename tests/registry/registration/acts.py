"""What the tests of registration do again and again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from sqlalchemy import select, update

from ihe_profiles.xds.datatypes import CX
from ihe_profiles.xds.metadata import (
    ON_DEMAND,
    Association,
    DocumentEntry,
    Folder,
    RegistryObject,
    Submission,
)
from ihe_profiles.xds.vocabulary import AssociationType, Status, SubmissionSetStatus
from ledger.database import Database
from ledger.tables import METADATA as LEDGER
from registry.store import patients, tables, transactions
from registry.store.numbers import DEPRECATED, OBJECT_TYPE
from registry.store.tables import METADATA
from registry.store.transactions import Source
from tests.registry.consumer import Consumer
from tests.registry.samples import association, document, folder, submission

HAS_MEMBER = AssociationType.HAS_MEMBER


def codes(registry: Consumer, sent: Submission) -> list[str]:
    return sorted(error.code for error in registry.register(sent).errors)


def new(**changes: Any) -> DocumentEntry:
    return document(entry_uuid=uuid4().urn, **changes)


def new_folder(**changes: Any) -> Folder:
    return folder(entry_uuid=uuid4().urn, **changes)


def register(registry: Consumer, *objects: Any, **changes: Any) -> Submission:
    sent = submission(*objects, **changes)
    assert [error.context for error in registry.register(sent).errors] == []
    return sent


def registered(registry: Consumer, **changes: Any) -> DocumentEntry:
    entry = new(**changes)
    register(registry, entry)
    return entry


def related(kind: str, target: str, **changes: Any) -> tuple[DocumentEntry, Submission]:
    """A new document that stands in a relationship to another one, and its submission."""
    entry = new()
    return entry, submission(entry, association(kind, entry.entry_uuid, target), **changes)


def relate(registry: Consumer, kind: str, target: str) -> DocumentEntry:
    entry, sent = related(kind, target)
    assert codes(registry, sent) == []
    return entry


def reference(sent: Submission, target: str) -> Association:
    """The membership of a registered document in the set of a submission."""
    return association(
        HAS_MEMBER,
        sent.submission_sets[0].entry_uuid,
        target,
        submission_set_status=SubmissionSetStatus.REFERENCE,
    )


def documents(registry: Consumer, *ids: str) -> dict[str, DocumentEntry]:
    found = registry.query("GetDocuments", XDSDocumentEntryEntryUUID=list(ids)).objects
    return {entry.entry_uuid: entry for entry in found}


def statuses(registry: Consumer, *entries: RegistryObject) -> list[str]:
    found = documents(registry, *(entry.entry_uuid for entry in entries))
    return [Status(found[e.entry_uuid].availability_status).name for e in entries]


def contents(registry: Consumer, sent: Submission) -> tuple[RegistryObject, ...]:
    """All that a submission brought, as it is found."""
    uid = sent.submission_sets[0].unique_id
    return registry.query("GetSubmissionSetAndContents", XDSSubmissionSetUniqueId=uid).objects


def memberships(database: Database, source: str) -> list[tuple[str, str]]:
    """(entryUUID, target) of each HasMember from an object."""
    row = tables.association.c
    with database.read() as connection:
        found = connection.execute(select(row.entry_uuid, row.target).where(row.source == source))
        return [(one.entry_uuid, one.target) for one in found]


def updated(database: Database, dossier: Folder) -> int:
    row = tables.folder.c
    with database.read() as connection:
        found = select(row.last_update_time).where(row.entry_uuid == dossier.entry_uuid)
        return connection.execute(found).scalar_one()


def set_folder(database: Database, dossier: Folder, **values: int) -> None:
    row = tables.folder.c
    change = update(tables.folder).where(row.entry_uuid == dossier.entry_uuid).values(**values)
    database.write(lambda c: c.execute(change))


def deprecate_folder(database: Database, dossier: Folder) -> None:
    set_folder(database, dossier, status=DEPRECATED)


def make_on_demand(database: Database, entry: DocumentEntry) -> None:
    """Nothing registers on-demand entries yet, so a registered one becomes one by hand."""
    row = tables.document_entry.c
    change = update(tables.document_entry).where(row.entry_uuid == entry.entry_uuid)
    database.write(lambda c: c.execute(change.values(object_type=OBJECT_TYPE[ON_DEMAND])))


def add_patients(database: Database, *identifiers: CX) -> None:
    def work(connection: Any) -> None:
        transaction = transactions.begin(connection, Source("feed", None, "test", "0" * 32))
        for identifier in identifiers:
            patients.add(connection, transaction, identifier)

    database.write(work)


def merge(database: Database, subsumed: CX, survivor: CX) -> None:
    add_patients(database, subsumed, survivor)

    def work(connection: Any) -> None:
        transaction = transactions.begin(connection, Source("feed", None, "test", "0" * 32))
        known = patients.lock(connection, [subsumed, survivor])
        patients.merge(connection, transaction, known[subsumed].key, known[survivor].key)

    database.write(work)


def everything(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """The whole contents of every table of the registry and of the ledger."""
    with database.read() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in _tables()
        }


def _tables() -> Iterable[Any]:
    return (*METADATA.sorted_tables, *LEDGER.sorted_tables)
