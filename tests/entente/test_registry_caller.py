"""What the repository calls its registry by."""

from __future__ import annotations

import ssl
from contextlib import ExitStack
from pathlib import Path

import pytest

from entente.certificates import Authority
from entente.credentials import CurrentContext
from entente.node import registry_at, registry_tls
from entente.settings import Repository, Settings
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


def test_the_registry_is_judged_as_the_settings_say(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    trusted = {"registry_tls_ca": authority.certificate, "registry_tls_crl": (authority.crl,)}
    for host_name in (True, False):
        repository = Repository(**trusted, registry_tls_host_name=host_name)
        made = registry_tls(Settings(repository=repository))
        assert isinstance(made, CurrentContext)
        context = made.credentials.context
        assert context.check_hostname == host_name
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.verify_flags & ssl.VERIFY_CRL_CHECK_LEAF
