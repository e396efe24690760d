"""What a person sees of a number in a cell: 25%, $1,234.50, 012-34-5678. The file keeps format and value apart.

Points and commas are those of the format's own notation, whatever the reader's country: the index finds a number with
and without its commas. Days are no matter of this place, they are written as ISO says. Where a format counts in
thousands, millions or powers of ten the whole number stands behind: the shown one lost figures that people look for.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from ingest.readers.outline import clean

Shown = Callable[[float], str]
_Item = tuple[str, str]  # what it is for, and what it says: a mark of the notation, or nothing for words to be shown
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|\[\$(?P<currency>[^\]-]*)[^\]]*\]|\[(?P<test>[<>]=?|<>|=)(?P<than>-?[\d.]+)\]'
    r"|(?P<elapsed>\[[hms]+\])|\[[^\]]*\]|[_*](?P<space>.)|(?P<general>General)|(?P<exponent>E[+-])|(?P<plain>.)",
    re.S | re.I,
)
_TESTS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "<>": operator.ne,
}
_DIGIT, _MARKS, _NOT_HERE = "0#?", "0#?.", "ymdhs/@"
_LONGEST, _MOST_MARKS, _TOO_LARGE = 255, 40, 1e21
_UP = 1 + 4e-16  # a half is rounded up as it is written, also where the nearest number that a machine knows lies below
_SPACES = re.compile(r"\s+")
_MONEY = "$#,##0.00;($#,##0.00)"
# By number, those that a file does not write down; those left out are General, days, times and fractions.
BUILT_IN = {1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 48: "0.0E+0"}
BUILT_IN |= {**dict.fromkeys((5, 6, 42), "$#,##0;($#,##0)"), **dict.fromkeys((7, 8, 44), _MONEY)}
BUILT_IN |= {**dict.fromkeys((37, 38, 41), "#,##0;(#,##0)"), **dict.fromkeys((39, 40, 43), "#,##0.00;(#,##0.00)")}


def general(value: float) -> str:
    """A number without a format. Whole ones keep all their digits: they may name something."""
    return str(int(value)) if value.is_integer() and abs(value) < _TOO_LARGE else f"{value:.10g}"


@lru_cache(maxsize=1000)
def shown_by(code: str) -> Shown | None:
    """How numbers look under a format; None where that is `general`, or where it is of days, times or fractions."""
    if code.lower() in ("", "general") or len(code) > _LONGEST:
        return None
    written: list[list[re.Match[str]]] = [[]]
    for token in _TOKEN.finditer(clean(code)):
        if token["plain"] == ";":
            written.append([])
        else:
            written[-1].append(token)
    sections = [_section(tokens, place, min(len(written), 3)) for place, tokens in enumerate(written[:3])]
    if None in sections:
        return None
    known = [one for one in sections if one is not None]

    def show(value: float) -> str:
        if not abs(value) < _TOO_LARGE:
            return general(value)
        return next((one for one in known if one.holds(value)), known[-1]).show(value)

    return show


@dataclass(frozen=True, slots=True, kw_only=True)
class _Section:
    """What is for numbers of one sort: words before, marks of digits, words after."""

    holds: Callable[[float], bool]
    signed: bool
    before: str
    whole: tuple[_Item, ...]
    fraction: str
    after: str
    scale: int  # by how many places the point moves
    commas: bool
    kind: str  # E for powers of ten, G for what no format shapes, else nothing
    plain: str  # the same for Python, where it knows it

    def show(self, value: float) -> str:
        before, after = ("-" if self.signed and value < 0 else "") + self.before, self.after
        if self.kind == "G":
            return f"{before}{general(abs(value))}{after}".strip()
        if not self.whole and not self.fraction:
            return before.strip()
        number = abs(value) * 10**self.scale if self.scale > 0 else abs(value) / 10**-self.scale
        if not number.is_integer():
            number *= _UP
        if self.kind == "E":
            return f"{before}{number:{self.plain}}{after}".strip() + f" ({general(value)})"
        if self.plain:
            return f"{before}{number:{self.plain}}{after}".strip()
        text = f"{before}{self._digits(number)}{after}".strip()
        return f"{text} ({general(value)})" if self.scale < 0 else text

    def _digits(self, number: float) -> str:
        figures, _, decimals = f"{number:.{len(self.fraction)}f}".partition(".")
        least = len(self.fraction.rstrip("#?"))
        decimals = decimals[:least] + decimals[least:].rstrip("0")
        return self._placed(figures.lstrip("0")) + (f".{decimals}" if decimals else "")

    def _placed(self, figures: str) -> str:
        """Digits take their marks from the right. The first mark takes all that are left, and 0 stands for none."""
        marks = [kind for kind, _ in self.whole if kind]
        figures = figures.rjust(marks.count("0"), "0")
        if self.commas:
            return f"{int(figures):,}".rjust(len(figures), "0") if figures else ""
        if len(marks) == len(self.whole):
            return figures
        parts: list[str] = []
        for kind, text in reversed(self.whole):
            if kind:
                marks.pop()
                text, figures = (figures[-1:], figures[:-1]) if marks else (figures, "")
            parts.append(text)
        return "".join(reversed(parts))


def _section(tokens: list[re.Match[str]], place: int, count: int) -> _Section | None:
    """None for one that shows no number as a number."""
    items = [_item(token) for token in tokens]
    marks = [at for at, (kind, _) in enumerate(items) if kind and kind in _MARKS + "G"]
    if any(kind == "x" for kind, _ in items) or len(marks) > _MOST_MARKS:
        return None
    first, last = (marks[0], marks[-1] + 1) if marks else (len(items), len(items))
    while last < len(items) and items[last][0] == ",":
        last += 1
    kinds = "".join(kind for kind, _ in items)
    if "E" in kinds and any(kind in ("", "%", ",") for kind, _ in items[first:last]):
        return None
    power = next((at for at, (kind, _) in enumerate(items) if kind == "E"), last)
    body = items[first : min(last, power)]
    point = next((at for at, (kind, _) in enumerate(body) if kind == "."), len(body))
    digits = [item for item in body[:point] if item[0] != ","]
    fraction = "".join(kind for kind, _ in body[point + 1 :] if kind and kind in _DIGIT)
    commas = len(body[:point]) - len(digits) > _trailing(body[:point])
    scale = 2 * kinds.count("%") - 3 * (_trailing(body[:point]) + _trailing(body[point:]))
    tested = next((_asked(token["test"], float(token["than"])) for token in tokens if token["test"]), None)
    return _Section(
        holds=tested or _usual(place, count),
        signed=place == 0 or tested is not None,
        before=_words(items[:first]),
        whole=tuple(digits),
        fraction=fraction,
        after=_words(items[last:]),
        scale=scale,
        commas=commas,
        kind=next((kind for kind in "EG" if kind in kinds), ""),
        plain=_plain("".join(kind or "x" for kind, _ in digits), fraction, commas, "E" in kinds) if scale >= 0 else "",
    )


def _plain(whole: str, fraction: str, commas: bool, power: bool) -> str:
    """The format in Python's own notation, where it has one: for most numbers, and quick."""
    if power:
        return f".{len(fraction)}E"
    noughts = whole.lstrip("#")
    if not noughts or set(noughts + fraction) != {"0"} or (commas and len(noughts) > 1):
        return ""
    return f",.{len(fraction)}f" if commas else f"0{len(noughts) + len(fraction) + bool(fraction)}.{len(fraction)}f"


def _item(token: re.Match[str]) -> _Item:
    kind, text = token.lastgroup or "", token[0]
    if kind == "plain":
        if text.lower() in _NOT_HERE:
            return "x", ""
        return (text, text) if text in "0#?.,%" else ("", text)
    if kind in ("elapsed", "general", "exponent"):
        return {"elapsed": "x", "general": "G", "exponent": "E"}[kind], ""
    if kind == "space":
        return "", " "
    return "", token[kind] if kind in ("quoted", "escaped", "currency") else ""


def _words(items: list[_Item]) -> str:
    return _SPACES.sub(" ", "".join(text for kind, text in items if kind in ("", "%")))


def _trailing(whole: list[_Item]) -> int:
    """How many commas stand behind the last digit: each takes three figures away."""
    return len(whole) - next((at for at in range(len(whole), 0, -1) if whole[at - 1][0] != ","), 0)


def _asked(test: str, than: float) -> Callable[[float], bool]:
    return lambda value: _TESTS[test](value, than)


def _usual(place: int, count: int) -> Callable[[float], bool]:
    """Without a test of its own: above nought, below it, nought."""
    if count == 1:
        return lambda _: True
    if place == 0:
        return (lambda value: value > 0) if count > 2 else (lambda value: value >= 0)
    return (lambda value: value < 0) if place == 1 else (lambda value: value == 0)
