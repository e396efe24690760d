"""Jobs that run beside the pages, in this process: one at a time, a few waiting, each of which can be cancelled.

What is promised: nothing runs or waits twice under one name. A cancelled job ends between two files; what was stored
stays stored. Whoever asks waits for nothing: they look at `tasks` and `problem`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from ingest.jobs.report import Progress
from policies.errors import RefusedError, RingfenceError

MOST = 8
LAST_FILE = 10.0  # seconds that a server waits for the file in hand when it ends

Work = Callable[[Callable[[Progress], None]], str]  # returns why it did not go well, or nothing


class Cancelled(Exception):
    """Somebody asked for the end. Raised between two files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """`name`: what runs only once; `what`: how a person calls it; `progress`: None until its job has begun."""

    name: str
    what: str
    work: Work
    begun: bool = False
    progress: Progress | None = None
    cancelled: bool = False

    @property
    def job(self) -> str:
        return self.progress.job if self.progress else ""


class Background:
    """At most `most` tasks run or wait."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._tasks: dict[str, Task] = {}  # in the order in which they were asked for
        self._problems: dict[str, tuple[int, str]] = {}  # with its time
        self._thread: threading.Thread | None = None
        self._closed = False

    def start(self, name: str, what: str, work: Work) -> None:
        """Raises RefusedError when it runs or waits already, and when too much waits."""
        with self._lock:
            if name in self._tasks:
                raise RefusedError(f"This runs already: {what}.", cure="Wait for it to end, or cancel it.")
            if self._closed or len(self._tasks) >= self._most:
                raise RefusedError("Too much waits already.", cure="Wait for a run to end, or cancel one.")
            self._problems.pop(name, None)
            self._tasks[name] = Task(name=name, what=what, work=work)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="library-jobs", daemon=True)
                self._thread.start()

    def tasks(self) -> tuple[Task, ...]:
        """Those that run or wait, as they stand."""
        with self._lock:
            return tuple(self._tasks.values())

    def problem(self, name: str, *, well: int = 0) -> str:
        """Why the last task of that name did not go well; nothing when it did, or is at work. `well`: when it last went
        well elsewhere, in microseconds; what was wrong before that is wrong no more."""
        with self._lock:
            when, words = self._problems.get(name, (0, ""))
            return words if when >= well else ""

    def cancel(self, name: str) -> None:
        """One that waits is not begun; one that runs ends at the next file's border."""
        with self._lock:
            task = self._tasks.get(name)
            if task and task.begun:
                self._tasks[name] = replace(task, cancelled=True)
            elif task:
                del self._tasks[name]

    def close(self) -> None:
        """Cancel everything and wait a moment for the file in hand. What is cut off then is done by the next run."""
        with self._lock:
            self._closed, thread = True, self._thread
        for task in self.tasks():
            self.cancel(task.name)
        if thread is not None:
            thread.join(LAST_FILE)

    # -- in the one thread -----------------------------------------------------------------------------------

    def _run(self) -> None:
        while (task := self._next()) is not None:
            problem = self._done(task)
            with self._lock:
                del self._tasks[task.name]
                if problem:
                    self._problems[task.name] = time.time_ns() // 1000, problem

    def _next(self) -> Task | None:
        with self._lock:
            task = next(iter(self._tasks.values()), None)
            if task is None:
                self._thread = None
            else:
                self._tasks[task.name] = replace(task, begun=True)
            return task

    def _done(self, task: Task) -> str:
        try:
            return task.work(partial(self._seen, task.name))
        except Cancelled:
            return ""
        except RingfenceError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001  the thread's border: what waits behind it must still be done
            return f"It broke off on our side ({type(error).__name__}). What was taken in stays; try again."

    def _seen(self, name: str, progress: Progress) -> None:
        with self._lock:
            task = self._tasks[name] = replace(self._tasks[name], progress=progress)
        if task.cancelled:
            raise Cancelled
