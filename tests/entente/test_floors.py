"""A package of the same name in front of ours is noticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from entente.floors import shadowed


def test_the_house_as_it_is_installed() -> None:
    assert list(shadowed()) == []


def test_a_shadow_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ledger").mkdir()
    (tmp_path / "ledger" / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(__import__("sys").modules, "ledger", raising=False)
    (shadow,) = shadowed()
    assert f"package `ledger` is {tmp_path}/ledger/__init__.py" in shadow
