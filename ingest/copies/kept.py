"""The marks of all documents as files, so that a process starts at once and all of a home share the memory.

What is promised: the catalogue is the truth, and these are made from it again when they are of another key or another
catalogue, or not whole. A file is complete and on disk before `stands.json` names it, and is never changed: whoever
was killed while writing has changed nothing, and what it leaves is removed by the next one. What is read of a file is
held against the checksum of its block, and one that is read as a whole, when several are put together, against its
digest. Files hold keyed marks and ids of documents, no text.
"""

from __future__ import annotations

import hashlib
import json
import logging
import mmap
import os
import struct
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.copies.runs import Run, Source, sieve_width, together
from ingest.copies.segments import Kept, Owner
from ingest.copies.sums import Sums, Torn, length, summed
from ingest.errors import IndexUnavailable
from ingest.index.channel import OwnerLock
from ingest.index.schema import read_json, replace_file

if TYPE_CHECKING:
    import subprocess

    from numpy.typing import NDArray

FORMAT = 2
WAITED = 60.0  # seconds for whoever writes just now
ALIKE = 4  # runs of about one size that are put together
_STATED = "stands.json"
_MARKS, JOINED = ".marks", ".joined"
_HEAD = struct.Struct("<QQ")  # marks, bytes of the names
_log = logging.getLogger(__name__)


Loose = tuple[Sequence[Source], Sequence[Owner], Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One run. `marks`: how many; `digest`: SHA-256 of the file; `sums`: of the checksums that stand at its end."""

    name: str
    marks: int
    bytes: int
    digest: str
    sums: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stands:
    """The files, the older first, and that they hold every document whose last change has at most the number `upto` of
    the feed. `change` is a digest of that change: another catalogue has another one. `hasher`: see `Marked`."""

    hasher: str
    upto: int = 0
    change: str = ""
    files: tuple[File, ...] = ()
    format: int = FORMAT


class Shelves:
    """The files of one home, under one key. `change` gives the digest of a change by its number."""

    def __init__(self, folder: Path, hasher: str, change: Callable[[int], str]) -> None:
        self.folder, self._change = folder, change
        self._none = Stands(hasher=hasher)
        self._joining: subprocess.Popen[bytes] | None = None

    def open(self) -> tuple[Stands, list[Kept]]:
        """What there is; nothing when it is of no use."""
        while (stands := self._usable()).files:
            try:
                return stands, [opened(self.folder, file) for file in stands.files]
            except (OSError, ValueError, KeyError, Torn) as error:
                self.withdraw(stands, error)
        return stands, []

    def withdraw(self, stands: Stands, error: Exception) -> None:
        """Its files are not what was written: they are made again, unless others have come in their place meanwhile."""
        if withdraw(self.folder, stands):
            _log.warning("kept marks cannot be read (%s): they are made again", type(error).__name__)

    def keep(self, base: Stands, upto: int, loose: Loose) -> bool:
        """Put what came after `base` into a file, or find that another process has gone on from there. False while
        another one writes, and when there is no space."""
        try:
            with locked(self.folder, "writing") as mine:
                stands = self._usable()
                if not mine or stands.upto != base.upto:
                    return mine
                files = (*stands.files, write(self.folder, *loose))
                state(self.folder, replace(stands, upto=upto, change=self._change(upto), files=files))
        except (OSError, IndexUnavailable) as error:
            _log.warning("marks could not be kept (%s): they stay in memory", type(error).__name__)
            return False
        self._join(files)
        return True

    def _join(self, files: Sequence[File]) -> None:
        """Have files of one size put together aside."""
        from ingest.index.graphing import start

        if due(files) and (self._joining is None or self._joining.poll() is not None):
            self._joining = start("ingest.copies.joining", str(self.folder))

    def discard(self) -> bool:
        """Remove every file, if there is any. Whoever has one open goes on with it. Raises IndexUnavailable while
        another process writes."""
        if not self.folder.is_dir():
            return False
        with locked(self.folder, "writing", seconds=WAITED) as mine:
            if not mine:
                raise IndexUnavailable("Another process keeps marks just now.", cure="Run the same command again.")
            paths = [path for ending in (_STATED, _MARKS, JOINED) for path in self.folder.glob(f"*{ending}")]
            for path in paths:
                path.unlink(missing_ok=True)
        return bool(paths)

    def _usable(self) -> Stands:
        """What is stated, where it is of this key and this catalogue."""
        stands = stated(self.folder)
        if stands is None or stands.hasher != self._none.hasher or self._change(stands.upto) != stands.change:
            return self._none
        return stands


def stated(folder: Path) -> Stands | None:
    """What lies there; None when nothing does, or another version wrote it."""
    found = read_json(folder / _STATED)
    if found is None or found.get("format") != FORMAT:
        return None
    try:
        return Stands(**found | {"files": tuple(File(**file) for file in found["files"])})
    except (TypeError, KeyError):
        return None


def withdraw(folder: Path, stands: Stands) -> bool:
    """Nothing stands any more, where that did: its files are not what was written. False where it did not, or another
    process writes."""
    with locked(folder, "writing", seconds=WAITED) as mine:
        if not mine or stated(folder) != stands:
            return False
        (folder / _STATED).unlink()
    return True


def state(folder: Path, stands: Stands) -> None:
    """From now on these are the files; others are removed. Only under the lock "writing"."""
    replace_file(folder / _STATED, json.dumps(asdict(stands), indent=1))
    tidy(folder, stands)


def tidy(folder: Path, stands: Stands) -> None:
    """Remove the files that do not stand, also those of one who was killed before. Only under the lock "writing"."""
    names = {file.name for file in stands.files}
    for path in folder.glob(f"*{_MARKS}"):
        if path.name not in names:
            path.unlink(missing_ok=True)


@contextmanager
def locked(folder: Path, name: str, *, seconds: float = 0.0) -> Iterator[bool]:
    """Whether the lock of that name could be had within so many seconds."""
    lock, end = OwnerLock(folder / f"{name}.lock"), time.monotonic() + seconds
    while not (mine := lock.acquire()) and time.monotonic() < end:
        time.sleep(0.05)
    try:
        yield mine
    finally:
        lock.release()


def due(files: Sequence[File]) -> slice | None:
    """Which neighbours should become one: several of about one size, and what is smaller between them."""
    sizes = [file.marks.bit_length() // 2 for file in files]
    for largest in sorted(set(sizes)):
        start = 0
        for at, size in enumerate([*sizes, largest + 1]):
            if size > largest:
                if sizes[start:at].count(largest) >= ALIKE:
                    return slice(start, at)
                start = at + 1
    return None


def write(
    folder: Path, sources: Sequence[Source], owners: Sequence[Owner], gone: Sequence[str], *, ending: str = _MARKS
) -> File:
    """One run of several, on disk. Raises OSError, and then nothing is left."""
    marks = sum(owner.marks for owner in owners)
    stated = [[owner.document, owner.distinct, owner.marks] for owner in owners]
    names = json.dumps({"owners": stated, "gone": list(gone)}).encode()
    names += b" " * (-len(names) % 4)  # what follows them begins at a number's place
    places = _places(marks, len(names))
    path = folder / f"{uuid.uuid4().hex[:12]}{ending}"
    try:
        with open(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "r+b") as file:
            os.ftruncate(file.fileno(), places[-1])
            _fill(file.fileno(), places, together(sources, marks))
            os.pwrite(file.fileno(), _HEAD.pack(marks, len(names)), 0)
            _put(file.fileno(), names, places[5])
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
                sums = summed(mapped, places[6]).tobytes()
            _put(file.fileno(), sums, places[6])
            os.fsync(file.fileno())
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return File(name=path.name, marks=marks, bytes=places[-1], digest=digest, sums=hashlib.sha256(sums).hexdigest())


def opened(folder: Path, file: File, *, whole: bool = False) -> Kept:
    """`whole`: held against its digest now, and else each block against its checksum when it is read. Raises OSError or
    Torn."""
    import numpy as np

    with (folder / file.name).open("rb") as read:
        if os.fstat(read.fileno()).st_size != file.bytes:
            raise Torn
        if whole and hashlib.file_digest(read, "sha256").hexdigest() != file.digest:
            raise Torn
        mapped = mmap.mmap(read.fileno(), 0, access=mmap.ACCESS_READ)
    marks, names = _HEAD.unpack_from(mapped)
    places = _places(marks, names)
    if places[-1] != file.bytes:
        raise Torn
    if hashlib.sha256(mapped[places[6] :]).hexdigest() != file.sums:
        raise Torn
    sums = Sums(mapped, places[6], np.frombuffer(mapped, np.uint32, offset=places[6]))
    sums.look_through(0, _HEAD.size)
    sums.look_through(places[5], places[6])
    arrays = {
        name: np.frombuffer(mapped, kind, (stop - start) // np.dtype(kind).itemsize, start)
        for (name, kind), start, stop in zip(_ARRAYS.items(), places, places[1:], strict=False)
    }
    starts = dict(zip(_ARRAYS, places, strict=False))

    def look(name: str, at: NDArray[np.int64]) -> None:
        sums.look(starts[name] + at * arrays[name].itemsize)

    stated = json.loads(mapped[places[5] : places[6]])
    owners = [Owner(document=document, distinct=distinct, marks=all) for document, distinct, all in stated["owners"]]
    return Kept(run=Run(**arrays, look=None if whole else look), owners=tuple(owners), gone=tuple(stated["gone"]))


_ARRAYS = {"marks": "uint64", "owners": "int32", "chunks": "uint32", "pairs": "int32", "sieve": "uint8"}


def _places(marks: int, names: int) -> list[int]:
    """Where in a file the five arrays of a run begin, then its names, its checksums, and where it ends."""
    lengths = (8 * marks, 4 * marks, 4 * marks, 4 * (marks + 1), 1 << (sieve_width(marks) - 3), names)
    *starts, sums = accumulate(lengths, initial=_HEAD.size)
    return [*starts, sums, sums + length(sums)]


def _fill(file: int, places: Sequence[int], parts: Iterable[Run]) -> None:
    at = [*places[:5]]
    at[3] += 4  # the first of the pairs is 0, and a hole in a file is
    for part in parts:
        arrays: list[NDArray[Any]] = [part.marks, part.owners, part.chunks, part.pairs, part.sieve]
        for place, array in enumerate(arrays):
            _put(file, array, at[place])
            at[place] += array.nbytes


def _put(file: int, data: Any, at: int) -> None:
    """All of an array or of bytes: one call may write less."""
    left = memoryview(data).cast("B")
    while left:
        done = os.pwrite(file, left, at)
        left, at = left[done:], at + done
