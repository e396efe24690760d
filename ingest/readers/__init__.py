"""Bytes in, text with pages and headings out: one reader for each kind of file. Runs inside `ingest.sandbox`."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module

from ingest.errors import FileProblem, Quarantined
from ingest.readers import kinds
from ingest.readers.base import RawText, Reader, is_shown
from ingest.readers.bounds import MAX_CHARACTERS
from ingest.readers.facts import facts
from ingest.readers.identify import identify

# By name, so that a worker that never sees a slide never loads the slide library; the sandbox loads all at once.
_READERS = {
    kinds.PDF: "pdf",
    kinds.DOCX: "docx",
    kinds.PPTX: "pptx",
    **dict.fromkeys(kinds.SHEETS, "sheets"),
    **dict.fromkeys(kinds.OPEN_DOCUMENTS, "odf"),
    **dict.fromkeys(kinds.LEGACY, "legacy"),
    kinds.MSG: "msg",
    kinds.TNEF: "tnef",
    kinds.RTF: "rtf",
    kinds.HTML: "html",
    kinds.MARKDOWN: "markdown",
    kinds.TEXT: "txt",
    kinds.CSV: "csv",
    kinds.JSON: "json",
    kinds.XML: "xml",
    kinds.SVG: "xml",
    **dict.fromkeys((kinds.CALENDAR, kinds.CARD), "cards"),
    kinds.EML: "eml",
    kinds.MBOX: "mbox",
    **dict.fromkeys((kinds.ZIP, kinds.TAR, *kinds.COMPRESSED), "archive"),
    **dict.fromkeys(kinds.PICTURES, "picture"),
}


def reader_for(media_type: str) -> Reader:
    """The reader of one kind."""
    reader: Reader = import_module(f"ingest.readers.{_READERS[media_type]}").READER
    return reader


def preload() -> None:
    """Load every reader and its libraries now."""
    for media_type in _READERS:
        reader_for(media_type)


def read(data: bytes, name: str) -> RawText:
    """Read a file whatever it is called.

    Raises Quarantined with a reason code. Pages that are pictures come back in `unread_pages`; a file in which
    neither text nor such a page nor another file is found is NO_TEXT.
    """
    try:
        kind = identify(data, name)
        raw = reader_for(kind).read(data, name)
        raw = replace(raw, metadata=facts(raw))
    except FileProblem:
        raise
    except MemoryError:
        raise Quarantined("MEMORY") from None
    except Exception as error:  # a parser's own errors on hostile bytes have no common root
        raise Quarantined("DAMAGED") from error
    if sum(len(block.text) for block in raw.blocks) > MAX_CHARACTERS:
        raise Quarantined("TOO_LARGE")
    if (
        not raw.unread_pages
        and not raw.members
        and not any(is_shown(block) and block.text.strip() for block in raw.blocks)
    ):
        raise Quarantined("NO_TEXT")
    return raw
