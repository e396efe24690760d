"""Every quantity of a text: numbers with unit or currency, dates, clock times, frequencies, ordinals, codes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache

from assistant.grounding.dates import clock_at, date_at
from assistant.grounding.numbers import number_at
from assistant.grounding.quantity import Quantity, Reading
from assistant.grounding.recurring import frequency, ordinal, part
from assistant.grounding.sharing import share_units
from assistant.grounding.units import currency, is_currency, unit_at
from assistant.grounding.words import Token, tokens

_F = Fraction
_UNITLESS_ONE = frozenset(
    {"one", "a", "an", "un", "une", "una", "uno", "ein", "eine", "einen", "einem", "einer", "eines", "eins"}
)
_CODE = re.compile(
    r"(?<![\w.,])(?:[A-Za-z]{1,5}[-‑]?\d{1,6}[A-Za-z]?|\d{1,6}[A-Za-z]{1,2}\d*|\d{1,4}/\d{2,4})(?![\w/%]|[.,]\d)"
)
_TIME_CODE = re.compile(
    r"\d+(?:h|min|mg|kg|ml|cm|mm|km|g|l|m|d|st|nd|rd|th|am|pm|s|p|k|mn|bn|er|e|ng|mb|gb)\d*", re.IGNORECASE
)


@lru_cache(maxsize=4096)
def quantities(text: str, language: str = "en") -> tuple[Quantity, ...]:
    """All quantities of a text, in order."""
    ts = tokens(text)
    codes = [h.span() for h in _CODE.finditer(text) if not _TIME_CODE.fullmatch(h.group())]
    found: list[Quantity] = []
    i = 0
    while i < len(ts):
        code = next((span for span in codes if span[0] <= ts[i].start < span[1]), None)
        step = _code(ts, i, code, text) if code else _one(ts, i, text, language)
        if step is None:
            i += 1
        else:
            found.append(step[0])
            i = step[1]
    return tuple(share_units(found, text))


def _code(ts: Sequence[Token], i: int, span: tuple[int, int], text: str) -> tuple[Quantity, int]:
    after = i
    while after < len(ts) and ts[after].start < span[1]:
        after += 1
    raw = tuple(("n", _F(n)) for n in re.findall(r"\d+", text[span[0] : span[1]]) if n.isascii())
    name = re.sub(r"[-‑]", "", text[span[0] : span[1]]).casefold()
    return Quantity(*span, readings=raw, code=name), after


def _one(ts: Sequence[Token], i: int, text: str, language: str) -> tuple[Quantity, int] | None:
    """The quantity that begins at token `i`: the most specific reading wins."""
    if date := date_at(ts, i, text):
        return Quantity(ts[i].start, ts[date[1] - 1].end, date=date[0]), date[1]
    if clock := clock_at(ts, i, language):
        readings = [("clock", _F(m)) for m in clock[0]]
        if language == "fr" and ts[i].kind == "n" and ":" not in ts[i].text:
            readings.append(("time", _F(clock[0][0])))  # "8 h" may also be eight hours
        return Quantity(ts[i].start, ts[clock[1] - 1].end, tuple(readings)), clock[1]
    if [t.folded for t in ts[i : i + 3]] in (["around", "the", "clock"], ["round", "the", "clock"]):
        return Quantity(ts[i].start, ts[i + 2].end, (("time", _F(1440)),), hard=False), i + 3
    for reader in (frequency, part, ordinal):
        if step := reader(ts, i, language):
            return step
    return _number(ts, i, language)


def _number(ts: Sequence[Token], i: int, language: str) -> tuple[Quantity, int] | None:
    """A number with the currency before it or the unit behind it."""
    first, negative = i, False
    money = currency(ts[i]) if is_currency(ts[i]) else None
    if money:
        i += 1
    elif ts[i].text in {"−", "-", "–"} or ts[i].folded in {"minus", "moins", "menos"}:
        negative = (
            i == 0 or ts[i - 1].kind == "p" or (ts[i - 1].end < ts[i].start and ts[i].text != "–") or ts[i].text == "−"
        )
        i += 1
        if not negative:
            return None
    number = number_at(ts, i, language) if i < len(ts) else None
    if number is None:
        return None
    value, after, written = number
    if money:
        value, after = _magnitude(ts, value, after)
        amount = ((money[0], value * money[1]),)
        return Quantity(ts[first].start, ts[after - 1].end, amount, raw=value, factor=money[1]), after
    value, after = _and_a_half(ts, value, after)
    unit = unit_at(ts, after)
    if unit is None or (not written and ts[after].folded in {"m", "a", "l", "g", "p", "s", "h", "an", "w"}):
        if ts[i].folded in _UNITLESS_ONE or (negative and not written):
            return None
        aside = not written and value == 2 and i > 0 and ts[i - 1].folded == "the"  # "the bigger of the two"
        return Quantity(ts[i].start, ts[after - 1].end, (("n", value),), raw=value, hard=not aside), after
    dimension, factor, end = unit
    if negative and dimension == "temperature":
        value = -value
    value, end = _and_cents(ts, dimension, value, end, language)
    start = first if negative else i
    soft = ts[i].folded in _UNITLESS_ONE - {"one"}
    readings = _readings(ts, after, dimension, value * factor)
    return Quantity(ts[start].start, ts[end - 1].end, readings, hard=not soft, raw=value, factor=factor), end


def _readings(ts: Sequence[Token], unit: int, dimension: str, value: Fraction) -> tuple[Reading, ...]:
    if dimension == "percent":
        return (("percent", value), ("part", value / 100))
    if "/" in dimension and dimension.endswith("/time") and dimension.count("/") == 1:
        # "2,500 mL per day" also answers "2.5 litres in a day"; a dose per weight never answers a dose.
        return ((dimension, value), (dimension.partition("/")[0], value * 1440))
    if ts[unit].folded in {"pound", "pounds"}:
        return ((dimension, value), ("mass", value * _F("453.59237")))
    if ts[unit].folded == "m":  # metres, or millions of something
        return ((dimension, value), ("n", value * 10**6))
    return ((dimension, value),)


def _magnitude(ts: Sequence[Token], value: Fraction, after: int) -> tuple[Fraction, int]:
    """£5m, $3bn, €20k."""
    scale = {"k": 10**3, "m": 10**6, "mn": 10**6, "bn": 10**9}
    if after < len(ts) and ts[after].folded in scale and ts[after].start == ts[after - 1].end:
        return value * scale[ts[after].folded], after + 1
    return value, after


def _and_a_half(ts: Sequence[Token], value: Fraction, after: int) -> tuple[Fraction, int]:
    words = [t.folded for t in ts[after : after + 3]]
    if words[:3] == ["and", "a", "half"] or words[:3] == ["and", "one", "half"]:
        return value + _F(1, 2), after + 3
    return (
        (value + _F(1, 2), after + 2)
        if words[:2] in (["et", "demi"], ["y", "medio"], ["y", "media"])
        else (value, after)
    )


def _and_cents(ts: Sequence[Token], dimension: str, value: Fraction, after: int, language: str) -> tuple[Fraction, int]:
    """Zwölf Euro fünfzig; "a month and a half" as well."""
    words = [t.folded for t in ts[after : after + 3]]
    if words == ["and", "a", "half"]:
        return value + _F(1, 2), after + 3
    if dimension.startswith("money") and after < len(ts) and ts[after].kind == "w":
        cents = number_at(ts, after, language)
        if cents and 0 < cents[0] < 100 and unit_at(ts, cents[1]) is None:
            return value + cents[0] / 100, cents[1]
    return value, after
