"""The order in which a submission becomes safe, step by step, in a record of system calls."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tests.acceptance.system_calls import RECEIVES, RENAMES, SENDS, SYNCS, WRITES, Call


@dataclass(frozen=True, slots=True)
class Step:
    """What must happen in its turn, and where in a record it did: every time that it was done."""

    name: str
    done: Callable[[Sequence[Call]], list[int]]

    def __str__(self) -> str:
        return self.name


def broken(calls: Sequence[Call], steps: Sequence[Step]) -> Step | None:
    """Return the first step that did not happen in its turn; None when all did, in order.

    The last one is the first answer that leaves: what comes after it is too late.
    """
    answers = steps[-1].done(calls)
    if not answers:
        return steps[-1]
    at = -1
    for step in steps:
        turn = [i for i in step.done(calls[: answers[0] + 1]) if i > at]
        if not turn:
            return step
        at = turn[0]
    return None


def submissions(calls: Sequence[Call]) -> list[Sequence[Call]]:
    """Return the records of the submissions: each from the answer before to its own answer."""
    ends = [-1, *_where(calls, _is_answer)]
    return [
        calls[begin + 1 : end + 1]
        for begin, end in pairwise(ends)
        if "multipart/related" in calls[end].arguments
    ]


def _where(calls: Sequence[Call], is_it: Callable[[Call], object]) -> list[int]:
    return [i for i, call in enumerate(calls) if is_it(call)]


def _is_answer(call: Call) -> bool:
    """Tell whether the call sends the beginning of a good HTTP answer."""
    return call.name in SENDS and "socket:" in call.path and '"HTTP/1.1 200' in call.arguments


def _is_rename(call: Call) -> bool:
    return call.name in RENAMES and "/blobs/" in call.arguments


def _synced(path: str) -> Callable[[Sequence[Call]], list[int]]:
    """Find where a file or folder is synced whose path ends so, a regular expression."""
    ends = re.compile(f"{path}$")
    return lambda calls: _where(calls, lambda call: call.name in SYNCS and ends.search(call.path))


def _answered(beginning: str, request: str, answer: str) -> Callable[[Sequence[Call]], list[int]]:
    """Find where `answer` is read from a connection on which `request` was sent.

    What is sent next that has the beginning of an exchange has another answer.
    """

    def find(calls: Sequence[Call]) -> list[int]:
        asked: set[str] = set()
        found = []
        for i, call in enumerate(calls):
            if call.name in SENDS:
                if re.search(beginning, call.arguments):
                    asked.discard(call.path)
                if re.search(request, call.arguments):
                    asked.add(call.path)
            elif call.name in RECEIVES and call.path in asked and answer in call.arguments:
                asked.remove(call.path)
                found.append(i)
        return found

    return find


def _logged(name: str, text: str) -> Callable[[Sequence[Call]], list[int]]:
    """Find where SQLite has synced a page with that text that it wrote to its log."""

    def find(calls: Sequence[Call]) -> list[int]:
        is_written = False
        found = []
        for i, call in enumerate(calls):
            if call.path.endswith(name):
                if call.name in WRITES:
                    is_written |= text in call.arguments
                elif call.name in SYNCS and is_written:
                    found.append(i)
                    is_written = False
        return found

    return find


def _committed(statement: str) -> Callable[[Sequence[Call]], list[int]]:
    """Find where PostgreSQL answers the COMMIT of a transaction in which it did that."""
    return _answered('"Q.*BEGIN', re.escape(statement), r"COMMIT\0")


def _done_by_s3(request: str) -> Callable[[Sequence[Call]], list[int]]:
    """Find where an S3 service answers a request for a blob: its method and the URL's end."""
    method, end = request.split(maxsplit=1)
    return _answered(
        '"[A-Z]+ /', rf'"{method} /\S+/blobs/blobs/[0-9a-f]{{32}}{end}', "HTTP/1.1 200"
    )


ON_DISK = (
    Step("the blob's bytes are synced", _synced("/blobs/staging/[0-9a-f]{32}/bytes")),
    Step("the blob is renamed into place", lambda calls: _where(calls, _is_rename)),
    Step("the blob's folder is synced", _synced("/blobs/[0-9a-f]{2}")),
)
IN_S3 = (Step("the service has answered the PUT", _done_by_s3(r"PUT \sHTTP")),)
IN_S3_AS_PARTS = (
    Step("the service has answered the last part", _done_by_s3(r"PUT \?\S*partNumber=2")),
    Step("the service has answered the completion", _done_by_s3(r"POST \?uploadId=")),
)

_ROWS = ("the pending row", "the registration", "the committed row")
_SQLITE = (
    ("repository.sqlite-wal", "pending"),
    ("registry.sqlite-wal", "ExtrinsicObject"),
    ("repository.sqlite-wal", "committed"),
)
_POSTGRESQL = (
    "INSERT INTO document (",
    "INSERT INTO document_entry (",
    "UPDATE document SET state",
)
IN_SQLITE = tuple(
    Step(f"{row} is on disk", _logged(*what)) for row, what in zip(_ROWS, _SQLITE, strict=True)
)
IN_POSTGRESQL = tuple(
    Step(f"{row} is committed", _committed(statement))
    for row, statement in zip(_ROWS, _POSTGRESQL, strict=True)
)
ANSWERED = (Step("the answer leaves", lambda calls: _where(calls, _is_answer)),)
