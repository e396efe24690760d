"""What operators do with documents that are there: forget, hold, look again, repair, go over to another model.

Everything is recorded before it is done. See `erasing`, `reconciling`, `renewal` for what each promises.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Never

from ingest import cleaning, erasing
from ingest.catalogue.forgetting import Erasure, Forgetting
from ingest.catalogue.serving import Serving
from ingest.copies.kept import locked
from ingest.jobs.discover import LOCAL
from ingest.jobs.discover import place_of as on_disk
from ingest.pipeline import Asked
from ingest.renewal import reembed
from ingest.sources.saved import id_of
from ingest.wiring import Ingest
from policies.audit.document_events import EmbeddingChanged, FileRuled, HoldChanged, Reconciled
from policies.audit.events import Content, Recorder
from policies.errors import RefusedError, RingfenceError, UnavailableError, UsageError
from policies.vocabulary import SourceRef

if TYPE_CHECKING:
    from ingest.catalogue.rows import SetAside
    from ingest.config import Precision
    from ingest.jobs.report import FileResult, Progress
    from ingest.reconciling import Reconciler

RELEASED = "RELEASED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgot:
    """`record`: the receipt's, -1 while a store could not be cleaned yet; then `problem` says why."""

    erasure: Erasure
    record: int
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """`found` and `left`: how much of each kind of drift. `problem`: why something could not be finished."""

    found: dict[str, int]
    left: dict[str, int]
    problem: str = ""


class Keeping:
    """The operator's verbs over one home. `actor` is who asks, as the record names them."""

    def __init__(self, room: Ingest, recorder: Recorder, *, actor: str) -> None:
        self._room, self._recorder, self._actor = room, recorder, actor

    @property
    def _forgetting(self) -> Forgetting:
        return self._room.forgetting

    # -- forgetting ----------------------------------------------------------------------------------------

    def forget(self, ids: Sequence[str], *, why: str) -> Forgot:
        """See `erasing.forget`. What could not be cleaned now is cleaned by `reconcile`. Asked for again, it tells of
        the request that forgot them."""
        before = self._forgetting.forgot(ids) if ids else None
        return self._forgot(
            before
            or erasing.forget(ids, why=why, actor=self._actor, forgetting=self._forgetting, recorder=self._recorder)
        )

    def remove_source(self, name: str) -> Forgot | None:
        """Let go of a source and forget all that came from it; None when nothing did. See `Syncing.remove`. Asked for
        again after a kill it finishes what was begun, also where the source itself is gone already."""
        room, pending = self._room, self._forgetting.pending()
        erasure = next((one for one in reversed(pending) if one.stated.get("source") == id_of(name)), None)
        if erasure is None or any(one.saved.name == name for one in room.sources.all()):
            (standing,) = room.sources.named([name])
            erasure = room.syncing(self._actor).remove(standing, forget=True) or erasure
        return self._forgot(erasure) if erasure else None

    def _forgot(self, erasure: Erasure) -> Forgot:
        from policies.audit.proving import ending_of

        try:
            if erasure.request in {one.request for one in self._forgetting.pending()}:
                self._note_erasures()
                self._clear(erasure)
                if self._room.catalogue.counts()["chunks"] > cleaning.LARGE:
                    cleaning.begin(self._room.home)
                    return Forgot(erasure=erasure, record=-1, problem=cleaning.ASIDE)
            record = self.finish().get(erasure.request, -1)
        except UnavailableError as error:
            return Forgot(erasure=erasure, record=-1, problem=str(error))
        if record < 0:  # another process has finished it meanwhile
            record = ending_of(self._room.home, erasure.request)
        return Forgot(erasure=erasure, record=record, problem="" if record >= 0 else "The receipt was not made yet.")

    def forget_again(self, listed: Mapping[str, str]) -> int:
        """Forget what `erasures.log` lists and this catalogue, put back from an older backup, has again. There is no
        index yet. Returns how many documents that were."""
        again = erasing.forget_again(listed, actor=self._actor, forgetting=self._forgetting, recorder=self._recorder)
        self._note_erasures()
        self._end(self._forgetting.pending())
        return len(again.stated["documents"]) if again else 0

    def _note_erasures(self) -> None:
        self._room.erasures.follow(self._forgetting.standing())

    def finish(self) -> dict[int, int]:
        """Finish every request to forget that was made by now: everything is made anew once for all of them. Receipts
        by request."""
        if not self._forgetting.pending():
            return {}
        with self._finishing():
            waiting = self._forgetting.pending()
            if waiting:
                self._note_erasures()
                self._room.copies.following.clean()
                self._room.renew_index()
            return self._end(waiting)

    @contextlib.contextmanager
    def _finishing(self) -> Iterator[None]:
        """One process at a time, so that each request has one receipt."""
        with locked(self._room.home.path / "run", "forgetting", seconds=1) as mine:
            if not mine:
                raise UnavailableError(
                    "Another process is cleaning up what was forgotten.", cure="Wait until it has ended."
                )
            yield

    def _clear(self, erasure: Erasure) -> Erasure:
        from policies.audit.sealed import Sealed
        from policies.keys import Keys

        home = self._room.home
        with contextlib.closing(Sealed(home, Keys.load(home))) as sealed:
            return erasing.clear(erasure, forgetting=self._forgetting, actor=self._actor, destroy=sealed.destroy)

    def _end(self, waiting: Sequence[Erasure]) -> dict[int, int]:
        """The index holds nothing of these any more: clean the other files, once for all, and make the receipts."""
        from policies.audit.backups import held
        from policies.audit.quoting import sealed_about

        cleared = [self._clear(one) for one in waiting]
        if cleared:
            self._forgetting.clean()
        found = partial(sealed_about, self._room.home), partial(held, self._room.home)
        return {
            one.request: erasing.finish(
                one, forgetting=self._forgetting, recorder=self._recorder, quoted_in=found[0], backups=found[1]
            )
            for one in cleared
        }

    def readmit(self, named: str, *, why: str) -> str:
        """Let a forgotten file in again; it is, when its source is taken in the next time. `named` is the document's id
        or the file's path. Returns the id. Raises UsageError when neither was forgotten."""
        by_path = SourceRef(source=LOCAL, path=str(Path(named).resolve())).document
        document = next((one for one in (named, by_path) if self._forgetting.stands(one)), None)
        if document is None:
            raise UsageError("Nothing of that name was forgotten.", cure="Name the document's id, or the file's path.")
        self._recorder.append(FileRuled(actor=self._actor, document=document, ruling="readmitted"), self._said(why))
        self._forgetting.readmit(document)
        self._note_erasures()
        return document

    # -- holds ---------------------------------------------------------------------------------------------

    def hold(self, document: str, *, why: str) -> int:
        """Nobody can forget it until two persons have ended the hold. Returns the record that says so."""
        if (standing := self._forgetting.held(document)) is not None and standing[0] >= 0:
            return standing[0]
        if not self._forgetting.known(document):
            raise _unknown(document)
        _refuse_unsaid(why)
        self._forgetting.hold(document, -1)  # it stands before the record says so: a kill in between loses none
        record = self._hold_changed(document, "placed", why)
        self._forgetting.hold(document, record)
        return record

    def release_hold(self, document: str, *, why: str) -> bool:
        """The first person asks, a second one ends it. Returns whether it has ended. Raises UsageError when there is
        none, RefusedError when the same person asks again."""
        standing = self._forgetting.held(document)
        if standing is None:
            raise UsageError(f"No hold stands on document {document}.")
        if standing[1] == self._actor:
            raise RefusedError("Who asked for the end of a hold cannot agree to it.", cure="Let a second person do it.")
        if not standing[1]:
            self._hold_changed(document, "release-asked", why)
            self._forgetting.ask_release(document, self._actor)
            return False
        self._hold_changed(document, "released", why)
        self._forgetting.release(document)
        return True

    def _hold_changed(self, document: str, change: str, why: str) -> int:
        _refuse_unsaid(why)
        return self._recorder.append(HoldChanged(actor=self._actor, document=document, change=change), self._said(why))

    def _said(self, why: str) -> dict[str, Content]:
        return {"why": Content(text=why, owner=f"person:{self._actor}")} if why.strip() else {}

    # -- files set aside -----------------------------------------------------------------------------------

    def retry(
        self, ids: Sequence[str] = (), *, progress: Callable[[Progress], None] = lambda _: None
    ) -> list[FileResult]:
        """Read files set aside again, now, though they did not change; all of them when none is named. One that
        somebody said never to mind is read when it is named. With the groups, the categories and at least the level
        that they were asked for with."""
        worklog = self._room.worklog
        chosen = [worklog.aside(id) or _not_aside(id) for id in ids] if ids else worklog.set_aside()
        again = frozenset(file.ref.document for file in chosen)
        for file in chosen:
            self._recorder.append(self._ruled(file, "read-again"))
        return [one for report in self._read_again(chosen, again, progress) for one in report if one.document in again]

    def _read_again(
        self, chosen: Sequence[SetAside], again: frozenset[str], progress: Callable[[Progress], None]
    ) -> Iterator[Sequence[FileResult]]:
        """A file of a saved source is read with its source, which says whose it is."""
        alone: list[SetAside] = []
        saved: dict[str, None] = {}
        for file in chosen:
            source = self._room.sources.touching(place_of(file))
            if source is None:
                alone.append(file)
            else:
                saved[source.name] = None
        for asked, files in _together(alone, self._actor).items():
            yield self._room.run_job(sorted(set(map(place_of, files))), asked, again=again, progress=progress).files
        for name in saved:
            synced = self._room.sync(name, self._actor, progress, again=again)
            if synced.report is None:
                raise synced.problem or UsageError(f"The source {name} was not synced.", cure="Sync it.")
            yield synced.report.files

    def never_mind(self, document: str, *, why: str) -> SetAside:
        """The file is no longer listed, and skipped until it changes."""
        waiting = next((file for file in self._room.worklog.set_aside() if file.ref.document == document), None)
        if waiting is None:
            _not_aside(document)
        self._recorder.append(self._ruled(waiting, "never-mind"), self._said(why))
        self._room.worklog.never_mind(document, RELEASED)
        return waiting

    def _ruled(self, file: SetAside, ruling: str) -> FileRuled:
        return FileRuled(actor=self._actor, document=file.ref.document, ruling=ruling, reason=file.reason)

    # -- repairing -----------------------------------------------------------------------------------------

    def reconcile(self, *, dry_run: bool = False) -> Repaired:
        """Compare every store with the catalogue and put right what differs; finish what was begun. See
        `reconciling`."""
        reconciler, waiting = self._reconciler(), self._forgetting.pending()
        drift = reconciler.look()
        found = drift.counts | {"unfinished_forgets": len(waiting), "old_indexes": len(self._old_indexes())}
        if dry_run:
            return Repaired(found=found, left=found)
        self._recorder.append(Reconciled(actor=self._actor, found=found))
        left = reconciler.repair(drift).counts
        problem = ""
        try:
            self.finish()
            self._room.tidy_indexes()
        except RingfenceError as error:
            problem = str(error)
        left |= {
            "unfinished_forgets": len(self._forgetting.pending()),
            "old_indexes": len(self._old_indexes()),
        }
        if any(left.values()):
            self._recorder.append(Reconciled(actor=self._actor, found=found, left=left))
        return Repaired(found=found, left=left, problem=problem)

    def _reconciler(self) -> Reconciler:
        from ingest.reconciling import Reconciler

        room = self._room
        return Reconciler(
            catalogue=room.catalogue,
            copies=room.copies,
            index=lambda: room.follow().index,
            embedder=lambda: room.follow().embedder,
            draw=lambda data, page: room.sandboxes.page_image(data, page),
        )

    def _old_indexes(self) -> list[str]:
        return self._room.indexes.others(self._room.catalogue.serving().index)

    # -- another embedding model ---------------------------------------------------------------------------

    def reembed(
        self,
        model: Path | None,
        precision: Precision | None = None,
        *,
        progress: Callable[[int], None] = lambda _: None,
    ) -> Serving:
        """Go over to another embedding model, or to another precision of it; what is not given stays as it is. See
        `renewal.reembed`. Raises UsageError when both are in place already."""
        from ingest.index.embedder import open_embedder

        room = self._room.follow()
        precision = precision or room.precision
        embedder = open_embedder(model or room.model, threads=room.settings.threads, precision=precision)
        before = room.catalogue.serving()
        if before.embedding == embedder.digest:
            raise UsageError("The documents are embedded with this model already.")
        if not before.embedding:
            raise UsageError("No document was taken in yet.", cure="Name the model in [ingest] of ringfence.toml.")
        passages = room.catalogue.counts()["chunks"]

        def record(serving: Serving) -> None:
            self._recorder.append(
                EmbeddingChanged(actor=self._actor, before=serving.embedding, after=embedder.digest, passages=passages)
            )

        after = reembed(
            room.catalogue,
            room.indexes,
            embedder,
            model=model,
            precision=precision,
            pipelines=(room.pipeline_of(before.embedding), room.pipeline_of(embedder.digest)),
            record=record,
            progress=progress,
        )
        self._room.tidy_indexes()
        return after


@contextlib.contextmanager
def keeping_at(home: Path | None, *, actor: str) -> Iterator[Keeping]:
    """The operator's verbs over a home that is there, with its record."""
    from ingest.wiring import ingest_at
    from policies.config import open_home

    open_home(home)  # one that is not there is not made for this
    with ingest_at(home) as room:
        assert room.recorder is not None
        yield Keeping(room, room.recorder, actor=actor)


def _together(files: Sequence[SetAside], actor: str) -> dict[Asked, list[SetAside]]:
    """Files by what was asked of them."""
    found: dict[Asked, list[SetAside]] = {}
    for file in files:
        asked = Asked(
            groups=file.groups,
            level=file.level if file.named else None,
            categories=file.categories,
            actor=actor,
        )
        found.setdefault(asked, []).append(file)
    return found


def place_of(file: SetAside) -> Path:
    """The file itself, or the container that it lies in."""
    return Path(on_disk(file.ref.path)[0])


def _refuse_unsaid(why: str) -> None:
    if not why.strip():
        raise UsageError("A hold needs a reason.", cure="Give one with --reason.")


def _unknown(document: str) -> UsageError:
    return UsageError(f"There is no document {document}.", cure="`ringfence documents list` shows those there are.")


def _not_aside(document: str) -> Never:
    raise UsageError(
        f"No file {document} is set aside.", cure="`ringfence documents quarantine list` shows those there are."
    )
