"""Where a quoted text stands on a page of a PDF, and that page drawn with it marked.

The quote is looked for by its letters and figures alone: white space, hyphens at line ends and the bars between the
cells of a table are drawn differently from how they are read. What is not found is not marked. A page that is a picture
has no letters to find: SCANNED, and `scan_marks` looks for them.
"""

from __future__ import annotations

import ctypes
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

import numpy
import pypdfium2.raw as raw

from ingest.errors import Quarantined
from ingest.readers.base import SCANNED
from ingest.readers.pdf_notes import with_notes
from ingest.readers.pdf_pages import PICTURE_SHARE, drawn, largest_image, opened, png

MOST_QUOTES = 16
LONGEST_QUOTE = 4_000
MOST_BOXES = 400
_LEAST = 8  # letters: a piece of a quote with fewer would be found anywhere
_WORD_GAP = 1.0  # of a line's height: the cells of a table stand further apart
_FINE = 100  # of a point: the library turns places into whole numbers
_MARKER = numpy.array([255, 226, 110], dtype=numpy.uint16)  # what white paper becomes
_EDGE = numpy.array([150, 100, 0], dtype=numpy.uint8)  # the line beneath, for whoever sees no colours

Box = tuple[float, float, float, float]


def marked_image(data: bytes, number: int, scale: float, quotes: Sequence[str]) -> bytes:
    """The page as a PNG with the quotes marked. Raises Quarantined like `page_image`."""
    with opened(data) as document:
        if not 1 <= number <= len(document):
            raise Quarantined("NO_PAGE")
        pixels = drawn(document[number - 1], scale)
        page, _ = with_notes(document, number - 1)  # words that were typed on it are quoted too
        across = pixels.shape[1] / max(1.0, page.get_size()[0])
        for box in boxes(page, quotes):
            mark(pixels, box, across)
        return png(pixels)


def boxes(page: Any, quotes: Sequence[str]) -> list[Box]:
    """Where quotes stand on a page, in points from its upper left corner. Raises Quarantined(SCANNED) when nothing is
    found and most that is seen is a picture."""
    textpage = page.get_textpage()
    try:
        letters, places = _letters(textpage)
        found: list[Box] = []
        for first, last in found_in(letters, quotes):
            begin, count = places[first], places[last] - places[first] + 1
            for place in range(min(textpage.count_rects(begin, count), LONGEST_QUOTE)):
                _add(found, _from_above(page, textpage.get_rect(place)))
        if quotes and not found and largest_image(page) >= PICTURE_SHARE:
            raise Quarantined(SCANNED)
        return found[:MOST_BOXES]
    finally:
        textpage.close()


def _add(found: list[Box], box: Box) -> None:
    """Letters and words that follow each other on a line share a box: some files draw each letter by itself."""
    if found:
        left, top, right, bottom = found[-1]
        shared = min(bottom, box[3]) - max(top, box[1])
        lower, higher = sorted((bottom - top, box[3] - box[1]))
        if shared > lower / 2 and -higher < box[0] - right < _WORD_GAP * higher:
            found[-1] = (min(left, box[0]), min(top, box[1]), max(right, box[2]), max(bottom, box[3]))
            return
    found.append(box)


def _letters(textpage: Any) -> tuple[str, list[int]]:
    """The page's letters and figures, and for each where its character is."""
    letters: list[str] = []
    places: list[int] = []
    for place in range(textpage.count_chars()):
        code = raw.FPDFText_GetUnicode(textpage, place)
        for letter in plain(chr(code)) if 0 < code < 0x110000 else "":
            letters.append(letter)
            places.append(place)
    return "".join(letters), places


def plain(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKD", text.casefold()) if char.isalnum())


def found_in(letters: str, quotes: Sequence[str]) -> Iterator[tuple[int, int]]:
    """First and last letter of each quote; of one that does not stand there as a whole, of each of its lines; of a line
    that does not, of each of its cells, which may have several lines of their own."""
    for quote in quotes[:MOST_QUOTES]:
        yield from _parts(letters, quote[:LONGEST_QUOTE], ("\n", " | "), 1)


def _parts(letters: str, text: str, marks: Sequence[str], least: int) -> Iterator[tuple[int, int]]:
    wanted = plain(text)
    at = letters.find(wanted) if len(wanted) >= least else -1
    if at >= 0:
        yield at, at + len(wanted) - 1
    elif marks:
        for part in text.split(marks[0]):
            yield from _parts(letters, part, marks[1:], _LEAST)


def _from_above(page: Any, sides: tuple[float, float, float, float]) -> Box:
    """A box of the page's own space, which may be turned or cut, as it is seen."""
    width, height = page.get_size()
    x, y = ctypes.c_int(), ctypes.c_int()
    corners = []
    for across, up in ((sides[0], sides[3]), (sides[2], sides[1])):
        size = (round(width * _FINE), round(height * _FINE))
        raw.FPDF_PageToDevice(page, 0, 0, *size, 0, across, up, ctypes.byref(x), ctypes.byref(y))
        corners.append((x.value / _FINE, y.value / _FINE))
    (a, b), (c, d) = corners
    return min(a, c), min(b, d), max(a, c), max(b, d)


def mark(pixels: numpy.ndarray[Any, numpy.dtype[numpy.uint8]], box: Box, scale: float) -> None:
    """Colour the paper beneath the letters, which stay as dark as they are, and draw a line under them."""
    height, width = pixels.shape[:2]
    left, top, right, bottom = (round(side * scale) for side in box)
    left, right = max(0, left - 1), min(width, right + 1)
    top, bottom = max(0, top - 1), min(height, bottom + 2)
    if left < right and top < bottom:
        area = pixels[top:bottom, left:right]
        area[:] = (area.astype(numpy.uint16) * _MARKER // 255).astype(numpy.uint8)
        line = pixels[max(top, bottom - 2) : bottom, left:right]
        line[:] = numpy.minimum(line, _EDGE)
