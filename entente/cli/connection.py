"""The two services that a command talks to."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import httpx
import typer

from entente.cli.console import Failed
from entente.tls import client_context
from ihe_profiles.soap.client import Caller, CallFailed, HttpCaller
from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.xua.presenting import Presenting, token_of

_PATIENCE: Final = 300
"""Seconds for each step of a call: a large document is read once more before it is acknowledged."""


@dataclass(frozen=True, slots=True)
class Services:
    """Who answers ITI-42 and ITI-18, and who ITI-41 and ITI-43."""

    registry: Caller
    repository: Caller


@dataclass(frozen=True, slots=True)
class Connection:
    """The options that say where the services are and which certificates to use."""

    url: Annotated[
        str, typer.Option(envvar="ENTENTE_URL", help="Where /registry and /repository are.")
    ] = "http://127.0.0.1:8080"
    registry_url: Annotated[
        str | None, typer.Option(help="The registry, when it is not URL/registry.")
    ] = None
    repository_url: Annotated[
        str | None, typer.Option(help="The repository, when it is not URL/repository.")
    ] = None
    ca: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Who signs servers (PEM).")
    ] = None
    certificate: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Our certificate (PEM).")
    ] = None
    key: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="Its key.")] = None
    assertion: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="On whose behalf: a SAML 2.0 assertion."),
    ] = None

    @contextmanager
    def open(self) -> Iterator[Services]:
        """Lend the services; a failed call ends the command with one line that says why."""
        base = self.url.rstrip("/")
        registry = self.registry_url or f"{base}/registry"
        repository = self.repository_url or f"{base}/repository"
        token = self._token()
        with httpx.Client(verify=self._tls(), timeout=_PATIENCE) as http:
            callers = [HttpCaller(url, http) for url in (registry, repository)]
            presenting = [Presenting(caller, token) if token else caller for caller in callers]
            try:
                yield Services(*presenting)
            except CallFailed as error:
                raise Failed(f"{error} (asked {registry} and {repository})") from error

    def _token(self) -> bytes | None:
        if self.assertion is None:
            return None
        try:
            return token_of(self.assertion.read_bytes())
        except (OSError, SoapFault, ValueError) as error:
            raise Failed(f"{self.assertion}: {error}") from error

    def _tls(self) -> ssl.SSLContext:
        try:
            return client_context(self.ca, self.certificate, self.key, prompts=True)
        except OSError as error:
            raise Failed(str(error)) from error
