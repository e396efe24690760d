"""One seed is one schedule: several jobs, a projector, somebody who searches and somebody who changes files take turns
at every call of a store, and each call may fail, or be the last of its process, before its effect or after it.

Catalogue, jobs, wiring and projector are the product's. The record, the index, the reader and the embedder are fakes
that obey the small interfaces; each process meets its stores through `Through`, which gives others a turn and fails.
`run(seed, folder)` raises AssertionError with the seed and the schedule when `fault_model` finds anything wrong.
`python tests/fault_schedules.py SEED` runs one again.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from unittest import mock

from fault_actors import AtOnce, Pen, Process, Quick, Record, Through, TornIndex
from fault_model import WORDS, Files, check_index, check_record
from ingest_parts import STAFF, HashEmbedder, read_plainly

from ingest.catalogue.catalogue import Catalogue
from ingest.catalogue.forgetting import Forgetting
from ingest.catalogue.worklog import Worklog
from ingest.config import IngestSettings
from ingest.engines import local
from ingest.errors import CatalogueError, Failed, IndexUnavailable
from ingest.index.base import Query, RightsFilter, SparseVector
from ingest.index.sparse import Bm25
from ingest.projector import project
from ingest.wiring import Ingest
from policies.config import Home
from policies.errors import RingfenceError
from policies.vocabulary import Person

READER = Person(id="reader", name="Reader", groups=frozenset({"staff"}))


class OldFiles(Files):
    """Files whose times lie apart, so that a look at size and time can tell, as it does mostly."""

    _time = 1_000_000_000

    def write(self, name: str, text: str | None = None) -> None:
        super().write(name, text or f"{name} says {self.chance.random()}\fand {self.chance.choice(WORDS)}")
        self._time += 10
        if self.chance.random() < 0.8:
            os.utime(self.path / name, (self._time, self._time))


class World:
    """One home on paper, and who works on it."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.chance = random.Random(seed)
        self.back = threading.Semaphore(0)
        self.told: list[str] = []
        self.faults = self.chance.choice((0.0, 0.01, 0.03, 0.1))
        self.calm = False
        self.home = Home(path=folder / "home", id="00000000-0000-4000-8000-000000000000", keys=folder / "keys")
        self.files = OldFiles(folder / "docs", self.chance)
        self.catalogue = _catalogue(self.home.path / "catalogue", folder.parent / "empty.db")
        self.record, self.index = Record(), TornIndex()
        self.processes: list[Process] = []
        self.error: BaseException | None = None
        for _ in range(self.chance.randint(2, 4)):
            self.files.new()

    def fate(self, can_fail: bool) -> str:
        if self.calm or self.chance.random() >= self.faults:
            return ""
        return self.chance.choice(("dies before", "dies after", "fails before", "fails after")[: 4 if can_fail else 2])

    def play(self, *actors: tuple[str, Callable[[Process], None]]) -> None:
        """Turns, until each of them has come to its end."""
        self.processes = [Process(self, name, work) for name, work in actors]
        self.hand_on(None)
        self.back.acquire()
        if self.error is not None:
            raise self.error

    def hand_on(self, running: Process | None) -> None:
        """Between two calls anybody may be next; files change, and somebody searches, in between as well."""
        waiting = [process for process in self.processes if not process.done]
        if self.error is not None or not waiting:
            self.back.release()
        else:
            self._meanwhile()
            chosen = self.chance.choice(waiting)
            if chosen is running:
                return
            chosen.turn.release()
        if running is not None and not running.done:
            running.turn.acquire()

    def _meanwhile(self) -> None:
        if self.calm:
            return
        if self.chance.random() < 0.03:
            self.told.append("somebody changes a file")
            self.files.churn()
        if self.chance.random() < 0.03:
            self.search()

    # -- who works on it -----------------------------------------------------------------------------------

    def job(self, process: Process) -> None:
        room = Room(self, process)
        self.record.recover(process, room.resolve)
        more = () if self.calm else self.chance.choice(((), ("board",)))
        room.run_job([self.files.path], replace(STAFF, groups=STAFF.groups | set(more)))

    def projector(self, process: Process) -> None:
        self.index.process = process
        feed = Through(self.catalogue, process, lambda: CatalogueError("The disk is gone."), "changes")
        for _ in range(4):
            self.hand_on(process)
            with suppress(RingfenceError):
                project(feed, self.index, bm25=Bm25(), batch=3)

    def search(self) -> None:
        """Whatever is shown is live, and something that a file has said."""
        nothing = SparseVector(indices=(), values=())
        rights = RightsFilter(groups=READER.reads_as)
        hits = self.index.query(Query(dense=(1.0, 0.0, 0.0, 0.0), sparse=nothing, rights=rights, limit=50))
        texts = {" ".join(text.split()) for ever in self.files.allowed.values() for text in ever if text}
        for chunk, _ in self.catalogue.hydrate([hit.id for hit in hits], READER):
            assert any(" ".join(chunk.text.split()) in text for text in texts)

    # -- the schedule --------------------------------------------------------------------------------------

    def run(self) -> None:
        for _ in range(self.chance.randint(1, 2)):
            jobs = [(f"job {n}", self.job) for n in range(self.chance.randint(1, 3))]
            self.play(*jobs, ("projector", self.projector))
            self.files.check_anytime(self.catalogue)
            check_record(self.catalogue, self.record.bodies, running=True)
            self.files.churn(2)
            if len(self.files.now) > 1:
                self.files.remove(self.chance.choice(sorted(self.files.now)))
        self.calm = True
        self.play(("last job", self.job))
        self.play(("last projector", self.projector))
        self.files.settled()
        self.files.check_settled(self.catalogue, groups=STAFF.groups, levels={int(STAFF.level or 0)})
        check_index(self.catalogue, self.index.points)
        check_record(self.catalogue, self.record.bodies)
        assert not Worklog(self.catalogue.database).running()


class Room(Ingest):
    """The room of one process, with its stores behind `Through`."""

    def __init__(self, world: World, process: Process) -> None:
        self.home, self.recorder, self._server = world.home, Pen(world.record, process), False
        self._changing = threading.RLock()
        self._settings = IngestSettings(workers=2, batch_chunks=4)

        def full() -> CatalogueError:
            return CatalogueError("The disk is full.", cure="Free some space.")

        originals = Through(world.catalogue.originals, process, full, "stage discard sweep_waiting")
        verbs = "commit touch set_rights delete sweep seen document claim_embedding came_about made_by"
        self.catalogue = Through(world.catalogue, process, full, verbs, originals=originals)  # type: ignore[assignment]
        worklog = Worklog(world.catalogue.database)
        verbs = "start_job end_job running put_aside take_back aside remember_root"
        self.worklog = Through(worklog, process, full, verbs)  # type: ignore[assignment]
        reader = Through(read_plainly, process, lambda: Failed("INTERRUPTED"), "__call__")
        embedder = Through(HashEmbedder(), process, lambda: IndexUnavailable("The model fails."), "embed_documents")
        forgetting = Forgetting(world.catalogue, b"a key of thirty-two bytes, at least")
        self.__dict__.update(
            embedder=embedder, sandboxes=_Reads(reader), copies=None, pipeline="p", forgetting=forgetting
        )


class _Reads:
    def __init__(self, reader: Through) -> None:
        self.read = reader.__getattr__("__call__")


def _catalogue(folder: Path, empty: Path) -> Catalogue:
    """A new catalogue; its tables are made once for all schedules."""
    if not empty.exists():
        Catalogue(empty.with_suffix(".making")).close()
        with sqlite3.connect(empty.with_suffix(".making") / "catalogue.db") as db:
            db.execute("VACUUM INTO ?", (str(empty),))
    folder.mkdir(parents=True)
    shutil.copyfile(empty, folder / "catalogue.db")
    catalogue = Catalogue(folder)
    catalogue.database.close()
    catalogue.database = Quick(folder / "catalogue.db")
    return catalogue


def run(seed: int, folder: Path) -> int:
    """Play one schedule. How many steps it had."""
    place = folder / str(seed)
    place.mkdir(parents=True)
    world = World(seed, place)
    try:
        with mock.patch.object(local, "ThreadPoolExecutor", AtOnce), mock.patch.object(os, "fsync"):
            world.run()
    except AssertionError as error:
        told = "\n  ".join(world.told)
        raise AssertionError(f"schedule {seed}: {error}\n  {told}") from error
    finally:
        world.catalogue.close()
        shutil.rmtree(place, ignore_errors=True)
    return len(world.told)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        for named in sys.argv[1:]:
            print(named, run(int(named), Path(made)))
