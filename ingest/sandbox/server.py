"""The fork server: loads, then forks one confined child for each request and passes its answer on.

It never looks into a file or an answer. It is single-threaded, and refuses to fork if something it loaded is not:
a fork of a threaded process can hang on a lock that nobody will open.
"""

from __future__ import annotations

import gc
import json
import os
import select
import shutil
import signal
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import NoReturn

from ingest.errors import FileProblem
from ingest.sandbox import confine, verbs, wire

_FROM_OUTSIDE = {signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT}
Answer = tuple[dict[str, object], bytes]


def main(descriptor: int, preload: str) -> None:
    """Serve until the other side hangs up."""
    peer = socket.socket(fileno=descriptor)
    os.set_inheritable(descriptor, False)
    verbs.preload(preload)
    confine.libraries()
    tasks = Path("/proc/self/task")
    if tasks.exists() and len(list(tasks.iterdir())) != 1:
        sys.exit("A library started a thread while it was loaded: not safe to fork.")
    confine.adopt_orphans()
    gc.collect()
    gc.freeze()  # children share these pages; a collection would copy them
    try:
        wire.send(peer, {"ready": True})
        while True:
            head, data = wire.receive(peer)
            answer, payload = _run(wire.Request.decode(head), data, peer)
            del data
            wire.send(peer, answer, payload)
    except (EOFError, OSError):
        return


def _run(request: wire.Request, data: bytes, peer: socket.socket) -> Answer:
    scratch = tempfile.mkdtemp(prefix="ringfence-")
    reading, writing = os.pipe()
    try:
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            peer.close()
            _child(request, data, writing, scratch)
        os.close(writing)
        return _collect(pid, reading, request.bounds, peer)
    finally:
        os.close(reading)
        shutil.rmtree(scratch, ignore_errors=True)


def _child(request: wire.Request, data: bytes, writing: int, scratch: str) -> NoReturn:
    """Everything that touches the file happens here. The first line written is the verdict, then the bytes."""
    verdict, payload = {"outcome": "quarantined", "reason": "CRASHED"}, b""
    try:
        confine.confine(request.bounds, scratch, program=verbs.program_of(request.verb, request.arguments))
        payload = verbs.VERBS[request.verb](data, request.arguments)
        verdict = {"outcome": "ok", "reason": ""}
    except FileProblem as problem:
        verdict = {"outcome": problem.outcome, "reason": problem.reason}
    except MemoryError:
        verdict = {"outcome": "quarantined", "reason": "MEMORY"}
    except confine.NotConfined:
        verdict = {"outcome": "failed", "reason": "NOT_CONFINED"}
    except BaseException:  # noqa: BLE001 - the last frame of a throw-away process: whatever it was, the file did it
        verdict = {"outcome": "quarantined", "reason": "DAMAGED"}
    try:
        with os.fdopen(writing, "wb") as stream:
            stream.write(json.dumps(verdict).encode() + b"\n")
            stream.write(payload)
    finally:
        os._exit(0)


def _collect(pid: int, reading: int, bounds: wire.Bounds, peer: socket.socket) -> Answer:
    """Read until the child is done, over its time, says too much, or nobody is left to hear it."""
    received, size, reason = [], 0, ""
    deadline = time.monotonic() + bounds.seconds
    poll = select.poll()
    poll.register(reading, select.POLLIN | select.POLLHUP)
    poll.register(peer.fileno(), select.POLLHUP | select.POLLERR)
    while not reason:
        events = dict(poll.poll(max(0.0, deadline - time.monotonic()) * 1000))
        if peer.fileno() in events:
            reason = "INTERRUPTED"
        elif not events:
            reason = "TIMEOUT"
        elif piece := os.read(reading, 1 << 20):
            received.append(piece)
            size += len(piece)
            reason = "TOO_LARGE" if size > bounds.result else ""
        else:
            break
    if reason:
        _end(pid)
    _, status = os.waitpid(pid, 0)
    confine.end_children()
    if reason:
        return {"outcome": "failed" if reason == "INTERRUPTED" else "quarantined", "reason": reason}, b""
    return _judge(status, b"".join(received))


def _judge(status: int, received: bytes) -> Answer:
    if os.WIFSIGNALED(status):
        ended_by = os.WTERMSIG(status)
        if ended_by in _FROM_OUTSIDE:  # its memory is limited, so it was not the file that drew the killer
            return {"outcome": "failed", "reason": "INTERRUPTED"}, b""
        return {"outcome": "quarantined", "reason": "TIMEOUT" if ended_by == signal.SIGXCPU else "CRASHED"}, b""
    head, _, payload = received.partition(b"\n")
    try:
        verdict = json.loads(head)
        return {"outcome": str(verdict["outcome"]), "reason": str(verdict["reason"])}, payload
    except (ValueError, KeyError, TypeError):
        return {"outcome": "quarantined", "reason": "CRASHED"}, b""


def _end(pid: int) -> None:
    """Kill the child and whatever it started; it leads a group of its own once it is confined."""
    for kill in (os.killpg, os.kill):
        try:
            kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
