"""Words from a picture of a page. The models are loaded once, in a process of their own, with one thread."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from statistics import median
from typing import Any, NamedTuple

from ingest.errors import Quarantined
from ingest.readers import picture
from ingest.readers.base import Block
from ingest.readers.identify import identify
from ingest.readers.kinds import PDF
from ingest.readers.outline import join_lines
from ingest.readers.pdf_pages import drawn, opened

SCALE = 2.0  # 144 dots an inch; 1.5 takes three quarters of the time and reads a clean letter as well, small print not
MIN_SCORE = 0.6
_PARAGRAPH_GAP = 0.45  # of a line's height, between two lines


class Piece(NamedTuple):
    """A run of words and where it stands, in dots of the picture, from above."""

    top: float
    bottom: float
    left: float
    text: str
    right: float


@cache
def load_engine() -> Any:
    """The recogniser. One thread: the process that holds it is forked for each file."""
    logging.disable(logging.INFO)
    from rapidocr import RapidOCR

    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )


def recognise_pages(data: bytes, pages: Sequence[int]) -> tuple[Block, ...]:
    """Text blocks of these pages of a PDF or a picture; a page on which nothing is recognised gives none."""
    engine = load_engine()
    blocks: list[Block] = []
    with book(data) as page:
        for number in pages:
            found = engine(page(number), use_cls=False)
            blocks += [Block(text=text, page=number) for text in _paragraphs(found)]
    return tuple(blocks)


@contextmanager
def book(data: bytes) -> Iterator[Callable[[int], Any]]:
    """What gives a page as rows of red, green and blue. Raises Quarantined(NO_PAGE) for one that is not there."""
    if identify(data, "") != PDF:
        with picture.opened(data) as image:
            yield lambda number: picture.pixels(image, number)
        return
    with opened(data) as document:

        def page(number: int) -> Any:
            if not 1 <= number <= len(document):
                raise Quarantined("NO_PAGE")
            return drawn(document[number - 1], SCALE)

        yield page


def _paragraphs(found: Any) -> list[str]:
    """Lines in reading order, joined where they stand close together."""
    lines = lines_of(found)
    height = _height(lines)
    parts: list[list[str]] = []
    below = float("-inf")
    for line in lines:
        if min(piece.top for piece in line) - below > _PARAGRAPH_GAP * height:
            parts.append([])
        parts[-1].append(" ".join(piece.text for piece in line))
        below = max(piece.bottom for piece in line)
    return [text for part in parts if (text := join_lines(part))]


def lines_of(found: Any) -> list[list[Piece]]:
    """What was recognised, from above. Pieces at the same height are one line, left to right."""
    if found.boxes is None or not len(found.boxes):
        return []
    pieces = [
        Piece(min(y for _, y in box), max(y for _, y in box), min(x for x, _ in box), text, max(x for x, _ in box))
        for box, text, score in zip(found.boxes.tolist(), found.txts, found.scores, strict=True)
        if score >= MIN_SCORE
    ]
    height = _height([pieces])
    rows: list[list[Piece]] = []
    for piece in sorted(pieces):
        if rows and piece.top - rows[-1][0].top < height * 0.5:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [sorted(row, key=lambda piece: piece.left) for row in rows]


def _height(lines: list[list[Piece]]) -> float:
    heights = [piece.bottom - piece.top for line in lines for piece in line]
    return median(heights) if heights else 0.0
