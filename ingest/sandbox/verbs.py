"""What a child can be asked to do with a file's bytes. Each verb gives bytes back or raises a FileProblem."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ingest.sandbox import wire

Verb = Callable[[bytes, Mapping[str, Any]], bytes]


def read(data: bytes, arguments: Mapping[str, Any]) -> bytes:
    from ingest import readers

    return wire.encode_raw(readers.read(data, arguments["name"]))


def page_image(data: bytes, arguments: Mapping[str, Any]) -> bytes:
    from ingest.readers import pdf_pages

    return pdf_pages.page_image(data, arguments["page"], arguments["scale"])


def recognise(data: bytes, arguments: Mapping[str, Any]) -> bytes:
    from ingest.readers import ocr

    return json.dumps({"blocks": wire.encode_blocks(ocr.recognise_pages(data, arguments["pages"]))}).encode()


VERBS: dict[str, Verb] = {"read": read, "page_image": page_image, "recognise": recognise}


def preload(what: str) -> None:
    """Load all that the verbs of one server need, so that no child has to."""
    from ingest import readers

    if what == "recogniser":
        from ingest.readers import ocr

        ocr.load_engine()
        return
    readers.preload()
