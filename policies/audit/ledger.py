"""The ledger: the one writer of the record.

Promises of `append`: when it returns, the record and its signed head are on the disk, in one transaction, with
its sealed texts there before it. When it raises RecordError, nothing may be done that the record was to
allow. After an error of the disk the ledger takes nothing more until it is opened anew: what the system
believes written after a failed flush may not be. Several threads and processes may append at once; each
extends only a head whose signature and root it has checked, so no head of ours ever covers foreign records
without their being found by `verify`. Threads that wait while one commits share the next transaction: the first
of them writes for all, and each returns, or fails, with it.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from policies.audit.canonical import plain, written
from policies.audit.checkpoint import note_text, origin_of, render, sign_head
from policies.audit.events import PEOPLE, Content, Event
from policies.audit.resume import Resume
from policies.audit.sealed import Sealed, refuse_unowned
from policies.audit.store import is_busy, open_store, reading, record_error
from policies.audit.tree import EMPTY, Frontier, leaf_hash
from policies.audit.writers import Writer
from policies.config import Home
from policies.errors import RecordError
from policies.keys import Keys, pseudonym, verify

SCHEMA = 1
CLOCK_SLACK = 5_000_000  # µs: a wall clock this far behind the record is worth saying
NOT_A_PERSON = frozenset({"", "system", "unknown"})
_TABLES = """
CREATE TABLE records(seq INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE heads(size INTEGER PRIMARY KEY, root BLOB NOT NULL, signature BLOB NOT NULL);
"""
_KEEP_EVERY = 4096  # appends between two notes for the next start
_VERIFY = "Run `ringfence audit verify` to see where, then restore the ledger from a backup."


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What the record says of itself: how many records, and the root over them, signed."""

    size: int
    root: bytes
    signature: bytes


@dataclass(slots=True, eq=False)
class _Entry:
    """A record on its way into the ledger. `seq` once it is there; `failure` once it is known why it is not."""

    intent: bool
    body: dict[str, Any]
    contents: Mapping[str, Content]
    seq: int | None = None
    failure: RecordError | None = None


def now() -> int:
    """UTC in microseconds."""
    return time.time_ns() // 1000


class Ledger:
    """The record of one home, open for appending. A Recorder."""

    def __init__(self, home: Home, keys: Keys, *, clock: Callable[[], int] = now) -> None:
        self.home = home
        self.keys = keys
        self.path = home.path / "ledger" / "ledger.db"
        self._clock = clock
        self._lock = threading.RLock()
        self._waiting: deque[_Entry] = deque()
        self._open()

    def _open(self) -> None:
        self._broken: RecordError | None = None
        with contextlib.ExitStack() as opened:
            try:
                self.home.store("ledger", "ledger.db")
                self._db = open_store(self.home, self.path, schema=SCHEMA, tables=_TABLES)
                opened.callback(self._db.close)
                self.sealed = Sealed(self.home, self.keys)
                opened.callback(self.sealed.close)
                self._writer = Writer(self.home)
            except OSError as error:
                raise record_error(self.path.name, error) from error
            opened.pop_all()
        self._resume = Resume.read(self.home)
        self._frontier, self._root = Frontier(), EMPTY  # what this process has checked; nothing yet
        self._time = 0

    def close(self) -> None:
        """Let go of everything. Intents that are still open count as a dead writer's from here on."""
        with self._lock:
            if self._writer.mine:  # a fork leaves the connections to the process that opened them
                if self._broken is None:
                    self._resume.write(self.home, self._frontier)
                self._db.close()
                self.sealed.close()
                self._writer.close()
            self._broken = RecordError("The record is closed.", cure="Open it again.")

    def reopen(self) -> None:
        """Begin anew from what is on the disk, after an error."""
        with self._lock:
            self.close()
            self._open()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- writing -------------------------------------------------------------------------------------

    def append(self, event: Event, contents: Mapping[str, Content] | None = None) -> int:
        """Make `event` durable and return its index, counted from 0. Raises RecordError when it cannot."""
        entry = self._entry(event, contents)
        self._waiting.append(entry)
        with self._lock:
            if entry.seq is None and entry.failure is None:
                self._write([self._waiting.popleft() for _ in range(len(self._waiting))])
        if entry.seq is None:  # another thread wrote for this one, and did not come to the end
            failure = entry.failure or RecordError("Recording was interrupted.", cure="Try again.")
            raise RecordError(failure.message, cure=failure.cure) from failure
        return entry.seq

    def append_unless(
        self,
        event: Event,
        stands: Callable[[sqlite3.Connection], bool],
        contents: Mapping[str, Content] | None = None,
    ) -> int | None:
        """Append `event` unless `stands`, asked inside the same transaction, says that something is in its way. Until
        the transaction ends no other thread or process appends."""
        entry = self._entry(event, contents)
        with self._lock:
            self._write([entry], stands)
        return entry.seq

    def recover(self, resolve: Callable[[dict[str, Any]], Event | None]) -> list[int]:
        """Close the intents of dead writers; returns the indexes of the closing records.

        A question is abandoned, a backup lost; a departure returns as unknown: it may have left. For what
        changes documents or erases, `resolve` is given the intent's record and answers with what ends it, or None to
        leave it.
        """
        from policies.audit.recovery import recover

        with self._lock:
            closed, self._resume.settled = recover(self, resolve, start=self._resume.settled)
            return closed

    def _entry(self, event: Event, contents: Mapping[str, Content] | None) -> _Entry:
        """Made before anything is written: a malformed event harms nothing."""
        self._refuse_if_unusable()
        refuse_unowned(contents or {})
        body: dict[str, Any] = {"kind": type(event).__name__}
        for field in fields(event):
            value = getattr(event, field.name)
            if field.name in PEOPLE and value not in NOT_A_PERSON and not value.startswith("os:"):
                value = pseudonym(self.keys, value)
            body[field.name] = plain(value, field.name)
        return _Entry(event.intent, body, contents or {})

    def _write(self, entries: Sequence[_Entry], stands: Callable[[sqlite3.Connection], bool] | None = None) -> None:
        """All of them in one transaction, or none."""
        try:
            self._refuse_if_unusable()
            try:
                self._seal(entries)
                self._commit(entries, stands)
            except sqlite3.Error as error:
                raise record_error(self.path.name, error) from error
        except RecordError as error:
            self._roll_back()
            if self._broken is None and not (isinstance(error.__cause__, sqlite3.Error) and is_busy(error.__cause__)):
                self._broken = error
            for entry in entries:
                entry.failure = error
            raise
        except BaseException:  # an interrupt in the middle must not leave the transaction open
            self._roll_back()
            raise

    def _seal(self, entries: Sequence[_Entry]) -> None:
        texts = {(at, name): text for at, entry in enumerate(entries) for name, text in entry.contents.items()}
        for (at, name), commitment in self.sealed.seal(texts).items():
            entries[at].body.setdefault("commitments", {})[name] = commitment

    def _commit(self, entries: Sequence[_Entry], stands: Callable[[sqlite3.Connection], bool] | None = None) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        self._catch_up()
        if stands is not None and stands(self._db):
            self._db.execute("ROLLBACK")
            return
        after, last = self._frontier.copy(), self._time
        for entry in entries:
            wall = self._clock()
            entry.body |= {"seq": after.size, "time": max(last, wall)}
            if last - wall > CLOCK_SLACK:
                entry.body["clock"] = last - wall
            if entry.intent:
                entry.body["writer"] = self._writer.id
            last = entry.body["time"]
            self._insert(written(entry.body), after)
        self._db.execute("COMMIT")
        noted = self._frontier.size // _KEEP_EVERY
        self._frontier, self._root, self._time = after, after.root(), last
        for entry in entries:
            entry.seq = entry.body["seq"]
        if after.size // _KEEP_EVERY > noted:
            self._resume.write(self.home, self._frontier)

    def _insert(self, text: str, frontier: Frontier) -> None:
        """One record and the head over it; the frontier is moved on."""
        seq = frontier.size
        frontier.append(leaf_hash(text.encode()))
        root = frontier.root()
        self._db.execute("INSERT INTO records(seq, body) VALUES(?, ?)", (seq, text))
        self._db.execute(
            "INSERT INTO heads(size, root, signature) VALUES(?, ?, ?)",
            (seq + 1, root, sign_head(self.keys, self.home.id, seq + 1, root)),
        )

    def _catch_up(self) -> None:
        """Bring the frontier to the newest head, hashing what others appended since, and check it."""
        head = self._head()
        if head.size == self._frontier.size and head.root == self._root:
            return
        if head.size < self._frontier.size or (head.size == self._frontier.size and head.size):
            raise RecordError("The record is not the one this process has been writing to.", cure=_VERIFY)
        text = note_text(origin_of(self.home.id), head.size, head.root)
        if not verify(self.keys.public, text, head.signature):
            raise RecordError("The newest head of the record is not signed with this home's key.", cure=_VERIFY)
        frontier = self._resume.frontier(self._db) if self._frontier.size == 0 else self._frontier.copy()
        bodies = self._db.execute(
            "SELECT body FROM records WHERE seq >= ? AND seq < ? ORDER BY seq", (frontier.size, head.size)
        )
        while batch := bodies.fetchmany(4096):
            frontier.extend([leaf_hash(str(row[0]).encode()) for row in batch])
        if frontier.size != head.size or frontier.root() != head.root:
            raise RecordError("The record is damaged: its records do not give its newest head.", cure=_VERIFY)
        try:  # where the note for this start covers the last record, nobody has read that one yet
            last = self._db.execute("SELECT body FROM records WHERE seq = ?", (head.size - 1,)).fetchone()
            self._time = int(json.loads(last[0])["time"])
        except (ValueError, KeyError, TypeError):
            raise RecordError("The record is damaged: its last record is not one.", cure=_VERIFY) from None
        self._frontier, self._root = frontier, head.root

    # -- reading -------------------------------------------------------------------------------------

    def head(self) -> Head:
        """The newest head. An empty record has size 0 and no signature."""
        with self._lock:
            try:
                return self._head()
            except sqlite3.Error as error:
                raise record_error(self.path.name, error) from error

    def checkpoint(self) -> str:
        """The newest head as a signed note."""
        head = self.head()
        signature = head.signature or sign_head(self.keys, self.home.id, 0, EMPTY)
        return render(self.home.id, head.size, head.root, signature, self.keys.public)

    def bodies(self, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, str]]:
        """The exact texts of records, in order."""
        try:
            with reading(self.path) as db:
                last = stop if stop is not None else 2**62
                yield from db.execute(
                    "SELECT seq, CAST(body AS TEXT) FROM records WHERE seq >= ? AND seq < ? ORDER BY seq", (start, last)
                )
        except sqlite3.Error as error:
            raise record_error(self.path.name, error) from error

    def _head(self) -> Head:
        row = self._db.execute("SELECT size, root, signature FROM heads ORDER BY size DESC LIMIT 1").fetchone()
        size, root, signature = row or (0, EMPTY, b"")
        return Head(size=size, root=bytes(root), signature=bytes(signature))

    def _refuse_if_unusable(self) -> None:
        if self._broken is not None:
            raise RecordError("The record takes nothing more after an error.", cure=self._broken.cure) from self._broken
        if not self._writer.mine:
            raise RecordError("The record was opened by another process.", cure="Open it in this one.")

    def _roll_back(self) -> None:
        with contextlib.suppress(sqlite3.Error):  # the first error is the one to tell; nothing more is taken anyway
            self._db.rollback()
