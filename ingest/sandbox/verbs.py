"""What a child can be asked to do with a file's bytes. Each verb gives bytes back or raises a FileProblem."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ingest.errors import Quarantined
from ingest.sandbox import wire

LISTENER = "listener:"
Verb = Callable[[bytes, Mapping[str, Any]], bytes]


def read(data: bytes, arguments: Mapping[str, Any]) -> bytes:
    from ingest import readers

    return wire.encode_raw(readers.read(data, arguments["name"]))


def page_image(data: bytes, arguments: Mapping[str, Any]) -> bytes:
    from ingest.readers import pdf_pages, picture

    page, scale = arguments["page"], arguments["scale"]
    if quotes := arguments.get("quotes"):
        return _marks(data, arguments).marked_image(data, page, scale, quotes)  # type: ignore[no-any-return]
    image: bytes = (picture if _is_picture(data) else pdf_pages).page_image(data, page, scale)
    return image


def _marks(data: bytes, arguments: Mapping[str, Any]) -> Any:
    """What finds quotes on the page. Raises Quarantined: SCANNED for a picture that nobody has recognised."""
    if arguments.get("scanned"):
        from ingest.readers import scan_marks

        return scan_marks
    from ingest.readers import pdf_marks
    from ingest.readers.base import SCANNED

    if _is_picture(data):
        raise Quarantined(SCANNED)
    return pdf_marks


def _is_picture(data: bytes) -> bool:
    """Raises Quarantined(UNSUPPORTED) for what has no pages to draw."""
    from ingest.readers import kinds
    from ingest.readers.identify import identify

    kind = identify(data, "")
    if kind != kinds.PDF and kind not in kinds.PICTURES:
        raise Quarantined("UNSUPPORTED")
    return kind != kinds.PDF


def recognise(data: bytes, arguments: Mapping[str, Any]) -> bytes:
    from ingest.readers import ocr

    return json.dumps({"blocks": wire.encode_blocks(ocr.recognise_pages(data, arguments["pages"]))}).encode()


def hear(data: bytes, arguments: Mapping[str, Any]) -> bytes:
    from ingest.readers import hearing

    return wire.encode_raw(hearing.heard(data, arguments["name"], hearing.load_listener(arguments["model"])))


def convert(data: bytes, arguments: Mapping[str, Any]) -> bytes:
    from ingest.sandbox import convert

    return convert.converted(data, arguments["program"], arguments["target"])


VERBS: dict[str, Verb] = {
    "read": read,
    "page_image": page_image,
    "recognise": recognise,
    "convert": convert,
    "hear": hear,
}


def program_of(verb: str, arguments: Mapping[str, Any]) -> str:
    """The program that a verb may start; none for all but one."""
    return str(arguments["program"]) if verb == "convert" else ""


def preload(what: str) -> None:
    """Load all that the verbs of one server need, so that no child has to. `listener:` is followed by its model."""
    from ingest import readers

    if what.startswith(LISTENER):
        from ingest.readers import hearing

        hearing.load_listener(what.removeprefix(LISTENER))
        return
    if what == "recogniser":
        from ingest.readers import ocr, scan_marks  # noqa: F401 - loaded once, for every child

        ocr.load_engine()
        return
    readers.preload()
