"""The numbers that Word counts itself: "4.2" stands nowhere in the file, and is what people call the clause by."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_LEVELS = 9
_PLACE = re.compile(r"%([1-9])")
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
    (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Level:
    start: int = 1
    kind: str = "decimal"
    text: str = ""
    style: str = ""
    legal: bool = False  # all its numbers in digits, whatever they are elsewhere


class Numbering:
    """Counts along the document: each paragraph of a list is asked for once, in their order."""

    def __init__(self, root: Any) -> None:
        nodes = list(root) if root is not None else []
        lists = {_value(one, "abstractNumId"): one for one in nodes if one.tag == f"{_W}abstractNum"}
        named = {one.find(f"{_W}styleLink").get(f"{_W}val"): one for one in lists.values() if _has(one, "styleLink")}
        self._lists = {
            key: _levels(named.get(_stated(one, "numStyleLink"), one) if _has(one, "numStyleLink") else one)
            for key, one in lists.items()
        }
        self._of = {_value(one, "numId"): _stated(one, "abstractNumId") for one in nodes if one.tag == f"{_W}num"}
        self._anew = {_value(one, "numId"): _restarts(one) for one in nodes if one.tag == f"{_W}num"}
        self._counts: dict[str, list[int | None]] = {}

    def label(self, number: str, level: int | None, style: str) -> str:
        """What stands before the paragraph; nothing for a bullet. `level` is None where `style` tells it."""
        key = self._of.get(number, "")
        levels = self._lists.get(key, {})
        if level is None:
            level = next((place for place, one in levels.items() if one.style == style), 0)
        if level not in levels:
            return ""
        counts = self._counts.setdefault(key, [None] * _LEVELS)
        for place, start in self._anew.pop(number, {}).items():
            counts[place] = start - 1
        before = counts[level]
        counts[level] = levels[level].start if before is None else before + 1
        counts[level + 1 :] = [None] * (_LEVELS - level - 1)
        return _PLACE.sub(lambda match: self._shown(levels, counts, int(match[1]) - 1, level), levels[level].text)

    def _shown(self, levels: dict[int, _Level], counts: list[int | None], place: int, asked: int) -> str:
        one = levels.get(place, _Level())
        counted = counts[place]
        kind = "decimal" if levels[asked].legal else one.kind
        return _KINDS.get(kind, str)(one.start if counted is None else counted)


def _levels(node: Any) -> dict[int, _Level]:
    found: dict[int, _Level] = {}
    for one in node.iterchildren(f"{_W}lvl"):
        place, kind = _value(one, "ilvl"), _stated(one, "numFmt") or "decimal"
        if place.isdecimal() and int(place) < _LEVELS:
            start = _stated(one, "start")
            found[int(place)] = _Level(
                start=int(start) if start.isdecimal() and len(start) < 8 else 1,
                kind=kind,
                text="" if kind in ("bullet", "none") else _stated(one, "lvlText"),
                style=_stated(one, "pStyle"),
                legal=_has(one, "isLgl"),
            )
    return found


def _restarts(node: Any) -> dict[int, int]:
    """Levels that begin anew with this list, and with which number."""
    found: dict[int, int] = {}
    for one in node.iterchildren(f"{_W}lvlOverride"):
        place, start = _value(one, "ilvl"), _stated(one, "startOverride")
        if place.isdecimal() and int(place) < _LEVELS and start.isdecimal() and len(start) < 8:
            found[int(place)] = int(start)
    return found


def _value(node: Any, name: str) -> str:
    return node.get(f"{_W}{name}") or ""


def _has(node: Any, name: str) -> bool:
    return node.find(f"{_W}{name}") is not None


def _stated(node: Any, name: str) -> str:
    found = node.find(f"{_W}{name}")
    return found.get(f"{_W}val") or "" if found is not None else ""


def _letters(number: int) -> str:
    """After z come aa and bb."""
    return chr(97 + (number - 1) % 26) * min((number - 1) // 26 + 1, 20) if number > 0 else ""


def _roman(number: int) -> str:
    parts: list[str] = []
    for worth, sign in _ROMAN if 0 < number < 5000 else ():
        parts.append(sign * (number // worth))
        number %= worth
    return "".join(parts)


_KINDS: dict[str, Callable[[int], str]] = {
    "lowerLetter": _letters,
    "upperLetter": lambda number: _letters(number).upper(),
    "lowerRoman": _roman,
    "upperRoman": lambda number: _roman(number).upper(),
    "decimalZero": lambda number: f"{number:02}",
    "none": lambda _: "",
}
