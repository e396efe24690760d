"""What can go wrong with one file, and with a store.

    FileProblem                     one file has a definite outcome that is not a success
    ├── Quarantined                 the file's own fault: broken, protected, over a limit, no text
    └── Failed                      ours: disk, model, interruption; worth another try

`reason` is a code in capitals (ENCRYPTED, DAMAGED, NO_TEXT, TIMEOUT, TOO_LARGE, UNSUPPORTED, …), stable and
listed in ingest/README.md; it never holds text from the file.
"""

from __future__ import annotations

from policies.errors import RingfenceError, UnavailableError


class FileProblem(Exception):
    """A file that did not become a document."""

    outcome = "failed"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Quarantined(FileProblem):
    """The file broke its reader, a limit or a rule: set aside until a person looks."""

    outcome = "quarantined"


class Failed(FileProblem):
    """Our side broke: the next run tries again."""

    outcome = "failed"


class CatalogueError(UnavailableError):
    """The catalogue cannot be read or written, is damaged, or was written by a newer version."""


class Forgotten(CatalogueError):
    """The document was forgotten while it was being taken in, and is not stored."""


class IndexUnavailable(UnavailableError):
    """The index cannot be opened, its owner does not answer, or another embedding model made it."""


class Unseen(UnavailableError):
    """A source cannot be seen just now. That is not the same as empty: nothing may be deleted for it."""


class Withheld(RingfenceError):
    """So much of a source has vanished that nothing was deleted; all else was done."""

    exit_code = 4


class Busy(UnavailableError):
    """Another process is at it; what was asked was not done."""


class NoOriginal(UnavailableError):
    """The file that a document was read from is not at hand, or was never kept."""
