"""Blobs in an S3 service: the order of requests, what goes wrong on the way, and addresses."""

from __future__ import annotations

import io
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from urllib3 import HTTPResponse

from repository.digest import CHUNK
from repository.store.blobs import (
    BlobMissing,
    BlobStoreBusy,
    BlobStoreError,
    BlobStoreFull,
    new_key,
)
from repository.store.s3 import PART, S3Blobs
from repository.store.s3_address import S3Address, parse
from repository.store.s3_client import connect
from tests.repository.stores.places import Bucket
from tests.repository.stores.services import needed
from tests.repository.stores.use import keep
from tests.servers import free_port

DATA = os.urandom(PART + 5)


@contextmanager
def _watching(store: S3Blobs, event: str, handler: Callable[..., object]) -> Iterator[None]:
    store.client.meta.events.register(event, handler)
    try:
        yield
    finally:
        store.client.meta.events.unregister(event, handler)


def _requests(store: S3Blobs, work: Callable[[], object]) -> list[tuple[str, str]]:
    seen: list[tuple[str, str]] = []

    def note(params: dict[str, Any], model: Any, **_: object) -> None:
        folder = str(params["url_path"]).split("/")[-2]
        seen.append((model.name, folder))

    with _watching(store, "before-call.s3", note):
        work()
    return seen


def test_a_mark_comes_before_everything_and_knows_the_upload(bucket: Bucket) -> None:
    assert _requests(bucket.store, lambda: keep(bucket.store, DATA)) == [
        ("PutObject", "staging"),
        ("CreateMultipartUpload", "blobs"),
        ("PutObject", "staging"),
        ("UploadPart", "blobs"),
        ("UploadPart", "blobs"),
        ("CompleteMultipartUpload", "blobs"),
    ]


def test_a_small_blob_takes_one_request(bucket: Bucket) -> None:
    assert _requests(bucket.store, lambda: keep(bucket.store, b"x" * 1000)) == [
        ("PutObject", "staging"),
        ("PutObject", "blobs"),
    ]


def test_a_mark_goes_last(bucket: Bucket) -> None:
    kept = keep(bucket.store, b"x")
    requests = _requests(bucket.store, lambda: bucket.store.delete(kept.key))
    assert requests[-2:] == [("DeleteObject", "blobs"), ("DeleteObject", "staging")]


@needed("swift")  # moto compares no checksum
@pytest.mark.parametrize("event", ["PutObject", "UploadPart"])
def test_bytes_that_changed_on_the_way_are_refused(swift: S3Blobs, event: str) -> None:
    bucket = Bucket(swift.client, swift.bucket, f"tests/{new_key()}")

    def alter(request: Any, **_: object) -> None:
        if "/blobs/" in request.url:
            body = request.body
            sent = body.getvalue() if isinstance(body, io.BytesIO) else bytes(body)
            request.body = bytes([sent[0] ^ 1]) + sent[1:]

    data = DATA if event == "UploadPart" else b"small"
    with (
        _watching(bucket.store, f"before-send.s3.{event}", alter),
        pytest.raises(BlobStoreError),
    ):
        keep(bucket.store, data)
    assert bucket.everything() == {}


def test_an_upload_that_no_mark_knows_is_given_up(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unheard(*_: object) -> None:
        raise BlobStoreError("the mark cannot be put")

    writer = bucket.store.create()
    monkeypatch.setattr(S3Blobs, "mark", unheard)
    with pytest.raises(BlobStoreError, match="the mark"):
        writer.write(DATA)
    writer.abort()
    assert bucket.everything() == {}


def test_a_lost_answer_to_the_completion_is_no_failure(bucket: Bucket) -> None:
    writer = bucket.store.create()
    writer.write(DATA)
    writer.close()
    writer.commit()

    def forgotten(request: Any, **_: object) -> AWSResponse:
        """What services say that forget an upload once it is completed."""
        body = b"<Error><Code>NoSuchUpload</Code><Message>no</Message></Error>"
        raw = HTTPResponse(io.BytesIO(body), preload_content=False)
        return AWSResponse(request.url, 404, {}, raw)

    with _watching(bucket.store, "before-send.s3.CompleteMultipartUpload", forgotten):
        writer.commit()
        assert b"".join(bucket.store.read(writer.key)) == DATA
        bucket.put(writer.key, b"another size")
        with pytest.raises(BlobMissing):
            writer.commit()


def test_an_upload_that_was_swept_meanwhile_cannot_be_committed(bucket: Bucket) -> None:
    writer = bucket.store.create()
    writer.write(DATA)
    writer.close()
    bucket.open().delete(writer.key)
    with pytest.raises(BlobStoreError):
        writer.commit()
    with pytest.raises(BlobMissing):
        bucket.store.size(writer.key)


def test_an_upload_that_still_grows_is_not_stale(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("repository.store.s3._FRESH", 0.0)
    writer = bucket.store.create()
    requests = _requests(bucket.store, lambda: writer.write(bytes(3 * PART)))
    assert requests.count(("PutObject", "staging")) == 2
    writer.abort()


def test_a_connection_that_breaks_is_made_again_from_where_it_was(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = keep(bucket.store, DATA)
    ranges: list[str | None] = []

    def break_off(parsed: dict[str, Any], **_: object) -> None:
        body = parsed["Body"]
        if len(ranges) == 1:
            body._raw_stream._fp.fp.raw._sock.shutdown(socket.SHUT_RD)

    def note(params: dict[str, Any], **_: object) -> None:
        ranges.append(params["headers"].get("Range"))

    with (
        _watching(bucket.store, "before-call.s3.GetObject", note),
        _watching(bucket.store, "after-call.s3.GetObject", break_off),
    ):
        assert kept.read() == DATA
    assert ranges[0] is None
    assert len(ranges) == 2


def test_a_service_that_is_not_there_is_told() -> None:
    store = _store(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(BlobStoreError):
        store.create()
    with pytest.raises(BlobStoreError) as raised:
        store.size(new_key())
    assert not isinstance(raised.value, BlobMissing)


def test_a_bucket_that_is_gone_is_no_missing_blob(bucket: Bucket) -> None:
    store = S3Blobs(bucket.client, "vanished-hospital")
    for look in (store.size, lambda key: next(store.read(key))):
        with pytest.raises(BlobStoreError) as raised:
            look(new_key())
        assert not isinstance(raised.value, BlobMissing)


def test_a_service_that_does_not_answer_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        store = _store(f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(BlobStoreError):
            next(store.read(new_key()))


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (507, "InsufficientStorage", BlobStoreFull),
        (403, "QuotaExceeded", BlobStoreFull),
        (403, "AccessDenied", BlobStoreError),
        (404, "NoSuchBucket", BlobStoreError),
        (503, "SlowDown", BlobStoreBusy),
    ],
)
def test_what_the_service_refuses_is_told(status: int, code: str, kind: type[Exception]) -> None:
    with _answering(status, f"<Error><Code>{code}</Code><Message>no</Message></Error>") as url:
        with pytest.raises(BlobStoreError) as raised:
            _store(url).create()
        assert type(raised.value) is kind
        assert code in str(raised.value)


def test_a_key_that_is_not_ours_is_refused(bucket: Bucket) -> None:
    for use in (bucket.store.size, bucket.store.delete, bucket.store.settle):
        with pytest.raises(ValueError, match="32 hex digits"):
            use("../other/object")


def test_addresses() -> None:
    assert parse("s3://the-bucket") == S3Address("the-bucket")
    given = "s3://b-1/one/two/?endpoint=https://s3.example.org:9000&region=ca-1&timeout=2.5"
    assert parse(given) == S3Address("b-1", "one/two", "https://s3.example.org:9000", "ca-1", 2.5)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("s3:///x", "s3://bucket"),
        ("s3://UPPER", "s3://bucket"),
        ("s3://abc?endpiont=http://x", "endpiont"),
        ("s3://abc?endpoint=ftp://x", "endpoint is http"),
        ("s3://abc?endpoint=http://x/path", "endpoint is http"),
        ("s3://abc?timeout=0", "timeout"),
        ("s3://abc?timeout=soon", "timeout"),
        ("s3://abc?timeout=nan", "timeout"),
    ],
)
def test_what_is_wrong_with_an_address_is_named(url: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        parse(url)


def _store(endpoint: str) -> S3Blobs:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "invented")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "invented")
        return connect(S3Address("the-bucket", "", endpoint, timeout=0.3))


@contextmanager
def _answering(status: int, body: str) -> Iterator[str]:
    """A service that gives every request one answer."""

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(CHUNK)
                head = f"HTTP/1.1 {status} No\r\nContent-Length: {len(body)}\r\n"
                connection.sendall(f"{head}Connection: close\r\n\r\n{body}".encode())

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)  # closing alone would not wake it
            thread.join(10)
