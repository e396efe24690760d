"""Workbooks of Excel and OpenDocument: a page each sheet, rows with their header, what formulas came to and never the
formulas.

Hidden sheets are left out: nobody who opens the file sees them.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from typing import Any

import python_calamine as calamine

from ingest.errors import Quarantined
from ingest.readers import compound
from ingest.readers.base import Block, BlockKind, Flag, RawText
from ingest.readers.bounds import check_pages, open_package
from ingest.readers.kinds import ODS, SHEETS, XLS, XLSX
from ingest.readers.odf import odf_properties, package_flags
from ingest.readers.office import core_date, office_flags, office_properties
from ingest.readers.outline import lines_above, one_line, table_block, title_from
from ingest.readers.sparse_sheets import sparse_sheets

MAX_CELLS = 4_000_000
_MAX_GRID = 4_000_000  # cells from the first to the last one: more than that is mostly nothing
_PLACE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_MAX_MERGED = 10_000
_NOBODY_SAW = (calamine.SheetVisibleEnum.Hidden, calamine.SheetVisibleEnum.VeryHidden)
Row = tuple[int, list[str]]  # its number, as the program that made it shows it, and its cells
Sheet = tuple[str, Iterable[Row]]


class SheetReader:
    media_types = SHEETS

    def read(self, data: bytes, name: str) -> RawText:
        kind, properties, flags, sparse = _about(data)
        sheets, hidden = sparse_sheets(data, shown) if sparse else _dense(data)
        check_pages(len(sheets))
        blocks: list[Block] = []
        for number, (title, rows) in enumerate(sheets, start=1):
            blocks += _sheet(title, _bounded(rows), number)
        return RawText(
            title=one_line(properties.get("title", "")) or title_from(name),
            media_type=kind,
            blocks=tuple(blocks),
            pages=max(1, len(sheets)),
            dated=core_date(properties),
            properties=properties,
            flags=(*flags, *([Flag.HIDDEN_TEXT] if hidden else [])),
        )


def _about(data: bytes) -> tuple[str, dict[str, str], tuple[Flag, ...], bool]:
    """Kind, properties, flags, and whether the cells lie too far apart to be spread out."""
    if data.startswith(compound.SIGNATURE):
        with compound.opened(data) as box:
            return XLS, compound.properties(box), (Flag.MACROS,) if compound.has_macros(box) else (), False
    with open_package(data) as package:
        if "mimetype" in package.namelist():
            return ODS, odf_properties(package), package_flags(package), False
        return XLSX, office_properties(package), office_flags(package), _is_sparse(package)


def _is_sparse(package: zipfile.ZipFile) -> bool:
    for name in package.namelist():
        if name.startswith("xl/worksheets/") and name.endswith(".xml"):
            wide = deep = 1
            for match in _PLACE.finditer(package.read(name)):
                wide = max(wide, _column(match[1]))
                deep = max(deep, int(match[2]))
            if wide * deep > _MAX_GRID:
                return True
    return False


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _dense(data: bytes) -> tuple[Sequence[Sheet], bool]:
    """The sheets that are seen, and whether others are there."""
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        listed = [one for one in book.sheets_metadata if one.typ == calamine.SheetTypeEnum.WorkSheet]
        seen = [one.name for one in listed if one.visible not in _NOBODY_SAW]
        sheets = [(name, list(_rows(book.get_sheet_by_name(name)))) for name in seen]
        if not any(any(row) for _, rows in sheets for _, row in rows) and b"[Content_Types].xml" in data:
            return sparse_sheets(data, shown)
        return sheets, len(seen) < len(listed)
    except calamine.PasswordError as error:
        raise Quarantined("ENCRYPTED") from error
    except (calamine.CalamineError, calamine.XmlError, calamine.ZipError) as error:
        if data.startswith(compound.SIGNATURE):
            raise Quarantined("DAMAGED") from error
        return sparse_sheets(data, shown)  # a second opinion on what is odd and not broken


def _rows(sheet: Any) -> Iterator[Row]:
    """Every cell of a merged field has the field's text, so that each row and column tells what it is about."""
    top, left = sheet.start or (0, 0)
    grid = [[shown(value) for value in row] for row in sheet.to_python(skip_empty_area=True)]
    for (row, column), (last_row, last_column) in (sheet.merged_cell_ranges or [])[:_MAX_MERGED]:
        row, column, last_row, last_column = row - top, column - left, last_row - top, last_column - left
        if row < 0 or column < 0 or row >= len(grid) or column >= len(grid[row]):
            continue
        if (last_row - row + 1) * (last_column - column + 1) <= _MAX_MERGED:
            _fill(grid, (row, column), (last_row, last_column))
    yield from enumerate(grid, start=top + 1)


def _fill(grid: list[list[str]], first: tuple[int, int], last: tuple[int, int]) -> None:
    """A field as wide as all that its row says is a line over the table, not a value of each column."""
    text = grid[first[0]][first[1]]
    alone = sum(bool(cell) for cell in grid[first[0]]) == 1 and last[1] > first[1]
    for row in grid[first[0] : last[0] + 1]:
        for place in range(first[1], min(last[1] + 1, len(row))):
            if not alone or place == first[1]:
                row[place] = row[place] or text


def _bounded(rows: Iterable[Row]) -> Iterator[Row]:
    """Rows that say something."""
    cells = 0
    for number, row in rows:
        if any(row):
            cells += len(row)
            if cells > MAX_CELLS:
                raise Quarantined("TOO_LARGE")
            yield number, row


def _sheet(title: str, found: Iterable[Row], number: int) -> list[Block]:
    """The sheet's name as heading; lines before the table as text; the widest first row as the header."""
    heading = (one_line(title),)
    counted = list(found)
    if not counted:
        return []
    rows = [row for _, row in counted]
    above = lines_above(rows)
    blocks = [Block(text=heading[0], page=number, heading=heading, kind=BlockKind.HEADING)]
    blocks += [Block(text=" ".join(filter(None, row)), page=number, heading=heading) for row in rows[:above]]
    return blocks + table_block(rows[above:], number, heading, numbers=[place for place, _ in counted[above:]])


def shown(value: Any) -> str:
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


READER = SheetReader()
