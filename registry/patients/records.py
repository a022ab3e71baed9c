"""The audit records of identity feeds (ITI TF-2 3.8.5.1, 3.44.5.1): one for each patient."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from ihe_profiles import iti8
from ihe_profiles.atna import events, objects
from ihe_profiles.atna.events import SUCCESS, Ending, Names
from ihe_profiles.atna.message import Action, Detail, Participated
from ihe_profiles.hl7.identity import IdentityChange
from ihe_profiles.hl7.v2 import Header
from ihe_profiles.soap.exchange import Exchange, Peer
from ledger.audit.audit import Audit
from registry.patients.changes import Change

Write = Callable[[Sequence[Participated], Ending, Action], bytes]

ITI_8_ACTIONS: Final = {"A08": Action.UPDATE, "A40": Action.UPDATE}
"""Of the patient who stays; every other event creates one."""
ITI_44_ACTIONS: Final = {
    "PRPA_IN201301UV02": Action.CREATE,
    "PRPA_IN201302UV02": Action.UPDATE,
    "PRPA_IN201304UV02": Action.UPDATE,
}


@dataclass(frozen=True, slots=True)
class Records:
    """What one message is recorded with: who writes it, its action, its id as a detail."""

    write: Write
    action: Action
    message: Detail

    def done(self, heard: IdentityChange, change: Change) -> list[bytes]:
        """Return the records of a message that is carried out."""
        if not change.merged:
            added = tuple(map(str, change.added or heard.patient))
            return [self._one(added, SUCCESS, self.action)]
        return [
            record
            for pair in change.merged
            for record in (
                self._one((str(pair.subsumed),), SUCCESS, Action.DELETE),
                self._one((str(pair.survivor),), SUCCESS, Action.UPDATE),
            )
        ]

    def failed(self, heard: IdentityChange | None, why: object) -> list[bytes]:
        """Return the records of a message that is not; None: it could not be read."""
        ending = Ending.failed(why)
        if heard is None:
            return [self._one((), ending, self.action)]
        records = [self._one(tuple(map(str, heard.patient)), ending, self.action)]
        if heard.subsumed:
            subsumed = tuple(map(str, heard.subsumed))
            records.insert(0, self._one(subsumed, ending, Action.DELETE))
        return records

    def _one(self, patients: tuple[str, ...], ending: Ending, action: Action) -> bytes:
        told = [objects.patient(one, self.message) for one in patients]
        return self.write(told, ending, action)


def of_iti8(audit: Audit, peer: Peer, header: Header | None) -> Records:
    """Return what a message of ITI-8 is recorded with; None: its header cannot be read."""
    names, control_id, event = Names(), "", ""
    if header is not None:
        names = Names(_joined(header.sender), _joined(header.receiver))
        control_id, event = header.control_id, header.event

    def write(told: Sequence[Participated], ending: Ending, action: Action) -> bytes:
        return events.responded(
            audit.reporter, iti8.NUMBER, peer, told, ending, action=action, names=names
        )

    return Records(write, ITI_8_ACTIONS.get(event, Action.CREATE), Detail("MSH-10", control_id))


def of_iti44(audit: Audit, exchange: Exchange, interaction: str, message_id: str) -> Records:
    """Return what a message of ITI-44 is recorded with."""
    return Records(
        partial(audit.of, exchange), ITI_44_ACTIONS[interaction], Detail("II", message_id)
    )


def _joined(names: tuple[str, str]) -> str:
    """Write (application, facility) as the standard has it: facility, a bar, application."""
    application, facility = names
    return f"{facility}|{application}" if application or facility else ""
