"""The commands are listed without being imported, and a server imports only what it needs."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import entente.cli
from entente.cli import COMMANDS
from tests.servers import entente as run

LARGE = {"pyhanko", "alembic", "signxml", "botocore", "aiohttp"}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_what_the_command_says(name: str) -> None:
    module = import_module(f"entente.cli.{name}")
    if hasattr(module, "app"):
        assert module.app.info.help == COMMANDS[name]
    else:
        assert getattr(module, name).__doc__.splitlines()[0] == COMMANDS[name]


def test_every_command_is_listed() -> None:
    folder = Path(entente.cli.__file__).parent
    modules = {p.stem: import_module(f"entente.cli.{p.stem}") for p in folder.glob("[a-z]*.py")}
    said = {name for name, m in modules.items() if hasattr(m, "app") or callable(vars(m).get(name))}
    assert said - {"plain"} == set(COMMANDS)


def test_a_slip_is_pointed_out(tmp_path: Path) -> None:
    done = run("serv", cwd=tmp_path)
    assert done.returncode == 2
    assert "No such command 'serv'. Did you mean 'serve'?" in done.stderr


@pytest.mark.parametrize(
    "program",
    [
        "from entente.cli import app; app(['--help'], standalone_mode=False)",
        "from entente.cli import app; app(['serve', '--help'], standalone_mode=False)",
        "from entente import app, databases, logs, node, server",
    ],
    ids=["help", "serve", "server"],
)
def test_what_is_not_needed_is_not_imported(program: str) -> None:
    program += f"; import sys; print('LARGE', *sorted({LARGE!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1:] == ["LARGE"], done.stderr
