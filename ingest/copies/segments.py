"""The marks of all documents, in memory, sorted: a projection of the catalogue that is filled in moments.

What is promised: a look-up takes a few steps of halving a mark, however many documents hold it: of a mark that stands
in too many of them to tell anything, only that is said. A document that comes or goes costs what it is long, not what
the house holds (sorted runs that are merged when they have grown alike). Some twenty-two bytes a mark.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ingest.catalogue.marks import Marked

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


LARGEST = 1 << 23
"""A run that has grown so long is left as it is: merging it would keep one commit waiting for seconds."""
SIEVE = 8
"""Bits a mark, at least: so one of eight marks that are not in a run is looked for in vain."""


@dataclass(frozen=True, slots=True)
class _Run:
    """Sorted by mark, then by owner. `owners` are numbers of document versions, `chunks` those of chunks within them;
    `pairs` counts the pairs of mark and owner before each place, and at its end all. `sieve` has a bit set
    for the first bits of each mark: most of what is not in the run is not looked for there."""

    marks: NDArray[np.uint64]
    owners: NDArray[np.int32]
    chunks: NDArray[np.uint32]
    pairs: NDArray[np.int32]
    sieve: NDArray[np.uint8]

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

    def put(self, given: Mapping[str, Marked]) -> None:
        """Add documents, or put their new versions in place of the old ones."""
        import numpy as np

        owners = []
        for document, marked in given.items():
            self.drop(document)
            self._live[document] = len(self._documents)
            self._sizes[document] = len(_distinct(marked.marks))
            owners.append(np.full(len(marked.marks), len(self._documents), np.int32))
            self._documents.append(document)
        if not owners:
            return
        marks = np.concatenate([marked.marks for marked in given.values()])
        chunks = np.concatenate([marked.chunks for marked in given.values()])
        self._runs.append(_sorted(marks, np.concatenate(owners), chunks))
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

        asked = _distinct(marks)
        bounds = [(run, *_bounds(run, asked)) for run in self._runs]
        held = np.zeros(len(asked), np.int64)  # by how many documents
        for run, first, last in bounds:
            held += run.pairs[last] - run.pairs[first]
        gone = len(self._documents) - len(self._live)  # a version that is gone does not count
        common = set(asked[held - gone >= many].tolist())
        places: dict[int, list[tuple[str, int]]] = {}
        for hit in np.flatnonzero((held > 0) & (held - gone < many)).tolist():
            mark = int(asked[hit])
            spans = [(run, slice(int(first[hit]), int(last[hit]))) for run, first, last in bounds]
            found = list(self._places(spans))
            if len({document for document, _ in found}) >= many:
                common.add(mark)
            elif found:
                places[mark] = found
        return Standing(places=places, common=frozenset(common))

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
        kept = np.array([document != "" for document in self._documents], bool)[owners]
        self._runs.append(_sorted(marks[kept], owners[kept], chunks[kept]))


def _sorted(marks: NDArray[np.uint64], owners: NDArray[np.int32], chunks: NDArray[np.uint32]) -> _Run:
    """Of equal marks those of lower owners must stand first, as they do in one batch and in an older run before a newer
    one: then a stable sort by mark is enough, and two sorted runs are merged in one pass."""
    import numpy as np

    order = np.argsort(marks, kind="stable")
    marks, owners, chunks = marks[order], owners[order], chunks[order]
    pairs = np.zeros(len(marks) + 1, np.int32)
    pairs[1:2] = 1
    np.cumsum((marks[1:] != marks[:-1]) | (owners[1:] != owners[:-1]), out=pairs[2:])
    pairs[2:] += 1
    return _Run(marks, owners, chunks, pairs, _sieve(marks))


def _distinct(marks: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Sorted, each once: many times as fast as by hashing, as `np.unique` does."""
    import numpy as np

    ordered = np.sort(marks)
    return ordered[np.concatenate(([True], ordered[1:] != ordered[:-1]))] if len(ordered) else ordered


def _sieve(marks: NDArray[np.uint64]) -> NDArray[np.uint8]:
    import numpy as np

    width = max(3, (SIEVE * len(marks)).bit_length())
    bits = np.zeros(1 << width, bool)
    bits[marks >> np.uint64(64 - width)] = True
    return np.packbits(bits, bitorder="little")


def _passing(sieve: NDArray[np.uint8], marks: NDArray[np.uint64]) -> NDArray[np.int64]:
    """The places of the marks that may be in the run."""
    import numpy as np

    first = (marks >> np.uint64(65 - (8 * len(sieve)).bit_length())).astype(np.int64)
    return np.flatnonzero(sieve[first >> 3] >> (first & 7).astype(np.uint8) & 1)


def _bounds(run: _Run, marks: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each mark begins and ends in the run: the same place for one that is not in it."""
    import numpy as np

    first = np.zeros(len(marks), np.int64)
    last = first.copy()
    if len(run):
        near = _passing(run.sieve, marks)
        first[near] = np.searchsorted(run.marks, marks[near], "left")
        there = near[run.marks[np.minimum(first[near], len(run) - 1)] == marks[near]]
        last[:] = first
        last[there] = np.searchsorted(run.marks, marks[there], "right")
    return first, last
