"""Tables that are drawn with rules: cells of several lines stay whole, which gaps between words cannot tell.

Another, slower library finds the cells, on those pages alone whose rules form a grid, and only on so many of them. What
it finds is taken when it accounts for the words that stand there; else the page keeps what was found without it.
"""

from __future__ import annotations

import ctypes
import io
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import pypdfium2.raw as raw

from ingest.readers.outline import one_line
from ingest.readers.pdf_layout import Line
from ingest.readers.pdf_pages import PATH, objects

_MAX_OBJECTS = 600
_THIN, _LONG, _TALL = 2.5, 30.0, 8.0  # points
_LEAST_RULES = 3  # across and down: two rows of two columns
_LEAST_LINES = 2  # of several cells, for a page to be looked at
_MAX_PAGES, _MAX_SECONDS = 30, 8.0  # a file: the library reads about seven pages a second
_ACCOUNTED = 0.9
_MAX_CELLS = 5_000
Found = tuple[float, float, list[list[str]]]  # top and bottom as shares of the page, rows
Look = Callable[[int], list[Found]]


class RuledTables:
    """The tables of one file, looked for page by page until the budget is spent."""

    def __init__(self, data: bytes, *, look: Look | None = None) -> None:
        self._data, self._look = data, look
        self._pages, self._seconds = 0, 0.0

    def put_in(self, page: Any, lines: list[Line]) -> list[Line]:
        """The page's lines, each ruled table as one of them in place of those it is made of."""
        if self._pages >= _MAX_PAGES or self._seconds > _MAX_SECONDS:
            return lines
        if not _is_uneven(lines) or not has_grid(page):
            return lines
        began = time.monotonic()
        self._pages += 1
        look = self._look = self._look or _library(self._data)
        for top, bottom, rows in look(lines[0].page):
            lines = _replaced(lines, top, bottom, rows)
        self._seconds += time.monotonic() - began
        return lines


def _is_uneven(lines: Sequence[Line]) -> bool:
    """Whether there are rows, and lines between them with fewer cells: cells of several lines, or text around."""
    counts = [len(line.cells) for line in lines]
    rows = [place for place, count in enumerate(counts) if count > 1]
    return len(rows) >= _LEAST_LINES and len(set(counts[rows[0] : rows[-1] + 2])) > 1


def has_grid(page: Any) -> bool:
    """Whether rules cross: enough of them across, and enough down."""
    across: set[int] = set()
    down: set[int] = set()
    for item, (left, bottom, right, top) in islice(objects(page, PATH, depth=2), _MAX_OBJECTS):
        width, height = right - left, top - bottom
        if width >= _LONG and height <= _THIN:
            across.add(round(top))
        elif height >= _TALL and width <= _THIN:
            down.add(round(left))
        elif width >= _LONG / 2 and height >= _TALL and _is_stroked(item):  # a cell as a box, not a shade behind it
            across |= {round(top), round(bottom)}
            down |= {round(left), round(right)}
        if len(across) >= _LEAST_RULES and len(down) >= _LEAST_RULES:
            return True
    return False


def _is_stroked(item: Any) -> bool:
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(item, ctypes.byref(fill), ctypes.byref(stroke))
    return bool(stroke.value)


def _replaced(lines: list[Line], top: float, bottom: float, rows: list[list[str]]) -> list[Line]:
    inside = [line for line in lines if top <= (line.top + line.bottom) / 2 <= bottom]
    if not inside or len(rows) < 2 or len(rows[0]) < 2:
        return lines
    stood, found = _letters(line.text for line in inside), _letters(cell for row in rows for cell in row)
    if not _ACCOUNTED * stood <= found <= stood / _ACCOUNTED:
        return lines
    first = lines.index(inside[0])
    table = replace(inside[0], cells=("",), rows=tuple(tuple(row) for row in rows), bottom=bottom)
    rest = [line for line in lines if line not in inside]
    place = sum(line not in inside for line in lines[:first])
    return [*rest[:place], table, *rest[place:]]


def _letters(texts: Any) -> int:
    return sum(len(text) - sum(map(str.isspace, text)) for text in texts)


def _library(data: bytes) -> Look:
    """What finds the tables of a page, counted from 1; none where the library cannot make sense of the file."""
    import pdfplumber

    opened: list[Any] = []

    def look(number: int) -> list[Found]:
        try:
            if not opened:
                opened.append(pdfplumber.open(io.BytesIO(data)))
            page = opened[0].pages[number - 1]
            found = [_table(table, float(page.height)) for table in page.find_tables()]
            page.close()
            return found
        except Exception:  # noqa: BLE001 - a second parser on bytes that the first one could read: it has no root error
            return []

    return look


def _table(table: Any, height: float) -> Found:
    rows: Sequence[Sequence[str | None]] = table.extract() if len(table.cells) <= _MAX_CELLS else []
    return table.bbox[1] / height, table.bbox[3] / height, [[one_line(cell or "") for cell in row] for row in rows]
