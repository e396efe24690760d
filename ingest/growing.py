"""A home that has grown large gets an index with a graph, made by a process of its own.

The owner of an index starts it when one is due; it ends by itself. The present index answers until the other holds
everything and one transaction of the catalogue changes over (`renewal.renew`): killed at any moment it has changed
nothing, and what it leaves is removed by the next one. One at a time in a home.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from pathlib import Path

from ingest.errors import IndexUnavailable
from ingest.index.graphing import PATIENCE
from ingest.wiring import open_ingest
from policies.config import open_home
from policies.errors import RingfenceError

ROOM = 3  # times the present index: the new one, and what the engine writes while it makes the graph


def grow(home: Path) -> None:
    """Raises IndexUnavailable when another process makes an index, or the disk has no room for it."""
    with contextlib.closing(open_ingest(open_home(home))) as room:
        room.grown = lambda: None  # this is who makes it
        room.tidy_indexes()
        size = sum(512 * path.lstat().st_blocks for path in room.indexes.folder.rglob("*"))
        if shutil.disk_usage(room.indexes.folder).free < ROOM * size:
            raise IndexUnavailable(
                f"The disk has no room for a faster index: it needs {ROOM * size >> 20} MiB for a while.",
                cure="Free some space: it is tried again within the hour. Until then questions take longer.",
            )
        room.renew_index()


if __name__ == "__main__":
    os.nice(PATIENCE)
    try:
        grow(Path(sys.argv[1]))
    except RingfenceError as error:
        sys.exit(str(error))
