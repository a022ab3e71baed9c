"""`entente demo`: a server of its own, and every sample document through it and back."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import httpx
import typer
from rich.table import Table

from entente import consumer, source
from entente.cli import samples
from entente.cli.connection import Connection, Services
from entente.cli.console import OUT, Failed, complain
from entente.cli.samples import Sample
from entente.cli.submit import reasons, store
from ihe_profiles.iti43 import DocumentRequest
from ihe_profiles.soap.client import CallFailed
from ihe_profiles.xds.errors import Refusal
from ihe_profiles.xds.metadata import DocumentEntry
from ihe_profiles.xds.vocabulary import Status

DEFAULT_PORT: Final = 8080
PATIENCE: Final = 60
"""Seconds until the server must be ready."""

_SETTINGS: Final = """\
# Made by `entente demo`; start the same server with: entente serve --config {folder}/entente.toml
[http]
port = {port}

[registry]
database_url = "sqlite:///{folder}/registry.sqlite"

[repository]
unique_id = "2.25.227410945379926846157408373461059872633"
database_url = "sqlite:///{folder}/repository.sqlite"
blob_url = "file:{folder}/blobs"

[domain]
patients = "open"  # nobody feeds patients here; a hospital leaves this out
"""


def demo(
    once: Annotated[bool, typer.Option("--once", help="Stop at the end.")] = False,
    port: Annotated[
        int | None, typer.Option(help=f"{DEFAULT_PORT}, or any free one, without it.")
    ] = None,
    folder: Annotated[Path, typer.Option(help="Where everything is kept.")] = Path("var/demo"),
    documents: Annotated[Path, typer.Option(help="The samples.")] = samples.FOLDER,
) -> None:
    """Start a server; submit, find, retrieve and compare every sample; leave the server running."""
    for number in (signal.SIGTERM, signal.SIGHUP):  # the server is stopped in any case
        signal.signal(number, signal.default_int_handler)
    rows = list(samples.read(documents))
    port = port or _free_port()
    with _server(folder, port) as server:
        url = f"http://127.0.0.1:{port}"
        OUT.print(f"Server at {url}, data and log in {folder}\n")
        with Connection(url=url).open() as services:
            trips = [_round_trip(services, sample) for sample in rows]
        _print(trips)
        if not all(trip.identical for trip in trips):
            raise Failed("not every sample came back as it was submitted")
        if not once:
            _leave_running(server, url, trips[0])


@dataclass(slots=True)
class Trip:
    """How far one sample came; `problems` say why not further."""

    sample: Sample
    entry: DocumentEntry | None = None
    replaces: bool = False
    found: bool = False
    retrieved: bool = False
    identical: bool = False
    problems: tuple[str, ...] = ()


def _round_trip(services: Services, sample: Sample) -> Trip:
    trip = Trip(sample)
    try:
        provided, remark = store(
            services, sample.path, sample.description, source.default_source_id()
        )
        trip.entry = provided.entry
        trip.replaces = remark is not None and remark.startswith("replaces")
        registered = _find(services, provided.entry)
        trip.found = True
        came = _retrieve(services, registered)
        trip.retrieved = True
        trip.identical = came == sample.path.read_bytes()
    except (Failed, Refusal, CallFailed, OSError) as error:
        trip.problems = tuple(reasons(error))
    return trip


def _find(services: Services, entry: DocumentEntry) -> DocumentEntry:
    """Find the entry among all approved documents of its patient."""
    assert entry.patient_id is not None
    parameters = {
        "$XDSDocumentEntryPatientId": entry.patient_id,
        "$XDSDocumentEntryStatus": [Status.APPROVED],
    }
    answer = consumer.read(consumer.query(services.registry, "FindDocuments", parameters))
    for found in consumer.entries(answer):
        if found.entry_uuid == entry.entry_uuid:
            return found
    raise Failed("FindDocuments does not give it back")


def _retrieve(services: Services, entry: DocumentEntry) -> bytes:
    came = bytearray()
    wanted = DocumentRequest(None, entry.repository_unique_id or "", entry.unique_id or "")
    consumer.retrieve(services.repository, wanted, came.extend)
    return bytes(came)


def _print(trips: list[Trip]) -> None:
    table = Table("sample", "submitted", "found", "retrieved", "identical", box=None)
    for trip in trips:
        marks = (trip.entry is not None, trip.found, trip.retrieved, trip.identical)
        table.add_row(trip.sample.title, *("yes" if mark else "NO" for mark in marks))
    OUT.print(table)
    for trip in trips:
        complain(*(f"{trip.sample.path.name}: {problem}" for problem in trip.problems))
    done = sum(trip.identical for trip in trips)
    replaced = sum(trip.replaces for trip in trips)
    OUT.print(f"\n{done} of {len(trips)} came back byte for byte; {replaced} replaced another.")


def _leave_running(server: subprocess.Popen[bytes], url: str, trip: Trip) -> None:
    assert trip.entry is not None
    command = ".venv/bin/entente" if Path(".venv/bin/entente").exists() else "entente"
    at = "" if url.endswith(f":{DEFAULT_PORT}") else f" --url {url}"
    for line in (
        "",
        f"Registry    {url}/registry     (ITI-18, ITI-42; {url}/registry?wsdl)",
        f"Repository  {url}/repository   (ITI-41, ITI-43; {url}/repository?wsdl)",
        f"Operators   {url}/health  {url}/ready  {url}/metrics",
        "",
        "From another terminal:",
        f"  {command} query{at} --patient '{trip.entry.patient_id}' --status any",
        f"  {command} retrieve{at} '{trip.entry.unique_id}' -o document.xml",
        "",
        "The server runs until Ctrl-C.",
    ):
        OUT.print(line, markup=False)
    with suppress(KeyboardInterrupt):
        server.wait()
        raise Failed("the server ended by itself; its log says why")


@contextmanager
def _server(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run `entente serve` with the settings of the demonstration, and stop it at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    config, log = folder / "entente.toml", folder / "server.log"
    config.write_text(_SETTINGS.format(folder=folder, port=port), "utf-8")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ENTENTE_")}
    with log.open("wb") as output:
        server = subprocess.Popen(  # noqa: S603 (our own program)
            [sys.executable, "-P", "-m", "entente", "serve", "all", "--config", str(config)],
            stdout=output,
            stderr=output,
            env=environment,
        )
    try:
        _wait_until_ready(server, f"http://127.0.0.1:{port}/ready", log)
        yield server
    finally:
        if server.poll() is None:
            server.terminate()
            server.wait()


def _wait_until_ready(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < end:
        try:
            if httpx.get(url, trust_env=False).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    last = log.read_text("utf-8").splitlines()[-1:]
    raise Failed(f"the server does not become ready; its log is {log}", *last)


def _free_port() -> int:
    for port in (DEFAULT_PORT, 0):
        try:
            with socket.create_server(("127.0.0.1", port)) as taken:
                return int(taken.getsockname()[1])
        except OSError:
            continue
    raise Failed("there is no free port on 127.0.0.1")
