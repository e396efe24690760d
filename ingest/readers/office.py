"""What the three office formats share: parts and what they refer to, core and custom properties, flags.

A document whose text or properties cannot be read is set aside. One of which another part cannot be read, a comment or
a drawing, is taken in, and the part is a member of it that was set aside, with the reason: see `office_parts`.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from typing import Any, NamedTuple

from lxml import etree

from ingest.errors import Quarantined
from ingest.readers.base import Flag
from ingest.readers.bounds import unpacked
from ingest.readers.label_marks import LABEL_INFO, of_label_info
from ingest.readers.outline import one_line
from ingest.readers.xmltree import parse, words

_PARTS = ("docProps/core.xml", "docProps/custom.xml", "docProps/app.xml")
_CUSTOM = "{http://schemas.openxmlformats.org/officeDocument/2006/custom-properties}property"
_OF_THE_PROGRAM = ("company", "manager")  # the rest of app.xml speaks of the program, not of the document
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


class Relation(NamedTuple):
    """One part of the package as another one refers to it: by an id, as a chart or a comment, and where it lies."""

    id: str
    kind: str
    target: str


class Parts:
    """The parts of a package. `unread`: those that the document can do without and that could not be read, and why."""

    def __init__(self, package: zipfile.ZipFile) -> None:
        self.package = package
        self.unread: dict[str, str] = {}

    def size(self, name: str) -> int:
        """In bytes, unpacked; 0 where there is none."""
        member = self.package.NameToInfo.get(name)
        return member.file_size if member else 0

    def needed(self, name: str, *, limit: int = _MAX_TREE) -> Any:
        """The root of a part, None where there is none. Raises Quarantined: DAMAGED, TOO_LARGE."""
        if name not in self.package.NameToInfo:
            return None
        if self.size(name) > limit:
            raise Quarantined("TOO_LARGE")
        return parse(unpacked(self.package, self.package.getinfo(name)))

    def tree(self, name: str) -> Any:
        """The same of a part that the document can do without: one that cannot be read is `unread`."""
        try:
            return self.needed(name)
        except Quarantined as problem:
            self.unread[name] = problem.reason
            return None

    def related(self, name: str) -> list[Relation]:
        """What a part refers to within the package."""
        folder, _, last = name.rpartition("/")
        root = self.tree(f"{folder}/_rels/{last}.rels")
        found: list[Relation] = []
        for node in root if root is not None else ():
            if node.get("TargetMode") != "External" and (target := node.get("Target")):
                kind = (node.get("Type") or "").rpartition("/")[2]
                path = posixpath.normpath(posixpath.join("/", folder, target))[1:]
                found.append(Relation(node.get("Id") or "", kind, path))
        return found


def office_properties(parts: Parts) -> dict[str, str]:
    """Names in lower case. Entities are not resolved. Raises Quarantined: DAMAGED, TOO_LARGE, where one of the parts
    cannot be read; the document's label may stand in it."""
    found: dict[str, str] = {}
    for name in _PARTS:
        root = parts.needed(name)
        for node in root if root is not None else ():
            if not isinstance(node.tag, str):
                continue
            key = (node.get("name") if node.tag == _CUSTOM else etree.QName(node).localname) or ""
            value = one_line(words(node))
            if key and value and (not name.endswith("app.xml") or key.lower() in _OF_THE_PROGRAM):
                found[key.lower()] = value[:1000]
    labels = parts.needed(LABEL_INFO)
    return found if labels is None else found | of_label_info(labels)


def office_flags(package: zipfile.ZipFile) -> tuple[Flag, ...]:
    """Programs are not looked into, and what lies outside is not fetched. A link that a person clicks is no flag."""
    names = [name.lower() for name in package.namelist()]
    macros = any(name.endswith("vbaproject.bin") or "/macrosheets/" in name for name in names)
    return (*([Flag.MACROS] if macros else []), *([Flag.EXTERNAL] if _reaches_out(package) else []))


def _reaches_out(package: zipfile.ZipFile) -> bool:
    if any("/externallinks/" in name.lower() for name in package.namelist()):
        return True
    for member in package.infolist():
        if member.filename.endswith(".rels"):
            if member.file_size > _MAX_TREE:
                return True  # too many to look at: nobody knows that it does not
            if any(b"/hyperlink" not in link[0] for link in _LINK.finditer(unpacked(package, member))):
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
