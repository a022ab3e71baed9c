"""Who makes audit records: the node and the process that speak of themselves in each of them."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final
from urllib.parse import urlsplit

from ihe_profiles.atna import codes
from ihe_profiles.atna.message import (
    AuditSource,
    Code,
    Event,
    Message,
    Participant,
    Participated,
    render,
)
from ihe_profiles.soap.exchange import Peer
from ihe_profiles.xua.requester import Coded, Requester

_APPLICATION_SERVER: Final = "4"


@dataclass(frozen=True)
class Reporter:
    """One actor, as its records name it.

    `source_id` and `enterprise_site` say which audit source it is (AuditSourceID,
    AuditEnterpriseSiteID); `endpoint` is the actor's SOAP address, `host` the name or IP address
    under which the network knows it, the endpoint's unless given.
    """

    source_id: str
    endpoint: str
    enterprise_site: str = ""
    host: str = ""
    application: str = "Entente"
    process_id: str = field(default_factory=lambda: str(os.getpid()))

    @cached_property
    def source(self) -> AuditSource:
        """The AuditSourceIdentification of each record."""
        return AuditSource(self.source_id, self.enterprise_site, (_APPLICATION_SERVER,))

    @cached_property
    def address(self) -> str:
        """The access point of this node."""
        return self.host or host_of(self.endpoint) or "localhost"

    def participant(
        self, *roles: Code, is_requestor: bool = False, user_id: str = ""
    ) -> Participant:
        """Describe this process in a role; its UserID is the endpoint unless given."""
        return Participant(
            user_id or self.endpoint,
            is_requestor,
            roles,
            alternative_user_id=self.process_id,
            access_point=self.address,
        )

    def record(
        self,
        event: Event,
        participants: tuple[Participant, ...],
        objects: tuple[Participated, ...] = (),
    ) -> bytes:
        """Write one record of this audit source."""
        return render(Message(event, participants, self.source, objects))


def peer_participant(
    peer: Peer, *roles: Code, is_requestor: bool = True, user_id: str = ""
) -> Participant:
    """Describe the other side of a connection; its certificate's subject is AlternativeUserID."""
    return Participant(
        user_id or peer.subject or peer.address or "unknown",
        is_requestor,
        roles,
        alternative_user_id=peer.subject,
        access_point=peer.address,
    )


def humans(requester: Requester | None) -> tuple[Participant, ...]:
    """Describe the user of an assertion, none without one (ITI TF-2 3.40.4.2).

    UserName is alias<user@issuer>, and UserID too, as products do.
    """
    if requester is None:
        return ()
    name = requester.audit_name
    roles = tuple(map(_code, requester.roles))
    return (Participant(name, True, roles, user_name=name),)


def purposes(requester: Requester | None) -> tuple[Code, ...]:
    """Return the PurposeOfUse of the event: what the assertion says."""
    return () if requester is None else tuple(map(_code, requester.purposes))


def host_of(url: str) -> str:
    """Return the host that a URL names, empty if none."""
    return urlsplit(url).hostname or ""


def _code(coded: Coded) -> Code:
    return Code(coded.code, coded.system or codes.UNSPECIFIED, coded.display or coded.code)
