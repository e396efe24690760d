"""The letters of a PDF page: what they say, where they stand, how they look. Asked of the library without its wrappers:
this is the inner loop."""

from __future__ import annotations

import ctypes
import math
import re
import unicodedata
from collections import Counter, deque
from functools import cached_property
from itertools import compress, islice, repeat
from typing import Any

import numpy

from ingest.readers import pdf_calls as calls
from ingest.readers.pdf_pages import PATH, Path, bounded, items

_WHITE = 250
_BOLD = 600
_FORCE_BOLD = 1 << 18
_BOLD_NAME = re.compile(rb"bold|black", re.I)
_LONGEST_NAME = 128
_MAX_DEPTH, _MAX_ITEMS = 4, 20_000
_LOOKED_AT = 24  # letters of a page, for their direction and their font
_MAX_UNMAPPED = 0.3  # of a page's letters: with more it must be looked at
_LEAST_SMALL, _LEAST_VOWELS = 0.5, 0.25  # of letters, in words
_QUARTER = math.pi / 2
_ASKEW = 0.1  # of a quarter turn: scans lie no more askew
_VOWELS = frozenset("aeiouy")
Boxes = numpy.ndarray[Any, numpy.dtype[numpy.float64]]


class Letters:
    """`text` holds a character for each place; `told` is False where the library put some in or left some out, so that
    no place can be told. `garbled`: most of the page's letters were codes of a font that does not tell what they mean;
    those are blank."""

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
        self._matrix = (ctypes.c_float * 6)()
        self._colour = (ctypes.c_uint * 4)()
        self._colour_places = calls.places(self._colour)
        self._font, self._flags = ctypes.create_string_buffer(_LONGEST_NAME), ctypes.c_int()
        self._font_place, self._flags_place = ctypes.addressof(self._font), ctypes.addressof(self._flags)
        some = range(0, max(0, count), max(1, count // _LOOKED_AT))
        shown = [place for place in some if not (self.told and self.text[place].isspace())]
        self._turns = self._turned(shown) if self.told else 0
        self.garbled = self._blank_codes(shown, count)
        self._as_it_is = (self._turns, self._west, self._south) == (0, 0.0, 0.0)
        self.width, self.height = (self._width, self._height) if self._turns % 2 == 0 else (self._height, self._width)

    def close(self) -> None:
        self._textpage.close()

    def _turned(self, some: list[int]) -> int:
        """How many quarters of a turn most letters are turned to the right."""
        turns = Counter(round(calls.char_angle(self._page, place) / _QUARTER) % 4 for place in some)
        return turns.most_common(1)[0][0] if turns else 0

    def slant(self, index: int) -> float:
        """How many quarters of a turn a letter stands away from most; hardly any is none. The library takes letters
        that lean, as italics do, for turned ones, so that their matrix is asked."""
        angle = calls.char_angle(self._page, index)
        if not angle and not self._turns:
            return 0.0
        if angle % _QUARTER:
            calls.char_matrix(self._page, index, ctypes.addressof(self._matrix))
            angle = -math.atan2(self._matrix[1], self._matrix[0])
        found: float = (angle / _QUARTER - self._turns) % 4
        return round(found) % 4 if abs(found - round(found)) < _ASKEW else found

    def _blank_codes(self, some: list[int], count: int) -> bool:
        """Blank what a font's codes were taken for, unless it reads like words: the codes of many old fonts are the
        letters themselves."""
        if sum(calls.unmapped(self._page, place) == 1 for place in some) <= _MAX_UNMAPPED * len(some):
            return False
        codes = [calls.unmapped(self._page, place) == 1 for place in range(count)]
        if _are_words("".join(compress(self.text, codes)) if self.told else self.text):
            return False
        said = zip(self.text, codes, strict=True) if self.told else ()
        self.text = "".join(" " if code and not letter.isspace() else letter for letter, code in said)
        return True

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

    @cached_property
    def paths(self) -> list[Path]:
        """What is drawn of lines and boxes, with its bounds."""
        return list(bounded((item, outer) for item, kind, outer in self.items if kind == PATH))

    @cached_property
    def boxes(self) -> Boxes:
        """Left, top, right and bottom of every letter, as high as its line; in the page's own space, where up is
        more."""
        count = len(self.text)
        found = numpy.zeros((count, 4), numpy.float32)
        begin, size = found.ctypes.data, found.strides[0]
        places = range(begin, begin + count * size, size)
        deque(map(calls.loose_box, repeat(self._page), range(count), places), maxlen=0)
        return found.astype(numpy.float64)

    def upright_boxes(self) -> Boxes:
        """As `boxes`, upright, to be changed by who asks."""
        found = self.boxes.copy()
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


def _are_words(text: str) -> bool:
    """Most are small letters, and enough of those are vowels."""
    shown = "".join(text.split())
    small = [unicodedata.normalize("NFKD", letter)[0] for letter in shown if letter.islower()]
    vowels = sum(letter in _VOWELS for letter in small)
    return len(small) >= _LEAST_SMALL * len(shown) and vowels >= _LEAST_VOWELS * len(small)
