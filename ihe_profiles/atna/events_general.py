"""Events that belong to no single transaction (DICOM PS3.15 A.5.3; ITI TF-2 3.20.7).

Each function returns one finished record, for `trail.record` or `trail.note`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ihe_profiles.atna import codes
from ihe_profiles.atna.codes import Alert, Media
from ihe_profiles.atna.message import (
    Action,
    Code,
    Event,
    ObjectRole,
    ObjectType,
    Outcome,
    Participant,
    Participated,
)
from ihe_profiles.atna.objects import alert_subject, document, patient
from ihe_profiles.atna.reporter import Reporter, humans, peer_participant, purposes
from ihe_profiles.soap.exchange import Peer
from ihe_profiles.xua.requester import Requester

_DISCLOSED: Final = 11
"""ParticipantObjectDataLifeCycle of what is disclosed."""


def application_start(reporter: Reporter, launcher: str) -> bytes:
    """Say that this process began to serve; `launcher` is the user who started it."""
    return _activity(reporter, codes.APPLICATION_START, launcher)


def application_stop(reporter: Reporter, launcher: str) -> bytes:
    """Say that this process ended in order."""
    return _activity(reporter, codes.APPLICATION_STOP, launcher)


def audit_log_used(reporter: Reporter, user: str, log: str, description: str = "") -> bytes:
    """Say that somebody read the audit log; `log` is its URI."""
    return reporter.record(
        Event(codes.AUDIT_LOG_USED, Action.READ, description=description),
        (_person(reporter, user), reporter.participant()),
        (_resource(log, codes.URI, "Security Audit Log"),),
    )


def security_alert(
    reporter: Reporter,
    alert: Alert,
    outcome: Outcome,
    peer: Peer | None,
    description: str,
    *,
    requester: Requester | None = None,
    subject: str = "",
    about: Sequence[Participated] = (),
) -> bytes:
    """Say that something touched security.

    `outcome`: 0 informative, 4 or 8 mitigated, 12 possibly compromised. `peer` is who caused it, if
    a node did; `requester` the user; `subject` names (a URI or id) what it is about, this node
    unless given; `about` is what else it concerns, the patient or document.
    """
    performers = () if peer is None else (peer_participant(peer, is_requestor=False),)
    users = tuple(_performing(one) for one in humans(requester))
    told = alert_subject(subject or reporter.endpoint, description)
    return reporter.record(
        Event(
            codes.SECURITY_ALERT,
            Action.EXECUTE,
            outcome,
            (alert.value,),
            description,
            purposes(requester),
        ),
        (reporter.participant(is_requestor=True), *performers, *users),
        (told, *about),
    )


def node_authentication_failed(reporter: Reporter, peer: Peer, description: str) -> bytes:
    """Say that a node was refused: its TLS handshake or its certificate (ITI TF-2 3.19.6.1)."""
    return security_alert(
        reporter, Alert.NODE_AUTHENTICATION, Outcome.SERIOUS_FAILURE, peer, description
    )


def user_authentication_failed(
    reporter: Reporter, peer: Peer, description: str, *, requester: Requester | None = None
) -> bytes:
    """Say that an assertion was refused or is missing (ITI TF-2 3.40.5)."""
    user = humans(requester) or (peer_participant(peer),)
    node = peer_participant(peer, is_requestor=False)
    return reporter.record(
        Event(
            codes.USER_AUTHENTICATION,
            Action.EXECUTE,
            Outcome.SERIOUS_FAILURE,
            (codes.LOGIN,),
            description,
            purposes(requester),
        ),
        (*user, *((node,) if requester else ()), reporter.participant()),
    )


def emergency_override(
    reporter: Reporter,
    peer: Peer,
    requester: Requester,
    reason: str,
    about: Sequence[Participated] = (),
) -> bytes:
    """Say that a user broke the glass, why, and for which patient or documents."""
    return security_alert(
        reporter,
        Alert.EMERGENCY_OVERRIDE_STARTED,
        Outcome.SUCCESS,
        peer,
        reason,
        requester=requester,
        about=about,
    )


def access_denied(
    reporter: Reporter,
    peer: Peer,
    requester: Requester | None,
    description: str,
    about: Sequence[Participated] = (),
) -> bytes:
    """Say that a policy refused an access."""
    return security_alert(
        reporter,
        Alert.ACCESS_CONTROL_DECISION,
        Outcome.MINOR_FAILURE,
        peer,
        description,
        requester=requester,
        about=about,
    )


def consent_changed(
    reporter: Reporter,
    user: str,
    patient_id: str,
    description: str,
    action: Action = Action.UPDATE,
) -> bytes:
    """Say that an operator wrote down, changed or revoked what a patient decided."""
    return patient_record(reporter, user, patient_id, action, description)


def patient_record(
    reporter: Reporter,
    user: str,
    patient_id: str,
    action: Action,
    description: str = "",
    *,
    outcome: Outcome = Outcome.SUCCESS,
    about: Sequence[Participated] = (),
) -> bytes:
    """Say what an operator did to one patient's record, beside any transaction (A.5.3.10)."""
    about_patient = (patient(patient_id),) if patient_id else ()
    return reporter.record(
        Event(codes.PATIENT_RECORD, action, outcome, description=description),
        (_person(reporter, user), reporter.participant()),
        (*about_patient, *about),
    )


def export_to_media(
    reporter: Reporter, user: str, media: Media, patient_id: str, documents: Sequence[str]
) -> bytes:
    """Say that documents (uniqueIds) of one patient left on a medium (A.5.3.5)."""
    return reporter.record(
        Event(codes.EXPORT, Action.READ),
        (
            _person(reporter, user, codes.SOURCE),
            reporter.participant(codes.SOURCE),
            _medium(media, codes.DESTINATION_MEDIA),
        ),
        (patient(patient_id), *map(document, documents)),
    )


def import_from_media(
    reporter: Reporter, user: str, media: Media, patient_id: str, documents: Sequence[str]
) -> bytes:
    """Say that documents (uniqueIds) of one patient came in from a medium (A.5.3.6)."""
    return reporter.record(
        Event(codes.IMPORT, Action.CREATE),
        (
            _person(reporter, user, codes.DESTINATION),
            reporter.participant(codes.DESTINATION),
            _medium(media, codes.SOURCE_MEDIA),
        ),
        (patient(patient_id), *map(document, documents)),
    )


def stores_exported(
    reporter: Reporter,
    user: str,
    place: str,
    description: str,
    outcome: Outcome = Outcome.SUCCESS,
) -> bytes:
    """Say that whole stores were copied to a place, a URI: a backup (A.5.3.5)."""
    return reporter.record(
        Event(codes.EXPORT, Action.READ, outcome, description=description),
        (
            _person(reporter, user, codes.SOURCE),
            reporter.participant(codes.SOURCE),
            _medium(Media.URI, codes.DESTINATION_MEDIA),
        ),
        (_copy(place),),
    )


def stores_imported(reporter: Reporter, user: str, place: str, description: str) -> bytes:
    """Say that whole stores were filled from a place, a URI: a restored backup (A.5.3.6)."""
    return reporter.record(
        Event(codes.IMPORT, Action.CREATE, description=description),
        (
            _person(reporter, user, codes.DESTINATION),
            reporter.participant(codes.DESTINATION),
            _medium(Media.URI, codes.SOURCE_MEDIA),
        ),
        (_copy(place),),
    )


def disclosure(
    reporter: Reporter,
    user: str,
    recipient: str,
    custodian: str,
    purpose: Code,
    patient_id: str,
    documents: Sequence[str],
) -> bytes:
    """Say that documents (uniqueIds) of one patient were disclosed, to whom and why."""
    return reporter.record(
        Event(codes.EXPORT, Action.READ, types=(codes.DISCLOSURE,), purposes=(purpose,)),
        (
            _person(reporter, user, codes.SOURCE),
            Participant(recipient, False, (codes.DESTINATION,)),
            Participant(custodian, False, (codes.CUSTODIAN,)),
        ),
        (patient(patient_id), *(document(d, life_cycle=_DISCLOSED) for d in documents)),
    )


def signature_created(
    reporter: Reporter, user: str, documents: Sequence[str], patient_id: str = ""
) -> bytes:
    """Say that somebody signed documents (uniqueIds) (ITI TF-3 5.5.6)."""
    return _signature(
        reporter,
        Event(codes.SIGNED_MANIFEST, Action.CREATE, types=(codes.SIGNATURE,)),
        user,
        documents,
        patient_id,
    )


def signature_verified(
    reporter: Reporter,
    user: str,
    documents: Sequence[str],
    patient_id: str = "",
    *,
    outcome: Outcome = Outcome.SUCCESS,
    description: str = "",
) -> bytes:
    """Say that the signatures of documents (uniqueIds) were verified, and how that ended.

    `user` is who wanted to know; empty when this node did by itself.
    """
    event = Event(codes.REPORT_VERIFICATION, Action.READ, outcome, (codes.SIGNATURE,), description)
    return _signature(reporter, event, user, documents, patient_id)


def _activity(reporter: Reporter, type_: Code, launcher: str) -> bytes:
    return reporter.record(
        Event(codes.APPLICATION_ACTIVITY, Action.EXECUTE, types=(type_,)),
        (
            reporter.participant(codes.APPLICATION),
            _person(reporter, launcher, codes.APPLICATION_LAUNCHER),
        ),
    )


def _signature(
    reporter: Reporter, event: Event, user: str, documents: Sequence[str], patient_id: str
) -> bytes:
    about = (patient(patient_id),) if patient_id else ()
    people = (_person(reporter, user),) if user else ()
    return reporter.record(
        event,
        (*people, reporter.participant(is_requestor=not user)),
        (*about, *map(document, documents)),
    )


def _person(reporter: Reporter, user: str, *roles: Code) -> Participant:
    """Describe a user of this machine."""
    return Participant(user, True, roles, user_name=user, access_point=reporter.address)


def _performing(one: Participant) -> Participant:
    return Participant(one.user_id, False, one.roles, user_name=one.user_name)


def _medium(media: Media, role: Code) -> Participant:
    return Participant(media.value.text, False, (role,), media=media.value)


def _copy(place: str) -> Participated:
    return Participated(place, codes.URI, ObjectType.SYSTEM, ObjectRole.DATA_REPOSITORY, "Backup")


def _resource(id: str, id_type: Code, name: str) -> Participated:
    return Participated(id, id_type, ObjectType.SYSTEM, ObjectRole.SECURITY_RESOURCE, name)
