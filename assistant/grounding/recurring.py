"""How often, which part, which place in a row: "twice a year", "half an hour", "the fifth day", "next business day"."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from assistant.grounding.numbers import number_at
from assistant.grounding.quantity import Quantity, Reading
from assistant.grounding.units import unit_at
from assistant.grounding.words import Token

_F = Fraction
_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
    "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "sixteenth": 16, "seventeenth": 17,
    "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "thirtieth": 30, "last": -1, "final": -1,
    "erste": 1, "ersten": 1, "erster": 1, "zweite": 2, "zweiten": 2, "dritte": 3, "dritten": 3, "vierte": 4, "vierten": 4,
    "premier": 1, "premiere": 1, "deuxieme": 2, "troisieme": 3, "dernier": -1, "derniere": -1,
    "primer": 1, "primero": 1, "primera": 1, "segundo": 2, "segunda": 2, "tercer": 3, "tercera": 3, "ultimo": -1, "ultima": -1,
    "letzte": -1, "letzten": -1, "letzter": -1,
}  # fmt: skip
_PARTS = {"half": _F(1, 2), "third": _F(1, 3), "quarter": _F(1, 4), "tenth": _F(1, 10), "fifth": _F(1, 5), "halfway": _F(1, 2),
          "halves": _F(1, 2), "quarters": _F(1, 4), "thirds": _F(1, 3), "tenths": _F(1, 10), "halfte": _F(1, 2), "drittel": _F(1, 3),
          "viertel": _F(1, 4), "zehntel": _F(1, 10), "moitie": _F(1, 2), "tiers": _F(1, 3), "quart": _F(1, 4), "mitad": _F(1, 2),
          "tercio": _F(1, 3), "cuarto": _F(1, 4), "halbe": _F(1, 2), "halben": _F(1, 2), "demi": _F(1, 2)}  # fmt: skip
_TIMES = {"twice": 2, "double": 2, "doubles": 2, "doubled": 2, "triple": 3, "thrice": 3, "zweimal": 2, "dreimal": 3, "doppelt": 2,
          "doppelte": 2, "doble": 2, "pair": 2, "couple": 2, "einmal": 1, "viermal": 4}  # fmt: skip
_PER_YEAR = {
    "daily": _F(1461, 4), "weekly": _F(1461, 28), "monthly": _F(12), "quarterly": _F(4), "yearly": _F(1), "annually": _F(1),
    "annual": _F(1), "hourly": _F(8766), "fortnightly": _F(1461, 56), "taglich": _F(1461, 4), "wochentlich": _F(1461, 28),
    "monatlich": _F(12), "jahrlich": _F(1), "quotidien": _F(1461, 4), "mensuel": _F(12), "annuel": _F(1), "anual": _F(1),
    "diario": _F(1461, 4), "mensual": _F(12), "nightly": _F(1461, 4),
}  # fmt: skip
_EVERY = frozenset({"every", "each", "per", "a", "an", "alle", "pro", "je", "im", "tous", "toutes", "par", "cada", "por", "al", "chaque",
                    "jede", "jeden", "jedes", "am", "in"})  # fmt: skip
_DAYTIMES = frozenset({"morning", "evening", "afternoon", "night"})
_NEXT = frozenset({"next", "following", "nachsten", "folgenden", "suivant", "siguiente"})


def frequency(ts: Sequence[Token], i: int, language: str) -> tuple[Quantity, int] | None:
    """How often: daily · every four hours · twice a year · twelve times a year · each quarter."""
    word = ts[i].folded
    if word in _PER_YEAR:
        return Quantity(ts[i].start, ts[i].end, (("freq", _PER_YEAR[word]),), hard=False), i + 1
    if word in {"every", "each", "cada", "jeden", "jede", "jedes", "alle", "chaque"}:
        return _every(ts, i, language)
    count, after, hard = _how_often(ts, i, language)
    if count is None or after >= len(ts):
        return None
    if ts[after].folded in _PER_YEAR:
        return Quantity(
            ts[i].start, ts[after].end, (("freq", count * _PER_YEAR[ts[after].folded]),), hard=hard
        ), after + 1
    unit = unit_at(ts, after + 1) if ts[after].folded in _EVERY else None
    if unit is None or unit[0] not in {"time", "months"}:
        return (
            (Quantity(ts[i].start, ts[after - 1].end, (("n", count),), hard=False), after) if word in _TIMES else None
        )
    return Quantity(ts[i].start, ts[unit[2] - 1].end, (("freq", count * _yearly(unit[0], unit[1])),), hard=hard), unit[
        2
    ]


def _how_often(ts: Sequence[Token], i: int, language: str) -> tuple[Fraction | None, int, bool]:
    if ts[i].folded in {"once", "einmal"} and language != "es":
        return _F(1), i + 1, False
    if ts[i].folded in _TIMES:
        return _F(_TIMES[ts[i].folded]), i + 1, False
    number = number_at(ts, i, language)
    if number and number[1] < len(ts) and ts[number[1]].folded in {"times", "mal", "fois", "veces"}:
        return number[0], number[1] + 1, number[0] > 2
    return None, i, False


def _every(ts: Sequence[Token], i: int, language: str) -> tuple[Quantity, int] | None:
    number = number_at(ts, i + 1, language) if i + 1 < len(ts) else None
    count, after = (number[0], number[1]) if number else (_F(1), i + 1)
    if after < len(ts) and ts[after].folded in _DAYTIMES:
        return Quantity(ts[i].start, ts[after].end, (("freq", _F(1461, 4)),), hard=False), after + 1
    unit = unit_at(ts, after)
    if unit is None or unit[0] not in {"time", "months", "workday"} or count <= 0:
        return None
    dimension, factor, end = unit
    readings: list[Reading] = [("freq", _yearly(dimension, factor) / count)]
    if number:
        readings.append((dimension, count * factor))
    return Quantity(ts[i].start, ts[end - 1].end, tuple(readings), hard=bool(number)), end


def _yearly(dimension: str, factor: Fraction) -> Fraction:
    """How often a period goes into a year."""
    return _F(12) / factor if dimension == "months" else _F(525960) / factor if dimension == "time" else _F(250)


def part(ts: Sequence[Token], i: int, language: str) -> tuple[Quantity, int] | None:
    """half an hour · a quarter of the fund · three quarters · one tenth of an hour."""
    unit = unit_at(ts, i + 1) if ts[i].folded in {"a", "one"} else None
    if unit and unit[0] in {"time", "months"} and [t.folded for t in ts[unit[2] : unit[2] + 3]] == ["and", "a", "half"]:
        return Quantity(ts[i].start, ts[unit[2] + 2].end, ((unit[0], _F(3, 2) * unit[1]),)), unit[2] + 3
    many = number_at(ts, i, language)
    at = many[1] if many and many[0] < 10 and not many[2] else i
    if at >= len(ts) or ts[at].folded not in _PARTS:
        return None
    if (
        ts[at].folded in {"third", "fifth", "tenth", "quarter"}
        and at == i
        and (i == 0 or ts[i - 1].folded not in {"a", "one"})
    ):
        return None
    value = _PARTS[ts[at].folded] * (many[0] if many and at > i else 1)
    after = at + 1
    for word in ("of", "a", "an", "the", "-"):
        if after < len(ts) and ts[after].folded == word:
            after += 1
    unit = unit_at(ts, after)
    if unit and unit[0] in {"time", "months"} and after - at <= 3:
        return Quantity(ts[i].start, ts[unit[2] - 1].end, ((unit[0], value * unit[1]),)), unit[2]
    return Quantity(ts[i].start, ts[at].end, (("part", value), ("percent", value * 100)), hard=False), at + 1


def ordinal(ts: Sequence[Token], i: int, _language: str) -> tuple[Quantity, int] | None:
    """first · the twenty-fifth · 15th · next business day. Written in digits it is a figure, in words it is soft."""
    if (
        ts[i].folded in _NEXT
        and (unit := unit_at(ts, i + 1))
        and unit[0] in {"workday", "time"}
        and unit[1] in {1, 1440}
    ):
        return Quantity(ts[i].start, ts[unit[2] - 1].end, ((unit[0], unit[1]),), hard=False), unit[2]
    if (
        ts[i].folded in {"twenty", "thirty"}
        and i + 2 < len(ts)
        and ts[i + 1].text == "-"
        and ts[i + 2].folded in _ORDINALS
    ):
        value = _F((20 if ts[i].folded == "twenty" else 30) + _ORDINALS[ts[i + 2].folded])
        return Quantity(ts[i].start, ts[i + 2].end, (("ordinal", value),)), i + 3
    if ts[i].folded in _ORDINALS:
        return Quantity(ts[i].start, ts[i].end, (("ordinal", _F(_ORDINALS[ts[i].folded])),), hard=False), i + 1
    ending = ts[i + 1].folded if i + 1 < len(ts) and ts[i + 1].start == ts[i].end else ""
    if ts[i].text.isascii() and ts[i].text.isdecimal() and ending in {"st", "nd", "rd", "th"}:
        return Quantity(ts[i].start, ts[i + 1].end, (("ordinal", _F(ts[i].text)),)), i + 2
    return None
