"""Files from before 2007 are turned into today's kind by another program, which runs where it can reach nothing.

The program here is a stand-in of a few lines that behaves as the real one is called; the confinement is the real one.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import docx
import pytest
from compound_files import box

from ingest.errors import FileProblem, Quarantined
from ingest.sandbox import DEFAULT_LIMITS, Sandbox

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a converter is confined on Linux alone")


@pytest.fixture
def tried(tmp_path: Path) -> Iterator[Callable[[str], Sandbox]]:
    """A sandbox with a converter that runs the script."""
    running: list[Sandbox] = []
    program = tmp_path / "office" / "soffice"
    program.parent.mkdir()

    def make(script: str) -> Sandbox:
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        running.append(Sandbox(converter=str(program)))
        return running[-1]

    yield make
    for sandbox in running:
        sandbox.close()


def a_document() -> bytes:
    buffer = io.BytesIO()
    document = docx.Document()
    document.add_paragraph("The fee is five euros.")
    document.save(buffer)
    return buffer.getvalue()


WORD = box(("WordDocument", b"\xec\xa5" + bytes(10)))
SLIDES = box(("PowerPoint Document", bytes(20)))


@pytest.mark.parametrize("data", [WORD, SLIDES])
def test_where_no_converter_is_installed_they_are_set_aside(data: bytes) -> None:
    with Sandbox(converter="") as sandbox, pytest.raises(Quarantined, match=r"^UNSUPPORTED$"):
        sandbox.read(data, "x.doc")


def test_a_locked_one_is_never_handed_on() -> None:
    locked = box(("WordDocument", b"\xec\xa5" + bytes(8) + b"\0\x01"))
    with Sandbox(converter="/nowhere") as sandbox, pytest.raises(Quarantined, match=r"^ENCRYPTED$"):
        sandbox.read(locked, "x.doc")
    managed = box(("WordDocument", bytes(12)), ("\tDRMContent", b"x"))
    with Sandbox(converter="/nowhere") as sandbox, pytest.raises(Quarantined, match=r"^PROTECTED$"):
        sandbox.read(managed, "x.doc")


def test_what_the_converter_makes_is_read(tried: Callable[[str], Sandbox], tmp_path: Path) -> None:
    """It is called with a profile of its own that lets no macro run, and the file in its folder."""
    import base64

    made = base64.b64encode(a_document()).decode()
    sandbox = tried(
        "grep -q DisableMacrosExecution profile/user/registrymodifications.xcu || exit 1\n"
        "test -s given || exit 1\nmkdir made\n"
        f"echo {made} | base64 -d > made/given.docx"
    )
    assert sandbox.read(WORD, "old.doc").blocks[0].text == "The fee is five euros."


def test_a_converter_that_makes_nothing_or_something_else_means_damaged(tried: Callable[[str], Sandbox]) -> None:
    with pytest.raises(Quarantined, match=r"^DAMAGED$"):
        tried("exit 1").read(WORD, "old.doc")
    with pytest.raises(Quarantined, match=r"^DAMAGED$"):
        tried("mkdir made; cp given made/given.docx").read(WORD, "old.doc")


def test_a_converter_that_hangs_is_ended_with_all_that_it_started(tried: Callable[[str], Sandbox]) -> None:
    sandbox = tried("sleep 300 & sleep 300")
    with pytest.raises(Quarantined, match=r"^TIMEOUT$"):
        sandbox.read(WORD, "old.doc", limits=replace(DEFAULT_LIMITS, seconds=1.0))
    assert sandbox.read(b"still here", "x.txt").blocks


@pytest.mark.parametrize(
    ("how", "last", "seconds"), [("done", "exit 1", 20), ("late", "wait", 1), ("shut", "wait", 20)]
)
def test_nothing_that_the_converter_started_outlives_the_file(
    tried: Callable[[str], Sandbox], how: str, last: str, seconds: float
) -> None:
    """Not what it sent away either, into a session of its own."""
    word = f"{os.getpid()}.{seconds}{len(last)}"
    sandbox = tried(f"setsid sleep {word} & setsid sleep {word} & sleep .3; {last}")
    reading = threading.Thread(target=_swallow, args=(sandbox, seconds))
    reading.start()
    if how == "shut":
        assert _soon(lambda: _running(word))
        sandbox._readers.stop()
    reading.join(30)
    assert _soon(lambda: not _running(word))


def _soon(what: Callable[[], object]) -> bool:
    return any(what() or time.sleep(0.02) for _ in range(500))


def _swallow(sandbox: Sandbox, seconds: float) -> None:
    with contextlib.suppress(FileProblem, OSError):
        sandbox.read(WORD, "old.doc", limits=replace(DEFAULT_LIMITS, seconds=seconds))


def _running(word: str) -> list[str]:
    """The processes that were started with this word."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if f"\0{word}\0".encode() in process.read_bytes():
                found.append(process.parent.name)
    return found


CONFINED = """
import json, os, socket, subprocess, sys, tempfile
from ingest.sandbox import confine, wire
scratch, out = tempfile.mkdtemp(), os.dup(1)
bounds = wire.Bounds(seconds=20, memory=1 << 28, result=1, scratch=1 << 20, files=64)
confine.confine(bounds, scratch, program=sys.executable)
def could(attempt):
    try:
        attempt()
    except (OSError, subprocess.SubprocessError):
        return False
    return True
found = {
    "network": could(lambda: socket.socket()),
    "datagrams": could(lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)),
    "connect": could(lambda: socket.socket(socket.AF_UNIX).connect(sys.argv[2])),
    "connect by a hidden name": could(lambda: socket.socket(socket.AF_UNIX).connect(chr(0) + "x")),
    "read": could(lambda: open(sys.argv[1]).read()),
    "read people": could(lambda: open("/etc/passwd").read()),
    "write": could(lambda: open(sys.argv[1] + ".new", "w")),
    "kill": could(lambda: os.kill(os.getppid(), 0)),
    "start what is no program": could(lambda: os.execv(sys.argv[1], ["x"])),
}
needed = {
    "program": could(lambda: subprocess.run(["/bin/sh", "-c", "exit 0"], check=True)),
    "local": could(lambda: socket.socket(socket.AF_UNIX).bind("pipe")),
    "scratch": could(lambda: open("allowed", "w").write("x")),
}
os.write(out, json.dumps([found, needed]).encode())
"""


def test_a_converter_has_its_program_and_its_scratch_and_reaches_nothing_else(tmp_path: Path) -> None:
    secret, listening = tmp_path / "key", tmp_path / "socket"
    secret.write_text("#!/bin/sh\nexit 0\n")
    secret.chmod(0o755)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(listening))
        server.listen()
        command = [sys.executable, "-c", CONFINED, str(secret), str(listening)]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ran.stdout, ran.stderr
    found, needed = json.loads(ran.stdout)
    assert [name for name, could in found.items() if could] == []
    assert [name for name, could in needed.items() if not could] == []
