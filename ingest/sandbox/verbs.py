"""What a child can be asked to do with a file's bytes. Each verb gives bytes back or raises a FileProblem."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ingest.errors import Quarantined
from ingest.sandbox import wire

Verb = Callable[[bytes, Mapping[str, Any]], bytes]


def read(data: bytes, arguments: Mapping[str, Any]) -> bytes:
    from ingest import readers

    return wire.encode_raw(readers.read(data, arguments["name"]))


def page_image(data: bytes, arguments: Mapping[str, Any]) -> bytes:
    from ingest.readers import kinds, pdf_marks, pdf_pages, picture
    from ingest.readers.identify import identify

    quotes = arguments.get("quotes") or []
    if quotes and identify(data, "") == kinds.PDF:
        return pdf_marks.marked_image(data, arguments["page"], arguments["scale"], quotes)
    drawing = picture if identify(data, "") in kinds.PICTURES else pdf_pages
    image: bytes = drawing.page_image(data, arguments["page"], arguments["scale"])
    return image


def page_boxes(data: bytes, arguments: Mapping[str, Any]) -> bytes:
    from ingest.readers import kinds, pdf_marks
    from ingest.readers.identify import identify

    if identify(data, "") != kinds.PDF:
        raise Quarantined("UNSUPPORTED")
    marks = pdf_marks.page_boxes(data, arguments["page"], arguments["quotes"])
    return json.dumps([marks.width, marks.height, marks.boxes]).encode()


def recognise(data: bytes, arguments: Mapping[str, Any]) -> bytes:
    from ingest.readers import ocr

    return json.dumps({"blocks": wire.encode_blocks(ocr.recognise_pages(data, arguments["pages"]))}).encode()


def convert(data: bytes, arguments: Mapping[str, Any]) -> bytes:
    from ingest.sandbox import convert

    return convert.converted(data, arguments["program"], arguments["target"])


VERBS: dict[str, Verb] = {
    "read": read,
    "page_image": page_image,
    "page_boxes": page_boxes,
    "recognise": recognise,
    "convert": convert,
}


def program_of(verb: str, arguments: Mapping[str, Any]) -> str:
    """The program that a verb may start; none for all but one."""
    return str(arguments["program"]) if verb == "convert" else ""


def preload(what: str) -> None:
    """Load all that the verbs of one server need, so that no child has to."""
    from ingest import readers

    if what == "recogniser":
        from ingest.readers import ocr

        ocr.load_engine()
        return
    readers.preload()
