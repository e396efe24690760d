"""Where in its document a passage stands, in a person's words."""

from __future__ import annotations

from ingest.readers.kinds import SHEETS
from policies.vocabulary import Chunk, Document


def spot(document: Document, chunk: Chunk) -> str:
    """`page 3`, `page 3, rows 2–7`, `sheet Q1, rows 12–18` or `at 00:03:12`: workbooks and recordings have no pages
    that anybody could turn to."""
    if chunk.heading and document.media_type.startswith("audio/"):
        return f"at {chunk.heading[0]}"
    sheet = chunk.heading[0] if chunk.heading and document.media_type in SHEETS else ""
    page = f"sheet {sheet}" if sheet else f"page {chunk.page}"
    return f"{page}, {rows}" if (rows := in_words(chunk.rows)) else page


def in_words(rows: tuple[int, int] | None) -> str:
    """`rows 12–18`, `row 12`; nothing for none."""
    if rows is None:
        return ""
    first, last = rows
    return f"row {first:,}" if first == last else f"rows {first:,}–{last:,}"
