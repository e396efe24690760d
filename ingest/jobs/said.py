"""What a source says of a file, on top of what the operator said of all of them.

What is promised: the source's own groups go before the operator's, of levels the highest counts, categories are added.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from ingest.jobs.report import SKIPPED, FileResult
from ingest.pipeline import Asked, Prepared, Reads
from ingest.readers.base import RawText
from ingest.sources.base import Found, Missing
from ingest.sources.saved import Keeping


def asked_of(asked: Asked, found: Found) -> Asked:
    """A source that keeps its own access list says who reads; elsewhere the operator does."""
    levels = [level for level in (asked.level, found.level) if level is not None]
    return replace(
        asked,
        groups=asked.groups if found.groups is None else found.groups,
        level=max(levels, default=None),
        categories=asked.categories | found.categories,
        owner=found.owner or asked.owner,
    )


def pipeline_of(pipeline: str, asked: Asked, found: Found) -> str:
    """A file is read again when what is said of it changes what is stored: its title is embedded with its text."""
    said = (found.title, found.dated, "" if asked.originals == Keeping.KEEP else asked.originals)
    if not any(said):
        return pipeline
    return hashlib.sha256("\0".join((pipeline, *said)).encode()).hexdigest()[:32]


def titled(title: str, read: Reads) -> Reads:
    """`read`, with the title that the source gives the file."""
    if not title:
        return read

    def reading(data: bytes, name: str) -> RawText:
        return replace(read(data, name), title=title)

    return reading


def described(prepared: Prepared, asked: Asked, found: Found) -> Prepared:
    """With what is said of the document and changes neither its text nor its label."""
    document = prepared.document
    return replace(
        prepared,
        document=replace(
            document,
            dated=found.dated or document.dated,
            owner=asked.owner,
            valid_until=found.valid_until,
            originals=asked.originals,
        ),
    )


def absent(missing: Missing) -> FileResult:
    """A file that the source names and cannot give."""
    return FileResult(path=missing.ref.path, outcome=SKIPPED, document=missing.ref.document, reason=missing.reason)
