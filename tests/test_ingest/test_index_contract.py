"""Both engines keep one contract. The server engine runs against qdrant-client in memory."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import astuple
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.errors import IndexUnavailable
from ingest.index.base import Index, Mode, Point, Query, RightsFilter, SparseVector
from ingest.index.edge import EdgeIndex
from ingest.index.server import ServerIndex
from ingest.index.sparse import Bm25
from policies.labels import ALL_CATEGORIES, Category, Level

DIMENSION = 8
BM25 = Bm25()
ANYBODY = RightsFilter(groups=frozenset({"everyone"}))

pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect")


def open_edge(path: Path) -> Index:
    return EdgeIndex(path, embedding_digest="digest", dimension=DIMENSION)


def open_server(_path: Path) -> Index:
    from qdrant_client import QdrantClient

    return ServerIndex(QdrantClient(":memory:"), embedding_digest="digest", dimension=DIMENSION)


@pytest.fixture(params=[open_edge, open_server], ids=["edge", "server"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Index]:
    opener: Callable[[Path], Index] = request.param
    opened = opener(tmp_path / "index")
    yield opened
    opened.close()


def name(n: int) -> str:
    return str(uuid.UUID(int=n + 1))


def point(
    n: int,
    text: str = "the fee",
    *,
    near: float = 0.5,
    groups: frozenset[str] = frozenset({"everyone"}),
    level: Level = Level.INTERNAL,
    categories: frozenset[Category] = frozenset(),
    document: str = "document",
) -> Point:
    """A chunk whose vector has the cosine `near` with `toward()`; `n` makes it differ from its like."""
    rest = (1 - near * near) ** 0.5
    side = [0.0] * (DIMENSION - 1)
    side[n % (DIMENSION - 1)] = rest
    return Point(
        id=name(n),
        document=document,
        dense=(near, *side),
        sparse=BM25.document(text),
        groups=groups,
        level=level,
        categories=categories,
    )


def toward() -> tuple[float, ...]:
    return (1.0, *[0.0] * (DIMENSION - 1))


def ask(
    index: Index, rights: RightsFilter = ANYBODY, *, text: str = "fee", limit: int = 10, mode: Mode = Mode.HYBRID
) -> list[str]:
    query = Query(dense=toward(), sparse=BM25.query(text), rights=rights, limit=limit, mode=mode)
    return [hit.id for hit in index.query(query)]


def test_an_empty_index_answers_with_nothing(index: Index) -> None:
    assert (index.count(), index.cursor(), index.ids(), ask(index)) == (0, 0, frozenset(), [])


@pytest.mark.parametrize("mode", Mode)
def test_each_mode_puts_the_best_first(index: Index, mode: Mode) -> None:
    index.apply(
        [point(1, "an unrelated sentence", near=0.1), point(2, "the fee is due", near=0.9), point(3, near=0.2)], [], 1
    )
    assert ask(index, text="when is the fee due", mode=mode)[0] == name(2)


def test_dense_and_words_each_bring_what_the_other_misses(index: Index) -> None:
    """Fused, a passage found only by its words and one found only by its meaning both stand above the rest."""
    noise = [point(n, f"noise {n}", near=0.05 + n / 1000) for n in range(20, 40)]
    index.apply([*noise, point(1, "tariff zebra", near=0.0), point(2, "something else", near=0.95)], [], 1)
    assert set(ask(index, text="zebra", limit=2)) == {name(1), name(2)}
    assert ask(index, text="zebra", mode=Mode.BM25) == [name(1)]
    assert ask(index, text="zebra", mode=Mode.DENSE, limit=1) == [name(2)]


@pytest.mark.parametrize("mode", Mode)
def test_forbidden_points_do_not_crowd_out_the_permitted_one(index: Index, mode: Mode) -> None:
    """Five hundred better hits that this person may not see take no place in the result."""
    better = [point(n, "the fee fee fee", near=0.99, groups=frozenset({"board"})) for n in range(500)]
    index.apply([*better, point(900, "the fee of the clinic", near=0.2, groups=frozenset({"staff"}))], [], 1)
    staff = RightsFilter(groups=frozenset({"staff", "everyone"}))
    assert ask(index, staff, limit=5, mode=mode) == [name(900)]


@pytest.mark.parametrize("mode", Mode)
def test_without_a_group_nothing_is_found(index: Index, mode: Mode) -> None:
    index.apply([point(1), point(2, groups=frozenset())], [], 1)
    assert ask(index, RightsFilter(groups=frozenset()), mode=mode) == []
    assert ask(index, mode=mode) == [name(1)]


def test_a_level_above_the_ceiling_is_not_found(index: Index) -> None:
    index.apply([point(int(level), level=level) for level in Level], [], 1)
    for ceiling in Level:
        rights = RightsFilter(groups=frozenset({"everyone"}), level=ceiling)
        assert set(ask(index, rights)) == {name(n) for n in range(int(ceiling) + 1)}


def test_only_my_categories_means_none_but_mine(index: Index) -> None:
    health, payment = frozenset({Category.HEALTH}), frozenset({Category.PAYMENT})
    index.apply([point(1), point(2, categories=health), point(3, categories=health | payment)], [], 1)

    def seen(mine: frozenset[Category] | None) -> set[str]:
        return set(ask(index, RightsFilter(groups=frozenset({"everyone"}), only_categories=mine)))

    assert seen(frozenset()) == {name(1)}
    assert seen(health) == {name(1), name(2)}
    assert seen(health | payment) == seen(ALL_CATEGORIES) == seen(None) == {name(1), name(2), name(3)}


def test_documents_confine_the_query(index: Index) -> None:
    index.apply([point(1, document="a"), point(2, document="b")], [], 1)
    assert ask(index, RightsFilter(groups=ANYBODY.groups, documents=frozenset({"b"}))) == [name(2)]
    assert ask(index, RightsFilter(groups=ANYBODY.groups, documents=frozenset())) == []


def test_deleted_points_are_not_found_and_deleting_twice_does_no_harm(index: Index) -> None:
    index.apply([point(1), point(2)], [], 1)
    for _ in range(2):
        index.apply([], [name(1), name(77)], 2)
        assert (ask(index), index.count(), index.ids()) == ([name(2)], 1, {name(2)})


def test_applying_again_changes_nothing(index: Index) -> None:
    points = [point(n, near=n / 10) for n in range(5)]
    index.apply(points, [], 3)
    before = ask(index)
    index.apply(points, [], 3)
    assert (ask(index), index.count(), index.cursor()) == (before, 5, 3)


def test_an_upsert_replaces_rights_and_words(index: Index) -> None:
    index.apply([point(1, "zebra", groups=frozenset({"staff"}))], [], 1)
    index.apply([point(1, "giraffe", groups=frozenset({"board"}))], [], 2)
    staff, board = (RightsFilter(groups=frozenset({group})) for group in ("staff", "board"))
    assert ask(index, staff) == []
    assert ask(index, board, text="zebra", mode=Mode.BM25) == []
    assert ask(index, board, text="giraffe", mode=Mode.BM25) == [name(1)]


def test_a_question_of_stop_words_is_answered_by_meaning(index: Index) -> None:
    index.apply([point(1)], [], 1)
    assert ask(index, text="what is the") == [name(1)]
    assert ask(index, text="what is the", mode=Mode.BM25) == []


def test_limit_bounds_the_hits(index: Index) -> None:
    index.apply([point(n) for n in range(30)], [], 1)
    for mode in Mode:
        assert len(ask(index, limit=7, mode=mode)) == 7


def test_points_are_read_back_as_they_were_written_page_by_page(index: Index) -> None:
    given = {one.id: one for one in (point(n, f"the fee {n}", groups=frozenset({"a", "b"})) for n in range(5))}
    index.apply(list(given.values()), [], 1)
    found, after, pages = {}, "", 0
    while pages == 0 or after:
        page, after = index.points(after, 2)
        found |= {one.id: one for one in page}
        pages += 1
    assert (found.keys(), pages) == (given.keys(), 3)
    for id, one in found.items():
        assert (one.document, one.groups, one.level) == (given[id].document, given[id].groups, given[id].level)
        assert dict(zip(*astuple(one.sparse), strict=True)) == pytest.approx(
            dict(zip(*astuple(given[id].sparse), strict=True))
        )
        assert one.dense == pytest.approx(given[id].dense, abs=1e-3)


def test_cleared_is_empty_and_starts_at_zero(index: Index) -> None:
    index.apply([point(1)], [], 9)
    index.clear()
    assert (index.count(), index.cursor(), ask(index)) == (0, 0, [])
    index.apply([point(2)], [], 1)
    index.optimise()
    assert ask(index) == [name(2)]


def test_a_vector_of_another_length_is_refused_and_the_cursor_stays(index: Index) -> None:
    index.apply([point(1)], [], 1)
    bad = Point(
        id=name(2),
        document="d",
        dense=(1.0,),
        sparse=SparseVector(indices=(1,), values=(1.0,)),
        groups=frozenset({"everyone"}),
        level=Level.PUBLIC,
        categories=frozenset(),
    )
    with pytest.raises(IndexUnavailable):
        index.apply([bad], [], 2)
    assert index.cursor() == 1


_names = st.sampled_from(["everyone", "staff", "board", "Großbank/ü", "a b", ""])
_rights = st.builds(
    RightsFilter,
    groups=st.frozensets(_names, max_size=3),
    level=st.none() | st.sampled_from(Level),
    only_categories=st.none() | st.frozensets(st.sampled_from(Category), max_size=3),
    documents=st.none() | st.frozensets(st.sampled_from(["a", "b", "c"]), max_size=2),
)


def may_see(point: Point, rights: RightsFilter) -> bool:
    """The filter's meaning, said once more in plain Python."""
    return (
        bool(point.groups & rights.groups)
        and (rights.level is None or point.level <= rights.level)
        and (rights.only_categories is None or point.categories <= rights.only_categories)
        and (rights.documents is None or point.document in rights.documents)
    )


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[list[Point], list[Index]]]:
    """Both engines, filled with the same 200 points of every kind."""
    dice = random.Random(7)
    points = [
        point(
            n,
            f"fee word{n % 9}",
            near=dice.uniform(-1, 1),
            groups=frozenset(dice.sample(["everyone", "staff", "board", "Großbank/ü", "a b", ""], dice.randrange(4))),
            level=Level(dice.randrange(4)),
            categories=frozenset(dice.sample(sorted(Category), dice.choice([0, 0, 1, 2]))),
            document=dice.choice("abc"),
        )
        for n in range(200)
    ]
    opened = [opener(tmp_path_factory.mktemp("engine") / "index") for opener in (open_edge, open_server)]
    for each in opened:
        each.apply(points, [], 1)
    yield points, opened
    for each in opened:
        each.close()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rights=_rights, mode=st.sampled_from(Mode))
def test_both_engines_show_exactly_what_the_filter_means(
    engines: tuple[list[Point], list[Index]], rights: RightsFilter, mode: Mode
) -> None:
    points, opened = engines
    wanted = {point.id for point in points if may_see(point, rights)}
    for each in opened:
        assert set(ask(each, rights, mode=mode, limit=200)) == wanted


@settings(max_examples=25, deadline=None)
@given(words=st.lists(st.integers(0, 12), min_size=1, max_size=4), mode=st.sampled_from(Mode))
def test_both_engines_score_alike(engines: tuple[list[Point], list[Index]], words: list[int], mode: Mode) -> None:
    text = " ".join(f"word{n}" for n in words)
    query = Query(dense=toward(), sparse=BM25.query(text), rights=ANYBODY, limit=20, mode=mode)
    edge, server = (sorted((round(hit.score, 3) for hit in each.query(query)), reverse=True) for each in engines[1])
    assert edge == pytest.approx(server, abs=2e-3)


# What only the embedded engine has: files.


def test_what_was_applied_is_there_after_opening_again(tmp_path: Path) -> None:
    first = open_edge(tmp_path / "index")
    first.apply([point(1), point(2)], [], 42)
    first.close()
    again = open_edge(tmp_path / "index")
    assert (again.cursor(), again.ids()) == (42, {name(1), name(2)})
    again.close()


def test_an_index_of_another_embedding_model_is_refused_and_untouched(tmp_path: Path) -> None:
    first = open_edge(tmp_path / "index")
    first.apply([point(1)], [], 5)
    first.close()
    for digest, dimension, bm25 in (
        ("other", DIMENSION, None),
        ("digest", 16, None),
        ("digest", DIMENSION, Bm25(k1=2)),
    ):
        with pytest.raises(IndexUnavailable, match=r"made with another|made with other") as refused:
            EdgeIndex(tmp_path / "index", embedding_digest=digest, dimension=dimension, bm25=bm25)
        assert refused.value.exit_code == 3
        assert refused.value.cure
    again = open_edge(tmp_path / "index")
    assert (again.cursor(), again.count()) == (5, 1)
    again.close()


def test_an_index_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    open_edge(tmp_path / "index").close()
    manifest = tmp_path / "index" / "manifest.json"
    stated = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**stated, "schema": 99}))
    with pytest.raises(IndexUnavailable, match="newer version"):
        open_edge(tmp_path / "index")


def test_a_second_opening_is_refused_while_the_first_lasts(tmp_path: Path) -> None:
    first = open_edge(tmp_path / "index")
    with pytest.raises(IndexUnavailable, match="another process"):
        open_edge(tmp_path / "index")
    first.apply([point(1)], [], 1)
    assert first.count() == 1
    first.close()


def test_a_shard_that_cannot_be_read_starts_empty_at_zero(tmp_path: Path) -> None:
    """The index is a projection: the feed fills it again."""
    first = open_edge(tmp_path / "index")
    first.apply([point(1)], [], 7)
    first.close()
    (tmp_path / "index" / "shard" / "edge_config.json").write_text("{")
    again = open_edge(tmp_path / "index")
    assert (again.cursor(), again.count()) == (0, 0)
    again.close()


def test_the_index_holds_no_text(tmp_path: Path) -> None:
    """A word of a document stands in no file of the index."""
    index = open_edge(tmp_path / "index")
    index.apply([point(1, "xylophonic quarterly statement")], [], 1)
    index.close()
    for path in (tmp_path / "index").rglob("*"):
        assert not path.is_file() or b"xyloph" not in path.read_bytes()


def test_the_servers_manifest_is_kept_in_the_collection() -> None:
    from qdrant_client import QdrantClient

    client = QdrantClient(":memory:")
    ServerIndex(client, embedding_digest="digest", dimension=DIMENSION).apply([point(1)], [], 4)
    assert ServerIndex(client, embedding_digest="digest", dimension=DIMENSION).cursor() == 4
    with pytest.raises(IndexUnavailable, match="another embedding model"):
        ServerIndex(client, embedding_digest="other", dimension=DIMENSION)
