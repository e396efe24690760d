"""A source that was saved under a name: a folder, who answers for it, and what counts for its files.

What is promised: of the source's level, the level of each of its folders that a file lies in, and what a manifest says,
the highest counts. A saved source is a place and its rules; its documents are those of the folder, the same that
`ringfence ingest` would make of it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from ingest.errors import Unseen
from ingest.sources.base import Found, Missing, Source
from ingest.sources.folder import FolderSource
from ingest.sources.manifest import ManifestSource, has_manifest
from policies.labels import Category, Level
from policies.vocabulary import NAMESPACE


class Keeping(StrEnum):
    """What is kept of a file beside its text: the file; nothing, it is read again where it lies; pictures of its
    pages."""

    KEEP = "keep"
    REFERENCE = "reference"
    PAGES = "pages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """`path` is absolute. `folders`: levels of folders within it. `owner`: whom to ask; nothing is decided by it."""

    name: str
    path: str
    owner: str = ""
    groups: frozenset[str] = frozenset()
    level: Level | None = None
    categories: frozenset[Category] = frozenset()
    folders: Mapping[str, Level] = field(default_factory=dict)
    originals: Keeping = Keeping.KEEP

    @property
    def id(self) -> str:
        return id_of(self.name)

    def level_of(self, path: str) -> Level | None:
        """The highest level of the folders that a file lies in; None where none has one."""
        within = (level for folder, level in self.folders.items() if path.startswith(f"{folder}/"))
        return max(within, default=None)


def id_of(name: str) -> str:
    """What stands for the source of that name in the record: a UUIDv5."""
    return str(uuid.uuid5(NAMESPACE, f"source\0{name}"))


class RuledSource:
    """A source whose folders have levels. `manifest` is the digest of the one it has, or nothing."""

    def __init__(self, inner: Source, saved: Saved) -> None:
        self._inner, self._saved = inner, saved
        self.name = inner.name
        self.manifest = inner.manifest.digest if isinstance(inner, ManifestSource) else ""

    def scan(self) -> Iterator[Found | Missing]:
        """See `Source.scan`."""
        for found in self._inner.scan():
            level = self._saved.level_of(found.ref.path)
            if isinstance(found, Missing) or level is None:
                yield found
            else:
                yield replace(found, level=level if found.level is None else max(level, found.level))


def source_at(path: Path) -> Source:
    """A file or folder, with its manifest where there is one. Raises UsageError where nothing is."""
    folder = FolderSource(path)
    return ManifestSource(folder) if has_manifest(folder.root) and folder.root == path.resolve() else folder


def open_saved(saved: Saved) -> RuledSource:
    """Raises Unseen when the folder is not there, or when a link stands in its place: it was saved with all links
    followed, and what one leads to now is no place that anybody named."""
    path = Path(saved.path)
    try:
        there, why = path.is_dir() and path.resolve() == path, ""
    except (OSError, RuntimeError) as error:  # a share that does not answer, links in a circle
        there, why = False, f" ({getattr(error, 'strerror', error)})"
    if not there:
        raise Unseen(
            f"The source {saved.name} cannot be seen: there is no folder {path}{why}. Its documents stay as they are.",
            cure=f"Mount it again and sync. If it is gone for good: `ringfence sources remove {saved.name} --forget`.",
        )
    return RuledSource(source_at(path), saved)
