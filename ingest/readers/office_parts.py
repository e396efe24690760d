"""Files inside office files: what was embedded, where there is not one word the pictures, and parts that could not be
read.

An embedded file of another program lies in a box of its own; it is taken out of it.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Collection, Iterable
from pathlib import PurePosixPath

from ingest.errors import Quarantined
from ingest.readers import compound
from ingest.readers.base import Block, Member, is_shown
from ingest.readers.bounds import unpacked
from ingest.readers.members import Members
from ingest.readers.office import Parts

_EMBEDDED = ("/embeddings/",)
_PICTURES = ("/media/", "Pictures/")
_READABLE = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
_NATIVE, _CONTENTS, _PACKAGE = "\x01Ole10Native", "CONTENTS", "Package"
_LIMIT = 128 * 1024 * 1024


def held(parts: Parts, blocks: Iterable[Block], packed: int, also: Collection[str] = ()) -> tuple[Member, ...]:
    """What the file holds besides its text, `also` these parts of it, and what could not be read.

    Raises Quarantined: EXPANDS, TOO_MANY_MEMBERS."""
    members = Members(packed)
    for name, problem in parts.unread.items():
        members.add(name, problem=problem)
    bare = not any(is_shown(block) and block.text.strip() for block in blocks)
    for entry in parts.package.infolist():
        name = entry.filename
        if entry.is_dir():
            continue
        if name in also or any(folder in name for folder in _EMBEDDED):
            members.add(*_unboxed(parts.package, entry))
        elif bare and name.lower().endswith(_READABLE) and any(folder in name for folder in _PICTURES):
            members.add(*_taken(parts.package, entry))
    return members.all()


def _taken(package: zipfile.ZipFile, entry: zipfile.ZipInfo) -> tuple[str, bytes, str]:
    """Name, bytes and problem of a file that lies there as it is."""
    name = PurePosixPath(entry.filename).name
    try:
        return name, unpacked(package, entry), ""
    except Quarantined as problem:
        return name, b"", problem.reason


def _unboxed(package: zipfile.ZipFile, entry: zipfile.ZipInfo) -> tuple[str, bytes, str]:
    """The same of an embedded file."""
    name, data, problem = _taken(package, entry)
    if not data.startswith(compound.SIGNATURE):
        return name, data, problem
    try:
        with compound.opened(data) as box:
            if native := compound.stream(box, _NATIVE, limit=_LIMIT):
                return _native(name, native)
            for inner in (_CONTENTS, _PACKAGE):
                if found := compound.stream(box, inner, limit=_LIMIT):
                    return name, found, ""
    except Quarantined as broken:
        return name, b"", broken.reason
    return name, data, ""  # a file of its own kind: an old document in a new one


def _native(name: str, stream: bytes) -> tuple[str, bytes, str]:
    """A label, two paths, and then the file."""
    try:
        label_end = stream.index(b"\0", 6)
        path_end = stream.index(b"\0", label_end + 1)
        temporary_size = struct.unpack_from("<I", stream, path_end + 5)[0]
        place = path_end + 9 + temporary_size
        size = struct.unpack_from("<I", stream, place)[0]
    except (ValueError, struct.error):
        return name, b"", "DAMAGED"
    label = stream[6:label_end].decode("cp1252", "replace").replace("\\", "/").rsplit("/", 1)[-1]
    return label or name, stream[place + 4 : place + 4 + size], ""
