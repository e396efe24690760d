"""Which kind of compound file is this? Word, Excel and PowerPoint before 2007 and letters of Outlook share one box."""

from __future__ import annotations

import io
import struct
from datetime import datetime
from typing import Any

import olefile

from ingest.errors import Quarantined
from ingest.readers import kinds
from ingest.readers.label_marks import of_bytes
from ingest.readers.outline import one_line

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_RIGHTS_MANAGED = "\tdrmcontent"
_FIB_ENCRYPTED = 0x0100
_PPT_LOCKED = 0xF3D1C4DF  # the mark of a locked file in "Current User"
_MAX_SUMMARY = 1024 * 1024
_FILEPASS, _BOF = 0x002F, 0x0809
_MAX_RECORDS = 200
_CHARSETS = {65001: "utf-8", -535: "utf-8", 1200: "utf-16-le", 10000: "mac-roman", 20127: "ascii", 54936: "gb18030"}
_CHARSETS |= {20866: "koi8-r", 21866: "koi8-u", 50220: "iso2022_jp", 50221: "iso2022_jp", 51932: "euc_jp"}


def identify_compound(data: bytes) -> str:
    """The kind. Raises Quarantined: ENCRYPTED, PROTECTED, DAMAGED, UNSUPPORTED."""
    with opened(data) as box:
        found = {"/".join(path).lower() for path in box.listdir(streams=True, storages=False)}
        tops = {path.partition("/")[0] for path in found}
        if any(name.endswith(_RIGHTS_MANAGED) or _RIGHTS_MANAGED in name for name in found):
            raise Quarantined("PROTECTED")
        if "encryptedpackage" in tops:
            raise Quarantined("ENCRYPTED")
        if "worddocument" in tops:
            return _unlocked(_word_is_locked(box), kinds.DOC)
        if tops & {"workbook", "book"}:
            return _unlocked(_sheet_is_locked(box, "Workbook" if "workbook" in tops else "Book"), kinds.XLS)
        if "powerpoint document" in tops:
            return _unlocked(_slides_are_locked(box) or "encryptedsummary" in tops, kinds.PPT)
        if "__properties_version1.0" in tops:
            return kinds.MSG
    raise Quarantined("UNSUPPORTED")


def opened(data: bytes) -> Any:
    """The box, to be used as a context manager. Raises Quarantined(DAMAGED)."""
    try:
        return olefile.OleFileIO(io.BytesIO(data))
    except Exception as error:  # its own errors, struct, index and many more: it has no root
        raise Quarantined("DAMAGED") from error


def stream(box: Any, *path: str, limit: int) -> bytes:
    """At most `limit` bytes of a stream; nothing when it is not there or broken."""
    try:
        with box.openstream(list(path)) as found:
            return bytes(found.read(limit))
    except Exception:  # noqa: BLE001 - a broken stream of a box that has others; the library has no root error
        return b""


def check_chains(box: Any) -> None:
    """Raise Quarantined(DAMAGED) where sectors follow one another in a circle: the library for workbooks would go round
    in it until it has no memory left, and end the process."""
    root, small = box.root, box.minisectorcutoff
    large = [one.isectStart for one in box.direntries if one is not None and (one is root or one.size >= small)]
    minute = [one.isectStart for one in box.direntries if one is not None and one is not root and one.size < small]
    box.loadminifat()
    for table, starts in ((box.fat, (box.first_dir_sector, box.first_mini_fat_sector, *large)), (box.minifat, minute)):
        for sector in starts:
            left = len(table)
            while sector < len(table):
                sector, left = table[sector], left - 1
                if left < 0:
                    raise Quarantined("DAMAGED")


def has_macros(box: Any) -> bool:
    """Whether a program lies in it. It is never looked into."""
    names = {part.lower() for path in box.listdir(streams=True, storages=True) for part in path}
    return bool(names & {"vba", "macros", "_vba_project_cur", "_vba_project"})


def _unlocked(locked: bool, kind: str) -> str:
    if locked:
        raise Quarantined("ENCRYPTED")
    return kind


def _word_is_locked(box: Any) -> bool:
    head = stream(box, "WordDocument", limit=12)
    return len(head) == 12 and bool(struct.unpack_from("<H", head, 10)[0] & _FIB_ENCRYPTED)


def _slides_are_locked(box: Any) -> bool:
    head = stream(box, "Current User", limit=16)
    return len(head) == 16 and struct.unpack_from("<I", head, 12)[0] == _PPT_LOCKED


def _sheet_is_locked(box: Any, name: str) -> bool:
    """A record that says so stands near the start. Excel's own password for write-protected files opens all readers,
    and is told apart only by trying: that is the reader's part."""
    head, place = stream(box, name, limit=64 * 1024), 0
    for _ in range(_MAX_RECORDS):
        if place + 4 > len(head):
            return False
        kind, size = struct.unpack_from("<HH", head, place)
        if kind == _FILEPASS:
            return True
        place += 4 + size
    return False


def properties(box: Any) -> dict[str, str]:
    """What the file says of itself, under the names that other office files use. Raises Quarantined(DAMAGED): a marking
    or a label may lie in what cannot be read."""
    known = len(box.parsing_issues)
    try:
        stated = box.get_metadata()
    except Exception as error:  # as above: it has no root
        raise Quarantined("DAMAGED") from error
    if len(box.parsing_issues) > known:
        raise Quarantined("DAMAGED")
    page = getattr(stated, "codepage", None) or 1252
    found = of_bytes(stream(box, "\x05DocumentSummaryInformation", limit=_MAX_SUMMARY))
    for key in ("title", "subject", "author", "keywords", "company", "category"):
        value = getattr(stated, key, None)
        text = one_line(_decoded(value, page)) if isinstance(value, bytes) else one_line(str(value or ""))
        if text:
            found[key] = text[:1000]
    for key, name in (("last_saved_time", "modified"), ("create_time", "created")):
        if isinstance(when := getattr(stated, key, None), datetime) and when.year > 1980:
            found[name] = when.date().isoformat()
    return found


def charset(page: int) -> str:
    """What Python calls a code page; it may know none of that name."""
    return _CHARSETS.get(page) or (f"iso8859-{page - 28590}" if 28590 < page < 28606 else f"cp{page}")


def _decoded(value: bytes, page: int) -> str:
    try:
        return value.decode(charset(page), "replace")
    except LookupError:
        return value.decode("cp1252", "replace")
