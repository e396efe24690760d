"""How good a ranking is, by the usual measures and the usual definitions (those of trec_eval)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence


def measures(ranked: Sequence[str], wanted: Mapping[str, float]) -> dict[str, float]:
    """Of one query: `ranked` best first, `wanted` the grade of each relevant item, all above 0 and at least one."""
    found = [wanted.get(item, 0.0) for item in ranked]
    return {
        "ndcg@10": _gain(found[:10]) / _gain(sorted(wanted.values(), reverse=True)[:10]),
        "recall@10": sum(grade > 0 for grade in found[:10]) / len(wanted),
        "recall@100": sum(grade > 0 for grade in found[:100]) / len(wanted),
        "map@10": _precision(found[:10]) / len(wanted),
        "mrr@10": next((1 / rank for rank, grade in enumerate(found[:10], 1) if grade > 0), 0.0),
    }


def mean(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Each measure over all queries, to four places."""
    return {name: round(math.fsum(row[name] for row in rows) / len(rows), 4) for name in rows[0]} if rows else {}


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed; 0 for none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0


def _gain(grades: Sequence[float]) -> float:
    return math.fsum(grade / math.log2(rank + 1) for rank, grade in enumerate(grades, 1))


def _precision(grades: Sequence[float]) -> float:
    hits, total = 0, 0.0
    for rank, grade in enumerate(grades, 1):
        if grade > 0:
            hits += 1
            total += hits / rank
    return total
