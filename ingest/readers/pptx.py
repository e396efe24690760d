"""Slides: a page each, with its title as heading, texts in reading order, tables, charts, notes and comments.

A slide that is passed over in the show is read and flagged: whoever opens the file sees it in the list.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

import pptx

from ingest.readers.base import Block, BlockKind, Flag, RawText
from ingest.readers.bounds import check_pages, open_package
from ingest.readers.drawings import Drawings, drawn_lines, shows_words
from ingest.readers.kinds import PPTX
from ingest.readers.office import Parts, core_date, office_flags, office_properties, without_programs
from ingest.readers.office_math import spell_out
from ingest.readers.office_parts import held
from ingest.readers.outline import comment, margin_blocks, one_line, table_block, text_blocks
from ingest.readers.spans import Field, spread
from ingest.readers.xmltree import local, words

_FOOTERS = frozenset({13, 15, 16})  # placeholders: slide number, footer, date
_GROUP = 6
_ALTERNATIVES, _CHOICE = (
    f"{{http://schemas.openxmlformats.org/markup-compatibility/2006}}{name}" for name in ("AlternateContent", "Choice")
)
_ABOUT = "{http://schemas.openxmlformats.org/presentationml/2006/main}cNvPr"
_MAX_NESTING = 8


class PptxReader:
    media_types = (PPTX,)

    def read(self, data: bytes, name: str) -> RawText:
        with open_package(data) as package:
            parts = Parts(package)
            properties, flags = office_properties(parts), office_flags(package)
            deck = pptx.Presentation(io.BytesIO(without_programs(data, package)))
            check_pages(len(deck.slides))
            blocks: list[Block] = []
            for number, slide in enumerate(deck.slides, start=1):
                blocks += _slide(slide, number, parts)
            blocks += margin_blocks(_behind(deck.slides))
            hidden = any(_hides(slide._element) for slide in deck.slides)
            members = held(parts, filter(shows_words, blocks), len(data))
        first = next((block.text for block in blocks if block.kind is BlockKind.HEADING), "")
        return RawText(
            title=one_line(properties.get("title", "")) or first or PurePath(name).stem,
            media_type=PPTX,
            blocks=tuple(blocks),
            pages=max(1, len(deck.slides)),
            dated=core_date(properties),
            properties=properties,
            members=members,
            flags=(*flags, *([Flag.HIDDEN_TEXT] if hidden else [])),
        )


def _slide(slide: Any, number: int, parts: Parts) -> list[Block]:
    _unwrap(slide._element)
    spell_out(slide._element)
    part = str(slide.part.partname).lstrip("/")
    titled, drawings = slide.shapes.title, Drawings(parts, part)
    title = " ".join(_lines(titled)) if titled is not None and titled.has_text_frame else ""
    heading = (title,) if title else ()
    blocks = [Block(text=title, page=number, heading=heading, kind=BlockKind.HEADING)] if title else []
    for shape in _shapes(slide.shapes):
        if titled is None or shape.shape_id != titled.shape_id:
            blocks += _shape(shape, number, heading)
            blocks += drawings.blocks(shape._element, number, heading)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        notes = slide.notes_slide.notes_text_frame.text
        blocks += text_blocks([f"Notes: {notes}"] if notes.strip() else [], number, heading)
    return blocks + text_blocks(_comments(parts, part), number, heading)


def _behind(slides: Any) -> Iterator[str]:
    """What layouts and masters draw on every slide. Of a placeholder there the slide has its own."""
    layouts = {slide.slide_layout.part.partname: slide.slide_layout for slide in slides}
    masters = {one.slide_master.part.partname: one.slide_master for one in layouts.values()}
    for behind in (*layouts.values(), *masters.values()):
        for shape in _shapes(behind.shapes):
            if shape.has_text_frame and not shape.is_placeholder:
                yield " ".join(_lines(shape))


def _unwrap(slide: Any) -> None:
    """Of shapes that old programs do not know the file holds a second form: the first is read, in its place."""
    for node in list(slide.iter(_ALTERNATIVES)):
        parent, choice = node.getparent(), node.find(_CHOICE)
        place = parent.index(node)
        parent[place : place + 1] = list(choice) if choice is not None else []


def _shapes(shapes: Any, depth: int = 0) -> Iterator[Any]:
    """Every shape from top to bottom; those of a group together, in its place."""
    for shape in sorted(shapes, key=lambda shape: (shape.top or 0, shape.left or 0)):
        if _is_hidden(next(shape._element.iter(_ABOUT))):
            continue
        if shape.shape_type == _GROUP and depth < _MAX_NESTING:
            yield from _shapes(shape.shapes, depth + 1)
        else:
            yield shape


def _hides(slide: Any) -> bool:
    """Whether it is passed over in the show, or words on it are not shown."""
    unseen = (one.getparent().getparent() for one in slide.iter(_ABOUT) if _is_hidden(one))
    return slide.get("show") in ("0", "false") or any(words(shape).strip() for shape in unseen)


def _is_hidden(about: Any) -> bool:
    return about.get("hidden") in ("1", "true")


def _shape(shape: Any, number: int, heading: tuple[str, ...]) -> list[Block]:
    if getattr(shape, "has_table", False) and shape.has_table:
        return table_block(spread(_fields(row) for row in shape.table.rows), number, heading)
    if not shape.has_text_frame:
        return []
    text = "\n".join(_lines(shape))
    if shape.is_placeholder and shape.placeholder_format.type in _FOOTERS:
        return [Block(text=one_line(text), page=number, kind=BlockKind.MARGIN)] if text else []
    return text_blocks([text], number, heading)


def _lines(shape: Any) -> list[str]:
    return drawn_lines(one._p for one in shape.text_frame.paragraphs)


def _comments(parts: Parts, slide: str) -> Iterator[str]:
    """Remarks and answers to them, in the older form and in the one of today."""
    lists = (parts.tree(part) for part in ("ppt/commentAuthors.xml", "ppt/authors.xml"))
    people = {node.get("id"): node.get("name") or "" for root in lists if root is not None for node in root}
    for part in parts.related(slide):
        root = parts.tree(part.target) if part.kind == "comments" else None
        for node in root.iter() if root is not None else ():
            if local(node) in ("cm", "reply"):
                said = " ".join(words(one) for one in node if local(one) in ("text", "txBody"))
                yield comment(said, people.get(node.get("authorId"), ""), node.get("dt") or node.get("created") or "")


def _fields(row: Any) -> list[Field]:
    seen = (cell for cell in row.cells if not cell.is_spanned)
    return [(one_line(cell.text_frame.text), cell.span_width, cell.span_height) for cell in seen]


READER = PptxReader()
