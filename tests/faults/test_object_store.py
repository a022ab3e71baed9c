"""An S3 service that is away, slow, cut off, throttling, or out of room."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bench import traffic
from repository.store.s3 import S3Blobs
from repository.store.s3_address import parse
from repository.store.s3_client import connect
from tests.faults.disks import MIB
from tests.faults.proxy import Proxy, Way, proxying
from tests.faults.site import PATIENT, SHORT, Site, refused, taken, watching
from tests.repository.stores.services import SERVICES, Service, needed
from tests.servers import servers_in
from tests.soap.loopback import Loopback, Request, Script, serving

pytestmark = needed("moto")

BUCKET = "invented-hospital"


@dataclass
class Cloud:
    """A site whose blobs are in an S3 service behind a wire."""

    site: Site
    wire: Proxy
    port: int
    refuser: Loopback


def _objects(root: S3Blobs) -> Callable[[], set[str]]:
    """Every object, and every upload that nobody ended."""

    def look() -> set[str]:
        objects = root.client.list_objects_v2(Bucket=BUCKET).get("Contents", ())
        uploads = root.client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", ())
        return {one["Key"] for one in objects} | {one["UploadId"] for one in uploads}

    return look


def _refusing(_request: Request) -> Script:
    """Answer what the bucket's owner is told by a service of which the test says the trouble."""
    status, code = TROUBLE
    body = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()
    return Script(status, [("Content-Type", "application/xml")], [body])


TROUBLE = (507, "InsufficientStorage")


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    folder: Path = tmp_path_factory.mktemp("moto")
    with ExitStack() as stack:
        service = stack.enter_context(SERVICES["moto"][1](folder))
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in service.environment.items():
            patch.setenv(name, value)
        root = connect(parse(service.url(BUCKET, "")))
        stack.callback(root.client.close)
        root.client.create_bucket(Bucket=BUCKET)
        port = urlsplit(service.endpoint).port or 0
        wire = stack.enter_context(proxying(port))
        start = stack.enter_context(servers_in(tmp_path_factory.mktemp("server")))
        behind = Service(wire.url, service.access_key, service.secret_key)
        server = start(
            repository={"blob_url": behind.url(BUCKET, "blobs", timeout="1")}, limits=SHORT
        )
        index = f"sqlite:///{server.folder / 'var' / 'repository.sqlite'}"
        refuser = stack.enter_context(serving(_refusing))
        site = stack.enter_context(watching(server, server, index, _objects(root)))
        yield Cloud(site, wire, port, refuser)


@contextmanager
def _elsewhere(cloud: Cloud, port: int) -> Iterator[None]:
    """New connections end up at another port."""
    with cloud.wire.faring(Way()):
        cloud.wire.target = port
        try:
            yield
        finally:
            cloud.wire.target = cloud.port


def test_a_service_that_is_gone(cloud: Cloud) -> None:
    refused(cloud.site, _elsewhere(cloud, 1), "XDSRepositoryError")


def test_a_service_that_is_slow(cloud: Cloud) -> None:
    refused(cloud.site, cloud.wire.faring(Way(request=0, cuts=False)), "XDSRepositoryBusy")


@pytest.mark.parametrize(
    "way", [Way(request=400), Way(answer=50)], ids=["in mid-request", "in mid-answer"]
)
def test_a_wire_that_is_cut(cloud: Cloud, way: Way) -> None:
    refused(cloud.site, cloud.wire.faring(way), "XDSRepositoryError")


def test_a_wire_that_is_cut_in_a_large_document(cloud: Cloud) -> None:
    way = Way(request=3 * MIB)
    refused(cloud.site, cloud.wire.faring(way), "XDSRepositoryError", size=9 * MIB)


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        ((507, "InsufficientStorage"), "XDSRepositoryOutOfResources"),
        ((403, "QuotaExceeded"), "XDSRepositoryOutOfResources"),
        ((503, "SlowDown"), "XDSRepositoryBusy"),
        ((403, "AccessDenied"), "XDSRepositoryError"),
    ],
)
def test_a_service_that_refuses(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, trouble: tuple[int, str], code: str
) -> None:
    monkeypatch.setattr(f"{__name__}.TROUBLE", trouble)
    refused(cloud.site, _elsewhere(cloud, cloud.refuser.port), code)


def test_documents_in_a_service_that_is_gone_are_not_unknown(cloud: Cloud) -> None:
    there = traffic.provide(PATIENT, b"away for a while")
    taken(cloud.site, there)
    for fault, code in (
        (_elsewhere(cloud, 1), "XDSRepositoryError"),
        (cloud.wire.faring(Way(request=0, cuts=False)), "XDSRepositoryBusy"),
    ):
        with fault:
            assert cloud.site.why_not(there) == [code]
    assert cloud.site.whole(there)
