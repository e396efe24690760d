"""`kill -9` in the middle of a job, again and again, then one run to the end: nothing lost, nothing twice, no gap in
the record. Real processes, real stores; only the reader and the embedder are small."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import resource
import signal
import time
from collections import Counter
from pathlib import Path

import pytest
from ingest_parts import STAFF, HashEmbedder, read_plainly

from ingest.catalogue.rows import Stat
from ingest.config import IngestSettings
from ingest.jobs.discover import LOCAL
from ingest.pipeline import read_and_label
from ingest.wiring import open_ingest
from policies.audit.ledger import Ledger
from policies.audit.recovery import open_intents
from policies.audit.verify import verify
from policies.config import open_home
from policies.errors import RingfenceError
from policies.keys import Keys
from policies.vocabulary import SourceRef

FORK = multiprocessing.get_context("fork")


@pytest.fixture(scope="module", autouse=True)
def libraries():
    """Loaded once, here, so that a killed process dies over its work and not over its imports."""
    text = "One sentence of a long text that has to be cut. " * 200
    raw = read_plainly(text.encode(), "a.txt")
    ref = SourceRef(source=LOCAL, path="/a.txt")
    stat = Stat(size=1, mtime=1, checked=1, version="0" * 64, pipeline="p")
    read_and_label(ref, b"", stat, asked=STAFF, read=lambda *_: raw, count_tokens=HashEmbedder().count_tokens)


class PlainSandboxes:
    read = staticmethod(read_plainly)

    def close(self) -> None:
        pass


def run_job(home_path, docs, report=None):
    """What `ringfence ingest` does, in a process of its own."""
    home = open_home(home_path)
    with Ledger(home, Keys.create(home)) as ledger:
        room = open_ingest(home, ledger, IngestSettings(workers=2, batch_chunks=6))
        room.__dict__.update(embedder=HashEmbedder(), sandboxes=PlainSandboxes())
        ledger.recover(room.resolve)
        result = room.run_job([docs], STAFF)
        room.close()
    if report is not None:
        report.write_text(json.dumps(result.counts))


def in_a_process(home, docs, *, kill_after=None, report=None):
    process = FORK.Process(target=run_job, args=(home.path, docs, report))
    process.start()
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(process.pid, signal.SIGKILL)
    process.join(60)
    return process.exitcode


class Folder:
    """The files, and every text that each of them ever had."""

    def __init__(self, path: Path, chance: random.Random) -> None:
        self.path, self.chance = path, chance
        self.now: dict[str, str] = {}
        self.ever: dict[str, set[str]] = {}
        path.mkdir()

    def write(self, name: str) -> None:
        pages = [f"{name} page {n} says {self.chance.random()}" for n in range(self.chance.randint(1, 5))]
        self.now[name] = "\f".join(pages)
        self.ever.setdefault(name, set()).add(self.now[name])
        (self.path / name).write_text(self.now[name])

    def change_something(self) -> None:
        for name in self.chance.sample(sorted(self.now), 3):
            self.write(name)
        gone = self.chance.choice(sorted(self.now))
        del self.now[gone]
        (self.path / gone).unlink()
        self.write(f"new-{self.chance.random()}.txt")


def check_stores(room, folder):
    """Whatever was killed: each live document is whole, and some true version of its file."""
    for listed in room.catalogue.documents(None):
        chunks = room.catalogue.chunks(listed.document, None)
        assert len(chunks) == listed.chunks > 0
        assert {chunk.version for chunk, _ in chunks} == {listed.version}
        text = "\f".join(chunk.text for chunk, _ in chunks)
        assert text in folder.ever[Path(listed.path).name]
        assert room.catalogue.originals.path(listed.version).read_text() == text
        assert len(room.catalogue.vectors([chunk.id for chunk, _ in chunks])) == len(chunks)
    held: set[str] = set()
    for change in room.catalogue.changes(0, 10**9):
        held -= set(change.deletes)
        held |= {row.id for row in change.upserts}
    assert held == room.catalogue.chunk_ids()


def check_record(room, ledger):
    """Every intent is closed once, by what really happened; every change in the catalogue has its intent."""
    bodies = [json.loads(body) for _, body in ledger.bodies()]
    assert not open_intents(ledger.bodies())
    closings = Counter(body["closes"] for body in bodies if body["kind"] == "DocumentIngested")
    intents = {body["seq"]: body for body in bodies if body["kind"] == "IngestIntended"}
    assert set(closings) == set(intents)
    assert set(closings.values()) <= {1}
    recorded = Counter(
        (intents[body["closes"]]["job"], body["document"], body["version"], body["outcome"])
        for body in bodies
        if body["kind"] == "DocumentIngested" and body["outcome"] not in ("lost", "unchanged")
    )
    with room.catalogue.database.reading() as db:
        done = Counter(
            (row["job"], row["document"], row["version"], row["kind"])
            for row in db.execute("SELECT * FROM feed WHERE kind IN ('added', 'updated')")
        )
    assert recorded == done
    assert set(recorded.values()) <= {1}


def kill_and_check(home, tmp_path, *, seed, rounds):
    chance = random.Random(seed)
    folder = Folder(tmp_path / "docs", chance)
    for n in range(30):
        folder.write(f"{n}.txt")
    began = time.monotonic()
    assert in_a_process(home, folder.path) == 0
    span = time.monotonic() - began  # the kills fall all over a run, however fast the machine is just now
    killed = attempts = 0
    while killed < rounds:
        attempts += 1
        assert attempts < 5 * rounds, "a run is over before it can be killed"
        if attempts % 4 == 0:
            for name in list(folder.now):
                folder.write(name)
        folder.change_something()
        hit = in_a_process(home, folder.path, kill_after=chance.uniform(0.0, span)) == -signal.SIGKILL
        killed += hit
        span *= 1.05 if hit else 0.8
        room = open_ingest(open_home(home.path))
        check_stores(room, folder)
        room.close()
    report = tmp_path / "report"
    assert in_a_process(home, folder.path, report=report) == 0
    assert in_a_process(home, folder.path, report=report) == 0
    counts = json.loads(report.read_text())
    assert counts == dict.fromkeys(counts, 0) | {"unchanged": len(folder.now)}
    with Ledger(home, Keys.load(home)) as ledger:
        room = open_ingest(home, ledger)
        ledger.recover(room.resolve)
        check_stores(room, folder)
        check_record(room, ledger)
        assert verify(home, Keys.load(home).public).intact
        live = {listed.document: listed for listed in room.catalogue.documents(None)}
        wanted = {SourceRef(source=LOCAL, path=str(folder.path / name)).document: name for name in folder.now}
        assert set(live) == set(wanted)
        for document, name in wanted.items():
            text = "\f".join(chunk.text for chunk, _ in room.catalogue.chunks(document, None))
            assert text == folder.now[name]
        kept = set(room.catalogue.originals.versions())
        assert kept == {listed.version for listed in live.values()}
        states = Counter(row.state for row in room.library.jobs(10_000))
        assert states["running"] == 0
        room.close()


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_at_any_moment_and_run_again_loses_nothing_and_does_nothing_twice(home, tmp_path, seed):
    kill_and_check(home, tmp_path, seed=seed, rounds=9)


@pytest.mark.slow
@pytest.mark.skipif("RINGFENCE_TEST_LONG" not in os.environ, reason="long: set RINGFENCE_TEST_LONG=1")
def test_killed_a_few_hundred_times(home, tmp_path):
    kill_and_check(home, tmp_path, seed=int(os.environ.get("RINGFENCE_TEST_SEED", "7")), rounds=300)


def test_a_job_that_is_killed_while_another_runs_leaves_the_other_alone(home, tmp_path):
    """Its intents are closed by whoever starts next; those of the living are not touched."""
    folder = Folder(tmp_path / "docs", random.Random(3))
    for n in range(60):
        folder.write(f"{n}.txt")
    first = FORK.Process(target=run_job, args=(home.path, folder.path))
    second = FORK.Process(target=run_job, args=(home.path, folder.path))
    first.start()
    second.start()
    time.sleep(0.2)
    os.kill(first.pid, signal.SIGKILL)
    first.join(60)
    second.join(60)
    assert second.exitcode == 0
    with Ledger(home, Keys.load(home)) as ledger:
        room = open_ingest(home, ledger)
        ledger.recover(room.resolve)
        check_stores(room, folder)
        check_record(room, ledger)
        assert room.catalogue.counts()["documents"] == 60
        room.close()


def _run_with_little_space(home_path, docs, answer):
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # writing more is an error, as on a full disk
    try:
        run_job(home_path, docs)
    except RingfenceError as error:
        answer.put((error.exit_code, str(error)))


def test_a_full_disk_ends_the_job_with_its_cure_and_the_next_run_does_the_rest(home, tmp_path):
    """The system itself refuses to write, wherever it first happens: original, catalogue or record."""
    folder = Folder(tmp_path / "docs", random.Random(5))
    for n in range(200):
        folder.write(f"{n:03}.txt")
    answer = FORK.Queue()
    process = FORK.Process(target=_run_with_little_space, args=(home.path, folder.path, answer))
    process.start()
    code, message = answer.get(timeout=60)
    process.join(60)
    assert code == 3
    assert "space" in message
    room = open_ingest(open_home(home.path))
    assert 0 < room.catalogue.counts()["documents"] < 200
    check_stores(room, folder)
    room.close()
    assert in_a_process(home, folder.path) == 0
    with Ledger(home, Keys.load(home)) as ledger:
        room = open_ingest(home, ledger)
        ledger.recover(room.resolve)
        check_stores(room, folder)
        check_record(room, ledger)
        assert room.catalogue.counts()["documents"] == 200
        assert verify(home, Keys.load(home).public).intact
        room.close()
