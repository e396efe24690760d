"""The marks of all documents, in memory, sorted: a projection of the catalogue that is filled in moments.

What is promised: a look-up takes a few steps of halving a mark; a document that comes or goes costs what it is long,
not what the house holds (sorted runs that are merged when they have grown alike). Sixteen bytes a mark.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.catalogue.marks import Marked

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class _Run:
    """Sorted by mark. `owners` are numbers of document versions, `chunks` those of chunks within them."""

    marks: NDArray[np.uint64]
    owners: NDArray[np.int32]
    chunks: NDArray[np.uint32]

    def __len__(self) -> int:
        return len(self.marks)


class Segments:
    """Not safe for several threads: its keeper locks."""

    def __init__(self) -> None:
        self._runs: list[_Run] = []
        self._documents: list[str] = []  # by owner; "" once it is gone
        self._live: dict[str, int] = {}
        self._sizes: dict[str, int] = {}

    def __len__(self) -> int:
        """How many documents there are."""
        return len(self._live)

    def size(self, document: str) -> int:
        """How many marks the document has."""
        return self._sizes.get(document, 0)

    def put(self, document: str, marked: Marked) -> None:
        """Add a document, or put its new version in place of the old one."""
        import numpy as np

        self.drop(document)
        owner = len(self._documents)
        self._documents.append(document)
        self._live[document] = owner
        self._sizes[document] = len(np.unique(marked.marks))
        order = np.argsort(marked.marks)
        owners = np.full(len(order), owner, np.int32)
        self._runs.append(_Run(marked.marks[order], owners, marked.chunks[order]))
        while len(self._runs) > 1 and len(self._runs[-2]) < 2 * len(self._runs[-1]):
            self._merge()

    def drop(self, document: str) -> None:
        owner = self._live.pop(document, None)
        self._sizes.pop(document, None)
        if owner is not None:
            self._documents[owner] = ""

    def find(self, marks: NDArray[np.uint64]) -> Iterator[tuple[int, str, int]]:
        """Each of `marks` that stands somewhere, with the document and the number of the chunk."""
        import numpy as np

        for run in self._runs:
            first, last = np.searchsorted(run.marks, marks, "left"), np.searchsorted(run.marks, marks, "right")
            for hit in np.flatnonzero(last > first).tolist():
                for place in range(int(first[hit]), int(last[hit])):
                    if document := self._documents[int(run.owners[place])]:
                        yield int(marks[hit]), document, int(run.chunks[place])

    def _merge(self) -> None:
        """The two newest runs become one; what is gone is left out."""
        import numpy as np

        one, two = self._runs.pop(), self._runs.pop()
        marks = np.concatenate((two.marks, one.marks))
        owners = np.concatenate((two.owners, one.owners))
        chunks = np.concatenate((two.chunks, one.chunks))
        gone = [owner for owner in np.unique(owners).tolist() if not self._documents[owner]]
        kept = np.flatnonzero(~np.isin(owners, gone)) if gone else np.arange(len(marks))
        order = kept[np.argsort(marks[kept], kind="stable")]
        self._runs.append(_Run(marks[order], owners[order], chunks[order]))
