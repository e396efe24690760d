"""The letters of a PDF page become its lines: where each stands, how it is set, what is set apart in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, groupby
from typing import Any

from ingest.readers.outline import one_line, raised
from ingest.readers.pdf_layout import Line, join_bullets
from ingest.readers.pdf_letters import Letters
from ingest.readers.pdf_unseen import Unseen, uncover

_CELL_GAP = 1.0  # of a letter's height
_PARTED = "\ufffe"  # what the library puts in place of a hyphen and the end of its line
_PARTED_WORD = re.compile(rf"(\w+){_PARTED}(\w+)")
_WORD = re.compile(r"\w+")
_WORDS = re.compile(r"\S+")
_NARROW = 0.42  # mean width of letters in running text, of their height, where nothing is set apart
_END = re.compile(r"\r\n|\n|\r")
_AFTER_FIGURE = re.compile(r"(?<=\d)(?:\r\n|\n|\r)(?=[^\r\n])")
_BETWEEN = re.compile(r"(?<=\S) (?=\S)")
_NUMBER = re.compile(r"\d+(?![.,]?\d)")
_NOTHING = "\u200b"
_SMALL, _HIGH = 0.8, 0.15  # of a line's height: figures of that size, that far above its foot, are raised


def lines_of(
    page: Any, letters: Letters, number: int, typed: int, *, layers: bool
) -> tuple[list[Line], list[Line], bool]:
    """The page's lines with their place, size and weight; those that begin from `typed` on, which fill a form; and
    whether some were left out that nobody sees. `layers`: some of what is drawn may be switched off."""
    if not letters.told:
        return _without_places(letters.text, number, letters.height), [], False
    hidden, unseen = uncover(page, letters, layers=layers), Unseen(page, letters)
    letters.text = _AFTER_FIGURE.sub(lambda end: _joined(letters, end), letters.text)
    if typed < len(letters.text):
        fields = _BETWEEN.sub(lambda gap: _parted(letters, typed + gap.start()), letters.text[typed:])
        letters.text = letters.text[:typed] + fields
    found: list[Line] = []
    filled: list[Line] = []
    for begin, drawn, slant in _runs(letters):
        if line := _line(letters, begin, drawn, slant, number):
            if unseen.hides(line, begin):
                hidden = True
            else:
                (found if begin < typed else filled).append(line)
    return found, filled, hidden


def _runs(letters: Letters) -> Iterator[tuple[int, str, float]]:
    """Where each line begins, what it says and its slant; the library sets words on one line that stand slanted across
    it."""
    begin = 0
    for end in [*_END.finditer(letters.text), None]:
        drawn = letters.text[begin : end.start() if end else None]
        shown = drawn.strip()
        first = begin + drawn.index(shown)
        slant = letters.slant(first) if shown else 0.0
        if shown and slant == letters.slant(first + len(shown) - 1):
            yield first, shown, slant
        elif shown:
            there = _WORDS.finditer(letters.text, first, first + len(shown))
            for turn, words in groupby(there, lambda word: letters.slant(word.start())):
                spans = [word.span() for word in words]
                yield spans[0][0], letters.text[spans[0][0] : spans[-1][1]], turn
        begin = end.end() if end else begin


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


def _line(letters: Letters, first: int, drawn: str, slant: float, number: int, *, closely: bool = False) -> Line | None:
    bottom, top = letters.heights(first)
    size = max(top - bottom, 1.0)
    begins = _cells(letters, drawn, first, size, closely=closely)
    drawn = _NUMBER.sub(lambda found: _raised(letters, found, first, bottom, size), drawn)
    ends = [*(here for here, _ in begins[1:]), len(drawn)]
    said = [(one_line(drawn[here:end]), left) for (here, left), end in zip(begins, ends, strict=True)]
    said = [cell for cell in said if cell[0]]
    cells = join_bullets([cell for cell, _ in said])
    if not cells:
        return None
    return Line(
        page=number,
        cells=cells,
        top=1 - top / letters.height,
        bottom=1 - bottom / letters.height,
        size=size,
        bold=letters.bold(first) and letters.bold(first + len(drawn) - 1),
        height=letters.height,
        lefts=(said[0][1], *(left for _, left in said[1 + len(said) - len(cells) :])),
        slant=slant,
        begin=first,
    )


def looked_at(letters: Letters, line: Line) -> Line:
    """A line of the page with each of its gaps looked at, narrow as it may be."""
    end = _END.search(letters.text, line.begin)
    drawn = letters.text[line.begin : end.start() if end else None].rstrip()
    if len(_cells(letters, drawn, line.begin, line.size, closely=True)) == 1:
        return line
    return _line(letters, line.begin, drawn, line.slant, line.page, closely=True) or line


def _raised(letters: Letters, found: re.Match[str], begin: int, bottom: float, size: float) -> str:
    """The figures of a number that stand above the line; the last one tells whether there are any."""

    def is_high(place: int) -> bool:
        foot, head = letters.heights(begin + place)
        return head - foot < _SMALL * size and foot > bottom + _HIGH * size

    if not is_high(found.end() - 1):
        return found[0]
    return "".join(raised(one) if is_high(place) else one for place, one in enumerate(found[0], found.start()))


def _cells(letters: Letters, drawn: str, first: int, size: float, *, closely: bool) -> list[tuple[int, float]]:
    """Where the cells of a line begin, and how far right: after gaps between two words that are as wide as a letter is
    high. A line no wider than its letters need has hardly room for one: most, told by two letters instead of all, if
    they are not looked at `closely`."""
    left, end = letters.sides(first)[0], letters.sides(first + len(drawn) - 1)[1]
    found, right = [(0, left)], left
    if not closely and end - left < _NARROW * size * len(drawn):
        return found
    for word in _WORDS.finditer(drawn):
        left, _ = letters.sides(first + word.start())
        if left - right > _CELL_GAP * size:
            found.append((word.start(), left))
        _, right = letters.sides(first + word.end() - 1)
    return found
