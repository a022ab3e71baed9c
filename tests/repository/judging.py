"""A repository that judges signatures, and documents to send to it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from uuid import uuid4

from lxml.etree import _Element
from sqlalchemy import func, select

from ihe_profiles.dsg import markup
from ihe_profiles.dsg.algorithms import C14N11_COMMENTS
from ihe_profiles.dsg.dsg_signing import sign_documents
from ihe_profiles.dsg.signer import Signer
from ihe_profiles.dsg.xml_signing import Manner, Signed, reference_element, sign_enveloped
from ihe_profiles.xds.metadata import Association, Code, Submission
from ihe_profiles.xds.response import RegistryResponse
from ihe_profiles.xds.vocabulary import AssociationType, ResponseStatus
from repository.limits import RepositoryLimits
from repository.signature_policy import Format, Policy
from repository.signatures import Rules
from repository.store import signatures
from repository.store.signatures import Finding
from repository.store.tables import signature
from tests.dsg import pki
from tests.dsg.forge import DOCUMENT, digest_again, one, resigned
from tests.repository.conftest import World
from tests.repository.messages import Message, a_submission, an_entry, codes, provide

SUCCESS = RegistryResponse(ResponseStatus.SUCCESS)
DETACHED = Code("urn:ihe:iti:dsg:detached:2014", "1.3.6.1.4.1.19376.1.2.3")
FRENCH = Code("http://www.w3.org/2000/09/xmldsig#", "URN")
STRANGER = pki.issue(pki.Shape("Stranger"))
REQUIRE = dict.fromkeys(Format, Policy.REQUIRE)
REPORT = dict.fromkeys(Format, Policy.REPORT)


def now() -> Manner:
    return Manner(time=datetime.now(UTC))


def xml(signer: Signer | None = None) -> bytes:
    return sign_enveloped(DOCUMENT, signer or pki.signer(), now())


def detached(documents: Mapping[str, bytes], submission_set: str | None = None) -> bytes:
    streams = {id: BytesIO(data) for id, data in documents.items()}
    return sign_documents(streams, pki.signer(), submission_set, now())


def signed_canonically(id: str, document: bytes) -> bytes:
    """Sign one XML document that is in canonical form already, and say so."""

    def change(root: _Element) -> None:
        manifest = one(root, markup.MANIFEST)
        digest = hashlib.sha256(document).digest()
        manifest[0][:] = reference_element(Signed("", digest, (C14N11_COMMENTS,)))[:]
        digest_again(root, manifest, 0)

    return resigned(detached({id: document}), change)


class Case:
    """A world whose repository judges signatures, and what it observes."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.observed: list[Finding] = []

    def judge_by(
        self,
        policies: Mapping[Format, Policy] = REQUIRE,
        *signed: str,
        largest: int = RepositoryLimits().signed_document,
    ) -> None:
        self.world.signatures = Rules(
            policies, pki.trust, frozenset(signed), observe=self.observed.append
        )
        self.world.start(RepositoryLimits(signed_document=largest))

    def send(self, message: Message) -> RegistryResponse:
        return provide(self.world.caller, message)

    def refused(self, message: Message) -> str:
        """Send what is refused for one reason, leaving nothing: the reason."""
        answer = self.send(message)
        assert codes(answer) == ["InvalidDocumentContent"]
        self.world.assert_untouched()
        assert self.rows() == 0
        assert self.world.registry.calls == []
        return answer.errors[0].context

    def rows(self) -> int:
        with self.world.database.read() as connection:
            query = select(func.count()).select_from(signature)
            return int(connection.execute(query).scalar_one())

    def found(self, unique_id: str) -> list[tuple[Finding, ...]]:
        with self.world.database.read() as connection:
            return signatures.of(connection, unique_id)

    def verdicts(self, message: Message) -> list[list[tuple[str, str]]]:
        """Format and verdict of each signature of each of a message's documents."""
        return [
            [(one.format, one.verdict) for some in self.found(unique_id) for one in some]
            for unique_id in message.unique_ids
        ]


def not_to_be_read(*_: object, **__: object) -> None:
    raise AssertionError("a document was read")


def a_pair(unique_id: str, document: bytes, signature: bytes) -> Message:
    """A document and its signature, which a `signs` association joins."""
    entries = (
        an_entry("Document01", unique_id=unique_id),
        an_entry("Signature", mime_type="text/xml", format_code=DETACHED),
    )
    submission = signed(a_submission(*entries), "Signature", "Document01")
    return Message(submission, [("Document01", document), ("Signature", signature)])


def signed(submission: Submission, source: str, target: str) -> Submission:
    association = Association(
        entry_uuid=uuid4().urn, type=AssociationType.SIGNS, source=source, target=target
    )
    return replace(submission, associations=(*submission.associations, association))
