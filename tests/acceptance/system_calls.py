"""Reads what `strace -f -y` recorded of a server, and judges the order in which it became safe."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

COMMAND = (
    "strace",
    "-f",
    "-y",
    "-s",
    "96",
    "-e",
    "trace=fsync,fdatasync,rename,renameat,renameat2,write,writev,sendto,sendmsg",
    "-o",
)

_LINE = re.compile(r"^(?P<pid>\d+) +(?P<rest>.*)$")
_RESUMED = re.compile(r"^<\.\.\. \w+ resumed>(?P<rest>.*)$")
_CALL = re.compile(r"^(?P<name>\w+)\((?P<arguments>.*)\) += (?P<result>-?\d+)")
_DESCRIPTOR = re.compile(r"^\d+<(?P<path>[^>]*)>")
_RENAME = re.compile(r'"(?P<old>[^"]+)".*"(?P<new>[^"]+)"')


@dataclass(frozen=True, slots=True)
class Call:
    """One finished system call: its name, the file or socket it was on, and its arguments."""

    name: str
    path: str
    arguments: str


def read(log: Path) -> list[Call]:
    """Return the successful calls in the order in which they ended."""
    pending: dict[str, str] = {}
    calls = []
    for line in log.read_text(errors="replace").splitlines():
        found = _LINE.match(line)
        if not found:
            continue
        pid, rest = found["pid"], found["rest"]
        if rest.endswith("<unfinished ...>"):
            pending[pid] = rest.removesuffix("<unfinished ...>").rstrip()
            continue
        if resumed := _RESUMED.match(rest):
            rest = pending.pop(pid, "") + resumed["rest"]
        if (call := _CALL.match(rest)) and not call["result"].startswith("-"):
            descriptor = _DESCRIPTOR.match(call["arguments"])
            path = descriptor["path"] if descriptor else ""
            calls.append(Call(call["name"], path, call["arguments"]))
    return calls


SYNCS = frozenset({"fsync", "fdatasync"})
RENAMES = frozenset({"rename", "renameat", "renameat2"})
SENDS = frozenset({"write", "writev", "sendto", "sendmsg"})

STEPS = (
    "the blob's bytes are synced",
    "the blob is renamed into place",
    "the blob's folder is synced",
    "the pending row is committed",
    "the registration is committed",
    "the committed row is committed",
    "the answer leaves",
)


def broken_step(calls: Sequence[Call]) -> str | None:
    """Return the first of STEPS that did not happen in its turn; None when all did, in order."""
    answer = next((i for i, c in enumerate(calls) if is_answer(c)), None)
    if answer is None:
        return STEPS[6]
    before = calls[:answer]
    renames = [i for i, c in enumerate(before) if c.name in RENAMES and "/blobs/" in c.arguments]
    if not renames:
        return STEPS[1]
    at = renames[-1]
    names = _RENAME.search(before[at].arguments)
    assert names is not None
    if _sync(before[:at], names["old"]) is None:
        return STEPS[0]
    wanted = (
        (STEPS[2], str(Path(names["new"]).parent)),
        (STEPS[3], "repository.sqlite-wal"),
        (STEPS[4], "registry.sqlite-wal"),
        (STEPS[5], "repository.sqlite-wal"),
    )
    for step, path in wanted:
        found = _sync(before[at + 1 :], path)
        if found is None:
            return step
        at += 1 + found
    return None


def _sync(calls: Sequence[Call], path: str) -> int | None:
    """Return where the file whose name ends so is synced first."""
    return next((i for i, c in enumerate(calls) if c.name in SYNCS and c.path.endswith(path)), None)


def is_answer(call: Call) -> bool:
    """Tell whether the call sends the beginning of a good HTTP answer."""
    on_socket = call.path.startswith(("socket:", "TCP:", "TCPv6:"))
    return call.name in SENDS and on_socket and "HTTP/1.1 200" in call.arguments
