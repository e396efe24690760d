"""What the library for workbooks leaves out of an .xlsx: formats of numbers, errors, rows and columns that nobody sees,
and comments.

It is looked up with patterns in the sheets as they lie: as trees they would cost more than all the rest of the reading.
"""

from __future__ import annotations

import html
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

from ingest.readers.bounds import unpacked
from ingest.readers.drawings import PARAGRAPH, chart_titles, drawn_lines
from ingest.readers.number_formats import BUILT_IN, Shown, shown_by
from ingest.readers.office import Parts
from ingest.readers.outline import comment, one_line
from ingest.readers.xmltree import local, words

_BOOK, _STYLES = "xl/workbook.xml", "xl/styles.xml"
_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CELL = re.compile(rb'\sr="([A-Z]{1,3})(\d{1,7})"(?: (?:t="\w{1,9}" )?s="(\d{1,5})")?')  # as all programs write it
_WRONG = re.compile(rb'<(?:\w+:)?c\s[^<>]{0,60}?\br="([A-Z]{1,3})(\d{1,7})"[^<>]{0,60}?\bt="e"')
_ERROR = re.compile(rb"<(?:\w+:)?v>(#[^<]{1,20})</")
_ROW = re.compile(rb"<(?:\w+:)?row\s[^<>]{0,400}?\bhidden=\"(?:1|true)\"[^<>]{0,400}>")
_COLUMN = re.compile(rb"<(?:\w+:)?col\s[^<>]{0,400}?\bhidden=\"(?:1|true)\"[^<>]{0,400}>")
_NUMBER = re.compile(rb'\b(r|min|max|outlineLevel)="(\d{1,7})"')
_MARGIN = re.compile(rb"<(?:\w+:)?(?:odd|even|first)(?:Header|Footer)\b[^<>]{0,100}>([^<]{1,2000})</")
_NOTATION = re.compile(r'&(?:"[^"]*"|K[0-9A-F]{6}|K\d\d[+-]\d{3}|\d{1,3}|.)|&$', re.I | re.S)
_FORMULA = 10_000  # bytes between a cell's beginning and its value
_LAST_COLUMN, _MOST_STYLES = 16_384, 65_000


@dataclass(slots=True)
class SheetParts:
    """Rows and columns count from 1. `formats`: row, column and style of each number that has one, in one number."""

    wide: int = 1
    deep: int = 1
    formats: array[int] = field(default_factory=lambda: array("Q"))
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    unseen_rows: set[int] = field(default_factory=set)
    unseen_columns: set[int] = field(default_factory=set)
    beside: list[str] = field(default_factory=list)
    margins: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class WorkbookParts:
    """Formats by the numbers of styles, and sheets by their names."""

    styles: dict[int, Shown]
    sheets: dict[str, SheetParts]

    def formatted(self, name: str) -> Iterator[tuple[int, int, Shown]]:
        """Row, column and format of each cell whose number is not shown as it is."""
        for packed in self.sheets[name].formats:
            yield packed >> 32, packed >> 16 & 0xFFFF, self.styles[packed & 0xFFFF]


def workbook_parts(parts: Parts) -> WorkbookParts:
    """What is looked up in an .xlsx."""
    styles = _styles(parts)
    return WorkbookParts(styles, {name: _sheet(parts, path, styles) for name, path in _paths(parts).items()})


def _sheet(parts: Parts, path: str, styles: dict[int, Shown]) -> SheetParts:
    data, sheet = unpacked(parts.package, parts.package.getinfo(path)), SheetParts()
    known = {str(number).encode(): number for number in styles}
    columns: dict[bytes, int] = {}
    for match in _CELL.finditer(data):
        letters, digits, style = match.groups()
        column = columns.get(letters) or columns.setdefault(letters, column_number(letters))
        row = int(digits)
        if row > sheet.deep:
            sheet.deep = row
        if style in known:
            sheet.formats.append(row << 32 | column << 16 | known[style])
    sheet.wide = max(columns.values(), default=1)
    sheet.errors = _errors(data) if b't="e"' in data else {}
    if b"hidden=" in data:
        _unseen(data, sheet)
    sheet.margins = [margin(html.unescape(match[1].decode("utf-8", "replace"))) for match in _MARGIN.finditer(data)]
    sheet.beside = [*_drawn(parts, path), *_comments(parts, path)]
    return sheet


def margin(code: str) -> str:
    """Head or foot of a page without its notation: `&C&"Arial,Bold"&14CONFIDENTIAL` says CONFIDENTIAL."""
    return one_line(_NOTATION.sub(lambda found: "&" if found[0] == "&&" else " ", code))


def column_number(letters: bytes) -> int:
    """A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _errors(data: bytes) -> dict[tuple[int, int], str]:
    found: dict[tuple[int, int], str] = {}
    for match in _WRONG.finditer(data):
        if said := _ERROR.search(data, match.end(), min(match.end() + _FORMULA, data.find(b"</c>", match.end()))):
            found[int(match[2]), column_number(match[1])] = said[1].decode("ascii", "replace")
    return found


def _unseen(data: bytes, parts: SheetParts) -> None:
    """What its author hid. What a filter hides or a group folds up is a click away, and belongs to the table."""
    for match in _COLUMN.finditer(data):
        stated = dict(_NUMBER.findall(match[0]))
        if b"outlineLevel" not in stated and {b"min", b"max"} <= stated.keys():
            last = min(int(stated[b"max"]), _LAST_COLUMN)
            parts.unseen_columns.update(range(int(stated[b"min"]), last + 1))
    if b"filterColumn" not in data:
        for match in _ROW.finditer(data):
            stated = dict(_NUMBER.findall(match[0]))
            if b"outlineLevel" not in stated and b"r" in stated:
                parts.unseen_rows.add(int(stated[b"r"]))


def _paths(parts: Parts) -> dict[str, str]:
    """Where each sheet lies, by its name."""
    book = parts.tree(_BOOK)
    lies = {one.id: one.target for one in parts.related(_BOOK)}
    listed = (node for node in book.iter() if local(node) == "sheet") if book is not None else ()
    found = {node.get("name") or "": lies.get(node.get(_ID) or "", "") for node in listed}
    return {name: path for name, path in found.items() if path in parts.package.NameToInfo}


def _styles(parts: Parts) -> dict[int, Shown]:
    """By the number of a cell's style, those that change what is seen of a number."""
    root = parts.tree(_STYLES)
    if root is None:
        return {}
    codes = dict(BUILT_IN)
    for node in root.iter():
        if local(node) == "numFmt" and (node.get("numFmtId") or "").isdecimal():
            codes[int(node.get("numFmtId"))] = node.get("formatCode") or ""
    cells = next((node for node in root if local(node) == "cellXfs"), ())
    found: dict[int, Shown] = {}
    for number, node in enumerate(list(cells)[:_MOST_STYLES]):
        stated = node.get("numFmtId") or ""
        if show := shown_by(codes.get(int(stated), "")) if stated.isdecimal() else None:
            found[number] = show
    return found


def _comments(parts: Parts, sheet: str) -> Iterator[str]:
    """Of a conversation the file holds a second form, for old programs: that one is not read."""
    for part in parts.related(sheet):
        root = parts.tree(part.target) if part.kind in ("comments", "threadedComment") else None
        if root is None:
            continue
        people = _people(parts) if part.kind == "threadedComment" else {}
        authors = [words(node) for node in root.iter() if local(node) == "author"]
        for node in root.iter():
            place, said = node.get("ref") or "", words(node)
            if local(node) == "threadedComment":
                yield comment(said, people.get(node.get("personId") or "", ""), node.get("dT") or "", place)
            elif local(node) == "comment":
                stated = node.get("authorId") or ""
                who = authors[int(stated)] if stated.isdecimal() and int(stated) < len(authors) else ""
                if not who.startswith("tc="):
                    yield comment(said, who, "", place)


def _drawn(parts: Parts, sheet: str) -> Iterator[str]:
    """Boxes with words, and what charts are called: their numbers stand in cells."""
    for part in parts.related(sheet):
        root = parts.tree(part.target) if part.kind == "drawing" else None
        if root is not None:
            yield "\n".join(drawn_lines(root.iter(PARAGRAPH)))
            charts = (parts.tree(one.target) for one in parts.related(part.target) if one.kind == "chart")
            yield from (chart_titles(chart) for chart in charts if chart is not None)


def _people(parts: Parts) -> dict[str, str]:
    lists = (parts.tree(part.target) for part in parts.related(_BOOK) if part.kind == "person")
    nodes = [node for root in lists if root is not None for node in root]
    return {node.get("id") or "": node.get("displayName") or "" for node in nodes}
