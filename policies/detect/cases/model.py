"""The weights: what a text means and how it is written, each with a classifier of its own; the two are added up.

The meaning is read by the lower half of the packaged sentence encoder with a small adapter (low-rank changes to the
weights: Hu et al., 2021), trained on the same text; the words, letters and signs are weighed by a linear classifier.

A text in another language is read twice: word by word in English, by the same weights as English text, and as it
stands, by its own words and letters. What is promised: a file that is missing, damaged, or made for another embedding model is refused at loading. The file
carries the SHA-256 of the text it was trained on and of the embedding model, and of its own numbers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from policies.detect.cases.features import BLOCKS, BUCKETS, Memo, Rows, grams, is_english
from policies.detect.cases.glosses import LANGUAGES, gloss
from policies.detect.cases.signs import signs
from policies.errors import DetectorError
from policies.vocabulary import Embed

FORMAT = 3
FILE = Path(__file__).with_name("model.npz")
CLASSES = ("personal", "health", "privileged", "market-sensitive", "credentials")
LAYERS = 3  # of the encoder, the lowest; see `detect/training/adapting.py`
SCALE = 10.0  # of the embedding against its weights
ADAPTER = "adapter/"  # what such an array's name begins with; `…/up` times `…/down` is added to the weight named
CAP = 2.75  # what the meaning counts at most: words that speak more against a case need not be embedded
SIGN_SCALE = 0.5
PROBES = ("How do plants make sugar?", "Our neighbour's daughter was dismissed on Friday.")
_ALIKE = 0.995
_ENDS = " .!…;,:。！"

Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Reading:
    """A piece of text, its language (`en` when it is none that is known), and what it says in English words."""

    text: str
    language: str
    english: str

    @classmethod
    def of(cls, text: str, language: str) -> Reading:
        text = text.rstrip(_ENDS) or text  # whether somebody typed the full stop says nothing
        return cls(text, language, gloss(text, language)) if language in LANGUAGES else cls(text, "en", text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Arrays as in the file. `stated`: thresholds, digests, version of the form."""

    arrays: Mapping[str, NDArray[Any]]
    stated: Mapping[str, Any]

    @property
    def version(self) -> str:
        return hashlib.sha256(json.dumps({**self.stated, "cap": CAP}, sort_keys=True).encode()).hexdigest()[:16]

    def written(self, reading: Reading, memo: Memo | None = None) -> float:
        """How much the words, letters and signs speak for a case. `memo` is shared by the pieces of one text."""
        a, name = self.arrays, "en" if reading.language == "en" else "other"
        score = float(a[f"{name}_bias"])
        score += SIGN_SCALE * float(a[f"{name}_signs"] @ signs(reading.english))
        score += _sum(a[f"{name}_grams"], grams(reading.english, is_english, memo))
        if name == "other":
            score += _sum(a["other_own"], grams(reading.text, self.knows, memo))
        return score - float(self.stated["thresholds"][name])

    def meant(self, vector: Vector) -> float:
        """How much the meaning does, at most `CAP`; with `written`, above 0 is a case."""
        return min(CAP, SCALE * float(self.arrays["meaning"] @ vector) + float(self.arrays["meaning_bias"]))

    @property
    def changes(self) -> dict[str, NDArray[np.float32]]:
        """What the adapter adds to the weights of the sentence encoder."""
        names = {name.removeprefix(ADAPTER).rpartition("/")[0] for name in self.arrays if name.startswith(ADAPTER)}
        return {name: self._half(name, "up") @ self._half(name, "down") for name in sorted(names)}

    def _half(self, name: str, half: str) -> NDArray[np.float32]:
        return self.arrays[f"{ADAPTER}{name}/{half}"].astype(np.float32)

    def category(self, vector: Vector) -> str:
        """What kind of case it is, when it is one."""
        return CLASSES[int(np.argmax(self.arrays["kinds"] @ vector + self.arrays["kinds_bias"]))]

    def knows(self, word: str) -> bool:
        """Whether `word` stood in several texts of the training: then it is nobody's name."""
        words = self.arrays["words"]
        mark = word_mark(word)
        place = int(np.searchsorted(words, mark))
        return place < len(words) and int(words[place]) == mark

    def fits(self, embed: Embed) -> bool:
        """Whether `embed` is the model that this one was trained on: the same vectors for a few texts."""
        vectors = np.asarray(embed(PROBES), np.float32)
        kept = self.arrays["probes"].astype(np.float32)
        return vectors.shape == kept.shape and bool((vectors * kept).sum(axis=1).min() >= _ALIKE)


def word_mark(word: str) -> int:
    return crc32(word.lower().encode("utf-8", "surrogatepass"))


def weigh(rows: Rows) -> Vector:
    """How much each n-gram counts: every block has length 1, however long the text."""
    blocks = rows // BUCKETS
    sizes = np.bincount(blocks, minlength=BLOCKS)
    return (1.0 / np.sqrt(sizes[blocks])).astype(np.float32)


def _sum(weights: NDArray[Any], rows: Rows) -> float:
    return float(weights[rows].astype(np.float32) @ weigh(rows))


def load(path: Path = FILE) -> Model:
    """Raises DetectorError for a file that is missing, damaged or of another form."""
    try:
        with np.load(BytesIO(path.read_bytes()), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        stated = json.loads(bytes(arrays.pop("stated")).decode())
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise _refused("cannot be read") from error
    except Exception as error:  # zipfile and zlib have errors of their own for damaged files
        raise _refused("is damaged") from error
    if stated.get("format") != FORMAT:
        raise _refused("has another form")
    if stated.get("numbers") != digest_of(arrays):
        raise _refused("is damaged")
    return Model(arrays=arrays, stated=stated)


def digest_of(arrays: Mapping[str, NDArray[Any]]) -> str:
    whole = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        whole.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        whole.update(array.tobytes())
    return whole.hexdigest()


def _refused(why: str) -> DetectorError:
    return DetectorError(f"The classifier of cases {why}.", cure="Install the product again, or run `make train`.")
