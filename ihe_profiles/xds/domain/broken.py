"""What is wrong with a file that describes a domain."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


class BrokenDomain(Exception):
    """A domain cannot be made; each problem names file, line, element and what is wrong."""

    def __init__(self, *problems: str) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class Reader:
    """Gathers what is wrong with one file, so that all of it is said at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[str] = []

    def bytes(self) -> bytes:
        """Return the file's content. Raises BrokenDomain."""
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise BrokenDomain(f"{self.path}: cannot be read: {error.strerror}") from error

    def text(self) -> str:
        """Return the file's content as text, without a byte order mark. Raises BrokenDomain."""
        try:
            return self.bytes().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise BrokenDomain(f"{self.path}: is not UTF-8 at byte {error.start}") from error

    def note(self, line: int | None, element: str, problem: str) -> None:
        """Note one problem."""
        where = f"{self.path}, line {line}" if line else str(self.path)
        self.problems.append(f"{where}: {element}: {problem}")

    def broken(self, *further: str) -> BrokenDomain:
        """Make the exception of everything noted."""
        return BrokenDomain(*self.problems, *further)

    def finish(self) -> None:
        """Raise BrokenDomain if anything was noted."""
        if self.problems:
            raise self.broken()


def allowed(names: Iterable[str]) -> str:
    """List what could have been written."""
    return f"allowed: {', '.join(names)}"
