"""Quotations: winnowing over letters and digits (Schleimer, Wilkerson and Aiken, 2003).

What is promised: two texts that share any run of 40 characters, once reduced to lower-case letters and digits, share
a mark (k-grams of 24 bytes, the least hash of every window of 17). A character outside ASCII is two to four bytes, so
in Japanese a run of fourteen is found. Hashes are keyed: whoever has the marks and not the key can neither read them
back nor try guesses on them. Time grows with the length of the text alone.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Marks = NDArray[np.uint64]
    Places = NDArray[np.int64]

K = 24
WINDOW = 17
GUARANTEED = K + WINDOW - 1

_NO_LETTER = re.compile(r"[^\w\x00-\x7f]+")
_NO_LETTER_ASCII = bytes(n for n in range(128) if not chr(n).isalnum())


def reduced(text: str) -> bytes:
    """Letters and digits only, in one case and one form."""
    if text.isascii():
        return text.lower().encode().translate(None, _NO_LETTER_ASCII)
    plain = _composed(_composed(text).casefold())
    return _NO_LETTER.sub("", plain).encode("utf-8", "ignore").translate(None, _NO_LETTER_ASCII)


def _composed(text: str) -> str:
    return text if unicodedata.is_normalized("NFKC", text) else unicodedata.normalize("NFKC", text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Texts one after the other, as one run of bytes. `starts` says where each begins."""

    data: bytes
    starts: tuple[int, ...]


def stream(texts: Sequence[str]) -> Stream:
    parts = [reduced(text) for text in texts]
    starts, at = [], 0
    for part in parts:
        starts.append(at)
        at += len(part)
    return Stream(data=b"".join(parts), starts=tuple(starts))


class Hasher:
    """Marks of texts under one key; another key gives other marks."""

    def __init__(self, key: bytes) -> None:
        import numpy as np

        wide = hashlib.shake_256(b"ringfence copies 1\n" + key).digest(8 * 258)
        numbers = np.frombuffer(wide, np.uint64)
        self.digest = hashlib.sha256(wide).hexdigest()[:16]  # tells keys apart; says nothing about the marks
        self._letters = numbers[:256]
        self._base = int(numbers[256]) | 1  # odd: it has an inverse
        self._stir = numbers[257] | np.uint64(1)
        self._powers = self._inverses = np.ones(1, np.uint64)

    def grams(self, data: bytes) -> Marks:
        """The hash of every run of K bytes, in order."""
        import numpy as np

        count = len(data) - K + 1
        if count < 1:
            return np.empty(0, np.uint64)
        powers, inverses = self._raised(len(data))
        # With P(i) = sum of letter(j) / base^j before i, the gram at i is base^i (P(i + K) - P(i)), modulo 2^64.
        sums = np.zeros(len(data) + 1, np.uint64)
        np.cumsum(self._letters[np.frombuffer(data, np.uint8)] * inverses[: len(data)], out=sums[1:])
        grams: Marks = (sums[K:] - sums[:count]) * powers[:count]
        # The low bits of such a sum depend on few of its letters: stir, so that the least is as good as random.
        grams ^= grams >> np.uint64(32)
        grams *= self._stir
        grams ^= grams >> np.uint64(29)
        return grams

    def winnowed(self, data: bytes) -> tuple[Marks, Places]:
        """The marks that are kept of a text, and where each stands; of a text shorter than the guarantee, all."""
        import numpy as np

        grams = self.grams(data)
        if len(grams) <= WINDOW:
            return grams, np.arange(len(grams))
        least = _slid(np.minimum, grams)
        # A gram is the least of some window when it equals the greatest of the leasts of the windows around it.
        around = np.concatenate((np.repeat(least[:1], WINDOW - 1), least, np.repeat(least[-1:], WINDOW - 1)))
        places: Places = np.flatnonzero(_slid(np.maximum, around) == grams).astype(np.int64)
        return grams[places], places

    def _raised(self, length: int) -> tuple[Marks, Marks]:
        """The powers of the base and of its inverse, up to `length`."""
        powers, inverses = self._powers, self._inverses
        if len(powers) < length:
            size = max(length, 1 << 14)
            powers = _powers(self._base, size)
            inverses = _powers(pow(self._base, -1, 1 << 64), size)
            self._powers, self._inverses = powers, inverses
        return powers, inverses


def _powers(base: int, size: int) -> Marks:
    """One, the base, its square and so on, modulo 2^64."""
    import numpy as np

    steps = np.full(size + 1, base, np.uint64)
    steps[0] = 1
    powers: Marks = np.cumprod(steps, dtype=np.uint64)
    return powers


def _slid(extreme: Any, values: Marks) -> Marks:
    """The extreme of every window of WINDOW values, in five steps of doubling."""
    width = 1
    while 2 * width <= WINDOW:
        values = extreme(values[:-width], values[width:])
        width *= 2
    rest = WINDOW - width
    return extreme(values[: len(values) - rest], values[rest:]) if rest else values
