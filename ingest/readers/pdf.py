"""PDF: the text that the file holds, page by page. Pages that are pictures are named, for recognition elsewhere."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Any

from ingest.readers.base import Block, BlockKind, Flag, RawText
from ingest.readers.kinds import PDF
from ingest.readers.label_marks import of_pdf
from ingest.readers.members import Members
from ingest.readers.outline import one_line
from ingest.readers.pdf_columns import apart
from ingest.readers.pdf_layout import Line, lay_out
from ingest.readers.pdf_letters import Letters
from ingest.readers.pdf_lines import lines_of, whole
from ingest.readers.pdf_notes import filled_in, with_notes
from ingest.readers.pdf_pages import PICTURE_SHARE, largest_image, opened
from ingest.readers.pdf_parts import attached, drawn_elsewhere, has_layers, has_scripts, under_chapters, unpacked
from ingest.readers.pdf_tables import with_tables

_FEW_LETTERS = 20
_SOME_LETTERS = 120
_SCAN_SHARE = 0.75  # when there are some: a stamp or a page number on a scan
_UNMAPPED = re.compile("[\ufffd\ufffe\uffff\ue000-\uf8ff\x00-\x08\x0e-\x1f]")
_MAX_UNMAPPED = 0.3
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
            said: list[Block] = []
            texts = tuple(unpacked(data))
            layers = has_layers(texts)
            hidden, members = False, Members(len(data))
            for number in range(1, len(document) + 1):
                page, notes = with_notes(document, number - 1, members)
                letters = Letters(page)
                found, typed, left_out = lines_of(page, letters, number, notes.begin, layers=layers)
                drawn = apart(letters, with_tables(letters, [*found, *typed]))
                lines += filled_in(drawn, typed, notes.lines(letters, number))
                said += [Block(text=text, page=number) for text in notes.said]
                letters.close()
                hidden = hidden or left_out or notes.hidden
                if letters.garbled or _is_picture(page, [*found, *typed]):
                    unread.append(number)
                page.close()
            metadata = document.get_metadata_dict(skip_empty=True)
            pages = len(document)
            said += drawn_elsewhere(document)
            blocks = sorted([*lay_out(whole(lines), pages), *said], key=lambda block: block.page)
            blocks = under_chapters(document, blocks)
            files, scripts = attached(document, members), has_scripts(document, texts)
        properties = {key.lower(): one_line(metadata[key]) for key in _PROPERTIES if metadata.get(key)}
        properties |= of_pdf(texts)
        first = next((block.text for block in blocks if block.kind is BlockKind.HEADING and block.page == 1), "")
        return RawText(
            title=_title(properties.get("title", ""), PurePath(name).stem, first),
            media_type=PDF,
            blocks=tuple(blocks),
            pages=pages,
            dated=_date(metadata),
            properties=properties,
            unread_pages=tuple(unread),
            members=files,
            flags=(*([Flag.SCRIPTS] if scripts else []), *([Flag.HIDDEN_TEXT] if hidden else [])),
        )


def _is_picture(page: Any, lines: list[Line]) -> bool:
    """Whether the page's words stand in a picture: few letters and a large image, or letters that mean nothing."""
    text = "".join(line.text for line in lines)
    letters = sum(map(str.isalnum, text[:1000]))
    if text and len(_UNMAPPED.findall(text)) > _MAX_UNMAPPED * len(text):
        return True
    if letters >= _SOME_LETTERS:
        return False
    return largest_image(page) >= (PICTURE_SHARE if letters < _FEW_LETTERS else _SCAN_SHARE)


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
