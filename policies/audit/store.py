"""How the two SQLite files of the record are opened, and what their errors mean.

A store carries its schema number in `PRAGMA user_version`. One written by a newer version is refused before
anything is touched. Writing is WAL with `synchronous=FULL` (a commit is on the disk when it returns) and
`secure_delete` (what is deleted is overwritten).
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

from policies.config import Home
from policies.errors import RecordError, UnavailableError

BUSY_SECONDS = 30.0
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "fullfsync=ON",  # macOS: without it a flush stops at the drive's cache
    "checkpoint_fullfsync=ON",
    "secure_delete=ON",
    "trusted_schema=OFF",
    "cell_size_check=ON",
)


def open_store(home: Home, path: Path, *, schema: int, tables: str) -> sqlite3.Connection:
    """Open a store for writing, making it when it is not there. Raises UnavailableError or RecordError."""
    try:
        with _opening(home):
            _refuse_newer(path, schema)
            if not path.exists():
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
            connection = sqlite3.connect(
                path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=64
            )
            try:
                for pragma in _PRAGMAS:
                    connection.execute(f"PRAGMA {pragma}")
                if version_of(connection) == 0:
                    connection.executescript(f"BEGIN IMMEDIATE; {tables} PRAGMA user_version={schema}; COMMIT;")
            except BaseException:
                connection.close()
                raise
            return connection
    except (sqlite3.Error, OSError) as error:
        raise record_error(path.name, error) from error


@contextlib.contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that only reads: also from a folder or a medium that cannot be written."""
    with contextlib.ExitStack() as stack:
        connection = _open_reading(path, stack)
        stack.callback(connection.close)
        yield connection


def version_of(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def refuse_newer(connection: sqlite3.Connection, name: str, schema: int) -> None:
    """Raise UnavailableError when a newer version wrote this store."""
    found = version_of(connection)
    if found > schema:
        raise UnavailableError(
            f"{name} was written by a newer version (schema {found}, this one knows {schema}).",
            cure="Install the newer version; nothing was touched.",
        )


def record_error(name: str, error: sqlite3.Error | OSError) -> RecordError:
    """What a lower error means for the record, in words, with the cure."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if isinstance(error, OSError):
        return RecordError(
            f"{name} cannot be written ({error.strerror}).",
            cure="Free some space or repair the disk, then start again.",
        )
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return RecordError(f"{name} is in use by another process.", cure="Try again in a moment.")
    if code == sqlite3.SQLITE_FULL:
        return RecordError(f"There is no space left for {name}.", cure="Free some space, then start again.")
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, 0):
        return RecordError(
            f"{name} is damaged.", cure="Run `ringfence audit verify` to see where, then restore it from a backup."
        )
    return RecordError(
        f"{name} cannot be used ({getattr(error, 'sqlite_errorname', type(error).__name__)}).",
        cure="Free some space if the disk is full, check the folder's permissions, then start again.",
    )


def is_busy(error: sqlite3.Error) -> bool:
    """Whether waiting would help."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


@contextlib.contextmanager
def _opening(home: Home) -> Iterator[None]:
    """One process at a time makes or converts a store: SQLite does not wait for a change of journal mode."""
    fd = os.open(home.store("run", "opening.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def _refuse_newer(path: Path, schema: int) -> None:
    # Looked at through a connection that only reads: closing any other one may write the file.
    if path.exists() and path.stat().st_size:
        with reading(path) as connection:
            refuse_newer(connection, path.name, schema)


def _open_reading(path: Path, stack: contextlib.ExitStack) -> sqlite3.Connection:
    try:
        return _connect(path, "mode=ro")
    except sqlite3.OperationalError:
        if not path.exists():
            raise
    # A WAL file cannot be read in a folder that cannot be written, unless nobody else can write it either.
    wal = path.with_name(path.name + "-wal")
    if not wal.exists() or wal.stat().st_size == 0:
        return _connect(path, "mode=ro&immutable=1")
    copy = Path(stack.enter_context(tempfile.TemporaryDirectory())) / path.name
    shutil.copyfile(path, copy)
    shutil.copyfile(wal, copy.with_name(wal.name))
    return _connect(copy, "mode=ro")


def _connect(path: Path, how: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{how}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        connection.execute("PRAGMA trusted_schema=OFF")
        version_of(connection)
    except sqlite3.Error:
        connection.close()
        raise
    return connection
