"""Does a sentence say what another says, in other words, another order, another language?

Two things speak for it: the meaning is near (cosine of two vectors) and the same numbers, names, dates and content
words stand in both. Same topic without content is not enough: it is the facts that a document asserts that must not
leave. The weights were fitted on sentences of our own; `tests/test_policies/test_copies_paraphrase.py` reports both
halves. A score is the log-odds that one repeats the other.
"""

from __future__ import annotations

import math
import re
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from threading import Lock
from typing import Any

from policies.copies.concepts import ALIKE, DATE, Concepts, concepts_of, folded
from policies.errors import DetectorError
from policies.vocabulary import Embed

NEAR = -1.0
MARGIN = 1.0
LONGEST = 400  # characters of one unit of a question, and of a sentence
REMEMBERED = 20_000
COMPARED = 4  # sentences that are embedded for one window: those that share most
TELLS = 30.0  # bits of a sentence that states anything
RARE = 13.0  # bits of a word that alone makes a closer look worth while
ALMOST = 0.9  # a higher cosine is a quotation's
_WORD = re.compile(r"[^\W_]+")
_BORDER = re.compile(r"(?<=[.!?。！？;\n])\s*|(?<=:)\s+|\s>>\s")
_SEASON = {12: 0, 1: 0, 2: 0, 3: 1, 4: 1, 5: 1, 6: 2, 7: 2, 8: 2, 9: 3, 10: 3, 11: 3}


@dataclass(frozen=True, slots=True)
class Shared:
    """What two sentences have in common. `hard`: bits of numbers, dates, names and codes; `anchors`: how many they
    are; `soft`: how many other words; `bits`: of all of it."""

    hard: float = 0.0
    anchors: float = 0.0
    soft: int = 0
    bits: float = 0.0


def score(asked: Concepts, stands: Concepts, common: Shared, cosine: float) -> float:
    """How likely it is that `asked` repeats what `stands` says."""
    covered = common.bits / max(stands.total, 1.0)
    hard = min(common.hard, 45.0) / 15.0
    return (
        WEIGHTS["bias"]
        + WEIGHTS["cosine"] * max(cosine, 0.0)
        + WEIGHTS["close"] * max(cosine - 0.5, 0.0)
        + WEIGHTS["hard"] * hard
        + WEIGHTS["hard covered"] * hard * covered
        + WEIGHTS["anchors"] * min(common.anchors, 4.0)
        + WEIGHTS["words"] * min(common.soft, 5)
        + WEIGHTS["covered"] * covered
        + WEIGHTS["foreign"] * (asked.language != stands.language)
    )


def bar(documents: int) -> float:
    """The score from which on a text is held back: among many documents one comes near by chance."""
    return -0.5 + 0.25 * max(0.0, math.log10(max(documents, 1)) - 1.0)


def is_news(found: float, public: float) -> bool:
    """Whether a document that stays says it clearly better than any that may go: else nothing is given away."""
    return found - public >= max(MARGIN, found / 4)


def shared(asked: Concepts, stands: Concepts) -> Shared:
    """The concepts that stand in both."""
    hard = anchors = soft_bits = 0.0
    soft = 0
    theirs = {key: bits for word, bits in asked.words.items() for key in _keys(asked, word)}
    begun = {word[:ALIKE]: bits for word, bits in asked.words.items() if len(word) > ALIKE}
    for word, bits in stands.words.items():
        got = max((min(bits, theirs[key]) for key in _keys(stands, word) if key in theirs), default=0.0)
        if not got and len(word) > ALIKE and word[:ALIKE] in begun:
            got = 0.7 * min(bits, begun[word[:ALIKE]])
        if not got:
            continue
        if word in stands.names:
            hard, anchors = hard + got, anchors + 1
        else:
            soft_bits, soft = soft_bits + got, soft + 1
    for bits, count in (_numbers(asked, stands), _dates(asked, stands)):
        hard, anchors = hard + bits, anchors + count
    return Shared(hard=hard, anchors=anchors, soft=soft, bits=hard + soft_bits)


def _keys(said: Concepts, word: str) -> frozenset[str]:
    return said.senses.get(word, frozenset()) | {word}


def _numbers(asked: Concepts, stands: Concepts) -> tuple[float, float]:
    left, bits, count = list(asked.numbers), 0.0, 0.0
    for number in stands.numbers:
        same = next((other for other in left if number.means(other)), None)
        if same is not None:
            left.remove(same)
            worth = min(number.bits, same.bits)
            bits, count = bits + worth, count + (worth > 3)
    return bits, count


def _dates(asked: Concepts, stands: Concepts) -> tuple[float, float]:
    same = asked.dates & stands.dates
    if not same and _seasons(asked.dates) & _seasons(stands.dates):
        return 3.0, 0.5
    return DATE * len(same), float(len(same))


def _seasons(dates: frozenset[str]) -> set[int]:
    """The seasons that are named, or that the named months belong to."""
    found: set[int] = set()
    for date in dates:
        kind, _, number = date.partition(" ")
        if kind != "day":
            found.add(int(number) if kind == "season" else _SEASON[int(number) + 1])
    return found


def sentences(text: str) -> Iterator[str]:
    """The sentences of a text, none longer than LONGEST."""
    for piece in _BORDER.split(text):
        piece = piece.strip(" \t\r\n>\"'“”„«»*-•")
        while piece:
            cut = len(piece) if len(piece) <= LONGEST else piece.rfind(" ", LONGEST // 2, LONGEST) + 1 or LONGEST
            yield piece[:cut]
            piece = piece[cut:]


def windows(text: str) -> list[str]:
    """A text in pieces of whole sentences, each at most LONGEST long: what one search is made for."""
    found: list[str] = []
    for sentence in sentences(text):
        if found and len(found[-1]) + len(sentence) < LONGEST:
            found[-1] += " " + sentence
        else:
            found.append(sentence)
    return found


def beginnings_of(said: Concepts, least: float = 0.0) -> frozenset[str]:
    """How the words begin that a text may share with `said`, in either language; those of at least so many bits."""
    words = [word for word, bits in said.words.items() if bits >= least]
    return frozenset(key[:ALIKE] for word in words for key in _keys(said, word))


def _begin(sentence: str) -> frozenset[str]:
    return frozenset(word[:ALIKE] for word in _WORD.findall(folded(sentence)))


def _parts(window: str) -> list[str]:
    """Each sentence, and each with its next."""
    alone = list(sentences(window))
    return [*alone, *(f"{one} {two}" for one, two in pairwise(alone))] if len(alone) > 1 else []


class Comparing:
    """Compares questions with sentences, and remembers what it has read. Safe for several threads."""

    def __init__(self, embed: Embed) -> None:
        self._embed = embed
        self._split: OrderedDict[str, tuple[tuple[str, frozenset[str]], ...]] = OrderedDict()
        self._said: OrderedDict[str, Concepts] = OrderedDict()
        self._vectors: OrderedDict[str, Any] = OrderedDict()
        self._lock = Lock()

    def remember(self, texts: Sequence[str]) -> None:
        """Read and embed now, outside of anybody's waiting."""
        found = [sentence for text in texts for sentence, _ in self._beginnings(text)]
        for sentence in found:
            self._concepts(sentence)
        self.vectors(found)

    def best(self, window: str, stands: Sequence[str]) -> list[float]:
        """For each text of `stands`, how likely it is that `window` repeats one of its sentences. What shares too
        little is not compared at all, and scores least."""
        whole = concepts_of(window)
        begun, rare = beginnings_of(whole), beginnings_of(whole, RARE)
        least = 1 if whole.numbers else 2
        wanted: list[tuple[float, int, str, Concepts]] = []
        for place, text in enumerate(stands):
            for sentence, begins in self._beginnings(text):
                if len(begun & begins) >= least or not rare.isdisjoint(begins):
                    said = self._concepts(sentence)
                    if said.total < TELLS:
                        continue
                    highest = score(whole, said, shared(whole, said), ALMOST)
                    if highest >= NEAR:
                        wanted.append((highest, place, sentence, said))
        wanted.sort(key=lambda one: -one[0])
        return self._scored(window, whole, wanted[:COMPARED], len(stands))

    def _scored(
        self, window: str, whole: Concepts, wanted: list[tuple[float, int, str, Concepts]], count: int
    ) -> list[float]:
        """Each wanted sentence against that part of the window that is most like it."""
        parts = {window: whole, **{part: self._concepts(part) for part in _parts(window)}}
        compared: list[tuple[int, str, str]] = []
        for _, place, sentence, said in wanted:
            likely = max(parts, key=lambda part: score(parts[part], said, shared(parts[part], said), 0.5))
            compared.append((place, likely, sentence))
        vectors = self.vectors([text for _, part, sentence in compared for text in (part, sentence)])
        best = [LEAST] * count
        for place, part, sentence in compared:
            cosine = float(vectors[part] @ vectors[sentence])
            said = self._concepts(sentence)
            best[place] = max(best[place], score(parts[part], said, shared(parts[part], said), cosine))
        return best

    def _beginnings(self, text: str) -> tuple[tuple[str, frozenset[str]], ...]:
        """The sentences of a text, each with how its words begin: a first look that costs next to nothing."""
        known: tuple[tuple[str, frozenset[str]], ...] | None = self._recall(self._split, text)
        if known is None:
            known = tuple((sentence, _begin(sentence)) for sentence in sentences(text))
            self._keep(self._split, text, known)
        return known

    def _concepts(self, sentence: str) -> Concepts:
        known: Concepts | None = self._recall(self._said, sentence)
        if known is None:
            known = concepts_of(sentence)
            self._keep(self._said, sentence, known)
        return known

    def vectors(self, texts: Sequence[str]) -> dict[str, Any]:
        """The vector of each text."""
        found = {text: self._recall(self._vectors, text) for text in texts}
        new = [text for text, vector in found.items() if vector is None]
        if new:
            for text, vector in zip(new, self._embed(new), strict=True):
                if not math.isfinite(float(vector @ vector)):  # it would be like nothing, whatever the text says
                    raise DetectorError("The embedding model fails.", cure="Start anew; see `ringfence doctor`.")
                found[text] = vector
                self._keep(self._vectors, text, vector)
        return found

    def _recall(self, store: OrderedDict[str, Any], key: str) -> Any:
        with self._lock:
            if key in store:
                store.move_to_end(key)
            return store.get(key)

    def _keep(self, store: OrderedDict[str, Any], key: str, value: Any) -> None:
        with self._lock:
            store[key] = value
            while len(store) > REMEMBERED:
                store.popitem(last=False)


LEAST = -99.0
WEIGHTS = {
    "bias": -7.65, "cosine": 0.76, "close": 3.62, "hard": 1.52, "hard covered": 0.89, "anchors": 2.18, "words": 1.19,
    "covered": 1.91, "foreign": 2.86,
}  # fmt: skip
