"""Who and what takes part in a schedule of `fault_schedules`: processes that run one at a time, and the stores as they
meet them, where each call may fail, or be the last of its process, before its effect or after it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import fields
from typing import Any, Protocol

from fault_model import MemoryIndex

from ingest.catalogue.database import Database
from ingest.errors import IndexUnavailable
from ingest.index.base import Point
from policies.audit.canonical import plain
from policies.audit.events import Event
from policies.errors import RecordError, RingfenceError


class Schedule(Protocol):
    """Whoever decides who is next."""

    error: BaseException | None
    told: list[str]

    def hand_on(self, running: Process | None) -> None: ...

    def fate(self, can_fail: bool) -> str: ...


class Crashed(BaseException):
    """The process is dead: whatever it still tries has no effect."""


class Process:
    """An actor. It runs only when the schedule gives it a turn, and never while another does."""

    def __init__(self, world: Schedule, name: str, work: Callable[[Process], None]) -> None:
        self.world, self.name, self.dead, self.done = world, name, False, False
        self.turn = threading.Semaphore(0)
        threading.Thread(target=self._run, args=(work,), daemon=True).start()

    def _run(self, work: Callable[[Process], None]) -> None:
        self.turn.acquire()
        try:
            work(self)
        except (Crashed, RingfenceError):
            pass
        except BaseException as error:  # noqa: BLE001 - told by the schedule
            self.world.error = error
        self.done = True
        self.world.hand_on(self)

    def call(self, what: str, act: Callable[[], Any], error: Callable[[], Exception] | None) -> Any:
        """`act`, when it is this process's turn again, with what may go wrong around it."""
        if self.dead:
            raise Crashed
        self.world.hand_on(self)
        fate = self.world.fate(error is not None)
        self.world.told.append(f"{self.name}: {what}{f' ({fate})' if fate else ''}")
        if fate == "dies before":
            self.dead = True
            raise Crashed
        if fate == "fails before" and error is not None:
            raise error()
        result = act()
        if fate == "dies after":
            self.dead = True
            raise Crashed
        if fate == "fails after" and error is not None:
            raise error()
        return result


class Through:
    """A store as one process sees it. `verbs` are the calls at which others may have a turn."""

    def __init__(
        self, store: Any, process: Process, error: Callable[[], Exception] | None, verbs: str, **more: Any
    ) -> None:
        self._store, self._process, self._error, self._verbs = store, process, error, frozenset(verbs.split())
        self.__dict__.update(more)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        if name not in self._verbs:
            return found
        return lambda *args, **more: self._process.call(name, lambda: found(*args, **more), self._error)


class AtOnce(Executor):
    """A pool that does it now, so that a schedule is the same each time."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def submit(self, work: Callable[..., Any], /, *args: Any, **more: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(work(*args, **more))
        except Exception as error:  # noqa: BLE001 - a pool hands it over
            future.set_exception(error)
        return future


class Quick(Database):
    """Nothing crashes here but on paper, and one works at a time: one connection, and nothing is flushed."""

    def _connection(self) -> Any:
        if not hasattr(self, "_one"):
            self._one = self._connect()
            self._one.execute("PRAGMA synchronous = OFF")
        return self._one


class Pen:
    """A recorder. Obeys `policies.audit.events.Recorder`."""

    def __init__(self, record: Record, process: Process) -> None:
        self._record, self._process = record, process

    def append(self, event: Event, contents: Mapping[str, object] | None = None) -> int:
        index: int = self._process.call(
            f"append {type(event).__name__}",
            lambda: self._record.write(event, self._process),
            lambda: RecordError("The record is full."),
        )
        return index


class Record:
    """What all processes wrote, in order; each with a pen of its own."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []

    def write(self, event: Event, process: Process) -> int:
        body = {field.name: plain(getattr(event, field.name), field.name) for field in fields(event)}
        writer = {"writer": process} if event.intent else {}
        self.bodies.append({"kind": type(event).__name__, **body, **writer, "seq": len(self.bodies)})
        return len(self.bodies) - 1

    def recover(self, process: Process, resolve: Callable[[dict[str, Any]], Event]) -> None:
        """What `policies.audit.recovery` does: close what the dead left open, once."""
        closed = {body["closes"] for body in self.bodies if "closes" in body}
        for body in list(self.bodies):
            writer = body.get("writer")
            if writer is not None and writer.done and body["seq"] not in closed:
                ending = resolve(body)
                process.call("close an intent", lambda ending=ending: self._close(ending, process), None)

    def _close(self, ending: Any, process: Process) -> None:
        if all(body.get("closes") != ending.closes for body in self.bodies):
            self.write(ending, process)


class TornIndex(MemoryIndex):
    """As Qdrant Edge is written: what goes, what comes, then how far that is. A process may die in between."""

    process: Process

    def apply(self, upserts: Sequence[Point], deletes: Sequence[str], cursor: int) -> None:
        steps: list[tuple[str, Callable[[], None]]] = [
            ("index deletes", lambda: super(TornIndex, self).apply([], deletes, self._cursor)),
            ("index upserts", lambda: super(TornIndex, self).apply(upserts, [], self._cursor)),
            ("index cursor", lambda: super(TornIndex, self).apply([], [], cursor)),
        ]
        for what, act in steps:
            self.process.call(what, act, lambda: IndexUnavailable("The disk is full."))
