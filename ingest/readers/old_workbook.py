"""What the library for workbooks leaves out of an .xls: formats of numbers, errors, rows and columns unseen."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

from ingest.readers import compound
from ingest.readers.number_formats import BUILT_IN, shown_by
from ingest.readers.workbook_parts import SheetParts, WorkbookParts, margin

_LIMIT = 128 * 1024 * 1024
_BEGIN, _END, _SHEET, _FORMAT, _STYLE = 0x0809, 0x000A, 0x0085, 0x041E, 0x00E0
_NUMBER, _SHORT, _SHORTS, _FORMULA, _WRONG = 0x0203, 0x027E, 0x00BD, 0x0006, 0x0205
_ROW, _COLUMNS, _FILTERED = 0x0208, 0x007D, 0x009B
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
_MARGINS = (0x0014, 0x0015)
_LAST_COLUMN = 256


def old_workbook_parts(box: Any) -> WorkbookParts:
    """By the sheet's name. A book that is older still gives nothing. Raises struct.error or IndexError for a broken
    one."""
    data = compound.stream(box, "Workbook", limit=_LIMIT)
    codes, styles, lies = dict(BUILT_IN), list[int](), dict[str, int]()
    for kind, body in _records(data, 0):
        if kind == _FORMAT:
            codes[struct.unpack_from("<H", body)[0]] = _text(body[4:], struct.unpack_from("<H", body, 2)[0])
        elif kind == _STYLE:
            styles.append(struct.unpack_from("<H", body, 2)[0])
        elif kind == _SHEET:
            lies[_text(body[7:], body[6])] = struct.unpack_from("<I", body)[0]
    known = {number: show for number, code in enumerate(styles) if (show := shown_by(codes.get(code, "")))}
    return WorkbookParts(known, {name: _sheet(data, place, known.keys()) for name, place in lies.items()})


def _records(data: bytes, place: int) -> Iterator[tuple[int, bytes]]:
    """Those of one part of the book, from its beginning to its end; what lies in it, as a chart, is passed over."""
    depth = 0
    while place + 4 <= len(data):
        kind, size = struct.unpack_from("<HH", data, place)
        depth += (kind == _BEGIN) - (kind == _END)
        if depth == 1:
            yield kind, data[place + 4 : place + 4 + size]
        elif depth <= 0:
            return
        place += 4 + size


def _sheet(data: bytes, place: int, styles: Any) -> SheetParts:
    parts = SheetParts()
    filtered = False
    for kind, body in _records(data, place):
        for row, column, style in _styled(kind, body):
            if style in styles:
                parts.formats.append((row + 1) << 32 | (column + 1) << 16 | style)
        if kind in (_FORMULA, _WRONG) and (said := _error(kind, body)):
            row, column = struct.unpack_from("<HH", body)
            parts.errors[row + 1, column + 1] = said
        elif kind in _MARGINS and len(body) > 2:
            parts.margins.append(margin(_text(body[2:], struct.unpack_from("<H", body)[0])))
        elif kind in (_ROW, _COLUMNS):
            _unseen(kind, body, parts)
        filtered = filtered or kind == _FILTERED
    if filtered:  # one click away, as in newer books
        parts.unseen_rows.clear()
    return parts


def _styled(kind: int, body: bytes) -> Iterator[tuple[int, int, int]]:
    """Row, column and style of the numbers in a record, counted from 0."""
    if kind in (_NUMBER, _SHORT, _FORMULA):
        yield struct.unpack_from("<HHH", body)
    elif kind == _SHORTS:
        row, column = struct.unpack_from("<HH", body)
        for step in range((len(body) - 6) // 6):
            yield row, column + step, struct.unpack_from("<H", body, 4 + 6 * step)[0]


def _error(kind: int, body: bytes) -> str:
    if kind == _WRONG:
        return _ERRORS.get(body[6], "") if body[7] else ""
    return _ERRORS.get(body[8], "") if body[6] == 2 and body[12:14] == b"\xff\xff" else ""


def _unseen(kind: int, body: bytes, parts: SheetParts) -> None:
    """What its author hid; groups that are folded up are not that."""
    if kind == _ROW and body[12] & 0x20 and not body[12] & 0x07:
        parts.unseen_rows.add(struct.unpack_from("<H", body)[0] + 1)
    elif kind == _COLUMNS and body[8] & 0x01 and not body[9] & 0x07:
        first, last = struct.unpack_from("<HH", body)
        parts.unseen_columns.update(range(first + 1, min(last + 1, _LAST_COLUMN) + 1))


def _text(data: bytes, count: int) -> str:
    """A flag tells whether each letter takes one byte or two."""
    wide = data[0] & 0x01
    return data[1 : 1 + count * (1 + wide)].decode("utf-16-le" if wide else "latin-1", "replace")
