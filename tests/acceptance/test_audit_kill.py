"""Killed servers, senders and receivers cost no audit record.

`python -m bench.audit_kill --rounds 50` does the same for longer.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import audit_kill


@pytest.mark.slow
@pytest.mark.needs("rsyslogd")
def test_kills_cost_no_record(tmp_path: Path) -> None:
    verdicts, found = audit_kill.rounds(tmp_path, ["both", "sender"], seed=20261121)
    assert all(verdict.due for verdict in verdicts)
    assert [verdict.lost for verdict in verdicts] == [(), ()]
    assert {kind for kind, _ in found} >= {"ITI-18", "ITI-41", "ITI-42", "ITI-43"}
