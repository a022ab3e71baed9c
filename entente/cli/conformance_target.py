"""The options that say which system the conformance bench judges."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from conformance.target import Target
from entente.cli.console import Failed
from entente.tls import client_context
from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.xds.domain.broken import BrokenDomain
from ihe_profiles.xds.domain.load import load
from ihe_profiles.xua.presenting import token_of


@dataclass(frozen=True, slots=True)
class TargetOptions:
    """Where the system is, what it offers, and how one gets in."""

    registry: Annotated[str | None, typer.Option(help="The registry's address.")] = None
    repository: Annotated[str | None, typer.Option(help="The repository's address.")] = None
    repository_id: Annotated[str | None, typer.Option(help="Its repositoryUniqueId.")] = None
    pid_feed: Annotated[str | None, typer.Option(help="HOST:PORT that takes ITI-8 (MLLP).")] = None
    pid_feed_v3: Annotated[str | None, typer.Option(help="The address that takes ITI-44.")] = None
    multi_patient: Annotated[bool, typer.Option(help="The registry offers ITI-51.")] = False
    reference_id: Annotated[
        bool, typer.Option(help="The registry has the Reference ID option.")
    ] = False
    codes: Annotated[
        str | None, typer.Option(help="The domain's codes: a codes.xml, a TOML or a preset.")
    ] = None
    authority: Annotated[
        str | None, typer.Option(help="The OID under which patients are invented.")
    ] = None
    ca: Annotated[Path | None, typer.Option(exists=True, help="Who signs servers (PEM).")] = None
    client_cert: Annotated[Path | None, typer.Option(exists=True, help="Our certificate.")] = None
    client_key: Annotated[Path | None, typer.Option(exists=True, help="Its key.")] = None
    assertion: Annotated[
        Path | None, typer.Option(exists=True, help="A SAML assertion for every message.")
    ] = None
    gentle: Annotated[bool, typer.Option(help="Send nothing hostile.")] = False
    timeout: Annotated[float, typer.Option(help="Seconds for each step of an exchange.")] = 60.0
    system_name: Annotated[str, typer.Option(help="The system's name, for the report.")] = ""
    system_version: Annotated[str, typer.Option(help="Its version.")] = ""

    def target(self) -> Target:
        """Return the system as trials know it; Failed for options that do not do."""
        if self.registry is None and self.repository is None:
            raise Failed("give --registry, --repository, or both: the addresses to be judged")
        if (self.repository is None) != (self.repository_id is None):
            raise Failed("--repository and --repository-id go together")
        try:
            return Target(
                registry=self.registry,
                repository=self.repository,
                repository_id=self.repository_id,
                pid_feed=_host_and_port(self.pid_feed),
                pid_feed_v3=self.pid_feed_v3,
                multi_patient=self.multi_patient,
                reference_id=self.reference_id,
                gentle=self.gentle,
                domain=load(self.codes or "ihe"),
                has_codes=self.codes is not None,
                authority=self.authority,
                tls=self._tls(),
                token=token_of(self.assertion.read_bytes()) if self.assertion else None,
                timeout=self.timeout,
                name=self.system_name,
                version=self.system_version,
            )
        except BrokenDomain as error:
            raise Failed(*(f"--codes: {problem}" for problem in error.problems)) from error
        except (SoapFault, ValueError) as error:
            raise Failed(f"--assertion {self.assertion}: {error}") from error
        except OSError as error:
            raise Failed(str(error)) from error

    def _tls(self) -> ssl.SSLContext | None:
        if not (self.ca or self.client_cert):
            return None
        return client_context(self.ca, self.client_cert, self.client_key, prompts=True)


def _host_and_port(text: str | None) -> tuple[str, int] | None:
    if text is None:
        return None
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal():
        raise Failed(f"--pid-feed {text}: HOST:PORT is expected")
    return host.strip("[]"), int(port)
