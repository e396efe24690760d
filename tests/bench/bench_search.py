"""Searching: the embedded engine against qdrant-client's local mode, on the same points with the same questions."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from yardstick import Numbers, Scale, percentile, temporary_home

WIDTH = 384
GROUPS = 40
WORDS = 30_000
LIMIT = 20


def search_vs_local_mode(scale: Scale) -> Numbers:
    """One call is one hybrid question: the rights filter in both prefetches, fused by DBSF. Both engines are asked
    through the same contract (`ingest.index.base`). Random vectors; a person reads about a tenth of all chunks."""
    import warnings

    import numpy as np
    from qdrant_client import QdrantClient

    from ingest.index.edge import EdgeIndex
    from ingest.index.server import ServerIndex

    count = scale.pick(quick=1_000, usual=13_000)
    warnings.simplefilter("ignore")  # local mode says that it has no payload indexes
    dice = np.random.default_rng(4)
    with temporary_home() as home:
        edge = EdgeIndex(home.path / "index", embedding_digest="bench", dimension=WIDTH)
        local = ServerIndex(QdrantClient(":memory:"), embedding_digest="bench", dimension=WIDTH)
        for cursor, points in enumerate(_points(dice, count), 1):
            edge.apply(points, [], cursor)
            local.apply(points, [], cursor)
        asked = [_question(dice) for _ in range(scale.pick(quick=20, usual=300))]
        slow = asked[: scale.pick(quick=5, usual=40)]
        for index in (edge, local):
            index.query(asked[0])
        theirs, found = _asked(local, slow)
        ours, mine = _asked(edge, asked)
        edge.close()
    same = sum(len(one & other) for one, other in zip(mine, found, strict=False)) / max(1, sum(map(len, found)))
    return {
        "search_vs_local_mode": percentile(theirs, 0.95) / percentile(ours, 0.95),
        "search_p95_ms": 1000 * percentile(ours, 0.95),
        "local_mode_p95_ms": 1000 * percentile(theirs, 0.95),
        "search_same_hits": same,
    }


def _asked(index: Any, questions: list[Any]) -> tuple[list[float], list[set[str]]]:
    took, found = [], []
    for question in questions:
        start = time.perf_counter()
        hits = index.query(question)
        took.append(time.perf_counter() - start)
        found.append({hit.id for hit in hits})
    return took, found


def _points(dice: Any, count: int) -> Iterator[list[Any]]:
    import uuid

    from ingest.index.base import Point
    from policies.labels import Level

    for start in range(0, count, 256):
        yield [
            Point(
                id=str(uuid.UUID(int=number)),
                document=str(uuid.UUID(int=number // 12)),
                dense=_direction(dice),
                sparse=_terms(dice, 60),
                groups=frozenset({f"group {number // 12 % GROUPS}"}),
                level=Level.INTERNAL,
                categories=frozenset(),
            )
            for number in range(start, min(start + 256, count))
        ]


def _question(dice: Any) -> Any:
    from ingest.index.base import Query, RightsFilter

    groups = frozenset(f"group {int(number)}" for number in dice.choice(GROUPS, 4, replace=False))
    return Query(dense=_direction(dice), sparse=_terms(dice, 6), rights=RightsFilter(groups=groups), limit=LIMIT)


def _direction(dice: Any) -> tuple[float, ...]:
    vector = dice.standard_normal(WIDTH)
    return tuple((vector / (vector @ vector) ** 0.5).tolist())


def _terms(dice: Any, count: int) -> Any:
    """Words as texts have them: a few stand nearly everywhere, most hardly anywhere."""
    from ingest.index.base import SparseVector

    terms = sorted({int(term) for term in dice.zipf(1.2, count) % WORDS + 1})
    return SparseVector(indices=tuple(terms), values=tuple((0.5 + dice.random(len(terms))).tolist()))
