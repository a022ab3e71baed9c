"""What the repository calls its registry by."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from entente.node import registry_at
from entente.settings import Settings
from tests.soap.calls import done
from tests.soap.echo import SUBMIT
from tests.soap.loopback import serving


def test_no_proxy_of_the_environment_hears_what_the_registry_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")  # nobody is there
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with serving(done) as loopback, ExitStack() as stack:
        registry = registry_at(loopback.url, Settings(), stack)
        assert registry.call(SUBMIT, [b"<Submit/>"]).body.tag == "Done"
