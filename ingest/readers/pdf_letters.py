"""The letters of a PDF page: what they say, where they stand, how they look. Asked of the library without its wrappers:
this is the inner loop."""

from __future__ import annotations

import ctypes
import re
from typing import Any

import numpy

from ingest.readers import pdf_calls as calls

_WHITE = 250
_BOLD = 600
_FORCE_BOLD = 1 << 18
_BOLD_NAME = re.compile(rb"bold|black", re.I)
_LONGEST_NAME = 128
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
        self._sides, self._loose = (ctypes.c_double * 4)(), (ctypes.c_float * 4)()
        self._side_places, self._loose_place = calls.places(self._sides), ctypes.addressof(self._loose)
        self._colour = (ctypes.c_uint * 4)()
        self._colour_places = calls.places(self._colour)
        self._font, self._flags = ctypes.create_string_buffer(_LONGEST_NAME), ctypes.c_int()
        self._font_place, self._flags_place = ctypes.addressof(self._font), ctypes.addressof(self._flags)

    def close(self) -> None:
        self._textpage.close()

    def sides(self, index: int) -> tuple[float, float]:
        """Left and right of a letter."""
        calls.char_box(self._page, index, *self._side_places)
        return self._sides[0], self._sides[1]

    def heights(self, index: int) -> tuple[float, float]:
        """Bottom and top of a letter's line, the same for small and large letters."""
        calls.loose_box(self._page, index, self._loose_place)
        return self._loose[3], self._loose[1]  # left, top, right, bottom

    def boxes(self) -> Boxes:
        """Left, top, right and bottom of every letter, as high as its line; in the page's space, where up is more."""
        found = numpy.zeros((len(self.text), 4), numpy.float32)
        begin, size = found.ctypes.data, found.strides[0]
        for place in range(len(found)):
            calls.loose_box(self._page, place, begin + place * size)
        return found.astype(numpy.float64)

    def white(self, index: int) -> bool:
        """Whether a letter is filled with white."""
        calls.fill_colour(self._page, index, *self._colour_places)
        return min(self._colour[:3]) >= _WHITE

    def bold(self, index: int) -> bool:
        self._flags.value = 0
        length = calls.font_info(self._page, index, self._font_place, _LONGEST_NAME, self._flags_place)
        named = _BOLD_NAME.search(self._font.value) if 0 < length <= _LONGEST_NAME else None
        return bool(named or self._flags.value & _FORCE_BOLD or calls.font_weight(self._page, index) >= _BOLD)
