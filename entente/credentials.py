"""Certificates, keys and CRLs that are read again when their files change, or when told to."""

from __future__ import annotations

import asyncio
import logging
import signal
import ssl
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from entente import tls
from entente.tls import ClientFiles, ServerContext, ServerFiles

_log = logging.getLogger(__name__)

Context = TypeVar("Context", bound=ssl.SSLContext)
Stamp = tuple[tuple[int, int, int] | None, ...]

_CERTIFICATE_NOTICE: Final = timedelta(days=30)
_CRL_NOTICE: Final = timedelta(days=1)
_LASTS: Final = 300.0
"""Seconds until a context is made anew: a session of TLS 1.2 that it would resume ends with it."""


class Credentials(Generic[Context]):
    """The context of today. What is broken is told, and the one of yesterday stays.

    It is made anew now and then even of unchanged files, so that nobody resumes a session for long
    who would not be let in any more. Connections keep the context that they began with. Raises
    OSError when the first is not to be had.
    """

    def __init__(
        self, make: Callable[[], Context], paths: tuple[Path, ...], crls: tuple[Path, ...]
    ) -> None:
        self._make = make
        self._paths = paths
        self._crls = crls
        self._lock = threading.Lock()
        self._stamp = self._look()
        self._noticed: set[str] = set()
        self._made = time.monotonic()
        self.context = make()
        self._notice()

    def refresh(self, *, always: bool = False) -> bool:
        """Read the files again if one has changed or it is time; say if there is a new context."""
        with self._lock:
            stamp, now = self._look(), time.monotonic()
            is_told = always or stamp != self._stamp
            if not is_told and now - self._made < _LASTS:
                self._notice()
                return False
            self._stamp, self._made = stamp, now
            try:
                self.context = self._make()
            except OSError as error:
                _log.error("TLS FILES DO NOT DO, the former ones stay in use: %s", error)
                return False
            if is_told:
                files = [str(path) for path in self._paths]
                _log.warning("TLS files were read again", extra={"files": files})
                self._noticed.clear()
            self._notice()
            return True

    def _look(self) -> Stamp:
        return tuple(_stamp(path) for path in self._paths)

    def _notice(self) -> None:
        """Tell once of what has expired or is about to."""
        with suppress(OSError):
            for text in expiries(self._paths, self._crls, datetime.now(UTC)):
                if text not in self._noticed:
                    self._noticed.add(text)
                    _log.warning("%s", text)


def of_server(files: ServerFiles) -> Credentials[ServerContext]:
    """Return a server's credentials. Raises OSError, which names the file."""
    return Credentials(lambda: tls.server_context(files), files.paths, files.crls)


def of_client(files: ClientFiles, *, host_name: bool = True) -> Credentials[ssl.SSLContext]:
    """Return a client's credentials. Raises OSError, which names the file."""

    def make() -> ssl.SSLContext:
        return tls.client_context(
            files.authorities, files.certificate, files.key, files.crls, host_name=host_name
        )

    return Credentials(make, files.paths, files.crls)


class CurrentContext(ssl.SSLContext):
    """Gives each new connection of a client the context of today; make it with `current`."""

    credentials: Credentials[ssl.SSLContext]

    def wrap_socket(self, *args: Any, **more: Any) -> ssl.SSLSocket:
        """As SSLContext; a changed file is noticed here."""
        self.credentials.refresh()
        return self.credentials.context.wrap_socket(*args, **more)

    def wrap_bio(self, *args: Any, **more: Any) -> ssl.SSLObject:
        """As SSLContext; a changed file is noticed here."""
        self.credentials.refresh()
        return self.credentials.context.wrap_bio(*args, **more)


def current(credentials: Credentials[ssl.SSLContext]) -> ssl.SSLContext:
    """Return the context that a client keeps while its credentials change."""
    context = CurrentContext(ssl.PROTOCOL_TLS_CLIENT)
    context.credentials = credentials
    return context


@asynccontextmanager
async def watching(credentials: Credentials[ServerContext], seconds: float) -> AsyncIterator[None]:
    """Look after changed files while the context lasts: every `seconds`, and on SIGHUP."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    listens = sys.platform != "win32" and threading.current_thread() is threading.main_thread()
    if listens:
        loop.add_signal_handler(signal.SIGHUP, told.set)
    task = asyncio.create_task(_watch(credentials, seconds, told))
    try:
        yield
    finally:
        task.cancel()
        if listens:
            loop.remove_signal_handler(signal.SIGHUP)
            signal.signal(signal.SIGHUP, signal.SIG_IGN)  # it stops already
        with suppress(asyncio.CancelledError):
            await task


async def _watch(
    credentials: Credentials[ServerContext], seconds: float, told: asyncio.Event
) -> None:
    while True:
        with suppress(TimeoutError):
            await asyncio.wait_for(told.wait(), seconds)
        always = told.is_set()
        told.clear()
        await asyncio.to_thread(credentials.refresh, always=always)


def expiries(paths: tuple[Path, ...], crls: tuple[Path, ...], now: datetime) -> list[str]:
    """Return a sentence for each certificate and CRL that has expired or will soon.

    Nobody whom an expired CRL is about is trusted (RFC 5280 6.3). Raises OSError.
    """
    found = []
    for path in paths:
        if path in crls:
            ends = [c.next_update_utc for c in tls.read_crls(path)]
            what, notice = "NOBODY OF ITS AUTHORITY IS TRUSTED: its CRL", _CRL_NOTICE
        else:
            ends = _ends(path)
            what, notice = "the certificate", _CERTIFICATE_NOTICE
        for end in filter(None, ends):
            if end < now:
                found.append(f"{path}: {what} expired at {end.isoformat()}")
            elif end < now + notice:
                found.append(f"{path}: expires soon, at {end.isoformat()}")
    return found


def _ends(path: Path) -> list[datetime | None]:
    try:
        return [each.not_valid_after_utc for each in tls.read_certificates(path)]
    except OSError:
        return []  # a key


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
