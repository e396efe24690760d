"""How much one file may cost, told before it is spent. The operating system's limits stand behind these."""

from __future__ import annotations

import io
import zipfile

from ingest.errors import Quarantined

MAX_PAGES = 5_000
MAX_CHARACTERS = 20_000_000
MAX_MEMBERS = 10_000
MAX_EXPANDED = 256 * 1024 * 1024
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
    for member in members:
        if member.flag_bits & 0x1:
            raise Quarantined("ENCRYPTED")
        if member.file_size > FREE_RATIO_BELOW and member.file_size > MAX_RATIO * max(1, member.compress_size):
            raise Quarantined("EXPANDS")
    return package
