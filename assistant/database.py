"""How this room opens its SQLite files: durable, forgetful of deleted text, and never a newer version's.

Every writing transaction is `BEGIN IMMEDIATE`, so several processes may use one home.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from policies.errors import UnavailableError


class Database:
    """One SQLite file with a schema number. A connection per call: cheap, and safe in any thread."""

    def __init__(self, path: Path, *, schema: str, version: int) -> None:
        self._path = path
        with self._translated(), self._connection() as connection:
            (found,) = connection.execute("PRAGMA user_version").fetchone()
            if found > version:
                raise UnavailableError(
                    f"{path.name} was written by a newer version (schema {found}, this one knows {version}).",
                    cure="Install the newer version; nothing was touched.",
                )
            if found < version:
                connection.executescript(f"PRAGMA journal_mode=WAL; BEGIN IMMEDIATE; {schema}; COMMIT;")
                connection.execute(f"PRAGMA user_version={version}")

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        with self._translated(), self._connection() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it durable at the end, or none of it."""
        with self._translated(), self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    def empty_log(self) -> None:
        """Leave no older page in the write-ahead log. Raises UnavailableError while another process reads one."""
        with self._translated(), self._connection() as connection:
            (busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise UnavailableError(f"{self._path.name} is in use by another process.", cure="Try again in a moment.")

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=30, isolation_level=None)
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA secure_delete=ON")
            connection.execute("PRAGMA foreign_keys=ON")
            yield connection
        finally:
            connection.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError:
            raise
        except sqlite3.DatabaseError as error:
            raise UnavailableError(
                f"{self._path.name} cannot be used: {error}.",
                cure="Free some space if the disk is full; restore the file from a backup if it is damaged.",
            ) from error
