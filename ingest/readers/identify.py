"""What kind of file is this? Content decides; the name only parts the kinds of plain text."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePath

from ingest.errors import Quarantined
from ingest.readers import compound, kinds
from ingest.readers.packages import identify_package
from ingest.readers.sound import is_recording

_BY_SUFFIX = {
    ".md": kinds.MARKDOWN,
    ".markdown": kinds.MARKDOWN,
    ".csv": kinds.CSV,
    ".tsv": kinds.CSV,
    ".eml": kinds.EML,
    ".html": kinds.HTML,
    ".htm": kinds.HTML,
}
_JSON_SUFFIXES = (".json", ".jsonl", ".ndjson", ".geojson")
_STARTS = (
    (b"{\\rtf", kinds.RTF),
    (b"\x78\x9f\x3e\x22", kinds.TNEF),
    (b"\x1f\x8b", kinds.GZIP),
    (b"BZh", kinds.BZIP2),
    (b"\xfd7zXZ\0", kinds.XZ),
    (b"\x89PNG", kinds.PNG),
    (b"\xff\xd8\xff", kinds.JPEG),
    (b"II*\0", kinds.TIFF),
    (b"MM\0*", kinds.TIFF),
    (b"GIF8", kinds.GIF),
    (b"7z\xbc\xaf", ""),
    (b"Rar!", ""),
    (b"\x7fELF", ""),
    (b"MZ\x90", ""),
)
_PROTECTED_STARTS = (b"\x76\xe8\x04\x60\xc4\x11\xe3\x86", b".pfile")  # a letter, and any file, under rights
_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
_TAR_MARK, _TAR_PLACE = b"ustar", 257
_PDF_WINDOW = 1024  # what other readers of PDF allow before the mark
_PDF_LATE = re.compile(rb"(?:^|[\r\n])%PDF-\d")
_PDF_OBJECT = re.compile(rb"\d\s+\d\s+obj\b")
_HTML_START = re.compile(rb"\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
_XML_START = re.compile(rb"\s*<(?:\?xml|svg|!DOCTYPE\s+(?!html))", re.I)
_SVG_START = re.compile(rb"<(?:\w+:)?svg[\s>]", re.I)
_JSON_START = re.compile(rb"\s*(?:\[\s*(?:[\[\]{\"\d-]|true|false|null)|\{\s*[\"}])")
_ENTRY_START = re.compile(rb"\s*BEGIN:(VCALENDAR|VCARD)\s*\r?\n", re.I)
_MAILBOX_START = re.compile(
    rb"From (?:\S+ +(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b[^\r\n]*\d\d:\d\d[^\r\n]*\d{4}[^\r\n]*\r?\n"
    rb"|[^\r\n]*\r?\n>?[A-Za-z][\w-]*:)"
)
_MAIL_HEADER = re.compile(
    rb"^(from|to|subject|date|received|message-id|mime-version|return-path|delivered-to|newsgroups)\s*:", re.I | re.M
)
_WESTERN = re.compile("[\t\r\n -~\u00a0-\u024f\u2010-\u206f\u20ac]+")
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def identify(data: bytes, name: str) -> str:
    """The media type, one of `kinds`. Raises Quarantined: EMPTY, ENCRYPTED, PROTECTED, RECORDING, UNSUPPORTED
    or DAMAGED."""
    if not data.strip(b"\0 \t\r\n"):
        raise Quarantined("EMPTY")
    for look in _LOOKS:
        if found := look(data):
            return found
    if _is_binary(data):
        raise Quarantined("UNSUPPORTED")
    return _identify_text(data, PurePath(name).suffix.lower())


def byte_order_mark(data: bytes) -> str:
    """The encoding that the first bytes announce, or nothing. Western letters of two bytes each announce it too."""
    found = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), "")
    if not found and len(data) > 3 and 0 in data[:2]:
        start, encoding = data[:512], "utf-16-be" if data[0] == 0 else "utf-16-le"
        letters = start[: len(start) & ~1].decode(encoding, "replace")
        found = encoding if _WESTERN.fullmatch(letters) else ""
    return found


def _by_start(data: bytes) -> str:
    """What the very first bytes say. A file that begins as one kind is that kind, whatever is behind it."""
    if data.startswith(_ZIP_STARTS):
        return identify_package(data)
    if data.startswith(compound.SIGNATURE):
        return compound.identify_compound(data)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return kinds.WEBP
    if data.startswith(b"BM") and data[6:10] == b"\0\0\0\0":
        return kinds.BMP
    if data.startswith(_PROTECTED_STARTS):
        raise Quarantined("PROTECTED")
    for start, kind in _STARTS:
        if data.startswith(start):
            if not kind:
                raise Quarantined("UNSUPPORTED")
            return kind
    return ""


def _by_pdf_mark(data: bytes) -> str:
    """At the start; or a little later, in a file that goes on like one and does not merely speak of it."""
    if data.lstrip(b"\xef\xbb\xbf\0 \t\r\n").startswith(b"%PDF-"):
        return kinds.PDF
    late = _PDF_LATE.search(data[:_PDF_WINDOW])
    return kinds.PDF if late and _PDF_OBJECT.search(data, late.end(), late.end() + 65536) else ""


def _by_tar_mark(data: bytes) -> str:
    return kinds.TAR if data[_TAR_PLACE : _TAR_PLACE + 5] == _TAR_MARK else ""


def _by_sound(data: bytes) -> str:
    if is_recording(data):
        raise Quarantined("RECORDING")
    return ""


_LOOKS: tuple[Callable[[bytes], str], ...] = (_by_start, _by_pdf_mark, _by_tar_mark, _by_sound)


def _is_binary(data: bytes) -> bool:
    if byte_order_mark(data):
        return False
    sample = data[:65536]
    odd = sum(sample.count(code) for code in range(32) if code not in b"\t\n\r\x0b\x0c\x1b")
    return odd * 50 > len(sample)


def _identify_text(data: bytes, suffix: str) -> str:
    start = _as_letters(data)
    if _HTML_START.match(start):
        return kinds.HTML
    if _XML_START.match(start):
        return kinds.SVG if _SVG_START.search(start) else kinds.XML
    if entry := _ENTRY_START.match(start):
        return kinds.CARD if entry[1].upper() == b"VCARD" else kinds.CALENDAR
    if _MAILBOX_START.match(start) and suffix != ".eml":
        return kinds.MBOX
    if suffix in _BY_SUFFIX:
        return _BY_SUFFIX[suffix]
    if _JSON_START.match(start) and (suffix in _JSON_SUFFIXES or data.rstrip()[-1:] in b"]}"):
        return kinds.JSON
    if suffix == ".xml" and start.lstrip().startswith(b"<"):
        return kinds.XML
    return kinds.EML if _is_letter(start) else kinds.TEXT


def _as_letters(data: bytes) -> bytes:
    """The beginning, one byte a letter, whatever its mark says of its encoding."""
    start = data[:16384]
    if (encoding := byte_order_mark(start)).startswith("utf-16"):
        return start[: len(start) & ~1].decode(encoding, "replace").encode("latin-1", "replace")
    return start.removeprefix(b"\xef\xbb\xbf")[:8192]


def _is_letter(start: bytes) -> bool:
    head = re.split(rb"\r?\n\r?\n", start, maxsplit=1)[0]
    found = {match.group(1).lower() for match in _MAIL_HEADER.finditer(head)}
    return len(found) >= 3 and _MAIL_HEADER.match(head) is not None
