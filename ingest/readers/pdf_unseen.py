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
from ingest.readers.pdf_layout import Line
from ingest.readers.pdf_letters import Boxes, Letters
from ingest.readers.pdf_pages import (
    AS_IT_IS,
    IMAGE,
    PATH,
    PICTURE_SHARE,
    TEXT,
    Bounds,
    bounded,
    drawn,
    largest_image,
)

_MAX_OBJECTS = 2_000
_SMALLEST = 1.2  # points
_NO_INK = raw.FPDF_TEXTRENDERMODE_INVISIBLE
_LEAST_BOX = 3.0  # points across and down: a line through a word hides nothing
_LARGEST = 0.5  # of the page: what is larger is its ground
_BOX_PIECES = range(4, 7)
_LAYER = "OC\0".encode("utf-16-le")
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

    def hides(self, line: Line, index: int) -> bool:
        """Whether nobody sees a line, told by the letter that it begins with."""
        letters = self._letters
        if not (line.top < 1 and line.bottom > 0 and line.lefts[0] < letters.width) or self._is_beside(line, index):
            return True
        ink = letters.ink(index)
        if ink[3] == 0 or letters.mode(index) == _NO_INK:
            return not self._is_pictured()
        return letters.is_white(ink) and self._is_on_bare_paper(index)

    def _is_beside(self, line: Line, index: int) -> bool:
        """Left of the paper, or too small to be read."""
        small = 0 < (line.bottom - line.top) * line.height < _SMALLEST
        return small or (line.lefts[0] < 0 and self._letters.sides(index)[1] < 0)

    def _is_pictured(self) -> bool:
        if self._pictured is None:
            self._pictured = largest_image(self._page) >= PICTURE_SHARE
        return self._pictured

    def _is_on_bare_paper(self, index: int) -> bool:
        """Nothing is drawn where a white letter stands."""
        x, y = self._letters.middle(index)
        drawn_here = ((item, outer) for item, kind, outer in self._letters.items if kind in (PATH, IMAGE))
        for place, (_, (west, south, east, north), _) in enumerate(bounded(drawn_here)):
            if place >= _MAX_OBJECTS:
                return False
            if west <= x <= east and south <= y <= north:
                return False
        return True


def uncover(page: Any, letters: Letters, *, layers: bool) -> bool:
    """Blank the letters that something lies over, and those of a layer that is switched off; whether there were
    some."""
    covers, order = _covers(page, letters) if letters.told else ([], {})
    switched = _switched(letters) if layers else set()
    if not covers and not switched:
        return False
    boxes = letters.boxes
    across, up = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    doubtful = numpy.zeros(len(boxes), bool)
    if switched:
        doubtful[:] = [
            letter.isalnum() and letters.drawing(place) in switched for place, letter in enumerate(letters.text)
        ]
    for place, (left, bottom, right, top), dark in covers:
        for index in numpy.flatnonzero((left < across) & (across < right) & (bottom < up) & (up < top) & ~doubtful):
            before = order.get(letters.drawing(int(index)), place) < place
            doubtful[index] = before or (dark and max(letters.ink(int(index))[:3]) < _DARK)
    if doubtful.any():
        _see(letters.text, doubtful, _even(page, boxes, doubtful))
        letters.text = "".join(" " if hidden else letter for letter, hidden in zip(letters.text, doubtful, strict=True))
    return bool(doubtful.any())


def _switched(letters: Letters) -> set[int]:
    """The words that stand in a layer, or in a form, which does not tell whether it does."""
    words = ((item, outer) for item, kind, outer in letters.items if kind == TEXT)
    return {item for item, outer in words if outer is not AS_IT_IS or _is_in_layer(item)}


def _is_in_layer(item: int) -> bool:
    name, length = ctypes.create_string_buffer(8), ctypes.c_ulong()
    for place in range(calls.marks(item)):
        mark = calls.mark(item, place)
        calls.mark_name(mark, ctypes.addressof(name), len(name), ctypes.addressof(length))
        if name.raw[: length.value] == _LAYER:
            return True
    return False


def _covers(page: Any, letters: Letters) -> tuple[list[Cover], dict[int, int]]:
    """Filled boxes that come after words, and dark ones wherever they come; and the places of the words in the order of
    drawing."""
    kinds = [kind for _, kind, _ in letters.items]
    if PATH not in kinds or TEXT not in kinds:
        return [], {}
    first = kinds.index(TEXT)
    width, height = page.get_size()
    modes, colour = (ctypes.c_int * 2)(), (ctypes.c_uint * 4)()
    mode_places, colour_places = calls.places(modes), calls.places(colour)
    covers: list[Cover] = []
    paths = [place for place, kind in enumerate(kinds) if kind == PATH]
    for place, (item, bounds, _) in zip(paths, letters.paths, strict=True):
        across, up = bounds[2] - bounds[0], bounds[3] - bounds[1]
        if min(across, up) < _LEAST_BOX or across * up > _LARGEST * width * height or len(covers) > _MAX_OBJECTS:
            continue
        calls.object_colour(item, *colour_places)
        dark = max(colour[:3]) < _DARK
        if (place < first and not dark) or calls.segments(item) not in _BOX_PIECES:
            continue
        calls.draw_mode(item, *mode_places)
        if modes[0] and not calls.has_transparency(item):
            covers.append((place, bounds, dark))
    words = [place for place, kind in enumerate(kinds) if kind == TEXT]
    covers = _over_words(covers, letters, words)
    return covers, {letters.items[place][0]: place for place in words} if covers else {}


def _over_words(covers: list[Cover], letters: Letters, words: list[int]) -> list[Cover]:
    """Those in which the middle of a letter may lie that was drawn before, or of any where the box is dark: few, where
    every other row of a table is shaded."""
    if not covers:
        return []
    spots = numpy.array(
        [box for _, box, _ in bounded((letters.items[place][0], letters.items[place][2]) for place in words)]
    )
    rim = numpy.minimum(spots[:, 2] - spots[:, 0], spots[:, 3] - spots[:, 1]) / 4
    west, south, east, north = spots[:, 0] + rim, spots[:, 1] + rim, spots[:, 2] - rim, spots[:, 3] - rim
    order = numpy.array(words)

    def is_over(cover: Cover) -> bool:
        place, (left, bottom, right, top), dark = cover
        within = (west < right) & (left < east) & (south < top) & (bottom < north)
        return bool((within & (dark | (order < place))).any())

    return list(filter(is_over, covers))


def _see(text: str, doubtful: Mask, even: Mask) -> None:
    """A word of which one letter shows is seen: a stop would not show anywhere, and goes with the rest of its word."""
    for word in _WORD.finditer(text):
        here = slice(*word.span())
        places = [place for place, letter in enumerate(word[0], word.start()) if letter.isalnum()]
        if any(doubtful[place] and not even[place] for place in places):
            doubtful[here] = False
        elif places and doubtful[places].all():
            doubtful[here] = True


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
