"""One run over some files.

What is promised: a file that did not change costs a look at its size and time; one that did is hashed, and read only
when its bytes differ. What one file breaks is set aside with a reason code and the others go on; what is ours to
repair (model, disk, record) ends the run, and everything stored before stays. A killed run is simply run again: what
was stored is found unchanged, the rest is done, nothing is done twice. Groups follow what is asked; no label falls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol, assert_never

from ingest.catalogue.catalogue import Catalogue
from ingest.catalogue.marks import Knows
from ingest.catalogue.met import Met, met_before
from ingest.catalogue.originals import Staged, version_of
from ingest.catalogue.pages import Draws, stage_pages
from ingest.catalogue.rows import SetAside, Stat
from ingest.catalogue.worklog import Worklog
from ingest.changing import change
from ingest.engines import local
from ingest.errors import Failed, FileProblem, Forgotten
from ingest.jobs.discover import File
from ingest.jobs.inside import Inside
from ingest.jobs.report import ADDED, SKIPPED, UNCHANGED, UPDATED, FileResult, Meter, Progress, Report
from ingest.jobs.said import absent, asked_of, described, pipeline_of, titled
from ingest.jobs.vanished import is_gone, remember, vanished
from ingest.pipeline import Asked, Prepared, Reads, read_and_label, store
from ingest.sources.base import Missing
from ingest.sources.saved import Keeping
from ingest.standing import Before
from policies.audit.events import FileSetAside, Recorder, RightsChanged
from policies.errors import RingfenceError
from policies.labels import PUBLIC, Label, Level
from policies.vocabulary import Document

_KEPT_ASIDE = ("quarantined", "skipped")


class Embeds(Protocol):
    """An embedder, as far as a job needs one."""

    def count_tokens(self, text: str) -> int: ...
    def embed_documents(self, texts: Sequence[str]) -> Any: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The file was met before as it is."""

    met: Met
    stat: Stat


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """The file did not become a document."""

    problem: FileProblem
    stat: Stat


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """What would have been stored, in a dry run."""

    document: Document
    chunks: int


Settled = Known | Broken | Skipped | Rehearsed


@dataclass(frozen=True, kw_only=True)
class Job:
    """A run, with everything it uses. `pipeline` is the digest of all that shapes a chunk and its vector."""

    id: str
    asked: Asked
    catalogue: Catalogue
    worklog: Worklog
    recorder: Recorder
    read: Reads
    embedder: Embeds
    pipeline: str
    workers: int
    batch_chunks: int
    now: Callable[[], int]  # microseconds
    dry_run: bool = False
    copies: Knows | None = None
    draw: Draws | None = None
    forgotten: Callable[[str, str], bool] = lambda _document, _version: False
    digest: Callable[[str], str] = lambda _version: ""  # what a version that was forgotten is known by
    again: frozenset[str] = frozenset()  # documents that are read even when their files did not change
    deleting: int = 0  # so many documents may vanish, whatever share of all they are

    def run(
        self,
        files: Sequence[File],
        roots: Sequence[str],
        progress: Callable[[Progress], None],
        missing: Iterable[Missing] = (),
    ) -> Report:
        """Take the files in; then find out which of those once found under `roots` are no more. `missing`: files that
        a source names and cannot give."""
        meter = Meter(Report(job=self.id), [file.found.size for file in files])
        inside = Inside(self.worklog, roots, again=self.again)
        met: dict[str, bool] = {}  # whether each document is new
        coming: set[str] = set()  # versions that a dry run does not store
        if not self.dry_run:
            remember(self.worklog, roots)
        progress(meter.look())
        ended = local.run(
            files,
            prepare=partial(self._prepare, inside),
            follow=inside.follow,
            embed=self.embedder.embed_documents,
            workers=self.workers,
            batch_chunks=self.batch_chunks,
        )
        with closing(ended):  # whatever ends this, no worker is left that still stages a copy
            for file, result, vectors in ended:
                meter.expect(file.within is not None)
                done = replace(self._finish(file, result, vectors), flags=inside.flags(file))
                met[file.ref.document] = done.outcome == ADDED
                if isinstance(result, Rehearsed):
                    coming.add(result.document.version)
                progress(meter.add(done, 0 if file.within else file.found.size))
        gone = list(vanished(self, met, roots, inside.opened, coming))
        told = {result.path for result in gone}
        return meter.end([*gone, *(absent(one) for one in missing if one.ref.path not in told)])

    # -- in a worker: looks, reads, changes nothing ------------------------------------------------------

    def _prepare(self, inside: Inside, file: File) -> Prepared | Settled:
        if file.problem:
            return Skipped(reason=file.problem)
        if self.forgotten(file.ref.document, ""):
            return Skipped(reason="FORGOTTEN")
        known = self._looked_at(inside, file)
        if isinstance(known, Known):
            inside.unchanged(file)
        return known

    def _looked_at(self, inside: Inside, file: File) -> Prepared | Settled:
        pipeline = pipeline_of(self.pipeline, self.asked, file.found)
        stat = Stat(size=file.found.size, mtime=file.found.mtime, checked=self.now(), pipeline=pipeline)
        try:
            if met := self._standing(file) or self._met(inside, file, stat):
                return Known(met=met, stat=stat)
            data = file.found.open()
            stat = replace(stat, version=version_of(data))
            if met := self._met(inside, file, stat):
                return Known(met=met, stat=stat)
            if self.forgotten(file.ref.document, stat.version):
                return Skipped(reason="FORGOTTEN")
            return self._read(inside, file, data, stat)
        except FileProblem as problem:
            return Skipped(reason="VANISHED") if problem.reason == "VANISHED" else Broken(problem=problem, stat=stat)
        except RingfenceError:
            raise
        except Exception:  # noqa: BLE001 - the job loop: one file's surprise must not end the others' work
            return Broken(problem=Failed("INTERNAL"), stat=stat)

    def _read(self, inside: Inside, file: File, data: bytes, stat: Stat) -> Prepared | Settled:
        said = asked_of(self.asked, file.found)
        prepared = read_and_label(
            file.ref,
            data,
            stat,
            asked=said,
            read=titled(file.found.title, inside.reading(file, self.read)),
            count_tokens=self.embedder.count_tokens,
            before=Before(
                mapping=self.catalogue.labels.mapping(),
                standing=self.catalogue.labels.standing(file.ref.document, stat.version, is_gone),
                least=_floor(file),
                ids=file.within.ids if file.within else frozenset(),
            ),
        )
        prepared = described(prepared, said, file.found)
        if self.dry_run:
            return Rehearsed(document=prepared.document, chunks=len(prepared.chunks))
        return replace(prepared, original=self._copy(prepared.document, data))

    def _copy(self, document: Document, data: bytes) -> Staged | None:
        """What is kept of the file, on disk and not yet named."""
        match Keeping(document.originals):
            case Keeping.KEEP:
                return self.catalogue.originals.stage(data, self.id)
            case Keeping.PAGES if self.draw is not None:
                return stage_pages(self.catalogue.pages, data, document, self.draw, self.id)
            case _:
                return None

    def _standing(self, file: File) -> Met | None:
        """A member of an unchanged container is what it was."""
        if file.within is None or not file.within.standing:
            return None
        aside = self.worklog.aside(file.ref.document)
        return Met(how="aside" if aside and aside.outcome in _KEPT_ASIDE else "live", aside=aside)

    def _met(self, inside: Inside, file: File, stat: Stat) -> Met | None:
        if inside.must_open(file) or file.ref.document in self.again:
            return None
        return met_before(file.ref, stat, catalogue=self.catalogue, worklog=self.worklog)

    # -- in the one writer -------------------------------------------------------------------------------

    def _finish(self, file: File, result: Prepared | Settled, vectors: Sequence[Any]) -> FileResult:
        base = FileResult(path=file.ref.path, outcome=SKIPPED, document=file.ref.document)
        match result:
            case Prepared():
                return self._store(base, file, result, vectors)
            case Rehearsed(document=document, chunks=chunks):
                outcome = UPDATED if self.catalogue.document(document.id, None) else ADDED
                return self._described(replace(base, outcome=outcome, chunks=chunks, stored=chunks), document, file)
            case Known(met=Met(how="aside", aside=SetAside() as aside)):
                self._kept_version(file)
                return replace(base, outcome=aside.outcome, reason=aside.reason, label=Label(level=aside.level))
            case Known(met=met, stat=stat):
                return self._unchanged(base, file, stat, back=met.aside is not None)
            case Broken(problem=problem, stat=stat):
                return self._set_aside(base, file, problem, stat)
            case Skipped(reason=reason):
                return replace(base, reason=reason)
            case _:
                assert_never(result)

    def _store(self, base: FileResult, file: File, prepared: Prepared, vectors: Sequence[Any]) -> FileResult:
        try:
            outcome = store(
                prepared,
                vectors,
                catalogue=self.catalogue,
                recorder=self.recorder,
                job=self.id,
                actor=self.asked.actor,
                copies=self.copies,
                known_as=self.digest(prepared.document.version),
            )
        except Forgotten:  # while it was being read
            return replace(base, reason="FORGOTTEN")
        finally:
            if prepared.original:
                self.catalogue.originals.discard(prepared.original)  # nothing, for one that has been kept
        count = len(prepared.chunks)
        stored = 0 if outcome == UNCHANGED else count
        return self._described(replace(base, outcome=outcome, chunks=count, stored=stored), prepared.document, file)

    def _unchanged(self, base: FileResult, file: File, stat: Stat, *, back: bool) -> FileResult:
        """The bytes are what they were. Rights follow what is asked, upwards where it is the label; and so does what
        the sensitivity labels in it mean by now."""
        document = self.catalogue.document(base.document, None)
        if document is None:  # taken away between the look and now
            return replace(base, reason="GONE")
        if not self.dry_run:
            self._remember(document.id, stat, back=back)
        wanted = self._with_rights(file, document)
        outcome = UNCHANGED if wanted == document else UPDATED
        return self._described(
            replace(base, outcome=outcome, chunks=self.catalogue.chunk_count(document.id)), wanted, file
        )

    def _with_rights(self, file: File, document: Document) -> Document:
        """The document as what is asked makes it, which it is from now on."""
        asked = asked_of(self.asked, file.found)
        least = Label(level=asked.level or Level.PUBLIC, categories=asked.categories).raised(_floor(file))
        label = self.catalogue.labels.raised(document, least)
        wanted = replace(
            document, groups=asked.groups, label=label, owner=asked.owner, valid_until=file.found.valid_until
        )
        if wanted != document and not self.dry_run:
            self._change_rights(wanted)
        return wanted

    def _remember(self, document: str, stat: Stat, *, back: bool) -> None:
        if stat.version:  # it was hashed: next time its new time is enough
            self.catalogue.touch(document, stat)
        if back:
            self.worklog.take_back(document)

    def _change_rights(self, wanted: Document) -> None:
        event = RightsChanged(
            actor=self.asked.actor,
            document=wanted.id,
            groups=sorted(wanted.groups),
            label=str(wanted.label),
            valid_until=wanted.valid_until,
        )
        make = partial(
            self.catalogue.set_rights,
            wanted.id,
            groups=wanted.groups,
            level=wanted.label.level,
            categories=wanted.label.categories,
            owner=wanted.owner,
            valid_until=wanted.valid_until,
        )
        change(event, make, catalogue=self.catalogue, recorder=self.recorder)

    def _set_aside(self, base: FileResult, file: File, problem: FileProblem, stat: Stat) -> FileResult:
        self._kept_version(file)
        said = asked_of(self.asked, file.found)
        level = said.level if said.level is not None else Level.RESTRICTED
        result = replace(base, outcome=problem.outcome, reason=problem.reason, label=Label(level=level), fresh=True)
        if self.dry_run:
            return result
        self.recorder.append(
            FileSetAside(
                actor=self.asked.actor,
                job=self.id,
                document=base.document,
                version=stat.version,
                outcome=problem.outcome,
                reason=problem.reason,
            )
        )
        aside = SetAside(
            ref=file.ref,
            stat=stat,
            outcome=problem.outcome,
            reason=problem.reason,
            level=level,
            groups=said.groups,
            job=self.id,
            categories=self.asked.categories,
            named=self.asked.level is not None,
        )
        self.worklog.put_aside(aside, self.now())
        return result

    def _kept_version(self, file: File) -> None:
        """Of a file that is set aside an older version may be there: rights follow for that one too."""
        if not self.dry_run:
            self.worklog.regroup(file.ref.document, asked_of(self.asked, file.found).groups)
        if document := self.catalogue.document(file.ref.document, None):
            self._with_rights(file, document)

    def _described(self, base: FileResult, document: Document, file: File) -> FileResult:
        """With the label, and whether it stays above what was asked for by name."""
        level = asked_of(self.asked, file.found).level
        kept = level is not None and document.label.level > level
        return replace(base, label=document.label, language=document.language, kept=kept, nobody=not document.groups)


def _floor(file: File) -> Label:
    """A member is at least what its container is marked with."""
    floor = file.within.floor if file.within else None
    return PUBLIC if floor is None else Label(level=floor)
