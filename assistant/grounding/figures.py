"""Figures of a sentence: each must be written in a passage, follow from it by a small sum, or be the asker's own."""

from __future__ import annotations

import re
from fractions import Fraction

from assistant.grounding.agreement import agrees, follows
from assistant.grounding.bounds import bound
from assistant.grounding.matching import Laid
from assistant.grounding.quantities import quantities
from assistant.grounding.quantity import Quantity

_SUM = re.compile(
    r"\b(?:total|altogether|in all|combined|together|sum|overall|insgesamt|zusammen|gesamt|en tout|au total|somme|suma|en total)\b",
    re.IGNORECASE,
)
_LESS = re.compile(r"\b(?:(?:less|fewer) than|under|weniger als|moins de|menos de)\s+[€£$]?$")
_MORE = re.compile(r"\b(?:more than|over|mehr als|über|plus de|más de)\s+[€£$]?$")


def missing_figure(laid: Laid, question: str) -> bool:
    """Whether a figure of the sentence stands nowhere and does not follow."""
    asked = quantities(question[:2000], laid.claim.language)
    return any(
        q.hard and not laid.agreed[i] and not _excused(laid, i, asked) for i, q in enumerate(laid.claim.quantities)
    )


def asked_counts(laid: Laid, question: str) -> frozenset[int]:
    """Bare counts that the sentence takes from the question ("three cards"): no passage has to be cited for them."""
    asked = quantities(question[:2000], laid.claim.language)
    return frozenset(i for i, q in enumerate(laid.claim.quantities) if q.bare and any(agrees(q, a) for a in asked))


def _excused(laid: Laid, at: int, asked: tuple[Quantity, ...]) -> bool:
    claimed = laid.claim.quantities[at]
    if claimed.date is not None or claimed.code:
        return False
    return (
        _looser(laid, at)
        or _derived(laid, at, asked)
        or (any(agrees(claimed, q) for q in asked) and _within(laid, claimed))
    )


def _looser(laid: Laid, at: int) -> bool:
    """ "in less than an hour, within 40 minutes": a bound that another figure of the sentence, found, satisfies."""
    claimed = laid.claim.quantities[at]
    before = laid.claim.text[: claimed.start - laid.claim.start].casefold()
    how = "most" if _LESS.search(before) else "least" if _MORE.search(before) else ""
    for i, other in enumerate(laid.claim.quantities):
        for dimension, value in other.readings:
            limit = next((v for d, v in claimed.readings if d == dimension), None)
            if i != at and laid.agreed[i] and limit is not None:
                return (how == "most" and value <= limit) or (how == "least" and value >= limit)
    return False


def _derived(laid: Laid, at: int, asked: tuple[Quantity, ...]) -> bool:
    """A written value times a count that the sentence or question gives, or a part of it, or a sum that is called one."""
    claimed = laid.claim.quantities[at]
    factors = {v for q in (*laid.claim.quantities, *asked) if q is not claimed for v in _factors(q)}
    near = [p for p, place in enumerate(laid.field.places) if laid.in_place(p)]
    for p in near:
        if laid.cover(laid.in_place(p)) >= 0.2:
            factors |= {
                v
                for q in laid.field.places[p].statement.quantities
                for d, v in q.readings
                if d == "part" and not q.hard
            }
    factors = {f for f in factors if f not in {0, 1}}
    for p in near:
        operands = laid.field.places[p].statement.quantities
        if follows(claimed, operands, factors, added=bool(_SUM.search(laid.claim.text))):
            return True
    return claimed.bare and _product(laid, at)


def _factors(q: Quantity) -> list[Fraction]:
    plain = [v for d, v in q.readings if d in {"n", "part"} and (d == "n" or v < 1)]
    hours = [v / 60 for d, v in q.readings if d == "time" and v % 60 == 0 and v < 1440]
    return plain + hours


def _product(laid: Laid, at: int) -> bool:
    """ "fifty, in five books of ten": both factors stand in the sentence and are found."""
    found = [
        v for i, q in enumerate(laid.claim.quantities) if i != at and laid.agreed[i] for d, v in q.readings if d == "n"
    ]
    value = laid.claim.quantities[at].readings[0][1]
    return any(a * b == value for i, a in enumerate(found) for b in found[i + 1 :])


def _within(laid: Laid, claimed: Quantity) -> bool:
    """The asker's own figure must not break the bound of the passage: 20,000 is not "up to 15,000"."""
    value = claimed.raw if claimed.raw is not None else claimed.readings[0][1]
    best = max(range(len(laid.field.places)), key=lambda p: laid.cover(laid.in_place(p)))
    statement = laid.field.places[best].statement
    for written in statement.quantities:
        if written.raw is None or not _same_kind(claimed, written):
            continue
        how = bound(statement.text, written.start - statement.start, written.end - statement.start)
        if (how == "most" and value > written.raw) or (how == "least" and value < written.raw):
            return False
    return True


def _same_kind(a: Quantity, b: Quantity) -> bool:
    return bool(a.dimensions & b.dimensions)


def conflicts(laid: Laid, places: tuple[int, ...]) -> bool:
    """Whether a figure contradicts the one the statement has in its place: "first" for "second", "severity 3" for 2."""
    return _soft_conflict(laid, places) or _hard_conflict(laid, places[0])


def _hard_conflict(laid: Laid, place: int) -> bool:
    """A figure that is found elsewhere only, while the statement has another one behind the same word."""
    statement = laid.field.places[place].statement
    here = laid.quantities_in(place)
    for i, claimed in enumerate(laid.claim.quantities):
        if not claimed.hard or not claimed.bare or i in here or not laid.agreed[i]:
            continue
        word = _before(laid.claim.text, claimed.start - laid.claim.start)
        if word and any(
            q.bare and not _is_stated(laid, q) and _before(statement.text, q.start - statement.start) == word
            for q in statement.quantities
        ):
            return True
    return False


def _is_stated(laid: Laid, written: Quantity) -> bool:
    return any(laid.says(i, written) for i in range(len(laid.claim.quantities)))


def _before(text: str, start: int) -> str:
    words = re.findall(r"\w+", text[max(0, start - 30) : start])
    return words[-1].casefold() if words else ""


def _soft_conflict(laid: Laid, places: tuple[int, ...]) -> bool:
    here = laid.field.places[places[0]].statement.quantities
    for i, claimed in enumerate(laid.claim.quantities):
        if claimed.hard or any(p == places[0] for p, _ in laid.agreed[i]):
            continue
        kinds = {d for d, _ in claimed.readings} & {"ordinal", "freq"}
        rivals = [q for q in here if not q.hard and kinds & {d for d, _ in q.readings}]
        if rivals and not any(agrees(claimed, q) for q in here):
            return True
    return False
