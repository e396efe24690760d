"""The letters of a PDF page: what they say, where they stand, how they look. Asked of the library without its wrappers:
this is the inner loop."""

from __future__ import annotations

import ctypes
import math
import re
from collections import Counter
from itertools import islice
from typing import Any

import numpy

from ingest.readers import pdf_calls as calls
from ingest.readers.pdf_pages import items

_WHITE = 250
_BOLD = 600
_FORCE_BOLD = 1 << 18
_BOLD_NAME = re.compile(rb"bold|black", re.I)
_LONGEST_NAME = 128
_MAX_DEPTH, _MAX_ITEMS = 4, 20_000
_LOOKED_AT = 24  # letters of a page, for their direction
Boxes = numpy.ndarray[Any, numpy.dtype[numpy.float64]]


class Letters:
    """`text` holds a character for each place; `told` is False where the library put some in or left some out, so that
    no place can be told."""

    def __init__(self, page: Any) -> None:
        self._textpage = page.get_textpage()
        self._page = calls.address(self._textpage.raw)
        count = self._textpage.count_chars()
        self.text: str = self._textpage.get_text_range(0, count) if count > 0 else ""
        self.told = len(self.text) == count
        self.items = list(islice(items(page, _MAX_DEPTH), _MAX_ITEMS))  # all that is drawn, in the order of drawing
        self._west, self._south, east, north = page.get_bbox()
        self._width, self._height = max(1.0, east - self._west), max(1.0, north - self._south)
        self._sides, self._loose = (ctypes.c_double * 4)(), (ctypes.c_float * 4)()
        self._side_places, self._loose_place = calls.places(self._sides), ctypes.addressof(self._loose)
        self._colour = (ctypes.c_uint * 4)()
        self._colour_places = calls.places(self._colour)
        self._font, self._flags = ctypes.create_string_buffer(_LONGEST_NAME), ctypes.c_int()
        self._font_place, self._flags_place = ctypes.addressof(self._font), ctypes.addressof(self._flags)
        self._turns = self._turned() if self.told else 0
        self._as_it_is = (self._turns, self._west, self._south) == (0, 0.0, 0.0)
        self.width, self.height = (self._width, self._height) if self._turns % 2 == 0 else (self._height, self._width)

    def close(self) -> None:
        self._textpage.close()

    def _turned(self) -> int:
        """How many quarters of a turn most letters are turned to the right."""
        turns = Counter(
            round(calls.char_angle(self._page, place) / (math.pi / 2)) % 4
            for place in range(0, len(self.text), max(1, len(self.text) // _LOOKED_AT))
            if not self.text[place].isspace()
        )
        return turns.most_common(1)[0][0] if turns else 0

    def upright(self, x: Any, y: Any) -> tuple[Any, Any]:
        """A point of the page's own space, on a page turned so that most letters stand upright, from its lower left."""
        if self._as_it_is:
            return x, y
        x, y = x - self._west, y - self._south
        return ((x, y), (self._height - y, x), (self._width - x, self._height - y), (y, self._width - x))[self._turns]

    def _box(self, left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
        (x, y), (u, v) = self.upright(left, bottom), self.upright(right, top)
        return min(x, u), min(y, v), max(x, u), max(y, v)

    def sides(self, index: int) -> tuple[float, float]:
        """Left and right of a letter, upright."""
        calls.char_box(self._page, index, *self._side_places)
        left, right, bottom, top = self._sides
        if not self._turns:
            return left - self._west, right - self._west
        return self._box(left, bottom, right, top)[::2]

    def heights(self, index: int) -> tuple[float, float]:
        """Bottom and top of a letter's line, upright, the same for small and large letters."""
        calls.loose_box(self._page, index, self._loose_place)
        left, top, right, bottom = self._loose
        if not self._turns:
            return bottom - self._south, top - self._south
        return self._box(left, bottom, right, top)[1::2]

    def middle(self, index: int) -> tuple[float, float]:
        """Of a letter, in the page's own space."""
        calls.loose_box(self._page, index, self._loose_place)
        left, top, right, bottom = self._loose
        return (left + right) / 2, (bottom + top) / 2

    def boxes(self) -> Boxes:
        """Left, top, right and bottom of every letter, as high as its line; in the page's own space, where up is
        more."""
        found = numpy.zeros((len(self.text), 4), numpy.float32)
        begin, size = found.ctypes.data, found.strides[0]
        for place in range(len(found)):
            calls.loose_box(self._page, place, begin + place * size)
        return found.astype(numpy.float64)

    def upright_boxes(self) -> Boxes:
        """As `boxes`, upright."""
        found = self.boxes()
        if not self._as_it_is and len(found):
            (x, y), (u, v) = self.upright(found[:, 0], found[:, 3]), self.upright(found[:, 2], found[:, 1])
            sides = numpy.minimum(x, u), numpy.maximum(y, v), numpy.maximum(x, u), numpy.minimum(y, v)
            found = numpy.stack(sides, axis=1)
        return found

    def drawing(self, index: int) -> int:
        """The address of what draws a letter; 0 for one that the library put in."""
        return calls.text_object(self._page, index) or 0

    def mode(self, index: int) -> int:
        """How a letter is drawn: filled, outlined, not at all."""
        drawing = self.drawing(index)
        return calls.render_mode(drawing) if drawing else 0

    def ink(self, index: int) -> tuple[int, ...]:
        """Red, green, blue and how far it covers, each of 255."""
        calls.fill_colour(self._page, index, *self._colour_places)
        return tuple(self._colour)

    @staticmethod
    def is_white(ink: tuple[int, ...]) -> bool:
        return min(ink[:3]) >= _WHITE

    def bold(self, index: int) -> bool:
        self._flags.value = 0
        length = calls.font_info(self._page, index, self._font_place, _LONGEST_NAME, self._flags_place)
        named = _BOLD_NAME.search(self._font.value) if 0 < length <= _LONGEST_NAME else None
        return bool(named or self._flags.value & _FORCE_BOLD or calls.font_weight(self._page, index) >= _BOLD)
