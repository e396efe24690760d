"""Processes that work on a real home and die in the middle: real SQLite, real Qdrant Edge, real sandbox, real locks.
Only the embedder is small.

A child is forked from a server that has the libraries loaded and no thread, so that it dies over its work and not over
its imports.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

from fault_disk import DISK
from fault_model import Files, check_index, check_ledger, check_marks
from fault_steps import Steps
from ingest_parts import STAFF, HashEmbedder, read_plainly

from ingest.config import IngestSettings
from ingest.index.base import Point, Query, RightsFilter, SparseVector
from ingest.index.sparse import Bm25
from ingest.jobs.discover import LOCAL
from ingest.pipeline import Asked, read_and_label
from ingest.wiring import Ingest, open_ingest
from policies.audit.ledger import Ledger
from policies.config import Home
from policies.errors import RingfenceError
from policies.keys import Keys
from policies.labels import Category, Level
from policies.vocabulary import Person, SourceRef

SERVER = multiprocessing.get_context("forkserver")
READER = Person(id="reader", name="Reader", groups=frozenset({"staff"}))
STRANGER = Person(id="stranger", name="Stranger", groups=frozenset({"nobody-else"}))
STOPPED = 3  # the exit code of a job that ends with a cure


def load() -> None:
    """What a job needs, once: called in the server, so that its children have it."""
    import snowballstemmer  # noqa: F401

    raw = read_plainly(b"One sentence of a long text that has to be cut. " * 200, "a.txt")
    from ingest.catalogue.rows import Stat
    from ingest.jobs import run  # noqa: F401

    stat = Stat(size=1, mtime=1, checked=1, version="0" * 64, pipeline="p")
    ref = SourceRef(source=LOCAL, path="/a.txt")
    read_and_label(ref, b"", stat, asked=STAFF, read=lambda *_: raw, count_tokens=HashEmbedder().count_tokens)
    Bm25().document("loaded once", "en")


class QuickEmbedder(HashEmbedder):
    """Obeys the embedder's interface; its vectors depend on the text alone."""

    def embed_query(self, text: str) -> list[float]:
        return self.vector(text)


class PlainSandboxes:
    """For rounds that are not about reading: what the real one makes of these texts, without starting it."""

    read = staticmethod(read_plainly)

    def close(self) -> None:
        pass


@contextmanager
def opened(home: Home, *, plain: bool = True, workers: int = 1) -> Iterator[Ingest]:
    """The room as the command line opens it: a record, what died closed, then the work."""
    with Ledger(home, Keys.create(home)) as ledger:
        room = open_ingest(home, ledger, IngestSettings(workers=workers, batch_chunks=6))
        room.__dict__["embedder"] = QuickEmbedder()
        if plain:
            room.__dict__["sandboxes"] = PlainSandboxes()
        try:
            ledger.recover(room.resolve)
            yield room
        finally:
            room.close()


def take_in(
    home: Home,
    docs: Path,
    asked: Asked,
    said: Path,
    plain: bool,
    at: int | str | None = None,
    trail: Path | None = None,
) -> None:
    """What `ringfence ingest` does, in a process of its own. `said`: counts, or the error with its cure."""
    if trail is not None:
        Steps(home, at, trail)
    try:
        with opened(home, plain=plain, workers=2) as room:
            report = room.run_job([docs], asked)
            said.write_text(json.dumps(report.counts))
            if room.catalogue.latest():
                room.index.settle()
    except RingfenceError as error:
        said.write_text(str(error))
        sys.exit(error.exit_code)


def take_in_little_space(home: Home, docs: Path, asked: Asked, said: Path, largest: int) -> None:
    """`take_in`, where the system itself refuses to let any file grow beyond that size, as on a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    take_in(home, docs, asked, said, plain=True)


def take_in_at_once(home: Home, docs: Path, asked: Asked, said: Path, jobs: int) -> None:
    """Several jobs over the same files, in threads that start together; what each says became of them."""
    with opened(home) as room, ThreadPoolExecutor(jobs) as pool:
        together = threading.Barrier(jobs)

        def one(_: int) -> dict[str, int]:
            together.wait(60)
            counts: dict[str, int] = room.run_job([docs], asked).counts
            return counts

        said.write_text(json.dumps(list(pool.map(one, range(jobs)))))
        room.index.settle()


def ask_on(home: Home, files: Files, said: Path, seconds: float) -> None:
    """Search until killed: whatever is shown is live, somebody's to read, and a text that its file has had."""
    end = time.monotonic() + seconds
    ever = [" ".join(text.split()) for texts in files.allowed.values() for text in texts if text]
    try:
        room = open_ingest(home, None, IngestSettings(), server=bool(files.chance.getrandbits(1)))
        room.__dict__["embedder"] = QuickEmbedder()
        asked = 0
        while time.monotonic() < end:
            words = files.chance.choice(ever)
            for person, may in ((READER, True), (STRANGER, False)):
                hits = room.index.query(_query(words, person))
                shown = room.catalogue.hydrate([hit.id for hit in hits], person)
                assert may or not shown
                assert all(any(" ".join(chunk.text.split()) in text for text in ever) for chunk, _ in shown)
            asked += 1
        room.close()
        said.write_text(str(asked))
    except RingfenceError as error:  # being filled, or its owner was killed under the question: an answer as well
        said.write_text(str(error))


def _query(words: str, person: Person) -> Query:
    return Query(
        dense=tuple(QuickEmbedder.vector(words)),
        sparse=Bm25().query(words, "en"),
        rights=RightsFilter(groups=person.reads_as),
        limit=20,
    )


def look(home: Home, files: Files, asked: Asked, levels: frozenset[int]) -> None:
    """Everything that must hold after a run that came to its end. Nothing else may be running."""
    room = open_ingest(home, None, IngestSettings())
    try:
        files.check_settled(room.catalogue, groups=asked.groups, levels=levels)
        index = home.path / "index" / "edge"
        check_index(room.catalogue, index_points(index / "shard"))
        assert (index / "manifest.json").exists() or not room.catalogue.latest()
        check_marks(room.catalogue, room.copies)
        assert [row for row in room.library.jobs(10**6) if row.state == "running"] == []
        with Ledger(home, Keys.load(home)) as ledger:
            bodies = list(ledger.bodies())
        check_ledger(home, room.catalogue, bodies)
    finally:
        room.close()


def index_points(shard: Path) -> dict[str, Point]:
    """What lies in the index, read by the engine itself."""
    import qdrant_edge

    if not (shard / "edge_config.json").exists():
        return {}
    opened_shard = qdrant_edge.EdgeShard.load(str(shard))
    try:
        request = qdrant_edge.ScrollRequest(limit=100_000, with_payload=True, with_vector=True)
        records, _ = opened_shard.scroll(request)
        return {str(record.id): _point(record) for record in records}
    finally:
        opened_shard.close()


def _point(record: Any) -> Point:
    sparse = record.vector["bm25"]
    return Point(
        id=str(record.id),
        document=record.payload["document"],
        dense=tuple(record.vector["dense"]),
        sparse=SparseVector(indices=tuple(sparse.indices), values=tuple(sparse.values)),
        groups=frozenset(record.payload["groups"]),
        level=Level(record.payload["level"]),
        categories=frozenset(map(Category, record.payload["categories"])),
    )


class Child:
    """A process that does `work`; its own traceback tells what went wrong in it."""

    def __init__(self, error: Path, work: Callable[..., None], *args: Any) -> None:
        self._error = error
        self._error.unlink(missing_ok=True)
        self.process = SERVER.Process(target=_guarded, args=(self._error, work, *args))
        self.process.start()

    def kill(self) -> bool:
        """Whether it was still alive."""
        self.process.kill()
        self.process.join(60)
        return self.process.exitcode == -signal.SIGKILL

    def end(self, seconds: float = 120.0) -> int:
        """Its exit code. Raises AssertionError with its traceback when it failed."""
        self.process.join(seconds)
        if self.process.is_alive():
            self.process.kill()
            raise AssertionError("the process hangs")
        code = self.process.exitcode
        assert code in (0, STOPPED, -signal.SIGKILL), self._error.read_text() if self._error.exists() else code
        assert code is not None
        return code


def _guarded(error: Path, work: Callable[..., None], *args: Any) -> None:
    try:
        work(*args)
    except Exception:  # noqa: BLE001 - whatever it is, the test tells it
        error.write_text(traceback.format_exc())
        sys.exit(70)


def with_level(level: Level, *groups: str) -> Asked:
    return replace(STAFF, level=level, groups=frozenset(groups or {"staff"}))


def start_server() -> None:
    """Once, before the first child: the server finds our modules, and the disk that can fail, in its environment."""
    ours = {"PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1", **DISK.environment()}
    before = dict(os.environ)
    os.environ.update(ours)
    try:
        SERVER.set_forkserver_preload(["fault_preload"])
        forkserver.ensure_running()
    finally:
        os.environ.clear()
        os.environ.update(before)
