"""The marks of all documents, in memory, sorted: a projection of the catalogue that is filled in moments.

What is promised: a look-up takes a few steps of halving a mark, however many documents hold it: of a mark that stands
in too many of them to tell anything, only that is said. A document that comes or goes costs what it is long, not what
the house holds (sorted runs that are merged when they have grown alike). Twenty bytes a mark.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ingest.catalogue.marks import Marked

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


LARGEST = 1 << 22
"""A run that has grown so long is left as it is: merging it would keep one commit waiting for seconds."""


@dataclass(frozen=True, slots=True)
class _Run:
    """Sorted by mark, then by owner. `owners` are numbers of document versions, `chunks` those of chunks within them;
    `pairs` counts the pairs of mark and owner before each place, and at its end all."""

    marks: NDArray[np.uint64]
    owners: NDArray[np.int32]
    chunks: NDArray[np.uint32]
    pairs: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.marks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where marks stand. `places`: document and number of the chunk, for each mark that few documents hold; `common`:
    the marks that many hold."""

    places: dict[int, list[tuple[str, int]]] = field(default_factory=dict)
    common: frozenset[int] = frozenset()


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
        owners = np.full(len(marked.marks), owner, np.int32)
        self._runs.append(_sorted(marked.marks, owners, marked.chunks))
        while len(self._runs) > 1 and len(self._runs[-2]) < min(2 * len(self._runs[-1]), LARGEST):
            self._merge()

    def drop(self, document: str) -> None:
        owner = self._live.pop(document, None)
        self._sizes.pop(document, None)
        if owner is not None:
            self._documents[owner] = ""

    def find(self, marks: NDArray[np.uint64], *, many: float) -> Standing:
        """Where each of `marks` stands. One that `many` documents or more hold is only said to be common."""
        import numpy as np

        asked = np.unique(marks)
        bounds = [(run, *_bounds(run, asked)) for run in self._runs]
        held = np.zeros(len(asked), np.int64)  # by how many documents
        for run, first, last in bounds:
            held += run.pairs[last] - run.pairs[first]
        places: dict[int, list[tuple[str, int]]] = {}
        common: set[int] = set()
        for hit in np.flatnonzero(held).tolist():
            mark = int(asked[hit])
            spans = [(run, slice(int(first[hit]), int(last[hit]))) for run, first, last in bounds]
            if held[hit] >= many and self._are_many(int(held[hit]), spans, many):
                common.add(mark)
            elif found := list(self._places(spans)):
                places[mark] = found
        return Standing(places=places, common=frozenset(common))

    def _are_many(self, held: int, spans: Sequence[tuple[_Run, slice]], many: float) -> bool:
        """Whether so many documents are left of those that held a mark: a version that is gone does not count."""
        if held - (len(self._documents) - len(self._live)) >= many:
            return True
        return len({document for document, _ in self._places(spans)}) >= many

    def _places(self, spans: Sequence[tuple[_Run, slice]]) -> Iterable[tuple[str, int]]:
        for run, span in spans:
            for owner, chunk in zip(run.owners[span].tolist(), run.chunks[span].tolist(), strict=True):
                if document := self._documents[owner]:
                    yield document, chunk

    def _merge(self) -> None:
        """The two newest runs become one; what is gone is left out."""
        import numpy as np

        one, two = self._runs.pop(), self._runs.pop()
        marks = np.concatenate((two.marks, one.marks))
        owners = np.concatenate((two.owners, one.owners))
        chunks = np.concatenate((two.chunks, one.chunks))
        gone = [owner for owner in np.unique(owners).tolist() if not self._documents[owner]]
        kept = ~np.isin(owners, gone) if gone else slice(None)
        self._runs.append(_sorted(marks[kept], owners[kept], chunks[kept]))


def _sorted(marks: NDArray[np.uint64], owners: NDArray[np.int32], chunks: NDArray[np.uint32]) -> _Run:
    import numpy as np

    order = np.lexsort((owners, marks))
    marks, owners, chunks = marks[order], owners[order], chunks[order]
    pairs = np.zeros(len(marks) + 1, np.int32)
    pairs[1:2] = 1
    np.cumsum((marks[1:] != marks[:-1]) | (owners[1:] != owners[:-1]), out=pairs[2:])
    pairs[2:] += 1
    return _Run(marks, owners, chunks, pairs)


def _bounds(run: _Run, marks: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each mark begins and ends in the run: the same place for one that is not in it."""
    import numpy as np

    first = np.searchsorted(run.marks, marks, "left")
    last = first.copy()
    if len(run):
        there = np.flatnonzero(run.marks[np.minimum(first, len(run) - 1)] == marks)
        last[there] = np.searchsorted(run.marks, marks[there], "right")
    return first, last
