"""A backup of a server whose documents are in an S3 service, restored into another bucket."""

from __future__ import annotations

import os
from contextlib import chdir
from pathlib import Path

import pytest

from entente import databases
from entente.actors import ALL
from entente.cli.console import Failed
from entente.configuration import load
from repository.store.s3_address import parse
from repository.store.s3_client import connect
from tests.entente.test_backup import KEY, Source, command, opened
from tests.repository.stores.services import moto, needed
from tests.servers import settings_for, toml


@needed("moto")
def test_documents_in_an_s3_service_come_back_in_another_bucket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def place(name: str, bucket: str) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        own = {"blob_url": service.url(bucket, "documents"), "encryption_key": "file:../key"}
        (folder / "entente.toml").write_text(toml(settings_for(None, {"repository": own})))
        return folder

    (tmp_path / "key").write_text(KEY)
    with moto(tmp_path) as service:
        for variable, value in service.environment.items():
            monkeypatch.setenv(variable, value)
        client = connect(parse(service.url("here", "documents"))).client
        for bucket in ("here", "there"):
            client.create_bucket(Bucket=bucket)
        origin, restored, copy = place("a", "here"), place("b", "there"), tmp_path / "copy"
        with chdir(origin):
            databases.prepare(load()[0], ALL)
        with opened(origin) as sides:
            source = Source(sides.repository)
            for size in (0, 1000, 9_000_000):
                source.send(os.urandom(size))
            before = dict(source.acknowledged)
            with source.busy():
                command("backup", copy, cwd=origin)
        assert command("restore", copy, cwd=restored).endswith("nothing stands alone\n")
        with opened(restored) as sides:
            there = sides.found()
            assert set(before) <= there <= set(source.acknowledged)
            assert sides.sha256s(there) == {one: source.acknowledged[one] for one in there}
        assert client.list_objects_v2(Bucket="there")["KeyCount"] >= len(there)
        with pytest.raises(Failed, match="the blob store is not empty"):
            command("restore", copy, cwd=place("c", "there"))
