"""The worker's end: one fork server, started when it is needed, started again when it has died."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from ingest.errors import Failed
from ingest.sandbox import wire
from policies.errors import UnavailableError

START_SECONDS = 60.0
GRACE_SECONDS = 15.0
STOP_SECONDS = 2.0
# Nothing else reaches the process that handles hostile bytes: no keys, no proxies, no home.
ENVIRONMENT = {"LANG": "C.UTF-8", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
ENVIRONMENT |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}  # a model is where it is, or it is not


class Parent:
    """A fork server with one set of libraries loaded: `readers`, `recogniser` or `listener:` and its model."""

    def __init__(self, preload: str, *, start_seconds: float = START_SECONDS) -> None:
        self._preload, self._start_seconds = preload, start_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._peer: socket.socket | None = None
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._owner = 0
        self._ready = False

    def start(self) -> None:
        """Start the interpreter; does not wait for it. A copy of us made by a fork starts its own."""
        if self._process is not None and self._owner == os.getpid() and self._process.poll() is None:
            return
        self._forget()
        self._scratch = tempfile.TemporaryDirectory(prefix="ringfence-", ignore_cleanup_errors=True)
        folders = {"PYTHONPATH": str(Path(__file__).parents[2]), "TMPDIR": self._scratch.name}
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "ingest.sandbox", str(theirs.fileno()), self._preload],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={**ENVIRONMENT, **folders},
                start_new_session=True,  # an interrupt typed at the terminal is ours to handle
            )
        self._peer, self._owner, self._ready = ours, os.getpid(), False

    def stop(self) -> None:
        """End it, and with it whatever it is running: it does so itself when we hang up."""
        if self._process is not None and self._owner == os.getpid():
            if self._peer is not None:
                with contextlib.suppress(OSError):  # it has gone by itself
                    self._peer.shutdown(socket.SHUT_RDWR)
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._forget()

    def ask(self, request: wire.Request, data: bytes) -> tuple[str, str, bytes]:
        """Outcome, reason and bytes. Raises Failed("INTERRUPTED") when the server dies under the request."""
        self.start()
        self._wait_until_ready()
        peer = self._peer
        assert peer is not None
        try:
            peer.settimeout(request.bounds.seconds + GRACE_SECONDS)
            wire.send(peer, request.encode(), data)
            head, payload = wire.receive(peer)
        except TimeoutError:
            self.stop()
            return "quarantined", "TIMEOUT", b""
        except (EOFError, OSError) as error:
            self.stop()
            raise Failed("INTERRUPTED") from error
        except BaseException:
            self.stop()  # we were interrupted between two frames: the next request needs a fresh line
            raise
        return str(head["outcome"]), str(head["reason"]), payload

    def _wait_until_ready(self) -> None:
        if self._ready:
            return
        assert self._peer is not None
        try:
            self._peer.settimeout(self._start_seconds)
            wire.receive(self._peer)
        except (EOFError, OSError) as error:
            self.stop()
            raise UnavailableError(
                "The process that reads files does not start.", cure="Run `ringfence doctor`, or install again."
            ) from error
        self._ready = True

    def _forget(self) -> None:
        if self._peer is not None:
            self._peer.close()
        if self._scratch is not None and self._owner == os.getpid():
            self._scratch.cleanup()
        self._process, self._peer, self._scratch, self._ready = None, None, None, False
