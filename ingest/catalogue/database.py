"""The SQLite file behind the catalogue: opened safely, one transaction at a time, errors in our words.

Plain sqlite3, because the statements are few and fixed and importing SQLAlchemy alone takes half a second, half of
what `documents list` may take in total. PostgreSQL will stand behind the same `reading` and `writing`.

What is promised: a writing transaction takes the write lock at its start, so several processes queue and none
fails at its commit; what `writing` has left is on disk; whatever goes wrong inside leaves nothing behind; a file
of a newer version, or a damaged one, is refused and not touched; an older one is copied before it is changed.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path

from ingest.catalogue.filesystem import refuse_network
from ingest.catalogue.schema import STEPS, Step
from ingest.errors import CatalogueError

PATIENCE = 600.0  # seconds to wait for another process that writes; one of a large home may be compacting its file
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class _Connection(sqlite3.Connection):
    """sqlite3's own class takes no weak references."""


class Database:
    """One connection a thread; safe for several threads and several processes."""

    def __init__(self, path: Path, steps: tuple[Step, ...] = STEPS) -> None:
        self.path = path
        self._steps = steps
        self._local = threading.local()
        self._open: weakref.WeakSet[_Connection] = weakref.WeakSet()
        self._inside = 0  # blocks of reading and writing that have begun and not ended
        self._idle = threading.Condition()
        refuse_network(path.parent)
        with self._translated():
            self._prepare()

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One unchanging view of the catalogue."""
        with self._borrowed() as db:
            db.execute("BEGIN")
            try:
                yield db
            finally:
                db.execute("ROLLBACK")

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is durable when the block has ended, or none of it ever happened."""
        with self._borrowed() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")

    def compact(self) -> None:
        """Write the file anew from what it holds, and empty its log: what was deleted is then in neither, while
        `secure_delete` leaves copies of rows that once moved between pages. Others read meanwhile, and wait to write.
        Raises CatalogueError when there is no space, or somebody reads for so long that the log cannot be emptied."""
        with self._borrowed() as db:
            self._stay_here(db)
            db.execute("VACUUM")
            end = time.monotonic() + PATIENCE
            while db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:  # it waits for readers, for others not
                if time.monotonic() > end:
                    raise CatalogueError(
                        "The catalogue's log could not be emptied.", cure="Run the same command again."
                    )
                time.sleep(0.05)

    def _stay_here(self, db: sqlite3.Connection) -> None:
        """The copy that VACUUM makes lies beside the file: texts do not belong in the system's folder for passing
        files, which may be too small for them as well. Said once: SQLite keeps one folder for the whole process."""
        folder = str(self.path.parent)
        if db.execute("PRAGMA temp_store_directory").fetchone() != (folder,):
            db.execute(f"PRAGMA temp_store_directory = '{folder.replace(chr(39), 2 * chr(39))}'")

    def close(self, patience: float = 5.0) -> None:
        """Close every thread's connection. Threads that are inside are waited for, `patience` seconds: SQLite crashes
        the process when a connection is closed under a statement. One that stays keeps its own until it is done."""
        with self._idle:
            if self._idle.wait_for(lambda: self._inside == 0, timeout=patience):
                for connection in self._open:
                    connection.close()
            self._local = threading.local()

    @contextlib.contextmanager
    def _borrowed(self) -> Iterator[sqlite3.Connection]:
        """This thread's connection, which `close` leaves alone meanwhile."""
        with self._idle:
            self._inside += 1
        try:
            with self._translated():
                yield self._connection()
        finally:
            with self._idle:
                self._inside -= 1
                self._idle.notify_all()

    def _connection(self) -> sqlite3.Connection:
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is None:
            db = self._local.db = self._connect()
        return db

    def _connect(self) -> sqlite3.Connection:
        # check_same_thread is off only for `close`: each connection is used by the thread that made it.
        db = sqlite3.connect(
            self.path, timeout=PATIENCE, isolation_level=None, check_same_thread=False, factory=_Connection
        )
        self._open.add(db)
        db.row_factory = sqlite3.Row
        for pragma in ("synchronous = FULL", "secure_delete = ON", "foreign_keys = ON"):
            db.execute(f"PRAGMA {pragma}")
        return db

    def _prepare(self) -> None:
        """Make the file, or bring an older one up to date. Several processes may try at once: one does it."""
        if not self.path.exists():
            self.path.touch(mode=0o600)
        db = self._connection()
        if self._schema(db) < len(self._steps):
            if db.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                db.execute("PRAGMA journal_mode = WAL")
            self._migrate(db)

    def _schema(self, db: sqlite3.Connection) -> int:
        """The file's schema number. A newer one is refused, and so is a file with tables but no number."""
        schema = int(db.execute("PRAGMA user_version").fetchone()[0])
        if schema > len(self._steps):
            raise CatalogueError(
                f"The catalogue was written by a newer version (schema {schema}, this one knows {len(self._steps)}).",
                cure="Install the newer version; nothing was touched.",
            )
        if schema == 0 and db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise _damaged(self.path)
        return schema

    def _migrate(self, db: sqlite3.Connection) -> None:
        schema = self._schema(db)
        if schema:
            self._copy(db, self.path.with_name(f"{self.path.name}.schema-{schema}"))
        db.execute("BEGIN EXCLUSIVE")
        try:
            for step in self._steps[self._schema(db) :]:  # asked again: another process may have done it by now
                for statement in step:
                    db.execute(statement)
            db.execute(f"PRAGMA user_version = {len(self._steps)}")
            db.execute("COMMIT")
        finally:
            if db.in_transaction:
                db.execute("ROLLBACK")

    def _copy(self, db: sqlite3.Connection, copy: Path) -> None:
        waiting = copy.with_name(f"{copy.name}.{os.getpid()}")
        waiting.unlink(missing_ok=True)
        db.execute("VACUUM INTO ?", (str(waiting),))
        waiting.chmod(0o600)
        waiting.replace(copy)

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        """SQLite's errors, as ours. Messages of SQLite hold names of tables at most, never values."""
        try:
            yield
        except sqlite3.Error as error:
            raise self._explained(error) from error

    def _explained(self, error: sqlite3.Error) -> CatalogueError:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _DAMAGED:
            return _damaged(self.path)
        if code in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}:
            return CatalogueError(
                f"The catalogue cannot be written: no space, or a fault of the disk ({error}).",
                cure="Free some space and run the same command again: nothing was half written, nothing is lost.",
            )
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            return CatalogueError(
                f"Another process has been writing the catalogue for more than {PATIENCE:.0f} seconds.",
                cure="Wait for it to end, then run the same command again.",
            )
        if code in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}:
            return CatalogueError(
                f"The catalogue {self.path} cannot be opened for writing.",
                cure="Give your account read and write access to the home and everything in it.",
            )
        return CatalogueError(f"The catalogue did not do what was asked ({error}).", cure="Run the command again.")


def _damaged(path: Path) -> CatalogueError:
    return CatalogueError(
        f"The catalogue {path} is damaged. Nothing was changed.",
        cure="Put back a copy of it; without one, move the file aside and ingest the sources again: "
        "the original files are kept untouched beside it.",
    )
