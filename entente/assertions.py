"""By what user assertions are judged, from the files that the settings name."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from threading import Lock
from typing import Final, TypeVar

from asn1crypto import crl, x509

from entente.misconfigured import Misconfigured
from entente.settings import Settings
from entente.settings_xua import Xua
from ihe_profiles.dsg.certificates import load_all
from ihe_profiles.dsg.trust import crls_of
from ihe_profiles.xua.guard import AssertionGuard
from ihe_profiles.xua.rules import Rules, Trusted

_log = logging.getLogger(__name__)
_LOOK_SECONDS: Final = 1.0
"""How often it is looked whether a file has changed."""

Read = TypeVar("Read", x509.Certificate, crl.CertificateList)


def guard(settings: Settings, nodes: Iterable[str] = ()) -> AssertionGuard:
    """Make the guard of both actors. Raises Misconfigured.

    `nodes` are the certificates (`Peer.identity`) of services that speak for users.
    """
    return AssertionGuard(RulesFiles(settings, frozenset(nodes)))


class RulesFiles:
    """Rules as the settings and their files say; read again when one of the files changes."""

    def __init__(
        self,
        settings: Settings,
        nodes: frozenset[str] = frozenset(),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Read the files. Raises Misconfigured."""
        self._settings = settings
        self._nodes = nodes
        self._clock = clock
        self._lock = Lock()
        self._looked = clock()
        self._seen = self._state()
        self._rules = self._read()

    def __call__(self) -> Rules:
        """Return the rules of now; files that cannot be read leave things as they were."""
        with self._lock:
            if self._clock() - self._looked >= _LOOK_SECONDS:
                self._looked = self._clock()
                try:
                    self._look()
                except Misconfigured as error:
                    _log.error("what assertions are judged by cannot be read again: %s", error)
            return self._rules

    def _look(self) -> None:
        state = self._state()
        if state != self._seen:
            self._rules, self._seen = self._read(), state
            _log.info("assertions are judged by changed files")

    def _state(self) -> tuple[tuple[int, int], ...]:
        own = self._settings.xua
        named = (*own.issuers.values(), own.subject_issuers, own.crls)
        try:
            found = [path.stat() for paths in named for path in paths]
        except OSError as error:
            raise Misconfigured([f"[xua] {error}"]) from error
        return tuple((one.st_mtime_ns, one.st_size) for one in found)

    def _read(self) -> Rules:
        own = self._settings.xua
        base = self._settings.http.url
        return Rules(
            require=own.require,
            transactions=own.transactions,
            certificates=own.certificates,
            nodes=self._nodes,
            issuers=_issuers(own),
            subjects=_trusted(own, own.subject_issuers, by_subject=True)
            if own.subject_issuers
            else None,
            audiences=frozenset(own.audiences or (base, f"{base}/registry", f"{base}/repository")),
            audience_required=own.audience_required,
            skew=timedelta(seconds=own.skew_seconds),
            max_age=timedelta(seconds=own.max_age_seconds),
        )


def _issuers(own: Xua) -> Mapping[str, Trusted]:
    return {name: _trusted(own, files) for name, files in own.issuers.items()}


def _trusted(own: Xua, files: Iterable[Path], *, by_subject: bool = False) -> Trusted:
    return Trusted.of(
        _all(files, _certificates),
        skew=timedelta(seconds=own.skew_seconds),
        sha1=own.sha1,
        by_subject=by_subject,
        crls=_all(own.crls, crls_of),
    )


def _certificates(data: bytes) -> tuple[x509.Certificate, ...]:
    found = load_all(data)
    Trusted.of(found, skew=timedelta())  # both libraries must be able to read them
    return found


def _all(files: Iterable[Path], load: Callable[[bytes], tuple[Read, ...]]) -> tuple[Read, ...]:
    found: list[Read] = []
    for path in files:
        try:
            found.extend(load(path.read_bytes()))
        except (OSError, ValueError) as error:
            raise Misconfigured([f"[xua] {path}: cannot be read: {error}"]) from error
    return tuple(found)
