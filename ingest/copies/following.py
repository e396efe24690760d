"""The marks of all documents, brought up to the catalogue: what is kept in files, and what came since.

What is promised: after `refresh` every mark of a document that was committed before the call is found, and none of a
version that is gone. A process starts with the files and reads no more than `loose` marks from the catalogue, unless
they are not there, or are not this catalogue's: then all of them are read, and kept on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from ingest.catalogue import marks
from ingest.catalogue.catalogue import Catalogue
from ingest.catalogue.marks import Marked
from ingest.copies.kept import Shelves, Stands
from ingest.copies.segments import Kept, Segments, Standing
from ingest.copies.sums import Torn
from ingest.errors import IndexUnavailable
from policies.copies.quotations import template
from policies.vocabulary import Chunk, Document

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TRIES = 2
_AGAIN = "Another process writes them: run the same command again when it has ended."
TOGETHER = 500  # documents whose marks are read at once
LOOSE = 1 << 20

Mark = Callable[[Document, Sequence[Chunk]], Marked]


class Following:
    """Safe for several threads; each process has its own. `mark` makes a document's marks, under the key that `hasher`
    names. `folder`: where they are kept, from `loose` of them on; without one they stay in memory."""

    def __init__(
        self, catalogue: Catalogue, hasher: str, mark: Mark, *, folder: Path | None = None, loose: int = LOOSE
    ) -> None:
        self._database, self._latest = catalogue.database, catalogue.latest
        self._hasher, self._mark = hasher, mark
        self._shelves = Shelves(folder, hasher, self._change) if folder else None
        self._base = Stands(hasher=hasher)
        self._segments = Segments()
        self._upto = -1  # nothing was looked at yet
        self._loose = self._most = loose
        self._lock = Lock()

    def __len__(self) -> int:
        """How many documents there are."""
        return len(self._segments)

    def size(self, document: str) -> int:
        """How many marks the document has."""
        with self._lock:
            return self._segments.size(document)

    def find(self, grams: NDArray[np.uint64]) -> Standing:
        """Where marks stand; of those that are nobody's in particular only that they are common. Files that turn out
        not to be what was written are made again first. Raises IndexUnavailable where that cannot be done."""
        for _ in range(_TRIES):
            with self._lock:
                base = self._base
                try:
                    return self._segments.find(grams, many=template(len(self._segments)))
                except Torn as error:
                    torn = error
            self._make_again(base, torn)
        raise IndexUnavailable("The kept marks are damaged and cannot be made again now.", cure=_AGAIN) from torn

    def _make_again(self, base: Stands, torn: Torn) -> None:
        with self._lock:
            if self._shelves is not None and self._base is base:  # else another thread has done it meanwhile
                self._shelves.withdraw(base, torn)
                self._begin()
        self.refresh()

    def refresh(self) -> int:
        """Bring the marks up to the catalogue; a document without marks, or with those of another key, gets them.
        Returns how far that is in the feed."""
        with self._lock:
            latest = self._latest()
            if self._upto < 0:
                self._begin()
            while self._upto < latest:
                with self._database.reading() as db:
                    changed = marks.changed(db, self._upto, TOGETHER)
                self._look_again([document for _, document in changed])
                last = [seq for seq, _ in changed[-1:]]
                self._upto = last[0] if len(changed) == TOGETHER else max([latest, *last])
                if self._segments.loose >= self._most:
                    self._keep()
            return latest

    def clean(self) -> None:
        """Make the files anew, without what has gone from the catalogue. Raises IndexUnavailable while another process
        writes them."""
        if self._shelves is not None and self._shelves.discard():
            with self._lock:
                self._begin()
            self.refresh()

    def unmarked(self) -> list[str]:
        """Documents without marks, or with those of another key."""
        query = "SELECT id FROM documents WHERE id NOT IN (SELECT document FROM marks WHERE hasher = ?) ORDER BY id"
        with self._database.reading() as db:
            return [row["id"] for row in db.execute(query, (self._hasher,))]

    def mend(self, documents: Iterable[str]) -> None:
        """Give documents their marks. Processes that run already see them with the next change of the document."""
        for document in documents:
            self._marked_anew(document)

    def _begin(self) -> None:
        """Go on from what is kept."""
        kept: Sequence[Kept] = ()
        if self._shelves is not None:
            self._base, kept = self._shelves.open()
        self._upto, self._segments, self._most = self._base.upto, Segments(kept), self._loose

    def _keep(self) -> None:
        """What lies in memory goes into a file. Where that cannot be done now, it is tried again when as much has come
        once more."""
        if self._shelves is not None and self._shelves.keep(self._base, self._upto, self._segments.loosened()):
            self._begin()
        else:
            self._most = self._segments.loose + self._loose

    def _change(self, seq: int) -> str:
        with self._database.reading() as db:
            return marks.change(db, seq)

    def _look_again(self, documents: Sequence[str]) -> None:
        with self._database.reading() as db:
            found = marks.read(db, documents, self._hasher)
        for document in documents:
            if marked := found.get(document) or self._marked_anew(document):
                found[document] = marked
            else:
                self._segments.drop(document)
        self._segments.put(found)

    def _marked_anew(self, document: str) -> Marked | None:
        """None for a document that is no more."""
        with self._database.writing() as db:
            found = marks.spoken(db, document)
            if found is None:
                return None
            marked = self._mark(*found)
            marks.write(db, document, marked)
        return marked
