"""Whether a quantity that is claimed is the one that is written, and whether it follows by a small sum.

Units are compared in their base, months and weeks with the width a month has, a bare number with any
figure of the same value. Everything else must be equal: there is no "about".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from assistant.grounding.quantity import Quantity

_F = Fraction
_MONTH_IN_MINUTES = _F("30.4375") * 1440
_CALENDAR = _F(9, 100)  # a month and a half is six weeks


def agrees(claimed: Quantity, written: Quantity) -> bool:
    """Whether the passage's quantity says what the sentence's does."""
    if claimed.code and written.code:
        return claimed.code == written.code
    if claimed.date is not None:
        return written.date is not None and claimed.date.stands_in(written.date)
    if claimed.bare or (written.bare and any(d in {"clock", "ordinal"} for d, _ in claimed.readings)):
        return _same_number(claimed, written)
    return any(_same(a, b) for a in claimed.readings for b in written.readings)


def _same(a: tuple[str, Fraction], b: tuple[str, Fraction]) -> bool:
    if a[0] == b[0]:
        return a[1] == b[1]
    kinds = {a[0], b[0]}
    if kinds == {"time", "months"}:
        minutes, months = (a[1], b[1]) if a[0] == "time" else (b[1], a[1])
        return minutes >= 10080 and _close(minutes, months * _MONTH_IN_MINUTES, _CALENDAR)
    return kinds <= {"n", "ordinal"} and a[1] == b[1]


def _close(a: Fraction, b: Fraction, tolerance: Fraction) -> bool:
    left, right = float(a), float(b)
    return abs(left - right) <= float(tolerance) * max(abs(left), abs(right))


def _same_number(claimed: Quantity, written: Quantity) -> bool:
    """A number without unit on one side at least: the figures as they were written decide."""
    left, right = _figures(claimed), _figures(written)
    if set(left) & set(right):
        return True
    # "9.30" was read as a number; the other side knows it as a time of day.
    clocks = {v for q in (claimed, written) for d, v in q.readings if d == "clock"}
    bare = {v for q in (claimed, written) if q.bare for _, v in q.readings}
    return any(int(v) * 60 + (v - int(v)) * 100 == minutes for v in bare for minutes in clocks)


def _figures(quantity: Quantity) -> list[Fraction]:
    plain = [v for d, v in quantity.readings if d in {"n", "ordinal"}]
    if quantity.date is not None:
        plain += [_F(part) for part in (quantity.date.year, quantity.date.day) if part]
    return [*plain, quantity.raw] if quantity.raw is not None else plain


def follows(claimed: Quantity, operands: Sequence[Quantity], factors: Iterable[Fraction], *, added: bool) -> bool:
    """Whether the claimed value is a written value times one of the factors, or (`added`) the sum of two."""
    for dimension, value in claimed.readings:
        if dimension in {"freq", "clock", "ordinal"} or value <= 0:
            continue
        terms = [v for q in operands for d, v in q.readings if d == dimension]
        if any(value == term * factor for term in terms for factor in factors):
            return True
        if added and any(value == a + b for i, a in enumerate(terms) for b in terms[i + 1 :]):
            return True
    return False
