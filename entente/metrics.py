"""What Prometheus may ask of a server: exchanges, signatures, and the fate of pending documents.

Several worker processes share their numbers through files, in the folder that the environment
variable PROMETHEUS_MULTIPROC_DIR names (the client library's convention).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
)
from prometheus_client import generate_latest as render
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from entente.asgi import Page
from ihe_profiles.soap.endpoint import Observation
from ledger.audit.trail import Fate
from ledger.database import Unavailable
from repository.recovery import Recovery
from repository.store.signatures import Finding

SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
_NUMBERS: Final = ("transaction", "outcome")
_log = logging.getLogger(__name__)

disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """The numbers of one process; `pending` counts the documents of unknown registration."""

    def __init__(self, pending: Callable[[], int] | None = None) -> None:
        self._own = CollectorRegistry()
        self._pending = pending
        self._exchanges = Counter(
            "entente_exchanges", "SOAP exchanges.", _NUMBERS, registry=self._own
        )
        self._seconds = Histogram(
            "entente_exchange_seconds",
            "Time from the first byte in to the last one out.",
            ("transaction",),
            buckets=_SECONDS,
            registry=self._own,
        )
        self._octets = Counter(
            "entente_octets",
            "Octets of message bodies.",
            ("transaction", "direction"),
            registry=self._own,
        )
        self._refused = Counter(
            "entente_refused_handshakes", "TLS handshakes that failed.", registry=self._own
        )
        self._recovered = Counter(
            "entente_recovered_documents",
            "Pending documents whose fate the registry told afterwards.",
            ("fate",),
            registry=self._own,
        )
        self._swept = Counter(
            "entente_swept_blobs", "Blobs left behind and removed.", registry=self._own
        )
        self._signatures = Counter(
            "entente_signatures",
            "Verdicts on the signatures of submitted documents.",
            ("format", "verdict"),
            registry=self._own,
        )
        self._audit = Counter(
            "entente_audit_records",
            "Audit records delivered, spilled or too large for a destination; works refused.",
            ("fate",),
            registry=self._own,
        )
        self._audit_waiting: Callable[[], Mapping[str, int]] | None = None
        self._failures = Counter(
            "entente_recovery_failures", "Passes of recovery that broke off.", registry=self._own
        )

    def watch(self, pending: Callable[[], int]) -> None:
        """Ask `pending` for the number of documents of unknown registration."""
        self._pending = pending

    def watch_audit(self, waiting: Callable[[], Mapping[str, int]]) -> None:
        """Ask `waiting` for the number of audit records that each destination does not have."""
        self._audit_waiting = waiting

    def audit(self, fate: Fate, number: int) -> None:
        """Count what became of audit records."""
        self._audit.labels(fate.value).inc(number)

    def signature(self, finding: Finding) -> None:
        """Count what was said of one signature."""
        self._signatures.labels(finding.format, finding.verdict).inc()

    def observe(self, seen: Observation) -> None:
        """Count one exchange."""
        transaction = seen.transaction or "unknown"
        self._exchanges.labels(transaction, seen.outcome.value).inc()
        self._seconds.labels(transaction).observe(seen.seconds)
        self._octets.labels(transaction, "in").inc(seen.octets_in)
        self._octets.labels(transaction, "out").inc(seen.octets_out)

    def recovered(self, recovery: Recovery) -> None:
        """Count what one pass of recovery did."""
        self._recovered.labels("committed").inc(recovery.committed)
        self._recovered.labels("removed").inc(recovery.removed)
        self._swept.inc(recovery.swept)

    def recovery_failed(self) -> None:
        """Count a pass of recovery that broke off."""
        self._failures.inc()

    def handshake_refused(self) -> None:
        """Count a TLS handshake that failed."""
        self._refused.inc()

    def page(self) -> Page:
        """Return all numbers in Prometheus' text format."""
        registry = self._own
        if SHARED in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        body = render(registry)
        asked = CollectorRegistry()
        if self._pending is not None:
            asked.register(_Pending(self._pending))
        if self._audit_waiting is not None:
            asked.register(_AuditWaiting(self._audit_waiting))
        body += render(asked)
        return Page(200, CONTENT_TYPE_LATEST, body)


class _Pending(Collector):
    def __init__(self, count: Callable[[], int]) -> None:
        self._count = count

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            number = self._count()
        except Unavailable:
            _log.warning("pending documents cannot be counted", exc_info=True)
            return
        yield GaugeMetricFamily(
            "entente_pending_documents",
            "Documents stored whose registration is not certain.",
            value=number,
        )


class _AuditWaiting(Collector):
    def __init__(self, count: Callable[[], Mapping[str, int]]) -> None:
        self._count = count

    def collect(self) -> Iterator[GaugeMetricFamily]:
        waiting = GaugeMetricFamily(
            "entente_audit_waiting",
            "Audit records that a destination (or the store) does not have yet.",
            labels=("destination",),
        )
        try:
            for destination, number in self._count().items():
                waiting.add_metric((destination,), number)
        except Unavailable:
            _log.warning("waiting audit records cannot be counted", exc_info=True)
            return
        yield waiting
