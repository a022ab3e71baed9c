"""Writes docs/conformance.md: `python -m conformance.catalogue_page docs/conformance.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from conformance.assertions import SENDERS, Assertion, How, catalogue
from conformance.report.texts import say
from conformance.trials import all_trials
from ihe_profiles.markdown import table

_HEAD: Final = """\
# Conformance

`entente conformance` judges any XDS.b system through the wire, ours included.

- `entente conformance run --registry URL --repository URL --repository-id OID` judges a server.
  `--pid-feed HOST:PORT`, `--pid-feed-v3 URL`, `--multi-patient` and `--codes codes.xml` say what
  else it offers; `--gentle` leaves out what is hostile.
- `--report run.html` writes the report: a page to read, print and file, with a declaration of
  conformity; `--report run.json` the same as data, `--report run.xml` as JUnit.
- `--resume run.json` goes on where a run ended.
- `entente conformance listen --port 8080 --mllp-port 2575 --report run.html` plays registry,
  repository and identity feed for a Document Source, a Document Consumer or a Patient Identity
  Source, and judges each message as its octets came: what it tolerates it judges all the same.
  It keeps what is submitted in memory and answers queries and retrievals from that. It ends on
  Ctrl-C or after `--messages N`. `--tls-certificate`, `--tls-key` and `--tls-client-ca` make it
  speak TLS; `--codes codes.xml` has codes judged too.
- `entente conformance check FILE...` judges captured messages: an HTTP request or response with its
  headers, a SOAP envelope, a MIME body with or without its Content-Type, HL7 v2 with or without
  its MLLP frame. Of each fault it says the assertion, its section, the place and what to do; the
  exit code is 1 when a SHALL is broken. What was not captured is not judged.
- `entente conformance list --language fr` lists the assertions below.
- `make conformance` judges our own server (`make conformance DB=postgres` on PostgreSQL).

Patients and documents of a run are invented and named in its report. Without a feed the system must
accept patients it has not heard of; `--authority OID` says under which authority they are invented.

Below is every assertion, made from `conformance/catalogue` by `make docs`; edit those files.
"""


def page() -> str:
    """Return the whole page as Markdown."""
    return "\n".join([_HEAD, *_totals(), *_assertions()])


def _groups() -> dict[str, list[Assertion]]:
    found: dict[str, list[Assertion]] = {}
    for assertion in catalogue().values():
        found.setdefault(f"{assertion.transaction}, {assertion.actor}", []).append(assertion)
    return found


def _totals() -> Iterator[str]:
    rows = [
        (name, str(len(group)), str(sum(one.how is How.OUTSIDE for one in group)))
        for name, group in _groups().items()
    ]
    yield f"## {len(catalogue())} assertions\n"
    yield from table(("Of", "Assertions", "not testable from outside"), rows)


def _assertions() -> Iterator[str]:
    tried: dict[str, list[str]] = {}
    for trial in all_trials():
        for assertion in trial.assertions:
            tried.setdefault(assertion, []).append(f"`{trial.name}`")
    for name, group in _groups().items():
        yield f"## {name}\n"
        yield from table(
            ("Id", "", "English", "Français", "Section", "Tested by"),
            (_row(one, tried.get(one.id, [])) for one in group),
        )


def _row(one: Assertion, trials: list[str]) -> tuple[str, ...]:
    english, french = (" ".join(filter(None, (one.text(k), one.why(k)))) for k in ("en", "fr"))
    by = ["`check`", "`listen`"] if one.actor in SENDERS else trials
    how = say(How.OUTSIDE, "en") if one.how is How.OUTSIDE else ", ".join(by)
    return f"`{one.id}`", say(one.severity, "en"), english, french, one.section, how


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
