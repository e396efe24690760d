"""Everything that a process makes durable, seen through Python's audit events and SQLite's trace: each statement that
writes, each file made, renamed or removed, each batch of the index. At the step that was chosen the process kills
itself. Nothing in the product knows of it.
"""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ingest.index.edge as edge
from ingest.index.base import Point
from policies.config import Home

_WRITES = re.compile(
    r"(INSERT|UPDATE|DELETE|CREATE|BEGIN IMMEDIATE|BEGIN EXCLUSIVE|COMMIT)(?: OR \w+)?(?: INTO| FROM)? *(\w*)"
)
_KIND = re.compile(r'"kind":"(\w+)"')
_FILES = {"os.rename": 1, "os.remove": 0, "os.mkdir": 0, "os.link": 1}


class Steps:
    """Counts what this process makes durable in `home`; kills it at step `at`: one of that number, or the one that
    comes in its thread after the first of that name. `trail` gets the step's name, or each."""

    def __init__(self, home: Home, at: int | str | None, trail: Path) -> None:
        self._home, self._at, self._count, self._next = str(home.path) + "/", at, 0, 0
        self._trail = trail.open("a", buffering=1)
        self._lock = threading.Lock()
        sys.addaudithook(self._hook)
        steps = self

        class Index(edge.EdgeIndex):
            def apply(self, upserts: Sequence[Point], deletes: Sequence[str], cursor: int) -> None:
                steps.step("index: before a batch")
                super().apply(upserts, deletes, cursor)
                steps.step("index: after a batch")

        def connect(database: Any, *args: Any, **more: Any) -> sqlite3.Connection:
            store, about = Path(str(database).split("?")[0]).stem, [""]
            db: sqlite3.Connection = connect_plainly(database, *args, **more)
            db.set_trace_callback(lambda sql: self._statement(store, about, sql))
            return db

        connect_plainly = sqlite3.connect
        edge.EdgeIndex, sqlite3.connect = Index, connect  # type: ignore[misc]

    def step(self, name: str) -> None:
        with self._lock:
            self._count += 1
            dies = self._count == self._at or self._next == threading.get_ident()
            if dies or self._at is None:
                self._trail.write(name + "\n")
            if dies:
                os.kill(os.getpid(), signal.SIGKILL)
            if name == self._at:
                self._next = threading.get_ident()

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            if args[2] & (os.O_WRONLY | os.O_RDWR) and args[2] & os.O_CREAT:
                self._file("make", args[0])
        elif event in _FILES:
            self._file(event.removeprefix("os."), args[_FILES[event]])

    def _statement(self, store: str, about: list[str], sql: str) -> None:
        found = _WRITES.match(sql)
        if found is None:
            return
        verb, what = found[1], found[2]
        if kind := _KIND.search(sql):
            what = f"{what} {kind[1]}"
        if verb.startswith("BEGIN"):
            about[0] = ""
        elif verb != "COMMIT":
            about[0] = about[0] or what
        self.step(f"{store}: {verb} {what if verb != 'COMMIT' else about[0]}".rstrip())

    def _file(self, verb: str, path: Any) -> None:
        name = os.fsdecode(path) if isinstance(path, str | bytes | os.PathLike) else ""
        if not name.startswith(self._home) or name.endswith(("-wal", "-shm")):
            return
        parts = name.removeprefix(self._home).split("/")
        place = "/".join(re.sub(r"^[0-9a-f]{2}$|^tmp.*|[0-9a-f]{8,}.*|\.\d+$", "*", part) for part in parts)
        self.step(f"{verb} {place}")
