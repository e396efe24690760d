"""What `train.py --report` prints: how the classifier does on authors, languages and texts that it was not trained on.

Every rate stands with its 95 % Wilson interval. Across authors: one file left out, trained on the others. Languages
have one author each, so those are measured by leaving out a quarter at a time, which flatters.
"""

# ruff: noqa: T201  a script prints

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from policies.detect.cases import model as models
from policies.detect.cases.glosses import LANGUAGES
from policies.detect.training import fitting
from policies.vocabulary import Embed

Z = 1.959963984540054
PARTS = 4
Scores = NDArray[np.float64]


def wilson(hits: int, of: int) -> str:
    """`hits` of `of` as a rate with its interval."""
    if of == 0:
        return "-"
    rate, square = hits / of, Z * Z
    middle = (rate + square / (2 * of)) / (1 + square / of)
    half = Z * math.sqrt(rate * (1 - rate) / of + square / (4 * of * of)) / (1 + square / of)
    return f"{rate:6.1%} [{max(0, middle - half):.1%}, {min(1, middle + half):.1%}] of {of}"


def auc(stay: NDArray[Any], scores: Scores) -> float:
    ranks = np.argsort(np.argsort(scores)) + 1
    n = int(stay.sum())
    return float((ranks[stay].sum() - n * (n + 1) / 2) / (n * (len(stay) - n)))


def scored(model: models.Model, rows: Sequence[fitting.Row], embed: Embed) -> Scores:
    """The score of each text as a whole."""
    readings = [models.Reading.of(row.text, row.language) for row in rows]
    vectors = embed([reading.english for reading in readings])
    return np.array([model.score(one, vector) for one, vector in zip(readings, vectors, strict=True)])


def held_out(rows: Sequence[fitting.Row], test: Sequence[int], embed: Embed, stated: dict[str, Any]) -> Scores:
    """Scores of the rows at `test`, by a model that has not seen them."""
    left = set(test)
    arrays = fitting.fit_cases([row for n, row in enumerate(rows) if n not in left], embed)
    return scored(models.Model(arrays=arrays, stated=stated), [rows[n] for n in test], embed)


def report(rows: Sequence[fitting.Row], embed: Embed, model: models.Model) -> None:
    stated = dict(model.stated)
    known = [row for row in rows if row.source not in fitting.HELD_OUT]
    rows = [row for row in rows if row.source in fitting.HELD_OUT]
    print("Held-out author:")
    if rows:
        _line("en_4", rows, scored(model, rows, embed))
    print("Across authors (English):")
    english = [row for row in known if row.language == "en"]
    every: list[tuple[fitting.Row, float]] = []
    for author in sorted({row.source for row in english}):
        test = [n for n, row in enumerate(english) if row.source == author]
        scores = held_out(english, test, embed, stated)
        _line(author, [english[n] for n in test], scores)
        every += zip([english[n] for n in test], scores.tolist(), strict=True)
    _kinds(every)
    print("Other languages (a quarter left out at a time):")
    _languages(known, embed, stated)


def _languages(known: Sequence[fitting.Row], embed: Embed, stated: dict[str, Any]) -> None:
    order = np.random.default_rng(fitting.SEED).permutation([n for n, row in enumerate(known) if row.language != "en"])
    scores = dict[int, float]()
    for part in range(PARTS):
        test = order[part::PARTS].tolist()
        scores |= dict(zip(test, held_out(known, test, embed, stated).tolist(), strict=True))
    for language in (*LANGUAGES, ""):
        test = [n for n in scores if known[n].language.startswith(language)]
        _line(language or "all", [known[n] for n in test], np.array([scores[n] for n in test]))


def _line(name: str, rows: Sequence[fitting.Row], scores: Scores) -> None:
    stay = np.array([row.stay for row in rows])
    kept, held = int((scores[stay] > 0).sum()), int((scores[~stay] > 0).sum())
    at = np.quantile(scores[stay], 0.05)
    print(
        f"  {name:5} AUC {auc(stay, scores):.3f}  recall {wilson(kept, int(stay.sum()))}  "
        f"false alarms {wilson(held, int((~stay).sum()))}  at 5 % misses {np.mean(scores[~stay] >= at):.1%}"
    )


def _kinds(every: Iterable[tuple[fitting.Row, float]]) -> None:
    by_kind: dict[tuple[bool, str], list[bool]] = {}
    for row, score in every:
        by_kind.setdefault((row.stay, row.kind), []).append(score > 0)
    for (stay, kind), found in sorted(by_kind.items(), reverse=True):
        print(f"    {'recall' if stay else 'false alarms':12} {kind:14} {wilson(sum(found), len(found))}")
