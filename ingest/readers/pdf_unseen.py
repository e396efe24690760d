"""Words of a PDF page that nobody sees: drawn in no ink, in white on white, too small, beside the paper, or under a box
that was drawn over them later, as when somebody blackens a name. A layer of words under the picture of a page is seen:
it says what the picture shows."""

from __future__ import annotations

import ctypes
import re
from typing import Any

import numpy
import pypdfium2.raw as raw

from ingest.readers import pdf_calls as calls
from ingest.readers.pdf_letters import Boxes, Letters
from ingest.readers.pdf_pages import IMAGE, PATH, PICTURE_SHARE, TEXT, Bounds, drawn, largest_image, objects

_MAX_DEPTH = 4
_MAX_OBJECTS = 2_000
_MAX_DRAWN = 20_000
_SMALLEST = 1.2  # points
_NO_INK = raw.FPDF_TEXTRENDERMODE_INVISIBLE
_LEAST_BOX = 3.0  # points across and down: a line through a word hides nothing
_LARGEST = 0.5  # of the page: what is larger is its ground
_BOX_PIECES = range(4, 7)
_SCALE = 2.0  # dots a point, to look whether letters show
_WORD = re.compile(r"\S+")
_DARK = 60  # of 255
_EVEN = 24  # of 255: where letters show, dots differ by more
Cover = tuple[int, Bounds, bool]  # its place in the order of drawing, and whether it is dark
Mask = numpy.ndarray[Any, numpy.dtype[numpy.bool_]]


class Unseen:
    """Tells it of one page; what it had to look at once is kept."""

    def __init__(self, page: Any, letters: Letters) -> None:
        self._page, self._letters = page, letters
        self._pictured: bool | None = None

    def hides(self, index: int) -> bool:
        """Whether nobody sees a letter, and so its line."""
        letters = self._letters
        bottom, top = letters.heights(index)
        left, right = letters.sides(index)
        if 0 < top - bottom < _SMALLEST or not (bottom < letters.height and top > 0 < right and left < letters.width):
            return True
        ink = letters.ink(index)
        if ink[3] == 0 or letters.mode(index) == _NO_INK:
            return not self._is_pictured()
        return letters.is_white(ink) and self._is_on_bare_paper(index)

    def _is_pictured(self) -> bool:
        if self._pictured is None:
            self._pictured = largest_image(self._page) >= PICTURE_SHARE
        return self._pictured

    def _is_on_bare_paper(self, index: int) -> bool:
        """Nothing is drawn where a white letter stands."""
        x, y = self._letters.middle(index)
        for place, (_, (west, south, east, north), _) in enumerate(objects(self._page, PATH, IMAGE, depth=_MAX_DEPTH)):
            if place >= _MAX_OBJECTS:
                return False
            if west <= x <= east and south <= y <= north:
                return False
        return True


def uncover(page: Any, letters: Letters) -> bool:
    """Blank the letters that something lies over; whether there were some."""
    covers, order = _covers(page) if letters.told else ([], {})
    if not covers:
        return False
    boxes = letters.boxes()
    across, up = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    doubtful = numpy.zeros(len(boxes), bool)
    for place, (left, bottom, right, top), dark in covers:
        for index in numpy.flatnonzero((left < across) & (across < right) & (bottom < up) & (up < top) & ~doubtful):
            before = order.get(letters.drawing(int(index)), place) < place
            doubtful[index] = before or (dark and max(letters.ink(int(index))[:3]) < _DARK)
    if doubtful.any():
        _see(letters.text, doubtful, _even(page, boxes, doubtful))
        letters.text = "".join(" " if hidden else letter for letter, hidden in zip(letters.text, doubtful, strict=True))
    return bool(doubtful.any())


def _covers(page: Any) -> tuple[list[Cover], dict[int, int]]:
    """Filled boxes that come after words, and dark ones wherever they come; and the places of the words in the order of
    drawing."""
    covers: list[Cover] = []
    width, height = page.get_size()
    order: dict[int, int] = {}
    for place, (item, bounds, _) in enumerate(objects(page, PATH, TEXT, depth=_MAX_DEPTH)):
        if place > _MAX_DRAWN or len(covers) > _MAX_OBJECTS:
            return [], {}
        if calls.object_kind(item) == TEXT:
            order[item] = place
        elif _could_hide(bounds[2] - bounds[0], bounds[3] - bounds[1], width * height) and _is_solid(item):
            dark = _is_dark(item)
            covers += [(place, bounds, dark)] if order or dark else []
    return covers, order


def _could_hide(across: float, up: float, paper: float) -> bool:
    return min(across, up) >= _LEAST_BOX and across * up < _LARGEST * paper


def _is_dark(path: int) -> bool:
    colour = (ctypes.c_uint * 4)()
    return bool(calls.object_colour(path, *calls.places(colour))) and max(colour[:3]) < _DARK


def _is_solid(path: int) -> bool:
    modes = (ctypes.c_int * 2)()
    calls.draw_mode(path, *calls.places(modes))
    return bool(modes[0]) and calls.segments(path) in _BOX_PIECES and not calls.has_transparency(path)


def _see(text: str, doubtful: Mask, even: Mask) -> None:
    """A word of which one letter shows is seen: a stop would not show anywhere."""
    for word in _WORD.finditer(text):
        here = slice(*word.span())
        if any(
            hidden and not flat and letter.isalnum()
            for letter, hidden, flat in zip(word[0], doubtful[here], even[here], strict=True)
        ):
            doubtful[here] = False


def _even(page: Any, boxes: Boxes, wanted: Mask) -> Mask:
    """Where the drawn page shows nothing that could be a letter."""
    pixels = drawn(page, _SCALE).astype(numpy.int16)
    height, width = pixels.shape[:2]
    across, down = width / max(1.0, page.get_width()), height / max(1.0, page.get_height())
    found = numpy.zeros(len(boxes), bool)
    for index in numpy.flatnonzero(wanted):
        left, top, right, bottom = _from_above(page, boxes[index])
        area = pixels[int(top * down) : int(bottom * down) + 1, int(left * across) : int(right * across) + 1]
        found[index] = area.size > 0 and int(numpy.ptp(area, axis=(0, 1)).max()) < _EVEN
    return found


def _from_above(page: Any, box: Any) -> tuple[float, float, float, float]:
    """A box of the page's own space as it is seen, which may be turned or cut; without its rim."""
    left, bottom, right, top = page.get_bbox()
    turns = page.get_rotation() // 90
    rim_x, rim_y = (box[2] - box[0]) / 4, (box[1] - box[3]) / 4
    xs, ys = (box[0] + rim_x - left, box[2] - rim_x - left), (box[3] + rim_y - bottom, box[1] - rim_y - bottom)
    width, height = right - left, top - bottom
    corners = [((x, height - y), (y, x), (width - x, y), (height - y, width - x))[turns] for x in xs for y in ys]
    return (
        min(x for x, _ in corners),
        min(y for _, y in corners),
        max(x for x, _ in corners),
        max(y for _, y in corners),
    )
