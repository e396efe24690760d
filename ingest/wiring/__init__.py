"""The only constructor of this room. Nothing heavy is opened before somebody needs it."""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.errors import CatalogueError
from ingest.wiring.stores import Stores
from policies.audit.writers import Writer, is_alive
from policies.config import Home, create_home, has_home
from policies.errors import UsageError

if TYPE_CHECKING:
    from ingest.config import IngestSettings
    from ingest.jobs.discover import Discovered
    from ingest.jobs.report import Progress, Report
    from ingest.jobs.sync import Synced, Syncing
    from ingest.pipeline import Asked
    from policies.audit.events import Event, Recorder


class Ingest(Stores):
    """The runs of one home over its stores, and how what they began ended."""

    @cached_property
    def pipeline(self) -> str:
        """The digest of all that shapes a chunk and its vector: another one means that files are read again."""
        return self.pipeline_of(self.embedder.digest)

    @staticmethod
    def pipeline_of(embedding: str) -> str:
        """The same, with the embedding model of that digest."""
        from ingest.chunking import PIPELINE
        from ingest.pipeline import READING

        return hashlib.sha256(f"{READING}\n{PIPELINE}\n{embedding}".encode()).hexdigest()[:32]

    def run_job(
        self,
        paths: Sequence[Path],
        asked: Asked,
        *,
        dry_run: bool = False,
        again: frozenset[str] = frozenset(),
        deleting: int = 0,
        progress: Callable[[Progress], None] = lambda _: None,
    ) -> Report:
        """Take in what lies under `paths`. See `ingest.jobs.run`; the index follows by itself. `again`: documents that
        are read even when their files did not change; `deleting`: so many may vanish."""
        from ingest.jobs.discover import discover

        for path in paths:
            if saved := self.sources.touching(path.resolve()):
                raise UsageError(
                    f"{path} belongs to the source {saved.name!r} ({saved.path}), which says who reads it.",
                    cure=f"Run `ringfence sources sync {saved.name}`.",
                )
        found = discover(paths, self.worklog)
        return self._run(found, asked, progress, dry_run=dry_run, again=again, deleting=deleting)

    def syncing(self, actor: str) -> Syncing:
        """What adds, syncs and removes saved sources."""
        from ingest.erasing import forget
        from ingest.jobs.sync import Syncing

        assert self.recorder is not None, "a job needs a record"
        return Syncing(
            sources=self.sources,
            worklog=self.worklog,
            recorder=self.recorder,
            turns=self.home.path / "run",
            actor=actor,
            now=now,
            forgets=partial(forget, actor=actor, forgetting=self.forgetting, recorder=self.recorder),
        )

    def sync(
        self,
        name: str,
        actor: str,
        progress: Callable[[Progress], None] = lambda _: None,
        *,
        dry_run: bool = False,
        again: frozenset[str] = frozenset(),
        deleting: int = 0,
    ) -> Synced:
        """Sync one saved source; `again` and `deleting` as for `run_job`. Raises UsageError when there is none of that
        name."""
        (standing,) = self.sources.named([name])
        run = partial(self._run, dry_run=dry_run, again=again, deleting=deleting)
        return self.syncing(actor).sync(standing, run, progress, dry_run=dry_run)

    def _run(
        self,
        found: Discovered,
        asked: Asked,
        progress: Callable[[Progress], None],
        *,
        dry_run: bool,
        again: frozenset[str] = frozenset(),
        deleting: int = 0,
    ) -> Report:
        from ingest.jobs.report import Tally
        from ingest.jobs.run import Job

        assert self.recorder is not None, "a job needs a record"
        writer = Writer(self.home)  # its id is the job's: whoever finds its lock free knows that the job has died
        try:
            job = Job(
                id=writer.id,
                asked=asked,
                catalogue=self.catalogue,
                worklog=self.worklog,
                recorder=self.recorder,
                read=self.sandboxes.read,
                embedder=self.embedder,
                pipeline=self.pipeline,
                workers=self.settings.workers,
                batch_chunks=self.settings.batch_chunks,
                now=now,
                dry_run=dry_run,
                copies=self.copies,
                draw=lambda data, page: self.sandboxes.page_image(data, page),
                forgotten=self.forgetting.stands,
                digest=self.forgetting.digest,
                again=again,
                deleting=deleting,
            )
            tally = Tally(progress)
            run = partial(job.run, found.files, found.roots, tally, found.missing)
            return run() if dry_run else self._logged(writer.id, found.roots, run, tally.counts)
        finally:
            writer.close()

    def _logged(self, job: str, roots: Sequence[str], run: Callable[[], Report], counts: Mapping[str, int]) -> Report:
        """Run it with a line in the list of jobs, and clear up after jobs that died. `counts`: files so far."""
        self._clear_up()
        self.catalogue.claim_embedding(self.embedder.digest)
        self.worklog.start_job(job, roots, now())
        try:
            report = run()
        except CatalogueError:  # a failed commit may be found done once the catalogue is opened anew: nothing it may
            self._sweep_waiting(job)  # need is removed before that, and the next job takes this one for interrupted
            raise
        except BaseException:
            with contextlib.suppress(CatalogueError):  # the first error is the one to tell; the next job clears up
                self._end(job, "stopped", counts, everything=True)
            raise
        self._end(job, "done", report.counts)
        return report

    def _clear_up(self) -> None:
        for row in self.worklog.running():
            if not is_alive(self.home, row.id):
                self._end(row.id, "interrupted", row.counts, everything=True)

    def _end(self, job: str, state: str, counts: Mapping[str, int], *, everything: bool = False) -> None:
        """What the job leaves lying goes first: one that dies in here still counts as running, and is met again."""
        self.catalogue.sweep(everything=everything)
        self._sweep_waiting(job)
        self.worklog.end_job(job, state, counts, now())

    def _sweep_waiting(self, job: str) -> None:
        for shelf in (self.catalogue.originals, self.catalogue.pages):
            shelf.sweep_waiting(lambda one: one != job and is_alive(self.home, one))

    def resolve(self, intent: dict[str, Any]) -> Event | None:
        """How the intent of a dead writer ended: whether its transaction came about stands in the catalogue. None for
        a forgetting that the reconciler has to finish."""
        from policies.audit.document_events import DocumentsForgotten
        from policies.audit.events import DocumentIngested, LabelLowered

        if intent["kind"] == "ForgetIntended":
            from ingest.erasing import receipt

            request = int(intent["seq"])
            if (found := self.forgetting.erasure(request)) is None:
                return DocumentsForgotten(closes=request, outcome="lost")
            return receipt(found[0]) if found[1] else None
        if intent["kind"] == "EraseIntended":
            return None  # what a person wrote lies in another room
        if intent["kind"] == "LoweringAgreed":
            document, request = str(intent["document"]), int(intent["request"])
            done = self.catalogue.labels.was_lowered(document, request)
            ended = "done" if done else "lost"
            return LabelLowered(closes=int(intent["seq"]), request=request, document=document, outcome=ended)
        if intent["kind"] in ("DocumentDeleted", "RightsChanged"):
            from ingest import changing

            return changing.ended(int(intent["seq"]), str(intent["document"]), self.catalogue)
        document, version, job = (str(intent[name]) for name in ("document", "version", "job"))
        outcome = self.catalogue.came_about(document, version, job) or "lost"
        return DocumentIngested(closes=int(intent["seq"]), document=document, version=version, outcome=outcome)


def now() -> int:
    """UTC in microseconds."""
    return time.time_ns() // 1000


@contextlib.contextmanager
def ingest_at(given: Path | None, *, dry_run: bool = False) -> Iterator[Ingest]:
    """The room with its record, for the command line: makes the home when there is none yet, for a `dry_run` one that
    is thrown away; closes the intents of processes that died."""
    from policies.audit.ledger import Ledger
    from policies.keys import Keys

    with (
        _passing_home() if dry_run and not has_home(given) else contextlib.nullcontext(create_home(given)) as home,
        Ledger(home, Keys.create(home)) as ledger,
        contextlib.closing(open_ingest(home, ledger)) as ingest,
    ):
        ledger.recover(ingest.resolve)
        yield ingest


@contextlib.contextmanager
def _passing_home() -> Iterator[Home]:
    with tempfile.TemporaryDirectory(prefix="ringfence-dry-run-") as folder:
        yield replace(create_home(Path(folder) / "home"), keys=Path(folder) / "keys")


def open_ingest(
    home: Home, recorder: Recorder | None = None, settings: IngestSettings | None = None, *, server: bool = False
) -> Ingest:
    """Open the room. Without a recorder everything but a job can be done. Raises CatalogueError."""
    return Ingest(home, recorder, settings, server=server)
