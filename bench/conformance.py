"""Judges our own server by the conformance bench: `python -m bench.conformance --database sqlite`.

The last line says how many assertions passed; the exit code is 1 when one did not.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from bench.server import running
from tests.databases import new_database, postgresql
from tests.servers import ENTENTE, UNIQUE_ID, Server, free_port

AUTHORITY = "2.25.61740001"
"""The assigning authority of the patients that a run invents."""
CODES = Path(__file__).with_name("codes.xml")
"""The closed affinity domain of the server that is judged."""


@contextmanager
def our_server(
    folder: Path, database_url: str | None = None, **more: Mapping[str, Any]
) -> Iterator[Server]:
    """Start a server that offers all there is to judge; `more` are further sections."""
    database = {"database_url": database_url} if database_url else {}
    settings: dict[str, Any] = {
        "registry": {"mllp_port": free_port(), **database},
        "repository": database,
        "domain": {
            "patients": "known",
            "patient_assigning_authorities": [AUTHORITY],
            "codes": str(CODES),
        },
        **more,
    }
    with running(folder, **settings) as server:
        yield server


def options(server: Server) -> list[str]:
    """Return the options of `entente conformance run` that fit `our_server`."""
    registry, repository = f"{server.url}/registry", f"{server.url}/repository"
    feed = f"127.0.0.1:{server.settings['registry']['mllp_port']}"
    return [
        *("--registry", registry, "--repository", repository, "--repository-id", UNIQUE_ID),
        *("--pid-feed", feed, "--pid-feed-v3", registry, "--multi-patient", "--reference-id"),
        *("--codes", str(CODES), "--authority", AUTHORITY, "--system-name", "Entente"),
    ]


def main() -> int:
    """Judge, and return the exit code of the bench."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("more", nargs="*", help="further options of entente conformance run")
    chosen = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = None
        if chosen.database == "postgres":
            database = stack.enter_context(new_database(stack.enter_context(postgresql())))
        server = stack.enter_context(our_server(folder, database))
        command = [ENTENTE, "conformance", "run", *options(server), *chosen.more]
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
