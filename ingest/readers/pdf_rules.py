"""The rules of a PDF page: what is drawn straight across or down, in points from its upper left corner."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator

import pypdfium2.raw as raw

from ingest.readers import pdf_calls as calls
from ingest.readers.pdf_letters import Letters
from ingest.readers.pdf_pages import Bounds, Matrix, Path, joined, matrix_of

_MAX_PATHS = 2_000
_MAX_RULES = 8_000
_THIN, _LONG, _TALL = 2.5, 30.0, 8.0
_LEAST_RULES = 3  # across and down: two rows of two columns
_STRAIGHT = 0.01
_SHORTEST = 1.0
_RECTANGLE = 5  # pieces: the move to its first corner, and its sides
Rule = tuple[float, float, float]  # how far down or right it lies, where it begins and ends
Point = tuple[float, float]


def rules(letters: Letters) -> tuple[list[Rule], list[Rule]]:
    """Those across and those down, the sides of shades too; none where they make no grid. At most so many."""
    paths = letters.paths[:_MAX_PATHS]
    across: list[Rule] = []
    down: list[Rule] = []
    height = letters.height
    for path in paths if _is_grid(paths) else ():
        for begin, end in _sides(*path):
            (x, y), (u, v) = letters.upright(*begin), letters.upright(*end)
            if abs(y - v) <= _STRAIGHT and abs(x - u) >= _SHORTEST:
                across.append((height - y, min(x, u), max(x, u)))
            elif abs(x - u) <= _STRAIGHT and abs(y - v) >= _SHORTEST:
                down.append((x, height - max(y, v), height - min(y, v)))
        if len(across) + len(down) > _MAX_RULES:
            break
    return across, down


def _is_grid(paths: list[Path]) -> bool:
    """Whether rules cross, told by their bounds alone: enough of them across, and enough down."""
    across: set[int] = set()
    down: set[int] = set()
    looked_at = 0
    for item, bounds, outer in paths:
        left, bottom, right, top = bounds
        width, height = right - left, top - bottom
        if width >= _LONG and height <= _THIN:
            across.add(round(top))
        elif height >= _TALL and width <= _THIN:
            down.add(round(left))
        elif (
            calls.segments(item) <= _RECTANGLE and width >= _LONG / 2 and height >= _TALL and _is_stroked(item)
        ):  # a cell as a box, not a shade behind it
            across |= {round(top), round(bottom)}
            down |= {round(left), round(right)}
        elif looked_at < _MAX_RULES and (pieces := calls.segments(item)) > _RECTANGLE:  # several rules as one path
            looked_at += pieces
            for (x, y), (u, v) in _sides(item, bounds, outer):
                across |= {round(y)} if abs(y - v) <= _STRAIGHT and abs(x - u) >= _LONG / 2 else set()
                down |= {round(x)} if abs(x - u) <= _STRAIGHT and abs(y - v) >= _TALL else set()
        if len(across) >= _LEAST_RULES and len(down) >= _LEAST_RULES:
            return True
    return False


def _sides(path: int, bounds: Bounds, outer: Matrix) -> Iterator[tuple[Point, Point]]:
    """The straight pieces of a path, in the space of the page. One that is filled and has four sides is taken for a
    rectangle: nearly all are, and asking for each corner takes four times as long."""
    count = calls.segments(path)
    if count == _RECTANGLE and not _is_stroked(path):
        left, bottom, right, top = bounds
        corners = (left, bottom), (right, bottom), (right, top), (left, top)
        yield from zip(corners, (*corners[1:], corners[0]), strict=True)
        return
    a, b, c, d, e, f = joined(matrix_of(path), outer)
    point = (ctypes.c_float * 2)()
    across, up = calls.places(point)
    begun = last = (0.0, 0.0)
    for place in range(min(count, _MAX_RULES)):
        piece = calls.segment(path, place)
        kind = calls.segment_kind(piece)
        calls.segment_point(piece, across, up)
        x, y = point
        here = (a * x + c * y + e, b * x + d * y + f)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            begun = here
        elif kind == raw.FPDF_SEGMENT_LINETO:
            yield last, here
        if calls.segment_closes(piece):
            yield here, begun
        last = here


def _is_stroked(path: int) -> bool:
    modes = (ctypes.c_int * 2)()
    calls.draw_mode(path, *calls.places(modes))
    return bool(modes[1])
