"""What documents say of themselves is filtered inside the query, by both engines alike, and rights stay first."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingest.about import ANYTHING, SILENT, Said, Sought, said, sought
from ingest.index.base import Index, Mode, Point, Query, RightsFilter
from ingest.index.edge import EdgeIndex
from ingest.index.server import ServerIndex
from ingest.index.sparse import Bm25
from ingest.index.wire import pack_query, unpack_query
from policies.labels import Level

BM25 = Bm25()
STAFF = frozenset({"staff"})
pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect")


def open_edge(path: Path) -> Index:
    return EdgeIndex(path, embedding_digest="digest", dimension=2)


def open_server(_path: Path) -> Index:
    from qdrant_client import QdrantClient

    return ServerIndex(QdrantClient(":memory:"), embedding_digest="digest", dimension=2)


@pytest.fixture(params=[open_edge, open_server], ids=["edge", "server"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Index]:
    opener: Callable[[Path], Index] = request.param
    opened = opener(tmp_path / "index")
    yield opened
    opened.close()


def point(n: int, what: Said, groups: frozenset[str] = STAFF) -> Point:
    return Point(
        id=str(uuid.UUID(int=n + 1)),
        document=f"d{n}",
        dense=(0.6, 0.8),
        sparse=BM25.document("the fee"),
        groups=groups,
        level=Level.INTERNAL,
        categories=frozenset(),
        said=what,
    )


def ask(index: Index, wanted: Sought, mode: Mode = Mode.HYBRID, groups: frozenset[str] = STAFF) -> set[int]:
    rights = RightsFilter(groups=groups, sought=wanted)
    query = Query(dense=(0.6, 0.8), sparse=BM25.query("fee"), rights=rights, limit=300, mode=mode)
    return {uuid.UUID(hit.id).int - 1 for hit in index.query(unpack_query(pack_query(query)))}


def any_said(rng: random.Random) -> Said:
    return said(
        company=rng.choice(["", "Birch, Inc.", "Birch Alder", "Café Noir"]),
        period=rng.choice(["", "FY2021", "Q1 2022"]),
        kind=rng.choice(["", "10-K", "minutes"]),
        authors=rng.sample(["Ana Ng", "Bo Ek"], rng.randint(0, 2)),
        dated=rng.choice(["", "2021-05-03", "2022-12-31"]),
    )


def any_sought(rng: random.Random) -> Sought:
    return sought(
        company=rng.choice(["", "", "birch", "cafe noir"]),
        period=rng.choice(["", "", "2022", "FY21"]),
        kind=rng.choice(["", "", "annual report"]),
        author=rng.choice(["", "", "ng"]),
        since=rng.choice(["", "", "2021-06"]),
        until=rng.choice(["", "", "2022"]),
    )


def test_both_engines_let_pass_exactly_what_the_words_admit(index: Index) -> None:
    rng = random.Random(4)
    points = [point(n, any_said(rng), rng.choice([STAFF, frozenset({"board"})])) for n in range(120)]
    index.apply(points, [], 1)
    for _ in range(40):
        wanted = any_sought(rng)
        expected = {n for n, one in enumerate(points) if one.groups == STAFF and wanted.admits(one.said)}
        for mode in Mode:
            assert ask(index, wanted, mode) == expected


def test_better_hits_that_are_not_asked_for_take_no_place(index: Index) -> None:
    index.apply([point(n, said(company="Alder")) for n in range(500)], [], 1)
    index.apply([point(900, said(company="Birch"))], [], 2)
    assert ask(index, sought(company="birch")) == {900}


def test_naming_a_company_opens_nothing(index: Index) -> None:
    index.apply([point(1, said(company="Birch"), frozenset({"board"}))], [], 1)
    assert ask(index, sought(company="birch")) == set()
    assert ask(index, sought(company="birch"), groups=frozenset()) == set()


def test_a_chunk_whose_document_says_something_else_now_is_found_by_that(index: Index) -> None:
    index.apply([point(1, said(period="2021"))], [], 1)
    index.apply([point(1, said(period="2022"))], [], 2)
    assert (ask(index, sought(period="2021")), ask(index, sought(period="2022"))) == (set(), {1})


def test_an_index_of_the_version_before_is_emptied_to_be_filled_again(tmp_path: Path) -> None:
    first = open_edge(tmp_path)
    first.apply([point(1, SILENT)], [], 7)
    first.close()
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "schema": 1}))
    again = open_edge(tmp_path)
    assert (again.cursor(), again.count()) == (0, 0)
    again.apply([point(1, said(company="Birch"))], [], 7)
    assert ask(again, sought(company="birch")) == {1} == ask(again, ANYTHING)
    again.close()


def test_a_message_that_does_not_say_what_is_sought_is_no_query() -> None:
    from ingest.errors import IndexUnavailable

    query = Query(dense=(1.0, 0.0), sparse=BM25.query("fee"), rights=RightsFilter(groups=STAFF), limit=1)
    message = pack_query(query)
    del message["sought"]
    with pytest.raises(IndexUnavailable):
        unpack_query(message)
