"""Opening a PDF, and one of its pages as a picture. Only this file and `pdf` know the PDF library."""

from __future__ import annotations

import ctypes
import re
import struct
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice, repeat
from typing import Any

import numpy
import pypdfium2
import pypdfium2.raw as raw

from ingest.errors import Quarantined
from ingest.readers import pdf_calls as calls
from ingest.readers.bounds import check_pages

MAX_PIXELS = 24_000_000
# Rights management as the lock itself, or as a page that only says so around a locked document.
_BOUND_TO_RIGHTS = re.compile(rb"/Filter\s*/MicrosoftIRMServices\b|/AFRelationship\s*/EncryptedPayload\b")
PATH, IMAGE, TEXT = raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_TEXT
_FORM = raw.FPDF_PAGEOBJ_FORM
PICTURE_SHARE = 0.3  # of the page, for an image to count as a picture of text
_MAX_DEPTH, _MAX_IMAGES = 4, 2_000
Bounds = tuple[float, float, float, float]  # left, bottom, right, top
Matrix = tuple[float, float, float, float, float, float]
Path = tuple[int, Bounds, Matrix]
AS_IT_IS: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_PASSWORD, _SECURITY = 4, 5  # the library's own error numbers


@contextmanager
def opened(data: bytes) -> Iterator[Any]:
    """The document. Raises Quarantined: ENCRYPTED, PROTECTED, DAMAGED, TOO_MANY_PAGES."""
    if _BOUND_TO_RIGHTS.search(data):
        raise Quarantined("PROTECTED")
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = getattr(error, "err_code", None) in (_PASSWORD, _SECURITY)
        raise Quarantined("ENCRYPTED" if locked else "DAMAGED") from error
    try:
        check_pages(len(document))
        yield document
    finally:
        document.close()


def objects(page: Any, *kinds: int, depth: int) -> Iterator[tuple[int, Bounds, Matrix]]:
    """What is drawn on the page, and within that many levels of forms: its address, its bounds, and what brings its
    points into the page's space."""
    return bounded((item, outer) for item, kind, outer in items(page, depth) if kind in kinds)


def bounded(found: Iterable[tuple[int, Matrix]]) -> Iterator[tuple[int, Bounds, Matrix]]:
    """With the bounds of each in the page's space."""
    sides = (ctypes.c_float * 4)()
    corners = calls.places(sides)
    for item, outer in found:
        if not calls.object_bounds(item, *corners):
            raise pypdfium2.PdfiumError("An object of the page has no bounds.")
        left, bottom, right, top = sides
        yield item, _placed((left, bottom, right, top), outer), outer


def items(page: Any, depth: int) -> Iterator[tuple[int, int, Matrix]]:
    """As `objects`, of every kind, with their kinds and without bounds, which take as long to ask as all else."""
    return _items(calls.address(page.raw), depth, AS_IT_IS, calls.page_objects, calls.page_object)


def _items(holder: int, depth: int, outer: Matrix, count: Any, get: Any) -> Iterator[tuple[int, int, Matrix]]:
    found = list(map(get, repeat(holder), range(count(holder))))
    kinds = list(map(calls.object_kind, found))
    if _FORM not in kinds:
        yield from zip(found, kinds, repeat(outer))
        return
    for item, kind in zip(found, kinds, strict=True):
        yield item, kind, outer
        if kind == _FORM and depth > 1:
            inner = joined(matrix_of(item), outer)
            yield from _items(item, depth - 1, inner, calls.form_objects, calls.form_object)


def matrix_of(item: int) -> Matrix:
    """What brings an object's points into the space of what holds it."""
    found = (ctypes.c_float * 6)()
    calls.object_matrix(item, ctypes.addressof(found))
    a, b, c, d, e, f = found
    return a, b, c, d, e, f


def joined(first: Matrix, second: Matrix) -> Matrix:
    """One that does what the first does, and then what the second does."""
    a, b, c, d, e, f = first
    p, q, r, s, t, u = second
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u


def _placed(bounds: Bounds, matrix: Matrix) -> Bounds:
    if matrix is AS_IT_IS:
        return bounds
    a, b, c, d, e, f = matrix
    left, bottom, right, top = bounds
    across = [a * x + c * y + e for x in (left, right) for y in (bottom, top)]
    up = [b * x + d * y + f for x in (left, right) for y in (bottom, top)]
    return min(across), min(up), max(across), max(up)


def largest_image(page: Any) -> float:
    """The share of the page that its largest image covers."""
    width, height = page.get_size()
    largest = 0.0
    for _, (left, bottom, right, top), _ in islice(objects(page, IMAGE, depth=_MAX_DEPTH), _MAX_IMAGES):
        largest = max(largest, (right - left) * (top - bottom) / max(1.0, width * height))
    return largest


def drawn(page: Any, scale: float) -> numpy.ndarray[Any, numpy.dtype[numpy.uint8]]:
    """A page drawn, as rows of red, green and blue; drawn smaller when it would be too large."""
    width, height = page.get_size()
    allowed = min(scale, (MAX_PIXELS / max(1.0, width * height)) ** 0.5)
    bitmap = page.render(scale=allowed, rev_byteorder=True, prefer_bgrx=False, no_smoothpath=False)
    pixels = bitmap.to_numpy()
    if pixels.ndim == 2:
        pixels = pixels[:, :, None]
    if pixels.shape[2] == 1:
        pixels = pixels.repeat(3, axis=2)
    result: numpy.ndarray[Any, numpy.dtype[numpy.uint8]] = pixels[:, :, :3].copy()
    bitmap.close()
    return result


def page_image(data: bytes, page: int, scale: float) -> bytes:
    """One page, counted from 1, as a PNG. Raises Quarantined: UNSUPPORTED for what is no PDF, NO_PAGE."""
    if b"%PDF-" not in data[:1024]:
        raise Quarantined("UNSUPPORTED")
    with opened(data) as document:
        if not 1 <= page <= len(document):
            raise Quarantined("NO_PAGE")
        return png(drawn(document[page - 1], scale))


def png(pixels: numpy.ndarray[Any, numpy.dtype[numpy.uint8]]) -> bytes:
    """Three-colour rows as a PNG: small enough to write here, and one library less among hostile bytes."""
    height, width = pixels.shape[:2]
    rows = numpy.zeros((height, 1 + width * 3), dtype=numpy.uint8)
    rows[:, 1:] = pixels.reshape(height, width * 3)
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows.tobytes(), 4)),
        (b"IEND", b""),
    )
    body = b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in parts
    )
    return b"\x89PNG\r\n\x1a\n" + body
