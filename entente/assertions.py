"""By what user assertions are judged, from the files that the settings name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from asn1crypto.x509 import Certificate

from entente.misconfigured import Misconfigured
from entente.settings import Settings
from ihe_profiles.dsg.certificates import load_all
from ihe_profiles.xua.guard import AssertionGuard
from ihe_profiles.xua.rules import Rules, Trusted


def guard(settings: Settings, nodes: Iterable[str] = ()) -> AssertionGuard:
    """Make the guard of both actors. Raises Misconfigured.

    `nodes` are the certificates (`Peer.identity`) of services that speak for users.
    """
    own = settings.xua
    base = settings.http.url
    return AssertionGuard(
        Rules(
            require=own.require,
            transactions=own.transactions,
            certificates=own.certificates,
            nodes=frozenset(nodes),
            issuers={name: _trusted(settings, files) for name, files in own.issuers.items()},
            subjects=_trusted(settings, own.subject_issuers, by_subject=True)
            if own.subject_issuers
            else None,
            audiences=frozenset(own.audiences or (base, f"{base}/registry", f"{base}/repository")),
            audience_required=own.audience_required,
            skew=timedelta(seconds=own.skew_seconds),
            max_age=timedelta(seconds=own.max_age_seconds),
        )
    )


def _trusted(settings: Settings, files: Iterable[Path], *, by_subject: bool = False) -> Trusted:
    skew = timedelta(seconds=settings.xua.skew_seconds)
    found = [one for path in files for one in _certificates(path)]
    return Trusted.of(found, skew=skew, sha1=settings.xua.sha1, by_subject=by_subject)


def _certificates(path: Path) -> tuple[Certificate, ...]:
    try:
        found = load_all(path.read_bytes())
        Trusted.of(found, skew=timedelta())  # both libraries must be able to read it
    except (OSError, ValueError) as error:
        raise Misconfigured([f"[xua] {path}: no certificate can be read: {error}"]) from error
    return found
