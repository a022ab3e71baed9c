"""A killed server keeps what it acknowledged and leaves nothing half done.

`python -m bench.kill --rounds 50` does the same for longer.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import kill


@pytest.mark.slow
def test_kills_lose_nothing_and_leave_nothing_half_there(tmp_path: Path) -> None:
    verdicts = kill.rounds(tmp_path, number=2, seed=20261121)
    assert sum(verdict.acknowledged for verdict in verdicts) > 0
    assert [verdict.lost for verdict in verdicts] == [(), ()]
    assert [verdict.half for verdict in verdicts] == [(), ()]
