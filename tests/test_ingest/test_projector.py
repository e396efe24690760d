"""The feed is applied to the index: idempotent, resumable, and ending as the catalogue says."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ingest.about import SILENT, Said
from ingest.index.base import Mode, Query, RightsFilter
from ingest.index.edge import EdgeIndex
from ingest.index.sparse import Bm25
from ingest.projector import project
from policies.labels import Category, Level

BM25 = Bm25()
DIMENSION = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    id: str
    document: str = "d"
    text: str = "the fee"
    language: str = "en"
    vector: NDArray[np.float32] = field(default_factory=lambda: np.array([1, 0, 0, 0], np.float32))
    groups: frozenset[str] = frozenset({"everyone"})
    level: Level = Level.INTERNAL
    categories: frozenset[Category] = frozenset()
    said: Said = SILENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    seq: int
    upserts: Sequence[Row] = ()
    deletes: Sequence[str] = ()


@dataclass
class ListFeed:
    """A catalogue's feed, in a list."""

    written: list[Change] = field(default_factory=list)

    def changes(self, after: int, limit: int) -> Sequence[Change]:
        found, size = [], 0
        for change in self.written:
            if change.seq > after and size < limit:
                found.append(change)
                size += len(change.upserts) + len(change.deletes)
        return found

    def latest(self) -> int:
        return self.written[-1].seq if self.written else 0

    def chunk_ids(self) -> frozenset[str]:
        live: set[str] = set()
        for change in self.written:
            live -= set(change.deletes)
            live |= {row.id for row in change.upserts}
        return frozenset(live)


def name(n: int) -> str:
    return str(uuid.UUID(int=n + 1))


@pytest.fixture
def index(tmp_path: Path) -> Iterator[EdgeIndex]:
    opened = EdgeIndex(tmp_path / "index", embedding_digest="d", dimension=DIMENSION)
    yield opened
    opened.close()


def found(index: EdgeIndex, text: str = "fee") -> set[str]:
    rights = RightsFilter(groups=frozenset({"everyone"}))
    query = Query(dense=(1, 0, 0, 0), sparse=BM25.query(text), rights=rights, limit=50, mode=Mode.BM25)
    return {hit.id for hit in index.query(query)}


def test_changes_arrive_in_order_and_the_cursor_follows(index: EdgeIndex) -> None:
    feed = ListFeed([Change(seq=3, upserts=[Row(id=name(1))]), Change(seq=7, upserts=[Row(id=name(2))])])
    assert project(feed, index, bm25=BM25) == 2
    assert (index.cursor(), index.ids()) == (7, {name(1), name(2)})
    assert project(feed, index, bm25=BM25) == 0


def test_an_id_that_is_deleted_and_upserted_ends_as_upserted(index: EdgeIndex) -> None:
    """Within one change, and over several that are applied together: version A, then B, then A again."""
    feed = ListFeed(
        [
            Change(seq=1, upserts=[Row(id=name(1))]),
            Change(seq=2, upserts=[Row(id=name(2))], deletes=[name(1)]),
            Change(seq=3, upserts=[Row(id=name(1), text="zebra")], deletes=[name(1), name(2)]),
        ]
    )
    project(feed, index, bm25=BM25)
    assert index.ids() == {name(1)}
    assert found(index, "zebra") == {name(1)}


def test_stopping_at_a_border_loses_nothing(index: EdgeIndex) -> None:
    """A document of a thousand chunks is applied in parts; stopped after the second, the cursor has not moved."""
    feed = ListFeed([Change(seq=1, upserts=[Row(id=name(n)) for n in range(1000)], deletes=[name(5000)])])
    asked = iter([False, False, False])
    applied = project(feed, index, bm25=BM25, stop=lambda: next(asked, True), batch=100)
    assert (applied, index.count(), index.cursor()) == (200, 200, 0)
    project(feed, index, bm25=BM25)
    assert (index.count(), index.cursor()) == (1000, 1)


def test_an_index_ahead_of_a_restored_catalogue_is_filled_anew(index: EdgeIndex) -> None:
    index.apply([], [], 99)
    feed = ListFeed([Change(seq=1, upserts=[Row(id=name(1))])])
    project(feed, index, bm25=BM25)
    assert (index.cursor(), index.ids()) == (1, {name(1)})


_change = st.tuples(st.frozensets(st.integers(0, 8), max_size=4), st.frozensets(st.integers(0, 8), max_size=4))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    script=st.lists(_change, max_size=8),
    batch=st.integers(1, 5),
    stops=st.lists(st.integers(0, 4), max_size=4),
)
def test_however_it_is_interrupted_it_ends_as_the_catalogue(
    index: EdgeIndex, script: list[tuple[frozenset[int], frozenset[int]]], batch: int, stops: list[int]
) -> None:
    index.clear()
    feed = ListFeed(
        [
            Change(seq=n, upserts=[Row(id=name(i), text=f"word{n}") for i in new], deletes=[name(i) for i in old])
            for n, (new, old) in enumerate(script, 1)
        ]
    )
    for border in stops:
        countdown = iter(range(border))
        project(feed, index, bm25=BM25, stop=lambda left=countdown: next(left, None) is None, batch=batch)
    project(feed, index, bm25=BM25, batch=batch)
    assert (index.ids(), index.cursor()) == (feed.chunk_ids(), feed.latest())
    for n in range(len(script), 0, -1):  # the words of the last change that wrote a chunk are the ones it is found by
        last = {name(i) for i in script[n - 1][0] if all(i not in new | old for new, old in script[n:])}
        assert last <= found(index, f"word{n}")
