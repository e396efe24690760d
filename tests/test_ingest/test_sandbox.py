"""A file is read where it can reach nothing, costs no more than its limits, and cannot end the worker."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas

from ingest.errors import Failed, FileProblem, Quarantined
from ingest.readers.base import Block, BlockKind, Flag, Member, Metadata, RawText
from ingest.sandbox import DEFAULT_LIMITS, MEGABYTE, Sandbox, wire

linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own limits are Linux's")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


def slow_file() -> bytes:
    """Takes seconds to read, and breaks nothing."""
    return b"<html><body>" + b"<div><p>word</p>" * 150_000


def test_reads_like_the_reader_itself(sandbox: Sandbox) -> None:
    from ingest.readers import read

    data = b"Title\n=====\n\nA first paragraph.\x0cAnd a second page."
    assert sandbox.read(data, "x.txt") == read(data, "x.txt")


def test_reasons_come_through(sandbox: Sandbox) -> None:
    for data, reason in ((b"", "EMPTY"), (b"%PDF-1.4", "DAMAGED"), (b"Rar!\x1a\x07\0\0", "UNSUPPORTED")):
        with pytest.raises(Quarantined, match=f"^{reason}$"):
            sandbox.read(data, "x")


def test_a_file_that_takes_too_long_is_ended(sandbox: Sandbox) -> None:
    began = time.monotonic()
    with pytest.raises(Quarantined, match=r"^TIMEOUT$"):
        sandbox.read(slow_file(), "x.html", limits=replace(DEFAULT_LIMITS, seconds=0.3))
    assert time.monotonic() - began < 20
    assert sandbox.read(b"still here", "x.txt").blocks


@linux
def test_a_file_that_wants_too_much_memory_is_ended(sandbox: Sandbox) -> None:
    with pytest.raises(Quarantined, match=r"^(MEMORY|CRASHED|DAMAGED)$"):
        sandbox.read(slow_file(), "x.html", limits=replace(DEFAULT_LIMITS, memory=8 * MEGABYTE))
    assert sandbox.read(b"still here", "x.txt").blocks


def test_too_large_a_file_or_a_result_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(Quarantined, match=r"^TOO_LARGE$"):
        sandbox.read(b"x" * 101, "x.txt", limits=replace(DEFAULT_LIMITS, bytes=100))
    with pytest.raises(Quarantined, match=r"^TOO_LARGE$"):
        sandbox.read(b"word " * 9000, "x.txt", limits=replace(DEFAULT_LIMITS, result=1000))


def _child_of(pid: int) -> int:
    """The process that reads for this fork server."""
    listing = Path(f"/proc/{pid}/task/{pid}/children")
    for _ in range(2000):
        if found := listing.read_text().split():
            return int(found[0])
        time.sleep(0.005)
    raise AssertionError("no child was started")


@linux
@pytest.mark.parametrize("victim", ["child", "server"])
def test_an_end_from_outside_is_no_attempt(victim: str) -> None:
    with Sandbox() as own:
        own.read(b"warm", "x.txt")
        server = own._readers._process
        assert server is not None

        def strike() -> None:
            child = _child_of(server.pid)
            os.kill(child if victim == "child" else server.pid, signal.SIGKILL)

        striker = threading.Thread(target=strike)
        striker.start()
        with pytest.raises(Failed, match=r"^INTERRUPTED$"):
            own.read(slow_file(), "x.html")
        striker.join()
        assert own.read(b"on it goes", "x.txt").blocks


@linux
def test_closing_ends_the_server_and_a_child_that_still_reads() -> None:
    own = Sandbox()
    own.read(b"warm", "x.txt")
    server = own._readers._process
    assert server is not None
    scratch = own._readers._scratch
    assert scratch is not None
    reading = threading.Thread(target=_swallow, args=(own,))
    reading.start()
    child = _child_of(server.pid)
    server.kill()
    reading.join(20)
    for _ in range(400):
        if not Path(f"/proc/{child}").exists() or "State:\tZ" in Path(f"/proc/{child}/status").read_text():
            break
        time.sleep(0.01)
    else:
        raise AssertionError("the child outlived its server")
    own.close()
    assert not Path(scratch.name).exists()


def _swallow(own: Sandbox) -> None:
    try:
        own.read(slow_file(), "x.html")
    except FileProblem:
        return


CONFINED = """
import ctypes, json, os, socket, sys, tempfile
from ingest.sandbox import confine, wire
libc = ctypes.CDLL(None, use_errno=True)
scratch, out = tempfile.mkdtemp(), os.dup(1)
confine.confine(wire.Bounds(seconds=20, memory=1 << 28, result=1, scratch=4096, files=32), scratch)
def refused(attempt):
    try:
        attempt()
    except (OSError, MemoryError):
        return True
    return False
def native_socket():
    if libc.socket(2, 1, 0) < 0:
        raise OSError
def native(number, *arguments):
    if libc.syscall(number, *arguments) < 0:
        raise OSError
parent, there = os.getppid(), sys.argv[1].encode()
def another_process():
    native(56, 17, 0, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)
def native_exec():
    if libc.execv(b"/bin/true", (ctypes.c_char_p * 2)(b"true", None)) < 0:
        raise OSError
found = {
    "python socket": refused(lambda: socket.socket()),
    "native socket": refused(native_socket),
    "native exec": refused(native_exec),
    "subprocess": refused(lambda: __import__("subprocess").run(["true"])),
    "read a file": refused(lambda: open(sys.argv[1]).read()),
    "write beside": refused(lambda: open(sys.argv[1] + ".new", "w")),
    "memory": refused(lambda: bytearray(1 << 29)),
    "kill": refused(lambda: os.kill(os.getppid(), 0)),
}
if os.uname().machine == "x86_64":
    found |= {
        "another's signal": refused(lambda: native(234, parent, parent, 0)),
        "another's limits": refused(lambda: native(302, parent, 7, None, ctypes.create_string_buffer(16))),
        "a signal by descriptor": refused(lambda: native(72, 1, 8, parent)),
        "another process": refused(another_process),
        "empty a file": refused(lambda: native(76, there, ctypes.c_long(0))),
        "open a file to all": refused(lambda: native(90, there, 0o777)),
        "give a file away": refused(lambda: native(92, there, 1, 1)),
        "date a file": refused(lambda: native(132, there, None)),
        "mark a file": refused(lambda: native(188, there, b"user.x", b"1", ctypes.c_size_t(1), 0)),
        "memory that stays": refused(lambda: native(29, 0, ctypes.c_size_t(4096), 0o1600)),
        "rights of root": refused(lambda: native(161, b"/")),
    }
import threading
heard = []
thread = threading.Thread(target=heard.append, args=[1])
thread.start(), thread.join()
found["a thread"] = bool(heard)
with open(scratch + "/allowed", "w") as stream:
    stream.write("scratch")
os.write(out, json.dumps(found).encode())
"""


@linux
def test_a_confined_process_reaches_nothing(tmp_path: Path) -> None:
    """Neither by Python nor by a system call: no network, no other program, no file of the machine."""
    secret = tmp_path / "key"
    secret.write_text("secret")
    secret.chmod(0o600)
    ran = subprocess.run([sys.executable, "-c", CONFINED, str(secret)], capture_output=True, text=True, timeout=60)
    assert ran.stdout, ran.stderr
    assert [name for name, refused in json.loads(ran.stdout).items() if not refused] == []
    assert secret.read_text() == "secret"
    assert secret.stat().st_mode & 0o777 == 0o600


def test_the_server_gets_none_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROVIDER_API_KEY", "very-secret")
    with Sandbox() as own:
        own.read(b"warm", "x.txt")
        assert own._readers._process is not None
        environment = Path(f"/proc/{own._readers._process.pid}/environ")
        if environment.exists():
            assert b"very-secret" not in environment.read_bytes()


def test_a_page_is_drawn_and_nothing_else_is(sandbox: Sandbox) -> None:
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    canvas.drawString(72, 700, "word")
    canvas.save()
    assert sandbox.page_image(buffer.getvalue(), 1, 0.3).startswith(b"\x89PNG")
    with pytest.raises(Quarantined, match="NO_PAGE"):
        sandbox.page_image(buffer.getvalue(), 2)
    with pytest.raises(Quarantined, match="UNSUPPORTED"):
        sandbox.page_image(b"just text", 1)


def test_threads_may_share_one(sandbox: Sandbox) -> None:
    results: list[str] = []
    threads = [
        threading.Thread(
            target=lambda n=n: results.append(sandbox.read(f"number {n}".encode(), "x.txt").blocks[0].text)
        )
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [f"number {n}" for n in range(8)]


EMPTY = wire.encode_raw(RawText(title="x", media_type="y", blocks=()))
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
blocks = st.builds(
    Block, text=texts, page=st.integers(1, 9), heading=st.tuples(texts), kind=st.sampled_from(BlockKind), header=texts
)


@given(st.lists(blocks, max_size=5), texts, st.dictionaries(texts, texts, max_size=3))
def test_what_is_read_survives_the_pipe(found: list[Block], title: str, properties: dict[str, str]) -> None:
    raw = RawText(
        title=title,
        media_type="text/plain",
        blocks=tuple(found),
        properties=properties,
        unread_pages=(2,),
        members=(Member(name="a.bin", data=bytes(range(256))), Member(name="b", problem="LINK"), Member(name="c")),
        flags=(Flag.MACROS, Flag.HIDDEN_TEXT),
        metadata=Metadata(author="Ada", period="FY2024"),
    )
    assert wire.decode_raw(wire.encode_raw(raw)) == raw


HOLDING = wire.encode_raw(RawText(title="x", media_type="y", blocks=(), members=(Member(name="a", data=b"12"),)))
FORGED = [
    HOLDING.replace(b'["a", 2, ""]', b'["a", 3, ""]'),
    HOLDING.replace(b'["a", 2, ""]', b'["a", -1, ""]'),
    HOLDING.replace(b'["a", 2, ""]', b'["a", 2, "some words"]'),
    HOLDING.replace(b'"flags": []', b'"flags": ["harmless"]'),
    HOLDING.replace(b'"author": ""', b'"colour": ""'),
]


def test_a_forged_name_of_a_member_is_made_harmless() -> None:
    forged = HOLDING.replace(b'["a", 2, ""]', b'["../../a!/b", 2, ""]')
    assert wire.decode_raw(forged).members == (Member(name="a/b", data=b"12"),)


@pytest.mark.parametrize(
    "forged",
    [
        *FORGED,
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"title": 1}',
        EMPTY.replace(b'"pages": 1', b'"pages": true'),
        b"[" * 100_000,
    ],
)
def test_a_forged_answer_is_not_believed(forged: bytes) -> None:
    with pytest.raises(Quarantined, match="DAMAGED"):
        wire.decode_raw(forged)


def test_a_hostile_document_changes_nothing_for_the_next(sandbox: Sandbox) -> None:
    buffer = io.BytesIO()
    document = docx.Document()
    document.add_paragraph("fine")
    document.save(buffer)
    good = buffer.getvalue()
    for place in range(0, len(good), 2999):
        broken = good[:place] + bytes([good[place] ^ 0xFF]) + good[place + 1 :]
        try:
            sandbox.read(broken, "x.docx")
        except Quarantined:
            continue
    assert sandbox.read(good, "x.docx").blocks[0].text == "fine"
