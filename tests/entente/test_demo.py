"""`entente demo`: every sample through a server and back, as often as one likes."""

from __future__ import annotations

import re
import signal
import subprocess
from pathlib import Path

import httpx
import pytest

from entente.cli import samples
from tests.cda.documents import PATIENT, cda
from tests.servers import ENTENTE, entente, environment, free_port


def test_all_samples_come_back_twice(tmp_path: Path) -> None:
    number = len(list(samples.read(samples.FOLDER)))
    assert number >= 8
    for _ in range(2):
        done = entente("demo", "--once", "--port", str(free_port()), cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"{number} of {number} came back byte for byte; 1 replaced another." in done.stdout
        assert " NO " not in done.stdout
        assert len(re.findall(r"yes +yes +yes +yes", done.stdout)) == number


def test_it_leaves_the_server_running_until_it_is_interrupted(tmp_path: Path) -> None:
    with subprocess.Popen(
        [ENTENTE, "demo"], stdout=subprocess.PIPE, text=True, cwd=tmp_path, env=environment()
    ) as demo:
        try:
            url, query = _what_it_offers(demo)
            assert httpx.get(f"{url}/health", trust_env=False).status_code == 200
            example = subprocess.run(
                f"{ENTENTE} {query}", shell=True, capture_output=True, text=True, env=environment()
            )
            assert example.returncode == 0, example.stderr
            assert "Deprecated" in example.stdout
        finally:
            demo.send_signal(signal.SIGINT)
        assert demo.wait(20) == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/health", trust_env=False)


def _what_it_offers(demo: subprocess.Popen[str]) -> tuple[str, str]:
    """Read until the end of what it says; the server's address and the arguments of a query."""
    assert demo.stdout is not None
    said = ""
    while "until Ctrl-C" not in said:
        line = demo.stdout.readline()
        assert line, said
        said += line
    return re.findall(r"Registry +(\S+)/registry ", said)[0], re.findall(
        r"entente (query.*)", said
    )[0]


def test_a_sample_that_does_not_come_through_fails_it(tmp_path: Path) -> None:
    (tmp_path / "manifest.toml").write_text(
        '[[document]]\nfile = "good.xml"\ndescription = "Good"\n'
        '[[document]]\nfile = "nobody.xml"\ndescription = "Nobody"\n'
    )
    (tmp_path / "good.xml").write_bytes(cda(PATIENT))
    (tmp_path / "nobody.xml").write_bytes(cda(""))
    done = entente(
        *("demo", "--once", "--port", str(free_port()), "--documents", str(tmp_path)), cwd=tmp_path
    )
    assert done.returncode == 1
    assert re.search(r"Good +yes +yes +yes +yes", done.stdout)
    assert re.search(r"Nobody +NO +NO +NO +NO", done.stdout)
    assert "nobody.xml: the CDA header has no" in done.stderr
    assert "not every sample came back" in done.stderr


def test_no_samples_there(tmp_path: Path) -> None:
    done = entente("demo", "--once", "--documents", "absent", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == "absent/manifest.toml: No such file or directory\n"


def test_a_server_that_cannot_start_is_told(tmp_path: Path) -> None:
    (tmp_path / "var/demo").mkdir(parents=True)
    (tmp_path / "var/demo/blobs").write_text("in its place")
    done = entente("demo", "--once", "--port", str(free_port()), cwd=tmp_path)
    assert done.returncode == 1
    assert "the server does not become ready; its log is var/demo/server.log" in done.stderr
    assert "Traceback" not in done.stderr
