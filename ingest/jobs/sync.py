"""Saved sources: added, synced, removed; each on the record.

What is promised: a source that cannot be seen is left as it is, and so is one whose manifest is wrong or has gone: what
it says of rights is checked as a whole before the first file is taken in. Where most of it has vanished at once nothing
is deleted before somebody has said how much may be. One process at a time syncs a source; another one does nothing and
says so.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ingest.catalogue.forgetting import Erasure
from ingest.catalogue.sources import SavedSources, Standing
from ingest.catalogue.worklog import Worklog
from ingest.errors import Busy, Unseen, Withheld
from ingest.jobs.discover import LOCAL, MARK, Discovered, look
from ingest.jobs.report import Progress, Report, Tally
from ingest.pipeline import Asked
from ingest.sources.saved import Saved, open_saved
from policies.audit.events import Content, Recorder, SourceChanged, SourceSynced
from policies.errors import RingfenceError, UsageError
from policies.labels import Label, Level

REMOVED, REMOVED_WITH_DOCUMENTS = "removed", "removed with its documents"


class Runs(Protocol):
    """A job over what was found. `wiring` makes it."""

    def __call__(self, found: Discovered, asked: Asked, progress: Callable[[Progress], None]) -> Report: ...


class Forgets(Protocol):
    """See `erasing.forget`. `wiring` makes it."""

    def __call__(self, ids: Sequence[str], *, why: str, source: str) -> Erasure: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """What became of one source: a report, or why there is none; or, with a report, why nothing was deleted."""

    name: str
    report: Report | None = None
    problem: RingfenceError | None = None


@dataclass(frozen=True, kw_only=True)
class Syncing:
    """With everything it uses. `turns` is the folder of the locks; `actor` whoever asked for it."""

    sources: SavedSources
    worklog: Worklog
    recorder: Recorder
    turns: Path
    actor: str
    now: Callable[[], int]
    forgets: Forgets

    def add(self, saved: Saved) -> None:
        """Raises UsageError for a place that is no folder, or has none of a name that is given a level; see
        `SavedSources.add`."""
        for place in (saved.path, *(os.path.join(saved.path, folder) for folder in saved.folders)):
            if not os.path.isdir(place):
                raise UsageError(f"There is no folder {place}.", cure="Name a folder that exists. Capitals count.")
        self.sources.add(saved, lambda: self._record(saved, "added"))

    def sync(self, standing: Standing, run: Runs, progress: Callable[[Progress], None], *, dry_run: bool) -> Synced:
        """Take in what is new, changed or gone. Raises what ends the work on other sources too: a store, the record."""
        saved = standing.saved
        try:
            with contextlib.nullcontext() if dry_run else self._turn(saved):
                report = self._sync(standing, run, progress, dry_run)
        except (Unseen, UsageError, Busy) as problem:
            if not dry_run and not isinstance(problem, Busy):
                self._failed(standing, "refused" if isinstance(problem, UsageError) else "unseen")
            return Synced(name=saved.name, problem=problem)
        return Synced(name=saved.name, report=report, problem=_withheld(saved, report))

    def remove(self, standing: Standing, *, forget: bool) -> Erasure | None:
        """Let go of a source; `forget`: and of all that came from it, if anything did. The stores are to be cleaned of
        that then. Raises RefusedError where a hold stands, and then the source stays too. A removal that was killed is
        asked for again."""
        saved, erasure = standing.saved, None
        with self._turn(saved):
            if forget and (ids := [ref.document for ref in self.worklog.known_under(LOCAL, saved.path)]):
                erasure = self.forgets(ids, why=f"The source {saved.name} was removed.", source=saved.id)
            self._record(saved, REMOVED_WITH_DOCUMENTS if forget else REMOVED)
            self.sources.remove(saved.name)
        return erasure

    def _sync(self, standing: Standing, run: Runs, progress: Callable[[Progress], None], dry_run: bool) -> Report:
        saved, place = standing.saved, Path(standing.saved.path)
        # 1 see all of it, rights included: what is wrong here leaves everything as it was
        source = open_saved(saved)
        found = look([source], (saved.path,))
        # 2 is this the place that it was?
        if standing.manifest and not source.manifest:
            raise _lost_manifest(saved)
        here = _place(place)
        if standing.place and standing.place != here and self._all_gone(saved, found):
            raise _emptied(saved)
        if not dry_run:  # known before the first file is taken in: a sync may be cut off
            self.sources.began(saved.name, self.now(), place=here, manifest=source.manifest)
        # 3 take in, with the source's rules
        tally = Tally(progress)
        try:
            report = run(found, _asked(saved, self.actor), tally)
        except (Unseen, UsageError):  # see `sync`
            raise
        except BaseException:
            with contextlib.suppress(RingfenceError):  # the first error is the one to tell
                if not dry_run:
                    self._stopped(saved, tally, source.manifest)
            raise
        # 4 remembered, and on the record
        if not dry_run:
            state = "withheld" if report.withheld else "done"
            self.sources.synced(saved.name, state, now=self.now())
            self._ended(saved, state, report.job, report.counts, source.manifest)
        return report

    def _stopped(self, saved: Saved, tally: Tally, manifest: str) -> None:
        """Somebody cancelled it, or an error ended it, and there is still somebody to say so."""
        if tally.job:  # else it had not begun
            self._ended(saved, "stopped", tally.job, tally.counts, manifest)
            self.sources.tried(saved.name, "stopped", self.now())

    def _ended(self, saved: Saved, outcome: str, job: str, counts: Mapping[str, int], manifest: str) -> None:
        counted = {name: count for name, count in counts.items() if count}
        self.recorder.append(
            SourceSynced(actor=self.actor, source=saved.id, outcome=outcome, job=job, counts=counted, manifest=manifest)
        )

    def _all_gone(self, saved: Saved, found: Discovered) -> bool:
        known = {ref.document for ref in self.worklog.known_under(LOCAL, saved.path) if MARK not in ref.path}
        return bool(known) and known.isdisjoint(file.ref.document for file in found.files)

    def _failed(self, standing: Standing, outcome: str) -> None:
        """On the record when it begins to be so, not at every try while it stays so."""
        if standing.state != outcome:
            self.recorder.append(SourceSynced(actor=self.actor, source=standing.saved.id, outcome=outcome))
        self.sources.tried(standing.saved.name, outcome, self.now())

    def _record(self, saved: Saved, change: str) -> None:
        label = Label(level=Level.RESTRICTED if saved.level is None else saved.level, categories=saved.categories)
        event = SourceChanged(
            actor=self.actor,
            source=saved.id,
            change=change,
            subject=saved.owner,
            groups=sorted(saved.groups),
            label=str(label),
            originals=str(saved.originals),
        )
        named = Content(text=f"{saved.name} {saved.path}", owner=f"person:{self.actor}")
        self.recorder.append(event, {"source": named})

    @contextlib.contextmanager
    def _turn(self, saved: Saved) -> Iterator[None]:
        """Held while one process works on the source; its death lets go."""
        self.turns.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self.turns / f"source-{saved.id}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Busy(
                    f"The source {saved.name} is being synced by another process. Nothing was done here.",
                    cure="Wait for it to end; what it does not see, the next sync takes in.",
                ) from None
            yield
        finally:
            os.close(lock)


def exit_code(done: list[Synced]) -> int:
    """As of one job: 0 done, 4 partly. No source could be synced: the code of the first reason."""
    problems = [one.problem for one in done if one.problem]
    if problems and len(problems) == len(done):
        return problems[0].exit_code
    return 4 if problems or any(one.report and one.report.fresh for one in done) else 0


def _asked(saved: Saved, actor: str) -> Asked:
    return Asked(
        groups=saved.groups,
        level=saved.level,
        categories=saved.categories,
        actor=actor,
        owner=saved.owner,
        originals=str(saved.originals),
    )


def _place(path: Path) -> str:
    """What tells a mounted folder from the empty one that it was mounted on."""
    try:
        status = path.stat()
    except OSError as error:
        raise Unseen(f"The folder {path} is gone.", cure="Mount it again and sync.") from error
    return f"{status.st_dev}:{status.st_ino}"


def _withheld(saved: Saved, report: Report) -> Withheld | None:
    if not (count := report.withheld):
        return None
    return Withheld(
        f"{count:,} documents of the source {saved.name}, more than half of them, have no file any more. "
        "That may be a mistake, so none was deleted.",
        cure=f"Put the files back and sync. If they are meant to be gone: `ringfence sources sync {saved.name} "
        f"--delete {count}`.",
    )


def _lost_manifest(saved: Saved) -> Unseen:
    return Unseen(
        f"The source {saved.name} had a manifest that said who reads, and it is gone. Nothing was changed.",
        cure=f"Put {saved.path}/manifest.csv back. If it is meant to be gone: `ringfence sources remove {saved.name}`, "
        "and add it again; then what is named there counts for every file.",
    )


def _emptied(saved: Saved) -> Unseen:
    return Unseen(
        f"Nothing that the source {saved.name} had is there any more, and {saved.path} is another folder than it was. "
        "Nothing was deleted.",
        cure=f"Mount it and sync. If it is meant to be so: `ringfence sources remove {saved.name} --forget`, "
        "and add it again.",
    )
