"""One index, several real processes: who owns it, who asks, and what happens when the owner goes or dies."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from ingest.errors import IndexUnavailable
from ingest.index.base import Mode, Query, RightsFilter
from ingest.index.channel import Listener, NoOwner, OwnerLock, ask
from ingest.index.edge import EdgeIndex
from ingest.index.owner import SOCKET, SharedIndex
from ingest.index.sparse import Bm25
from ingest.index.wire import pack_query, unpack_query
from ingest.projector import share
from policies.labels import Category, Level

BM25 = Bm25()

# A catalogue for these tests: a file with one JSON line a change, which every process reads for itself.
FEED = """
import json
import uuid
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ingest.about import SILENT, Said
from policies.labels import Category, Level


@dataclass(frozen=True, kw_only=True)
class Row:
    id: str
    text: str
    document: str = "d"
    language: str = "en"
    vector: object = None
    groups: frozenset = frozenset({"everyone"})
    level: Level = Level.INTERNAL
    categories: frozenset = frozenset()
    said: Said = SILENT


@dataclass(frozen=True, kw_only=True)
class Change:
    seq: int
    upserts: list
    deletes: list


class FileFeed:
    def __init__(self, path):
        self.path = Path(path)

    def _lines(self):
        return [json.loads(line) for line in self.path.read_text().splitlines()] if self.path.exists() else []

    def add(self, text, count=1):
        lines = self._lines()
        with self.path.open("a") as file:
            file.write(json.dumps([len(lines) + 1, text, count]) + "\\n")

    def changes(self, after, limit):
        found, size = [], 0
        for seq, text, count in self._lines():
            if seq > after and size < limit:
                ids = (str(uuid.UUID(int=seq * 1_000_000 + n)) for n in range(count))
                rows = [Row(id=id, text=text, vector=np.array([1, 0, 0, 0], np.float32)) for id in ids]
                found.append(Change(seq=seq, deletes=[], upserts=rows))
                size += count
        return found

    def latest(self):
        return len(self._lines())

    def chunk_ids(self):
        return frozenset()
"""

# A process of its own that owns the index until it is told otherwise: says "owner", then one line for each it is sent.
HOLDER = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from feed import FileFeed
from ingest.index.edge import EdgeIndex
from ingest.index.sparse import Bm25
from ingest.projector import share
home = Path(sys.argv[2])
shared = share(home, FileFeed(home / "feed.jsonl"),
    lambda: EdgeIndex(home / "index", embedding_digest="d", dimension=4), bm25=Bm25())
shared.own()
shared.settle()
print("owner" if shared.owner else "client", flush=True)
for line in sys.stdin:
    match line.strip():
        case "count": print(shared.count(), flush=True)
        case "owner": print(shared.owner, flush=True)
        case "close": shared.close(); print("closed", flush=True)
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """With a path far longer than a socket's may be."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "feed.py").write_text(FEED)
    path = tmp_path / ("long-" * 20) / ("name-" * 20)
    path.mkdir(parents=True)
    assert len(str(path / "run" / SOCKET)) > 200
    return path


@pytest.fixture
def feed(home: Path, tmp_path: Path) -> object:
    found = spec_from_file_location("feed_of_owner_test", tmp_path / "code" / "feed.py")
    assert found is not None
    assert found.loader is not None
    module = sys.modules[found.name] = module_from_spec(found)
    found.loader.exec_module(module)
    return module.FileFeed(home / "feed.jsonl")


@pytest.fixture
def holder(home: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    process = start_holder(home, tmp_path)
    yield process
    process.kill()
    process.communicate()


def start_holder(home: Path, tmp_path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "code"), str(home)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "owner\n"
    return process


def tell(process: subprocess.Popen[str], word: str) -> str:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(word + "\n")
    process.stdin.flush()
    return process.stdout.readline().strip()


def shared_index(home: Path, feed: object, *, prefer_owner: bool = False) -> SharedIndex:
    return share(
        home,
        feed,  # type: ignore[arg-type]
        lambda: EdgeIndex(home / "index", embedding_digest="d", dimension=4),
        bm25=BM25,
        discard=lambda: EdgeIndex.discard(home / "index"),
        prefer_owner=prefer_owner,
    )


def query(text: str, limit: int = 10) -> Query:
    rights = RightsFilter(groups=frozenset({"everyone"}))
    return Query(dense=(1.0, 0.0, 0.0, 0.0), sparse=BM25.query(text), rights=rights, limit=limit, mode=Mode.BM25)


def test_a_query_goes_to_the_owner_over_the_socket(home: Path, feed, holder) -> None:
    feed.add("zebra")
    mine = shared_index(home, feed)
    mine.settle()
    assert len(mine.query(query("zebra"))) == 1
    assert not mine.owner
    assert tell(holder, "owner") == "True"
    mine.close()


def test_what_is_committed_is_searchable_within_two_seconds(home: Path, feed, holder) -> None:
    """Poked or not, and over the socket."""
    mine = shared_index(home, feed)
    for n in range(6):
        feed.add(f"word{n}")
        if n % 2:
            mine.poke()
        end = time.monotonic() + 2
        while not mine.query(query(f"word{n}")):
            assert time.monotonic() < end
            time.sleep(0.005)
    mine.close()


def test_a_server_gets_the_index_within_two_seconds_and_the_holder_goes_on_as_client(home: Path, feed, holder) -> None:
    feed.add("zebra", count=20)
    server = shared_index(home, feed, prefer_owner=True)
    start = time.monotonic()
    assert server.own()
    assert time.monotonic() - start < 2
    server.settle()
    assert tell(holder, "count") == "20"  # asked through the socket now
    assert tell(holder, "owner") == "False"
    assert server.owner
    server.close()


def test_the_holder_yields_in_the_middle_of_a_long_fill(home: Path, feed, tmp_path: Path) -> None:
    """Sixty thousand rows wait; the server has the index long before they are all applied, and applies the rest."""
    process = start_holder(home, tmp_path)
    try:
        for _ in range(12):
            feed.add("zebra", count=5000)
        time.sleep(0.3)
        server = shared_index(home, feed, prefer_owner=True)
        start = time.monotonic()
        assert server.own()
        assert time.monotonic() - start < 4  # at the next border: two seconds, and as much again for a busy machine
        server.close()
    finally:
        process.kill()
        process.communicate()


def test_a_query_that_waits_while_the_index_is_yielded_is_answered_by_the_next_owner(home: Path) -> None:
    """It neither fails nor keeps the index from going."""

    def open_index() -> EdgeIndex:
        return EdgeIndex(home / "index" / "edge", embedding_digest="d", dimension=4, bm25=BM25)

    def never_done(_: object, stop) -> int:
        while not stop():
            time.sleep(0.01)
        return 0

    def at_once(index: EdgeIndex, _: object) -> int:
        index.apply([], [], 1)
        return 1

    first = SharedIndex(home, open_index=open_index, fill=never_done, latest=lambda: 1)
    server = SharedIndex(home, open_index=open_index, fill=at_once, latest=lambda: 1, prefer_owner=True)
    answers: list[int] = []
    asking = threading.Thread(target=lambda: answers.append(first.cursor()))
    first.own()
    asking.start()
    time.sleep(0.3)
    assert server.own()
    asking.join(timeout=20)
    assert answers == [1]
    first.close()
    server.close()


def test_a_query_that_waits_for_an_owner_that_ends_is_answered_by_the_next(home: Path) -> None:
    """As after a switch, when the process that made the new index had it for a moment."""

    def open_index() -> EdgeIndex:
        return EdgeIndex(home / "index" / "edge", embedding_digest="d", dimension=4, bm25=BM25)

    waiting = threading.Event()

    def never_done(_: object, stop) -> int:
        waiting.set()
        while not stop():
            time.sleep(0.01)
        return 0

    def at_once(index: EdgeIndex, _: object) -> int:
        index.apply([], [], 1)
        return 1

    first = SharedIndex(home, open_index=open_index, fill=never_done, latest=lambda: 1)
    other = SharedIndex(home, open_index=open_index, fill=at_once, latest=lambda: 1)
    answers: list[int] = []
    asking = threading.Thread(target=lambda: answers.append(other.cursor()))
    first.own()
    assert waiting.wait(20)
    asking.start()
    time.sleep(0.3)
    first.close()
    asking.join(timeout=20)
    assert answers == [1]
    other.close()


def test_an_index_that_another_has_taken_the_place_of_asks_that_one(home: Path) -> None:
    """A search that began before a switch is answered after it; one whose vector is of another model is refused."""
    replaced = False

    def shared(name: str, **more) -> SharedIndex:
        def fill(index: EdgeIndex, _: object) -> int:
            index.apply([], [], len(name))
            return 1

        def open_index() -> EdgeIndex:
            return EdgeIndex(home / "index" / name, embedding_digest="d", dimension=4, bm25=BM25)

        return SharedIndex(home, open_index=open_index, fill=fill, latest=lambda: len(name), **more)

    new = shared("newer")
    old = shared("old", superseded=lambda: replaced, successor=lambda: new)
    alone = shared("old", superseded=lambda: replaced)
    assert (old.cursor(), alone.cursor()) == (3, 3)
    replaced = True
    assert old.cursor() == 5
    with pytest.raises(IndexUnavailable, match="taken the place"):
        alone.cursor()
    for one in (old, alone, new):
        one.close()


def test_a_second_server_does_not_take_the_index_from_the_first(home: Path, feed) -> None:
    first = shared_index(home, feed, prefer_owner=True)
    assert first.own()
    program = HOLDER.replace("bm25=Bm25())", "bm25=Bm25(), prefer_owner=True)")
    second = subprocess.Popen(
        [sys.executable, "-c", program, str(home.parent.parent / "code"), str(home)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert second.stdout is not None
    assert second.stdout.readline() == "client\n"
    assert first.owner
    second.communicate()
    first.close()


def test_when_the_owner_is_killed_the_next_takes_over_and_nothing_is_lost(home: Path, feed, tmp_path: Path) -> None:
    process = start_holder(home, tmp_path)
    mine = shared_index(home, feed)
    feed.add("zebra")
    mine.settle()
    feed.add("giraffe")
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert (home / "run" / SOCKET).exists()  # left behind
    assert len(mine.query(query("zebra giraffe"))) == 2
    assert mine.owner
    mine.close()


def test_killed_again_and_again_the_index_ends_complete(home: Path, feed, tmp_path: Path) -> None:
    total = 0
    for n in range(4):
        process = start_holder(home, tmp_path)
        feed.add("zebra", count=400 + n)
        total += 400 + n
        time.sleep(0.02 * n)
        process.kill()
        process.communicate()
    mine = shared_index(home, feed)
    mine.settle()
    assert (mine.count(), len(mine.ids())) == (total, total)
    mine.close()


def test_closing_lets_another_process_have_it(home: Path, feed, holder) -> None:
    assert tell(holder, "close") == "closed"
    mine = shared_index(home, feed)
    assert mine.own()
    mine.close()


def test_a_worker_that_outlives_its_killed_parent_does_not_keep_the_lock(home: Path) -> None:
    program = """
import os, signal, sys, time
from pathlib import Path
from ingest.index.channel import OwnerLock
lock = OwnerLock(Path(sys.argv[1]))
assert lock.acquire()
child = os.fork()
if child == 0:
    print(os.getpid(), flush=True)
    time.sleep(120)
time.sleep(120)
"""
    path = home / "index" / "owner.lock"
    parent = subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    lock = OwnerLock(path)
    assert not lock.acquire()
    assert lock.holder() == str(parent.pid)
    parent.kill()
    parent.wait()
    try:
        assert lock.acquire()
        assert not OwnerLock(path).acquire()
    finally:
        os.kill(child, signal.SIGKILL)
        lock.release()


def test_rebuilding_fills_it_again(home: Path, feed, holder) -> None:
    """By the owner, for whoever asks."""
    feed.add("zebra", count=30)
    mine = shared_index(home, feed)
    mine.settle()
    mine.rebuild()
    mine.settle()
    assert len(mine.query(query("zebra", limit=50))) == 30
    mine.close()


def test_an_index_of_other_settings_can_be_rebuilt_but_not_opened(home: Path, feed) -> None:
    EdgeIndex(home / "index", embedding_digest="d", dimension=4, bm25=Bm25(k1=2)).close()
    feed.add("zebra")
    mine = shared_index(home, feed)
    with pytest.raises(IndexUnavailable, match="other settings"):
        mine.query(query("zebra"))
    mine.rebuild()
    mine.settle()
    assert len(mine.query(query("zebra"))) == 1
    mine.close()


def test_an_owner_that_hangs_gives_a_message_in_bounded_time(home: Path, feed, holder) -> None:
    mine = SharedIndex(
        home, open_index=lambda: pytest.fail("opened"), fill=lambda _i, _s: 0, latest=lambda: 0, patience=0.5
    )
    os.kill(holder.pid, signal.SIGSTOP)
    try:
        with pytest.raises(IndexUnavailable, match="does not answer"):
            ask(home / "run", SOCKET, {"do": "count"}, seconds=0.5)
        start = time.monotonic()
        mine.poke()
        assert time.monotonic() - start < 5
    finally:
        os.kill(holder.pid, signal.SIGCONT)
    mine.close()


def test_a_feed_that_fails_is_said_and_tried_again(home: Path, feed) -> None:
    from ingest.errors import CatalogueError

    broken = threading.Event()
    broken.set()

    class Failing:
        def latest(self) -> int:
            if broken.is_set():
                raise CatalogueError("The catalogue cannot be read.", cure="Restore it.")
            return int(feed.latest())

        def __getattr__(self, name: str) -> object:
            return getattr(feed, name)

    feed.add("zebra")
    mine = shared_index(home, Failing())
    with pytest.raises(CatalogueError):
        mine.query(query("zebra"))
    broken.clear()
    end = time.monotonic() + 10
    while True:
        try:
            assert len(mine.query(query("zebra"))) == 1
            break
        except CatalogueError:
            assert time.monotonic() < end
            time.sleep(0.05)
    mine.close()


def test_the_socket_is_for_the_owner_of_the_home_alone(home: Path) -> None:
    listener = Listener(home / "run", SOCKET, lambda message: message)
    mode = (home / "run" / SOCKET).stat().st_mode
    assert mode & 0o777 == 0o600
    assert ask(home / "run", SOCKET, {"do": "x"}, seconds=5) == {"do": "x"}
    listener.close()
    with pytest.raises(NoOwner):
        ask(home / "run", SOCKET, {"do": "x"}, seconds=5)


@pytest.mark.skipif(os.getuid() != 0, reason="needs two people of the operating system: run as root")
def test_another_person_is_not_answered(tmp_path: Path) -> None:
    listener = Listener(tmp_path / "run", SOCKET, lambda message: message)
    ours = [folder for folder in tmp_path.parents if "pytest" in str(folder)]
    for folder in (tmp_path, *ours, tmp_path / "run"):
        folder.chmod(0o755)
    (tmp_path / "run" / SOCKET).chmod(0o666)
    program = """
import os, socket, struct, sys
os.setuid(65534)
s = socket.socket(socket.AF_UNIX); s.settimeout(5); s.connect(sys.argv[1])
body = b'{"do":"count"}'
try: s.sendall(struct.pack("!I", len(body)) + body); print(s.recv(4))
except ConnectionError: print(b"")
"""
    said = subprocess.run(
        [sys.executable, "-S", "-c", program, str(tmp_path / "run" / SOCKET)],
        capture_output=True,
        text=True,
        timeout=30,
    )
    listener.close()
    assert said.stdout == "b''\n"


def test_rubbish_on_the_socket_does_no_harm(home: Path, feed, holder) -> None:
    handle = os.open(home / "run", os.O_RDONLY)
    for rubbish in (b"", b"\xff\xff\xff\xff", b"\x00\x00\x00\x02[]", b"\x00\x00\x00\x0enot json at all"):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(f"/proc/self/fd/{handle}/{SOCKET}")
            connection.sendall(rubbish)
    os.close(handle)
    assert "error" in ask(home / "run", SOCKET, {"do": "something newer"}, seconds=5)
    assert "error" in ask(home / "run", SOCKET, {"do": "query"}, seconds=5)
    assert tell(holder, "count") == "0"


def test_a_query_is_the_same_after_the_wire() -> None:
    for rights in (
        RightsFilter(groups=frozenset()),
        RightsFilter(
            groups=frozenset({"a", "ü"}),
            level=Level.PUBLIC,
            only_categories=frozenset({Category.HEALTH}),
            documents=frozenset(),
        ),
        RightsFilter(groups=frozenset({"a"}), only_categories=frozenset()),
    ):
        sent = Query(dense=(0.5, -1.0), sparse=BM25.query("fee due"), rights=rights, limit=3, mode=Mode.DENSE)
        assert unpack_query(json.loads(json.dumps(pack_query(sent)))) == sent


def test_settling_waits_as_long_as_the_index_comes_nearer_and_no_longer(home: Path, feed) -> None:
    """Filling it takes many times what is waited for one step; after that nothing moves."""
    steps, let_go_on = [0], threading.Event()

    def fill(index: EdgeIndex, stop) -> int:
        while not stop() and steps[0] < 12:
            steps[0] += 1
            time.sleep(0.1)
        if let_go_on.is_set():
            index.apply([], [], 7)
        return 0

    def opened() -> EdgeIndex:
        return EdgeIndex(home / "index", embedding_digest="d", dimension=4)

    mine = SharedIndex(home, open_index=opened, fill=fill, latest=lambda: 7, patience=0.2)
    mine.poke()
    let_go_on.set()
    mine.settle(seconds=0.6)
    assert (mine.cursor(), steps[0]) == (7, 12)
    mine.close()

    stuck = threading.Event()
    mine = SharedIndex(
        home, open_index=opened, fill=lambda _index, _stop: int(stuck.wait(20)), latest=lambda: 8, patience=0.2
    )
    mine.poke()
    with pytest.raises(IndexUnavailable, match="7 of 8 changes"):
        mine.settle(seconds=0.3)
    stuck.set()
    mine.close()
