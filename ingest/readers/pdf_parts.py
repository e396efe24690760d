"""What hangs on a PDF besides its pages: embedded files, which become documents of their own; scripts, which never run;
its own list of chapters."""

from __future__ import annotations

import ctypes
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from typing import Any

import pypdfium2
import pypdfium2.raw as raw

from ingest.errors import Quarantined
from ingest.readers.base import Block, BlockKind, Member
from ingest.readers.bounds import MAX_PARTS
from ingest.readers.members import Members, harmless
from ingest.readers.outline import Outline, one_line
from ingest.readers.xmltree import local, parse

_MAX_CHAPTERS = 10_000
_PACKED = re.compile(rb"/Type\s*/(?:ObjStm|Metadata)\b")
_STREAM = re.compile(rb"stream\r?\n")
_MAX_STREAM, _MAX_PACKED = 4 * 1024 * 1024, 64 * 1024 * 1024
_LAYERS = b"/OCProperties"
_SCRIPT = re.compile(rb"/(?:JavaScript|JS)\b")


def attached(document: Any, members: Members) -> tuple[Member, ...]:
    """The embedded files, after those that were pinned to pages. Raises Quarantined: EXPANDS, TOO_MANY_MEMBERS."""
    for number in range(min(max(document.count_attachments(), 0), MAX_PARTS + 1)):
        take_out(document, raw.FPDFDoc_GetAttachment(document, number), members)
    return members.all()


def take_out(document: Any, pointer: Any, members: Members) -> None:
    """One of them. A file that is pinned to a page is often in the document's list too."""
    here = members.all()
    try:
        found = pypdfium2.PdfAttachment(pointer, document)
        name, data = found.get_name(), bytes(found.get_data())
    except (pypdfium2.PdfiumError, UnicodeDecodeError):
        members.add(f"attached {len(here) + 1}", problem="DAMAGED")
        return
    if Member(name=harmless(name), data=data) not in here:
        members.add(name, data)


def drawn_elsewhere(document: Any) -> list[Block]:
    """What a form says and what was filled in, where only the program that made it can draw its pages: those that the
    file has ask to wait."""
    if raw.FPDF_GetFormType(document) != raw.FORMTYPE_XFA_FULL:
        return []
    lines: list[str] = []
    for number in range(min(raw.FPDF_GetXFAPacketCount(document), MAX_PARTS)):
        name, content = (_packet(ask, document, number) for ask in (_packet_name, raw.FPDF_GetXFAPacketContent))
        if name.rstrip(b"\0") not in (b"template", b"datasets") or not content:
            continue
        with suppress(Quarantined):
            for node in parse(content).iter():
                said = one_line(node.text or "") if local(node) and not len(node) else ""
                if said and name.startswith(b"datasets"):
                    lines.append(f"{local(node)}: {said}")
                elif said and local(node) == "text":
                    lines.append(said)
    return [Block(text="\n".join(lines))] if lines else []


def _packet_name(document: Any, number: int, place: Any, size: int, length: Any) -> bool:
    length.value = raw.FPDF_GetXFAPacketName(document, number, place, size)
    return bool(length.value)


def _packet(ask: Callable[..., bool], document: Any, number: int) -> bytes:
    length = ctypes.c_ulong()
    if not ask(document, number, None, 0, length) or length.value > _MAX_STREAM:
        return b""
    found = ctypes.create_string_buffer(length.value)
    ask(document, number, found, length.value, length)
    return found.raw[: length.value]


def unpacked(data: bytes) -> Iterator[bytes]:
    """The file, and what it has packed of its objects and metadata: where what the library does not ask can be seen."""
    yield data
    allowed = _MAX_PACKED
    for match in _PACKED.finditer(data):
        start = _STREAM.search(data, match.end(), match.end() + 2_000)
        if start is None or allowed <= 0:
            continue
        try:
            text = zlib.decompressobj().decompress(data[start.end() : start.end() + _MAX_STREAM], _MAX_STREAM)
        except zlib.error:  # not packed, or not in this way: what stands there openly is in the file
            continue
        allowed -= len(text)
        yield text


def has_scripts(document: Any, texts: Iterable[bytes]) -> bool:
    """Whether a program lies in it: one that the document names, or one that hangs on a page or field."""
    return raw.FPDFDoc_GetJavaScriptActionCount(document) > 0 or any(map(_SCRIPT.search, texts))


def has_layers(texts: Iterable[bytes]) -> bool:
    """Whether some of what is drawn may be switched off."""
    return any(_LAYERS in text for text in texts)


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
