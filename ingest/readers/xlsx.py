"""Workbooks: a page each sheet, rows with their header, what formulas came to and never the formulas.

Hidden sheets are left out: nobody who opens the file sees them.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

import openpyxl

from ingest.errors import Quarantined
from ingest.readers.base import Block, BlockKind, RawText
from ingest.readers.bounds import check_pages, open_package
from ingest.readers.identify import XLSX
from ingest.readers.office import core_date, office_properties
from ingest.readers.outline import one_line, table_block, title_from

MAX_CELLS = 4_000_000
MAX_EMPTY_ROWS = 1_000  # a sheet that was formatted to its last row has a million empty ones


class XlsxReader:
    media_types = (XLSX,)

    def read(self, data: bytes, name: str) -> RawText:
        with open_package(data) as package:
            properties = office_properties(package)
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        check_pages(len(sheets))
        blocks: list[Block] = []
        for number, sheet in enumerate(sheets, start=1):
            blocks += _sheet(sheet, number)
        return RawText(
            title=one_line(properties.get("title", "")) or title_from(name),
            media_type=XLSX,
            blocks=tuple(blocks),
            pages=max(1, len(sheets)),
            dated=core_date(properties),
            properties=properties,
        )


def _sheet(sheet: Any, number: int) -> list[Block]:
    """The sheet's name as heading; lines before the table as text; the widest first row as the header."""
    heading = (one_line(sheet.title),)
    rows = list(_rows(sheet))
    if not rows:
        return []
    above = _lines_above(rows)
    blocks = [Block(text=heading[0], page=number, heading=heading, kind=BlockKind.HEADING)]
    blocks += [Block(text=" ".join(filter(None, row)), page=number, heading=heading) for row in rows[:above]]
    return blocks + table_block(rows[above:], number, heading)


def _lines_above(rows: list[list[str]]) -> int:
    """How many rows stand above the header: those with one cell filled, when a fuller one follows."""
    filled = [sum(bool(cell) for cell in row) for row in rows[:10]]
    for place, count in enumerate(filled):
        if count > 1:
            return place
    return 0


def _rows(sheet: Any) -> Iterator[list[str]]:
    """Rows that say something, as text."""
    sheet.reset_dimensions()  # what the file says of its size is not to be relied on
    cells = empty = 0
    for row in sheet.iter_rows(values_only=True):
        shown = [_shown(value) for value in row]
        cells += len(shown)
        if cells > MAX_CELLS:
            raise Quarantined("TOO_LARGE")
        if any(shown):
            empty = 0
            yield shown
        elif (empty := empty + 1) > MAX_EMPTY_ROWS:
            return


def _shown(value: Any) -> str:
    """A cell as a person reads it: whole numbers without a point, days without midnight."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.10g}"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ", timespec="minutes")
    return value.isoformat() if isinstance(value, date) else one_line(str(value))


READER = XlsxReader()
