"""What a run invents: patients and documents that nobody else has, and how they get there."""

from __future__ import annotations

import hashlib
import random
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Final, TypeVar

from lxml import etree
from lxml.etree import _Element

from conformance import feeds
from conformance.target import Offer
from conformance.wire import Wire
from ihe_profiles import iti41, iti42, iti44
from ihe_profiles.soap.client import CallFailed
from ihe_profiles.soap.exchange import Binary
from ihe_profiles.xds import encoding, response, submission
from ihe_profiles.xds.datatypes import CX, DTM
from ihe_profiles.xds.domain.affinity import Value, utc_now
from ihe_profiles.xds.domain.specimen import choice, specimen
from ihe_profiles.xds.metadata import Code, DocumentEntry, LocalizedString, Submission
from ihe_profiles.xds.response import RegistryResponse
from ihe_profiles.xds.vocabulary import ResponseStatus

_V3: Final = f"{{{iti44.HL7}}}"
T = TypeVar("T")

_PREFIX: Final = "CONF"
TEXT: Final = b"An invented document of a conformance run.\n"


class SetupFailed(Exception):
    """What a trial stands on could not be made; the text says what the system answered."""


class World:
    """The patients and documents of one run.

    `seed` decides the values that are chosen; ids are of this run alone, so that a server that has
    seen an earlier run with the same seed takes this one too.
    """

    def __init__(self, wire: Wire, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 (nothing here is secret)
        self.patients: list[str] = []
        self.documents: list[str] = []
        self._wire = wire
        self._run = uuid.uuid4()
        self._count = 0
        self._kept: dict[str, Any] = {}
        self._choice = choice(wire.target.domain, utc_now())
        self._specimen = specimen(self._choice)

    @property
    def authority(self) -> str:
        """The OID under which patients are invented."""
        named = self._wire.target.authority
        return named or self._choice["patientId"][0].code

    @property
    def name(self) -> str:
        """A text that is this run's alone."""
        return f"{_PREFIX}{self._run.hex[:10].upper()}"

    def once(self, key: str, make: Callable[[], T]) -> T:
        """Return what `make` makes, made once in a run: what several trials stand on."""
        if key not in self._kept:
            self._kept[key] = make()
        kept: T = self._kept[key]
        return kept

    def codes(self, attribute: str, number: int) -> tuple[Code, ...]:
        """Return up to `number` codes of an attribute that the domain allows now."""
        value_set = self._wire.target.domain.value_sets.get(attribute)
        if value_set is None:
            return tuple(_code(Value(f"conformance-{n}", "2.25.61741")) for n in range(number))
        now = utc_now()
        valid = [value for value in value_set.values.values() if value.is_valid(now)]
        return tuple(map(_code, self.random.sample(valid, min(number, len(valid)))))

    def uuid(self) -> str:
        """Return a new entryUUID."""
        return uuid.uuid4().urn

    def oid(self) -> str:
        """Return a new OID."""
        self._count += 1
        return f"2.25.{uuid.uuid5(self._run, str(self._count)).int}"

    def new_patient_id(self) -> CX:
        """Return an identifier that no message has told the system of."""
        self._count += 1
        return CX(f"{self.name}{self._count:04}^^^&{self.authority}&ISO")

    def patient(self) -> CX:
        """Invent a patient and make it known, if the system takes a feed. Raises SetupFailed."""
        patient_id = self.new_patient_id()
        self.patients.append(str(patient_id))
        offers = self._wire.target.offers
        if Offer.PID_FEED in offers:
            self._admit(patient_id)
        elif Offer.PID_FEED_V3 in offers:
            self._admit_v3(patient_id)
        return patient_id

    @cached_property
    def bystander(self) -> CX:
        """A known patient without any documents. Raises SetupFailed."""
        return self.patient()

    def entry(self, patient_id: CX, content: bytes = TEXT, **changes: Any) -> DocumentEntry:
        """Describe a new document with values of the domain; `changes` are attributes."""
        entry = replace(
            self._specimen.documents[0],
            entry_uuid=uuid.uuid4().urn,
            unique_id=self.oid(),
            patient_id=patient_id,
            source_patient_id=patient_id,
            mime_type="text/plain",
            hash=hashlib.sha1(content, usedforsecurity=False).hexdigest(),
            size=str(len(content)),
            repository_unique_id=self._wire.target.repository_id or self.oid(),
            reference_id_list=(),
        )
        return replace(entry, **changes)

    def submission(
        self,
        entries: Sequence[DocumentEntry],
        *,
        patient_id: CX | None = None,
        replaces: Mapping[str, str] | None = None,
        folders: Sequence[submission.Filing] = (),
    ) -> Submission:
        """Put entries (of one patient) into a submission; `replaces` and `folders` as `build`."""
        model = self._specimen.submission_sets[0]
        patient_id = patient_id or entries[0].patient_id
        assert patient_id is not None
        assert model.content_type_code is not None
        return submission.build(
            entries,
            source_id=model.source_id or self.oid(),
            content_type_code=model.content_type_code,
            patient_id=patient_id,
            submission_time=DTM(time.strftime("%Y%m%d%H%M%S", time.gmtime())),
            author=model.author[0],
            title=(LocalizedString("Conformance"),),
            replaces=replaces,
            folders=folders,
        )

    def provide(self, made: Submission, contents: Mapping[str, bytes]) -> RegistryResponse:
        """Send a submission by ITI-41; `contents` by the ids of the entries. Raises CallFailed."""
        self._note(made)
        bodies = [
            (entry.entry_uuid, _binary(entry, contents.get(entry.entry_uuid, TEXT)))
            for entry in made.documents
        ]
        body = iti41.request(encoding.write_submission(_unplaced(made)), bodies)
        return response.read(self._wire.repository.call(iti41.TRANSACTION, body).body)

    def register(self, made: Submission) -> RegistryResponse:
        """Send a submission by ITI-42, through zeep. Raises CallFailed."""
        self._note(made)
        body = iti42.request(encoding.write_submission(made))
        return response.read(self._wire.registry.call(iti42.TRANSACTION, [body]).body)

    def submit(self, made: Submission, contents: Mapping[str, bytes] | None = None) -> Submission:
        """Bring a submission in, by ITI-41 if there is a repository. Raises SetupFailed."""
        offers = self._wire.target.offers
        try:
            if Offer.REPOSITORY in offers:
                answer = self.provide(made, contents or {})
            else:
                answer = self.register(made)
        except CallFailed as failure:
            raise SetupFailed(f"a submission got no answer: {failure}") from failure
        if answer.status is not ResponseStatus.SUCCESS:
            reasons = "; ".join(f"{e.code}: {e.context}" for e in answer.errors)
            raise SetupFailed(f"a submission was refused: {reasons}")
        return made

    def _note(self, made: Submission) -> None:
        self.documents += [entry.unique_id or "" for entry in made.documents]

    def _admit(self, patient_id: CX) -> None:
        answer = self._wire.mllp(feeds.v2(feeds.REGISTER, patient_id, self.oid()))
        if b"MSA|AA|" not in answer:
            found = self._wire.last.note or repr(answer[:200])
            raise SetupFailed(f"the feed (ITI-8) was not accepted: {found}")

    def _admit_v3(self, patient_id: CX) -> None:
        try:
            answer = self.feed_v3(feeds.v3(feeds.ADDED, patient_id, self.oid()))
        except CallFailed as failure:
            raise SetupFailed(f"the feed (ITI-44) got no answer: {failure}") from failure
        code = answer.find(f"{_V3}acknowledgement/{_V3}typeCode")
        if code is None or code.get("code") != "AA":
            raise SetupFailed("the feed (ITI-44) was not accepted")

    def feed_v3(self, message: bytes) -> _Element:
        """Send a message of ITI-44 and return the acknowledgement. Raises CallFailed."""
        kinds = {kind.request: kind for kind in iti44.TRANSACTIONS}
        kind = kinds[str(etree.fromstring(message).tag)]
        return self._wire.feed_v3.call(kind, [message]).body


def _code(value: Value) -> Code:
    return Code(value.code, value.scheme, (LocalizedString(value.display or value.code),))


def _unplaced(made: Submission) -> Submission:
    """Leave out what only the repository may say."""
    documents = tuple(replace(entry, repository_unique_id=None) for entry in made.documents)
    return replace(made, documents=documents)


def _binary(entry: DocumentEntry, content: bytes) -> Binary:
    return Binary(entry.mime_type or "text/plain", len(content), lambda: iter([content]))
