"""What a job says of itself: how far it is, and what became of each file."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from policies.labels import Label

ADDED, UPDATED, UNCHANGED, DELETED = "added", "updated", "unchanged", "deleted"
QUARANTINED, FAILED, SKIPPED = "quarantined", "failed", "skipped"
WITHHELD = "WITHHELD"  # the reason of a document that is not deleted though its file has gone
OUTCOMES = (ADDED, UPDATED, UNCHANGED, DELETED, QUARANTINED, FAILED, SKIPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileResult:
    """What became of one file. `stored`: chunks that this job stored of it, or would store; `chunks`: how many it
    has now. `fresh`: set aside, failed or withheld by this very job. `kept`: its label stays higher than was asked
    for. `nobody`: no group may read it. `flags`: what a person should know of it (macros, hidden text), where this job
    read it."""

    path: str
    outcome: str
    document: str
    reason: str = ""
    chunks: int = 0
    stored: int = 0
    label: Label | None = None
    language: str = ""
    fresh: bool = False
    kept: bool = False
    nobody: bool = False
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a job is. `bytes` of `of_bytes`: of the files on the disk, done and in all; `rate`: passages a second;
    `left`: seconds, as far as one can tell; `last`: the file just done, none at the beginning; `aside`: files set aside
    or failed so far."""

    done: int
    total: int
    chunks: int
    rate: float
    left: float
    job: str = ""
    bytes: int = 0
    of_bytes: int = 0
    last: FileResult | None = None
    aside: int = 0

    @property
    def file(self) -> str:
        return self.last.path if self.last else ""


@dataclass(kw_only=True)
class Report:
    """The end of a job."""

    job: str
    files: list[FileResult] = field(default_factory=list)
    chunks: int = 0
    seconds: float = 0.0

    @property
    def counts(self) -> dict[str, int]:
        """How many files had each outcome."""
        counts = dict.fromkeys(OUTCOMES, 0)
        for file in self.files:
            counts[file.outcome] += 1
        return counts

    @property
    def fresh(self) -> int:
        """How many files this job set aside or failed for the first time as they are, or withheld."""
        return sum(file.fresh for file in self.files)

    @property
    def withheld(self) -> int:
        """How many documents were not deleted though their files have gone: too many at once."""
        return sum(file.reason == WITHHELD for file in self.files)

    @property
    def other_language(self) -> float:
        """The share of the documents seen that are not in English."""
        known = [file.language for file in self.files if file.language]
        return sum(language != "en" for language in known) / len(known) if known else 0.0


class Tally:
    """Listens to a run for its counts as they stand, since one that is cut off gives no report."""

    def __init__(self, progress: Callable[[Progress], None]) -> None:
        """`progress` hears everything too, and may raise."""
        self._progress = progress
        self.job = ""
        self.counts: dict[str, int] = {}

    def __call__(self, now: Progress) -> None:
        self.job = now.job
        if now.last:
            self.counts[now.last.outcome] = self.counts.get(now.last.outcome, 0) + 1
        self._progress(now)


class Meter:
    """Counts results into a report as they come."""

    def __init__(self, report: Report, sizes: Sequence[int]) -> None:
        """`sizes`: bytes of each file that is known of."""
        self._report, self._total, self._began = report, len(sizes), time.monotonic()
        self._of_bytes, self._bytes, self._aside = sum(sizes), 0, 0

    def expect(self, more: int) -> None:
        """There is more to do than was known: files inside files."""
        self._total += more

    def add(self, result: FileResult, size: int) -> Progress:
        """`size`: its bytes on the disk; 0 for a file inside another."""
        self._report.files.append(result)
        self._bytes += size
        self._report.chunks += result.stored
        self._aside += result.outcome in (QUARANTINED, FAILED)
        return self.look(result)

    def look(self, last: FileResult | None = None) -> Progress:
        """How far it is now."""
        report = self._report
        spent, done = self._stop(), len(report.files)
        return Progress(
            done=done,
            total=self._total,
            chunks=report.chunks,
            rate=report.chunks / max(spent, 1e-9),
            left=spent * self._still_to_do(done),
            job=report.job,
            bytes=self._bytes,
            of_bytes=self._of_bytes,
            last=last,
            aside=self._aside,
        )

    def _still_to_do(self, done: int) -> float:
        """As a multiple of what is done: by bytes, or by files where all are empty or only members are left."""
        if self._bytes < self._of_bytes:
            return (self._of_bytes - self._bytes) / max(self._bytes, 1) if self._bytes else 0.0
        return max(0, self._total - done) / max(done, 1)

    def end(self, more: Iterable[FileResult]) -> Report:
        self._report.files.extend(more)
        self._report.files.sort(key=lambda file: file.path)  # not in the order in which workers happened to end
        self._stop()
        return self._report

    def _stop(self) -> float:
        self._report.seconds = time.monotonic() - self._began
        return self._report.seconds
