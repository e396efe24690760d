"""Word documents: paragraphs and tables in the order of the body, headings by style, hidden text left out.

A document has no pages of its own; breaks that its author set, or that the program left when it last drew the
document, are counted.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import Any

import docx

from ingest.errors import Quarantined
from ingest.readers.base import Block, BlockKind, Flag, RawText
from ingest.readers.bounds import check_pages, open_package
from ingest.readers.drawings import Drawings, shows_words
from ingest.readers.kinds import DOCX
from ingest.readers.office import Parts, core_date, office_flags, office_properties, without_programs
from ingest.readers.office_math import spell_out
from ingest.readers.office_parts import held
from ingest.readers.outline import Outline, comment, heading_block, margin_blocks, one_line, table_block, text_blocks
from ingest.readers.spans import spread
from ingest.readers.word_numbering import Numbering
from ingest.readers.word_styles import Styles

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BREAKS = (f"{_W}lastRenderedPageBreak", f"{_W}br")
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_PARAGRAPH, _TABLE, _ROW, _CELL = (f"{_W}{name}" for name in ("p", "tbl", "tr", "tc"))
# What stands around paragraphs, rows and cells without being one: content controls (cover pages, forms), insertions.
_AROUND = frozenset(f"{_W}{name}" for name in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag"))
_MOVED = f"{_W}moveFrom"  # what a tracked change has taken elsewhere
_NOTES = {f"{_W}footnoteReference": "word/footnotes.xml", f"{_W}endnoteReference": "word/endnotes.xml"}
_COMMENT = f"{_W}commentReference"
_NOTES |= {_COMMENT: "word/comments.xml"}
_NUMBERING = "word/numbering.xml"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"  # the same again, for old programs
_WORD_ART = "{urn:schemas-microsoft-com:vml}textpath"  # words as a picture: the watermark of a page among them
_SYMBOL, _FORM_FIELD = f"{_W}sym", f"{_W}fldChar"
# Boxes that are ticked and such that are not, in the fonts of little pictures that forms are made with.
_SYMBOLS = dict.fromkeys(("FE", "FD", "78", "52", "54"), "☒") | dict.fromkeys(("A8", "6F", "71", "72", "A3"), "☐")
_SYMBOLS |= {"FC": "✓", "FB": "✗", "A7": "•", "E0": "→"}
_MAX_NESTING = 8


class DocxReader:
    media_types = (DOCX,)

    def read(self, data: bytes, name: str) -> RawText:
        with open_package(data) as package:
            parts = Parts(package)
            extra, flags = office_properties(parts), office_flags(package)
            document = docx.Document(io.BytesIO(without_programs(data, package)))
            spell_out(document.element.body)
            styles = Styles(document, Numbering(parts.tree(_NUMBERING)))
            body = _Body(styles, _notes(parts, styles), Drawings(parts, document.part.partname.lstrip("/")))
            for item in _inner(document.element.body, _PARAGRAPH, _TABLE):
                body.add(item)
            main = document.part.partname.lstrip("/")
            whole = [one.target for one in parts.related(main) if one.kind == "aFChunk"]
            members = held(parts, filter(shows_words, body.blocks), len(data), whole)
        first = next((block.text for block in body.blocks if block.kind is BlockKind.HEADING), "")
        check_pages(body.page)
        return RawText(
            title=extra.get("title", "") or first or PurePath(name).stem,
            media_type=DOCX,
            blocks=(*_margins(document, styles), *body.blocks),
            pages=body.page,
            dated=core_date(extra),
            properties=extra,
            members=members,
            flags=(*flags, *([Flag.HIDDEN_TEXT] if styles.hid else [])),
        )


class _Body:
    """Walks the body once; a page break inside a paragraph counts for what comes after the paragraph."""

    def __init__(self, styles: Styles, notes: dict[tuple[str, str], str], drawings: Drawings) -> None:
        self.styles, self.notes, self.drawings = styles, notes, drawings
        self.blocks: list[Block] = []
        self.outline = Outline()
        self.page = 1
        self._items: Block | None = None  # the list that the last paragraph belongs to

    def add(self, item: Any) -> None:
        """A paragraph or a table, and after it the notes that it refers to."""
        page = self.page
        if item.tag == _TABLE:
            self.blocks += table_block(list(_rows(item, self.styles)), self.page, self.outline.path)
            self.page += _breaks(item, rendered_only=True)
        else:
            page = self._add(item)
        self.blocks += self.drawings.blocks(item, page, self.outline.path)
        told = (self.notes.pop((node.tag, node.get(f"{_W}id") or ""), "") for node in item.iter(*_NOTES))
        self.blocks += text_blocks(filter(None, told), page, self.outline.path)

    def _add(self, paragraph: Any) -> int:
        """The page on which the paragraph begins."""
        starts_page = _starts_page(paragraph)
        self.page += starts_page
        text = _visible_text(paragraph, self.styles)
        level, item = self.styles.heading_level(paragraph), self.styles.item(paragraph)
        if level and text.strip():
            self.blocks += heading_block(self.outline, level, f"{item.strip('-')} {text}", self.page)
        elif text.strip():
            self._paragraph(f"{item} {text.strip()}".strip(), listed=bool(item) and "\n" not in text.strip())
        page = self.page
        if not starts_page:
            self.page += _breaks(paragraph)
        return page

    def _paragraph(self, text: str, *, listed: bool) -> None:
        """Items of one list are one block: they stand or fall together."""
        last = self.blocks[-1] if self.blocks else None
        if listed and last is not None and last is self._items and (last.page, last.heading) == self._here():
            self.blocks[-1] = Block(text=f"{last.text}\n{one_line(text)}", page=last.page, heading=last.heading)
        else:
            self.blocks += text_blocks([text], self.page, self.outline.path)
        self._items = self.blocks[-1] if listed else None

    def _here(self) -> tuple[int, tuple[str, ...]]:
        return self.page, self.outline.path


def _inner(element: Any, *tags: str) -> Iterator[Any]:
    """The children of these kinds, also those with a content control or a tracked insertion around them."""
    for child in element:
        if child.tag in tags:
            yield child
        elif child.tag in _AROUND:
            yield from _inner(child, *tags)


def _notes(parts: Parts, styles: Styles) -> dict[tuple[str, str], str]:
    """Footnotes, endnotes and comments, by the kind of their reference and its id."""
    found: dict[tuple[str, str], str] = {}
    for reference, part in _NOTES.items():
        root = parts.tree(part)
        for note in root if root is not None else ():
            said = one_line(" ".join(_visible_text(paragraph, styles) for paragraph in _inner(note, _PARAGRAPH)))
            if reference == _COMMENT:
                said = comment(said, note.get(f"{_W}author") or "", note.get(f"{_W}date") or "")
            found[reference, note.get(f"{_W}id") or ""] = said
    return found


def _starts_page(paragraph: Any) -> bool:
    """A break before the first word: the paragraph itself stands on the new page."""
    for element in paragraph.iter(f"{_W}t", *_BREAKS):
        if element.tag == f"{_W}t":
            if (element.text or "").strip():
                break
        elif _is_page_break(element):
            return True
    before = paragraph.find(f"{_W}pPr/{_W}pageBreakBefore")
    return before is not None and not _switched_off(before)


def _breaks(element: Any, *, rendered_only: bool = False) -> int:
    """Page breaks in an element. A drawn break right after a set one is the same."""
    found = [node for node in element.iter(*_BREAKS) if _is_page_break(node)]
    drawn = sum(node.tag == _BREAKS[0] for node in found)
    return int(drawn if rendered_only else max(drawn, len(found) - drawn))


def _is_page_break(node: Any) -> bool:
    return bool(node.tag == _BREAKS[0] or node.get(f"{_W}type") == "page")


def _visible_text(paragraph: Any, styles: Styles) -> str:
    """Runs and links, without what is hidden or struck by a tracked deletion."""
    parts: list[str] = []
    hidden = styles.of(paragraph).hidden
    begun = paragraph
    for run in paragraph.iter(f"{_W}r", f"{_MATH}r"):
        if styles.hides(run, hidden):
            styles.hid = styles.hid or run.find(f"{_W}t") is not None
        elif next(run.iterancestors(_FALLBACK, _MOVED), None) is None:
            if (within := next(run.iterancestors(_PARAGRAPH), paragraph)) is not begun:  # a text box begins, or ends
                parts.append("\n")
                begun = within
            parts += [_run_text(node) for node in run]
    return "".join(parts)


def _switched_off(node: Any) -> bool:
    return (node.get(f"{_W}val") or "") in ("0", "false", "off")


def _run_text(node: Any) -> str:
    if node.tag in (f"{_W}t", f"{_MATH}t"):
        return node.text or ""
    if node.tag in (f"{_W}tab", f"{_W}ptab"):
        return "\t"
    if node.tag == _SYMBOL:
        return _SYMBOLS.get((node.get(f"{_W}char") or "")[-2:].upper(), "") if _is_pictures(node) else ""
    if node.tag == f"{_W}pict":
        return " ".join(one.get("string") or "" for one in node.iter(_WORD_ART))
    if node.tag == _FORM_FIELD and (box := node.find(f"{_W}ffData/{_W}checkBox")) is not None:
        return _ticked(box)
    if node.tag in (f"{_W}br", f"{_W}cr") and not _is_page_break(node):
        return "\n"
    return "-" if node.tag == f"{_W}noBreakHyphen" else ""


def _is_pictures(symbol: Any) -> bool:
    return (symbol.get(f"{_W}font") or "").startswith("Wingdings")


def _ticked(box: Any) -> str:
    """A box of a form as people print it."""
    stated = [one for name in ("checked", "default") if (one := box.find(f"{_W}{name}")) is not None]
    return "☒ " if stated and not _switched_off(stated[0]) else "☐ "


def _rows(table: Any, styles: Styles, depth: int = 0) -> Iterator[list[str]]:
    """A table inside a cell is read in its place."""
    rows: list[list[tuple[str, int, int]]] = []
    begun: dict[int, tuple[int, int]] = {}  # by column: row and place of the field that goes on below
    for number, row in enumerate(_inner(table, _ROW)):
        rows.append([("", row.grid_before, 1)] if row.grid_before else [])
        column = row.grid_before
        for cell in _inner(row, _CELL):
            if cell.vMerge == "continue" and column in begun:
                above, place = begun[column]
                said, across, _ = rows[above][place]
                rows[above][place] = said, across, number - above + 1
            else:
                begun[column] = number, len(rows[-1])
                rows[-1].append((one_line(_cell(cell, styles, depth)), cell.grid_span, 1))
            column += cell.grid_span
    return spread(rows)


def _cell(cell: Any, styles: Styles, depth: int) -> str:
    if depth > _MAX_NESTING:
        raise Quarantined("DAMAGED")
    parts: list[str] = []
    for child in _inner(cell, _PARAGRAPH, _TABLE):
        if child.tag == _TABLE:
            parts += ["; ".join(cells) for cells in _rows(child, styles, depth + 1)]
        else:
            text, item = _visible_text(child, styles), styles.item(child)
            parts.append(f"{item.strip('-')} {text}" if text.strip() else "")
    return " ".join(part for part in parts if part.strip())


def _margins(document: Any, styles: Styles) -> Iterable[Block]:
    """Headers and footers, each text once."""
    seen: list[str] = []
    for section in document.sections:
        kinds = ("header", "first_page_header", "even_page_header", "footer", "first_page_footer", "even_page_footer")
        for part in (getattr(section, kind) for kind in kinds):
            if not part.is_linked_to_previous:
                seen += [_visible_text(node, styles) for node in part._element.iter(f"{_W}p")]
    return margin_blocks(seen)


READER = DocxReader()
