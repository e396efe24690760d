"""The PDF library's functions that are asked of every letter and every rule, called with bare addresses: its own
wrappers and pointers take more than half of the time of such a call. They return at once: no lock is let go.
"""

from __future__ import annotations

import ctypes
from typing import Any

import pypdfium2.raw as raw

_ADDRESS, _NUMBER = ctypes.c_void_p, ctypes.c_int


def _plain(function: Any, gives: Any, *takes: Any) -> Any:
    return ctypes.PYFUNCTYPE(gives, *takes)(address(function))


def address(pointer: Any) -> int:
    """What one of the library's own pointers points to, or one of its functions is."""
    return ctypes.cast(pointer, ctypes.c_void_p).value or 0


def places(array: Any) -> tuple[int, ...]:
    """The address of each element."""
    begin, size = ctypes.addressof(array), ctypes.sizeof(array) // len(array)
    return tuple(range(begin, begin + size * len(array), size))


char_box = _plain(raw.FPDFText_GetCharBox, _NUMBER, _ADDRESS, _NUMBER, *[_ADDRESS] * 4)
loose_box = _plain(raw.FPDFText_GetLooseCharBox, _NUMBER, _ADDRESS, _NUMBER, _ADDRESS)
fill_colour = _plain(raw.FPDFText_GetFillColor, _NUMBER, _ADDRESS, _NUMBER, *[_ADDRESS] * 4)
font_weight = _plain(raw.FPDFText_GetFontWeight, _NUMBER, _ADDRESS, _NUMBER)
text_object = _plain(raw.FPDFText_GetTextObject, _ADDRESS, _ADDRESS, _NUMBER)
unmapped = _plain(raw.FPDFText_HasUnicodeMapError, _NUMBER, _ADDRESS, _NUMBER)
char_angle = _plain(raw.FPDFText_GetCharAngle, ctypes.c_float, _ADDRESS, _NUMBER)
char_matrix = _plain(raw.FPDFText_GetMatrix, _NUMBER, _ADDRESS, _NUMBER, _ADDRESS)
render_mode = _plain(raw.FPDFTextObj_GetTextRenderMode, _NUMBER, _ADDRESS)
font_info = _plain(raw.FPDFText_GetFontInfo, ctypes.c_ulong, _ADDRESS, _NUMBER, _ADDRESS, ctypes.c_ulong, _ADDRESS)

page_objects = _plain(raw.FPDFPage_CountObjects, _NUMBER, _ADDRESS)
page_object = _plain(raw.FPDFPage_GetObject, _ADDRESS, _ADDRESS, _NUMBER)
form_objects = _plain(raw.FPDFFormObj_CountObjects, _NUMBER, _ADDRESS)
form_object = _plain(raw.FPDFFormObj_GetObject, _ADDRESS, _ADDRESS, ctypes.c_ulong)
object_kind = _plain(raw.FPDFPageObj_GetType, _NUMBER, _ADDRESS)
object_bounds = _plain(raw.FPDFPageObj_GetBounds, _NUMBER, _ADDRESS, *[_ADDRESS] * 4)
has_transparency = _plain(raw.FPDFPageObj_HasTransparency, _NUMBER, _ADDRESS)
object_colour = _plain(raw.FPDFPageObj_GetFillColor, _NUMBER, _ADDRESS, *[_ADDRESS] * 4)
object_matrix = _plain(raw.FPDFPageObj_GetMatrix, _NUMBER, _ADDRESS, _ADDRESS)

marks = _plain(raw.FPDFPageObj_CountMarks, _NUMBER, _ADDRESS)
mark = _plain(raw.FPDFPageObj_GetMark, _ADDRESS, _ADDRESS, ctypes.c_ulong)
mark_name = _plain(raw.FPDFPageObjMark_GetName, _NUMBER, _ADDRESS, _ADDRESS, ctypes.c_ulong, _ADDRESS)

draw_mode = _plain(raw.FPDFPath_GetDrawMode, _NUMBER, _ADDRESS, _ADDRESS, _ADDRESS)
segments = _plain(raw.FPDFPath_CountSegments, _NUMBER, _ADDRESS)
segment = _plain(raw.FPDFPath_GetPathSegment, _ADDRESS, _ADDRESS, _NUMBER)
segment_kind = _plain(raw.FPDFPathSegment_GetType, _NUMBER, _ADDRESS)
segment_point = _plain(raw.FPDFPathSegment_GetPoint, _NUMBER, _ADDRESS, _ADDRESS, _ADDRESS)
segment_closes = _plain(raw.FPDFPathSegment_GetClose, _NUMBER, _ADDRESS)
