"""How well a sentence lies on the passages: which statement says it, what is missing.

A `Field` holds every statement of the passages with an index of their words; a `Laid` sentence knows, for
each of its words and quantities, in which statements it is found. Words that many statements share weigh
less.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar, cast

from assistant.grounding.agreement import agrees
from assistant.grounding.evidence import Evidence
from assistant.grounding.passages import Statement, Word, akin, keys, statements
from assistant.grounding.quantity import Quantity
from assistant.grounding.words import language_of

T = TypeVar("T")
PIECE = 5  # letters two words must share in a row to be looked at as kin


@dataclass(frozen=True, slots=True)
class Place:
    """One statement of one passage; `index` counts within the passage."""

    evidence: Evidence
    statement: Statement
    index: int


@dataclass(frozen=True, slots=True)
class Field:
    """All statements at hand. `by_key` leads from a stem or concept to the places and words that have it."""

    places: tuple[Place, ...]
    language: str
    by_key: dict[str, tuple[tuple[int, int], ...]]
    by_folded: dict[str, tuple[tuple[int, int], ...]]
    by_piece: dict[str, frozenset[str]]  # five letters in a row -> the words that have them


@lru_cache(maxsize=64)
def field_of(evidence: tuple[Evidence, ...]) -> Field:
    """Every statement of every passage, indexed once for all sentences of an answer."""
    language = language_of(" ".join(e.text[:800] for e in evidence)[:2000])
    places = tuple(Place(e, s, i) for e in evidence for i, s in enumerate(statements(e.text, language)))
    by_key: dict[str, list[tuple[int, int]]] = {}
    by_folded: dict[str, list[tuple[int, int]]] = {}
    for at, place in enumerate(places):
        for word in place.statement.words:
            spot = (at, word.start)
            for key in keys(word):
                by_key.setdefault(key, []).append(spot)
            if word.heavy:
                by_folded.setdefault(word.folded, []).append(spot)
    return Field(places, language, _frozen(by_key), _frozen(by_folded), _pieces(by_folded))


def _pieces(words: Iterable[str]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for word in words:
        for i in range(len(word) - PIECE + 1):
            found.setdefault(word[i : i + PIECE], set()).add(word)
    return {k: frozenset(v) for k, v in found.items()}


def _frozen(index: dict[str, list[tuple[int, int]]]) -> dict[str, tuple[tuple[int, int], ...]]:
    return {k: tuple(v) for k, v in index.items()}


@dataclass(frozen=True, slots=True)
class Laid:
    """A sentence laid on a field: where each heavy word and each quantity of it is found."""

    claim: Statement
    field: Field
    words: tuple[Word, ...]
    spots: tuple[frozenset[tuple[int, int]], ...]  # per heavy word: (place, offset of the word there)
    weights: tuple[float, ...]
    agreed: tuple[tuple[tuple[int, Quantity], ...], ...]  # per quantity: (place, the quantity it agrees with)
    held: tuple[frozenset[int], ...]  # per place: which heavy words stand in it
    figures: tuple[frozenset[int], ...]  # per place: which quantities stand in it
    where: dict[tuple[int, int], tuple[int, ...]]  # heavy word, place -> its offsets there
    alike: tuple[frozenset[int], ...]  # per quantity: the identities of the written ones it agrees with
    kept: dict[tuple[object, ...], Any]  # what was worked out once for this sentence

    def says(self, quantity: int, written: Quantity) -> bool:
        """Whether quantity number `quantity` of the sentence agrees with this one of the field."""
        return id(written) in self.alike[quantity]

    def once(self, key: tuple[object, ...], work: Callable[[], T]) -> T:
        """What `work` gives, worked out the first time only."""
        if key not in self.kept:
            self.kept[key] = work()
        return cast("T", self.kept[key])

    def in_place(self, place: int) -> frozenset[int]:
        """Which of the heavy words stand in this statement."""
        return self.held[place]

    def between(self, place: int, start: int, end: int) -> frozenset[int]:
        """Which of the heavy words stand in this stretch of the statement."""
        return frozenset(i for i in self.held[place] if any(start <= at < end for at in self.where[i, place]))

    def weigh(self, words: Iterable[int]) -> float:
        return sum(self.weights[i] for i in words)

    def cover(self, words: Iterable[int]) -> float:
        """The weight of these words as a share of all."""
        total = sum(self.weights)
        return self.weigh(words) / total if total else 0.0

    def quantities_in(self, place: int) -> frozenset[int]:
        return self.figures[place]


def lay(claim: Statement, field: Field) -> Laid:
    """Find every word and quantity of the sentence in the field."""
    heavy = claim.heavy
    spots = tuple(_spots(word, field) for word in heavy)
    rarity = (1.0 / (1.0 + 0.6 * math.log(max(len({p for p, _ in s}), 1))) for s in spots)
    weights = tuple(r * w.share for r, w in zip(rarity, heavy, strict=True))
    agreed = tuple(
        tuple((at, o) for at, place in enumerate(field.places) for o in place.statement.quantities if agrees(q, o))
        for q in claim.quantities
    )
    held = _per_place([{p for p, _ in s} for s in spots], len(field.places))
    figures = _per_place([{p for p, _ in found} for found in agreed], len(field.places))
    alike = tuple(frozenset(id(o) for _, o in found) for found in agreed)
    return Laid(claim, field, heavy, spots, weights, agreed, held, figures, _where(spots), alike, {})


def _where(spots: tuple[frozenset[tuple[int, int]], ...]) -> dict[tuple[int, int], tuple[int, ...]]:
    found: dict[tuple[int, int], list[int]] = {}
    for word, places in enumerate(spots):
        for place, at in places:
            found.setdefault((word, place), []).append(at)
    return {k: tuple(v) for k, v in found.items()}


def _per_place(found: list[set[int]], places: int) -> tuple[frozenset[int], ...]:
    held: list[list[int]] = [[] for _ in range(places)]
    for i, where in enumerate(found):
        for place in where:
            held[place].append(i)
    return tuple(frozenset(h) for h in held)


def _spots(word: Word, field: Field) -> frozenset[tuple[int, int]]:
    found = {spot for key in keys(word) for spot in field.by_key.get(key, ())}
    for folded in _kin(word.folded, field):
        found.update(field.by_folded[folded])
    return frozenset(found)


def _kin(folded: str, field: Field) -> list[str]:
    pieces = (folded[i : i + PIECE] for i in range(len(folded) - PIECE + 1))
    near = {other for piece in pieces for other in field.by_piece.get(piece, ())}
    return [other for other in near if akin(folded, other)]


def best_places(laid: Laid) -> list[tuple[float, int]]:
    """The statements by how much of the sentence they hold, best first: words, a little for its quantities, and a
    little for how much of the statement the sentence holds in turn."""
    scored: list[tuple[float, int]] = []
    figures = sum(q.hard for q in laid.claim.quantities)
    for at in range(len(laid.field.places)):
        inside = laid.quantities_in(at)
        held = sum(laid.claim.quantities[i].hard for i in inside)
        words = laid.in_place(at)
        turn = len(words) / max(len(laid.field.places[at].statement.heavy), len(words), 1)
        soft = 0.1 if len(inside) > held else 0.0
        scored.append((laid.cover(words) + (0.3 * held / figures if figures else 0.0) + 0.15 * turn + soft, at))
    return sorted(scored, key=lambda s: (-s[0], s[1]))
