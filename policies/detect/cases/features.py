"""What is looked at in a text: hashed n-grams of its words and letters. Numbers only; the text is not kept.

Names differ in every text, so words that are no ordinary ones are seen a second time as a blank: "□ has not paid"
is the same sentence whoever it is about. Hashing is CRC-32, which is the same everywhere.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from policies.views.words import vocabulary

BUCKETS = 1 << 17
BLOCKS = 3  # words, words with blanks, letters
_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?|\d+|[^\w\s]")
_WORDLIKE = re.compile(r"\S+")
_DIGIT = re.compile(r"\d")
# a placeholder is a blank that somebody will fill in at home
_BRACKETED = re.compile(
    r"\[[^\W\d_][\w /.,'-]{1,40}\]|<[A-Z][A-Z0-9 /_-]{1,40}>|\{\{?[\w .]{1,40}\}?\}|(?<!\w)[X_]{3,12}(?!\w)"
    # and so is a number that only a machine reads: a UUID, a hash, a key
    r"|(?<![\w-])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![\w-])|(?<!\w)(?=[a-f]{0,40}\d)[0-9a-f]{7,128}(?!\w)"
    r"|(?<![\w+/])(?=[A-Za-z+/]{0,60}\d)[A-Za-z0-9+/]{40,}={0,2}(?![\w+/])"
)
_EASTERN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LONGEST = 40  # letters of one word that are looked at; longer ones are no words

Rows = NDArray[np.int64]
Known = Callable[[str], bool]
Memo = dict[tuple[str, bool], set[int]]


def is_english(word: str) -> bool:
    """Whether the embedding model knows `word` as a whole, or its stem."""
    low = word.lower().replace("’", "'").partition("'")[0]
    known = vocabulary()
    return len(low) <= 2 or low in known or any(low.endswith(end) and low[: -len(end)] in known for end in _ENDINGS)


_ENDINGS = ("s", "es", "ed", "ing", "ly", "er", "d", "ers", "ness", "ment")


def tokens(text: str) -> list[str]:
    """Words, numbers and marks; a placeholder is one mark."""
    return _TOKEN.findall(_BRACKETED.sub(" ▢ ", text))


def grams(text: str, known: Known, memo: Memo | None = None) -> Rows:
    """The buckets of all n-grams of `text`, each block with its own; sorted, each once. `memo` keeps the letters of
    words for other pieces of the same text."""
    words = tokens(text)
    plain = [_shape(word) for word in words]
    blank = [_shape(word) if not word[0].isalpha() or known(word) else _blank(word) for word in words]
    blocks: tuple[set[int], ...] = (
        {_bucket(run) for run in _runs(plain, 1, 2)},
        {_bucket(run) for run in _runs(blank, 1, 4)},
        _letters(text, {} if memo is None else memo),
    )
    return np.concatenate(
        [np.fromiter(sorted(block), np.int64, len(block)) + n * BUCKETS for n, block in enumerate(blocks)]
    )


def _bucket(gram: str) -> int:
    return zlib.crc32(gram.encode("utf-8", "surrogatepass")) & (BUCKETS - 1)


def _shape(word: str) -> str:
    return "0" * min(len(word), 6) if word[0].isdigit() else word.lower()


def _blank(word: str) -> str:
    return "□A" if word[0].isupper() else "□"


def _runs(words: list[str], shortest: int, longest: int) -> Iterator[str]:
    words = ["^", *words, "$"]
    for length in range(shortest, longest + 1):
        for start in range(len(words) - length + 1):
            yield " ".join(words[start : start + length])


def _letters(text: str, memo: Memo) -> set[int]:
    """Runs of 2 to 5 letters that do not cross a space; in scripts without spaces, 1 to 4 anywhere."""
    plain = _DIGIT.sub("0", _BRACKETED.sub(" ▢ ", text)).lower()
    eastern = _EASTERN.search(plain) is not None
    lengths, longest = (range(1, 5), 2000) if eastern else (range(2, 6), _LONGEST)
    found: set[int] = set()
    for match in _WORDLIKE.finditer(plain):
        word = match.group()[:longest]
        if (word, eastern) not in memo:
            padded = f" {word} "
            memo[word, eastern] = {
                _bucket(padded[start : start + length])
                for length in lengths
                for start in range(len(padded) - length + 1)
            }
        found |= memo[word, eastern]
    return found
