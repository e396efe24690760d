"""What is there: the files under the paths that were named, each once.

Local files are one source, and a path within it is absolute: so a file is one document, whether it was named itself or
found in a folder, or in the folder above that.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ingest.catalogue.worklog import Worklog
from ingest.errors import Quarantined
from ingest.readers.bounds import MAX_EXPANDED
from ingest.sources.base import Found, Missing, Source
from ingest.sources.saved import source_at
from policies.labels import Level
from policies.vocabulary import SourceRef

LOCAL = "files"
MARK = "!/"  # parts a container from its member in a path
MAX_INSIDE = 5_000  # members of one file, all levels together


@dataclass(kw_only=True)
class Allowance:
    """What may still come out of one file and all that it holds. Safe for threads."""

    members: int = MAX_INSIDE
    bytes: int = MAX_EXPANDED
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, members: int, size: int) -> None:
        """Raises Quarantined(EXPANDS) when it is used up, and then nothing more comes out."""
        with self._lock:
            self.members -= members
            self.bytes -= size
            if self.members < 0 or self.bytes < 0:
                raise Quarantined("EXPANDS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """Where a member stands. `floor`: what its containers are marked with; `ids`: the sensitivity labels in them.
    `standing`: its container is unchanged."""

    depth: int
    allowance: Allowance
    floor: Level | None = None
    ids: frozenset[str] = frozenset()
    standing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that is there, or lies within another. `problem`: why it cannot be taken in at all."""

    ref: SourceRef
    found: Found
    problem: str = ""
    within: Within | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovered:
    """`roots` are the folders and files that were looked at: what was once under them and is not now has gone.
    `missing`: what a source names and does not give."""

    files: tuple[File, ...]
    roots: tuple[str, ...]
    missing: tuple[Missing, ...] = ()


def discover(paths: Sequence[Path], worklog: Worklog) -> Discovered:
    """Raises UsageError for a path where nothing is and nothing ever was, Unseen for what cannot be seen."""
    sources: list[Source] = []
    roots: dict[str, None] = {}
    for path in paths:
        root = str(path.resolve())
        roots[root] = None
        if path.exists() or next(worklog.known_under(LOCAL, root), None) is None:
            sources.append(source_at(path))  # else it was there once: whether it has gone for good is seen later
    return look(sources, tuple(roots))


def look(sources: Iterable[Source], roots: tuple[str, ...]) -> Discovered:
    """What the sources have, and what they name and do not have. See `Source.scan` for the errors."""
    files: dict[str, File] = {}
    missing: dict[str, Missing] = {}
    for source in sources:
        for found in source.scan():
            path = f"{source.name.rstrip('/')}/{found.ref.path}"
            if isinstance(found, Missing):
                ref = SourceRef(source=LOCAL, path=_shown(path))
                missing[ref.path] = Missing(ref=ref, reason=found.reason)
            else:
                file = _named(path, found)
                files.setdefault(file.ref.path, file)
    return Discovered(files=tuple(files.values()), roots=roots, missing=tuple(missing.values()))


def place_of(path: str) -> tuple[str, list[str]]:
    """The file on the disk, and the members on the way from there: a folder's name may end as a container is marked
    (`Important!`). Of what is not there the shortest."""
    place, inner = path, list[str]()
    while MARK in place and not os.path.lexists(place):
        place, _, member = place.rpartition(MARK)
        inner.insert(0, member)
    return place, inner


def _named(path: str, found: Found) -> File:
    shown = _shown(path)
    return File(
        ref=SourceRef(source=LOCAL, path=shown),
        found=found,
        problem="" if shown == path else "BAD_NAME",  # nothing could cite it
    )


def _shown(path: str) -> str:
    """Bytes that are no text in any language, as figures."""
    return path.encode("utf-8", "backslashreplace").decode()
