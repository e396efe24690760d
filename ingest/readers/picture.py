"""Pictures: nothing is read here but their size; every page of theirs is named for recognition elsewhere."""

from __future__ import annotations

import io
from typing import Any

import numpy
from PIL import Image, ImageOps

from ingest.errors import Quarantined
from ingest.readers.base import RawText
from ingest.readers.bounds import check_pages
from ingest.readers.kinds import PICTURES
from ingest.readers.outline import title_from
from ingest.readers.pdf_pages import png

_FORMATS = ("PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP")
_TO_MEDIA_TYPE = dict(zip(_FORMATS, PICTURES, strict=False)) | {"TIFF": "image/tiff"}
MAX_PIXELS = 50_000_000
_LEAST_SIDE = 24  # in dots: less than that holds no line of text
_MOVING = ("GIF", "WEBP")  # pictures of theirs are moments, not pages
_LARGEST_SIDE = 3_000


class PictureReader:
    media_types = PICTURES

    def read(self, data: bytes, name: str) -> RawText:
        with opened(data) as image:
            pages = _pages(image)
            check_pages(pages)
            if min(image.size) < _LEAST_SIDE:
                raise Quarantined("NO_TEXT")
            kind = _TO_MEDIA_TYPE[str(image.format)]
        unread = tuple(range(1, pages + 1))
        return RawText(title=title_from(name), media_type=kind, blocks=(), pages=pages, unread_pages=unread)


def opened(data: bytes) -> Any:
    """The picture, not decoded yet. Raises Quarantined: DAMAGED, EXPANDS."""
    try:
        image = Image.open(io.BytesIO(data), formats=_FORMATS)
    except Image.DecompressionBombError as error:
        raise Quarantined("EXPANDS") from error
    except Exception as error:  # its plugins raise whatever their bytes lead them to
        raise Quarantined("DAMAGED") from error
    if image.size[0] * image.size[1] > MAX_PIXELS:
        raise Quarantined("EXPANDS")
    return image


def pixels(image: Any, page: int) -> numpy.ndarray[Any, numpy.dtype[numpy.uint8]]:
    """One page as rows of red, green and blue, upright and no larger than recognition has use for."""
    if not 1 <= page <= _pages(image):
        raise Quarantined("NO_PAGE")
    image.seek(page - 1)
    if image.size[0] * image.size[1] > MAX_PIXELS:
        raise Quarantined("EXPANDS")
    upright = ImageOps.exif_transpose(image)
    if upright.mode in ("RGBA", "LA", "P", "PA"):
        paper = Image.new("RGBA", upright.size, "white")
        upright = Image.alpha_composite(paper, upright.convert("RGBA"))
    flat = upright.convert("RGB")
    flat.thumbnail((_LARGEST_SIDE, _LARGEST_SIDE))
    least = max(flat.size) // 2  # recognition draws the shorter side larger: a strip would become a wall
    if min(flat.size) < least:
        wider = Image.new("RGB", (max(flat.width, least), max(flat.height, least)), "white")
        wider.paste(flat, (0, 0))
        flat = wider
    return numpy.asarray(flat, dtype=numpy.uint8).copy()


def page_image(data: bytes, page: int, scale: float) -> bytes:
    """One page, counted from 1, as a PNG of at most `scale` times its size. Raises Quarantined: NO_PAGE, EXPANDS."""
    with opened(data) as image:
        found = Image.fromarray(pixels(image, page))
    found.thumbnail((max(1, round(found.width * scale)), max(1, round(found.height * scale))))
    return png(numpy.asarray(found, dtype=numpy.uint8))


def _pages(image: Any) -> int:
    return 1 if image.format in _MOVING else int(getattr(image, "n_frames", 1))


READER = PictureReader()
