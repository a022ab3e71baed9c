"""The floors: a bare uvicorn that answers fixed bytes to any body, and a plain file copy."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from pathlib import Path
from typing import Any

import uvicorn

CHUNK = 1 << 18


class FixedAnswer:
    """An ASGI app that reads the request and answers the bytes of a file, in chunks."""

    def __init__(self, path: Path, content_type: str) -> None:
        self.path, self.size = path, path.stat().st_size
        self.content_type = content_type.encode()
        self.small = path.read_bytes() if self.size <= CHUNK else None

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        while (await receive()).get("more_body"):
            pass
        headers = [(b"content-type", self.content_type), (b"content-length", b"%d" % self.size)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        if self.small is not None:
            await send({"type": "http.response.body", "body": self.small})
            return
        with self.path.open("rb", buffering=0) as file:
            while chunk := file.read(CHUNK):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def copy(source: Path, target: Path) -> float:
    """Copy a file with SHA-1, SHA-256 and fsync; return the seconds it took."""
    begin = time.perf_counter()
    digests = hashlib.sha1(usedforsecurity=False), hashlib.sha256()
    with source.open("rb", buffering=0) as read, target.open("wb", buffering=0) as write:
        while chunk := read.read(CHUNK):
            for digest in digests:
                digest.update(chunk)
            write.write(chunk)
        os.fsync(write.fileno())
    return time.perf_counter() - begin


def syncs(folder: Path, number: int, rounds: int) -> float:
    """Append a page to a file and fsync it `number` times a round; return the rounds a second."""
    with (folder / "syncs").open("wb", buffering=0) as file:
        begin = time.perf_counter()
        for _ in range(rounds * number):
            file.write(bytes(4096))
            os.fsync(file.fileno())
        return rounds / (time.perf_counter() - begin)


def main() -> None:
    """Serve the file named on the command line: PATH CONTENT_TYPE PORT."""
    path, content_type, port = sys.argv[1:]
    app = FixedAnswer(Path(path), content_type)
    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="error", access_log=False)


if __name__ == "__main__":
    main()
