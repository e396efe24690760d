"""Making an index beside the one that answers, and going over to it.

What is promised: the first index serves until the second holds everything, and one transaction of the catalogue
changes over; then the first is removed. A process that was killed in between has changed nothing, and what it had done
is gone on with or removed. Vectors of forgotten documents stay in the files of an index until it is made anew, so this
is how they go.
"""

from __future__ import annotations

import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from ingest.catalogue.catalogue import Catalogue
from ingest.catalogue.serving import Next, Serving, UpTo, drop_old, switch
from ingest.config import Precision
from ingest.errors import IndexUnavailable
from ingest.index.base import Index
from ingest.index.channel import OwnerLock
from ingest.index.edge import SCAN_UP_TO
from ingest.index.sparse import Bm25
from ingest.projector import project

BATCH = 256
TOGETHER = 2048  # rows that are written and then brought to the disk, where nobody waits for the owner to yield
PASSES = 20  # over what came in while an index was filled: each finds less, unless more comes than can be written


class Embeds(Protocol):
    @property
    def digest(self) -> str: ...
    @property
    def dimension(self) -> int: ...
    def embed_documents(self, texts: Sequence[str]) -> Any: ...


class Indexes:
    """The indexes of one home by name; the first has an empty one. On a Qdrant server they are collections: `server`
    makes its client."""

    def __init__(self, folder: Path, server: Callable[[], Any] | None = None, *, scan_up_to: int = SCAN_UP_TO) -> None:
        self.folder, self._server, self._scan_up_to = folder, server, scan_up_to

    def place(self, name: str) -> str:
        return f"edge-{name}" if name else "edge"

    def open(self, name: str, digest: str, dimension: int) -> Index:
        if self._server:
            from ingest.index.server import ServerIndex, collection

            client, place = self._server(), collection(name)
            return ServerIndex(client, embedding_digest=digest, dimension=dimension, bm25=Bm25(), collection=place)
        from ingest.index.edge import EdgeIndex

        return EdgeIndex(
            self.folder / self.place(name),
            embedding_digest=digest,
            dimension=dimension,
            bm25=Bm25(),
            scan_up_to=self._scan_up_to,
        )

    def discard(self, name: str) -> None:
        """Empty the place, whoever made what lies there."""
        from ingest.index.edge import EdgeIndex

        EdgeIndex.discard(self.folder / self.place(name))

    def others(self, name: str) -> list[str]:
        """The names of indexes that are there beside `name`."""
        if self._server:
            from ingest.index.server import collections

            found = collections(self._server())
            return [one for one in found if one != name]
        here = self.place(name)
        places = [path.name for path in self.folder.glob("edge*") if path.is_dir() and path.name != here]
        return [place.removeprefix("edge").removeprefix("-") for place in places]

    def remove(self, name: str) -> None:
        """Remove an index that nobody asks any more."""
        if self._server:
            from ingest.index.server import remove

            remove(self._server(), name)
            return
        shutil.rmtree(self.folder / self.place(name), ignore_errors=True)

    def being_made(self) -> bool:
        """Whether a process makes an index now, beside the one that answers."""
        lock = OwnerLock(self.folder / "building.lock")
        free = lock.acquire()
        lock.release()
        return not free

    @contextmanager
    def building(self) -> Iterator[None]:
        """One process at a time makes an index. Raises IndexUnavailable when another does."""
        lock, end = OwnerLock(self.folder / "building.lock"), time.monotonic() + 1
        while not (mine := lock.acquire()) and time.monotonic() < end:  # somebody may just be looking: `being_made`
            time.sleep(0.05)
        if not mine:
            raise IndexUnavailable(
                f"Another process (number {lock.holder()}) is making an index.", cure="Wait until it has ended."
            )
        try:
            yield
        finally:
            lock.release()


def renew(catalogue: Catalogue, indexes: Indexes, *, digest: str, dimension: int) -> Serving:
    """Make the index anew beside the present one, with the vectors that are there, and go over to it."""
    with indexes.building():
        while True:
            before = catalogue.serving()
            after = replace(before, index=new_name())
            _fill(
                indexes,
                after.index,
                lambda: UpTo(catalogue.database, catalogue.latest(), "vectors"),
                digest,
                dimension,
            )
            if switch(catalogue.database, before, after):
                return after


def reembed(
    catalogue: Catalogue,
    indexes: Indexes,
    embedder: Embeds,
    *,
    model: Path | None,
    precision: Precision,
    pipelines: tuple[str, str],
    record: Callable[[Serving], object],
    progress: Callable[[int], None] = lambda _: None,
) -> Serving:
    """Make every vector anew with another model, from the catalogue's texts, into a second index, and go over to it.

    `model` is the model's folder, remembered as the home's; without it the one that is in place stays. `pipelines` what
    shaped a chunk before and from now on; `record` makes the change durable in the record, just before it happens. Run
    again after a kill, it goes on.
    """
    with indexes.building():
        before = catalogue.serving()
        folder = os.path.abspath(model) if model else before.model
        after = Serving(embedding=embedder.digest, model=folder, precision=precision, index=new_name())
        following = Next(catalogue.database, after)
        after = replace(after, index=following.index)
        recorded = False
        while True:
            last = catalogue.latest()
            embed_missing(following.missing, following.add, embedder, progress)
            feed = (catalogue.database, last, Next.TABLE)
            _fill(indexes, after.index, partial(UpTo, *feed), embedder.digest, embedder.dimension)
            if not recorded:
                record(before)
                recorded = True
            if switch(catalogue.database, before, after, pipelines=pipelines):
                return after


def tidy(catalogue: Catalogue, indexes: Indexes, settle: Callable[[], object]) -> int:
    """Remove what nothing is answered from any more: older indexes, vectors of an older model. `settle` waits until
    the new index answers, and so until nobody has an old one open. Returns how many indexes went."""
    settle()
    removed = 0
    with indexes.building():
        for name in indexes.others(catalogue.serving().index):
            indexes.remove(name)
            removed += 1
        with catalogue.database.writing() as db:
            drop_old(db)
    return removed


def embed_missing(
    missing: Callable[[int, int], list[Any]],
    add: Callable[[list[Any], Any], None],
    embedder: Embeds,
    progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Passes over the chunks until a whole one finds none without its vector. Returns how many were made."""
    made, again = 0, True
    while again:
        after, again = 0, False
        while chunks := missing(after, BATCH):
            add(chunks, embedder.embed_documents([chunk.text for chunk in chunks]))
            after, again = chunks[-1].key, True
            made += len(chunks)
            progress(made)
    return made


def new_name() -> str:
    return uuid.uuid4().hex[:12]


def _fill(indexes: Indexes, name: str, feed: Callable[[], UpTo], digest: str, dimension: int) -> None:
    """Until little is missing of what came in meanwhile: whoever opens it next has that wait while it is written. What
    came in while it was made fast is made fast as well, where it is much: nobody waits for that yet."""
    index = indexes.open(name, digest, dimension)
    try:
        for number in range(PASSES):
            written = project(feed(), index, bm25=Bm25(), batch=TOGETHER)
            if index.due():
                index.optimise()
            elif number and written < BATCH:
                break
    finally:
        index.close()
