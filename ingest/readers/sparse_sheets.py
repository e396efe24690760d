"""Workbooks whose few cells lie far apart, or that the faster library does not understand: read row by row."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import openpyxl

from ingest.readers.number_formats import shown_by
from ingest.readers.sheet import Row, Sheet

_MAX_EMPTY_ROWS = 1_000  # a sheet that was formatted to its last row has a million empty ones


def sparse_sheets(data: bytes, shown: Callable[[Any], str]) -> tuple[list[Sheet], bool]:
    """The sheets that are seen, and whether others are there."""
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    seen = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    return [Sheet(sheet.title, _rows(sheet, shown)) for sheet in seen], len(seen) < len(book.worksheets)


def _rows(sheet: Any, shown: Callable[[Any], str]) -> Iterator[Row]:
    sheet.reset_dimensions()  # what the file says of its size is not to be relied on
    empty = 0
    for number, row in enumerate(sheet.iter_rows(), start=1):
        if any(cell.value is not None for cell in row):
            empty = 0
            yield number, [_shown(cell, shown) for cell in row]
        elif (empty := empty + 1) > _MAX_EMPTY_ROWS:
            return


def _shown(cell: Any, shown: Callable[[Any], str]) -> str:
    show = shown_by(cell.number_format or "") if type(cell.value) in (int, float) else None
    return show(float(cell.value)) if show else shown(cell.value)
