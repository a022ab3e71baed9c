"""`entente conformance listen`: play registry and repository, and judge what is sent to them."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from conformance.judging.case import Case
from conformance.judging.tally import Tally
from conformance.judging.terminal import show
from conformance.listening.actors import Actors
from conformance.listening.server import Doors, Listener, serve
from conformance.report import Report
from conformance.report.document import document
from conformance.report.terminal import show as show_report
from conformance.report.texts import say
from conformance.target import Target
from entente.cli.conformance_check import Codes, domain_of
from entente.cli.conformance_reports import Language, Reports, write, writers_of
from entente.cli.console import OUT, Failed
from entente.tls import ServerFiles, server_context


@dataclass(frozen=True, slots=True)
class ListenOptions:
    """Where it listens, and under which certificate."""

    port: Annotated[int, typer.Option(help="For SOAP; 0 for any free one.")] = 8080
    mllp_port: Annotated[int | None, typer.Option(help="For ITI-8 over MLLP.")] = None
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1"
    tls_certificate: Annotated[Path | None, typer.Option(exists=True, help="PEM.")] = None
    tls_key: Annotated[Path | None, typer.Option(exists=True, help="Its key.")] = None
    tls_client_ca: Annotated[
        Path | None, typer.Option(exists=True, help="Who signs clients (PEM); asks for mutual TLS.")
    ] = None

    def doors(self) -> Doors:
        """Bind the sockets. Raises Failed."""
        try:
            tls, http = self._tls(), _bound(self.host, self.port)
        except OSError as error:
            raise Failed(str(error)) from error
        try:
            feed = None if self.mllp_port is None else _bound(self.host, self.mllp_port)
        except OSError as error:
            http.close()
            raise Failed(str(error)) from error
        return Doors(http, feed, tls)

    def _tls(self) -> ssl.SSLContext | None:
        if self.tls_certificate is None or self.tls_key is None:
            if self.tls_certificate or self.tls_key or self.tls_client_ca:
                raise Failed(
                    "--tls-certificate and --tls-key go together, and with --tls-client-ca"
                )
            return None
        return server_context(ServerFiles(self.tls_certificate, self.tls_key, self.tls_client_ca))


def listen(
    options: ListenOptions,
    repository_id: Annotated[
        str, typer.Option(help="The repositoryUniqueId that is played.")
    ] = "2.25.6176",
    codes: Codes = None,
    messages: Annotated[int | None, typer.Option(min=1, help="End after so many messages.")] = None,
    report: Reports = None,
    system_name: Annotated[str, typer.Option(help="The sender's name, for the report.")] = "",
    system_version: Annotated[str, typer.Option(help="Its version.")] = "",
    language: Language = "en",
) -> None:
    """Play registry, repository and feed; judge each message; exit 1 when one does not conform.

    Any path will do. It ends on Ctrl-C or after --messages, and then reports.
    """
    writers, domain = writers_of(report, language), domain_of(codes)
    tally, printing = Tally("listen", language), threading.Lock()

    def observe(case: Case, number: int) -> None:
        with printing:
            show(case, str(number), language, OUT)

    doors, began = options.doors(), time.time()
    listener = Listener(Actors(repository_id), tally, observe, domain, messages)
    scheme, port = "https" if doors.tls else "http", doors.http.getsockname()[1]
    address = f"{scheme}://{options.host}:{port}"
    feed = "" if doors.feed is None else f", mllp {options.host}:{doors.feed.getsockname()[1]}"
    OUT.print(say("listening", language, address=address + feed, repository=repository_id))
    serve(listener, doors)
    made = Report(
        target=Target(
            registry=address,
            repository=address,
            repository_id=repository_id,
            name=system_name,
            version=system_version,
        ),
        seed=0,
        began=began,
        seconds=time.time() - began,
        patients=(),
        documents=(),
        results=tally.results(),
        exchanges=tuple(listener.evidence.exchanges),
    )
    data = document(made)
    write(writers, data, language)
    show_report(data, language, OUT)
    OUT.print(say("messages", language, messages=tally.messages, broken=tally.broken), style="bold")
    if tally.broken:
        raise typer.Exit(1)


def _bound(host: str, port: int) -> socket.socket:
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    return socket.create_server((host, port), family=family)
