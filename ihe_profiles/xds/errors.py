"""The one catalogue of refusals that a RegistryResponse carries (ITI TF-3 4.2.4).

A refusal is an entry: the standard's code, a text that names object, attribute, value and rule,
what to do, and the section. SOAP answers, logs and docs/errors.md all render it. A text quotes only
the request, and of stored objects only ids that the request contained. `errors_french` holds the
same texts in French.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from ihe_profiles.xds.errors_french import FRENCH
from ihe_profiles.xds.masking import mask
from ihe_profiles.xds.phrases import SAID, Phrase, french


class Severity(StrEnum):
    """How grave an entry is (TF-3 table 4.2.4.1-1)."""

    ERROR = "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Error"
    WARNING = "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Warning"


@dataclass(frozen=True, slots=True)
class Entry:
    """One way to be refused: `text` and `advice` are templates with named fields.

    Where a rule only warns, its error becomes a warning (`RegistryError.by_rule`).
    """

    code: str
    text: str
    advice: str
    section: str


@dataclass(frozen=True, slots=True)
class RegistryError:
    """One rs:RegistryError of an answer: code, what is wrong and what to do, where.

    `french` is the context in French, empty where there is none: in what another service answered.
    `key` is that of the catalogue and `about` the attribute or parameter, where they are known.
    """

    code: str
    context: str
    location: str | None = None
    severity: Severity = Severity.ERROR
    french: str = field(default="", compare=False)
    key: str = field(default="", compare=False)
    about: str = field(default="", compare=False)

    def said(self, language: str) -> str:
        """Return the context in `fr`, and in English for any other language."""
        return (language == "fr" and self.french) or self.context

    def by_rule(self, rule: str, severity: Severity) -> RegistryError:
        """Return the same, naming the rule that was broken and as grave as that rule is here."""
        context, french = f"{self.context} (rule {rule})", self.french
        return replace(
            self,
            context=context,
            severity=severity,
            french=french and f"{french} (règle {rule})",
        )


class Refusal(Exception):
    """The request is refused for the reasons in `errors`; nothing was changed."""

    def __init__(self, *errors: RegistryError) -> None:
        super().__init__("; ".join(f"{e.code}: {e.context}" for e in errors))
        self.errors = errors


_METADATA: Final = "XDSRegistryMetadataError"
_REPOSITORY_METADATA: Final = "XDSRepositoryMetadataError"

# Fields that many texts share: `object` names an object by kind, id and title; `attribute` is the
# standard's name; `value` is quoted from the request; `problem` is a broken rule in words that
# continue "the value ..."; `section` is the attribute's own section.
CATALOGUE: Final[dict[str, Entry]] = {
    # The message as XML
    "schema-violation": Entry(
        _METADATA,
        "The request breaks the schema at {path}: {problem}.",
        "Send elements and attributes in the order and number that the schema of {element} allows.",
        "TF-3 4.2.1.5",
    ),
    "repository-schema-violation": Entry(
        _REPOSITORY_METADATA,
        "The request breaks the schema at {path}: {problem}.",
        "Send elements and attributes in the order and number that the schema of {element} allows.",
        "TF-2 3.41.4.1.2",
    ),
    "query-schema-violation": Entry(
        "XDSRegistryError",
        "The query breaks the schema at {path}: {problem}.",
        "Send elements and attributes in the order and number that the schema of {element} allows.",
        "TF-2 3.18.4.1.2",
    ),
    "retrieve-schema-violation": Entry(
        "XDSRepositoryError",
        "The request breaks the schema at {path}: {problem}.",
        "Send elements and attributes in the order and number that the schema of {element} allows.",
        "TF-2 3.43.4.1.2",
    ),
    # Metadata that cannot be read
    "unexpected-element": Entry(
        _METADATA,
        "The submission holds an element {element} with the id {id}.",
        "Submit only ExtrinsicObject, RegistryPackage, Association and their Classifications.",
        "TF-3 4.2.1.4",
    ),
    "unexpected-content": Entry(
        _METADATA,
        "{object} holds {content}, which XDS metadata has no place for.",
        "Leave it out; further metadata belongs in slots with a URN of your own.",
        "TF-3 4.2.3.1.6",
    ),
    "unknown-object-type": Entry(
        _METADATA,
        "{object} has the objectType {value}.",
        "Use the UUID of a stable or an on-demand DocumentEntry.",
        "TF-3 4.2.1.1.1",
    ),
    "unmarked-package": Entry(
        _METADATA,
        "The RegistryPackage {id} (title {title}) is marked as neither SubmissionSet nor Folder.",
        "Classify it by the node of the one or of the other.",
        "TF-3 4.2.1.2.1, 4.2.1.3.1",
    ),
    "ambiguous-package": Entry(
        _METADATA,
        "The RegistryPackage {id} (title {title}) is marked as both SubmissionSet and Folder.",
        "Classify it by one of the two nodes.",
        "TF-3 4.2.1.2.1, 4.2.1.3.1",
    ),
    "stray-classification": Entry(
        _METADATA,
        "A Classification beside the objects classifies {value} by {scheme}.",
        "Beside the objects only the mark of a SubmissionSet or Folder of the message may stand; "
        "nest every other Classification in its object.",
        "TF-3 4.2.3.1.10",
    ),
    "wrong-parent": Entry(
        _METADATA,
        "{object} holds {content} whose {attribute} is {value}.",
        "Give {attribute} the id of the object that holds it.",
        "TF-3 4.2.3.1.2",
    ),
    "unknown-classification": Entry(
        _METADATA,
        "{object} is classified by {value}, which is not a scheme or node of its kind.",
        "Use the classification schemes of XDS; further metadata belongs in slots.",
        "TF-3 4.2.3.1.10, 4.2.5",
    ),
    "unknown-identification-scheme": Entry(
        _METADATA,
        "{object} has an ExternalIdentifier of the scheme {value}, which is not one of its kind.",
        "Use the identification schemes of XDS; further identifiers belong in referenceIdList.",
        "TF-3 4.2.3.1.3, 4.2.5",
    ),
    "slot-repeated": Entry(
        _METADATA,
        "{object} has the slot {attribute} more than once.",
        "Put all values into one slot.",
        "TF-3 4.2.3.1.6",
    ),
    "attribute-repeated": Entry(
        _METADATA,
        "{object} has {attribute} {number} times.",
        "Send it at most once.",
        "{section}",
    ),
    "slot-value-number": Entry(
        _METADATA,
        "The slot {attribute} of {object} has {number} values.",
        "Send exactly one value.",
        "{section}",
    ),
    "code-without-scheme": Entry(
        _METADATA,
        "The code {value} in {attribute} of {object} has {number} values in its slot codingScheme.",
        "Give each code a slot codingScheme with exactly one value.",
        "TF-3 4.2.3.1.2",
    ),
    "code-without-value": Entry(
        _METADATA,
        "A Classification for {attribute} of {object} has no nodeRepresentation.",
        "Give the code in nodeRepresentation.",
        "TF-3 4.2.3.1.2",
    ),
    # Metadata rules
    "submission-set-number": Entry(
        _METADATA,
        "The submission holds {number} SubmissionSets ({ids}).",
        "Send exactly one SubmissionSet in each submission.",
        "TF-3 4.1.4",
    ),
    "submission-empty": Entry(
        _METADATA,
        "{object} contains nothing.",
        "Submit at least one DocumentEntry, Folder or membership of a document in a Folder.",
        "TF-3 4.1.4",
    ),
    "id-repeated": Entry(
        _METADATA,
        "The id {value} is used by {number} objects of the submission.",
        "Give each object an id of its own.",
        "TF-3 4.2.3.1.5",
    ),
    "attribute-missing": Entry(
        _METADATA,
        "{object} has no {attribute}, which a registry requires.",
        "Add it.",
        "{section}; TF-3 table 4.3.1-3",
    ),
    "attribute-forbidden": Entry(
        _METADATA,
        "{object} has {attribute}, which a submission to a registry may not have.",
        "Leave it out.",
        "{section}; TF-3 table 4.3.1-3",
    ),
    "value-malformed": Entry(
        _METADATA,
        "{attribute} of {object}: the value {value} {problem}.",
        "Correct the value.",
        "{section}",
    ),
    "value-repeated": Entry(
        _METADATA,
        "{attribute} of {object} has {number} values for {value}.",
        "Send at most one.",
        "{section}",
    ),
    "code-without-display": Entry(
        _METADATA,
        "The code {value} in {attribute} of {object} has no display name.",
        "Give the display name in Name.",
        "TF-3 4.2.3.1.2",
    ),
    "author-empty": Entry(
        _METADATA,
        "An author of {object} has neither person nor institution nor telecommunication.",
        "Give at least one of authorPerson, authorInstitution and authorTelecommunication.",
        "TF-3 4.2.3.1.4",
    ),
    "extra-slot-name": Entry(
        _METADATA,
        "{object} has a slot {attribute}, neither one of its attributes nor extra metadata.",
        "Name extra slots by a URN that does not begin with urn:ihe:.",
        "TF-3 4.2.3.1.6",
    ),
    "value-not-in-domain": Entry(
        _METADATA,
        "{attribute} of {object}: the value {value} {problem} (domain {domain}).",
        "Nearest allowed: {allowed}.",
        "{section}; TF-1 10.4.8",
    ),
    "patient-authority-unknown": Entry(
        "XDSUnknownPatientId",
        "{attribute} of {object}: the assigning authority {value} {problem} (domain {domain}).",
        "Use the patient's identifier in this domain; authorities: {allowed}.",
        "{section}; TF-1 10.4.8",
    ),
    "domain-attribute-missing": Entry(
        _METADATA,
        "{object} has no {attribute}, which this domain requires.",
        "Add it.",
        "{section}",
    ),
    "domain-attribute-number": Entry(
        _METADATA,
        "{object} has {attribute} {number} times; this domain requires exactly one.",
        "Send exactly one.",
        "{section}",
    ),
    "only-stable-entries": Entry(
        _METADATA,
        "{object} is an on-demand entry.",
        "Register it with the transaction for on-demand entries (ITI-61).",
        "TF-2 3.42.4.1.2",
    ),
    "service-times-reversed": Entry(
        _METADATA,
        "{object} has serviceStartTime {start} after serviceStopTime {stop}.",
        "Give a start that is not after the stop.",
        "TF-2 3.42.4.1.3.3.6",
    ),
    "logical-id-differs": Entry(
        _METADATA,
        "{object} has the logicalID {value}, which is not its entryUUID.",
        "Leave the lid of a first version out; change existing entries with ITI-57.",
        "TF-3 4.2.3.2 (Metadata Update)",
    ),
    "member-missing": Entry(
        _METADATA,
        "{object} is not linked to the SubmissionSet.",
        "Send a HasMember Association from the SubmissionSet to it.",
        "TF-3 4.1.4, 4.2.2.1",
    ),
    "member-repeated": Entry(
        _METADATA,
        "{object} is linked to the SubmissionSet by {number} HasMember Associations.",
        "Send exactly one.",
        "TF-3 4.1.4, 4.2.2.1",
    ),
    "association-type-unknown": Entry(
        _METADATA,
        "{object} has the associationType {value}.",
        "Use HasMember, RPLC, XFRM, APND, XFRM_RPLC, signs or IsSnapshotOf, as full URNs.",
        "TF-3 4.2.2",
    ),
    "association-ends": Entry(
        _METADATA,
        "{object} of the type {type} goes from {source} to {target}.",
        "{rule}",
        "TF-3 4.2.2",
    ),
    "transformation-appended-to": Entry(
        _METADATA,
        "{object} appends a document to {value}, which is a transformation.",
        "Append it to the document that was transformed.",
        "TF-3 4.2.2.2",
    ),
    "submission-set-status": Entry(
        _METADATA,
        "{object} has the SubmissionSetStatus {value}; for the document {target} it is {expected}.",
        "Say Original for a document of this submission, Reference for one in the registry.",
        "TF-3 4.2.2.1.1",
    ),
    "unresolved-reference": Entry(
        "UnresolvedReferenceException",
        "{object} refers as {attribute} to {value}, {problem}.",
        "Refer to an object of the submission by its id, to one in the registry by its entryUUID.",
        "TF-2 3.42.4.1.3.5, 3.42.4.1.3.7",
    ),
    "deprecated-target": Entry(
        "XDSRegistryDeprecatedDocumentError",
        "{object} refers to {value}, which is deprecated.",
        "Refer to the version that replaced it.",
        "TF-2 3.42.4.1.3.5",
    ),
    "deprecated-folder": Entry(
        _METADATA,
        "{object} refers to the Folder {value}, which is deprecated.",
        "Put the document into an approved Folder.",
        "TF-2 3.42.4.1.3.4",
    ),
    "patient-id-mismatch": Entry(
        "XDSPatientIdDoesNotMatch",
        "{object} has the patientId {value}, but {other} has {expected}.",
        "Submit and link objects of one patient only.",
        "TF-2 3.42.4.1.3.3.2",
    ),
    "unknown-patient-id": Entry(
        "XDSUnknownPatientId",
        "{object} has the patientId {value}, which the registry does not know.",
        "Feed the patient first, and use the identifier that survived a merge.",
        "TF-2 3.42.4.1.3.3.2",
    ),
    "subsumed-patient-id": Entry(
        "XDSUnknownPatientId",
        "{object} has the patientId {value}, which was merged into another one.",
        "Use the identifier that survived the merge.",
        "TF-2 3.42.4.1.3.3.2, 3.8.4.2.4",
    ),
    "duplicate-id-in-message": Entry(
        "XDSRegistryDuplicateUniqueIdInMessage",
        "The uniqueId {value} is used more than once in the submission: {object}, {other}.",
        "Give each object a uniqueId of its own.",
        "TF-3 table 4.2.4.1-2",
    ),
    "repository-duplicate-id-in-message": Entry(
        "XDSRepositoryDuplicateUniqueIdInMessage",
        "The uniqueId {value} is used more than once in the submission: {object}, {other}.",
        "Give each object a uniqueId of its own.",
        "TF-3 table 4.2.4.1-2",
    ),
    "duplicate-unique-id": Entry(
        "XDSDuplicateUniqueIdInRegistry",
        "{object} has the uniqueId {value}, which the registry already knows.",
        "Give each new SubmissionSet and Folder a new uniqueId.",
        "TF-2 3.42.4.1.3.3.7",
    ),
    "duplicate-submission": Entry(
        "XDSDuplicateUniqueIdInRegistry",
        "{object} has the uniqueId {value}, which a submission took at {time}.",
        "If that was this one, it is done and needs nothing more; "
        "else give the SubmissionSet a new uniqueId.",
        "TF-2 3.42.4.1.3.3.7",
    ),
    "unique-id-of-another-kind": Entry(
        _METADATA,
        "{object} has the uniqueId {value}, which is that of a SubmissionSet or Folder.",
        "Give each new document a uniqueId that nothing else has.",
        "TF-3 4.2.3.2.26",
    ),
    "duplicate-entry-uuid": Entry(
        _METADATA,
        "{object} has an entryUUID that the registry already knows.",
        "Use a new UUID, or a symbolic id that the registry replaces.",
        "TF-3 4.2.3.1.5",
    ),
    "non-identical-hash": Entry(
        "XDSNonIdenticalHash",
        "{object} has the uniqueId {value}, which is registered with another hash than {hash}.",
        "Give a document with other bytes another uniqueId.",
        "TF-2 3.42.4.1.3.3.1",
    ),
    "non-identical-size": Entry(
        "XDSNonIdenticalSize",
        "{object} has the uniqueId {value}, which is registered with another size than {size}.",
        "Give a document with other bytes another uniqueId.",
        "TF-2 3.42.4.1.3.3.1",
    ),
    # Documents of a submission (ITI-41)
    "missing-document": Entry(
        "XDSMissingDocument",
        "{object} comes without a document.",
        "Send a Document whose id is the id of the DocumentEntry.",
        "TF-2 3.41.4.1.3",
    ),
    "missing-document-metadata": Entry(
        "XDSMissingDocumentMetadata",
        "The document {value} comes without a DocumentEntry.",
        "Send an ExtrinsicObject with the same id.",
        "TF-2 3.41.4.1.3",
    ),
    "document-repeated": Entry(
        _REPOSITORY_METADATA,
        "The submission holds {number} documents with the id {value}.",
        "Send one Document for each DocumentEntry.",
        "TF-2 3.41.4.1.2",
    ),
    "document-not-base64": Entry(
        "XDSRepositoryError",
        "The document {value} is not base64: {problem}.",
        "Send base64 text, or exactly one xop:Include that refers to a part.",
        "TF-2 V.8",
    ),
    "document-too-large-inline": Entry(
        "XDSRepositoryError",
        "The document {value} is sent as base64 in the envelope and exceeds {limit} octets.",
        "Send it as a part of its own (MTOM/XOP).",
        "TF-2 V.8",
    ),
    "document-reference": Entry(
        "XDSRepositoryError",
        "The document {value} refers to {href}.",
        "Refer to a part of the message by cid: and its Content-ID.",
        "TF-2 V.8",
    ),
    "document-part-shared": Entry(
        _REPOSITORY_METADATA,
        "The documents {value} and {other} refer to the same part, cid:{part}.",
        "Send each document as a part of its own.",
        "TF-2 V.8",
    ),
    "hash-differs": Entry(
        _REPOSITORY_METADATA,
        "{object} has the hash {value}, but the SHA-1 of the document is {computed}.",
        "Send the hash of the exact bytes, or leave it out: the repository computes it.",
        "TF-2 3.41.4.1.3; TF-3 4.2.3.2.10",
    ),
    "size-differs": Entry(
        _REPOSITORY_METADATA,
        "{object} has the size {value}, but the document has {computed} octets.",
        "Send the size of the exact bytes, or leave it out: the repository computes it.",
        "TF-2 3.41.4.1.3; TF-3 4.2.3.2.21",
    ),
    "media-differs": Entry(
        "InvalidDocumentContent",
        "The document {document} is not {value}, the mimeType of {object}: {problem}.",
        "Say the type of the bytes, or send the document that is meant.",
        "TF-3 4.2.3.2.15",
    ),
    # Signatures at submission
    "signature-not-valid": Entry(
        "InvalidDocumentContent",
        "The document {document} of {object} is signed by {signer}, and its signature is"
        " {verdict}: {problem}.",
        "Send the document as it was signed, by a signer whom this repository trusts.",
        "TF-2 3.41.4.1.3; {section}",
    ),
    "signature-missing": Entry(
        "InvalidDocumentContent",
        "The document {document} of {object} has no signature, and a {value} must have one here.",
        "Sign the document.",
        "TF-2 3.41.4.1.3; TF-3 5.5",
    ),
    "signature-not-judged": Entry(
        "InvalidDocumentContent",
        "The document {document} of {object} may be signed, and has {size} octets: signatures of"
        " documents of more than {limit} are not judged here.",
        "Send a smaller document, or a detached signature of it (IHE DSG).",
        "TF-2 3.41.4.1.3; TF-3 5.5",
    ),
    # Stored queries (ITI-18)
    "unknown-stored-query": Entry(
        "XDSUnknownStoredQuery",
        "The stored query {value} is not known here.",
        "Use the id of one of the stored queries of ITI-18, or of ITI-51 by its own action.",
        "TF-2 3.18.4.1.2.3.7, 3.51.4.1.2",
    ),
    "query-of-another-transaction": Entry(
        "XDSUnknownStoredQuery",
        "The stored query {query} ({value}) is not one of {transaction}.",
        "Send it by {other}.",
        "TF-2 3.18.4.1.2.3.7, 3.51.4.1.2",
    ),
    "query-return-type": Entry(
        "XDSRegistryError",
        "The query asks for the return type {value}.",
        "Ask for LeafClass or ObjectRef.",
        "TF-2 3.18.4.1.2",
    ),
    "stored-query-missing-param": Entry(
        "XDSStoredQueryMissingParam",
        "{query} needs {parameter}, {problem}.",
        "Give it a value that the query understands.",
        "{section}",
    ),
    "stored-query-param-number": Entry(
        "XDSStoredQueryParamNumber",
        "{query}: {parameter} {problem}.",
        "{rule}",
        "{section}",
    ),
    "stored-query-syntax": Entry(
        "XDSRegistryError",
        "{query}: the value {value} of {parameter} {problem}.",
        "Write {form}.",
        "TF-2 3.18.4.1.2.3.5",
    ),
    "undefined-parameter": Entry(
        "XDSRegistryError",
        "{query} does not define the parameter {parameter}, which was ignored.",
        "Leave it out, or correct its name.",
        "ebRS 6.3.1; TF-2 3.18.4.1.2.3.7",
    ),
    "result-not-single-patient": Entry(
        "XDSResultNotSinglePatient",
        "{query} would return objects of more than one patient.",
        "Ask for ObjectRef, or for the ids of one patient.",
        "TF-2 3.18.4.1.3",
    ),
    "documents-refused": Entry(
        "LocalPolicyRestrictionError",
        "A patient whom the query names refuses that documents are shared.",
        "Ask the patient; what is refused, all documents or some, is in no answer.",
        "TF-3 4.2.4.1",
    ),
    "too-many-results": Entry(
        "XDSTooManyResults",
        "{query} matches more than {limit} objects.",
        "Narrow the query, or ask for ObjectRef and fetch the objects in portions by GetDocuments.",
        "TF-2 3.18.4.1.3",
    ),
    # Retrieval (ITI-43)
    "unknown-repository-id": Entry(
        "XDSUnknownRepositoryId",
        "The repository {value} of the document {document} is not this one.",
        "Ask the repository that the DocumentEntry names in repositoryUniqueId.",
        "TF-2 3.43.4.1.3",
    ),
    "document-unavailable": Entry(
        "XDSDocumentUniqueIdError",
        "The document {value} is not available from this repository.",
        "Check the uniqueId of the DocumentEntry, and that it may be read by you.",
        "TF-2 3.43.4.1.3",
    ),
    "retrieve-not-permitted-now": Entry(
        "XDSRepositoryError",
        "The registry does not say now which documents the requester may see.",
        "Try again later; nothing is served without that.",
        "TF-2 3.43.4.1.3",
    ),
    "document-lost": Entry(
        "XDSDocumentUniqueIdError",
        "The document {value} is known here, but its bytes cannot be read now (trace {trace}).",
        "Tell the repository's operator the trace id.",
        "TF-2 3.43.4.1.3",
    ),
    # Patient identity feeds (ITI-8, ITI-44); the codes are those of HL7 table 0357
    "feed-unreadable": Entry(
        "100",
        "The message cannot be read: {problem}.",
        "Send an HL7 message that begins with MSH and declares its delimiters.",
        "HL7 v2.3.1 2.24.1; TF-2 3.8.4.1.2",
    ),
    "feed-too-long": Entry(
        "207",
        "The message has more than {limit} octets.",
        "Send the patient's identity without attachments, or raise limits.mllp_message.",
        "TF-2 3.8.4.1.2",
    ),
    "feed-segment-number": Entry(
        "100",
        "The message has {number} segments {segment}.",
        "Send exactly one: one patient, or one pair to be merged, in each message.",
        "TF-2 3.8.4.1.2, 3.8.4.2.2",
    ),
    "feed-segment-length": Entry(
        "102",
        "The segment {segment} has more than {limit} characters.",
        "Send fewer or shorter fields.",
        "TF-2 3.8.4.1.2",
    ),
    "feed-field-missing": Entry(
        "101",
        "{field} is empty.",
        "Give it a value.",
        "TF-2 3.8.4.1.2, 3.44.4.1.2",
    ),
    "feed-message-type": Entry(
        "200",
        "The message type {value} (MSH-9.1) is not understood here.",
        "Send ADT.",
        "TF-2 3.8.4.1.2",
    ),
    "feed-event": Entry(
        "201",
        "The trigger event {value} (MSH-9.2) is not understood here.",
        "Send one of {known}.",
        "TF-2 3.8.4.1.1, 3.8.4.2.1",
    ),
    "feed-processing-id": Entry(
        "202",
        "The processing id {value} (MSH-11) is not one of HL7's.",
        "Send P, T or D.",
        "HL7 v2.3.1 2.24.1.11",
    ),
    "feed-version": Entry(
        "203",
        "The version {value} (MSH-12) is not understood here.",
        "Send 2.3.1, or one of {known}.",
        "TF-2 3.8.4.1.2",
    ),
    "feed-character-set": Entry(
        "103",
        "The character set {value} (MSH-18) is not understood here.",
        "Send one of {known}.",
        "HL7 v2.3.1 2.24.1.18",
    ),
    "feed-characters": Entry(
        "102",
        "The octets from {octet} on are no characters of the character set in MSH-18 ({value}).",
        "Declare the character set that the message uses.",
        "HL7 v2.3.1 2.24.1.18",
    ),
    "feed-other-domain": Entry(
        "204",
        "{field} has no identifier of this domain's authorities, but {value}.",
        "Send an identifier of one of the authorities {authorities}.",
        "TF-2 3.8.4.1.3, 3.44.4.1.3",
    ),
    "feed-no-domain": Entry(
        "207",
        "This registry was not told whose identifiers it knows patients by.",
        "Tell its operator to set domain.patient_assigning_authorities.",
        "TF-1 10.4.10",
    ),
    "feed-id-malformed": Entry(
        "102",
        "{field}: the identifier {value} {problem}.",
        "Correct the value.",
        "TF-2 3.8.4.1.2.3; TF-3 4.2.3.1.7",
    ),
    "merge-authorities": Entry(
        "204",
        "{value} has {number} counterparts of its authority among the identifiers that survive.",
        "Send exactly one surviving identifier of the authority of each that is subsumed.",
        "TF-2 3.8.4.2.3, 3.44.4.2.3",
    ),
    "merge-of-one": Entry(
        "205",
        "{value} would be merged into itself.",
        "Send two different identifiers.",
        "TF-2 3.8.4.2.4, 3.44.4.2.3",
    ),
    "merge-unknown": Entry(
        "204",
        "The {role} identifier {value} is not known here.",
        "Feed both patients before they are merged.",
        "TF-2 3.8.4.2.4, 3.44.4.2.3",
    ),
    "merge-subsumed": Entry(
        "204",
        "The {role} identifier {value} was merged into another one before.",
        "Merge identifiers that are active; a merge cannot be undone.",
        "TF-2 3.8.4.2.4, 3.44.4.2.3",
    ),
    "feed-busy": Entry(
        "207",
        "The registry cannot work just now.",
        "Send the message again later, unchanged.",
        "HL7 v2.3.1 2.12.1",
    ),
    "feed-error": Entry(
        "207",
        "The registry failed for a reason of its own (trace {trace}).",
        "Tell its operator the trace id, and send the message again, unchanged.",
        "HL7 v2.3.1 2.12.1",
    ),
    # Corrections by the registry's operator
    "withdraw-unknown": Entry(
        "XDSRegistryError",
        "There is no DocumentEntry {value} in the registry.",
        "Give the entryUUID (urn:uuid:...) of a DocumentEntry.",
        "TF-3 4.2.3.2.7",
    ),
    "consent-patient": Entry(
        "XDSUnknownPatientId",
        "{value} is no patient of this registry.",
        "Feed the patient first, or add one by `entente patients add`.",
        "TF-3 4.2.3.2.16",
    ),
    "consent-item": Entry(
        "XDSRegistryError",
        "{value} is no DocumentEntry of this patient and no SubmissionSet with documents.",
        "Give the entryUUID of one.",
        "TF-3 4.2.3.2.7",
    ),
    "consent-none": Entry(
        "XDSRegistryError",
        "{value} has said nothing of this kind ({kind}) that could be taken back.",
        "Look at `entente consent list`.",
        "P-9.0001 2",
    ),
    "withdraw-state": Entry(
        "XDSRegistryError",
        "The DocumentEntry {value} {problem}.",
        "Look at its state with `entente documents list`.",
        "TF-3 4.2.3.2.7",
    ),
    # The services themselves; nothing of an exception is quoted, only where to find it
    "registry-not-available": Entry(
        "XDSRegistryNotAvailable",
        "The registry gave no answer, so the outcome is not known (trace {trace}).",
        "Send the same message again unchanged; it is not registered twice.",
        "TF-2 3.41.4.2",
    ),
    "registry-unreachable": Entry(
        "XDSRegistryNotAvailable",
        "The registry cannot be reached, so nothing was stored (trace {trace}).",
        "Send the message again later.",
        "TF-2 3.41.4.2",
    ),
    "registry-fault": Entry(
        "XDSRepositoryError",
        "The registry did not understand the repository's message (trace {trace}).",
        "Tell the repository's operator the trace id.",
        "TF-3 4.2.4.1",
    ),
    "registered-but-not-noted": Entry(
        "XDSRepositoryError",
        "The registry has the submission, but the repository failed to note it (trace {trace}).",
        "Send the same message again unchanged; it is not registered twice.",
        "TF-2 3.41.4.2",
    ),
    "registry-error": Entry(
        "XDSRegistryError",
        "The registry failed for a reason of its own (trace {trace}).",
        "Tell its operator the trace id.",
        "TF-3 4.2.4.1",
    ),
    "repository-error": Entry(
        "XDSRepositoryError",
        "The repository failed for a reason of its own (trace {trace}).",
        "Tell its operator the trace id.",
        "TF-3 4.2.4.1",
    ),
    "repository-busy": Entry(
        "XDSRepositoryBusy",
        "The repository has too much to do just now (trace {trace}).",
        "Send the same message again later, unchanged.",
        "TF-3 4.2.4.1",
    ),
    "registry-busy": Entry(
        "XDSRegistryBusy",
        "The registry has too much to do just now.",
        "Send the request again later.",
        "TF-3 4.2.4.1",
    ),
    "registry-out-of-resources": Entry(
        "XDSRegistryOutOfResources",
        "The registry lacks storage (trace {trace}).",
        "Tell its operator, and send the request again later.",
        "TF-3 4.2.4.1",
    ),
    "repository-out-of-resources": Entry(
        "XDSRepositoryOutOfResources",
        "The repository lacks storage (trace {trace}).",
        "Tell its operator, and send the request again later.",
        "TF-3 4.2.4.1",
    ),
}

_LONGEST_QUOTE: Final = 200


def error(key: str, *, location: str | None = None, **fields: object) -> RegistryError:
    """Make the error that the catalogue holds under `key`; KeyError for a key or field it lacks.

    Without a `location` it is the id of the object that the error is about, if it names one.
    """
    entry = CATALOGUE[key]
    english = _fill(f"{entry.text} {entry.advice}", entry, _quoted(fields))
    text = FRENCH.get(key)
    return RegistryError(
        entry.code,
        english,
        location or _id_of(fields.get("object")),
        french=_fill(f"{text.text} {text.advice}", entry, _in_french(fields)) if text else "",
        key=key,
        about=str(fields.get("attribute") or fields.get("parameter") or ""),
    )


def _fill(text: str, entry: Entry, fields: Mapping[str, str]) -> str:
    return f"{text} [{entry.section}]".format_map(fields)


def _quoted(fields: Mapping[str, object]) -> dict[str, str]:
    return {name: _shorten(mask(str(value))) for name, value in fields.items()}


def _in_french(fields: Mapping[str, object]) -> dict[str, str]:
    return {
        name: _shorten(mask(french(value, fixed=name in SAID))) for name, value in fields.items()
    }


def _id_of(label: object) -> str | None:
    """Return the id in an object's label (`attributes.describe`)."""
    found = label.parts.get("id") if isinstance(label, Phrase) else None
    return None if found is None else _shorten(str(found))


def refuse(key: str, *, location: str | None = None, **fields: object) -> Refusal:
    """Make a Refusal of one error."""
    return Refusal(error(key, location=location, **fields))


def by_repository(errors: Iterable[RegistryError]) -> tuple[RegistryError, ...]:
    """Give metadata errors the code for a repository that found them (TF-3 table 4.2.4.1-2)."""
    return tuple(
        replace(entry, code=_CODES_OF_REPOSITORY.get(entry.code, entry.code)) for entry in errors
    )


_CODES_OF_REPOSITORY: Final = {
    _METADATA: _REPOSITORY_METADATA,
    "XDSRegistryDuplicateUniqueIdInMessage": "XDSRepositoryDuplicateUniqueIdInMessage",
}


def _shorten(text: str) -> str:
    return text if len(text) <= _LONGEST_QUOTE else f"{text[: _LONGEST_QUOTE - 3]}..."
