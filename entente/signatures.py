"""What signatures are judged by, from the files that the settings name."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from threading import Lock
from typing import Any

from entente.misconfigured import Misconfigured
from entente.settings_signatures import Signatures
from ihe_profiles.dsg.trust import Trust, anchors_of, crls_of, ocsp_of
from repository.signatures import Rules
from repository.store.signatures import Finding

log = logging.getLogger(__name__)


class TrustFiles:
    """Trust as the files say that it is; they are read again when one of them changes."""

    def __init__(self, settings: Signatures) -> None:
        """Read the files. Raises Misconfigured."""
        self._settings = settings
        self._lock = Lock()
        self._seen = self._state()
        self._trust = self._read()

    def __call__(self) -> Trust:
        """Return what is trusted now; what cannot be read leaves things as they were."""
        with self._lock:
            try:
                state = self._state()
                if state != self._seen:
                    self._trust, self._seen = self._read(), state
            except Misconfigured as error:
                log.error("what signatures are judged by cannot be read again: %s", error)
            return self._trust

    def _state(self) -> tuple[tuple[int, int], ...]:
        own = self._settings
        named = (own.anchors, own.timestamp_anchors, own.certificates, own.crls, own.ocsp_responses)
        try:
            found = [path.stat() for paths in named for path in paths]
        except OSError as error:
            raise Misconfigured([f"[signatures] {error}"]) from error
        return tuple((one.st_mtime_ns, one.st_size) for one in found)

    def _read(self) -> Trust:
        own = self._settings
        return Trust(
            anchors=_all("anchors", own.anchors, anchors_of),
            timestamp_anchors=_all("timestamp_anchors", own.timestamp_anchors, anchors_of),
            others=_all("certificates", own.certificates, anchors_of),
            crls=_all("crls", own.crls, crls_of),
            ocsps=_all("ocsp_responses", own.ocsp_responses, lambda data: (ocsp_of(data),)),
            revocation_required=own.revocation_required,
            key_usages=frozenset(own.key_usages),
            skew=timedelta(seconds=own.skew_seconds),
            sha1=own.sha1,
            rsa_bits=own.rsa_bits,
        )


def rules(settings: Signatures, observe: Callable[[Finding], None]) -> Rules:
    """Make the rules by which submitted signatures are judged. Raises Misconfigured."""
    return Rules(
        policies=settings.policies,
        trust=TrustFiles(settings),
        signed=frozenset(settings.must_be_signed),
        observe=observe,
    )


def _all(
    key: str, paths: Iterable[Path], load: Callable[[bytes], tuple[Any, ...]]
) -> tuple[Any, ...]:
    found: list[Any] = []
    for path in paths:
        try:
            found.extend(load(path.read_bytes()))
        except (OSError, ValueError) as error:
            raise Misconfigured([f"[signatures] {key}: {path}: {error}"]) from error
    return tuple(found)
