"""Reads what `strace -f -y` recorded of a server."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

SYNCS = frozenset({"fsync", "fdatasync"})
RENAMES = frozenset({"rename", "renameat", "renameat2"})
SENDS = frozenset({"write", "writev", "sendto", "sendmsg"})
RECEIVES = frozenset({"recvfrom", "recvmsg"})
WRITES = frozenset({"pwrite64", "pwritev", "pwritev2"})
_TRACED = sorted(SYNCS | RENAMES | SENDS | RECEIVES | WRITES)
_LONGEST = 1 << 18
"""The octets of a call that are recorded."""

_LINE = re.compile(r"^(?P<pid>\d+) +(?P<rest>.*)$")
_RESUMED = re.compile(r"^<\.\.\. \w+ resumed>(?P<rest>.*)$")
_CALL = re.compile(r"^(?P<name>\w+)\((?P<arguments>.*)\) += (?P<result>-?\d+)")
_DESCRIPTOR = re.compile(r"^\d+<(?P<path>[^>]*)>")


def command(log: Path) -> tuple[str, ...]:
    """Return what a server is started by so that `log` tells what it wrote, sent and received."""
    what = f"trace={','.join(_TRACED)}"
    how = ("-f", "-y", "--seccomp-bpf", "-s", str(_LONGEST), "-e", what)
    return ("strace", *how, "-o", str(log))


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
