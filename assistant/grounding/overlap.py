"""Whether the statements speak of what the sentence speaks of, with paraphrase allowed for."""

from __future__ import annotations

from itertools import pairwise

from assistant.grounding.evidence import Embed
from assistant.grounding.matching import Laid
from assistant.grounding.words import stem, tokens

PLAIN = 0.5  # share of the sentence's words that must be found when nothing else speaks for it
WITH_FIGURES = 0.26  # enough when its figures are found in the same statement
BY_MEANING = 0.35  # enough when an embedder finds the two sentences near
NEAR = 0.72
ADDS = 0.12  # a second statement counts when it holds so much more


def supports(laid: Laid, ranked: list[tuple[float, int]], own: frozenset[int]) -> tuple[int, ...]:
    """The best statement, and a second one when the sentence needs both. `own` are figures that need no passage."""
    best = ranked[0][1]
    held, figures = laid.in_place(best), laid.quantities_in(best)
    hard = {i for i, q in enumerate(laid.claim.quantities) if q.hard and laid.agreed[i]} - own
    extra: list[tuple[float, int]] = []
    for _, place in ranked[1:]:
        more = laid.cover(laid.in_place(place) - held)
        new = (laid.quantities_in(place) - figures) & hard
        same = laid.field.places[place].evidence.id == laid.field.places[best].evidence.id
        if new or (same and more >= ADDS):
            extra.append((len(new) + more + (0.1 if same else 0.0), place))
    return (best, max(extra)[1]) if extra and (hard - figures or max(extra)[0] >= ADDS) else (best,)


def speaks_of(laid: Laid, places: tuple[int, ...], question: str, embed: Embed | None) -> bool:
    """Enough of the sentence's words stand there; fewer will do when its figures do, or when its meaning is near."""
    f = features(laid, places, question)
    if not f["figures"] and _only_names(laid, places[0]):
        return False
    if f["cover"] >= (WITH_FIGURES if f["figures"] else PLAIN):
        return True
    return embed is not None and f["cover"] >= BY_MEANING and _cosine(laid, places[0], embed) >= NEAR


def _only_names(laid: Laid, place: int) -> bool:
    """Whether nothing but a name ties the sentence to the statement: "Requests go to the Hazmat Team"."""
    named = {w.start for w in laid.words if w.capital and w.start > laid.claim.start}
    common = [i for i, w in enumerate(laid.words) if w.start not in named]
    return laid.claim.language != "de" and len(named) > 0 and len(common) > 0 and not laid.in_place(place) & set(common)


def _cosine(laid: Laid, place: int, embed: Embed) -> float:
    vectors = embed([laid.claim.text.strip(), laid.field.places[place].statement.text.strip()])
    a, b = vectors[0], vectors[1]
    size = float((a @ a) ** 0.5) * float((b @ b) ** 0.5)
    return float(a @ b) / size if size else 0.0


def features(laid: Laid, places: tuple[int, ...], question: str) -> dict[str, float]:
    """What decides: how much is found, what is found elsewhere only, what is nowhere."""
    here = laid.in_place(places[0])
    both = frozenset().union(*(laid.in_place(p) for p in places))
    anywhere = frozenset(i for i, s in enumerate(laid.spots) if s)
    asked = {stem(t.folded, laid.claim.language) for t in tokens(question[:2000])}
    known = frozenset(i for i, w in enumerate(laid.words) if w.stem in asked)
    hard = [i for i, q in enumerate(laid.claim.quantities) if q.hard]
    figures = sum(i in laid.quantities_in(places[0]) and not _count_in_words(laid, i) for i in hard)
    return {
        "cover": laid.cover(here), "both": laid.cover(both), "foreign": laid.cover(anywhere - both),
        "novel": laid.cover(frozenset(range(len(laid.words))) - anywhere), "new": laid.cover(frozenset(range(len(laid.words))) - anywhere - known),
        "figures": float(figures), "words": float(len(laid.words)),
    }  # fmt: skip


def _count_in_words(laid: Laid, at: int) -> bool:
    """ "two people": a small count in words is too common to speak for a statement."""
    quantity = laid.claim.quantities[at]
    return quantity.bare and not laid.claim.text[quantity.start - laid.claim.start :][:1].isdigit()


def borrowed_phrase(laid: Laid, place: int) -> bool:
    """Whether two neighbouring words of the sentence are a phrase of another passage and stand nowhere in this one."""
    mine = laid.field.places[place].evidence.id
    words = laid.words
    for i, (a, b) in enumerate(pairwise(words)):
        if b.start - a.end != 1 or not laid.spots[i] or not laid.spots[i + 1]:
            continue
        spots = laid.spots[i] | laid.spots[i + 1]
        if any(laid.field.places[p].evidence.id == mine for p, _ in spots):
            continue
        if any(p == q and 0 < y - x <= len(a.folded) + 4 for p, x in laid.spots[i] for q, y in laid.spots[i + 1]):
            return True
    return False
