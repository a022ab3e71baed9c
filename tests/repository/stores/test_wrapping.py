"""Wrapping keys come from a file or the environment, and what is wrong with one is named."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from repository.store.wrapping import KeyUnreadable, LocalKeys, read_key

KEY = bytes(range(32))
TEXT = base64.b64encode(KEY).decode()


def test_a_key_from_a_file_or_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key").write_text(TEXT + "\n")
    monkeypatch.setenv("THE_KEY", TEXT)
    assert read_key(f"file:{tmp_path / 'key'}") == read_key("env:THE_KEY") == KEY


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "not 0"),
        ("!!!!", "base64"),
        ("é", "base64"),
        (TEXT[:-4], "not 30"),
        (base64.b64encode(KEY + b"x").decode(), "not 33"),
    ],
)
def test_what_is_no_key_is_told_without_showing_it(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "key"
    path.write_text(text, "utf-8")
    with pytest.raises(KeyUnreadable, match=problem) as raised:
        read_key(f"file:{path}")
    assert str(path) in str(raised.value)
    assert not text or text not in str(raised.value)


def test_a_missing_key_is_told(tmp_path: Path) -> None:
    with pytest.raises(KeyUnreadable, match="No such file"):
        read_key(f"file:{tmp_path / 'none'}")
    with pytest.raises(KeyUnreadable, match="env:NO_SUCH_KEY"):
        read_key("env:NO_SUCH_KEY")


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32"):
        LocalKeys(b"short")


def test_an_id_is_the_keys_own_and_does_not_show_it() -> None:
    assert LocalKeys(KEY).current == LocalKeys(KEY, [b"x" * 32]).current
    assert LocalKeys(KEY).current != LocalKeys(b"x" * 32).current
    assert LocalKeys(KEY).current not in KEY.hex()
