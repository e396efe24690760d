"""Fitting the classifier of cases to the text beside this file: the same numbers every time.

Held-out authors are never fitted to.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp  # type: ignore[import-untyped]
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from policies.detect.cases import model as models
from policies.detect.cases.features import BLOCKS, BUCKETS, grams, is_english, tokens
from policies.detect.cases.pieces import pieces_of
from policies.detect.cases.signs import SIGNS, signs
from policies.vocabulary import Embed

FOLDER = Path(__file__).parent
THRESHOLDS = FOLDER / "thresholds.json"
HELD_OUT = ("en_4",)
STRENGTH = 3.0  # of the fit against the wish for small weights (C)
EXTRA = 0.5  # weight of a row that was made from another
BESIDE = 0.3  # weight of English rows where other languages are learnt
SEED = 20
KINDS = {
    "person": 0, "unique": 0, "noname": 0, "special": 0, "private": 0,
    "user task": 0, "quasi-identifier": 0, "small cells": 0, "health": 1, "lab values": 1, "privileged": 2,
    "business": 3, "business confidential": 3, "security": 4, "spoken secrets": 4,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a file. `source` is the file's name without its ending, `language` its first two letters."""

    source: str
    stay: bool
    kind: str
    text: str
    weight: float = 1.0

    @property
    def language(self) -> str:
        return self.source[:2]


def read(folder: Path = FOLDER) -> list[Row]:
    """Every row of every file, in order; a line that is no row is passed over."""
    rows = []
    for path in sorted(folder.glob("*.tsv")):
        for line in path.read_text("utf-8").splitlines():
            cells = line.split("\t")
            if not line.startswith("#") and len(cells) == 3 and cells[0] in {"stay", "go"}:
                rows.append(
                    Row(source=path.stem, stay=cells[0] == "stay", kind=cells[1], text=cells[2].replace("\\n", "\n"))
                )
    return rows


# -- features of rows ----------------------------------------------------------------------------------


def gram_matrix(texts: Sequence[str], known: Callable[[str], bool]) -> sp.csr_matrix:
    found = [grams(text, known) for text in texts]
    ends = np.cumsum([0, *map(len, found)])
    weights = np.concatenate([models.weigh(rows) for rows in found])
    return sp.csr_matrix((weights, np.concatenate(found), ends), shape=(len(texts), BLOCKS * BUCKETS))


def matrix(rows: Sequence[Row], known: Callable[[str], bool]) -> sp.csr_matrix:
    """The features of every row: signs, whether foreign, n-grams in English, n-grams as it stands."""
    readings = [models.Reading.of(row.text, row.language) for row in rows]
    english = [reading.english for reading in readings]
    foreign = np.array([[reading.language != "en"] for reading in readings], np.float32)
    dense = [models.SIGN_SCALE * np.array([signs(text) for text in english]), foreign]
    own = gram_matrix([reading.text if reading.language != "en" else "" for reading in readings], known)
    blocks = [*map(sp.csr_matrix, dense), gram_matrix(english, is_english), sp.diags(foreign[:, 0]) @ own]
    return sp.hstack(blocks).tocsr()


def more(rows: Sequence[Row]) -> list[Row]:
    """Rows made from `rows`: the sentences of harmless texts are harmless, and a case with harmless words behind it
    stays a case."""
    random = np.random.default_rng(SEED)
    go = [row for row in rows if not row.stay]
    words = [word for row in go for word in row.text.split() if word.isascii() and word.isalpha()]
    made = []
    for row in rows:
        if row.stay and words:
            added = " ".join(words[n] for n in random.integers(0, len(words), int(random.integers(3, 10))))
            made.append(replace(row, text=f"{row.text} {added}", weight=EXTRA))
        elif not row.stay:
            pieces = [piece for piece in pieces_of(row.text)[0] if piece != row.text.strip()]
            made += [
                Row(source=row.source, stay=False, kind=row.kind, text=piece, weight=EXTRA / 2) for piece in pieces[:6]
            ]
    return made


def known_words(rows: Sequence[Row]) -> NDArray[np.uint32]:
    """Marks of the words that stand in three texts or more: those are nobody's name."""
    counts = Counter(
        mark for row in rows for mark in {models.word_mark(word) for word in tokens(row.text) if word[0].isalpha()}
    )
    return np.array(sorted(mark for mark, count in counts.items() if count >= 3), np.uint32)


# -- fitting -------------------------------------------------------------------------------------------


def fit(matrix: sp.csr_matrix, rows: Sequence[Row]) -> tuple[NDArray[Any], float]:
    """Weights and bias. Both classes count alike, whatever their number."""
    stay = np.array([row.stay for row in rows])
    weight = np.array([row.weight for row in rows])
    weight = weight * np.where(stay, 0.5 / weight[stay].sum(), 0.5 / weight[~stay].sum()) * len(rows)
    found = LogisticRegression(C=STRENGTH, max_iter=500, tol=1e-4).fit(matrix, stay, sample_weight=weight)
    return found.coef_[0], float(found.intercept_[0])


def fit_meaning(rows: Sequence[Row], encoder: Path) -> dict[str, NDArray[Any]]:
    """The adapter of the sentence encoder in the folder `encoder`, learnt from every language in English words."""
    from policies.detect.training.adapting import adapt

    rows = [*rows, *more(rows)]
    english = [models.Reading.of(row.text, row.language).english for row in rows]
    return adapt(encoder, english, [row.stay for row in rows], [row.weight for row in rows])


def fit_writing(rows: Sequence[Row]) -> dict[str, NDArray[Any]]:
    """One set of weights for English, from English alone; one for the other languages, from everything."""
    words = known_words([row for row in rows if row.language != "en"])
    rows = [*rows, *more(rows)]
    features = matrix(rows, models.Model(arrays={"words": words}, stated={}).knows)
    english = [n for n, row in enumerate(rows) if row.language == "en"]
    own = features.shape[1] - BLOCKS * BUCKETS  # a text in English is not read as it stands a second time
    arrays = named("en", *fit(features[english][:, :own], [rows[n] for n in english]))
    weighed = [replace(row, weight=row.weight * BESIDE) if row.language == "en" else row for row in rows]
    return arrays | named("other", *fit(features, weighed)) | {"words": words}


def named(name: str, weights: NDArray[Any], bias: float) -> dict[str, NDArray[Any]]:
    """The weights cut into the arrays of the file."""
    by_sign, foreign, by_gram, by_own = np.split(weights, np.cumsum([len(SIGNS), 1, BLOCKS * BUCKETS]))
    cut = {
        "signs": by_sign.astype(np.float32),
        "bias": np.float32(bias + float(foreign[0])), "grams": thin(by_gram),
    }  # fmt: skip
    if len(by_own):
        cut["own"] = thin(by_own)
    return {f"{name}_{part}": np.asarray(array) for part, array in cut.items()}


def fit_kinds(rows: Sequence[Row], embed: Embed) -> dict[str, NDArray[Any]]:
    """What kind of case it is, for the reason that a person reads."""
    rows = [row for row in rows if row.stay and row.kind in KINDS]
    english = [models.Reading.of(row.text, row.language).english for row in rows]
    found = LogisticRegression(C=10.0, class_weight="balanced", max_iter=500)
    found.fit(embed(english), [KINDS[row.kind] for row in rows])
    return {"kinds": found.coef_.astype(np.float32), "kinds_bias": found.intercept_.astype(np.float32)}


def thin(weights: NDArray[Any]) -> NDArray[np.float16]:
    """Half precision; what hardly counts is nothing, and packs well."""
    return np.where(np.abs(weights) < 0.004 * np.abs(weights).max(), 0, weights).astype(np.float16)


def train(rows: Sequence[Row], meaning: Any, encoder: Path, thresholds: dict[str, float]) -> models.Model:
    """A whole model over the packaged embedder, which lies in the folder `encoder`; from all but the held-out authors."""
    rows = [row for row in rows if row.source not in HELD_OUT]
    arrays = fit_meaning(rows, encoder) | fit_writing(rows)
    embed = meaning.adapted(models.Model(arrays=arrays, stated={}).changes, models.LAYERS).embed_documents
    arrays |= fit_kinds(rows, embed)
    arrays["probes"] = embed(models.PROBES).astype(np.float16)
    return stated(arrays, rows, thresholds, meaning.digest)


def stated(arrays: Any, rows: Sequence[Row], thresholds: dict[str, float], embedder: str) -> models.Model:
    """`arrays` with what they were made from: `text` covers every row, the embedding model and the settings."""
    digest = hashlib.sha256(f"{models.FORMAT} {embedder} {STRENGTH} {BESIDE} {SEED}\n".encode())
    for row in rows:
        digest.update(f"{row.source}\t{row.stay}\t{row.kind}\t{row.text}\n".encode())
    told = {
        "format": models.FORMAT, "text": digest.hexdigest(), "embedder": embedder, "rows": len(rows),
        "thresholds": thresholds, "numbers": models.digest_of(arrays),
    }  # fmt: skip
    return models.Model(arrays=arrays, stated=told)


def thresholds() -> dict[str, float]:
    """As they were calibrated last; decision cases are not part of the repository."""
    kept: dict[str, float] = json.loads(THRESHOLDS.read_text("utf-8"))
    return kept


def move(path: Path, by: float) -> None:
    """Moves the English threshold of the model at `path`, and keeps it for the next training."""
    model, kept = models.load(path), thresholds()
    kept["en"] = round(float(model.stated["thresholds"]["en"]) + by, 3)
    THRESHOLDS.write_text(json.dumps(kept) + "\n", "utf-8")
    save(models.Model(arrays=model.arrays, stated={**model.stated, "thresholds": kept}), path)


def save(model: models.Model, path: Path) -> None:
    stated = np.frombuffer(json.dumps(model.stated, sort_keys=True).encode(), np.uint8)
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **dict(model.arrays, stated=stated))
