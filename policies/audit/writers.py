"""Who is appending: one lock per writing process, held for its life.

`run/<writer id>` is locked before it gets its name. So a file whose lock is free, or that is not there, belongs
to a writer that is gone, whatever killed it, and its open intents may be closed by others. Nobody ever waits
for such a lock; asking takes a shared one for an instant.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import time
import uuid
import weakref

from policies.config import Home

_writers: weakref.WeakSet[Writer] = weakref.WeakSet()


def uuid7() -> str:
    """A UUIDv7: its order is the order of making, to the millisecond."""
    milliseconds = time.time_ns() // 1_000_000
    bits = milliseconds << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    return str(uuid.UUID(int=bits))


class Writer:
    """This process as a writer. `close` lets go; so does the death of the process."""

    def __init__(self, home: Home) -> None:
        self.id = uuid7()
        self._path = home.store("run", self.id)
        waiting = self._path.with_name(f"{self.id}.waiting")
        self._fd = os.open(waiting, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        self._pid = os.getpid()
        fcntl.flock(self._fd, fcntl.LOCK_EX)
        waiting.rename(self._path)
        _writers.add(self)

    @property
    def mine(self) -> bool:
        """Whether this is the process that opened it, and not a fork of that one."""
        return self._fd >= 0 and self._pid == os.getpid()

    def close(self) -> None:
        if self.mine:
            self._path.unlink(missing_ok=True)
        self.forget()

    def forget(self) -> None:
        """Close the descriptor alone. In a fork, the lock stays with the process that took it."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def is_alive(home: Home, writer: str) -> bool:
    """Whether the process with this writer id still runs. Only reads."""
    if "/" in writer or writer.startswith("."):
        return False
    try:
        fd = os.open(home.path / "run" / writer, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


def sweep(home: Home) -> None:
    """Remove the files that dead writers left."""
    for path in (home.path / "run").glob("????????-????-7???-????-????????????"):
        if not is_alive(home, path.name):
            with contextlib.suppress(OSError):
                path.unlink()


def _leave_parents_locks() -> None:
    for writer in list(_writers):
        writer.forget()


os.register_at_fork(after_in_child=_leave_parents_locks)
