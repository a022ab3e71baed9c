"""Receivers of audit records: rsyslog as a process, and a proxy before it that can cut."""

from __future__ import annotations

import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers import free_port
from tests.soap.certificates import Authority, Issued

_CONFIG = """
global(workDirectory="{folder}" maxMessageSize="32m" net.enableDNS="off"
  parser.escapeControlCharactersOnReceive="off"
  defaultNetstreamDriverCAFile="{authority}"
  defaultNetstreamDriverCertFile="{certificate}" defaultNetstreamDriverKeyFile="{key}")
module(load="imtcp" streamDriver.name="ossl" streamDriver.mode="1" maxFrameSize="32000000"
  streamDriver.authMode="x509/certvalid")
module(load="imudp")
template(name="raw" type="string" string="%rawmsg%\\n")
ruleset(name="keep" queue.type="Disk" queue.filename="queue" queue.checkpointInterval="1"
  queue.syncQueueFiles="on" queue.saveOnShutdown="on") {{
  action(type="omfile" file="{folder}/received" template="raw")
}}
input(type="imtcp" port="{tls}" address="127.0.0.1" ruleset="keep")
input(type="imudp" port="{udp}" address="127.0.0.1" ruleset="keep")
"""

PATIENCE = 30.0


def until(satisfied: Callable[[], bool], what: object = "") -> None:
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE
    while not satisfied():
        assert time.monotonic() < end, what
        time.sleep(0.02)


@dataclass
class Rsyslog:
    """An rsyslog with a queue on disk: TLS with client certificates, and UDP."""

    folder: Path
    authority: Authority
    issued: Issued
    tls: int = field(default_factory=free_port)
    udp: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        config = self.folder / "rsyslog.conf"
        config.write_text(
            _CONFIG.format(
                folder=self.folder,
                authority=self.authority.certificate,
                certificate=self.issued.certificate,
                key=self.issued.key,
                tls=self.tls,
                udp=self.udp,
            )
        )
        (self.folder / "pid").unlink(missing_ok=True)
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                ["rsyslogd", "-n", "-f", str(config), "-i", str(self.folder / "pid")],
                stdout=log,
                stderr=log,
            )
        until(self._listens, "rsyslog does not listen")

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(PATIENCE)

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE)

    def received(self) -> list[bytes]:
        """Every message, in the order of its coming."""
        file = self.folder / "received"
        return file.read_bytes().split(b"\n")[:-1] if file.exists() else []

    def _listens(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "log").read_text()
        try:
            socket.create_connection(("127.0.0.1", self.tls), 1).close()
        except OSError:
            return False
        return True


class Proxy:
    """Forwards connections to a port; `cut_after` octets a connection is reset, then all pass."""

    def __init__(self, port: int, cut_after: int) -> None:
        self.cuts = 0
        self._cut_after = cut_after
        self._to = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                incoming, _ = self._listening.accept()
            except OSError:
                return
            outgoing = socket.create_connection(("127.0.0.1", self._to))
            limit = 1 << 60 if self.cuts else self._cut_after
            for ends in ((incoming, outgoing, limit), (outgoing, incoming, 1 << 60)):
                threading.Thread(target=self._pump, args=ends, daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, limit: int) -> None:
        with suppress(OSError):
            while limit and (data := source.recv(min(4096, limit))):
                sink.sendall(data)
                limit -= len(data)
        if not limit:
            self.cuts += 1
            for end in (source, sink):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
