"""What kind of file is this? Content decides; the name only parts the kinds of plain text."""

from __future__ import annotations

import re
from pathlib import PurePath

from ingest.errors import Quarantined
from ingest.readers.bounds import open_package

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HTML = "text/html"
MARKDOWN = "text/markdown"
TEXT = "text/plain"
CSV = "text/csv"
EML = "message/rfc822"

_OFFICE = {
    b"wordprocessingml.document.main+xml": DOCX,
    b"presentationml.presentation.main+xml": PPTX,
    b"presentationml.slideshow.main+xml": PPTX,
    b"spreadsheetml.sheet.main+xml": XLSX,
}
_BY_SUFFIX = {
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".csv": CSV,
    ".tsv": CSV,
    ".eml": EML,
    ".html": HTML,
    ".htm": HTML,
}
_BINARY = (
    b"{\\rtf",
    b"\x1f\x8b",
    b"BZh",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"II*\0",
    b"MM\0*",
    b"7z\xbc\xaf",
    b"Rar!",
)
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_HTML_START = re.compile(rb"\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
_XML_START = re.compile(rb"\s*<(?:\?xml|svg|!DOCTYPE\s+(?!html))", re.I)
_MAIL_HEADER = re.compile(
    rb"^(from|to|subject|date|received|message-id|mime-version|return-path|delivered-to)\s*:", re.I | re.M
)
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def identify(data: bytes, name: str) -> str:
    """The media type of one of the nine kinds. Raises Quarantined: EMPTY, ENCRYPTED, UNSUPPORTED or DAMAGED."""
    if not data.strip(b"\0 \t\r\n"):
        raise Quarantined("EMPTY")
    if b"%PDF-" in data[:1024]:
        return PDF
    if data[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return _identify_package(data)
    if data.startswith(_COMPOUND):
        raise Quarantined("ENCRYPTED" if _ENCRYPTED_STREAM in data else "UNSUPPORTED")
    if data.startswith(_BINARY) or _is_binary(data):
        raise Quarantined("UNSUPPORTED")
    return _identify_text(data, PurePath(name).suffix.lower())


def byte_order_mark(data: bytes) -> str:
    """The encoding that the first bytes announce, or nothing."""
    return next((encoding for mark, encoding in _MARKS if data.startswith(mark)), "")


def _identify_package(data: bytes) -> str:
    package = open_package(data)
    try:
        types = package.read("[Content_Types].xml")
    except KeyError:
        raise Quarantined("UNSUPPORTED") from None  # an archive, or an office format that is not read yet
    except Exception as error:  # zlib, struct, NotImplementedError: zipfile has no root error
        raise Quarantined("DAMAGED") from error
    for mark, media_type in _OFFICE.items():
        if mark in types:
            return media_type
    raise Quarantined("UNSUPPORTED")  # with macros, or another package


def _is_binary(data: bytes) -> bool:
    if byte_order_mark(data):
        return False
    sample = data[:65536]
    odd = sum(sample.count(code) for code in range(32) if code not in b"\t\n\r\x0b\x0c\x1b")
    return odd * 50 > len(sample)


def _identify_text(data: bytes, suffix: str) -> str:
    start = data.removeprefix(b"\xef\xbb\xbf")[:8192]
    if _HTML_START.match(start):
        return HTML
    if _XML_START.match(start):
        raise Quarantined("UNSUPPORTED")
    if start.startswith(b"From ") and suffix not in (".txt", ".eml"):
        raise Quarantined("UNSUPPORTED")  # a mailbox: many letters in one file
    if suffix in _BY_SUFFIX:
        return _BY_SUFFIX[suffix]
    head = re.split(rb"\r?\n\r?\n", start, maxsplit=1)[0]
    found = {match.group(1).lower() for match in _MAIL_HEADER.finditer(head)}
    if len(found) >= 3 and _MAIL_HEADER.match(head):
        return EML
    return TEXT
