"""The letters of a PDF page become its lines: where each stands, how it is set, what is set apart in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Any

from ingest.readers.outline import one_line, raised
from ingest.readers.pdf_layout import Line, join_bullets
from ingest.readers.pdf_letters import Letters
from ingest.readers.pdf_unseen import Unseen, uncover

_CELL_GAP = 1.0  # of a letter's height
_PARTED = "\ufffe"  # what the library puts in place of a hyphen and the end of its line
_PARTED_WORD = re.compile(rf"(\w+){_PARTED}(\w+)")
_WORD = re.compile(r"\w+")
_NARROW = 0.42  # mean width of letters in running text, of their height, where nothing is set apart
_END = re.compile(r"\r\n|\n|\r")
_AFTER_FIGURE = re.compile(r"(?<=\d)(?:\r\n|\n|\r)(?=[^\r\n])")
_BETWEEN = re.compile(r"(?<=\S) (?=\S)")
_NUMBER = re.compile(r"\d+(?![.,]?\d)")
_NOTHING = "\u200b"
_SMALL, _HIGH = 0.8, 0.15  # of a line's height: figures of that size, that far above its foot, are raised


def lines_of(page: Any, letters: Letters, number: int, typed: int) -> tuple[list[Line], list[Line], bool]:
    """The page's lines with their place, size and weight; those that begin from `typed` on, which fill a form; and
    whether some were left out that nobody sees."""
    if not letters.told:
        return _without_places(letters.text, number, letters.height), [], False
    hidden, unseen = uncover(page, letters), Unseen(page, letters)
    letters.text = _AFTER_FIGURE.sub(lambda end: _joined(letters, end), letters.text)
    if typed < len(letters.text):
        fields = _BETWEEN.sub(lambda gap: _parted(letters, typed + gap.start()), letters.text[typed:])
        letters.text = letters.text[:typed] + fields
    found: list[Line] = []
    filled: list[Line] = []
    begin = 0
    for end in [*_END.finditer(letters.text), None]:
        drawn = letters.text[begin : end.start() if end else None]
        if drawn.strip() and (line := _line(letters, drawn, begin, number)):
            if unseen.hides(line, begin + len(drawn) - len(drawn.lstrip())):
                hidden = True
            else:
                (found if begin < typed else filled).append(line)
        begin = end.end() if end else begin
    return found, filled, hidden


def _joined(letters: Letters, end: re.Match[str]) -> str:
    """The library ends a line behind a raised figure, though it goes on: as many unseen letters then, so
    that places stay."""
    before, after = end.start() - 1, end.end()
    (foot, head), (bottom, top) = letters.heights(before), letters.heights(after)
    (_, right), (left, _) = letters.sides(before), letters.sides(after)
    raised_there = head - foot < _SMALL * (top - bottom) and bottom < foot < top
    return _NOTHING * len(end[0]) if raised_there and abs(left - right) < top - bottom else end[0]


def whole(lines: list[Line]) -> list[Line]:
    """A word that was parted at a line's end is one where the file has it so elsewhere; else its hyphen was its own."""
    if not any(_PARTED in text for line in lines for text in _texts(line)):
        return lines
    known = {word for line in lines for text in _texts(line) for word in _WORD.findall(text.casefold())}

    def mended(found: re.Match[str]) -> str:
        word = found[1] + found[2]
        return word if word.casefold() in known else f"{found[1]}-{found[2]}"

    def mend(texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_PARTED_WORD.sub(mended, text).replace(_PARTED, "-") for text in texts)

    return [
        replace(line, cells=mend(line.cells), rows=tuple(map(mend, line.rows)))
        if any(_PARTED in text for text in _texts(line))
        else line
        for line in lines
    ]


def _texts(line: Line) -> Iterator[str]:
    return chain(line.cells, *line.rows)


def _parted(letters: Letters, gap: int) -> str:
    """The library sets fields on one line that stand above each other."""
    (bottom, top), (foot, head) = letters.heights(gap - 1), letters.heights(gap + 1)
    return " " if bottom < head and foot < top else "\n"


def _without_places(text: str, number: int, height: float) -> list[Line]:
    """Every line just below the one before: one paragraph, no headings, no margins."""
    lines = [shown for line in text.splitlines() if (shown := one_line(line))]
    step = (1 - 0.4) / max(1, len(lines))
    tops = [0.2 + step * place for place in range(len(lines))]
    return [
        Line(page=number, cells=(line,), top=top, bottom=top + step, size=10.0, bold=False, height=height)
        for line, top in zip(lines, tops, strict=True)
    ]


def _line(letters: Letters, drawn: str, begin: int, number: int) -> Line | None:
    first = begin + len(drawn) - len(drawn.lstrip())
    bottom, top = letters.heights(first)
    size = max(top - bottom, 1.0)
    cuts = _cuts(letters, drawn, begin, size)
    drawn = _NUMBER.sub(lambda found: _raised(letters, found, begin, bottom, size), drawn)
    said = [one_line(drawn[here:there]) for here, there in zip(cuts, [*cuts[1:], len(drawn)], strict=True)]
    cells = join_bullets([cell for cell in said if cell])
    if not cells:
        return None
    last = begin + len(drawn.rstrip()) - 1
    lefts = [letters.sides(begin + cut)[0] for cut, cell in zip(cuts, said, strict=True) if cell]
    return Line(
        page=number,
        cells=cells,
        top=1 - top / letters.height,
        bottom=1 - bottom / letters.height,
        size=size,
        bold=letters.bold(first) and letters.bold(last),
        height=letters.height,
        lefts=(lefts[0], *lefts[1 + len(lefts) - len(cells) :]),
    )


def _raised(letters: Letters, found: re.Match[str], begin: int, bottom: float, size: float) -> str:
    """The figures of a number that stand above the line; the last one tells whether there are any."""

    def is_high(place: int) -> bool:
        foot, head = letters.heights(begin + place)
        return head - foot < _SMALL * size and foot > bottom + _HIGH * size

    if not is_high(found.end() - 1):
        return found[0]
    return "".join(raised(one) if is_high(place) else one for place, one in enumerate(found[0], found.start()))


def _cuts(letters: Letters, drawn: str, begin: int, size: float) -> list[int]:
    """Where the cells of a line begin: after gaps between two words that are as wide as a letter is high."""
    cuts, previous = [len(drawn) - len(drawn.lstrip())], -1
    if _is_narrow(letters, drawn, begin, size):
        return cuts
    for match in re.finditer(r"\S+", drawn):
        if previous >= 0:
            _, right = letters.sides(begin + previous)
            left, _ = letters.sides(begin + match.start())
            if left - right > _CELL_GAP * size:
                cuts.append(match.start())
        previous = match.end() - 1
    return cuts


def _is_narrow(letters: Letters, drawn: str, begin: int, size: float) -> bool:
    """A line no wider than its letters need has no room for a gap: most lines, told by two letters instead of all."""
    shown = drawn.strip()
    first = begin + drawn.index(shown)
    left, _ = letters.sides(first)
    _, right = letters.sides(first + len(shown) - 1)
    return right - left < _NARROW * size * len(shown)
