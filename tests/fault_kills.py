"""Rounds of killing: the same home, again and again, and after each round everything must hold.

`Rounds.at_steps` kills at each thing that a job makes durable, by name; `Rounds.at_random` at any moment, while files
are added, changed, removed and asked for. Recovery is killed as well. `Rounds.killed` counts them.
"""

from __future__ import annotations

import json
import random
import shutil
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from fault_children import (
    READER,
    Child,
    ask_on,
    look,
    start_server,
    take_in,
    take_in_at_once,
    take_in_little_space,
    with_level,
)
from fault_disk import DISK
from fault_model import Files, leftovers
from ingest_parts import STAFF

from ingest.wiring import open_ingest
from policies.audit.ledger import Ledger
from policies.config import Home
from policies.keys import Keys
from policies.labels import Level


class Rounds:
    """One home under fire. `plain`: read without the sandbox, for speed."""

    def __init__(self, home: Home, folder: Path, *, seed: int, files: int = 10, plain: bool = True) -> None:
        start_server()
        self.home, self.folder, self.plain = home, folder, plain
        self.chance = random.Random(seed)
        self.files = Files(folder / "docs", self.chance)
        self.killed: Counter[str] = Counter()
        self.settled = 0
        self._asked, self._levels = STAFF, {int(Level.INTERNAL)}
        self._span = 1.0
        for _ in range(files):
            self.files.new()
        self.run_to_the_end()
        self.files.new()
        began = time.monotonic()
        assert self._job().end() == 0  # with everything loaded, and something to do
        self._span = time.monotonic() - began

    # -- one kill, one run ---------------------------------------------------------------------------------

    def run_to_the_end(self) -> None:
        """A restart that nobody disturbs; then all must hold."""
        for _ in range(3):
            if (code := self._job().end()) == 0 or "being filled" not in self.said():
                break  # else everything is stored and the machine is so slow that the index was not waited for
        assert code == 0, self.said()
        self.files.settled()
        assert self._child(look, self.home, self.files, self._asked, frozenset(self._levels)).end() == 0
        assert not (lying := leftovers(self.home)), lying
        self._levels = {level for level in self._levels if level >= int(self._asked.level or 0)}
        self.settled += 1

    def job_code(self) -> int:
        """Run a job; how it ended."""
        return self._job().end()

    def job_code_in_little_space(self) -> int:
        """Run a job that finds hardly any space for its catalogue; how it ended."""
        catalogue = self.home.path / "catalogue" / "catalogue.db"
        largest = catalogue.stat().st_size + 20_000
        work = (self.home, self.files.path, self._asked, self.folder / "said", largest)
        return self._child(take_in_little_space, *work).end()

    def said(self) -> str:
        """What the last job said at its end: counts, or an error with its cure."""
        return (self.folder / "said").read_text()

    def lost(self) -> list[str]:
        """The changes that never came about, as the record says: the kind of each."""
        with Ledger(self.home, Keys.load(self.home)) as ledger:
            bodies = [json.loads(body) for _, body in ledger.bodies()]
        ends = (body for body in bodies if body["kind"] == "ChangeEnded" and body["outcome"] == "lost")
        return [bodies[body["closes"]]["kind"] for body in ends]

    def states(self) -> list[str]:
        """Of the jobs, the newest first."""
        room = open_ingest(self.home)
        try:
            return [row.state for row in room.library.jobs(10_000)]
        finally:
            room.close()

    def _job(self, at: int | str | None = None, trail: Path | None = None) -> Child:
        said = self.folder / "said"
        said.write_text("")
        return self._child(take_in, self.home, self.files.path, self._asked, said, self.plain, at, trail)

    def _child(self, work: Callable[..., None], *args: object, name: str = "child") -> Child:
        return Child(self.folder / f"{name}-error", work, *args)

    def at_once(self, processes: int, threads: int) -> list[dict[str, int]]:
        """That many jobs over the same files at the same time. What each counted."""
        said = [self.folder / f"said-{n}" for n in range(processes)]
        work = [
            self._child(take_in_at_once, self.home, self.files.path, self._asked, each, threads, name=each.name)
            for each in said
        ]
        assert [child.end() for child in work] == [0] * processes
        return [counts for each in said for counts in json.loads(each.read_text())]

    def check_after_a_kill(self) -> None:
        """Nothing ran to its end, so only what holds always is asked for; the catalogue answers at once."""
        room = open_ingest(self.home)
        try:
            self.files.check_anytime(room.catalogue)
            assert all(READER.reads_as & listed.groups for listed in room.catalogue.documents(READER))
        finally:
            room.close()

    # -- at each step --------------------------------------------------------------------------------------

    def steps(self) -> list[str]:
        """The names of all that one job makes durable, in their order, on a copy of the home."""
        trail, copy = self.folder / "trail", self.folder / "copy"
        trail.unlink(missing_ok=True)
        shutil.copytree(self.home.path, copy)
        try:
            there = replace(self.home, path=copy)
            job = self._child(
                take_in, there, self.files.path, self._asked, self.folder / "said", self.plain, None, trail
            )
            assert job.end() == 0, self.said()
        finally:
            shutil.rmtree(copy)
        return trail.read_text().splitlines()

    def at_step(self, which: int | str) -> str:
        """Kill a job at its step of that number, or after the one of that name. The name of the step at which it was
        killed, or nothing when it came to its end before."""
        trail = self.folder / "trail"
        trail.unlink(missing_ok=True)
        if self._job(which, trail).end() == 0:
            return ""
        name = trail.read_text().strip()
        self.killed[name] += 1
        self.check_after_a_kill()
        return name

    def change(self) -> None:
        """One of each, so that every step is met: a new file, a changed one, one that is gone, and rights."""
        *changed, gone = self.chance.sample(sorted(self.files.now), 3)
        self.files.new()
        for name in changed:
            self.files.write(name)
        self.files.remove(gone)
        self._ask_anew()

    def _ask_anew(self) -> None:
        level = self.chance.choice((Level.INTERNAL, Level.CONFIDENTIAL))
        self._asked = with_level(level, "staff", *({"board"} - self._asked.groups))  # other readers than before
        self._levels.add(int(level))

    def inside_the_index(self, number: int) -> bool:
        """Kill a job at the engine's own write of that number, which Python never sees. Whether it came to that."""
        with DISK.failing("kill", "/index/", number):
            ended = self._job().end()
        self.killed["index: inside the engine"] += ended != 0
        self.check_after_a_kill()
        return ended != 0

    def one_of_two(self) -> None:
        """Two jobs over the same files, and one is killed: the other comes to its end as if alone."""
        one, other = (
            self._job(),
            self._child(take_in, self.home, self.files.path, self._asked, self.folder / "other", True, name="other"),
        )
        time.sleep(self.chance.uniform(0.0, self._span))
        self.killed["job beside another"] += one.kill()
        code = other.end()
        assert code == 0 or "being filled" in (self.folder / "other").read_text()

    # -- at any moment -------------------------------------------------------------------------------------

    def at_random(self, kills: int = 2) -> int:
        """Change something, run and kill, then kill the recovery, while somebody asks. How often it was killed."""
        hits = 0
        for turn in range(kills):
            self.files.churn(self.chance.randint(1, 4))
            if self.chance.random() < 0.2:
                self._ask_anew()
            asking = None
            if self.chance.random() < 0.4:
                asking = self._child(ask_on, self.home, self.files, self.folder / "heard", 60.0, name="asking")
            job = self._job()
            time.sleep(self.chance.uniform(0.0, self._span))
            if hit := job.kill():
                self.killed["job" if turn == 0 else "job while it recovers"] += 1
            else:
                job.end()
            self._span *= 1.05 if hit else 0.8  # the kills fall all over a run, however fast the machine is now
            if asking is not None:
                asking_hit = asking.kill()
                if not asking_hit:
                    asking.end()
                self.killed["search"] += asking_hit
                hits += asking_hit
            hits += hit
            self.check_after_a_kill()
        return hits
