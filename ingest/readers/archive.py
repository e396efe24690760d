"""Archives and compressed files: what they hold becomes documents of its own. Nothing is written anywhere.

Names are made harmless; links, devices and locked members get an outcome and no bytes; what comes out is counted while
it comes out, whatever the archive says of its sizes.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import PurePath
from typing import IO, Any

from ingest.errors import Quarantined
from ingest.readers import kinds
from ingest.readers.base import Member, RawText
from ingest.readers.bounds import Unpacking, open_package
from ingest.readers.members import Members, listing
from ingest.readers.outline import title_from

_PIECE = 1024 * 1024
_SUFFIXES = {".tgz": ".tar", ".tbz2": ".tar", ".tbz": ".tar", ".txz": ".tar", ".svgz": ".svg"}
_TAR_MARK, _TAR_PLACE = b"ustar", 257
_OPENERS: dict[bytes, Callable[[IO[bytes]], Any]] = {
    b"\x1f\x8b": lambda raw: gzip.GzipFile(fileobj=raw),
    b"BZ": bz2.BZ2File,
    b"\xfd7": lzma.LZMAFile,
}
# What broken archives raise: there is no root. All is read from memory: an OSError speaks of the bytes, not of a disk.
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, lzma.LZMAError, ValueError)


class ArchiveReader:
    media_types = (kinds.ZIP, kinds.TAR, *kinds.COMPRESSED)

    def read(self, data: bytes, name: str) -> RawText:
        """The text of its own is the list of what it holds."""
        if data.startswith(b"PK"):
            kind, members = kinds.ZIP, _unzip(data)
        elif data[_TAR_PLACE : _TAR_PLACE + 5] == _TAR_MARK:
            kind, members = kinds.TAR, _untar(data, len(data))
        else:
            kind, members = _decompress(data, name)
        if not members:
            raise Quarantined("EMPTY")
        title = title_from(name)
        return RawText(title=title, media_type=kind, blocks=listing(PurePath(name).name, members), members=members)


def _unzip(data: bytes) -> tuple[Member, ...]:
    members = Members(len(data))
    with open_package(data) as package:
        for entry in package.infolist():
            if entry.is_dir():
                continue
            members.add(entry.filename, *_zipped(package, entry, members.unpacking))
    return members.all()


def _zipped(package: zipfile.ZipFile, entry: zipfile.ZipInfo, unpacking: Unpacking) -> tuple[bytes, str]:
    """The bytes, or a reason why not."""
    if stat.S_ISLNK(entry.external_attr >> 16):
        return b"", "LINK"
    if entry.flag_bits & 0x1:
        return b"", "ENCRYPTED"
    try:
        with package.open(entry) as stream:
            return _taken(stream, unpacking), ""
    except RuntimeError:  # a way of compressing that nobody here knows, or whose library is missing
        return b"", "UNSUPPORTED"
    except (*_BROKEN, KeyError):
        return b"", "DAMAGED"


def _taken(stream: IO[bytes], unpacking: Unpacking) -> bytes:
    """All of a stream, as long as it is allowed. Raises Quarantined(EXPANDS)."""
    pieces, size = [], 0
    while piece := stream.read(_PIECE):
        size += len(piece)
        if size > unpacking.left:
            raise Quarantined("EXPANDS")
        pieces.append(piece)
    return b"".join(pieces)


def _untar(data: bytes, packed: int) -> tuple[Member, ...]:
    members = Members(packed)
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            for entry in archive:
                if entry.isdir():
                    continue
                if entry.issym() or entry.islnk():
                    members.add(entry.name, problem="LINK")
                elif not entry.isreg() or entry.size > len(data):
                    members.add(entry.name, problem="SPECIAL")
                elif (stream := archive.extractfile(entry)) is not None:
                    members.add(entry.name, _taken(stream, members.unpacking))
    except (tarfile.TarError, *_BROKEN) as error:
        if not members.all():
            raise Quarantined("DAMAGED") from error
        members.add("the rest", problem="DAMAGED")
    return members.all()


def _decompress(data: bytes, name: str) -> tuple[str, tuple[Member, ...]]:
    """One file, unless it is an archive in itself."""
    kind = {b"\x1f\x8b": kinds.GZIP, b"BZ": kinds.BZIP2, b"\xfd7": kinds.XZ}[data[:2]]
    inside = b"".join(_unrolled(data))
    if inside[_TAR_PLACE : _TAR_PLACE + 5] == _TAR_MARK:
        return kinds.TAR, _untar(inside, len(data))
    members = Members(len(data))
    members.add(_name_inside(name), inside)
    return kind, members.all()


def _unrolled(data: bytes) -> Iterator[bytes]:
    unpacking = Unpacking(len(data))
    try:
        with _OPENERS[data[:2]](io.BytesIO(data)) as stream:
            while piece := stream.read(_PIECE):
                unpacking.bytes(len(piece))
                yield piece
    except _BROKEN as error:
        raise Quarantined("DAMAGED") from error


def _name_inside(name: str) -> str:
    """`a.csv.gz` holds `a.csv`."""
    path = PurePath(name)
    return path.stem + _SUFFIXES.get(path.suffix.lower(), "") or "content"


READER = ArchiveReader()
