"""An S3 service that is away, slow, cut off, throttling, or out of room."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bench import traffic
from repository.store.s3_address import parse
from repository.store.s3_client import connect
from tests.faults.disks import MIB
from tests.faults.proxy import Proxy, Way, proxying
from tests.faults.site import PATIENT, SHORT, Site, refused, taken, watching
from tests.repository.stores.services import Service, moto, needed
from tests.servers import free_port, servers_in
from tests.soap.loopback import Loopback, Request, Script, serving

pytestmark = needed("moto")

BUCKET = "invented-hospital"


@dataclass
class Bucket:
    """A bucket of an S3 service, whose process can be killed and started on what it held."""

    folder: Path
    port: int = field(default_factory=free_port)
    held: dict[str, bytes] = field(default_factory=dict)

    def start(self) -> Service:
        self._process = ExitStack()
        service = self._process.enter_context(moto(self.folder, self.port))
        with pytest.MonkeyPatch.context() as patch:
            for name, value in service.environment.items():
                patch.setenv(name, value)
            self.root = connect(parse(service.url(BUCKET, "")))
        self.root.client.create_bucket(Bucket=BUCKET)
        for name, data in self.held.items():
            self.root.put(name, data)
        return service

    def kill(self) -> None:
        self.root.client.close()
        self._process.close()

    @contextmanager
    def killed(self) -> Iterator[None]:
        """It keeps its objects in memory: what a disk would hold is kept here meanwhile."""
        read = self.root.client.get_object
        self.held = {name: read(Bucket=BUCKET, Key=name)["Body"].read() for name in self.names()}
        self.kill()
        try:
            yield
        finally:
            self.start()

    def names(self) -> set[str]:
        objects = self.root.client.list_objects_v2(Bucket=BUCKET).get("Contents", ())
        return {one["Key"] for one in objects}

    def look(self) -> set[str]:
        """Every object, and every upload that nobody ended."""
        uploads = self.root.client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", ())
        return self.names() | {one["UploadId"] for one in uploads}


@dataclass
class Cloud:
    """A site whose blobs are in an S3 service behind a wire."""

    site: Site
    wire: Proxy
    bucket: Bucket
    refuser: Loopback


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
        bucket = Bucket(folder)
        service = bucket.start()
        stack.callback(lambda: bucket.kill())
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in service.environment.items():
            patch.setenv(name, value)
        wire = stack.enter_context(proxying(bucket.port))
        start = stack.enter_context(servers_in(tmp_path_factory.mktemp("server")))
        behind = Service(wire.url, service.access_key, service.secret_key)
        server = start(
            repository={"blob_url": behind.url(BUCKET, "blobs", timeout="1")}, limits=SHORT
        )
        index = f"sqlite:///{server.folder / 'var' / 'repository.sqlite'}"
        refuser = stack.enter_context(serving(_refusing))
        site = stack.enter_context(watching(server, server, index, bucket.look))
        yield Cloud(site, wire, bucket, refuser)


@contextmanager
def _elsewhere(cloud: Cloud, port: int) -> Iterator[None]:
    """New connections end up at another port."""
    with cloud.wire.faring(Way()):
        cloud.wire.target = port
        try:
            yield
        finally:
            cloud.wire.target = cloud.bucket.port


@contextmanager
def _gone(cloud: Cloud) -> Iterator[None]:
    """The process is killed, and nobody listens on its port."""
    with cloud.wire.refusing(), cloud.bucket.killed():
        yield


def test_a_service_that_is_gone(cloud: Cloud) -> None:
    there = traffic.provide(PATIENT, b"here before and after")
    taken(cloud.site, there)

    @contextmanager
    def gone() -> Iterator[None]:
        with _gone(cloud):
            assert cloud.site.why_not(there) == ["XDSRepositoryError"]
            yield

    refused(cloud.site, gone(), "XDSRepositoryError")
    assert cloud.site.whole(there)


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


def test_documents_in_a_service_that_is_slow_are_not_unknown(cloud: Cloud) -> None:
    there = traffic.provide(PATIENT, b"away for a while")
    taken(cloud.site, there)
    with cloud.wire.faring(Way(request=0, cuts=False)):
        assert cloud.site.why_not(there) == ["XDSRepositoryBusy"]
    assert cloud.site.whole(there)
