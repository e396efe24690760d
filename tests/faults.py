"""The long form of `test_faults.py`: kills at every step that is made durable, at hundreds of random moments and inside
the index's engine, disks that fail under each store, and thousands of schedules.

`make faults`, or `python tests/faults.py [--kills 500] [--seeds 10000] [--seed 1] [--minutes 60] [--part random]`. Ends
at once with the seed when something does not hold.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import fault_schedules
from fault_children import STOPPED
from fault_disk import DISK
from fault_kills import Rounds

from policies.config import create_home

STORES = {"catalogue": "/catalogue.db", "originals": "/originals/", "record": "/ledger.db", "index": "/index/"}


class Campaign:
    """Parts one after the other, until the time is over. `counted`: what was done, for the table at the end."""

    def __init__(self, asked: argparse.Namespace, folder: Path) -> None:
        self.asked, self.folder = asked, folder
        self.until = time.monotonic() + 60 * asked.minutes
        self.counted: Counter[str] = Counter()
        self.killed: Counter[str] = Counter()

    def run(self, part: str) -> None:
        began = time.monotonic()
        PARTS[part](self)
        print(f"{part}: {time.monotonic() - began:.0f} s", flush=True)

    def over(self) -> bool:
        return time.monotonic() > self.until

    def rounds(self, name: str, *, plain: bool) -> Rounds:
        place = self.folder / name
        os.environ["RINGFENCE_KEYS"] = str(place / "keys")
        return Rounds(create_home(place / "home"), place, seed=self.asked.seed, plain=plain)

    def took(self, part: str, rounds: Rounds) -> None:
        self.killed += rounds.killed
        self.counted[f"{part}: kills"] += rounds.killed.total()
        self.counted[f"{part}: runs to the end, all held"] += rounds.settled

    def say(self, words: str) -> None:
        print(f"  {words}", flush=True)

    # -- the parts -----------------------------------------------------------------------------------------

    def steps(self) -> None:
        """Every step of a job, then one step of its recovery."""
        rounds, number = self.rounds("steps", plain=True), 0
        rounds.change()
        total = len(rounds.steps())
        while number < total + 20 and not self.over():
            number += 1
            name = rounds.at_step(number)
            again = rounds.at_step(rounds.chance.randint(1, 60))
            rounds.run_to_the_end()
            if number % 25 == 0:
                self.say(f"step {number} of about {total}: {name}, then {again}")
            rounds.change()
        self.took("steps", rounds)

    def random(self) -> None:
        """Any moment, while files change and somebody asks; every fourth time the sandbox is started and killed too."""
        rounds, told = self.rounds("random", plain=False), 0
        while rounds.killed.total() < self.asked.kills and not self.over():
            rounds.plain = rounds.settled % 4 != 0
            rounds.at_random(rounds.chance.randint(3, 8))
            rounds.run_to_the_end()
            if rounds.killed.total() >= told + 50:
                told = rounds.killed.total()
                self.say(f"{told} kills at random moments, {rounds.settled} runs to the end")
        self.took("random", rounds)

    def engine(self) -> None:
        """Each write of the index's engine, as long as there is one more."""
        if not DISK.can_fail:
            self.say("left out: no C compiler")
            return
        rounds, number = self.rounds("engine", plain=True), 1
        rounds.change()
        while rounds.inside_the_index(number) and number < 60 and not self.over():
            rounds.run_to_the_end()
            rounds.change()
            number += 1
        rounds.run_to_the_end()
        self.took("engine", rounds)

    def disk(self) -> None:
        """Each store, full or not to be flushed, from the first call on, from the second, and so forth."""
        if not DISK.can_fail:
            self.say("left out: no C compiler")
            return
        rounds = self.rounds("disk", plain=True)
        for store, part in STORES.items():
            for action in ("full", "broken"):
                for start in range(1, 60, self.asked.stride):
                    if self.over():
                        break
                    rounds.change()
                    with DISK.failing(action, part, start):
                        code = rounds.job_code()
                    assert code in (0, STOPPED), rounds.said()
                    assert code == 0 or any(word in rounds.said() for word in ("space", "disk")), rounds.said()
                    self.counted[f"disk: {store} {action}, job stopped with a cure"] += code == STOPPED
                    rounds.check_after_a_kill()
                    rounds.run_to_the_end()
        self.took("disk", rounds)

    def together(self) -> None:
        rounds = self.rounds("together", plain=True)
        for _ in range(5):
            if self.over():
                break
            rounds.files.new()
            counted = rounds.at_once(processes=10, threads=5)
            assert sum(counts["added"] for counts in counted) == 1
            rounds.run_to_the_end()
            self.counted["together: jobs over the same files at once"] += len(counted)

    def schedules(self) -> None:
        """Seeds, until enough or time is over. A failing one is printed by what raises."""
        first = self.asked.seed * 1_000_000
        for seed in range(first, first + self.asked.seeds):
            if self.over():
                break
            fault_schedules.run(seed, self.folder / "schedules")
            self.counted["schedules: seeds"] += 1
            if (seed - first + 1) % 1000 == 0:
                self.say(f"{seed - first + 1} schedules")


PARTS: dict[str, Callable[[Campaign], None]] = {
    "schedules": Campaign.schedules,
    "random": Campaign.random,
    "engine": Campaign.engine,
    "disk": Campaign.disk,
    "together": Campaign.together,
    "steps": Campaign.steps,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=500, help="at random moments")
    parser.add_argument("--seeds", type=int, default=10_000, help="schedules")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--stride", type=int, default=4, help="of the calls at which a disk begins to fail")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--part", action="append", choices=PARTS)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ringfence-faults-") as folder:
        campaign = Campaign(asked, Path(folder))
        try:
            for part in asked.part or PARTS:
                campaign.run(part)
        except BaseException:
            print(f"seed {asked.seed}: something does not hold", flush=True)
            raise
        finally:
            for name, count in sorted(campaign.killed.items(), key=lambda item: (-item[1], item[0])):
                print(f"{count:6}  killed at {name}")
            for name, count in campaign.counted.items():
                print(f"{count:6}  {name}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
