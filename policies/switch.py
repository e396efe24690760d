"""The switch: a file in the home shuts the door at once, whoever made it and whatever it holds.

What is promised: when `stop` returns, the file is on the disk, and nothing passes the door any more. What had passed
its last check before then may still be under way; `stop` waits a little for it and says whether it ended. Starting
again is not done here alone: it takes two persons (`assistant/desk/switch.py`).
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from policies.config import Home
from policies.errors import UnavailableError

OFF = "outside.off"
STOPPED, ASKED, RESUMED = "outside stopped", "outside resume asked", "outside resumed"  # as the record calls them
UNDER_WAY = 5.0  # seconds that a stop waits for what had left before it
STILL_UNDER_WAY = "What had departed before may still be under way; it stands in the record."


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """Sending is off. `since`: the first stop; `last`: the newest one, which ends every request to start again.
    Microseconds."""

    since: int
    last: int


def stopped(home: Home) -> Stopped | None:
    """How the switch stands; None while sending is on. A file that cannot be read counts, with its own time."""
    path = home.path / OFF
    made = 0
    try:
        made = path.lstat().st_mtime_ns // 1000
        stated = json.loads(_beginning(path))
        return Stopped(since=int(stated["since"]), last=int(stated["last"]))
    except FileNotFoundError:
        return Stopped(since=made, last=made) if made else None  # a link to nowhere is there as well
    except (OSError, ValueError, KeyError, TypeError):
        return Stopped(since=made, last=made)


def stop(home: Home, *, now: int, wait: float = UNDER_WAY) -> bool:
    """Shut the door. Returns whether what was under way has ended. Raises UnavailableError when it cannot be shut."""
    before = stopped(home)
    stated = json.dumps({"since": before.since if before else now, "last": now}).encode()
    try:
        file = os.open(home.path / OFF, os.O_WRONLY | os.O_CREAT, 0o600)
    except OSError as error:
        raise UnavailableError(
            f"The switch cannot be turned in {home.path} ({error.strerror}).",
            cure="Stop the server, or cut its way out, and then make the home writable.",
        ) from error
    # The door is shut from here on: the file is there. What follows says since when, and outlives a power cut.
    try:
        with contextlib.suppress(OSError):  # a full disk takes no letter, but the file stands
            os.ftruncate(file, 0)
            os.pwrite(file, stated, 0)
        _to_disk(home, file)
    finally:
        os.close(file)
    return _is_quiet(home, wait)


def start_again(home: Home) -> None:
    """Take the file away. For those who have two persons' word on record."""
    try:
        (home.path / OFF).unlink(missing_ok=True)
        _to_disk(home)
    except OSError as error:
        raise UnavailableError(
            f"The switch cannot be turned in {home.path} ({error.strerror}).", cure="Make the home writable."
        ) from error


@contextlib.contextmanager
def passing(home: Home) -> Iterator[None]:
    """Held by whoever sends, from the last look at the switch until the answer is there. Raises UnavailableError."""
    try:
        file = _lock(home)
    except OSError as error:
        raise UnavailableError(
            f"The switch cannot be watched in {home.path} ({error.strerror}).", cure="Free some space, then try again."
        ) from error
    try:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield
    finally:
        os.close(file)


def _beginning(path: Path) -> bytes:
    """What a file of ours would hold; of one that never ends or never begins, no more than that."""
    file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return os.read(file, 200)
    finally:
        os.close(file)


def _is_quiet(home: Home, wait: float) -> bool:
    """Wait until nobody is passing the door any more, but no longer than `wait` seconds."""
    deadline = time.monotonic() + wait
    try:
        file = _lock(home)
    except OSError:
        return False
    try:
        while True:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
    finally:
        os.close(file)


def _lock(home: Home) -> int:
    return os.open(home.store("run", "outside.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _to_disk(home: Home, *files: int) -> None:
    folder = os.open(home.path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        for one in (*files, folder):
            os.fsync(one)
    except OSError as error:
        raise UnavailableError(
            f"The switch is turned, but the disk does not keep it ({error.strerror}).",
            cure="Check the disk before the next restart.",
        ) from error
    finally:
        os.close(folder)
