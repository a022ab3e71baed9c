"""The data types of metadata values (ITI TF-3 4.2.3.1.7), as strings that keep their exact text.

Every type has a classmethod `problem(text)`: None when the text is well formed, else the broken
rule in words that continue "the value ...". Making a value never fails: the rules judge it later.
HL7 components are counted from 1, as the standard does.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from ihe_profiles.xds.phrases import phrase
from ihe_profiles.xds.vocabulary import DocumentAvailability

_OID = re.compile(r"[0-2](?:\.(?:0|[1-9][0-9]*))+")
_UUID_URN = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_ANY_CASE_UUID_URN = re.compile(_UUID_URN.pattern, re.IGNORECASE | re.ASCII)
_SHA1 = re.compile(r"[0-9a-fA-F]{40}")
_INTEGER = re.compile(r"[0-9]{1,18}")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_MIME_TYPE = re.compile(r"[!#$&^_.+\w-]+/[!#$&^_.+\w-]+(?:\s*;.*)?", re.ASCII)
_NOT_IN_A_URI = re.compile(r"[\x00-\x20<>\"{}|\\^`\x7f]")
_URN = re.compile(r"urn:[a-z0-9][a-z0-9-]{1,31}:.+", re.IGNORECASE | re.ASCII)
_DTM = re.compile(r"[0-9]{4}(?:[0-9]{2}){0,5}")
_PID_FIELD = re.compile(r"PID-[1-9][0-9]?\|.*", re.DOTALL)
_ESCAPE = re.compile(r"\\([^\\]*)\\")
_FORBIDDEN_ESCAPE = re.compile(r"[HN]|Z.*", re.DOTALL)

_AVAILABILITIES: Final = tuple(DocumentAvailability)
_LOWEST: Final = "00000101000000"
_LINKED_TYPES: Final = (
    "urn:ihe:iti:xdw:2013:workflowInstanceId",
    "urn:ihe:iti:xds:2016:studyInstanceUID",
)


def oid_problem(text: str) -> str | None:
    """Judge an OID: no leading zeros, at most 64 characters (ITI TF-2 Appendix B)."""
    if len(text) > 64:
        return "is longer than the 64 characters of an OID"
    return None if _OID.fullmatch(text) else "is not an OID (such as 1.2.250.1)"


def oid_urn_problem(text: str) -> str | None:
    """Judge an OID in URN form, as homeCommunityId is written (ITI TF-3 4.2.3.2.12)."""
    if not text.startswith("urn:oid:"):
        return "is not an OID URN (such as urn:oid:1.2.250.1)"
    return oid_problem(text.removeprefix("urn:oid:"))


def uuid_problem(text: str) -> str | None:
    """Judge a UUID URN with lower-case digits (ITI TF-3 4.2.3.1.5)."""
    return None if is_uuid(text) else "is not `urn:uuid:` followed by a UUID in lower-case digits"


def is_uuid(text: str) -> bool:
    """Say whether the text is a UUID URN in its lower-case form."""
    return _UUID_URN.fullmatch(text) is not None


def normal_uuid(text: str) -> str:
    """Return a UUID URN in lower case, and any other text unchanged (RFC 4122 section 3)."""
    return text.lower() if _ANY_CASE_UUID_URN.fullmatch(text) else text


def entry_uuid_problem(text: str) -> str | None:
    """Judge an entryUUID of a submission: a UUID URN, or any symbol (ITI TF-3 4.2.3.2.7)."""
    if text[:9].lower() == "urn:uuid:":
        return uuid_problem(text)
    return "is empty" if not text.strip() else None


def uri_problem(text: str) -> str | None:
    """Judge a URI or a relative path: no character that a URI must escape (RFC 3986)."""
    if not text:
        return "is empty"
    bad = _NOT_IN_A_URI.search(text)
    if bad is None:
        return None
    return phrase("has the character {character}, which a URI must escape", character=repr(bad[0]))


def urn_problem(text: str) -> str | None:
    """Judge a URN (RFC 8141)."""
    return None if _URN.fullmatch(text) else "is not a URN (urn:namespace:name)"


def hash_problem(text: str) -> str | None:
    """Judge a SHA-1 in hexadecimal, either case (ITI TF-3 4.2.3.2.10)."""
    return None if _SHA1.fullmatch(text) else "is not a SHA-1 of 40 hexadecimal digits"


def size_problem(text: str) -> str | None:
    """Judge a number of octets (ITI TF-3 4.2.3.2.21)."""
    return None if _INTEGER.fullmatch(text) else "is not a number of octets (at most 18 digits)"


def language_problem(text: str) -> str | None:
    """Judge a language tag (RFC 5646)."""
    return None if _LANGUAGE.fullmatch(text) else "is not a language tag (such as fr-FR)"


def mime_type_problem(text: str) -> str | None:
    """Judge a media type."""
    return None if _MIME_TYPE.fullmatch(text) else "is not a media type (such as text/xml)"


def text_problem(text: str) -> str | None:
    """Judge a plain string: it says something, and holds no formatting or local HL7 escape."""
    if not text.strip():
        return "is empty"
    for escape in _ESCAPE.finditer(text):
        if _FORBIDDEN_ESCAPE.fullmatch(escape[1]):
            text = "has the escape sequence {sequence}, which metadata may not use"
            return phrase(text, sequence=escape[0])
    return None


def _authority_problem(component: str, number: int) -> str | None:
    """Judge an assigning authority, &OID&ISO with an empty namespace (ITI TF-3 4.2.3.1.7, HD)."""
    parts = component.split("&")
    if len(parts) != 3 or parts[0] or parts[2] != "ISO" or oid_problem(parts[1]):
        text = "needs the assigning authority in component {number} as &OID&ISO"
        return phrase(text, number=number)
    return None


def availability_problem(text: str) -> str | None:
    """Judge a documentAvailability (XDS Metadata Update)."""
    if text in _AVAILABILITIES:
        return None
    return phrase("is not one of {values}", values=", ".join(_AVAILABILITIES))


class HL7Value(str):
    """Text with components between `^`."""

    __slots__ = ()

    def component(self, number: int) -> str:
        """Return a component, empty when it is not there."""
        parts = self.split("^")
        return parts[number - 1] if number <= len(parts) else ""

    def subcomponent(self, number: int, sub: int) -> str:
        """Return a subcomponent (between `&`) of a component, empty when it is not there."""
        parts = self.component(number).split("&")
        return parts[sub - 1] if sub <= len(parts) else ""

    def others(self, *known: int) -> int | None:
        """Return the number of the first valued component that is not one of `known`."""
        for number, part in enumerate(self.split("^"), 1):
            if part and number not in known:
                return number
        return None


class CX(HL7Value):
    """A patient identifier, `id^^^&OID&ISO` (ITI TF-3 4.2.3.1.7).

    Component 5, a type code such as NH, is not IHE's but usual in France and Canada: it is accepted
    and does not take part in the identity.
    """

    __slots__ = ()

    @property
    def id(self) -> str:
        """The identifier alone."""
        return self.component(1)

    @property
    def authority(self) -> str:
        """The OID of the assigning authority."""
        return self.subcomponent(4, 2)

    @property
    def identity(self) -> tuple[str, str]:
        """What two identifiers of one patient share: authority and id."""
        return self.authority, self.id

    @classmethod
    def problem(cls, text: str) -> str | None:
        """Return the rule that the text breaks, None when it is well formed."""
        value = cls(text)
        if not value.id.strip() or "&" in value.id or "~" in text:
            return "needs exactly one identifier, in component 1"
        other = value.others(1, 4, 5)
        if other:
            return phrase("has a component {number}; a CX is id^^^&OID&ISO", number=other)
        return _authority_problem(value.component(4), 4) or text_problem(text)


class CXi(HL7Value):
    """An identifier of something else than a patient, with its kind (ITI TF-3 4.2.3.1.7)."""

    __slots__ = ()

    @property
    def id(self) -> str:
        """The identifier alone."""
        return self.component(1)

    @property
    def authority(self) -> str:
        """The OID of the assigning authority, empty when the identifier is unique by itself."""
        return self.subcomponent(4, 2)

    @property
    def id_type(self) -> str:
        """The kind of identifier, a URN such as urn:ihe:iti:xds:2013:accession."""
        return self.component(5)

    @classmethod
    def problem(cls, text: str) -> str | None:
        """Return the rule that the text breaks, None when it is well formed."""
        value = cls(text)
        if not value.id.strip():
            return "needs an identifier in component 1"
        if not value.id_type:
            return "needs the kind of identifier, a URN, in component 5"
        known = (1, 5) if value.id_type in _LINKED_TYPES else (1, 4, 5)
        other = value.others(*known)
        if other:
            message = "has a component {number}, which this kind of identifier does not use"
            return phrase(message, number=other)
        return _cxi_authority_problem(value.component(4)) or text_problem(text)


def _cxi_authority_problem(component: str) -> str | None:
    parts = component.split("&")
    if len(parts) == 1 or (len(parts) == 3 and all(parts[1:])):
        return None
    return "needs the authority in component 4 as a namespace, or as &universal id&type"


class XCN(HL7Value):
    """A person (or a device), `id^last^first^^^^^^&OID&ISO` (ITI TF-3 4.2.3.1.7)."""

    __slots__ = ()

    @property
    def id(self) -> str:
        """The identifier, empty when only a name is known."""
        return self.component(1)

    @property
    def last_name(self) -> str:
        """The family name."""
        return self.component(2)

    @property
    def first_name(self) -> str:
        """The given name."""
        return self.component(3)

    @property
    def authority(self) -> str:
        """The OID of the identifier's assigning authority."""
        return self.subcomponent(9, 2)

    @classmethod
    def problem(cls, text: str) -> str | None:
        """Return the rule that the text breaks, None when it is well formed."""
        value = cls(text)
        if not value.id.strip() and not value.last_name.strip():
            return "needs an identifier in component 1 or a family name in component 2"
        authority = value.component(9)
        return (authority and _authority_problem(authority, 9)) or text_problem(text)


class XON(HL7Value):
    """An organisation, `name^^^^^&OID&ISO^^^^id` (ITI TF-3 4.2.3.1.7).

    Component 7, a type code such as IDNST, is not IHE's but usual in France: it is accepted.
    """

    __slots__ = ()

    @property
    def name(self) -> str:
        """The organisation's name."""
        return self.component(1)

    @property
    def id(self) -> str:
        """The organisation's identifier, itself an OID when there is no authority."""
        return self.component(10)

    @property
    def authority(self) -> str:
        """The OID of the identifier's assigning authority."""
        return self.subcomponent(6, 2)

    @classmethod
    def problem(cls, text: str) -> str | None:
        """Return the rule that the text breaks, None when it is well formed."""
        value = cls(text)
        if not value.name.strip():
            return "needs the organisation's name in component 1"
        other = value.others(1, 6, 7, 10)
        if other:
            message = "has a component {number}; an XON is name^^^^^&OID&ISO^^^^id"
            return phrase(message, number=other)
        authority = value.component(6)
        needed = value.id and oid_problem(value.id) is not None
        if authority or needed:
            return _authority_problem(authority, 6) or text_problem(text)
        return text_problem(text)


class XTN(HL7Value):
    """A telephone number, or an e-mail address `^^Internet^address` (ITI TF-3 4.2.3.1.7)."""

    __slots__ = ()

    @property
    def email(self) -> str:
        """The e-mail address, empty for a telephone number."""
        return self.component(4) if self.component(3) == "Internet" else ""

    @classmethod
    def problem(cls, text: str) -> str | None:
        """Return the rule that the text breaks, None when it is well formed."""
        value = cls(text)
        if value.component(3) == "Internet":
            if "@" not in value.email:
                return "needs the e-mail address in component 4"
            if value.component(2) not in ("", "NET"):
                return "needs component 2 empty or NET beside an e-mail address"
        elif not value.component(3) or not value.component(7):
            return "needs Internet and an address, or an equipment type (3) and a local number (7)"
        return text_problem(text)


class DTM(str):
    """A time in UTC, `YYYY[MM[DD[hh[mm[ss]]]]]` (ITI TF-3 4.2.3.1.7)."""

    __slots__ = ()

    @property
    def lowest(self) -> int:
        """The first second of the time named, as a 14-digit integer: 2005 -> 20050101000000."""
        return int(self + _LOWEST[len(self) :])

    @classmethod
    def problem(cls, text: str) -> str | None:
        """Return the rule that the text breaks, None when it is well formed."""
        if not _DTM.fullmatch(text):
            return "is not a time YYYY[MM[DD[hh[mm[ss]]]]] in UTC, without zone or fraction"
        try:
            datetime.strptime(text + _LOWEST[len(text) :], "%Y%m%d%H%M%S")
        except ValueError:
            return "is not a time of the calendar"
        return None


def recipient_problem(text: str) -> str | None:
    """Judge an intendedRecipient: organisation|person|telecom, one at least (TF-3 4.2.3.3.7)."""
    parts = text.split("|")
    if len(parts) > 3 or not any(parts):
        return "needs an organisation, a person or a telecom address, separated by |"
    judges = (("XON", XON.problem), ("XCN", XCN.problem), ("XTN", XTN.problem))
    for (name, judge), part in zip(judges, parts, strict=False):
        problem = part and judge(part)
        if problem:
            message = "has an {kind} {part} that {problem}"
            return phrase(message, kind=name, part=repr(part), problem=problem)
    return None


def pid_field_problem(text: str) -> str | None:
    """Judge one value of sourcePatientInfo: a PID field and its content (ITI TF-3 4.2.3.2.23)."""
    if not _PID_FIELD.fullmatch(text):
        return "is not a PID field (such as PID-5|Name^Given)"
    return text_problem(text)
