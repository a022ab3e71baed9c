"""Every line is JSON away from a terminal, and names the exchange that it belongs to."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from entente import logs
from ihe_profiles.soap import trace


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    handlers, level = logging.root.handlers, logging.root.level
    yield
    logging.root.handlers = handlers
    logging.root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_json_with_its_fields() -> None:
    stream = io.StringIO()
    logs.configure(stream)
    logging.getLogger("registry.service").info("%s objects", 3, extra={"patient": "x"})
    (line,) = lines(stream)
    assert line["event"] == "3 objects"
    assert (line["level"], line["logger"], line["patient"]) == ("info", "registry.service", "x")
    assert str(line["timestamp"]).endswith("Z")
    assert "trace_id" not in line


def test_a_line_names_its_exchange() -> None:
    stream = io.StringIO()
    logs.configure(stream)
    token = trace.CURRENT.set("ab" * 16)
    try:
        logging.getLogger("x").warning("now")
    finally:
        trace.CURRENT.reset(token)
    assert lines(stream)[0]["trace_id"] == "ab" * 16


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()])
def test_a_traceback_shows_no_values(stream: io.StringIO) -> None:
    logs.configure(stream)
    content = "what the document " + "said"
    try:
        raise RuntimeError("broken") from None
    except RuntimeError:
        logging.getLogger("x").exception("failed")
    assert len(content) > 0
    assert "RuntimeError: broken" in stream.getvalue()
    assert "what the document said" not in stream.getvalue()


def test_a_terminal_gets_readable_lines() -> None:
    stream = Terminal()
    logs.configure(stream)
    logging.getLogger("x").info("hello", extra={"size": 3})
    assert "hello" in stream.getvalue()
    assert "size" in stream.getvalue()
    with pytest.raises(json.JSONDecodeError):
        lines(stream)


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()])
def test_what_comes_from_elsewhere_begins_no_line_and_moves_no_cursor(stream: io.StringIO) -> None:
    logs.configure(stream)
    said = "gone\nfake line\x1b[2J é"
    logging.getLogger("x").warning("it said %s", said, extra={"subject": said})
    assert stream.getvalue().count("\n") == 1
    assert "[2J" in stream.getvalue()
    assert "\x1b[2J" not in stream.getvalue()


def test_chatty_libraries_are_quiet() -> None:
    stream = io.StringIO()
    logs.configure(stream)
    logging.getLogger("httpx").info("HTTP Request")
    assert stream.getvalue() == ""
