"""What readers share about text: cleaning it, and keeping the path of headings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import PurePath

from ingest.readers.base import Block, BlockKind

# Nothing a person sees: controls, soft hyphens, direction overrides, zero-width spaces, tag letters. They hide
# words from search and carry instructions. The joiners U+200C and U+200D stay: several scripts need them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]"
)
_SPACES = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r"\n\s*\n\s*")
_NUMBERED = re.compile(
    r"(?:(?:section|part|chapter|article|annex|appendix)\s+)?(?:\d+|[A-Z])(?:\.\d+)*[.)]?\s+[A-Z]", re.I
)
CELL = " | "
_TO_RAISED = str.maketrans("0123456789+-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻")
_SHORT_LINE = 0.6
_ITEM = re.compile(r"(?:[-–•*▪◦o]|\(?[0-9a-zA-Z]{1,3}[.)])\s")


def clean(text: str) -> str:
    """Composed letters, one space between words, no unseen characters; line breaks stay."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0b", "\n"))
    text = _SPACES.sub(" ", _UNSEEN.sub("", text).replace("\x0c", "\n"))
    return "\n".join(line.strip() for line in text.split("\n")).strip()


def one_line(text: str) -> str:
    """`clean`, and on one line: a heading, a cell, a title."""
    if text.isascii() and text.isprintable():  # nothing to compose and nothing unseen: most lines there are
        return " ".join(text.split())
    return " ".join(clean(text).split())


def raised(text: str) -> str:
    """Figures as they stand above a line: a mark of a note, or a power."""
    return text.translate(_TO_RAISED)


def title_from(name: str) -> str:
    """A file's name as a title, for a file that states none."""
    words = re.sub(r"[_\-\s]+", " ", PurePath(name).stem).strip()
    return words[:1].upper() + words[1:]


def paragraphs(text: str) -> list[str]:
    """Cleaned paragraphs: what blank lines part."""
    return [part for part in _BLANK_LINES.split(clean(text)) if part]


def looks_like_heading(line: str) -> bool:
    """A short line that stands alone and ends like a title: in capitals, or numbered."""
    if not 3 <= len(line) <= 90 or "\n" in line or line[-1] in ".,;:!?":
        return False
    letters = "".join(filter(str.isalpha, line))
    if len(letters) < 3:
        return False
    return letters.isupper() or bool(_NUMBERED.match(line) and len(line.split()) <= 12)


def comment(said: str, who: str = "", when: str = "", place: str = "") -> str:
    """A comment as a line that says so: who wrote it, on which day, and where it hangs. Empty for none."""
    about = ", ".join(filter(None, (one_line(who), when[:10], place)))
    said = one_line(said)
    return (f"Comment ({about}): {said}" if about else f"Comment: {said}") if said else ""


class Outline:
    """The headings above the place that is being read."""

    def __init__(self) -> None:
        self._levels: list[tuple[int, str]] = []

    def enter(self, level: int, text: str) -> None:
        """A heading of `level` begins: it closes all that are as deep or deeper."""
        self._levels = [entry for entry in self._levels if entry[0] < level]
        self._levels.append((level, text))

    @property
    def path(self) -> tuple[str, ...]:
        return tuple(text for _, text in self._levels)


def heading_block(outline: Outline, level: int, text: str, page: int) -> list[Block]:
    """Enter a heading and give its block; nothing for an empty one."""
    line = one_line(text)
    if not line:
        return []
    outline.enter(level, line)
    return [Block(text=line, page=page, heading=outline.path, kind=BlockKind.HEADING)]


def text_blocks(texts: Iterable[str], page: int, heading: tuple[str, ...]) -> list[Block]:
    """A block for each paragraph."""
    return [Block(text=part, page=page, heading=heading) for text in texts for part in paragraphs(text)]


def margin_blocks(texts: Iterable[str], page: int = 1) -> list[Block]:
    """Heads, feet and watermarks of pages, each text once."""
    return [Block(text=text, page=page, kind=BlockKind.MARGIN) for text in dict.fromkeys(map(one_line, texts)) if text]


def table_block(
    rows: Iterable[Sequence[str]],
    page: int,
    heading: tuple[str, ...],
    *,
    headed: bool = True,
    numbers: Sequence[int] = (),
) -> list[Block]:
    """One table as one block, a row a line; empty rows and columns are left out. The first row is the header.
    `numbers` are those of `rows`: 1, 2, 3 and so on when not given."""
    lines = [[one_line(cell) for cell in row] for row in rows]
    return clean_table_block(lines, page, heading, headed=headed, numbers=numbers)


def clean_table_block(
    cells: Sequence[Sequence[str]],
    page: int,
    heading: tuple[str, ...],
    *,
    headed: bool = True,
    numbers: Sequence[int] = (),
) -> list[Block]:
    """The same of cells that are `one_line` each: a workbook has millions."""
    width = max((len(row) for row in cells), default=0)
    used = [place for place in range(width) if any(place < len(row) and row[place] for row in cells)]
    said = [(n, row) for n, row in zip(numbers or range(1, len(cells) + 1), cells, strict=True) if any(row)]
    lines = [CELL.join(row[place] if place < len(row) else "" for place in used) for _, row in said]
    if not lines:
        return []
    first = int(headed and len(lines) > 1)
    return [
        Block(
            text="\n".join(lines[first:]),
            page=page,
            heading=heading,
            kind=BlockKind.TABLE,
            header=lines[0] if first else "",
            rows=tuple(number for number, _ in said),
        )
    ]


def lines_above(rows: Sequence[Sequence[str]]) -> int:
    """How many rows of a table stand above its header: those with one cell filled, when a fuller one follows."""
    filled = [sum(bool(cell) for cell in row) for row in rows[:10]]
    for place, count in enumerate(filled):
        if count > 1:
            return place
    return 0


def join_lines(lines: Sequence[str]) -> str:
    """Lines as they were printed become running text. A line much shorter than the longest ends where its author
    ended it, and so does one before a list item."""
    longest = max((len(line) for line in lines), default=0)
    parts: list[str] = []
    for place, line in enumerate(lines):
        parts.append(line)
        if place + 1 < len(lines):
            parts.append("\n" if len(line) < _SHORT_LINE * longest or _ITEM.match(lines[place + 1]) else " ")
    return clean("".join(parts))
