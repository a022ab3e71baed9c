"""What the registry stores of an object's XML, and how an answer is made of it without parsing.

A fragment is the part of the XML that never changes, in three pieces between NUL characters, which
XML cannot contain (two where the object has no patientId):

    Slots (without Folder.lastUpdateTime), Name, Description
    Classifications, ExternalIdentifiers up to the value of the patientId
    the rest, from the quote that ends that value

What may change comes from columns, as a shell: the opening tag, lastUpdateTime, VersionInfo between
the first two pieces, the patientId between the last two. The prefix `rim` is bound by the response.
Answers never have the limitedMetadata mark (ITI TF-2 3.18.4.1.3), so no fragment has it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Final, NamedTuple
from uuid import uuid4

from ihe_profiles.ebrim import objects as ebrim
from ihe_profiles.ebrim import writer
from ihe_profiles.ebrim.markup import attribute, attributes
from ihe_profiles.ebrim.namespaces import OBJECT_TYPE
from ihe_profiles.xds.datatypes import is_uuid, normal_uuid
from ihe_profiles.xds.metadata import Association, Folder, RegistryObject
from ihe_profiles.xds.to_ebrim import encode
from ihe_profiles.xds.vocabulary import IDENTIFICATION_SCHEMES, STABLE

SEPARATOR: Final = b"\0"

_PATIENT_IDS: Final = frozenset(
    scheme for name, scheme in IDENTIFICATION_SCHEMES.items() if name.endswith(".patientId")
)
_OPAQUE: Final = {False: "", True: ' isOpaque="true"'}
_PACKAGE: Final = attributes(objectType=f"{OBJECT_TYPE}RegistryPackage")
_ASSOCIATION: Final = attributes(objectType=f"{OBJECT_TYPE}Association")


class DocumentShell(NamedTuple):
    """The columns around the fragment of a DocumentEntry, in the order of a row."""

    id: str
    status: str | None = None
    logical_id: str | None = None
    version: int | str | None = None
    home: str | None = None
    patient_id: str | None = None
    mime_type: str | None = None
    object_type: str = STABLE
    is_opaque: bool = False

    def opening(self) -> str:
        """Write the start tag."""
        return (
            f"<rim:ExtrinsicObject{_common(self)}{_often('objectType', self.object_type)}"
            f"{_often('mimeType', self.mime_type)}{_OPAQUE[self.is_opaque]}>"
        )


class PackageShell(NamedTuple):
    """The columns around the fragment of a SubmissionSet or Folder, in the order of a row.

    `last_update_time` is a Folder's, as a 14-digit integer.
    """

    id: str
    status: str | None = None
    logical_id: str | None = None
    version: int | str | None = None
    home: str | None = None
    patient_id: str | None = None
    last_update_time: int | None = None

    def opening(self) -> str:
        """Write the start tag and the slot lastUpdateTime."""
        tag = f"<rim:RegistryPackage{_common(self)}{_PACKAGE}>"
        if self.last_update_time is None:
            return tag
        return tag + writer.slot(ebrim.Slot("lastUpdateTime", (f"{self.last_update_time:014}",)))


class AssociationShell(NamedTuple):
    """The columns around the fragment of an Association, in the order of a row."""

    id: str
    type: str
    source: str
    target: str
    status: str | None = None
    logical_id: str | None = None
    version: int | str | None = None
    home: str | None = None
    patient_id: None = None

    def opening(self) -> str:
        """Write the start tag."""
        ends = attributes(
            associationType=self.type, sourceObject=self.source, targetObject=self.target
        )
        return f"<rim:Association{_common(self)}{_ASSOCIATION}{ends}>"


Shell = DocumentShell | PackageShell | AssociationShell


def fragment(obj: RegistryObject) -> bytes:
    """Make the fragment of an object whose entryUUID is final (`dataclasses.replace` gives it one).

    Nested objects refer to that entryUUID. Their own ids are kept when they are UUID URNs, in lower
    case, and are new UUIDs otherwise.
    """
    encoded = encode(_immutable(obj), _nested_id)
    head = (
        writer.slots(encoded.slots)
        + writer.international("Name", encoded.name)
        + writer.international("Description", encoded.description)
    )
    classifications = "".join(map(writer.classification, encoded.classifications))
    identifiers = "".join(map(_identifier, encoded.external_identifiers))
    end = f"</rim:{type(encoded).__name__}>"
    return f"{head}\0{classifications}{identifiers}{end}".encode()


def render(stored: bytes, shell: Shell) -> bytes:
    """Join a fragment and its shell to the object's XML."""
    head, nested, *rest = stored.split(SEPARATOR)
    opening = shell.opening().encode()
    version = _version(shell.version)
    if not rest:
        return b"".join((opening, head, version, nested))
    patient_id = attribute(shell.patient_id or "").encode()
    return b"".join((opening, head, version, nested, patient_id, rest[0]))


def object_ref(entry_uuid: str, home: str | None = None) -> bytes:
    """Write the rim:ObjectRef that stands for an object in an answer (ITI TF-2 3.18.4.1.2.2)."""
    return writer.object_ref(ebrim.ObjectRef(id=entry_uuid, home=home)).encode()


def _immutable(obj: RegistryObject) -> RegistryObject:
    """Take away what the shell says, and the mark that no answer has."""
    if isinstance(obj, Association):
        return obj
    if isinstance(obj, Folder):
        return replace(obj, limited_metadata=False, last_update_time=None)
    return replace(obj, limited_metadata=False)


def _identifier(identifier: ebrim.ExternalIdentifier) -> str:
    if identifier.identification_scheme in _PATIENT_IDS:
        return "\0".join(writer.around_value(identifier))
    return writer.external_identifier(identifier)


def _nested_id(given: str | None) -> str:
    wanted = normal_uuid(given or "")
    return wanted if is_uuid(wanted) else uuid4().urn


def _common(shell: Shell) -> str:
    lid = "" if shell.logical_id is None else f' lid="{attribute(shell.logical_id)}"'
    seldom_new = _often("status", shell.status) + _often("home", shell.home)
    return f' id="{attribute(shell.id)}"{lid}{seldom_new}'


@lru_cache(maxsize=1024)
def _often(name: str, value: str | None) -> str:
    """Write an attribute whose few values come again and again."""
    return "" if value is None else f' {name}="{attribute(value)}"'


@lru_cache(maxsize=1024)
def _version(version: int | str | None) -> bytes:
    return b"" if version is None else writer.version_info(str(version)).encode()
