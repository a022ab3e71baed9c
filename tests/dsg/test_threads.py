"""Threads share certificates, and the classes of asn1crypto; either is decoded at its first use."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator

import pytest
from asn1crypto import core, x509
from cryptography.hazmat.primitives.serialization import Encoding

from ihe_profiles.dsg import decoding
from ihe_profiles.dsg.certificates import to_asn1
from ihe_profiles.dsg.chain import Moment, judge_chain
from ihe_profiles.dsg.trust import Trust
from tests.dsg import pki

DER = pki.signer().certificate.public_bytes(Encoding.DER)


@pytest.fixture(autouse=True)
def _switch_often() -> Iterator[None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def in_threads(work: Callable[[], object]) -> list[object]:
    """Return what four threads get that begin together."""
    begin, found = threading.Barrier(4), list[object]()

    def run() -> None:
        begin.wait()
        try:
            found.append(work())
        except Exception as error:
            found.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_threads_share_what_is_trusted() -> None:
    for _ in range(20):
        others = (to_asn1(pki.authority().certificate),)
        trust = pki.trust(crls=(pki.crl(), pki.crl(by=pki.root())), others=others)

        def judge(trust: Trust = trust) -> object:
            return judge_chain(x509.Certificate.load(DER), trust, Moment(pki.NOW))

        assert in_threads(judge) == [[], [], [], []]


def test_no_class_is_set_up_by_two_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = x509.Certificate.load(DER).native
    for _ in range(60):
        monkeypatch.setattr(core, "_SETUP_CLASSES", {})
        decoding.set_up()
        found = in_threads(lambda: x509.Certificate.load(DER).native)
        assert found == [wanted] * 4
