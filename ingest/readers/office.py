"""What the three office formats share: core and custom properties, classification ids among them, and flags."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from typing import Any, NamedTuple

from lxml import etree

from ingest.errors import Quarantined
from ingest.readers.base import Flag
from ingest.readers.label_marks import LABEL_INFO, of_label_info
from ingest.readers.outline import one_line
from ingest.readers.xmltree import parse, words

_PARTS = ("docProps/core.xml", "docProps/custom.xml", "docProps/app.xml")
_CUSTOM = "{http://schemas.openxmlformats.org/officeDocument/2006/custom-properties}property"
_OF_THE_PROGRAM = ("company", "manager")  # the rest of app.xml speaks of the program, not of the document
_MAX_PART = 2 * 1024 * 1024
_MAX_TREE = 32 * 1024 * 1024
_EFFECTIVE = ("effective date", "effective")
_WRITTEN = ("modified", "created")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_TYPES = "[Content_Types].xml"
_OPEN = b"application/vnd.openxmlformats-officedocument."
_WORD, _SLIDES = _OPEN + b"wordprocessingml.document.main+xml", _OPEN + b"presentationml.presentation.main+xml"
_PLAIN = {
    _OPEN + b"wordprocessingml.template.main+xml": _WORD,
    b"application/vnd.ms-word.document.macroenabled.main+xml": _WORD,
    b"application/vnd.ms-word.template.macroenabledtemplate.main+xml": _WORD,
    _OPEN + b"presentationml.template.main+xml": _SLIDES,
    _OPEN + b"presentationml.slideshow.main+xml": _SLIDES,
    b"application/vnd.ms-powerpoint.presentation.macroenabled.main+xml": _SLIDES,
    b"application/vnd.ms-powerpoint.slideshow.macroenabled.main+xml": _SLIDES,
}
_TYPE = re.compile(b"|".join(re.escape(known) for known in _PLAIN), re.I)
_LINK = re.compile(rb"<Relationship\b[^>]*?TargetMode\s*=\s*[\"']External[\"'][^>]*>", re.I)


def office_properties(package: zipfile.ZipFile) -> dict[str, str]:
    """Names in lower case. Entities are not resolved; a broken part gives nothing."""
    found: dict[str, str] = {}
    for part in _PARTS:
        try:
            if package.getinfo(part).file_size > _MAX_PART:
                continue
            root = parse(package.read(part))
        except (KeyError, Quarantined, zipfile.BadZipFile):
            continue
        for node in root:
            if not isinstance(node.tag, str):
                continue
            key = (node.get("name") if node.tag == _CUSTOM else etree.QName(node).localname) or ""
            value = one_line(words(node))
            if key and value and (not part.endswith("app.xml") or key.lower() in _OF_THE_PROGRAM):
                found[key.lower()] = value[:1000]
    if LABEL_INFO in package.namelist() and package.getinfo(LABEL_INFO).file_size <= _MAX_PART:
        found |= of_label_info(package.read(LABEL_INFO))
    return found


class Relation(NamedTuple):
    """One part of the package as another one refers to it: by an id, as a chart or a comment, and where it lies."""

    id: str
    kind: str
    target: str


def related(package: zipfile.ZipFile, part: str) -> list[Relation]:
    """What a part of the package refers to within it."""
    folder, _, name = part.rpartition("/")
    root = tree(package, f"{folder}/_rels/{name}.rels")
    found: list[Relation] = []
    for node in root if root is not None else ():
        if node.get("TargetMode") != "External" and (target := node.get("Target")):
            kind = (node.get("Type") or "").rpartition("/")[2]
            found.append(
                Relation(node.get("Id") or "", kind, posixpath.normpath(posixpath.join("/", folder, target))[1:])
            )
    return found


def tree(package: zipfile.ZipFile, part: str) -> Any:
    """The root of a part that the document can do without; None where it is missing, broken or too large."""
    try:
        return parse(package.read(part)) if package.getinfo(part).file_size <= _MAX_TREE else None
    except (KeyError, Quarantined, zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError):
        return None


def office_flags(package: zipfile.ZipFile) -> tuple[Flag, ...]:
    """Programs are not looked into, and what lies outside is not fetched. A link that a person clicks is no flag."""
    names = [name.lower() for name in package.namelist()]
    macros = any(name.endswith("vbaproject.bin") or "/macrosheets/" in name for name in names)
    return (*([Flag.MACROS] if macros else []), *([Flag.EXTERNAL] if _reaches_out(package) else []))


def _reaches_out(package: zipfile.ZipFile) -> bool:
    if any("/externallinks/" in name.lower() for name in package.namelist()):
        return True
    for member in package.infolist():
        if not member.filename.endswith(".rels") or member.file_size > _MAX_PART:
            continue
        if any(b"/hyperlink" not in link[0] for link in _LINK.finditer(package.read(member))):
            return True
    return False


def without_programs(data: bytes, package: zipfile.ZipFile) -> bytes:
    """A template, or a document with programs, as the plain document that it is besides: the libraries for those read
    no other. Any other file comes back as it is."""
    types = package.read(_TYPES)
    plain = _TYPE.sub(lambda match: _PLAIN[match[0].lower()], types)
    if plain == types:
        return data
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w") as copy:
        for member in package.infolist():
            if not member.is_dir():
                copy.writestr(member.filename, plain if member.filename == _TYPES else package.read(member))
    return result.getvalue()


def core_date(properties: dict[str, str]) -> str:
    """The date its author gave it, else when it was last written; empty when neither is a date. A file made from a
    template says that it was last written when the template was, which is before it was created."""
    given, written = (
        [match[0] for key in keys if (match := _DATE.match(properties.get(key, "")))] for keys in (_EFFECTIVE, _WRITTEN)
    )
    return given[0] if given else max(written, default="")
