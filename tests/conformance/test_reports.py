"""What people and machines read of a run."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from lxml import etree, html
from typer.testing import CliRunner

from conformance.report.document import evidence_hash, results_of
from conformance.report.junit import junit
from conformance.report.page import page
from entente.cli.conformance import app
from entente.cli.console import Failed
from tests.conformance.conftest import Run
from tests.servers import entente

HOSTILE = "<script>alert('x')</script>\x01&"


@pytest.fixture(scope="module")
def broken(run_on_sqlite: Run) -> dict[str, Any]:
    """A run in which one assertion failed and one could not be judged."""
    data = deepcopy(run_on_sqlite.data)
    failed, unclear = data["results"][0], data["results"][1]
    failed["verdict"] = "failed"
    number = data["exchanges"][0]["number"]
    check = {"ok": False, "expected": "this", "found": HOSTILE, "place": "/a/b", "exchange": number}
    failed["checks"] = [check]
    unclear |= {"verdict": "inconclusive", "checks": [], "note": "no patient"}
    data["counts"] |= {"passed": data["counts"]["passed"] - 2, "failed": 1, "inconclusive": 1}
    return data


def _chromium(folder: Path, *arguments: str) -> bytes:
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    command += [f"--user-data-dir={folder / 'profile'}", *arguments]
    done = subprocess.run(command, capture_output=True, timeout=120, cwd=folder)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.mark.needs("chromium")
def test_the_page_as_a_browser_shows_it(broken: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "run.html").write_text(page(broken, "en"), encoding="utf-8")
    shown = html.fromstring(_chromium(tmp_path, "--dump-dom", f"file://{tmp_path}/run.html"))
    assert shown.xpath("//script") == []
    details = shown.xpath("//section[@id='failures']/details")
    assert [one.get("id") for one in details] == [r["assertion"] for r in broken["results"][:2]]
    assert all(one.get("open") is not None for one in details)
    assert "<script>alert('x')</script>" in details[0].text_content()
    targets = {link.get("href")[1:] for link in shown.xpath("//a")}
    assert targets <= set(shown.xpath("//@id"))
    assert len(shown.xpath("//details[@class='assertion']")) == len(broken["results"])


@pytest.mark.needs("chromium")
@pytest.mark.needs("pdftotext")
def test_the_page_as_it_is_printed(broken: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "run.html").write_text(page(broken, "fr"), encoding="utf-8")
    printed = tmp_path / "run.pdf"
    _chromium(
        tmp_path,
        f"--print-to-pdf={printed}",
        "--no-pdf-header-footer",
        f"file://{tmp_path}/run.html",
    )
    text = subprocess.run(
        ["pdftotext", "-layout", printed, "-"], capture_output=True, check=True, timeout=60
    ).stdout.decode()
    pages = [" ".join(p.split()) for p in text.split("\f") if p.strip()]
    assert "Rapport de conformité" in pages[0]
    assert "Ce qui a échoué" in text
    assert "Déclaration de conformité" in pages[-1]
    assert broken["evidence_sha256"] in pages[-1].replace(" ", "")
    assert "POST /" not in text


def test_the_page_needs_nothing_else(run_on_sqlite: Run) -> None:
    shown = html.fromstring((run_on_sqlite.folder / "run.html").read_bytes())
    assert shown.xpath("//script | //link | //img | //iframe") == []
    assert "url(" not in shown.findtext(".//style")


def test_junit_has_a_case_for_each_assertion(broken: Mapping[str, Any]) -> None:
    root = etree.fromstring(junit(broken, "fr"))
    cases = root.findall("testsuite/testcase")
    assert len(cases) == len(broken["results"])
    assert [case.get("name").split()[0] for case in cases if case.find("failure") is not None] == [
        broken["results"][0]["assertion"]
    ]
    assert len(root.findall("testsuite/testcase/error")) == 1
    assert sum(int(suite.get("failures")) for suite in root) == 1


def test_the_declaration_is_of_this_evidence(run_on_sqlite: Run) -> None:
    data = run_on_sqlite.data
    assert data["evidence_sha256"] == evidence_hash(data["results"], data["exchanges"])
    changed = deepcopy(data)
    changed["exchanges"][0]["status"] = 418
    assert data["evidence_sha256"] != evidence_hash(changed["results"], changed["exchanges"])


def test_a_run_goes_on_where_it_ended(run_on_sqlite: Run, tmp_path: Path) -> None:
    """Without any server: everything that was run before counts."""
    report = run_on_sqlite.folder / "run.json"
    arguments = ("--registry", "http://127.0.0.1:9", "--resume", str(report))
    made = entente("conformance", "run", *arguments, cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert made.stdout.splitlines()[-1] == run_on_sqlite.said.splitlines()[-1]


def test_a_server_that_is_not_there_fails(tmp_path: Path) -> None:
    arguments = (
        "--registry",
        "http://127.0.0.1:9/registry",
        "--select",
        "V.0[1-5]",
        "--language=fr",
    )
    made = entente("conformance", "run", *arguments, cwd=tmp_path)
    assert made.returncode == 1
    assert made.stdout.splitlines()[-1] == "0 assertions sur 5 respectées"
    assert "Connection refused" in made.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "give --registry"),
        (("--repository", "http://127.0.0.1:9"), "go together"),
        (("--registry", "http://127.0.0.1:9", "--pid-feed", "here"), "HOST:PORT"),
        (("--registry", "http://127.0.0.1:9", "--report", "run.txt"), ".json"),
        (("--registry", "http://127.0.0.1:9", "--language", "de"), "en and fr"),
        (("--registry", "http://127.0.0.1:9", "--codes", "nowhere.xml"), "nowhere.xml"),
    ],
)
def test_options_that_do_not_do_are_said(arguments: tuple[str, ...], said: str) -> None:
    made = CliRunner().invoke(app, ["run", *arguments])
    assert isinstance(made.exception, Failed)
    assert said in str(made.exception)


def test_results_are_read_back(run_on_sqlite: Run) -> None:
    read = results_of(json.loads((run_on_sqlite.folder / "run.json").read_bytes()))
    rows = [row for row in run_on_sqlite.data["results"] if row["trial"]]
    assert [result.assertion for result in read] == [row["assertion"] for row in rows]
    assert [len(result.checks) for result in read] == [len(row["checks"]) for row in rows]
