"""What a backup holds, as it was at one moment.

What is promised: all databases are seen as they stood between two transactions of each, at one and the same moment. So
a home that is put back is what it would be had its machine lost power then: no document without its record, and what
was under way ends as after a crash. Whoever writes waits for an instant; searching and taking in go on. Originals that
the catalogue of that moment needs are not removed meanwhile; other files are as they are when their turn comes.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NoReturn

from ingest.catalogue.originals import STAYING, staying
from policies.config import Home
from policies.errors import UnavailableError

PATIENCE = 60.0  # seconds to wait for those who write
LEFT_OUT = frozenset(
    {"index", "run", "cache", "ledger/resume.json", "catalogue/originals/waiting", "catalogue/pages/waiting"}
    | {f"catalogue/originals/{STAYING}"}
)
_BESIDE = ("-wal", "-shm", "-journal")  # what SQLite keeps beside a database


def files(home: Path) -> Iterator[str]:
    """All that is kept, as paths within the home: databases too, without what SQLite keeps beside them, copies made
    before a migration, and what can be made again (the index, scratch files). Links are followed. Raises
    UnavailableError for what cannot be read: a backup without it would look like one."""
    seen = set[tuple[int, int]]()
    for folder, folders, names in os.walk(home, onerror=refuse_unreadable, followlinks=True):
        here = os.stat(folder)
        if (here.st_dev, here.st_ino) in seen:  # a link to a folder above
            folders.clear()
            continue
        seen.add((here.st_dev, here.st_ino))
        inside = os.path.relpath(folder, home)
        prefix = "" if inside == "." else f"{inside}/"
        folders[:] = sorted(name for name in folders if prefix + name not in LEFT_OUT)
        for name in sorted(names):
            beside = name.endswith(_BESIDE) or ".db.schema-" in name or name.startswith("home.json.")
            if prefix + name not in LEFT_OUT and not beside and _is_ordinary(os.path.join(folder, name)):
                yield prefix + name


@contextlib.contextmanager
def still(home: Home) -> Iterator[Mapping[str, sqlite3.Connection]]:
    """The databases by their path within the home, each in a transaction that sees the same moment. Raises
    UnavailableError when they are written for so long that there is no such moment."""
    paths = [path for path in files(home.path) if path.endswith(".db")]
    with contextlib.ExitStack() as stack:
        if (originals := home.path / "catalogue" / "originals").is_dir():
            stack.enter_context(staying(originals))
        deadline = time.monotonic() + PATIENCE
        while True:
            seen = {path: stack.enter_context(_opened(home.path / path, "ro")) for path in paths}
            try:
                _look(home, seen)
                break
            except sqlite3.OperationalError as error:
                code = getattr(error, "sqlite_errorcode", 0) & 0xFF
                if code not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                    raise
                if time.monotonic() > deadline:
                    raise UnavailableError(
                        f"The home has been written to for more than {PATIENCE:.0f} seconds without a pause.",
                        cure="Run the same command again when it is quieter.",
                    ) from None
                for connection in seen.values():
                    connection.close()
        yield seen


def copy(source: sqlite3.Connection, place: Path) -> None:
    """A database as `source` sees it, which is closed then: its log can be emptied again. Raises UnavailableError
    when it is damaged: a damaged copy is worth nothing."""
    target = sqlite3.connect(place, isolation_level=None)
    try:
        target.execute("PRAGMA synchronous = OFF")
        source.backup(target, pages=-1)
        if (found := target.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise sqlite3.DatabaseError(str(found))
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        raise UnavailableError(
            f"{place.name} is damaged, so no backup was made.",
            cure="`ringfence doctor` and `ringfence audit verify` say more; put it back from an older backup.",
        ) from error
    finally:
        target.close()
        source.close()


def _look(home: Home, seen: Mapping[str, sqlite3.Connection]) -> None:
    """Begin to see each database while nobody can write any. Locks are asked for without waiting for long, and given
    back together: somebody may hold one and wait for another."""
    with contextlib.ExitStack() as stack:
        for path in seen:
            stack.enter_context(_opened(home.path / path, "rw")).execute("BEGIN IMMEDIATE")
        for connection in seen.values():
            connection.execute("BEGIN")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()


@contextlib.contextmanager
def _opened(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    where = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(where, uri=True, timeout=1.0, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


def _is_ordinary(path: str) -> bool:
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except FileNotFoundError:
        return False
    except OSError as error:
        refuse_unreadable(error)


def refuse_unreadable(error: OSError) -> NoReturn:
    raise UnavailableError(
        f"{error.filename} cannot be read ({error.strerror}), so no backup was made.",
        cure="Run as the user who owns the home, or repair the disk.",
    ) from error
