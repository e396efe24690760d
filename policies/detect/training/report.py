"""What `train.py --report` prints: how the classifier does on text of an author that it was not trained on.

Every rate stands with its 95 % Wilson interval.
"""

# ruff: noqa: T201  a script prints

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from policies.detect.cases import CaseDetector
from policies.detect.training import fitting

Z = 1.959963984540054


def wilson(hits: int, of: int) -> str:
    """`hits` of `of` as a rate with its interval."""
    if of == 0:
        return "-"
    rate, square = hits / of, Z * Z
    middle = (rate + square / (2 * of)) / (1 + square / of)
    half = Z * math.sqrt(rate * (1 - rate) / of + square / (4 * of * of)) / (1 + square / of)
    return f"{rate:6.1%} [{max(0, middle - half):.1%}, {min(1, middle + half):.1%}] of {of}"


def auc(stay: NDArray[Any], scores: NDArray[np.float64]) -> float:
    ranks = np.argsort(np.argsort(scores)) + 1
    n = int(stay.sum())
    return float((ranks[stay].sum() - n * (n + 1) / 2) / (n * (len(stay) - n)))


def report(rows: Sequence[fitting.Row], detector: CaseDetector) -> None:
    """The held-out authors, as a whole and by kind."""
    for author in fitting.HELD_OUT:
        test = [row for row in rows if row.source == author]
        scores = np.array([detector.score(row.text, row.language) for row in test])
        stay = np.array([row.stay for row in test])
        kept, held = int((scores[stay] > 0).sum()), int((scores[~stay] > 0).sum())
        print(
            f"{author}: AUC {auc(stay, scores):.3f}  recall {wilson(kept, int(stay.sum()))}  "
            f"false alarms {wilson(held, int((~stay).sum()))}"
        )
        found: dict[tuple[bool, str], list[bool]] = defaultdict(list)
        for row, score in zip(test, scores, strict=True):
            found[row.stay, row.kind].append(score > 0)
        for (stayed, kind), each in sorted(found.items(), reverse=True):
            print(f"  {'recall' if stayed else 'false alarms':12} {kind:14} {wilson(sum(each), len(each))}")
