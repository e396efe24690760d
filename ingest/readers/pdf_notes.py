"""What is written on top of the pages of a PDF: fields of forms, notes, remarks on marked words, boxes of text.

What has a look of its own becomes part of the page, as when it is printed. Boxes to tick are said as they stand, what
has no look is said by its value. All of it is put beside the words it stands beside; remarks come after the page.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pypdfium2.raw as raw

from ingest.readers.members import Members
from ingest.readers.outline import clean, one_line
from ingest.readers.pdf_layout import Line
from ingest.readers.pdf_letters import Letters
from ingest.readers.pdf_parts import take_out

_MAX_NOTES, _LONGEST = 2_000, 20_000
_ORDINARY = 10.0  # points: a field may be far higher than its words
_FIELDS = (raw.FPDF_ANNOT_WIDGET, raw.FPDF_ANNOT_FREETEXT)
_REMARKS = {
    raw.FPDF_ANNOT_TEXT: "Note",
    raw.FPDF_ANNOT_HIGHLIGHT: "Remark",
    raw.FPDF_ANNOT_UNDERLINE: "Remark",
    raw.FPDF_ANNOT_SQUIGGLY: "Remark",
    raw.FPDF_ANNOT_STRIKEOUT: "Remark on struck words",
    raw.FPDF_ANNOT_CARET: "Remark",
    raw.FPDF_ANNOT_STAMP: "Stamp",
    **dict.fromkeys((raw.FPDF_ANNOT_INK, raw.FPDF_ANNOT_SQUARE, raw.FPDF_ANNOT_CIRCLE, raw.FPDF_ANNOT_LINE), "Remark"),
    **dict.fromkeys((raw.FPDF_ANNOT_POLYGON, raw.FPDF_ANNOT_POLYLINE), "Remark"),
}
_UNSEEN = raw.FPDF_ANNOT_FLAG_HIDDEN | raw.FPDF_ANNOT_FLAG_NOVIEW
_LOOKS, _DRAWN = raw.FPDF_ANNOT_APPEARANCEMODE_NORMAL, raw.FLAT_NORMALDISPLAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What stands in a field, and its place: left, bottom, right and top, in the page's own space."""

    text: str
    place: tuple[float, float, float, float]


@dataclass(slots=True)
class Notes:
    """Of one page. `hidden`: some have words and are not shown."""

    fields: list[Field] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    hidden: bool = False
    looks: bool = False
    begin: int = sys.maxsize  # of the page's letters, from which on they are what has a look

    def lines(self, letters: Letters, number: int) -> list[Line]:
        """The fields as lines."""
        return [_line(one, letters, number) for one in self.fields]


def with_notes(document: Any, index: int, members: Members | None = None) -> tuple[Any, Notes]:
    """The page, with what has a look as part of it, and the rest; files that are pinned to it become `members`."""
    page, notes = document[index], Notes()
    for note in _notes(page):
        if raw.FPDFAnnot_GetSubtype(note) == raw.FPDF_ANNOT_FILEATTACHMENT:
            pinned = raw.FPDFAnnot_GetFileAttachment(note)
            if pinned and members is not None:
                take_out(document, pinned, members)
        _take(note, notes)
    if notes.looks:
        words = page.get_textpage()
        notes.begin = words.count_chars()
        words.close()
        raw.FPDFPage_Flatten(page, _DRAWN)
        page.close()
        page = document[index]
    return page, notes


def _notes(page: Any) -> Iterator[Any]:
    for place in range(min(raw.FPDFPage_GetAnnotCount(page), _MAX_NOTES)):
        note = raw.FPDFPage_GetAnnot(page, place)
        if note:
            yield note
            raw.FPDFPage_CloseAnnot(note)


def _take(note: Any, notes: Notes) -> None:
    kind, flags = raw.FPDFAnnot_GetSubtype(note), raw.FPDFAnnot_GetFlags(note)
    if kind not in _REMARKS and kind not in _FIELDS:
        return
    if flags & _UNSEEN:
        notes.hidden = notes.hidden or bool(_value(note, "Contents") or _value(note, "V"))
    elif kind in _REMARKS:
        author, text = one_line(_value(note, "T")), clean(_value(note, "Contents"))
        if text:
            notes.said.append(f"{_REMARKS[kind]}{' of ' * bool(author)}{author}: {text}")
    elif state := _value(note, "AS"):  # a box to tick: its look is a drawing
        raw.FPDFAnnot_SetFlags(note, flags | raw.FPDF_ANNOT_FLAG_HIDDEN)
        _put(note, notes, "☐" if state == "Off" else "☑")
    elif raw.FPDFAnnot_GetAP(note, _LOOKS, None, 0) > 2:
        notes.looks = True
    elif text := one_line(_value(note, "V") or _value(note, "Contents")):
        _put(note, notes, text)


def _put(note: Any, notes: Notes, text: str) -> None:
    box = raw.FS_RECTF()
    raw.FPDFAnnot_GetRect(note, ctypes.byref(box))
    notes.fields.append(Field(text=text, place=(box.left, box.bottom, box.right, box.top)))


def _value(note: Any, key: str) -> str:
    name = key.encode()
    size = min(raw.FPDFAnnot_GetStringValue(note, name, None, 0), 2 * _LONGEST)
    if size <= 2:
        return ""
    found = (ctypes.c_ushort * (size // 2))()
    raw.FPDFAnnot_GetStringValue(note, name, found, size)
    return bytes(found).decode("utf-16-le", "replace").rstrip("\0")


def _line(one: Field, letters: Letters, number: int) -> Line:
    (x, y), (u, v) = letters.upright(*one.place[:2]), letters.upright(*one.place[2:])
    return Line(
        page=number,
        cells=(one.text,),
        top=1 - max(y, v) / letters.height,
        bottom=1 - min(y, v) / letters.height,
        size=min(abs(v - y), _ORDINARY),
        bold=False,
        height=letters.height,
        lefts=(min(x, u),),
    )


def filled_in(lines: Sequence[Line], typed: Sequence[Line], fields: Sequence[Line]) -> list[Line]:
    """The lines with what fills a form as cells of those it stands in; else as lines of their own."""
    left = set(typed) & set(lines)  # no table has them
    found = [line for line in lines if line not in left]
    for one in (*(line for line in typed if line in left), *fields):
        beside = [
            place
            for place, line in enumerate(found)
            if line.lefts
            and not line.rows
            and (line.top < _middle(one) < line.bottom or one.top < _middle(line) < one.bottom)
        ]
        if not beside:
            found.append(one)
            continue
        place = max(beside, key=lambda place: (found[place].lefts[0] <= one.lefts[0], found[place].lefts[0]))
        line = found[place]
        at = sum(begin <= one.lefts[0] for begin in line.lefts)
        found[place] = replace(
            line,
            cells=(*line.cells[:at], one.text, *line.cells[at:]),
            lefts=(*line.lefts[:at], one.lefts[0], *line.lefts[at:]),
        )
    return found


def _middle(line: Line) -> float:
    return (line.top + line.bottom) / 2
