"""Tables that are drawn with rules: cells of several lines stay whole, which gaps between words cannot tell.

Rules that nearly touch are one; where rules cross, the smallest boxes between them are cells; cells that share a corner
are a table. What is found is taken when it accounts for the words that stand there; else the page keeps what was found
without it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import compress, groupby
from operator import itemgetter

import numpy

from ingest.readers.outline import one_line
from ingest.readers.pdf_layout import Line
from ingest.readers.pdf_letters import Boxes, Letters
from ingest.readers.pdf_rules import Rule, rules

_WORD = re.compile(r"\S+")
_NEAR = 3.0  # points
_LEAST_LINES = 2  # of several cells, for a page to be looked at
_MAX_CROSSINGS = 40_000
_ACCOUNTED = 0.9
_APART = 1.0  # points
_MAX_CELLS = 5_000
Cell = tuple[float, float, float, float]  # left, top, right, bottom, from the page's upper left corner
Place = tuple[float, float]
Crossings = dict[Place, tuple[set[Rule], set[Rule]]]  # the rules across, the rules down
Word = tuple[float, float, float, int, int]  # top, left, right; where it begins and ends in the page's text
Found = tuple[float, float, list[list[str]]]  # top and bottom as shares of the page, rows


def with_tables(letters: Letters, lines: list[Line]) -> list[Line]:
    """The page's lines, each ruled table as one of them in place of those it is made of."""
    if not _is_uneven(lines):
        return lines
    for top, bottom, rows in _tables(letters):
        lines = replaced(lines, top, bottom, rows)
    return lines


def _is_uneven(lines: Sequence[Line]) -> bool:
    """Whether there are rows, and lines between them with fewer cells: cells of several lines, or text around."""
    counts = [len(line.cells) for line in lines]
    rows = [place for place, count in enumerate(counts) if count > 1]
    return len(rows) >= _LEAST_LINES and len(set(counts[rows[0] : rows[-1] + 2])) > 1


def replaced(lines: list[Line], top: float, bottom: float, rows: list[list[str]]) -> list[Line]:
    """The lines with a table instead of those between its top and bottom, if it has nearly all their letters."""
    inside = [top <= (line.top + line.bottom) / 2 <= bottom for line in lines]
    if not any(inside) or len(rows) < 2 or len(rows[0]) < 2:
        return lines
    stood = _count(line.text for line in compress(lines, inside))
    found = _count(cell for row in rows for cell in row)
    if not _ACCOUNTED * stood <= found <= stood / _ACCOUNTED:
        return lines
    first = inside.index(True)
    table = replace(lines[first], cells=("",), rows=tuple(tuple(row) for row in rows), bottom=bottom)
    return [
        table if place == first else line for place, line in enumerate(lines) if place == first or not inside[place]
    ]


def _count(texts: Iterable[str]) -> int:
    return sum(len(word) for text in texts for word in text.split())


def _tables(letters: Letters) -> Iterator[Found]:
    """From the top of the page to its bottom."""
    across, down = (_joined(found) for found in rules(letters))
    if not across or not down or len(across) * len(down) > _MAX_CROSSINGS:
        return
    tables = _touching(_cells(_crossings(across, down)))
    if not tables:
        return
    height = letters.height
    boxes = letters.upright_boxes()
    boxes[:, 1::2] = height - boxes[:, 1::2]
    for cells in tables:
        said = _said(letters.text, boxes, cells)
        yield min(cell[1] for cell in cells) / height, max(cell[3] for cell in cells) / height, _rows(cells, said)


def _joined(found: list[Rule]) -> list[Rule]:
    """Rules that lie beside each other become one, and so do those that follow each other."""
    beside: list[list[Rule]] = []
    for rule in sorted(found):
        if beside and rule[0] <= beside[-1][-1][0] + _NEAR:
            beside[-1].append(rule)
        else:
            beside.append([rule])
    joined: list[Rule] = []
    for group in beside:
        at = sum(rule[0] for rule in group) / len(group)
        for begin, end in sorted(rule[1:] for rule in group):
            if joined and joined[-1][0] == at and begin <= joined[-1][2] + _NEAR:
                joined[-1] = (at, joined[-1][1], max(end, joined[-1][2]))
            else:
                joined.append((at, begin, end))
    return [rule for rule in joined if rule[2] - rule[1] >= _NEAR]


def _crossings(across: list[Rule], down: list[Rule]) -> Crossings:
    found: Crossings = defaultdict(lambda: (set(), set()))
    for flat in across:
        y, left, right = flat
        for steep in down:
            x, top, bottom = steep
            if left - _NEAR <= x <= right + _NEAR and top - _NEAR <= y <= bottom + _NEAR:
                found[x, y][0].add(flat)
                found[x, y][1].add(steep)
    return dict(found)


def _cells(crossings: Crossings) -> list[Cell]:
    """From each crossing to the right and down, the smallest box that rules close."""
    rows: dict[float, list[Place]] = defaultdict(list)
    columns: dict[float, list[Place]] = defaultdict(list)
    for place in sorted(crossings):
        rows[place[1]].append(place)
        columns[place[0]].append(place)
    cells = []
    for corner in crossings:
        row, column = rows[corner[1]], columns[corner[0]]
        end = _closed(crossings, corner, row[bisect_right(row, corner) :], column[bisect_right(column, corner) :])
        cells += [(*corner, *end)] if end else []
    return cells


def _closed(crossings: Crossings, corner: Place, row: list[Place], column: list[Place]) -> Place | None:
    for below in column:
        if not crossings[corner][1] & crossings[below][1]:
            return None
        for right in row:
            if not crossings[corner][0] & crossings[right][0]:
                break
            end = right[0], below[1]
            if end in crossings and crossings[end][0] & crossings[below][0] and crossings[end][1] & crossings[right][1]:
                return end
    return None


def _touching(cells: list[Cell]) -> list[list[Cell]]:
    """Those of one table each, the upper tables first; a box alone is none."""
    at: dict[Place, list[Cell]] = defaultdict(list)
    for cell in cells:
        for corner in _corners(cell):
            at[corner].append(cell)
    tables = []
    seen: set[Cell] = set()
    for cell in sorted(cells, key=lambda cell: (cell[1], cell[0])):
        table: list[Cell] = []
        ahead = [cell]
        while ahead:
            one = ahead.pop()
            if one not in seen:
                seen.add(one)
                table.append(one)
                ahead += [other for corner in _corners(one) for other in at.pop(corner, ())]
        if 1 < len(table) <= _MAX_CELLS:
            tables.append(table)
    return tables


def _corners(cell: Cell) -> tuple[Place, ...]:
    left, top, right, bottom = cell
    return (left, top), (left, bottom), (right, top), (right, bottom)


def _area(cell: Cell) -> float:
    left, top, right, bottom = cell
    return (right - left) * (bottom - top)


def _rows(cells: list[Cell], said: list[str]) -> list[list[str]]:
    """A cell that spans several rows or columns stands in the first."""
    lefts = sorted({cell[0] for cell in cells})
    rows: dict[float, dict[float, str]] = defaultdict(dict)
    for cell, text in zip(cells, said, strict=True):
        rows[cell[1]][cell[0]] = text
    return [[rows[top].get(left, "") for left in lefts] for top in sorted(rows)]


def _said(text: str, boxes: Boxes, cells: list[Cell]) -> list[str]:
    """The text of each cell: of the letters whose middle lies in it, and in no smaller one."""
    xs = sorted({side for cell in cells for side in (cell[0], cell[2])})
    ys = sorted({side for cell in cells for side in (cell[1], cell[3])})
    columns, rows = ({side: place for place, side in enumerate(sides, 1)} for sides in (xs, ys))
    owner = numpy.full((len(ys) + 1, len(xs) + 1), -1)
    for number in sorted(range(len(cells)), key=lambda number: -_area(cells[number])):
        left, top, right, bottom = cells[number]
        owner[rows[top] : rows[bottom], columns[left] : columns[right]] = number
    across, down = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    owners = owner[numpy.searchsorted(ys, down, "right"), numpy.searchsorted(xs, across, "right")].tolist()
    words: list[list[Word]] = [[] for _ in cells]
    for match in _WORD.finditer(text):
        begin = match.start()
        for number, held in groupby(owners[begin : match.end()]):
            end = begin + sum(1 for _ in held)
            if number >= 0:
                words[number].append((boxes[begin, 1], boxes[begin, 0], boxes[end - 1, 2], begin, end))
            begin = end
    return [_in_order(text, held) for held in words]


def _in_order(text: str, words: list[Word]) -> str:
    """Words as they are read: line by line, and small raised letters where they stand."""
    lines: list[list[Word]] = []
    for word in sorted(words):
        if lines and word[0] <= lines[-1][-1][0] + _NEAR:
            lines[-1].append(word)
        else:
            lines.append([word])
    return one_line(" ".join(_line(text, sorted(line, key=itemgetter(1))) for line in lines))


def _line(text: str, words: list[Word]) -> str:
    """A space where the page has one, or where words are apart that do not follow each other in the file."""
    said, end, right = "", 0, 0.0
    for _, left, far, begin, stop in words:
        said += " " if said and (text[end:begin].isspace() or left > right + _APART) else ""
        said += text[begin:stop]
        end, right = stop, far
    return said
