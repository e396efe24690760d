"""How much one file may cost, told before it is spent. The operating system's limits stand behind these."""

from __future__ import annotations

import io
import zipfile
import zlib

from ingest.errors import Quarantined

MAX_PAGES = 5_000
MAX_CHARACTERS = 20_000_000
MAX_MEMBERS = 10_000
MAX_EXPANDED = 256 * 1024 * 1024
MAX_PARTS = 1_000  # files inside one file
MAX_UNPACKED = 128 * 1024 * 1024  # of what one file holds: its members lie in memory together
MAX_RATIO = 200  # office files compress 5 to 20 times; a bomb, a thousand times
FREE_RATIO_BELOW = 8 * 1024 * 1024  # a small member may compress as it likes


def check_pages(count: int) -> None:
    """Raise Quarantined(TOO_MANY_PAGES) above the limit."""
    if count > MAX_PAGES:
        raise Quarantined("TOO_MANY_PAGES")


def open_package(data: bytes) -> zipfile.ZipFile:
    """The zip directory of an office file, once its stated sizes are within bounds.

    zipfile never returns more of a member than its stated size, so the directory cannot lie upwards.
    """
    try:
        package = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OverflowError) as error:
        raise Quarantined("DAMAGED") from error
    members = package.infolist()
    if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > MAX_EXPANDED:
        raise Quarantined("EXPANDS")
    if sum(member.compress_size for member in members) > len(data):
        raise Quarantined("EXPANDS")  # members that lie over one another
    for member in members:
        if member.file_size > FREE_RATIO_BELOW and member.file_size > MAX_RATIO * max(1, member.compress_size):
            raise Quarantined("EXPANDS")
    return package


def unpacked(package: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """The bytes of a member. Raises Quarantined(DAMAGED)."""
    try:
        return package.read(member)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as error:
        raise Quarantined("DAMAGED") from error


class Unpacking:
    """Counts what comes out of one file. Raises Quarantined: EXPANDS, TOO_MANY_MEMBERS."""

    def __init__(self, packed: int) -> None:
        self._packed, self._bytes, self._members = packed, 0, 0

    @property
    def left(self) -> int:
        """How many bytes may still come."""
        return MAX_UNPACKED - self._bytes

    def member(self) -> None:
        self._members += 1
        if self._members > MAX_PARTS:
            raise Quarantined("TOO_MANY_MEMBERS")

    def bytes(self, count: int) -> None:
        self._bytes += count
        if self._bytes > MAX_UNPACKED:
            raise Quarantined("EXPANDS")
        if self._bytes > FREE_RATIO_BELOW and self._bytes > MAX_RATIO * max(1, self._packed):
            raise Quarantined("EXPANDS")
