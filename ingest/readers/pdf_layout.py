"""Lines of a PDF become headings, paragraphs, tables and margins, by size, gap and repetition."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ingest.readers.base import Block, BlockKind
from ingest.readers.outline import CELL, Outline, heading_block, join_lines, looks_like_heading, one_line, table_block

MARGIN, _WIDE = 0.09, 0.14  # of the page's height, above and below
_LARGER = 1.12
_WATERMARK = 1.5  # times the size of most letters
_PARAGRAPH_GAP = 0.75  # of a line's height
_MAX_HEADING = 140
_MAX_HEADING_LINES = 3
_SHORT = 5  # pages: a longer document has a cover
_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(r"^\W*(?:page|p\.)?\s*\d+\s*(?:(?:of|/|\|)\s*\d+)?\W*$", re.I)
_SIGN = re.compile(r"^[\Wo]$")
_NUMBER = re.compile(r"^(?:\(?[A-Za-z0-9]{1,4}[.)]|\d+(?:\.\d+)*\.?)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line as it is drawn, or a whole table: `rows`. `top` and `bottom` are shares of the page's height, counted
    from above."""

    page: int
    cells: tuple[str, ...]
    top: float
    bottom: float
    size: float
    bold: bool
    height: float  # of the page, in points: turns shares into lengths
    rows: tuple[tuple[str, ...], ...] = ()
    lefts: tuple[float, ...] = ()  # where each cell begins, in points
    slant: float = 0.0  # quarters of a turn away from most letters of the page
    begin: int = -1  # in the page's text, of a line that is as it was drawn

    @property
    def text(self) -> str:
        return " ".join(self.cells)


def lay_out(lines: Sequence[Line], pages: int) -> list[Block]:
    """Blocks in reading order."""
    margins = _margins(lines, pages)
    body = _body_size([line for line in lines if line not in margins])
    margins |= {line for line in lines if line.slant % 1 and line.size >= _WATERMARK * body}
    rest = [line for line in lines if line not in margins]
    sizes = sorted({_rounded(line.size) for line in lines if line.size >= body * _LARGER}, reverse=True)
    blocks = [
        Block(text=one_line(line.text), page=line.page, kind=BlockKind.MARGIN) for line in lines if line in margins
    ]
    outline, page = Outline(), 1
    for group in _groups(rest):
        if page == 1 < group[0].page and pages > _SHORT:
            outline = Outline()  # what stands large on a cover heads the whole, not what comes next
        page = group[0].page
        level = _level(group, body, sizes)
        if group[0].rows:
            blocks += _table(group[0].rows, page, outline.path, blocks[-1:])
        elif level:
            blocks += heading_block(outline, level, " ".join(line.text for line in group), group[0].page)
        elif _is_table(group):
            blocks += _table(_rows(group), page, outline.path, blocks[-1:])
        elif text := join_lines([line.text for line in group]):
            blocks.append(Block(text=text, page=group[0].page, heading=outline.path))
    return sorted(blocks, key=lambda block: block.page)


def _table(rows: Sequence[Sequence[str]], page: int, heading: tuple[str, ...], before: Sequence[Block]) -> list[Block]:
    """A table that goes on from the page before carries the header that stands there, and has none of its own."""
    for last in before:
        header = last.header or last.carried
        if last.kind is BlockKind.TABLE and last.page == page - 1 and _goes_on(header, last.text, rows[0]):
            return [replace(block, carried=header) for block in table_block(rows, page, heading, headed=False)]
    return table_block(rows, page, heading)


def _goes_on(header: str, rows: str, first: Sequence[str]) -> bool:
    """Whether a row has figures where the rows before have them and their header has not."""
    names, last = header.split(CELL), rows.rpartition("\n")[2].split(CELL)
    if not len(names) == len(last) == len(first):
        return False
    told = [place for place, name in enumerate(names) if _has_figures(last[place]) and not _has_figures(name)]
    return bool(told) and all(_has_figures(first[place]) for place in told)


def _has_figures(text: str) -> bool:
    return any(map(str.isdigit, text))


def join_bullets(cells: Sequence[str]) -> tuple[str, ...]:
    """A bullet in front of its text is no column, and neither is a number in front of words that end the line."""
    if len(cells) < 2:
        return tuple(cells)
    numbered = _NUMBER.match(cells[0]) and len(cells) == 2 and any(map(str.isalpha, cells[1]))
    return _joined(cells) if numbered or _SIGN.match(cells[0]) else tuple(cells)


def _joined(cells: Sequence[str]) -> tuple[str, ...]:
    return (f"{cells[0]} {cells[1]}", *cells[2:])


def _rows(group: Sequence[Line]) -> list[tuple[str, ...]]:
    """The number in front of a row's text is a column where the first row has one for it."""
    width = len(group[0].cells)
    return [
        _joined(line.cells) if len(line.cells) > width and _NUMBER.match(line.cells[0]) else line.cells
        for line in group
    ]


def _margins(lines: Sequence[Line], pages: int) -> set[Line]:
    """Lines at the edge that most pages repeat, and page numbers there. A little further in, lines that many pages have
    in the same place."""
    often = max(2, pages * 0.3)
    at_edge = [line for line in lines if _inwards(line) < MARGIN and not line.rows]
    seen = Counter(text for _, text in {(line.page, _DIGITS.sub("#", line.text)) for line in at_edge})
    margins = {line for line in at_edge if _PAGE_NUMBER.match(line.text) or seen[_DIGITS.sub("#", line.text)] >= often}
    further = {line: _running(line) for line in lines if MARGIN <= _inwards(line) < _WIDE and len(line.cells) == 1}
    placed = Counter(said for _, said in {(line.page, said) for line, said in further.items()})
    return margins | {line for line, said in further.items() if placed[said] >= max(often, _SHORT)}


def _inwards(line: Line) -> float:
    return min(line.bottom, 1 - line.top)


def _running(line: Line) -> tuple[str, int]:
    """What stands where: titles that differ in a number are no running ones, page numbers below are."""
    return line.text if line.top < 0.5 else _DIGITS.sub("#", line.text), round(line.top * 100)


def _body_size(lines: Iterable[Line]) -> float:
    """The size in which most letters are set."""
    letters: Counter[float] = Counter()
    for line in lines:
        letters[_rounded(line.size)] += len(line.text)
    return letters.most_common(1)[0][0] if letters else 0.0


def _rounded(size: float) -> float:
    return round(size * 2) / 2


def _groups(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines that belong together: close, and set alike; table rows apart from running text."""
    groups: list[list[Line]] = []
    for line in lines:
        if groups and _continues(groups[-1], line):
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _continues(group: Sequence[Line], line: Line) -> bool:
    last = group[-1]
    if last.rows or line.rows or (last.page, last.slant) != (line.page, line.slant):
        return False
    if abs(last.size - line.size) > 0.1 * last.size:
        return False
    gap = (line.top - last.bottom) * line.height
    if len(last.cells) > 1 or len(line.cells) > 1:  # rows stand further apart than lines
        return len(last.cells) > 1 and len(line.cells) > 1 and -last.size < gap < 2.0 * last.size
    return last.bold == line.bold and -last.size < gap < _PARAGRAPH_GAP * last.size


def _level(group: Sequence[Line], body: float, sizes: Sequence[float]) -> int:
    """The heading's level; 0 for text."""
    text = " ".join(line.text for line in group)
    if len(group) > _MAX_HEADING_LINES or len(text) > _MAX_HEADING or len(group[0].cells) > 1 or group[0].slant:
        return 0
    if sum(char.isalpha() for char in text) < 3:
        return 0
    size = _rounded(group[0].size)
    if size in sizes:
        return min(sizes.index(size) + 1, 6)
    alone = len(group) == 1 and text[-1] not in ".,;:"
    if alone and size >= body * 0.95 and (group[0].bold or (looks_like_heading(text) and text.isupper())):
        return min(len(sizes) + 1, 7)
    return 0


def _is_table(group: Sequence[Line]) -> bool:
    return len(group) > 1 and len(group[0].cells) > 1
