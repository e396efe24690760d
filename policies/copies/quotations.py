"""Is a shared run a quotation, or something that anybody writes?

A run counts by the bits of its words, not by its length: forty letters of "please do not hesitate to contact us" give
nothing away, twenty-four of a rule with a time and a name do. Stock phrases, text that a public document holds and text
that stands in many documents (a template) do not count at all.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from policies.copies.concepts import Concepts, concepts_of
from policies.copies.fingerprints import GUARANTEED, WINDOW, Hasher, K, reduced
from policies.views.words import lines_of

ENOUGH = 45.0  # bits of one run, or of several of one document
ENOUGH_LONG = 20.0  # of a run as long as the guarantee
ENOUGH_RARE = 26.0  # where a number, a name, a code or a rare word is among them
RARE = 12.5
TEMPLATE_SHARE = 0.01
TEMPLATE_LEAST = 5
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Where a mark stands: `public` where the text may go anyway."""

    document: str
    public: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """The runs that a text shares with one document: their bits together, and whether they are a quotation."""

    document: str
    bits: float
    certain: bool
    marks: frozenset[int]


def quoted(text: str, found: Mapping[int, Iterable[Owner]], hasher: Hasher, *, documents: int) -> list[Quoted]:
    """What `text` quotes of whom. `found` says for its marks where else they stand; `documents`: how many there are."""
    if not found:
        return []
    stock = _stock(hasher)
    standing: dict[str, list[tuple[int, int]]] = defaultdict(list)
    common: set[int] = set()
    for place, mark in enumerate(hasher.grams(reduced(text)).tolist()):
        owners = found.get(mark, ())
        if not owners and mark not in stock:
            continue
        names = {owner.document for owner in owners if not owner.public}
        public = any(owner.public for owner in owners) or mark in stock
        if public or len(names) >= template(documents):
            # At the border of a common run other marks are kept in each document: they belong to it all the same.
            common.update(range(place - WINDOW, place + WINDOW + 1))
        else:
            for name in names:
                standing[name].append((place, mark))
    places = {name: left for name, here in standing.items() if (left := [one for one in here if one[0] not in common])}
    reader = _Reader(text) if places else None
    return [_weighed(reader, name, here) for name, here in places.items() if reader]


def template(documents: int) -> float:
    """In how many of so many documents a passage stands that is nobody's in particular."""
    return max(TEMPLATE_LEAST, TEMPLATE_SHARE * documents)


def _weighed(reader: _Reader, document: str, here: list[tuple[int, int]]) -> Quoted:
    bits, rare, long = 0.0, False, False
    for start, stop in _runs([place for place, _ in here]):
        said = reader.said(start, stop)
        bits += said.total
        long = long or (stop - start >= GUARANTEED and said.total >= ENOUGH_LONG)
        rare = rare or bool(said.names or any(number.bits >= 9 for number in said.numbers))
        rare = rare or any(word >= RARE for word in said.words.values())
    certain = long or bits >= ENOUGH or (rare and bits >= ENOUGH_RARE)
    return Quoted(document=document, bits=bits, certain=certain, marks=frozenset(mark for _, mark in here))


def _runs(places: list[int]) -> list[tuple[int, int]]:
    """Marks that stand no further apart than a window belong to one run."""
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and place <= runs[-1][1] + WINDOW:
            runs[-1] = (runs[-1][0], place + K)
        else:
            runs.append((place, place + K))
    return runs


class _Reader:
    """Finds the words again of which a run of the reduced text was made."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._words: list[tuple[int, int]] = []
        self._ends: list[int] = []  # where each word ends in the reduced text
        self._said: dict[tuple[int, int], Concepts] = {}
        at = 0
        for match in _WORD.finditer(text):
            at += len(reduced(match[0]))
            self._words.append(match.span())
            self._ends.append(at)

    def said(self, start: int, stop: int) -> Concepts:
        """What the run says: its words, those left out of which it holds less than half."""
        if (start, stop) not in self._said:
            first, last = bisect_right(self._ends, start), bisect_left(self._ends, stop)
            first += self._covered(first, start, stop) < 0.5
            last -= self._covered(last, start, stop) < 0.5
            inside = self._words[first : last + 1]
            self._said[start, stop] = concepts_of(self._text[inside[0][0] : inside[-1][1]] if inside else "")
        return self._said[start, stop]

    def _covered(self, word: int, start: int, stop: int) -> float:
        if word >= len(self._ends):
            return 0.0
        begins, ends = self._ends[word - 1] if word else 0, self._ends[word]
        return (min(stop, ends) - max(start, begins)) / max(ends - begins, 1)


def stock_phrases() -> list[str]:
    lines = lines_of(Path(__file__).with_name("stock_phrases.txt"))
    return [line for line in lines if line and not line.startswith("#")]


@cache
def _stock(hasher: Hasher) -> frozenset[int]:
    """Every gram of every stock phrase."""
    return frozenset(mark for phrase in stock_phrases() for mark in hasher.grams(reduced(phrase)).tolist())
