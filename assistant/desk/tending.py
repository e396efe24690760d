"""Looking after the library from the pages: operators and owners alone, each act on the record."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from assistant.desk.background import Background, Task
from assistant.desk.library import SEES_ALL
from assistant.web.tending import NewSource, Running, SourceRow
from ingest.asking import allowed_place, source
from ingest.catalogue.sources import Standing
from ingest.jobs.report import Progress
from ingest.keeping import Keeping, place_of
from ingest.wiring import Ingest
from policies.audit.document_events import JobCancelled
from policies.audit.events import Recorder
from policies.errors import RefusedError, UsageError
from policies.labels import Label
from policies.vocabulary import Person


class TendingDesk:
    """Keeps `web.tending.Tending`."""

    def __init__(self, room: Ingest, recorder: Recorder, background: Background) -> None:
        self._room, self._recorder, self._background = room, recorder, background

    # -- how it stands ---------------------------------------------------------------------------------------

    def sources(self, person: Person) -> Sequence[SourceRow]:
        _check(person)
        return [self._source(one) for one in self._room.sources.all()]

    def running(self, person: Person) -> Sequence[Running]:
        _check(person)
        return [_running(task) for task in self._background.tasks()]

    def problem(self, person: Person, document: str) -> str:
        _check(person)
        return self._background.problem(document)

    # -- acts ------------------------------------------------------------------------------------------------

    def read_again(self, person: Person, document: str) -> None:
        _check(person)
        file = next((one for one in self._room.worklog.set_aside() if one.ref.document == document), None)
        if file is None:
            raise UsageError("This file is no longer set aside.")
        place = place_of(file)
        saved = self._room.sources.touching(place)
        name, what = (saved.id, saved.name) if saved else (document, place.name)
        self._background.start(name, what, self._again(person, document))

    def never_mind(self, person: Person, document: str) -> None:
        _check(person)
        self._keeping(person).never_mind(document, why="")

    def sync(self, person: Person, source: str) -> None:
        _check(person)
        saved = self._standing(source).saved
        self._background.start(source, saved.name, self._synced(person, saved.name))

    def roots(self, person: Person) -> Sequence[str]:
        _check(person)
        return [str(root) for root in self._room.settings.source_roots]

    def add_source(self, person: Person, new: NewSource) -> None:
        _check(person)
        home = self._room.home
        place = allowed_place(new.folder, self._room.settings.source_roots, never=(home.path, home.keys))
        saved = source(
            new.name.strip(),
            place,
            owner=new.owner,
            groups=new.groups,
            level=new.level,
            categories=new.categories,
            originals=new.originals,
            actor=person.id,
        )
        self._room.syncing(person.id).add(saved)

    def remove_source(self, person: Person, source: str) -> None:
        _check(person)
        standing = self._standing(source)
        if any(task.name == source for task in self._background.tasks()):
            raise RefusedError("This source is at work.", cure="Wait for the run to end, or cancel it.")
        self._room.syncing(person.id).remove(standing, forget=False)

    def cancel(self, person: Person, name: str) -> None:
        _check(person)
        task = next((one for one in self._background.tasks() if one.name == name), None)
        if task is None:
            raise UsageError("It has ended already.")
        if not task.cancelled:
            self._recorder.append(JobCancelled(actor=person.id, what=name, job=task.job))
            self._background.cancel(name)

    # -- in the background -----------------------------------------------------------------------------------

    def _again(self, person: Person, document: str) -> Callable[[Callable[[Progress], None]], str]:
        def work(progress: Callable[[Progress], None]) -> str:
            self._keeping(person).retry([document], progress=progress)
            return ""

        return work

    def _synced(self, person: Person, name: str) -> Callable[[Callable[[Progress], None]], str]:
        def work(progress: Callable[[Progress], None]) -> str:
            return str(self._room.sync(name, person.id, progress).problem or "")

        return work

    def _standing(self, source: str) -> Standing:
        found = next((one for one in self._room.sources.all() if one.saved.id == source), None)
        if found is None:
            raise UsageError("There is no such source any more.")
        return found

    def _keeping(self, person: Person) -> Keeping:
        return Keeping(self._room, self._recorder, actor=person.id)

    def _source(self, one: Standing) -> SourceRow:
        saved = one.saved
        return SourceRow(
            id=saved.id,
            name=saved.name,
            place=saved.path,
            owner=saved.owner,
            groups=tuple(sorted(saved.groups)),
            label=None if saved.level is None else Label(level=saved.level, categories=saved.categories),
            manifest=bool(one.manifest),
            state=one.state,
            tried=one.tried,
            synced=one.synced,
            documents=self._room.sources.documents(saved),
            problem=self._background.problem(saved.id, well=one.synced),
        )


def _check(person: Person) -> None:
    if not person.roles & SEES_ALL:
        raise RefusedError("Only who looks after the library may do this.", cure="Ask an operator or an owner.")


def _running(task: Task) -> Running:
    now = task.progress
    if now is None:
        return Running(name=task.name, what=task.what, begun=task.begun, cancelled=task.cancelled)
    return Running(
        name=task.name,
        what=task.what,
        job=now.job,
        done=now.done,
        total=now.total,
        file=now.file,
        rate=now.rate,
        left=now.left,
        bytes=now.bytes,
        of_bytes=now.of_bytes,
        aside=now.aside,
        begun=True,
        cancelled=task.cancelled,
    )
