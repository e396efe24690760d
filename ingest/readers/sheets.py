"""Workbooks of Excel and OpenDocument: a page each sheet, rows with their header, what formulas came to and never the
formulas.

Hidden sheets are left out: nobody who opens the file sees them.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import python_calamine as calamine

from ingest.errors import Quarantined
from ingest.readers import compound
from ingest.readers.base import Block, BlockKind, Flag, Member, RawText
from ingest.readers.bounds import check_pages, open_package
from ingest.readers.kinds import ODS, SHEETS, XLS, XLSX
from ingest.readers.number_formats import general
from ingest.readers.odf import odf_properties, package_flags
from ingest.readers.office import Parts, core_date, office_flags, office_properties
from ingest.readers.office_parts import held
from ingest.readers.old_workbook import old_workbook_parts
from ingest.readers.open_sheets import open_sheets
from ingest.readers.outline import clean_table_block, lines_above, margin_blocks, one_line, text_blocks, title_from
from ingest.readers.sheet import MAX_CELLS, Row, Sheet
from ingest.readers.sparse_sheets import sparse_sheets
from ingest.readers.workbook_parts import SheetParts, WorkbookParts, workbook_parts

_MAX_TREE = 32 * 1024 * 1024  # a larger one is read by the library, without what its author saw of its numbers
_MAX_GRID = 4_000_000  # cells from the first to the last one: more than that is mostly nothing
_MAX_MERGED = 10_000
_NOBODY_SAW = (calamine.SheetVisibleEnum.Hidden, calamine.SheetVisibleEnum.VeryHidden)


class SheetReader:
    media_types = SHEETS

    def read(self, data: bytes, name: str) -> RawText:
        book = _about(data)
        sheets, hidden = _sheets(data, book)
        check_pages(len(sheets))
        blocks: list[Block] = []
        for number, sheet in enumerate(sheets, start=1):
            blocks += _sheet(sheet.title, _bounded(sheet.rows), number)
            blocks += text_blocks(sheet.beside, number, (one_line(sheet.title),))
            blocks += margin_blocks(sheet.margins, number)
            hidden = hidden or sheet.hid
        members = held(book.package, blocks, len(data)) if book.package else book.unread
        return RawText(
            title=one_line(book.properties.get("title", "")) or title_from(name),
            media_type=book.kind,
            blocks=tuple(blocks),
            pages=max(1, len(sheets)),
            dated=core_date(book.properties),
            properties=book.properties,
            members=members,
            flags=(*book.flags, *([Flag.HIDDEN_TEXT] if hidden else [])),
        )


@dataclass(frozen=True, slots=True)
class _Book:
    kind: str
    properties: dict[str, str]
    flags: tuple[Flag, ...]
    parts: WorkbookParts | None = None
    package: Parts | None = None
    unread: tuple[Member, ...] = ()

    @property
    def sparse(self) -> bool:
        """Whether the cells lie too far apart to be spread out."""
        return self.parts is not None and any(one.wide * one.deep > _MAX_GRID for one in self.parts.sheets.values())


def _about(data: bytes) -> _Book:
    if data.startswith(compound.SIGNATURE):
        with compound.opened(data) as box:
            compound.check_chains(box)
            flags = (Flag.MACROS,) if compound.has_macros(box) else ()
            try:
                return _Book(XLS, compound.properties(box), flags, old_workbook_parts(box))
            except (struct.error, IndexError):  # its cells may be in order all the same: the library for them says so
                broken = Member(name="Workbook", problem="DAMAGED")
                return _Book(XLS, compound.properties(box), flags, unread=(broken,))
    package = open_package(data)
    parts = Parts(package)
    if "mimetype" in package.namelist():
        return _Book(ODS, odf_properties(parts), package_flags(package), package=parts)
    return _Book(XLSX, office_properties(parts), office_flags(package), workbook_parts(parts), parts)


def _sheets(data: bytes, book: _Book) -> tuple[Sequence[Sheet], bool]:
    """The sheets that are seen, and whether others are there."""
    if book.kind == ODS and book.package and book.package.size("content.xml") <= _MAX_TREE:
        return open_sheets(book.package)
    sheets, hidden = sparse_sheets(data, shown) if book.sparse else _dense(data, book.parts)
    for sheet in sheets:
        if book.parts and (parts := book.parts.sheets.get(sheet.title)):
            sheet.rows, sheet.beside, sheet.margins = _seen(sheet.rows, parts), parts.beside, parts.margins
            sheet.hid = bool(parts.unseen_rows or parts.unseen_columns)
    return sheets, hidden


def _dense(data: bytes, parts: WorkbookParts | None) -> tuple[Sequence[Sheet], bool]:
    """The sheets that are seen, and whether others are there."""
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        listed = [one for one in book.sheets_metadata if one.typ == calamine.SheetTypeEnum.WorkSheet]
        seen = [one.name for one in listed if one.visible not in _NOBODY_SAW]
        sheets = [Sheet(name, list(_rows(book.get_sheet_by_name(name), parts))) for name in seen]
        if not any(any(row) for sheet in sheets for _, row in sheet.rows) and b"[Content_Types].xml" in data:
            return sparse_sheets(data, shown)
        return sheets, len(seen) < len(listed)
    except calamine.PasswordError as error:
        raise Quarantined("ENCRYPTED") from error
    except (calamine.CalamineError, calamine.XmlError, calamine.ZipError) as error:
        if data.startswith(compound.SIGNATURE):
            raise Quarantined("DAMAGED") from error
        return sparse_sheets(data, shown)  # a second opinion on what is odd and not broken


def _rows(sheet: Any, parts: WorkbookParts | None) -> Iterator[Row]:
    """Every cell of a merged field has the field's text, so that each row and column tells what it is about."""
    top, left = sheet.start or (0, 0)
    values = sheet.to_python(skip_empty_area=True)
    grid = [[shown(value) for value in row] for row in values]
    if parts and sheet.name in parts.sheets:
        _as_seen(grid, values, parts, sheet.name, (top + 1, left + 1))
    for (row, column), (last_row, last_column) in (sheet.merged_cell_ranges or [])[:_MAX_MERGED]:
        row, column, last_row, last_column = row - top, column - left, last_row - top, last_column - left
        if row < 0 or column < 0 or row >= len(grid) or column >= len(grid[row]):
            continue
        if (last_row - row + 1) * (last_column - column + 1) <= _MAX_MERGED:
            _fill(grid, (row, column), (last_row, last_column))
    yield from enumerate([[""] * left + row for row in grid] if left else grid, start=top + 1)


def _as_seen(
    grid: list[list[str]], values: list[list[Any]], parts: WorkbookParts, name: str, first: tuple[int, int]
) -> None:
    """Numbers as their formats show them, and what stands where a formula went wrong."""
    height, width = len(grid), len(grid[0]) if grid else 0
    for row, column, show in parts.formatted(name):
        row, column = row - first[0], column - first[1]
        if 0 <= row < height and 0 <= column < width and type(value := values[row][column]) in (int, float):
            grid[row][column] = show(float(value))
    for (row, column), said in parts.sheets[name].errors.items():
        row, column = row - first[0], column - first[1]
        if 0 <= row < height and 0 <= column < width:
            grid[row][column] = grid[row][column] or said


def _seen(rows: Iterable[Row], parts: SheetParts) -> Iterable[Row]:
    """Without what its author hid."""
    if not (parts.unseen_rows or parts.unseen_columns):
        return rows
    unseen = parts.unseen_columns
    kept = ((number, row) for number, row in rows if number not in parts.unseen_rows)
    return ((number, [cell for at, cell in enumerate(row, start=1) if at not in unseen]) for number, row in kept)


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
    return blocks + clean_table_block(rows[above:], number, heading, numbers=[place for place, _ in counted[above:]])


def shown(value: Any) -> str:
    """A cell as a person reads it: whole numbers without a point, days without midnight, hours that may be many."""
    if type(value) is str:
        return one_line(value)
    if isinstance(value, float):
        return general(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        if value.time() == time():
            return value.date().isoformat()
        return value.isoformat(sep=" ", timespec="seconds" if value.second else "minutes")
    if isinstance(value, timedelta):
        return duration(value.total_seconds())
    return value.isoformat() if isinstance(value, date | time) else one_line(str(value))


def duration(seconds: float) -> str:
    """36 hours are 36:00:00, not a day and twelve hours."""
    whole = round(abs(seconds))
    return f"{'-' if seconds < 0 else ''}{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


READER = SheetReader()
