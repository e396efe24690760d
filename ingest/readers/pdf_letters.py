"""The letters of a PDF page: what they say, where they stand, how they look. Asked of the library without its wrappers:
this is the inner loop."""

from __future__ import annotations

import ctypes
import re
from typing import Any

import numpy
import pypdfium2.raw as raw

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
        self._page = self._textpage.raw
        count = self._textpage.count_chars()
        self.text: str = self._textpage.get_text_range(0, count) if count > 0 else ""
        self.told = len(self.text) == count
        self._sides = [ctypes.c_double() for _ in range(4)]
        self._refs = [ctypes.byref(side) for side in self._sides]
        self._loose = raw.FS_RECTF()
        self._font, self._flags = ctypes.create_string_buffer(_LONGEST_NAME), ctypes.c_int()
        self._colour = [ctypes.c_uint() for _ in range(3)]
        self._colour_refs = [*(ctypes.byref(part) for part in self._colour), ctypes.byref(ctypes.c_uint())]

    def close(self) -> None:
        self._textpage.close()

    def sides(self, index: int) -> tuple[float, float]:
        """Left and right of a letter."""
        left, right, bottom, top = self._refs
        raw.FPDFText_GetCharBox(self._page, index, left, right, bottom, top)
        return self._sides[0].value, self._sides[1].value

    def heights(self, index: int) -> tuple[float, float]:
        """Bottom and top of a letter's line, the same for small and large letters."""
        raw.FPDFText_GetLooseCharBox(self._page, index, self._loose)
        return self._loose.bottom, self._loose.top

    def boxes(self) -> Boxes:
        """Left, top, right and bottom of every letter, as high as its line; in the page's space, where up is more."""
        found = (raw.FS_RECTF * len(self.text))()
        get, page = raw.FPDFText_GetLooseCharBox, self._page
        for place in range(len(self.text)):
            get(page, place, found[place])
        return numpy.frombuffer(found, numpy.float32).reshape(-1, 4).astype(numpy.float64)

    def white(self, index: int) -> bool:
        """Whether a letter is filled with white."""
        raw.FPDFText_GetFillColor(self._page, index, *self._colour_refs)
        return all(part.value >= _WHITE for part in self._colour)

    def bold(self, index: int) -> bool:
        self._flags.value = 0
        length = raw.FPDFText_GetFontInfo(self._page, index, self._font, _LONGEST_NAME, self._flags)
        named = _BOLD_NAME.search(self._font.value) if 0 < length <= _LONGEST_NAME else None
        if named or self._flags.value & _FORCE_BOLD:
            return True
        return bool(raw.FPDFText_GetFontWeight(self._page, index) >= _BOLD)
