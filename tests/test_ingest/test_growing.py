"""A home that has grown large: a faster index is made beside the one that answers, by a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ingest_parts import HashEmbedder
from keeping_parts import STAFF, call, copied, taken_in

from ingest.catalogue.rows import Stat
from ingest.growing import grow
from ingest.index.base import Mode, Point, Query, RightsFilter, SparseVector
from ingest.index.edge import SCAN_UP_TO, EdgeIndex, compared
from ingest.index.graphing import Apart, optimise
from ingest.renewal import BATCH, Indexes, renew
from ingest.wiring import ingest_at, open_ingest
from policies.config import open_home
from policies.labels import Level
from policies.vocabulary import Chunk, SourceRef

TESTS = Path(__file__).parents[1]
WIDTH = 128


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    texts = {str(number): f"The gate number {number} opens at eight." for number in range(5)}
    return taken_in(tmp_path_factory.mktemp("made"), texts)


@pytest.fixture
def site(made, tmp_path, monkeypatch):
    return copied(made, tmp_path, monkeypatch)


SMALL = {"RINGFENCE_INGEST__SCAN_UP_TO": "3"}


def make(site):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(*next(iter(SMALL.items())))
        grow(site.home)


def found(room, text="The gate number 3 opens at eight.", limit=6):
    rights = RightsFilter(groups=frozenset({"staff"}))
    nothing = SparseVector(indices=(), values=())
    asked = Query(dense=tuple(HashEmbedder.vector(text)), sparse=nothing, rights=rights, limit=limit, mode=Mode.DENSE)
    return [hit.id for hit in room.follow().index.query(asked)]


def test_the_new_index_answers_the_same_and_what_comes_in_later_is_found_at_once(site):
    with ingest_at(site.home) as room:
        before = found(room)
        room.index.close()
        make(site)
        assert room.catalogue.serving().index
        assert found(room) == before
        assert len(list((site.home / "index").glob("edge*"))) == 1
    (site.folder / "new.txt").write_text("The new gate opens at nine.")
    assert call(site.home, "ingest", site.folder / "new.txt", *STAFF).code == 0
    with ingest_at(site.home) as room:
        hits = found(room, "The new gate opens at nine.")
        assert set(before) < set(hits)
        assert room.index.ids() == room.catalogue.chunk_ids()


DIES = """
import os, sys
from pathlib import Path
sys.path[:0] = [sys.argv[2], sys.argv[3]]
from ingest_parts import HashEmbedder
from ingest import growing, renewal
from ingest.index import embedder, graphing
where, start = sys.argv[4], graphing.start
embedder.open_embedder = lambda *_, **__: HashEmbedder()
def die(*args, **kwargs): os._exit(9)
if where == "filling": renewal.project = die
if where == "graphing": graphing.start = lambda *given: (start(*given), die())
if where == "switching": renewal.switch = die
growing.grow(Path(sys.argv[1]))
"""


@pytest.mark.parametrize("where", ["filling", "graphing", "switching"])
def test_killed_anywhere_the_present_index_answers_and_the_next_one_is_made(site, where):
    with ingest_at(site.home) as room:
        before = found(room)
    words = [sys.executable, "-c", DIES, str(site.home), str(TESTS), str(Path(__file__).parent), where]
    assert subprocess.run(words, env=os.environ | SMALL, check=False).returncode == 9
    with ingest_at(site.home) as room:
        assert not room.catalogue.serving().index
        assert found(room) == before
    make(site)
    with ingest_at(site.home) as room:
        assert room.catalogue.serving().index
        assert found(room) == before
        assert room.index.ids() == room.catalogue.chunk_ids()
    assert len(list((site.home / "index").glob("edge*"))) == 1


def test_a_process_that_makes_one_is_seen(site):
    with ingest_at(site.home) as room:
        assert not room.indexes.being_made()
        with room.indexes.building():
            assert room.indexes.being_made()


def test_the_owner_has_it_made_by_itself_and_searches_go_on(tmp_path, monkeypatch):
    """The whole way, with the packaged model and a real process."""
    monkeypatch.setenv("RINGFENCE_KEYS", str(tmp_path / "keys"))
    monkeypatch.setenv("RINGFENCE_INGEST__SCAN_UP_TO", "2")
    docs = tmp_path / "docs"
    docs.mkdir()
    for number in range(4):
        (docs / f"{number}.txt").write_text(f"The gate number {number} opens at eight.")
    assert call(tmp_path / "home", "ingest", docs, *STAFF).code == 0
    room, end = open_ingest(open_home(tmp_path / "home")), time.monotonic() + 120
    try:
        while not room.catalogue.serving().index or room.indexes.being_made():
            assert room.follow().index.count() == 4
            assert time.monotonic() < end
            time.sleep(0.1)
        assert room.follow().index.ids() == room.catalogue.chunk_ids()
    finally:
        room.close()


def points(numbers, dice):
    """Like texts: some subjects, and each text near one of them."""
    subjects = np.random.default_rng(1).normal(size=(30, WIDTH))
    for number in numbers:
        vector = subjects[number % 30] + dice.normal(size=WIDTH) / 2
        yield Point(
            id=str(uuid.UUID(int=number + 1)),
            document="d",
            dense=tuple((vector / np.linalg.norm(vector)).tolist()),
            sparse=SparseVector(indices=(1, 2 + number % 50), values=(0.5, 1.0)),
            groups=frozenset({f"group {number % 10}"}),
            level=Level.INTERNAL,
            categories=frozenset(),
        )


def nearest(held, dense, groups, limit):
    able = [one for one in held.values() if one.groups & groups]
    ranked = sorted(able, key=lambda one: -np.dot(one.dense, dense))
    return [one.id for one in ranked[:limit]]


def each_compared(path):
    """Up to how many vectors the engine compares each, as it has written down beside its graph."""
    graphs = path.rglob("vector_index-dense/hnsw_config.json")
    (found,) = {json.loads(graph.read_text())["full_scan_threshold"] for graph in graphs}
    return found


@pytest.mark.parametrize(("points", "most"), [(140_000, 130_000), (400_000, 240_000), (1_000_000, 600_000)])
def test_a_filter_that_lets_much_through_is_compared_one_by_one_in_a_large_index(points, most):
    assert compared(points, SCAN_UP_TO) == most


def test_the_engine_takes_the_number_as_it_is_meant_also_where_it_holds_less(tmp_path):
    index = EdgeIndex(tmp_path, embedding_digest="d", dimension=WIDTH)
    index.apply(list(points(range(50), np.random.default_rng(1))), [], 1)
    index.close()
    optimise(tmp_path / "shard", WIDTH, compared(1_000_000, SCAN_UP_TO))
    assert each_compared(tmp_path) == 600_000


def test_the_engine_made_fast_finds_what_a_scan_finds_under_every_filter(tmp_path):
    dice = np.random.default_rng(6)
    index = EdgeIndex(tmp_path, embedding_digest="d", dimension=WIDTH, scan_up_to=1000)
    held = {one.id: one for one in points(range(3000), dice)}
    index.apply(list(held.values()), [], 1)
    assert index.due()
    index.optimise()
    assert not index.due()
    assert each_compared(tmp_path) == compared(3000, 1000) == 1800
    later = {one.id: one for one in points(range(2900, 3100), dice)}  # some anew, some for the first time
    gone = [str(uuid.UUID(int=number + 1)) for number in range(50)]
    index.apply(list(later.values()), gone, 2)
    index.close()
    index = EdgeIndex(tmp_path, embedding_digest="d", dimension=WIDTH, scan_up_to=1000)
    held = {id: one for id, one in (held | later).items() if id not in gone}
    assert (index.count(), index.cursor(), index.due()) == (len(held), 2, False)
    nothing = SparseVector(indices=(), values=())
    right, asked = Counter(), Counter()
    for many in (1, 2, 5, 10):  # of ten groups; all of them are more than are compared
        groups = [f"group {number}" for number in range(many)]
        for one in points(range(20), dice):
            rights = RightsFilter(groups=frozenset(groups), level=Level.INTERNAL)
            query = Query(dense=one.dense, sparse=nothing, rights=rights, limit=10, mode=Mode.DENSE)
            hits = {hit.id for hit in index.query(query)}
            wanted = nearest(held, one.dense, rights.groups, 10)
            assert all(held[id].groups & rights.groups for id in hits)
            right[many] += len(hits & set(wanted))
            asked[many] += len(wanted)
    index.close()
    assert (right[1], right[2], right[5]) == (asked[1], asked[2], asked[5])
    assert right[10] / asked[10] >= 0.98
    for quiet, due in ((600.0, False), (0.0, True)):  # what came in at last is scanned while more comes, no longer
        index = EdgeIndex(tmp_path, embedding_digest="d", dimension=WIDTH, scan_up_to=150, quiet=quiet)
        assert index.due() is due
        index.close()


def test_a_shard_that_cannot_be_made_fast_is_said_to_be_so(tmp_path):
    from ingest.errors import IndexUnavailable

    with pytest.raises(IndexUnavailable, match="tried again"):
        optimise(tmp_path / "nothing", WIDTH, 1)


def test_a_small_index_stays_as_it_is(tmp_path):
    index = EdgeIndex(tmp_path, embedding_digest="d", dimension=WIDTH)
    index.apply(list(points(range(200), np.random.default_rng(1))), [], 1)
    assert not index.due()
    index.close()


class Busy(EdgeIndex):
    """While it is filled, as much comes in as is written, a few times over."""

    coming: Callable[[], object] = staticmethod(lambda: None)
    left = 3

    def apply(self, upserts, deletes, cursor):
        super().apply(upserts, deletes, cursor)
        if self.left:
            self.left -= 1
            self.coming()


def coming_in(room):
    """Calling it takes in a document of BATCH chunks."""
    listed = room.catalogue.documents()[0]
    (chunk, document), *_ = room.catalogue.chunks(listed.document, None)

    def more():
        ref = SourceRef(source="files", path=f"/{uuid.uuid4()}")
        version = uuid.uuid4().hex * 2
        chunks = [
            replace(chunk, id=Chunk.make_id(ref.document, version, "p", n), document=ref.document, version=version,
                    ordinal=n)
            for n in range(BATCH)
        ]  # fmt: skip
        vectors = [HashEmbedder.vector(f"{n}") for n in range(BATCH)]
        stat = Stat(size=1, mtime=1, checked=1)
        now = replace(document, id=ref.document, version=version, source=ref)
        room.catalogue.commit(now, chunks, vectors, stat=stat)

    return more


def test_the_new_index_answers_only_once_it_holds_what_came_in_while_it_was_filled(site):
    with ingest_at(site.home) as room:
        more = coming_in(room)

        class Making(Indexes):
            def open(self, name, digest, dimension):
                index = Busy(self.folder / self.place(name), embedding_digest=digest, dimension=dimension)
                index.coming = more
                return index

        embedder = room.embedder
        making = Making(site.home / "index")
        serving = renew(room.catalogue, making, digest=embedder.digest, dimension=embedder.dimension)
        index = making.open(serving.index, embedder.digest, embedder.dimension)
        assert index.cursor() == room.catalogue.latest()
        assert index.count() == 5 + 3 * BATCH
        index.close()


def test_what_came_in_while_the_new_index_was_made_fast_is_made_fast_before_it_answers(site):
    with ingest_at(site.home) as room:
        more, done = coming_in(room), []

        class Slow(EdgeIndex):
            def optimise(self):
                if not done:
                    more()
                super().optimise()
                done.append(self.count())

        class Making(Indexes):
            def open(self, name, digest, dimension):
                return Slow(
                    self.folder / self.place(name), embedding_digest=digest, dimension=dimension, scan_up_to=BATCH - 1
                )

        more()
        embedder = room.embedder
        making = Making(site.home / "index")
        serving = renew(room.catalogue, making, digest=embedder.digest, dimension=embedder.dimension)
        assert done == [5 + BATCH, 5 + 2 * BATCH]
        index = making.open(serving.index, embedder.digest, embedder.dimension)
        assert index.ids() == room.catalogue.chunk_ids()
        assert not index.due()
        index.close()


@pytest.mark.parametrize(("end", "again"), [("pass", True), ("raise SystemExit(1)", False)])
def test_a_process_aside_is_started_again_at_once_unless_it_failed(tmp_path, end, again):
    runs = tmp_path / "runs"
    started = Apart("timeit", "-n1", "-r1", f"open({str(runs)!r}, 'a').write('.'); {end}", log=tmp_path / "log")
    limit = time.monotonic() + 20
    started()
    while not runs.exists():
        assert time.monotonic() < limit
        time.sleep(0.01)
    limit = limit if again else time.monotonic() + 1
    while len(runs.read_text()) < 2 and time.monotonic() < limit:
        started()
        time.sleep(0.01)
    assert (len(runs.read_text()) > 1) == again
