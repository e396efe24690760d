"""What is kept of a document's file beside its text: the file, nothing, or pictures of its pages.

Pictures of one file are one ZIP, `pages/ab/cdef…`, named like an original by the version that they show. Only a PDF has
pages to draw; of any other file nothing is kept where pictures were asked for.
"""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import IO, Protocol

from ingest.catalogue.originals import Originals, Staged
from ingest.errors import NoOriginal, Quarantined
from policies.vocabulary import Document

PDF = "application/pdf"


class Draws(Protocol):
    """A sandbox: one page of a PDF, counted from 1, as a PNG."""

    def __call__(self, data: bytes, page: int) -> bytes: ...


def stage_pages(shelf: Originals, data: bytes, document: Document, draw: Draws, job: str) -> Staged | None:
    """Pictures of all its pages, on disk and not yet named. A page that breaks its drawing has none."""
    if document.media_type != PDF:
        return None

    def write(copy: IO[bytes]) -> None:
        with zipfile.ZipFile(copy, "w", zipfile.ZIP_STORED) as pack:
            for page in range(1, document.pages + 1):
                try:
                    picture = draw(data, page)
                except Quarantined:
                    continue
                pack.writestr(_name(page), picture)

    return shelf.stage_written(write, document.version, job)


def is_whole(path: Path) -> bool:
    """Whether pictures are there, and none is damaged."""
    try:
        with zipfile.ZipFile(path) as pack:
            return pack.testzip() is None
    except (OSError, zipfile.BadZipFile, zlib.error):
        return False


def kept_page(path: Path, page: int) -> bytes | None:
    """None for a page that has no picture. Raises NoOriginal when there are no pictures at all."""
    try:
        with zipfile.ZipFile(path) as pack:
            return pack.read(_name(page)) if _name(page) in pack.namelist() else None
    except (OSError, zipfile.BadZipFile) as error:
        raise NoOriginal(
            "The pictures of this document's pages are not there.",
            cure="Sync its source again after it changed, or put back a copy of the home.",
        ) from error


def _name(page: int) -> str:
    return f"{page}.png"
