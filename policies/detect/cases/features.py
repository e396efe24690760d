"""What is looked at in a text: hashed n-grams of its words and letters. Numbers only; the text is not kept.

Names differ in every text, so words that are no ordinary ones are seen a second time as a blank: "□ has not paid"
is the same sentence whoever it is about. Hashing is CRC-32, which is the same everywhere.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from policies.views.words import vocabulary

BUCKETS = 1 << 17
_MASK = BUCKETS - 1
BLOCKS = 3  # words, words with blanks, letters
_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?|\d+|[^\w\s]")
_DIGIT = re.compile(r"\d")
# a placeholder is a blank that somebody will fill in at home
_BRACKETED = re.compile(
    r"\[[^\W\d_][\w /.,'-]{1,40}\]|<[A-Z][A-Z0-9 /_-]{1,40}>|\{\{?[\w .]{1,40}\}?\}|(?<!\w)[X_]{3,12}(?!\w)"
    # and so is a number that only a machine reads: a UUID, a hash, a key
    r"|(?<![\w-])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![\w-])|(?<!\w)(?=[a-f]{0,40}\d)[0-9a-f]{7,128}(?!\w)"
    r"|(?<![\w+/])(?=[A-Za-z+/]{0,60}\d)[A-Za-z0-9+/]{40,}={0,2}(?![\w+/])"
)
_MAYBE = re.compile(r"[\[<{\d]|[X_]{3}|-[A-Fa-f]{4}-")  # stands in each of them, and is found far more quickly
_EASTERN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LONGEST = 40  # letters of one word that are looked at; longer ones are no words

Rows = NDArray[np.int64]
Known = Callable[[str], bool]


class Memo:
    """What was worked out for the words of one text, for the other pieces of the same text."""

    __slots__ = ("letters", "words")

    def __init__(self) -> None:
        self.words: dict[tuple[str, Known], tuple[bytes, bytes]] = {}
        self.letters: dict[tuple[str, bool], set[int]] = {}


@lru_cache(maxsize=16_384)
def is_english(word: str) -> bool:
    """Whether the embedding model knows `word` as a whole, or its stem."""
    low = word.lower().replace("’", "'").partition("'")[0]
    known = vocabulary()
    return len(low) <= 2 or low in known or any(low.endswith(end) and low[: -len(end)] in known for end in _ENDINGS)


_ENDINGS = ("s", "es", "ed", "ing", "ly", "er", "d", "ers", "ness", "ment")


def tokens(text: str) -> list[str]:
    """Words, numbers and marks; a placeholder is one mark."""
    return _TOKEN.findall(_bracketed(text))


def grams(text: str, known: Known, memo: Memo | None = None) -> Rows:
    """The buckets of all n-grams of `text`, each block with its own; sorted, each once."""
    memo = memo or Memo()
    plain = _bracketed(text)
    words = [memo.words.get((word, known)) or _forms(word, known, memo) for word in _TOKEN.findall(plain)]
    blocks = (
        _runs([shape for shape, _ in words], 2),
        _runs([blank for _, blank in words], 4),
        _letters(plain, memo),
    )
    rows = [np.fromiter(block, np.int64, len(block)) + n * BUCKETS for n, block in enumerate(blocks)]
    return np.sort(np.concatenate(rows))


def _bracketed(text: str) -> str:
    return _BRACKETED.sub(" ▢ ", text) if _MAYBE.search(text) else text


def _forms(word: str, known: Known, memo: Memo) -> tuple[bytes, bytes]:
    """The word as it counts, and the same or a blank."""
    shape = _encoded("0" * min(len(word), 6) if word[0].isdigit() else word.lower())
    blank = shape if not word[0].isalpha() or known(word) else _encoded("□A" if word[0].isupper() else "□")
    memo.words[word, known] = shape, blank
    return shape, blank


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _runs(words: list[bytes], longest: int) -> set[int]:
    """The buckets of all runs of 1 to `longest` words, joined by spaces; the ends of the text are words, too."""
    found: set[int] = set()
    add, crc = found.add, zlib.crc32
    words = [b"^", *words, b"$"]
    following = [b" " + word for word in words]
    for start, word in enumerate(words):
        run = crc(word)
        add(run & _MASK)
        for word in following[start + 1 : start + longest]:
            run = crc(word, run)
            add(run & _MASK)
    return found


def _cut(word: str, lengths: range) -> list[bytes]:
    """All runs of so many letters. Letters of one byte each are cut after encoding, which is quicker."""
    places = [(start, start + length) for length in lengths for start in range(len(word) - length + 1)]
    if word.isascii():
        encoded = word.encode()
        return [encoded[start:end] for start, end in places]
    return [_encoded(word[start:end]) for start, end in places]


def _letters(bracketed: str, memo: Memo) -> set[int]:
    """Runs of 2 to 5 letters that do not cross a space; in scripts without spaces, 1 to 4 anywhere."""
    plain = _DIGIT.sub("0", bracketed).lower()
    eastern = _EASTERN.search(plain) is not None
    lengths, longest = (range(1, 5), 2000) if eastern else (range(2, 6), _LONGEST)
    found: set[int] = set()
    for word in {word[:longest] for word in plain.split()}:
        buckets = memo.letters.get((word, eastern))
        if buckets is None:
            buckets = memo.letters[word, eastern] = {zlib.crc32(run) & _MASK for run in _cut(f" {word} ", lengths)}
        found |= buckets
    return found
