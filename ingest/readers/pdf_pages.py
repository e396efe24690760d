"""Opening a PDF, and one of its pages as a picture. Only this file and `pdf` know the PDF library."""

from __future__ import annotations

import ctypes
import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import repeat
from typing import Any

import numpy
import pypdfium2
import pypdfium2.raw as raw

from ingest.errors import Quarantined
from ingest.readers.bounds import check_pages

MAX_PIXELS = 24_000_000
# Rights management as the lock itself, or as a page that only says so around a locked document.
_BOUND_TO_RIGHTS = re.compile(rb"/Filter\s*/MicrosoftIRMServices\b|/AFRelationship\s*/EncryptedPayload\b")
PATH, IMAGE, _FORM = raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_FORM
Bounds = tuple[float, float, float, float]  # left, bottom, right, top
Matrix = tuple[float, float, float, float, float, float]
_AS_IT_IS: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_OF_PLACE = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_ulong)
_OF_OBJECT = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)


def _plain(function: Any, shape: Any) -> Any:
    """The same function, called with bare addresses: the library's own pointers take most of the time of such calls."""
    return shape(ctypes.cast(function, ctypes.c_void_p).value)


_PAGE_OBJECT = _plain(raw.FPDFPage_GetObject, _OF_PLACE)
_FORM_OBJECT = _plain(raw.FPDFFormObj_GetObject, _OF_PLACE)
_KIND = _plain(raw.FPDFPageObj_GetType, _OF_OBJECT)
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


def objects(page: Any, *kinds: int, depth: int) -> Iterator[tuple[Any, Bounds, Matrix]]:
    """What is drawn on the page, and within that many levels of forms: its bounds, and what brings its points into the
    page's space. Asked of the library without its wrappers: a page of tables is made of hundreds of rules."""
    yield from _objects(page.raw, kinds, depth, _AS_IT_IS, raw.FPDFPage_CountObjects, _PAGE_OBJECT)


def _objects(
    holder: Any, kinds: tuple[int, ...], depth: int, outer: Matrix, count: Any, get: Any
) -> Iterator[tuple[Any, Bounds, Matrix]]:
    sides = [ctypes.c_float() for _ in range(4)]
    left, bottom, right, top = sides
    wanted = {*kinds, _FORM} if depth > 1 else {*kinds}
    address = ctypes.cast(holder, ctypes.c_void_p)
    for found in map(get, repeat(address), range(count(holder))):
        kind = _KIND(found)
        if kind not in wanted:
            continue
        item = ctypes.cast(found, raw.FPDF_PAGEOBJECT)
        if kind in kinds:
            if not raw.FPDFPageObj_GetBounds(item, left, bottom, right, top):
                raise pypdfium2.PdfiumError("An object of the page has no bounds.")
            yield item, _placed((left.value, bottom.value, right.value, top.value), outer), outer
        if kind == _FORM and depth > 1:
            inner = joined(matrix_of(item), outer)
            yield from _objects(item, kinds, depth - 1, inner, raw.FPDFFormObj_CountObjects, _FORM_OBJECT)


def matrix_of(item: Any) -> Matrix:
    """What brings an object's points into the space of what holds it."""
    found = raw.FS_MATRIX()
    raw.FPDFPageObj_GetMatrix(item, found)
    return found.a, found.b, found.c, found.d, found.e, found.f


def joined(first: Matrix, second: Matrix) -> Matrix:
    """One that does what the first does, and then what the second does."""
    a, b, c, d, e, f = first
    p, q, r, s, t, u = second
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u


def _placed(bounds: Bounds, matrix: Matrix) -> Bounds:
    if matrix is _AS_IT_IS:
        return bounds
    a, b, c, d, e, f = matrix
    left, bottom, right, top = bounds
    across = [a * x + c * y + e for x in (left, right) for y in (bottom, top)]
    up = [b * x + d * y + f for x in (left, right) for y in (bottom, top)]
    return min(across), min(up), max(across), max(up)


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
