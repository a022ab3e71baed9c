"""ITI-18 Registry Stored Query (ITI TF-2 3.18)."""

from __future__ import annotations

import schemas
from conformance.target import Offer
from conformance.trial import Session, trial
from ihe_profiles import iti18
from ihe_profiles.xds.metadata import DocumentEntry
from ihe_profiles.xds.queries import BY_NAME
from ihe_profiles.xds.vocabulary import Status


@trial("ITI-18.01", "ITI-18.02", needs=(Offer.REGISTRY,))
def find_documents(s: Session) -> None:
    """Two documents of one patient are found."""
    patient = s.world.patient()
    made = s.world.submit(s.world.submission([s.world.entry(patient), s.world.entry(patient)]))
    body = iti18.request(
        BY_NAME["FindDocuments"].id,
        {
            "$XDSDocumentEntryPatientId": str(patient),
            "$XDSDocumentEntryStatus": [Status.APPROVED],
        },
    )
    answer = s.wire.registry.call(iti18.TRANSACTION, [body])
    broken = schemas.violations(answer.body)
    s.check("ITI-18.01", not broken, "no violation", "; ".join(map(str, broken)) or "none")
    found = iti18.read_response(answer.body).objects
    ids = sorted(e.unique_id or "" for e in found if isinstance(e, DocumentEntry))
    s.equal("ITI-18.02", ids, sorted(e.unique_id or "" for e in made.documents), "uniqueId")
