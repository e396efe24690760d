"""The marks of all documents, sorted: a projection of the catalogue. What was kept lies in mapped files, which the
processes of a home share; what came since lies in memory.

What is promised: a look-up takes a few steps of halving a mark, however many documents hold it: of a mark that stands
in too many of them to tell anything, only that is said. A document that comes or goes costs what it is long, not what
the house holds (sorted runs that are merged when they have grown alike). Some twenty-two bytes a mark.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ingest.catalogue.marks import Marked
from ingest.copies.runs import Run, Source, bounds, distinct, sorted_run

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


NAMED = 64  # a document that came or went counts as so many marks


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where marks stand. `places`: document and number of the chunk, for each mark that few documents hold; `common`:
    the marks that many hold."""

    places: dict[int, list[tuple[str, int]]] = field(default_factory=dict)
    common: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A document of a run: how many different marks it has, and how many with their repetitions."""

    document: str
    distinct: int
    marks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A run that is kept, its owners in the order of their numbers, and the documents of older runs that have gone
    without coming again."""

    run: Run
    owners: tuple[Owner, ...]
    gone: tuple[str, ...] = ()


class Segments:
    """Not safe for several threads: its keeper locks. `kept`: the older first."""

    def __init__(self, kept: Iterable[Kept] = ()) -> None:
        self._documents: list[str] = []  # by owner; "" once it is gone
        self._live: dict[str, int] = {}
        self._owners: dict[str, Owner] = {}
        self._touched: set[str] = set()
        self._kept: list[tuple[Run, int]] = []  # with the number of its first owner, as those of the loose runs
        for one in kept:
            for document in one.gone:
                self.drop(document)
            self._kept.append((one.run, len(self._documents)))
            for owner in one.owners:
                self._own(owner)
        self._first = len(self._documents)
        self._loose: list[Run] = []
        self._touched.clear()

    def __len__(self) -> int:
        """How many documents there are."""
        return len(self._live)

    @property
    def loose(self) -> int:
        """How many marks lie in memory alone."""
        return sum(map(len, self._loose)) + NAMED * len(self._touched)

    def size(self, document: str) -> int:
        """How many marks the document has."""
        return self._owners[document].distinct if document in self._owners else 0

    def put(self, given: Mapping[str, Marked]) -> None:
        """Add documents, or put their new versions in place of the old ones."""
        import numpy as np

        numbers = []
        for document, marked in given.items():
            numbers.append(np.full(len(marked.marks), len(self._documents) - self._first, np.int32))
            self._own(Owner(document=document, distinct=len(distinct(marked.marks)), marks=len(marked.marks)))
        if not numbers:
            return
        marks = np.concatenate([marked.marks for marked in given.values()])
        chunks = np.concatenate([marked.chunks for marked in given.values()])
        self._loose.append(sorted_run(marks, np.concatenate(numbers), chunks))
        while len(self._loose) > 1 and len(self._loose[-2]) < 2 * len(self._loose[-1]):
            self._merge()

    def drop(self, document: str) -> None:
        number = self._live.pop(document, None)
        self._owners.pop(document, None)
        if number is not None:
            self._documents[number] = ""
            self._touched.add(document)

    def find(self, marks: NDArray[np.uint64], *, many: float) -> Standing:
        """Where each of `marks` stands. One that `many` documents or more hold is only said to be common. Raises Torn
        where what was kept is not what was written."""
        import numpy as np

        asked = distinct(marks)
        runs = [*self._kept, *((run, self._first) for run in self._loose)]
        spans = [(run, owners, *bounds(run, asked)) for run, owners in runs]
        held = np.zeros(len(asked), np.int64)  # by how many documents
        for run, _, first, last in spans:
            held += run.read("pairs", last) - run.read("pairs", first)
        gone = len(self._documents) - len(self._live)  # a version that is gone does not count
        common = set(asked[held - gone >= many].tolist())
        places: dict[int, list[tuple[str, int]]] = {}
        for hit in np.flatnonzero((held > 0) & (held - gone < many)).tolist():
            mark = int(asked[hit])
            here = [(run, owners, slice(int(first[hit]), int(last[hit]))) for run, owners, first, last in spans]
            found = list(self._places(here))
            if len({document for document, _ in found}) >= many:
                common.add(mark)
            elif found:
                places[mark] = found
        return Standing(places=places, common=frozenset(common))

    def loosened(self) -> tuple[list[Source], list[Owner], list[str]]:
        """What lies in memory alone, for keeping: the runs, whose documents they are, and which documents went without
        coming again."""
        import numpy as np

        here = self._documents[self._first :]
        there = np.array([document != "" for document in here], bool)
        now = np.where(there, np.cumsum(there) - 1, -1).astype(np.int32)
        owners = [self._owners[document] for document in here if document]
        gone = sorted(self._touched - {owner.document for owner in owners})
        none = sorted_run(np.empty(0, np.uint64), np.empty(0, np.int32), np.empty(0, np.uint32))
        return [Source(run, now) for run in self._loose or [none]], owners, gone

    def _own(self, owner: Owner) -> None:
        """The next number is that document's."""
        self.drop(owner.document)
        self._touched.add(owner.document)
        self._live[owner.document] = len(self._documents)
        self._owners[owner.document] = owner
        self._documents.append(owner.document)

    def _places(self, spans: Sequence[tuple[Run, int, slice]]) -> Iterable[tuple[str, int]]:
        import numpy as np

        for run, owners, span in spans:
            here = np.arange(span.start, span.stop)
            owners_here, chunks_here = run.read("owners", here).tolist(), run.read("chunks", here).tolist()
            for owner, chunk in zip(owners_here, chunks_here, strict=True):
                if document := self._documents[owners + owner]:
                    yield document, chunk

    def _merge(self) -> None:
        """The two newest loose runs become one; what is gone is left out."""
        import numpy as np

        one, two = self._loose.pop(), self._loose.pop()
        marks = np.concatenate((two.marks, one.marks))
        owners = np.concatenate((two.owners, one.owners))
        chunks = np.concatenate((two.chunks, one.chunks))
        kept = np.array([document != "" for document in self._documents[self._first :]], bool)[owners]
        self._loose.append(sorted_run(marks[kept], owners[kept], chunks[kept]))
