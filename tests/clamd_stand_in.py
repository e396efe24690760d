"""A stand-in for clamd: the INSTREAM command as its manual page and its source describe it. It is not clamd.

- a command begins with z and ends with a zero byte, and so does the reply;
- pieces come with their length in front (4 bytes, network order), an empty one ends them;
- the reply is `stream: OK`, `stream: NAME FOUND` or `… ERROR`; more than StreamMaxLength ends in
  `INSTREAM size limit exceeded. ERROR` and a closed connection.

What it finds is any stream that holds `EVIL`. One field of `Manner` for each fault.
"""

from __future__ import annotations

import socket
import socketserver
import struct
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

EVIL = b"EVIL MALWARE FOR TESTS"


@dataclass(slots=True, kw_only=True)
class Manner:
    says: bytes | None = None  # this, whatever was sent
    silent: bool = False  # takes everything, never answers
    deaf: bool = False  # takes the connection, reads nothing
    hangs_up: bool = False  # closes before it answers
    longest: int = 25 * 1024 * 1024  # StreamMaxLength
    halves: bool = field(default=False)  # the reply in two parts


class ClamdStandIn:
    """Serves while the `with` lasts; `where` is its address. `got` holds every stream that ended."""

    def __init__(self, manner: Manner | None = None, *, unix: bool = False) -> None:
        self.manner = manner or Manner()
        self.got: list[bytes] = []
        self.done = threading.Event()
        self._folder = tempfile.TemporaryDirectory(prefix="clamd-")
        server = _Unix if unix else _Tcp
        self._server = server(str(Path(self._folder.name) / "clamd.ctl") if unix else ("127.0.0.1", 0), self._handler())
        address = self._server.server_address
        self.where = str(address) if unix else f"127.0.0.1:{address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> ClamdStandIn:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.done.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._folder.cleanup()

    def _handler(self) -> type[socketserver.BaseRequestHandler]:
        served = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                served._serve(self.request)

        return Handler

    def _serve(self, peer: socket.socket) -> None:
        if self.manner.deaf:
            self.done.wait()
            return
        reader = peer.makefile("rb")
        command = b""
        while not command.endswith(b"\0") and (one := reader.read(1)):
            command += one
        if command != b"zINSTREAM\0":
            peer.sendall(b"UNKNOWN COMMAND\0")
            return
        stream = self._take(reader)
        if stream is None:
            peer.sendall(b"INSTREAM size limit exceeded. ERROR\0")
            return
        self.got.append(stream)
        self._answer(peer, b"stream: Test.Evil-1 FOUND\0" if b"EVIL" in stream else b"stream: OK\0")

    def _take(self, reader: Any) -> bytes | None:
        stream = b""
        while length := struct.unpack("!L", reader.read(4))[0]:
            if len(stream) + length > self.manner.longest:
                return None
            stream += reader.read(length)
        return stream

    def _answer(self, peer: socket.socket, verdict: bytes) -> None:
        if self.manner.silent:
            self.done.wait()
        elif not self.manner.hangs_up:
            said = verdict if self.manner.says is None else self.manner.says
            for part in (said[:5], said[5:]) if self.manner.halves else (said,):
                peer.sendall(part)


class _Tcp(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False


class _Unix(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    block_on_close = False
