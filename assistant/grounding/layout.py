"""How a passage is laid out: running text, tables row by row, lists with the sentence that leads into them.

Readers write a table as lines whose cells are parted by " | ", its header first. A row says little without its
header and an item little without its lead-in, so each carries where those stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

BAR = "|"
_LINE = re.compile(r"[^\n]+")
_CELLS = re.compile(r"(?<=\s)\|(?=\s|$)|^\|(?=\s)", re.MULTILINE)
ITEM = re.compile(r"\s*(?:[-*•–·▪◦]|\d{1,3}[.)]|[a-zA-Z][.)])\s")
_ENDED = re.compile(r"[.!?…。！？:;,]['\"”’»)\]]*\s*$")
_VALUE = re.compile(r"\s*[(+\-–]?\s*(?:[A-Z]{3}|[€$£¥])?\s*\d[\d.,'’ ]*\s*(?:%|[A-Z]{3}|[€$£¥])?\s*\)?\s*$")
_YEAR = re.compile(r"\s*(?:19|20)\d\d\s*$")
_SALUTATION = re.compile(r"\s*(?:Dear|Hello|Hi|Sehr geehrte|Liebe|Guten Tag|Madame|Monsieur|Cher|Chère|Estimad)[^\n]{0,80},\s*$")  # fmt: skip
_SHORT_HEADING = 8  # words
_LONGEST_VALUE = 40  # characters
_LOOK = 40  # characters in front of and behind a line tell whether it stands alone


class Kind(StrEnum):
    TEXT = "text"
    HEADER = "header"
    ROW = "row"


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of a passage. A row knows where the header of its table stands."""

    start: int
    end: int
    kind: Kind
    lead: tuple[int, int] | None = None


def blocks(text: str) -> list[Block]:
    """The passage in reading order; only white space is left out."""
    if "\n" not in text and BAR not in text:
        return [Block(0, len(text), Kind.TEXT)]
    found: list[Block] = []
    run: list[tuple[int, int]] = []
    begin = 0
    for line in [*_lines(text), None]:
        if line is not None and _CELLS.search(text, *line) and (not run or _neighbours(text, run[-1], line)):
            run.append(line)
            continue
        if len(run) > 1:
            found += [*_text(text, begin, run[0][0]), *_table(text, run)]
            begin = run[-1][1]
        run = [line] if line is not None and _CELLS.search(text, *line) else []
    return [*found, *_text(text, begin, len(text))]


def _lines(text: str) -> list[tuple[int, int]]:
    return [hit.span() for hit in _LINE.finditer(text) if hit.group().strip()]


def _neighbours(text: str, before: tuple[int, int], after: tuple[int, int]) -> bool:
    return text.count("\n", before[1], after[0]) == 1


def _table(text: str, run: Sequence[tuple[int, int]]) -> Iterator[Block]:
    header = run[0] if _is_header(text[slice(*run[0])]) else None
    if header:
        yield Block(*header, Kind.HEADER)
    for line in run[1:] if header else run:
        yield Block(*line, Kind.ROW, header)


def _is_header(line: str) -> bool:
    """Column names are no amounts; years may be."""
    names = (" ".join(cell.split()) for cell in line.split(BAR))
    return not any(len(name) < _LONGEST_VALUE and _VALUE.match(name) and not _YEAR.match(name) for name in names)


def _text(text: str, begin: int, end: int) -> Iterator[Block]:
    """Running text, cut where lines are a list without marks or a salutation ends."""
    if not text[begin:end].strip():
        return
    cuts = [cut for paragraph in _paragraphs(text, begin, end) for cut in _own_lines(text, paragraph)]
    for start, stop in zip([begin, *cuts], [*cuts, end], strict=True):
        if text[start:stop].strip():
            yield Block(start, stop, Kind.TEXT)


def _paragraphs(text: str, begin: int, end: int) -> Iterator[list[tuple[int, int]]]:
    held: list[tuple[int, int]] = []
    for line in (hit.span() for hit in _LINE.finditer(text, begin, end) if hit.group().strip()):
        if held and not _neighbours(text, held[-1], line):
            yield held
            held = []
        held.append(line)
    if held:
        yield held


def _own_lines(text: str, lines: Sequence[tuple[int, int]]) -> list[int]:
    """Where lines of this paragraph end that are statements of their own: wrapped text is none of it."""
    told = [text[a:b].strip() for a, b in lines]
    if len(lines) > 2 and all(t[0].isupper() or t[0].isdigit() for t in told) and not any(t[-1] in ",-" for t in told):
        return [b for _, b in lines[:-1]]
    return [b for (_, b), t in zip(lines[:-1], told, strict=False) if _SALUTATION.match(t)]


def is_heading(text: str, start: int, end: int) -> bool:
    """Whether a stretch is a short line that stands alone and says nothing by itself."""
    piece = text[start:end]
    line = piece.strip()
    if not line or "\n" in line or _ENDED.search(line) or ": " in line or len(line.split()) >= _SHORT_HEADING:
        return False
    if ITEM.match(line + " ") and not line.startswith("#"):
        return False
    first, last = start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())
    return _at_border(text[max(0, first - _LOOK) : first][::-1]) and _at_border(text[last : last + _LOOK])


def _at_border(rest: str) -> bool:
    """Nothing more, or an empty line."""
    space = rest[: len(rest) - len(rest.lstrip())]
    return len(space) == len(rest) or space.count("\n") > 1


def is_item(piece: str) -> bool:
    return bool(ITEM.match(piece))


def cells(line: str) -> list[tuple[int, int]]:
    """Where the cells of a row stand in it."""
    cuts = [hit.start() for hit in re.finditer(re.escape(BAR if _CELLS.search(line) else ";"), line)]
    return list(zip([0, *(c + 1 for c in cuts)], [*cuts, len(line)], strict=True))


@lru_cache(maxsize=4096)
def row_as_text(row: str, header: str) -> str:
    """A row so that it can be read: "Reason: Wrong amount · We must file within: 75 days". Nothing is added but signs.

    Names stand beside cells only where every cell has one and the last is filled: a row that lost a cell must not
    be given the names of its neighbours.
    """
    own = [" ".join(row[a:b].split()) for a, b in cells(row)]
    names = [" ".join(header[a:b].split()) for a, b in cells(header)] if header else []
    if len(names) != len(own) or not own[-1]:
        names = [""] * len(own)
    return " · ".join(f"{name}: {cell}" if name else cell for name, cell in zip(names, own, strict=True) if cell)
