"""Slides: a page each, with its title as heading, texts in reading order, tables, and the speaker's notes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

import pptx

from ingest.readers.base import Block, BlockKind, RawText
from ingest.readers.bounds import check_pages, open_package
from ingest.readers.kinds import PPTX
from ingest.readers.office import core_date, office_flags, office_properties, without_programs
from ingest.readers.office_parts import held
from ingest.readers.outline import one_line, table_block, text_blocks
from ingest.readers.spans import Field, spread

_FOOTERS = frozenset({13, 15, 16})  # placeholders: slide number, footer, date
_GROUP = 6
_MAX_NESTING = 8


class PptxReader:
    media_types = (PPTX,)

    def read(self, data: bytes, name: str) -> RawText:
        with open_package(data) as package:
            properties, flags = office_properties(package), office_flags(package)
            deck = pptx.Presentation(io.BytesIO(without_programs(data, package)))
            check_pages(len(deck.slides))
            blocks: list[Block] = []
            for number, slide in enumerate(deck.slides, start=1):
                blocks += _slide(slide, number)
            members = held(package, blocks, len(data))
        first = next((block.text for block in blocks if block.kind is BlockKind.HEADING), "")
        return RawText(
            title=one_line(properties.get("title", "")) or first or PurePath(name).stem,
            media_type=PPTX,
            blocks=tuple(blocks),
            pages=max(1, len(deck.slides)),
            dated=core_date(properties),
            properties=properties,
            members=members,
            flags=flags,
        )


def _slide(slide: Any, number: int) -> list[Block]:
    titled = slide.shapes.title
    title = one_line(titled.text_frame.text) if titled is not None and titled.has_text_frame else ""
    heading = (title,) if title else ()
    blocks = [Block(text=title, page=number, heading=heading, kind=BlockKind.HEADING)] if title else []
    for shape in sorted(_shapes(slide.shapes), key=lambda shape: (shape.top or 0, shape.left or 0)):
        if titled is None or shape.shape_id != titled.shape_id:
            blocks += _shape(shape, number, heading)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        notes = slide.notes_slide.notes_text_frame.text
        blocks += text_blocks([f"Notes: {notes}"] if notes.strip() else [], number, heading)
    return blocks


def _shapes(shapes: Any, depth: int = 0) -> Iterator[Any]:
    """Every shape, those inside groups too."""
    for shape in shapes:
        if shape.shape_type == _GROUP and depth < _MAX_NESTING:
            yield from _shapes(shape.shapes, depth + 1)
        else:
            yield shape


def _shape(shape: Any, number: int, heading: tuple[str, ...]) -> list[Block]:
    if getattr(shape, "has_table", False) and shape.has_table:
        return table_block(spread(_fields(row) for row in shape.table.rows), number, heading)
    if not shape.has_text_frame:
        return []
    lines = [one_line("".join(run.text for run in line.runs)) for line in shape.text_frame.paragraphs]
    text = "\n".join(line for line in lines if line)
    if shape.is_placeholder and shape.placeholder_format.type in _FOOTERS:
        return [Block(text=one_line(text), page=number, kind=BlockKind.MARGIN)] if text else []
    return text_blocks([text], number, heading)


def _fields(row: Any) -> list[Field]:
    seen = (cell for cell in row.cells if not cell.is_spanned)
    return [(one_line(cell.text_frame.text), cell.span_width, cell.span_height) for cell in seen]


READER = PptxReader()
