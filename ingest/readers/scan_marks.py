"""Where a quoted text stands on a page that is a picture, and that page with it marked: the words are recognised again.

Nothing of it is kept: boxes of every line of every scan would cost more than a moment's wait for the page that somebody
opens. How far into a line a quote begins is reckoned by its letters.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy
from PIL import Image

from ingest.readers.identify import identify
from ingest.readers.kinds import PDF
from ingest.readers.ocr import SCALE, Piece, book, lines_of, load_engine
from ingest.readers.pdf_marks import MOST_BOXES, Box, found_in, mark, plain
from ingest.readers.pdf_pages import png

Pixels = numpy.ndarray[tuple[int, ...], numpy.dtype[numpy.uint8]]


def marked_image(data: bytes, number: int, scale: float, quotes: Sequence[str]) -> bytes:
    """The page as a PNG of at most `scale` times its size with the quotes marked. Raises Quarantined as that
    of `pdf_pages` does."""
    pixels, boxes = _looked_at(data, number, quotes)
    for box in boxes:
        mark(pixels, box, 1.0)
    image = Image.fromarray(pixels)
    share = scale / _dots(data)
    image.thumbnail((max(1, round(image.width * share)), max(1, round(image.height * share))))
    return png(numpy.asarray(image, dtype=numpy.uint8))


def _dots(data: bytes) -> float:
    """Dots of the recognised picture a point."""
    return SCALE if identify(data, "") == PDF else 1.0


def _looked_at(data: bytes, number: int, quotes: Sequence[str]) -> tuple[Pixels, list[Box]]:
    with book(data) as page:
        pixels: Pixels = numpy.array(page(number), dtype=numpy.uint8)
        lines = lines_of(load_engine()(pixels, use_cls=False))
    return pixels, _boxes([piece for line in lines for piece in line], quotes)


def _boxes(pieces: Sequence[Piece], quotes: Sequence[str]) -> list[Box]:
    spoken = [plain(piece.text) for piece in pieces]
    found: list[Box] = []
    for first, last in found_in("".join(spoken), quotes):
        begin = 0
        for piece, letters in zip(pieces, spoken, strict=True):
            left, right = max(first - begin, 0), min(last + 1 - begin, len(letters))
            if left < right:
                step = (piece.right - piece.left) / len(letters)
                found.append((piece.left + left * step, piece.top, piece.left + right * step, piece.bottom))
            begin += len(letters)
    return found[:MOST_BOXES]
