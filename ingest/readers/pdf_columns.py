"""Columns of running text that a PDF draws row by row, as old typesetting and the layers of scans do: read one after
the other. Rows of a table are left alone: their cells begin anew, a column goes on in the middle of a sentence."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, pairwise

from ingest.readers.pdf_layout import Line
from ingest.readers.pdf_letters import Letters
from ingest.readers.pdf_lines import looked_at

_LEAST_ROWS = 5
_SOME_ROWS = 2
_MOST = 0.6  # of the rows have more than one column: a wide gap in an even-edged line is none
_GOES_ON = 0.5  # of the rows of each column begin with a small letter
_LEAST_WIDE = 24.0  # letters, on average: a line of running text
_NEAR, _INDENT = 3.0, 2.5  # points to the left; to the right, of a line's height
_ROW_GAP = 2.0  # of a line's height


def apart(letters: Letters, lines: list[Line]) -> list[Line]:
    """The page's lines, each run of such rows column by column."""
    if not _may_be(letters, lines):
        return lines
    looked = [looked_at(letters, line) if _may_be_row(line) else line for line in lines]
    found: list[Line] = []
    place = 0
    while place < len(lines):
        rows = _rows(looked, place) if _is_row(looked[place]) else []
        columns = _columns(rows)
        found += chain.from_iterable(columns) if columns else lines[place : place + 1]
        place += len(rows) if columns else 1
    return found


def _may_be(letters: Letters, lines: list[Line]) -> bool:
    """Whether there are such rows: short lines of columns have a wide gap beside them; else the longest line tells."""
    rows = (line for line in lines if _is_row(line) and any(cell[0].islower() for cell in line.cells))
    if sum(1 for _ in rows) >= _SOME_ROWS:
        return True
    longest = max(filter(_may_be_row, lines), key=lambda line: len(line.cells[0]), default=None)
    return longest is not None and _is_row(looked_at(letters, longest))


def _may_be_row(line: Line) -> bool:
    """One that is drawn in one piece, as it seems, and is long enough for two."""
    return line.begin >= 0 and not line.slant and len(line.cells) == 1 and len(line.cells[0]) >= _LEAST_WIDE


def _is_row(line: Line) -> bool:
    return len(line.cells) > 1 and min(map(len, line.cells)) >= _LEAST_WIDE / 2


def _rows(lines: Sequence[Line], begin: int) -> list[list[tuple[int, Line]]]:
    """The cells of each row from `begin` on, with their columns, as long as cells begin where those of the first do."""
    first = lines[begin]
    found: list[list[tuple[int, Line]]] = []
    for place, line in enumerate(lines[begin:], begin):
        above = lines[place - 1] if found else line
        gap = (line.top - above.bottom) * line.height
        if line.rows or line.slant != first.slant or not -line.size * 1.5 < gap < _ROW_GAP * line.size:
            break
        row = _cells(line, first)
        if not row:
            break
        found.append(row)
    return found


def _cells(line: Line, first: Line) -> list[tuple[int, Line]]:
    """A wide gap within a column, as even edges make it, parts nothing. None when the line begins in no column."""
    texts: dict[int, str] = {}
    column = -1
    for text, left in zip(line.cells, line.lefts, strict=True):
        place = bisect_right(first.lefts, left + _NEAR) - 1
        begins = place >= 0 and left - first.lefts[place] < _INDENT * first.size
        column = place if begins else column
        if column < 0:
            return []
        texts[column] = f"{texts[column]} {text}" if column in texts else text
    return [
        (column, replace(line, cells=(text,), lefts=(first.lefts[column],), begin=-1)) for column, text in texts.items()
    ]


def _columns(rows: Sequence[Sequence[tuple[int, Line]]]) -> list[list[Line]]:
    """The rows' columns; none where one does not read as running text."""
    if sum(len(row) > 1 for row in rows) < max(_LEAST_ROWS, _MOST * len(rows)):
        return []
    columns: dict[int, list[Line]] = defaultdict(list)
    for row in rows:
        for column, line in row:
            columns[column].append(line)
    found = [columns[column] for column in sorted(columns)]
    return found if all(map(_runs_on, found)) else []


def _runs_on(column: Sequence[Line]) -> bool:
    texts = [line.cells[0] for line in column]
    goes_on = sum(after[:1].islower() for _, after in pairwise(texts))
    return (
        len(texts) >= _LEAST_ROWS
        and goes_on >= _GOES_ON * (len(texts) - 1)
        and sum(map(len, texts)) >= _LEAST_WIDE * len(texts)
    )
