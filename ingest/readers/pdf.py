"""PDF: the text that the file holds, page by page. Pages that are pictures are named, for recognition elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice
from pathlib import PurePath
from typing import Any

from ingest.readers.base import BlockKind, Flag, RawText
from ingest.readers.kinds import PDF
from ingest.readers.label_marks import of_pdf
from ingest.readers.outline import one_line
from ingest.readers.pdf_layout import Line, join_bullets, lay_out
from ingest.readers.pdf_letters import Letters
from ingest.readers.pdf_pages import IMAGE, PATH, objects, opened
from ingest.readers.pdf_parts import attached, has_scripts, with_fields
from ingest.readers.pdf_tables import with_tables

_FEW_LETTERS = 20
_SOME_LETTERS = 120
PICTURE_SHARE = 0.3  # of the page, to count as a picture of text when there are few letters
_SCAN_SHARE = 0.75  # when there are some: a stamp or a page number on a scan
_MAX_DEPTH = 4
_MAX_OBJECTS = 2_000
_UNMAPPED = re.compile("[\ufffd\ufffe\uffff\ue000-\uf8ff\x00-\x08\x0e-\x1f]")
_MAX_UNMAPPED = 0.3
_CELL_GAP = 1.0  # of a letter's height
_PARTED = "\ufffe"  # what the library puts in place of a hyphen and the end of its line
_PARTED_WORD = re.compile(rf"(\w+){_PARTED}(\w+)")
_WORD = re.compile(r"\w+")
_NARROW = 0.42  # mean width of letters in running text, of their height, where nothing is set apart
_NO_TITLE = re.compile(
    r"^(?:microsoft (?:word|powerpoint|excel)\b|untitled|\(?anonymous|document\d*$|.*\.\w{3,4}$)", re.I
)
_NO_NAME = re.compile(r"\b(?:scan|scanned|copy|final|draft|untitled|document|download|print)\b", re.I)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_PDF_DATE = re.compile(r"D:(\d{4})(\d\d)(\d\d)")
_PROPERTIES = ("Title", "Author", "Subject", "Keywords")


class PdfReader:
    media_types = (PDF,)

    def read(self, data: bytes, name: str) -> RawText:
        with opened(data) as document:
            lines: list[Line] = []
            unread: list[int] = []
            hidden = False
            for number in range(1, len(document) + 1):
                page = with_fields(document, number - 1)
                letters = Letters(page)
                found, left_out = _lines(page, letters, number)
                lines += with_tables(page, letters, found)
                letters.close()
                hidden = hidden or left_out
                if _is_picture(page, found):
                    unread.append(number)
                page.close()
            metadata = document.get_metadata_dict(skip_empty=True)
            pages = len(document)
            members, scripts = attached(document, len(data)), has_scripts(document, data)
        blocks = lay_out(_whole(lines), pages)
        properties = {key.lower(): one_line(metadata[key]) for key in _PROPERTIES if metadata.get(key)}
        properties |= of_pdf(data)
        first = next((block.text for block in blocks if block.kind is BlockKind.HEADING and block.page == 1), "")
        return RawText(
            title=_title(properties.get("title", ""), PurePath(name).stem, first),
            media_type=PDF,
            blocks=tuple(blocks),
            pages=pages,
            dated=_date(metadata),
            properties=properties,
            unread_pages=tuple(unread),
            members=members,
            flags=(*([Flag.SCRIPTS] if scripts else []), *([Flag.HIDDEN_TEXT] if hidden else [])),
        )


def _lines(page: Any, letters: Letters, number: int) -> tuple[list[Line], bool]:
    """The page's lines with their place, size and weight; and whether some were left out that nobody sees."""
    height = page.get_height() or 1.0
    if not letters.told:
        return _without_places(letters.text, number, height), False
    found, begin, hidden = [], 0, False
    for drawn in re.split(r"(\r\n|\n|\r)", letters.text):
        if drawn.strip() and (line := _line(letters, drawn, begin, number, height)):
            first = begin + drawn.index(drawn.strip()[0])
            if letters.white(first) and _on_bare_paper(page, letters, first):
                hidden = True
            else:
                found.append(line)
        begin += len(drawn)
    return found, hidden


def _whole(lines: list[Line]) -> list[Line]:
    """A word that was parted at a line's end is one where the file has it so elsewhere; else its hyphen was its own."""
    if not any(_PARTED in text for line in lines for text in _texts(line)):
        return lines
    known = {word for line in lines for text in _texts(line) for word in _WORD.findall(text.casefold())}

    def mended(found: re.Match[str]) -> str:
        word = found[1] + found[2]
        return word if word.casefold() in known else f"{found[1]}-{found[2]}"

    def mend(texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_PARTED_WORD.sub(mended, text).replace(_PARTED, "-") for text in texts)

    return [
        replace(line, cells=mend(line.cells), rows=tuple(map(mend, line.rows)))
        if any(_PARTED in text for text in _texts(line))
        else line
        for line in lines
    ]


def _texts(line: Line) -> Iterator[str]:
    return chain(line.cells, *line.rows)


def _without_places(text: str, number: int, height: float) -> list[Line]:
    """Every line just below the one before: one paragraph, no headings, no margins."""
    lines = [shown for line in text.splitlines() if (shown := one_line(line))]
    step = (1 - 0.4) / max(1, len(lines))
    tops = [0.2 + step * place for place in range(len(lines))]
    return [
        Line(page=number, cells=(line,), top=top, bottom=top + step, size=10.0, bold=False, height=height)
        for line, top in zip(lines, tops, strict=True)
    ]


def _line(letters: Letters, drawn: str, begin: int, number: int, height: float) -> Line | None:
    first = begin + len(drawn) - len(drawn.lstrip())
    bottom, top = letters.heights(first)
    size = max(top - bottom, 1.0)
    cells = join_bullets([cell for cell in _cells(letters, drawn, begin, size) if cell])
    if not cells:
        return None
    last = begin + len(drawn.rstrip()) - 1
    return Line(
        page=number,
        cells=cells,
        top=1 - top / height,
        bottom=1 - bottom / height,
        size=size,
        bold=letters.bold(first) and letters.bold(last),
        height=height,
    )


def _cells(letters: Letters, drawn: str, begin: int, size: float) -> list[str]:
    """The line, cut where the gap between two words is as wide as a letter is high."""
    if _is_narrow(letters, drawn, begin, size):
        return [one_line(drawn)]
    cuts, previous = [0], -1
    for match in re.finditer(r"\S+", drawn):
        if previous >= 0:
            _, right = letters.sides(begin + previous)
            left, _ = letters.sides(begin + match.start())
            if left - right > _CELL_GAP * size:
                cuts.append(match.start())
        previous = match.end() - 1
    return [one_line(drawn[here:there]) for here, there in zip(cuts, [*cuts[1:], len(drawn)], strict=True)]


def _on_bare_paper(page: Any, letters: Letters, index: int) -> bool:
    """Nothing is drawn where a white letter stands: nobody sees it, so nobody asked for it to be read."""
    left, _ = letters.sides(index)
    bottom, top = letters.heights(index)
    middle = (bottom + top) / 2
    for place, (_, (west, south, east, north), _) in enumerate(objects(page, PATH, IMAGE, depth=_MAX_DEPTH)):
        if place >= _MAX_OBJECTS:
            return False
        if west <= left <= east and south <= middle <= north:
            return False
    return True


def _is_narrow(letters: Letters, drawn: str, begin: int, size: float) -> bool:
    """A line no wider than its letters need has no room for a gap: most lines, told by two letters instead of all."""
    shown = drawn.strip()
    first = begin + drawn.index(shown)
    left, _ = letters.sides(first)
    _, right = letters.sides(first + len(shown) - 1)
    return right - left < _NARROW * size * len(shown)


def _is_picture(page: Any, lines: list[Line]) -> bool:
    """Whether the page's words stand in a picture: few letters and a large image, or letters that mean nothing."""
    text = "".join(line.text for line in lines)
    letters = sum(map(str.isalnum, text[:1000]))
    if text and len(_UNMAPPED.findall(text)) > _MAX_UNMAPPED * len(text):
        return True
    if letters >= _SOME_LETTERS:
        return False
    return largest_image(page) >= (PICTURE_SHARE if letters < _FEW_LETTERS else _SCAN_SHARE)


def largest_image(page: Any) -> float:
    """The share of the page that its largest image covers."""
    width, height = page.get_size()
    largest = 0.0
    for _, (left, bottom, right, top), _ in islice(objects(page, IMAGE, depth=_MAX_DEPTH), _MAX_OBJECTS):
        largest = max(largest, (right - left) * (top - bottom) / max(1.0, width * height))
    return largest


def _title(stated: str, stem: str, heading: str) -> str:
    """The title that the file states, with its name when that has a year and the title has not: reports of one kind
    share their titles. Else the name when it tells something, else the first large line."""
    named = re.sub(r"[_\-.\s]+", " ", stem).strip()
    years = set(_YEAR.findall(named))
    if sum(char.isalpha() for char in stated) >= 4 and not _NO_TITLE.match(stated):
        return f"{stated} ({named})" if years - set(_YEAR.findall(stated)) else stated
    telling = len(re.findall(r"[^\W\d_]{3,}", named)) + len(years) >= 2 and not _NO_NAME.search(named)
    return named if telling or not heading else heading


def _date(metadata: dict[str, str]) -> str:
    match = _PDF_DATE.match(metadata.get("ModDate", "")) or _PDF_DATE.match(metadata.get("CreationDate", ""))
    return "-".join(match.groups()) if match else ""


READER = PdfReader()
