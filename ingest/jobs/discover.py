"""What is there: the files under the paths that were named, each once.

Local files are one source, and a path within it is absolute: so a file is one document, whether it was named itself or
found in a folder, or in the folder above that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.catalogue.worklog import Worklog
from ingest.sources.base import Found
from ingest.sources.folder import FolderSource
from policies.vocabulary import SourceRef

LOCAL = "files"


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that is there. `problem`: why it cannot be taken in at all."""

    ref: SourceRef
    found: Found
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovered:
    """`roots` are the folders and files that were looked at: what was once under them and is not now has gone."""

    files: tuple[File, ...]
    roots: tuple[str, ...]


def discover(paths: Sequence[Path], worklog: Worklog) -> Discovered:
    """Raises UsageError for a path where nothing is and nothing ever was, UnavailableError for what cannot be seen."""
    files: dict[str, File] = {}
    roots: dict[str, None] = {}
    for path in paths:
        root = str(path.resolve())
        roots[root] = None
        if not path.exists() and next(worklog.known_under(LOCAL, root), None):
            continue  # it was there once: whether it has gone for good is seen later
        source = FolderSource(path)
        for found in source.scan():
            file = _named(f"{source.name.rstrip('/')}/{found.ref.path}", found)
            files.setdefault(file.ref.path, file)
    return Discovered(files=tuple(files.values()), roots=tuple(roots))


def _named(path: str, found: Found) -> File:
    try:
        path.encode()
    except UnicodeEncodeError:  # bytes that are no text in any language: nothing could cite it
        shown = path.encode("utf-8", "backslashreplace").decode()
        return File(ref=SourceRef(source=LOCAL, path=shown), found=found, problem="BAD_NAME")
    return File(ref=SourceRef(source=LOCAL, path=path), found=found)
