"""The catalogue's change feed, applied to the index.

What is promised: applying is idempotent and resumable, since the index remembers the number of the last change it
holds and a change may be applied twice without harm. The catalogue is the truth, so an index that is lost, that
is ahead of a restored catalogue, or that another embedding model made, is filled again from the feed without
reading or embedding any file a second time.

A `Feed` is what the catalogue offers. It knows nothing of engines, so rows are plain and turned into points here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ingest.about import Said
from ingest.index.base import Index, Point
from ingest.index.sparse import Bm25
from policies.labels import Category, Level

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ingest.index.owner import SharedIndex

BATCH = 256
"""Rows applied between two looks at `stop`: some 50 ms of work, so that an owner can yield quickly."""


class Row(Protocol):
    """One live chunk as the catalogue gives it away. Any object with these attributes will do."""

    @property
    def id(self) -> str: ...
    @property
    def document(self) -> str: ...
    @property
    def text(self) -> str:
        """What was embedded: the heading path in front, then the chunk's text."""
        ...

    @property
    def language(self) -> str: ...
    @property
    def vector(self) -> NDArray[np.float32]:
        """Length 1, as many numbers as the embedder's dimension."""
        ...

    @property
    def groups(self) -> frozenset[str]: ...
    @property
    def level(self) -> Level: ...
    @property
    def categories(self) -> frozenset[Category]: ...
    @property
    def said(self) -> Said: ...


class Change(Protocol):
    """What one commit did. `upserts` are the chunks as they are after it (new text, new rights or a new label alike);
    `deletes` are ids of chunks that are no more. Deletes come first: an id in both ends as upserted."""

    @property
    def seq(self) -> int: ...
    @property
    def upserts(self) -> Sequence[Row]: ...
    @property
    def deletes(self) -> Sequence[str]: ...


class Feed(Protocol):
    """The catalogue as the projector sees it. Called from the projector's own thread as well."""

    def changes(self, after: int, limit: int) -> Sequence[Change]:
        """Changes with a number above `after`, in order, holding about `limit` rows together; at least one change
        when there is any. A change that a later one made void may be left empty, but its number is still given."""
        ...

    def latest(self) -> int:
        """The number of the last committed change; 0 when there is none. Cheap: asked many times a second."""
        ...

    def chunk_ids(self) -> frozenset[str]:
        """The ids of every chunk that should be in the index now."""
        ...


def project(feed: Feed, index: Index, *, bm25: Bm25, stop: Callable[[], bool] | None = None, batch: int = BATCH) -> int:
    """Apply what the index does not hold yet. Returns the number of rows applied.

    Stops between two batches when `stop` says so; the next call goes on there. An index that is ahead of its catalogue
    (a backup was restored) is emptied and filled again.
    """
    if index.cursor() > feed.latest():
        index.clear()
    return _replay(feed, index, index.cursor(), bm25=bm25, stop=stop or (lambda: False), batch=batch)


def _replay(feed: Feed, index: Index, start: int, *, bm25: Bm25, stop: Callable[[], bool], batch: int) -> int:
    applied, position = 0, start
    while not stop() and (changes := feed.changes(position, batch)):
        waiting, position = _Waiting(), changes[-1].seq
        for change in changes:
            waiting.add(change)
        for rows, gone, last in waiting.parts(batch):
            if stop():
                return applied
            before = index.cursor()
            points = [to_point(row, bm25) for row in rows]
            index.apply(points, gone, max(position, before) if last else before)
            applied += len(points) + len(gone)
    return applied


class _Waiting:
    """Changes folded in order, so that each id is written once, as its last change left it."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.gone: dict[str, None] = {}

    def add(self, change: Change) -> None:
        for id in change.deletes:
            self.rows.pop(id, None)
            self.gone[id] = None
        for row in change.upserts:
            self.gone.pop(row.id, None)
            self.rows[row.id] = row

    def parts(self, batch: int) -> Iterator[tuple[list[Row], list[str], bool]]:
        """What to write, the new before the old goes. Only after the last part is the change in the index; a part may
        be written twice without harm."""
        rows = list(self.rows.values())
        for start in range(0, len(rows), batch):
            yield rows[start : start + batch], [], not self.gone and start + batch >= len(rows)
        if self.gone or not rows:
            yield [], list(self.gone), True


def to_point(row: Row, bm25: Bm25) -> Point:
    return Point(
        id=row.id,
        document=row.document,
        dense=tuple(row.vector.tolist()),
        sparse=bm25.document(row.text, row.language),
        groups=row.groups,
        level=row.level,
        categories=row.categories,
        said=row.said,
    )


def share(
    home: Path,
    feed: Feed,
    open_index: Callable[[], Index],
    *,
    bm25: Bm25,
    discard: Callable[[], None] | None = None,
    prefer_owner: bool = False,
    embedding: Callable[[], str] = str,
    superseded: Callable[[], bool] = lambda: False,
    successor: Callable[[], SharedIndex | None] = lambda: None,
    grown: Callable[[], object] = lambda: None,
) -> SharedIndex:
    """The index of a home, for one process of several. Nothing is opened before it is asked. `discard` removes an index
    that cannot even be opened, when it is to be rebuilt. `embedding`, `superseded`, `successor` and
    `grown`: see `SharedIndex`."""
    from ingest.index.owner import SharedIndex

    return SharedIndex(
        home,
        open_index=open_index,
        fill=lambda index, stop: project(feed, index, bm25=bm25, stop=stop),
        latest=feed.latest,
        discard=discard,
        prefer_owner=prefer_owner,
        embedding=embedding,
        superseded=superseded,
        successor=successor,
        grown=grown,
    )
