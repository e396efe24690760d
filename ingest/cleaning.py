"""What was forgotten in a large home goes from its files aside: all of it at once, and then nothing more for a while.

The index is made anew for it, which takes as long as the home is large, for one document as for a thousand. So nobody
waits for it: a process of its own gathers what is forgotten within a minute, cleans, makes the receipts, and rests so
long that it works a tenth of the time at most. One at a time in a home. Killed at any moment it has lost nothing: the
next forgetting begins it again, and so do the start of a server and `reconcile`, which does not wait.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from ingest.copies.kept import locked
from ingest.index.graphing import PATIENCE, start
from ingest.wiring import Ingest, open_ingest
from policies.config import Home, open_home
from policies.errors import RingfenceError

LARGE = 20_000  # passages; up to so many the clean-up takes some seconds, and who forgets waits for it
ASIDE = "the files of a large home are cleaned aside, for all that is forgotten meanwhile together."
GATHERED = 60.0  # seconds
SHARE = 10


def begin(home: Home) -> None:
    """Have it done aside, unless somebody is at it: whoever that is looks again before it ends. Does not wait."""
    home.store("index").mkdir(mode=0o700, exist_ok=True)
    with home.store("index", "cleaning.log").open("ab") as log:
        start(__name__, str(home.path), str(GATHERED), errors=log)


def resume(room: Ingest) -> None:
    """Go on with what a kill left undone."""
    if room.forgetting.pending():
        begin(room.home)


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
    from ingest.keeping import keeping_at

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
