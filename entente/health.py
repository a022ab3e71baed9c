"""Whether the process is up (/health) and whether it can do its work (/ready)."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from importlib.metadata import version

from entente.asgi import Page
from ledger import migrate
from ledger.audit import AuditUnavailable
from ledger.database import Database, Unavailable
from ledger.migrate import SchemaMismatch, Tree
from repository.store.blobs import BlobStore, BlobStoreError

_log = logging.getLogger(__name__)

Check = Callable[[], None]
"""Returns when all is well, raises otherwise."""


def health() -> Page:
    """Say that the process is up."""
    return _json(200, {"status": "up", "version": version("entente")})


def ready(checks: Mapping[str, Check]) -> Page:
    """Carry out each check and name its result; 503 when one fails."""
    results = {name: _result(name, check) for name, check in checks.items()}
    is_ready = all(result == "ok" for result in results.values())
    return _json(200 if is_ready else 503, {"ready": is_ready, "checks": results})


def database_check(database: Database, trees: tuple[Tree, ...]) -> Check:
    """Return the check that a database answers and has this program's tables."""
    return lambda: migrate.check(database, *trees)


def writable_check(blobs: BlobStore) -> Check:
    """Return the check that a blob store takes a blob (and gives it up again)."""

    def check() -> None:
        writer = blobs.create()
        try:
            writer.write(b"ready?")
            writer.close()
        finally:
            writer.abort()

    return check


def _result(name: str, check: Check) -> str:
    """Tell what is wrong in words that show nothing of what lies behind: anyone may read them."""
    try:
        check()
    except SchemaMismatch as error:
        return str(error)
    except Unavailable:
        said = "cannot be reached"
    except BlobStoreError:
        said = "cannot be written"
    except AuditUnavailable:
        said = "is full"
    else:
        return "ok"
    _log.warning("not ready: %s", name, exc_info=True)
    return said


def _json(status: int, value: object) -> Page:
    return Page(status, "application/json", json.dumps(value).encode() + b"\n")
