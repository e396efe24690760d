"""Passages that must not be quoted out of the house: winnowing over letters and digits.

What is promised: two texts that share any run of 40 characters, once reduced to lower-case letters and digits,
share a fingerprint (k-grams of 24, the least hash of every window of 17: Schleimer and others, 2003). A text is
not kept, and cannot be read back from its fingerprints.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable

K = 24
WINDOW = 17
GUARANTEED = K + WINDOW - 1


def reduced(text: str) -> str:
    """Letters and digits only, in one case and one form."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())


def fingerprints(text: str) -> frozenset[int]:
    """The fingerprints of a text; of a text shorter than the guarantee, all its k-grams."""
    hashes = _hashes(reduced(text))
    if len(hashes) <= WINDOW:
        return frozenset(hashes)
    chosen: set[int] = set()
    least = -1
    for start in range(len(hashes) - WINDOW + 1):
        if least < start:
            window = hashes[start : start + WINDOW]
            least = start + max(i for i, value in enumerate(window) if value == min(window))
        elif hashes[start + WINDOW - 1] <= hashes[least]:
            least = start + WINDOW - 1
        chosen.add(hashes[least])
    return frozenset(chosen)


def quotes(text: str, kept: Iterable[int]) -> bool:
    """Whether `text` shares a fingerprint with those that are kept.

    Every k-gram of `text` is compared, so that a short quotation is found wherever it starts.
    """
    kept = frozenset(kept)
    return bool(kept) and not kept.isdisjoint(_hashes(reduced(text)))


def _hashes(text: str) -> list[int]:
    """A well-mixed hash of every run of K characters."""
    raw = [text[start : start + K] for start in range(len(text) - K + 1)]
    return [int.from_bytes(hashlib.blake2b(gram.encode(), digest_size=8).digest(), "big") for gram in raw]
