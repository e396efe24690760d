"""Kept runs of marks that have grown alike become one, in a process of its own: a commit never waits for it.

What is promised: until the last step everything stands as it stood, and that step replaces one small file. What is gone
is left out. A run that is not what was written ends them all: they are made again from the catalogue.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ingest.copies.kept import (
    JOINED,
    WAITED,
    File,
    Stands,
    due,
    locked,
    opened,
    state,
    stated,
    tidy,
    withdraw,
    write,
)
from ingest.copies.runs import Source
from ingest.copies.segments import Kept, Owner
from ingest.copies.sums import Torn
from ingest.index.graphing import PATIENCE


def join(folder: Path) -> None:
    """Put together what is due, until nothing is. Nothing when another process does."""
    with locked(folder, "joining") as mine:
        if not mine:
            return
        for path in folder.glob(f"*{JOINED}"):  # of one that was killed
            path.unlink(missing_ok=True)
        while (stands := stated(folder)) is not None and (span := due(stands.files)) is not None:
            if not _join(folder, stands, span):
                return
        with locked(folder, "writing") as free:
            if free and (stands := stated(folder)) is not None:
                tidy(folder, stands)


def _join(folder: Path, stands: Stands, span: slice) -> bool:
    """False when the files are others by now."""
    try:
        kept = [opened(folder, file, whole=file in stands.files[span]) for file in stands.files]
    except (Torn, ValueError, KeyError):
        withdraw(folder, stands)
        return False
    made = write(folder, *joined(kept, span), ending=JOINED)
    return _put_in_place(folder, stands.files[span], made)


def joined(kept: Sequence[Kept], span: slice) -> tuple[list[Source], list[Owner], list[str]]:
    """What becomes of the runs in `span`, of those that there are: sources, owners, documents that are gone."""
    import numpy as np

    later: set[str] = set()  # what a later run says more of
    for one in kept[span.stop :]:
        later.update(_told(one))
    owners: list[list[Owner | None]] = []
    touched: set[str] = set()
    for one in reversed(kept[span]):
        owners.append([None if owner.document in later else owner for owner in one.owners])
        later.update(_told(one))
        touched.update(_told(one))
    sources: list[Source] = []
    live: list[Owner] = []
    for one, theirs in zip(kept[span], reversed(owners), strict=True):
        there = np.array([owner is not None for owner in theirs], bool)
        sources.append(Source(one.run, np.where(there, len(live) + np.cumsum(there) - 1, -1).astype(np.int32)))
        live += [owner for owner in theirs if owner is not None]
    gone = touched - {owner.document for owner in live} if span.start else set()
    return sources, live, sorted(gone)


def _told(kept: Kept) -> list[str]:
    return [*(owner.document for owner in kept.owners), *kept.gone]


def _put_in_place(folder: Path, files: Sequence[File], made: File) -> bool:
    path = folder / made.name
    with locked(folder, "writing", seconds=WAITED) as mine:
        now = stated(folder) if mine else None
        start = now.files.index(files[0]) if now is not None and files[0] in now.files else 0
        if now is None or now.files[start : start + len(files)] != files:
            path.unlink(missing_ok=True)
            return False
        ready = replace(made, name=path.with_suffix(".marks").name)
        path.rename(folder / ready.name)
        state(folder, replace(now, files=(*now.files[:start], ready, *now.files[start + len(files) :])))
    return True


if __name__ == "__main__":
    os.nice(PATIENCE)
    join(Path(sys.argv[1]))
