"""Workbooks of OpenDocument. Beside each value the file keeps the text that its author saw: 25 %, 1.234,50 €."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ingest.errors import Quarantined
from ingest.readers.odf import Walk, annotation, body_of, is_set, margins, rows_of
from ingest.readers.office import Parts
from ingest.readers.outline import one_line
from ingest.readers.sheet import MAX_CELLS, Row, Sheet
from ingest.readers.spans import Field, number, spread

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_PARAGRAPH, _ANNOTATION = f"{_TEXT}p", f"{_OFFICE}annotation"
_MAX_REPEAT, _MAX_COLUMNS = 1_000, 16_384
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_BOXES = (f"{_DRAW}text-box", f"{_DRAW}custom-shape")
_CELL, _TIMES = f"{_TABLE}table-cell", f"{_TABLE}number-columns-repeated"
_ACROSS, _DOWN = f"{_TABLE}number-columns-spanned", f"{_TABLE}number-rows-spanned"
_NOT_ALONE = frozenset((_TIMES, _ACROSS, _DOWN))
_DAY = f"{_OFFICE}date-value"
_VALUES = tuple(f"{_OFFICE}{name}" for name in ("value", "time-value", "boolean-value", "string-value"))


def open_sheets(parts: Parts) -> tuple[list[Sheet], bool]:
    """The sheets that are seen, and whether others are there. Raises Quarantined: DAMAGED, TOO_LARGE."""
    content, body = body_of(parts)
    unseen = is_set(content, f"{_TABLE}display", "false")
    tables = [node for part in body for node in part.iterchildren(f"{_TABLE}table")]
    seen = [node for node in tables if node.get(f"{_TABLE}style-name") not in unseen]
    sheets = [_sheet(node) for node in seen]
    for sheet in sheets[:1]:
        sheet.margins = margins(parts.needed("styles.xml"))
    return sheets, len(seen) < len(tables)


def _sheet(table: Any) -> Sheet:
    sheet, walk = Sheet(one_line(table.get(f"{_TABLE}name") or "")), Walk(set(), set())
    rows: list[Row] = []
    places: list[int] = []
    columns = _unseen_columns(table)

    def fields() -> Iterator[list[Field]]:
        place = 1
        for row in rows_of(table):
            said = _fields(row, walk, sheet.beside)
            times = number(row.get(f"{_TABLE}number-rows-repeated"))
            if row.get(f"{_TABLE}visibility") == "collapse":
                sheet.hid = sheet.hid or bool(said)
            else:
                for step in range(min(times, _MAX_REPEAT) if any(text for text, _, _ in said) else 1):
                    places.append(place + step)
                    yield said
            place += times

    cells_left = MAX_CELLS
    for cells in spread(fields()):
        kept = [cell for at, cell in enumerate(cells) if at not in columns] if columns else cells
        sheet.hid = sheet.hid or len(kept) < len(cells)
        rows.append((places[-1], kept))
        if (cells_left := cells_left - len(kept)) < 0:
            raise Quarantined("TOO_LARGE")
    sheet.rows = rows
    sheet.beside += [walk.texts(box) for box in table.iter(*_BOXES)]
    return sheet


def _unseen_columns(table: Any) -> set[int]:
    found: set[int] = set()
    place = 0
    for column in table.iter(f"{_TABLE}table-column"):
        last = min(place + number(column.get(f"{_TABLE}number-columns-repeated")), _MAX_COLUMNS)
        if column.get(f"{_TABLE}visibility") == "collapse":
            found.update(range(place, last))
        place = last
    return found


def _fields(row: Any, walk: Walk, comments: list[str]) -> list[Field]:
    """Its cells up to the last that says something."""
    fields: list[Field] = []
    last = 0
    for cell in row.iterchildren(_CELL):
        stated = dict(cell.items())
        text = _shown(cell, stated, walk, comments)
        if _NOT_ALONE.isdisjoint(stated):
            fields.append((text, 1, 1))
        else:
            times, field = number(stated.get(_TIMES)), (text, number(stated.get(_ACROSS)), number(stated.get(_DOWN)))
            fields += [field] * min(times, _MAX_REPEAT if text else max(1, _MAX_COLUMNS - len(fields)))
        if text:
            last = len(fields)
    return fields[:last]


def _shown(cell: Any, stated: dict[str, str], walk: Walk, comments: list[str]) -> str:
    """Days as ISO writes them, as everywhere; of what has no text, its value."""
    said: list[str] = []
    for child in cell:
        if child.tag == _PARAGRAPH:
            said.append(child.text or "" if len(child) == 0 else walk.text(child))
        elif child.tag == _ANNOTATION:
            comments.append(annotation(child))
    if day := stated.get(_DAY):
        return one_line(day.removesuffix("T00:00:00").replace("T", " "))
    return one_line(" ".join(said) if said else next((stated[key] for key in _VALUES if key in stated), ""))
