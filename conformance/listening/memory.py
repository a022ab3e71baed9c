"""What was submitted in this run, in memory, and stored queries over it (ITI TF-2 3.18.4.1.2.3.7).

It answers plausibly, so that a Consumer has something to go on with; it is no reference.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import uuid4

from ihe_profiles.xds.attributes import KINDS
from ihe_profiles.xds.datatypes import CX, DTM, is_uuid
from ihe_profiles.xds.metadata import (
    Association,
    DocumentEntry,
    Folder,
    RegistryObject,
    Submission,
    SubmissionSet,
)
from ihe_profiles.xds.queries import CodeValue, Kind, StoredQueryCall
from ihe_profiles.xds.query_table import Parameter
from ihe_profiles.xds.vocabulary import AssociationType, Status

LARGEST: Final = 256 * 1024 * 1024
"""Octets of documents that are kept."""
MOST: Final = 100_000
"""Objects that are kept."""

_TYPES: Final = {
    kind.__name__: kind for kind in (DocumentEntry, SubmissionSet, Folder, Association)
}
_REPLACING: Final = (AssociationType.RPLC, AssociationType.XFRM_RPLC)


class Full(Exception):
    """The run keeps no more."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document as it came."""

    mime_type: str
    content: bytes


class Memory:
    """The objects and documents of one run. Thread-safe."""

    def __init__(self) -> None:
        self._objects: dict[str, RegistryObject] = {}
        self._documents: dict[str, Document] = {}
        self._octets = 0
        self._lock = threading.Lock()

    def register(
        self, made: Submission, repository: str, contents: Mapping[str, bytes] | None = None
    ) -> None:
        """Take a submission; of ITI-41 with the documents by the ids of their entries.

        Raises Full.
        """
        contents = contents or {}
        objects = list(_renamed(made, repository, contents))
        octets = sum(map(len, contents.values()))
        with self._lock:
            if self._octets + octets > LARGEST or len(self._objects) + len(objects) > MOST:
                raise Full
            self._octets += octets
            self._objects.update((obj.entry_uuid, obj) for obj in objects)
            for entry in made.documents:
                if entry.entry_uuid in contents and entry.unique_id:
                    content = contents[entry.entry_uuid]
                    media = entry.mime_type or "application/octet-stream"
                    self._documents[entry.unique_id] = Document(media, content)
            for obj in objects:
                if isinstance(obj, Association) and obj.type in _REPLACING:
                    self._deprecate(obj.target)

    def document(self, unique_id: str) -> Document | None:
        """Return a document."""
        with self._lock:
            return self._documents.get(unique_id)

    def find(self, call: StoredQueryCall) -> list[RegistryObject]:
        """Return what a stored query asks for."""
        with self._lock:
            objects = list(self._objects.values())
        name = call.query.name
        found = _GETS[name](objects, call) if name in _GETS else _found(objects, call)
        return list({obj.entry_uuid: obj for obj in found}.values())

    def _deprecate(self, target: str) -> None:
        old = self._objects.get(target)
        if isinstance(old, DocumentEntry):
            self._objects[target] = replace(old, availability_status=Status.DEPRECATED)


def _renamed(
    made: Submission, repository: str, contents: Mapping[str, bytes]
) -> Iterator[RegistryObject]:
    """Give symbolic ids UUIDs, the status Approved, and entries what a repository adds."""
    every: tuple[RegistryObject, ...] = (
        *made.submission_sets,
        *made.documents,
        *made.folders,
        *made.associations,
    )
    ids = {o.entry_uuid: o.entry_uuid if is_uuid(o.entry_uuid) else uuid4().urn for o in every}
    now: dict[str, Any] = {"availability_status": Status.APPROVED}
    for one in made.submission_sets:
        yield replace(one, entry_uuid=ids[one.entry_uuid], **now)
    for folder in made.folders:
        yield replace(folder, entry_uuid=ids[folder.entry_uuid], **now)
    for entry in made.documents:
        more: dict[str, Any] = {"repository_unique_id": entry.repository_unique_id or repository}
        if entry.entry_uuid in contents:
            content = contents[entry.entry_uuid]
            more["hash"] = hashlib.sha1(content, usedforsecurity=False).hexdigest()
            more["size"] = str(len(content))
            more["repository_unique_id"] = repository
        yield replace(entry, entry_uuid=ids[entry.entry_uuid], **now, **more)
    for link in made.associations:
        ends: dict[str, Any] = {"source": ids.get(link.source, link.source)}
        ends["target"] = ids.get(link.target, link.target)
        yield replace(link, entry_uuid=ids[link.entry_uuid], **now, **ends)


def _found(objects: Iterable[RegistryObject], call: StoredQueryCall) -> Iterator[RegistryObject]:
    """Filter the kinds that a query returns by each parameter that is about them."""
    kinds = tuple(_TYPES[name] for name in call.query.returns)
    for obj in objects:
        if isinstance(obj, kinds) and _fits(obj, call):
            yield obj


def _fits(obj: RegistryObject, call: StoredQueryCall) -> bool:
    for name, groups in call.values.items():
        parameter = call.query.by_name[name]
        kind, _dot, attribute = parameter.attribute.partition(".")
        if type(obj).__name__ != kind:
            continue
        values = _values(obj, attribute)
        for group in groups:
            if _any(parameter, values, group) is bool(parameter.instead_of):
                return False
    return True


def _values(obj: RegistryObject, attribute: str) -> tuple[Any, ...]:
    if attribute == "authorPerson":
        return tuple(a.person for a in getattr(obj, "author", ()) if a.person)
    row = KINDS[type(obj)].by_name.get(attribute)
    value = None if row is None else getattr(obj, row.field)
    return value if isinstance(value, tuple) else () if value is None else (value,)


def _any(parameter: Parameter, values: tuple[Any, ...], wanted: tuple[Any, ...]) -> bool:
    if parameter.kind in (Kind.TIME_FROM, Kind.TIME_TO):
        times = [DTM(v).lowest for v in values if DTM.problem(v) is None]
        late = parameter.kind is Kind.TIME_FROM
        return not times or all(t >= w if late else t < w for t in times for w in wanted)
    if parameter.kind is Kind.INTEGER:
        return True
    if parameter.kind is Kind.LIKE:
        return any(_like(str(value), str(pattern)) for value in values for pattern in wanted)
    return any(_same(parameter, value, one) for value in values for one in wanted)


def _same(parameter: Parameter, value: Any, wanted: Any) -> bool:
    if parameter.kind is Kind.CODE:
        return bool(CodeValue(value.code, value.scheme) == wanted)
    if isinstance(value, CX):
        return bool(value.identity == CX(wanted).identity)
    return bool(value == wanted)


def _like(text: str, pattern: str) -> bool:
    """Match % and _ in time proportional to both lengths."""
    reached = {0}
    for sign in pattern:
        if sign == "%":
            reached = set(range(min(reached, default=len(text) + 1), len(text) + 1))
        else:
            reached = {i + 1 for i in reached if i < len(text) and sign in ("_", text[i])}
    return len(text) in reached


def _links(objects: Iterable[RegistryObject], ids: Iterable[str]) -> list[Association]:
    wanted = set(ids)
    links = (obj for obj in objects if isinstance(obj, Association))
    return [one for one in links if one.source in wanted or one.target in wanted]


def _by_id(objects: Iterable[RegistryObject], call: StoredQueryCall) -> list[RegistryObject]:
    """Return the objects that the query's ids name."""
    names = [name for name in call.query.one_of if name in call.values]
    found: list[RegistryObject] = []
    for name in names:
        kind, _dot, attribute = call.query.by_name[name].attribute.partition(".")
        wanted = set(call.any_of(name))
        found += [
            obj
            for obj in objects
            if type(obj).__name__ == kind and wanted & set(_values(obj, attribute))
        ]
    return found


def _all(objects: list[RegistryObject], call: StoredQueryCall) -> list[RegistryObject]:
    found = [o for o in objects if not isinstance(o, Association) and _fits(o, call)]
    return [*found, *_links(objects, (o.entry_uuid for o in found))]


def _associations(objects: list[RegistryObject], call: StoredQueryCall) -> list[RegistryObject]:
    return [*_links(objects, map(str, call.any_of("$uuid")))]


def _and_links(objects: list[RegistryObject], call: StoredQueryCall) -> list[RegistryObject]:
    found = _by_id(objects, call)
    return [*found, *_links(objects, (o.entry_uuid for o in found))]


def _sets(objects: list[RegistryObject], call: StoredQueryCall) -> list[RegistryObject]:
    wanted = set(map(str, call.any_of("$uuid")))
    links = [one for one in _links(objects, wanted) if one.target in wanted]
    sources = {one.source for one in links}
    sets = [o for o in objects if isinstance(o, SubmissionSet) and o.entry_uuid in sources]
    ids = {one.entry_uuid for one in sets}
    return [*sets, *(one for one in links if one.source in ids)]


def _contents(objects: list[RegistryObject], call: StoredQueryCall) -> list[RegistryObject]:
    roots = _by_id(objects, call)
    ids = {root.entry_uuid for root in roots}
    links = [one for one in _links(objects, ids) if one.source in ids]
    targets = {one.target for one in links}
    members = [o for o in objects if o.entry_uuid in targets and _fits(o, call)]
    return [*roots, *links, *members]


def _folders(objects: list[RegistryObject], call: StoredQueryCall) -> list[RegistryObject]:
    ids = {one.entry_uuid for one in _by_id(objects, call)}
    sources = {one.source for one in _links(objects, ids) if one.target in ids}
    return [o for o in objects if isinstance(o, Folder) and o.entry_uuid in sources]


def _related(objects: list[RegistryObject], call: StoredQueryCall) -> list[RegistryObject]:
    start = _by_id(objects, call)
    types = set(call.any_of("$AssociationTypes"))
    links = [a for a in _links(objects, (o.entry_uuid for o in start)) if a.type in types]
    ends = {end for link in links for end in (link.source, link.target)}
    entries = [o for o in objects if isinstance(o, DocumentEntry) and o.entry_uuid in ends]
    return [*entries, *links]


_GETS: Final[
    Mapping[str, Callable[[list[RegistryObject], StoredQueryCall], list[RegistryObject]]]
] = {
    "GetAll": _all,
    "GetDocuments": _by_id,
    "GetFolders": _by_id,
    "GetAssociations": _associations,
    "GetDocumentsAndAssociations": _and_links,
    "GetSubmissionSets": _sets,
    "GetSubmissionSetAndContents": _contents,
    "GetFolderAndContents": _contents,
    "GetFoldersForDocument": _folders,
    "GetRelatedDocuments": _related,
}
