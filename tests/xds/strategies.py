"""Hypothesis strategies for every metadata object, with every variation that the standard allows.

The objects are well formed and schema-valid; `submissions()` also obey every rule of a registry.
"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from ihe_profiles.xds.datatypes import CX, DTM, XCN, XON, XTN, CXi
from ihe_profiles.xds.metadata import (
    ON_DEMAND,
    STABLE,
    Association,
    Author,
    Code,
    DocumentEntry,
    Folder,
    LocalizedString,
    Slot,
    Submission,
    SubmissionSet,
)
from ihe_profiles.xds.vocabulary import AssociationType, DocumentAvailability, Status

# XML 1.0 section 2.2: what a document can hold. Escape sequences of HL7 have their own tests.
_ILLEGAL = [*map(chr, range(32)), "\ufffe", "\uffff", "\\"]
_TROUBLE = (
    *("a & b", "&amp;", "<b>", "]]>", 'say "x"', "it's", "a|b^c~d", "%_", " first", "last ", "'"),
    *("tab\there", "two\nlines", "\r.", "\r\n.", "\x85\u2028.", "\xa0.", "é€", "𝄞", "x" * 200),
)

# The strategies are made once, here: making one costs more than drawing from it.
texts = st.sampled_from(_TROUBLE) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters=_ILLEGAL), min_size=1, max_size=8
).filter(str.strip)
"""Text that says something: any characters that XML can hold, the troublesome ones often."""

words = st.sampled_from(["x", "Martin", "O'Neil", "<Zoé>", "a b", "é€𝄞"])
"""Text without the separators of HL7."""

uuids = st.uuids().map(lambda value: value.urn)
"""UUID URNs in lower case."""

symbols = st.integers(0, 10**6).map("Document-{}_x.y".format)
"""Symbolic ids."""

entry_uuids = uuids | symbols

oids = st.tuples(st.integers(0, 2), st.integers(0, 10**9), st.integers(0, 10**9)).map(
    lambda arcs: ".".join(map(str, arcs))
)
authorities = oids.map("&{}&ISO".format)


def forms(kind: type[str], *patterns: str) -> st.SearchStrategy:
    """Values of a data type: one of the patterns, with word, oid and authority filled in."""
    return st.builds(
        lambda pattern, word, other, oid, authority: kind(
            pattern.format(word=word, other=other, oid=oid, authority=authority)
        ),
        st.sampled_from(patterns),
        words,
        words,
        oids,
        authorities,
    )


cx = forms(CX, "{word}^^^{authority}", "{word}^^^{authority}^NH", "{word}^^^{authority}^PI")
"""Patient identifiers, some with the type code that France and Canada use."""

cxi = forms(
    CXi,
    "{word}^^^{authority}^urn:ihe:iti:xds:2013:accession",
    "{word}^^^{other}^urn:ihe:iti:xds:2013:order",
    "{word}^^^^local",
    "{oid}^^^^urn:ihe:iti:xdw:2013:workflowInstanceId",
    "{oid}^^^^urn:ihe:iti:xds:2016:studyInstanceUID",
)
"""Reference identifiers with a universal, a local or no authority."""

_PERSONS = (
    "^{word}^{other}^^^Dr",
    "{other}^{word}",
    "{other}^{word}^{other}^^^^^^{authority}",
    "{other}^{word}^^^^^^^{authority}^D^^^IDNPS",
    "{oid}",
)
_ORGANISATIONS = (
    "{word}",
    "{word}^^^^^^^^^{oid}",
    "{word}^^^^^{authority}^^^^{other}",
    "{word}^^^^^{authority}^IDNST^^^{other}",
)
_TELECOMS = ("^^Internet^x@example.org", "^NET^Internet^{word}@example.org", "^PRN^PH^^33^1^23^4")

xcn = forms(XCN, *_PERSONS)
"""Persons with an id, a name or both; some French, with type codes behind the authority."""

xon = forms(XON, *_ORGANISATIONS)
"""Organisations by name, by OID, or by id with its authority."""

xtn = forms(XTN, *_TELECOMS)
"""Telephone numbers and e-mail addresses."""

recipients = forms(
    str,
    *_ORGANISATIONS,
    *(f"|{person}" for person in _PERSONS),
    *(f"||{telecom}" for telecom in _TELECOMS),
    f"{_ORGANISATIONS[3]}|{_PERSONS[3]}|{_TELECOMS[1]}",
)
"""intendedRecipient: any of organisation, person and telecom."""

full_times = st.datetimes().map(lambda time: DTM(f"{time:%Y%m%d%H%M%S}".rjust(14, "0")))
dtm = st.builds(lambda time, n: DTM(time[:n]), full_times, st.sampled_from([4, 6, 8, 10, 12, 14]))
"""Times of each legal precision."""

localized = st.builds(
    LocalizedString,
    value=texts,
    lang=st.sampled_from(["en-US", "fr-FR", "fr-CA", "fr", "de-CH"]),
    charset=st.sampled_from(["UTF-8", "UTF8", "ISO-8859-1"]),
)
required_text = st.lists(localized, min_size=1, max_size=2).map(tuple)
optional_text = st.lists(localized, max_size=2).map(tuple)
short_text = st.lists(localized.filter(lambda string: len(string.value) < 128), max_size=2).map(
    tuple
)
"""Titles of DocumentEntries: less than 128 characters (TF-3 4.2.3.2.24)."""


def _unique_slots(values: list[Slot]) -> tuple[Slot, ...]:
    return tuple({slot.name: slot for slot in values}.values())


extra_slots = st.lists(
    st.builds(
        Slot,
        name=st.sampled_from(["urn:example:one", "urn:example:two", "urn:oid:1.2.3", "URN:x-y:z"]),
        values=st.lists(texts, max_size=3).map(tuple),
        slot_type=st.none() | st.just("urn:example:type"),
    ),
    max_size=2,
).map(_unique_slots)

codes = st.builds(
    Code,
    code=texts,
    scheme=oids | texts,
    display=required_text,
    extra_slots=extra_slots,
    id=st.none() | entry_uuids,
)


def many(values: st.SearchStrategy, fewest: int = 0) -> st.SearchStrategy:
    """Tuples of at most two values."""
    return st.lists(values, min_size=fewest, max_size=2).map(tuple)


def _names_someone(author: Author) -> bool:
    return bool(author.person or author.institutions or author.telecommunications)


authors = st.builds(
    Author,
    person=st.none() | xcn,
    institutions=many(xon),
    roles=many(texts),
    specialties=many(texts),
    telecommunications=many(xtn),
    extra_slots=extra_slots,
    id=st.none() | entry_uuids,
).filter(_names_someone)

statuses = st.none() | st.sampled_from(list(map(str, Status)))
homes = st.none() | oids.map("urn:oid:{}".format)
versions = st.none() | st.integers(1, 999).map(str)
uris = st.sampled_from(["DOC001.XML", "../a/b.pdf", "https://example.org/a?b=c&d=%20#e", "urn:x:y"])
hashes = st.binary(min_size=20, max_size=20).map(bytes.hex) | st.just("ABCDEF0123" * 4)
sizes = st.integers(0, 10**18 - 1).map(str)
mime_types = st.sampled_from(["text/xml", "application/pdf", "application/fhir+json", "text/plain"])
patient_info = st.lists(
    st.sampled_from(["PID-3|D1^^^&1.2.3&ISO~D2^^^&1.2.4&ISO", "PID-5|Martin^Léa", "PID-8|F"]),
    unique=True,
    max_size=3,
).map(tuple)


def document_entries(**fixed: st.SearchStrategy) -> st.SearchStrategy[DocumentEntry]:
    """DocumentEntries with any attribute present or absent; `fixed` overrides fields."""
    return st.builds(
        DocumentEntry,
        **{
            "entry_uuid": entry_uuids,
            "object_type": st.sampled_from([STABLE, ON_DEMAND]),
            "mime_type": st.none() | mime_types,
            "availability_status": statuses,
            "home_community_id": homes,
            "logical_id": st.none() | uuids,
            "version": versions,
            "unique_id": st.none() | oids | uuids | texts,
            "patient_id": st.none() | cx,
            "author": many(authors),
            "class_code": st.none() | codes,
            "type_code": st.none() | codes,
            "format_code": st.none() | codes,
            "practice_setting_code": st.none() | codes,
            "healthcare_facility_type_code": st.none() | codes,
            "confidentiality_code": many(codes),
            "event_code_list": many(codes),
            "creation_time": st.none() | dtm,
            "service_start_time": st.none() | dtm,
            "service_stop_time": st.none() | dtm,
            "language_code": st.none() | st.sampled_from(["fr-FR", "en", "art", "zh-Hant-TW"]),
            "legal_authenticator": st.none() | xcn,
            "hash": st.none() | hashes,
            "size": st.none() | sizes,
            "repository_unique_id": st.none() | oids,
            "source_patient_id": st.none() | cx,
            "source_patient_info": patient_info,
            "reference_id_list": many(cxi),
            "uri": st.none() | uris,
            "document_availability": st.none() | st.sampled_from(list(DocumentAvailability)),
            "title": short_text,
            "comments": optional_text,
            "limited_metadata": st.booleans(),
            "extra_slots": extra_slots,
            "is_opaque": st.booleans(),
            **fixed,
        },
    )


def submission_sets(**fixed: st.SearchStrategy) -> st.SearchStrategy[SubmissionSet]:
    """SubmissionSets with any attribute present or absent; `fixed` overrides fields."""
    return st.builds(
        SubmissionSet,
        **{
            "entry_uuid": entry_uuids,
            "availability_status": statuses,
            "home_community_id": homes,
            "logical_id": st.none() | uuids,
            "version": versions,
            "unique_id": st.none() | oids,
            "source_id": st.none() | oids,
            "patient_id": st.none() | cx,
            "author": many(authors),
            "content_type_code": st.none() | codes,
            "intended_recipient": many(recipients),
            "submission_time": st.none() | dtm,
            "title": optional_text,
            "comments": optional_text,
            "limited_metadata": st.booleans(),
            "extra_slots": extra_slots,
            **fixed,
        },
    )


def folders(**fixed: st.SearchStrategy) -> st.SearchStrategy[Folder]:
    """Folders with any attribute present or absent; `fixed` overrides fields."""
    return st.builds(
        Folder,
        **{
            "entry_uuid": entry_uuids,
            "availability_status": statuses,
            "home_community_id": homes,
            "logical_id": st.none() | uuids,
            "version": versions,
            "unique_id": st.none() | oids,
            "patient_id": st.none() | cx,
            "code_list": many(codes),
            "last_update_time": st.none() | full_times,
            "title": optional_text,
            "comments": optional_text,
            "limited_metadata": st.booleans(),
            "extra_slots": extra_slots,
            **fixed,
        },
    )


def associations(**fixed: st.SearchStrategy) -> st.SearchStrategy[Association]:
    """Associations of every type, with any slot present or absent; `fixed` overrides fields."""
    return st.builds(
        Association,
        **{
            "entry_uuid": entry_uuids,
            "type": st.sampled_from(list(map(str, AssociationType))),
            "source": entry_uuids,
            "target": entry_uuids,
            "availability_status": statuses,
            "home_community_id": homes,
            "logical_id": st.none() | uuids,
            "version": versions,
            "submission_set_status": st.none() | st.sampled_from(["Original", "Reference"]),
            "previous_version": st.none() | st.just("1"),
            "association_propagation": st.none() | st.sampled_from(["yes", "no"]),
            "original_status": statuses,
            "new_status": statuses,
            "documentation": st.none() | codes,
            "title": optional_text,
            "comments": optional_text,
            "extra_slots": extra_slots,
            **fixed,
        },
    )


objects = document_entries() | submission_sets() | folders() | associations()


_first_version = {"logical_id": st.none(), "limited_metadata": st.just(False)}
_complete_sets = submission_sets(
    **_first_version, source_id=oids, content_type_code=codes, submission_time=dtm
)
_complete_documents = document_entries(
    **_first_version,
    object_type=st.just(STABLE),
    mime_type=mime_types,
    class_code=codes,
    type_code=codes,
    format_code=codes,
    practice_setting_code=codes,
    healthcare_facility_type_code=codes,
    confidentiality_code=many(codes, 1),
    creation_time=dtm,
    language_code=st.just("fr-CA"),
    hash=hashes,
    size=sizes,
    repository_unique_id=oids,
    source_patient_id=cx,
)
_complete_folders = folders(**_first_version, code_list=many(codes, 1), title=required_text)


@st.composite
def _submissions(draw: st.DrawFn) -> Submission:
    patient = draw(cx)
    number = iter(range(100))
    ids = iter(draw(st.lists(entry_uuids, min_size=20, max_size=20, unique=True)))

    def own(obj):
        unique_id = f"1.2.3.{next(number)}"
        return replace(obj, entry_uuid=next(ids), patient_id=patient, unique_id=unique_id)

    submission_set = own(draw(_complete_sets))
    documents = [
        _in_order(own(d)) for d in draw(st.lists(_complete_documents, min_size=1, max_size=2))
    ]
    new_folders = [own(folder) for folder in draw(st.lists(_complete_folders, max_size=1))]
    links = _links(draw, submission_set.entry_uuid, documents, new_folders, ids)
    return Submission((submission_set,), tuple(documents), tuple(new_folders), tuple(links))


submissions = _submissions()
"""Submissions that a registry takes: a set, documents, folders, memberships, relationships."""


def _links(draw, submission_set, documents, new_folders, ids):
    """Give each object its membership, put a document into folders, relate some."""

    def link(kind, source, target, status=None) -> Association:
        made = Association(entry_uuid=next(ids), type=kind, source=source, target=target)
        return replace(made, submission_set_status=status)

    member = AssociationType.HAS_MEMBER
    for document in documents:
        yield link(member, submission_set, document.entry_uuid, "Original")
        if draw(st.booleans()):
            yield link(AssociationType.RPLC, document.entry_uuid, draw(uuids))
    if draw(st.booleans()):
        yield link(member, submission_set, draw(uuids), "Reference")
    for folder in new_folders:
        yield link(member, submission_set, folder.entry_uuid)
    for holder in (*(folder.entry_uuid for folder in new_folders), draw(uuids)):
        membership = link(member, holder, documents[0].entry_uuid)
        yield membership
        yield link(member, submission_set, membership.entry_uuid)
    if len(documents) > 1:
        yield link(AssociationType.XFRM, documents[0].entry_uuid, documents[1].entry_uuid)


def _in_order(document: DocumentEntry) -> DocumentEntry:
    """Exchange service times that came out in the wrong order."""
    start, stop = document.service_start_time, document.service_stop_time
    if start and stop and start.lowest > stop.lowest:
        return replace(document, service_start_time=stop, service_stop_time=start)
    return document
