"""What hangs on a PDF besides its pages: embedded files, which become documents of their own; scripts, which never run;
its own list of chapters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import pypdfium2
import pypdfium2.raw as raw

from ingest.readers.base import Block, BlockKind, Member
from ingest.readers.bounds import MAX_PARTS
from ingest.readers.members import Members
from ingest.readers.outline import Outline, one_line

_MAX_CHAPTERS = 10_000
_SCRIPT = re.compile(rb"/(?:JavaScript|JS)\b")


def attached(document: Any, packed: int) -> tuple[Member, ...]:
    """The embedded files. Raises Quarantined: EXPANDS, TOO_MANY_MEMBERS."""
    count = document.count_attachments()
    members = Members(packed)
    for number in range(min(max(count, 0), MAX_PARTS + 1)):
        try:
            found = document.get_attachment(number)
            name, data = found.get_name(), bytes(found.get_data())
        except (pypdfium2.PdfiumError, UnicodeDecodeError):
            members.add(f"attached {number + 1}", problem="DAMAGED")
            continue
        members.add(name, data)
    return members.all()


def has_scripts(document: Any, data: bytes) -> bool:
    """Whether a program lies in it: one that the document names, or one in sight that hangs on a page or field."""
    return raw.FPDFDoc_GetJavaScriptActionCount(document) > 0 or _SCRIPT.search(data) is not None


def under_chapters(document: Any, blocks: Sequence[Block]) -> list[Block]:
    """Blocks under no heading stand under the chapter that the document's own list has for their page."""
    if all(block.heading or block.kind is BlockKind.MARGIN for block in blocks):
        return list(blocks)
    paths: dict[int, tuple[str, ...]] = {}  # of the first chapter that begins on a page, and the last
    last: dict[int, tuple[str, ...]] = {}
    outline = Outline()
    chapters = list(islice(document.get_toc(), _MAX_CHAPTERS))
    for chapter in chapters if len(chapters) > 1 else ():
        place = chapter.get_dest()
        title, index = one_line(chapter.get_title()), place.get_index() if place else None
        if title and index is not None:
            outline.enter(chapter.level, title)
            paths.setdefault(index + 1, outline.path)
            last[index + 1] = outline.path
    path: tuple[str, ...] = ()
    found, page = [], 0
    for block in blocks:
        while page < block.page:
            path = last.get(page, path)
            page += 1
        here = paths.get(page, path)
        found.append(block if block.heading or block.kind is BlockKind.MARGIN else replace(block, heading=here))
    return found
