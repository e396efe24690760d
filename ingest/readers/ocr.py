"""Words from a picture of a page. The models are loaded once, in a process of their own, with one thread."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from statistics import median
from typing import Any

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
    with _book(data) as page:
        for number in pages:
            found = engine(page(number), use_cls=False)
            blocks += [Block(text=text, page=number) for text in _paragraphs(found)]
    return tuple(blocks)


@contextmanager
def _book(data: bytes) -> Iterator[Callable[[int], Any]]:
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
    if found.boxes is None or not len(found.boxes):
        return []
    pieces = [
        (min(y for _, y in box), max(y for _, y in box), min(x for x, _ in box), text)
        for box, text, score in zip(found.boxes, found.txts, found.scores, strict=True)
        if score >= MIN_SCORE
    ]
    if not pieces:
        return []
    height = median(bottom - top for top, bottom, _, _ in pieces)
    parts: list[list[str]] = []
    below = float("-inf")
    for top, bottom, text in _lines(sorted(pieces), height):
        if top - below > _PARAGRAPH_GAP * height:
            parts.append([])
        parts[-1].append(text)
        below = bottom
    return [text for part in parts if (text := join_lines(part))]


def _lines(pieces: list[tuple[float, float, float, str]], height: float) -> list[tuple[float, float, str]]:
    """Pieces at the same height are one line, left to right."""
    rows: list[list[tuple[float, float, float, str]]] = []
    for piece in pieces:
        if rows and piece[0] - rows[-1][0][0] < height * 0.5:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [
        (row[0][0], max(piece[1] for piece in row), " ".join(piece[3] for piece in sorted(row, key=lambda p: p[2])))
        for row in rows
    ]
