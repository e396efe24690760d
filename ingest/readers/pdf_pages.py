"""Opening a PDF, and one of its pages as a picture. Only this file and `pdf` know the PDF library."""

from __future__ import annotations

import ctypes
import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
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


def objects(page: Any, *kinds: int, depth: int) -> Iterator[tuple[Any, Bounds]]:
    """What is drawn on the page, and within that many levels of forms, with its bounds. Asked of the library without
    its wrappers: a page of tables is made of hundreds of rules."""
    yield from _objects(page, kinds, depth, raw.FPDFPage_CountObjects, raw.FPDFPage_GetObject)


def _objects(holder: Any, kinds: tuple[int, ...], depth: int, count: Any, get: Any) -> Iterator[tuple[Any, Bounds]]:
    sides = [ctypes.c_float() for _ in range(4)]
    for place in range(count(holder)):
        item = get(holder, place)
        kind = raw.FPDFPageObj_GetType(item)
        if kind in kinds:
            if not raw.FPDFPageObj_GetBounds(item, *map(ctypes.byref, sides)):
                raise pypdfium2.PdfiumError("An object of the page has no bounds.")
            left, bottom, right, top = (side.value for side in sides)
            yield item, (left, bottom, right, top)
        if kind == _FORM and depth > 1:
            yield from _objects(item, kinds, depth - 1, raw.FPDFFormObj_CountObjects, raw.FPDFFormObj_GetObject)


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
