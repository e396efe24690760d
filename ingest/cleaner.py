"""What was forgotten in a large home goes from its files aside: all of it at once, and then nothing more for a while.

A process of its own gathers what is forgotten within a minute, cleans, makes the receipts, and rests so long that it
works a tenth of the time at most. One at a time in a home. Killed at any moment it has lost nothing: the next
forgetting begins it again, and so do the start of a server and `reconcile`, which does not wait.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from ingest.copies.kept import locked
from ingest.index.graphing import PATIENCE
from ingest.keeping import keeping_at
from ingest.wiring import open_ingest
from policies.config import open_home
from policies.errors import RingfenceError

SHARE = 10  # of the time, one part is work


def clean(home: Path, gathered: float) -> bool:
    """One turn: rest, then clean. False when nothing waits, or another process is at it."""
    with contextlib.closing(open_ingest(open_home(home))) as room:
        if not room.forgetting.pending():
            return False
    with locked(home / "run", "cleaning") as mine:
        if mine:
            noted = home / "run" / "cleaned"
            time.sleep(max(gathered, _rest(noted)))
            with _noting(noted):
                _finish(home)
    return mine


def _finish(home: Path) -> None:
    try:
        with keeping_at(home, actor="system") as verbs:
            verbs.finish()
    except RingfenceError as error:  # no space, or another index is being made: the next turn tries again
        sys.stderr.write(f"{error}\n")


def _rest(noted: Path) -> float:
    """Seconds, after the last turn took as many as are noted."""
    try:
        took, ago = float(noted.read_text()), max(0.0, time.time() - noted.stat().st_mtime)
    except (OSError, ValueError):
        return 0.0
    return (SHARE - 1) * took - ago


@contextlib.contextmanager
def _noting(noted: Path) -> Iterator[None]:
    began = time.monotonic()
    try:
        yield
    finally:
        noted.write_text(f"{time.monotonic() - began}")


if __name__ == "__main__":
    os.nice(max(0, PATIENCE - os.nice(0)))
    if clean(Path(sys.argv[1]), float(sys.argv[2])):
        os.execv(sys.executable, sys.orig_argv)  # noqa: S606  with nothing in memory: it may rest for hours
