"""Sorted marks: looking some up, and putting several runs together. A run lies in memory or in a mapped file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SIEVE = 8
"""Bits a mark, at least: so one of eight marks that are not in a run is looked for in vain."""
_PARTS = 256  # in which a long run is put together, so that it is never in memory as a whole
_LONG = 1 << 16


@dataclass(frozen=True, slots=True)
class Run:
    """Sorted by mark, then by owner. `owners` are numbers of document versions, `chunks` those of chunks within them;
    `pairs` counts the pairs of mark and owner before each place, and at its end all. `sieve` has a bit set
    for the first bits of each mark: most of what is not in the run is not looked for there.

    `look` holds against its checksum what is about to be read of an array of this name, and raises Torn; None where
    there is nothing to doubt. `read`, `bounds` and what uses them do so."""

    marks: NDArray[np.uint64]
    owners: NDArray[np.int32]
    chunks: NDArray[np.uint32]
    pairs: NDArray[np.int32]
    sieve: NDArray[np.uint8]
    look: Callable[[str, NDArray[np.int64]], None] | None = None

    def __len__(self) -> int:
        return len(self.marks)

    def read(self, name: str, places: NDArray[np.int64]) -> NDArray[Any]:
        """What stands in the array of that name at these places."""
        if self.look is not None:
            self.look(name, places)
        found: NDArray[Any] = getattr(self, name)[places]
        return found

    def seek(self, marks: NDArray[np.uint64], *, after: bool = False) -> NDArray[np.int64]:
        """Where each of `marks` would stand: before those like it, or after them."""
        import numpy as np

        if self.look is None:
            return np.searchsorted(self.marks, marks, "right" if after else "left")
        low, high = np.zeros(len(marks), np.int64), np.full(len(marks), len(self))
        while len(apart := np.flatnonzero(low < high)):
            middle = (low[apart] + high[apart]) >> 1
            found = self.read("marks", middle)
            below = found <= marks[apart] if after else found < marks[apart]
            low[apart[below]] = middle[below] + 1
            high[apart[~below]] = middle[~below]
        return low


@dataclass(frozen=True, slots=True)
class Source:
    """A run that goes into another one; `now`: for each of its owners the number there, -1 for one that is gone. Later
    sources have higher numbers than earlier ones."""

    run: Run
    now: NDArray[np.int32]


def sorted_run(marks: NDArray[np.uint64], owners: NDArray[np.int32], chunks: NDArray[np.uint32]) -> Run:
    """Of equal marks those of lower owners must stand first, as they do in one batch and in an older run before a newer
    one: then a stable sort by mark is enough, and two sorted runs are merged in one pass."""
    import numpy as np

    order = np.argsort(marks, kind="stable")
    marks, owners, chunks = marks[order], owners[order], chunks[order]
    pairs = np.zeros(len(marks) + 1, np.int32)
    np.cumsum(_begins(marks, owners), out=pairs[1:])
    return Run(marks, owners, chunks, pairs, np.packbits(_sieve(marks, sieve_width(len(marks))), bitorder="little"))


def together(sources: Sequence[Source], marks: int) -> Iterator[Run]:
    """What is not gone of some runs, `marks` altogether, as one: in parts whose arrays belong one behind the other.
    Needs little memory. The first of the pairs, which is 0, is left out."""
    import numpy as np

    parts, width, pairs = parts_of(marks), sieve_width(marks), 0
    for part, (found, owners, chunks) in enumerate(_merged(sources, parts)):
        counted = pairs + np.cumsum(_begins(found, owners), dtype=np.int32)
        pairs = int(counted[-1]) if len(found) else pairs
        first = np.uint64(part * ((1 << 64) // parts))
        sieve = np.packbits(_sieve(found - first, width, (1 << width) // parts), bitorder="little")
        yield Run(found, owners, chunks, counted, sieve)


def _merged(
    sources: Sequence[Source], parts: int
) -> Iterator[tuple[NDArray[np.uint64], NDArray[np.int32], NDArray[np.uint32]]]:
    """What is not gone, in order, by parts of the range of marks."""
    import numpy as np

    borders = np.arange(1, parts, dtype=np.uint64) * np.uint64((1 << 64) // parts if parts > 1 else 0)
    edges = [[0, *np.searchsorted(one.run.marks, borders).tolist(), len(one.run)] for one in sources]
    for part in range(parts):
        spans = [(one, slice(edge[part], edge[part + 1])) for one, edge in zip(sources, edges, strict=True)]
        owners = np.concatenate([one.now[one.run.owners[span]] for one, span in spans])
        marks = np.concatenate([one.run.marks[span] for one, span in spans])
        chunks = np.concatenate([one.run.chunks[span] for one, span in spans])
        kept = np.flatnonzero(owners >= 0)
        order = kept[np.argsort(marks[kept], kind="stable")]
        yield marks[order], owners[order], chunks[order]


def parts_of(marks: int) -> int:
    return _PARTS if marks >= _LONG else 1


def sieve_width(marks: int) -> int:
    """How many of a mark's first bits the sieve of so many marks tells apart."""
    return max(3, (SIEVE * marks).bit_length())


def distinct(marks: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Sorted, each once: many times as fast as by hashing, as `np.unique` does."""
    import numpy as np

    ordered = np.sort(marks)
    return ordered[np.concatenate(([True], ordered[1:] != ordered[:-1]))] if len(ordered) else ordered


def bounds(run: Run, marks: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each mark begins and ends in the run: the same place for one that is not in it."""
    import numpy as np

    first = np.zeros(len(marks), np.int64)
    last = first.copy()
    if len(run):
        near = _passing(run, marks)
        first[near] = run.seek(marks[near])
        there = near[run.read("marks", np.minimum(first[near], len(run) - 1)) == marks[near]]
        last[:] = first
        last[there] = run.seek(marks[there], after=True)
    return first, last


def _begins(marks: NDArray[np.uint64], owners: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Whether a pair of mark and owner is not that of the place before."""
    import numpy as np

    begins = np.ones(len(marks), bool)
    begins[1:] = (marks[1:] != marks[:-1]) | (owners[1:] != owners[:-1])
    return begins


def _sieve(marks: NDArray[np.uint64], width: int, bits: int = 0) -> NDArray[np.bool_]:
    import numpy as np

    found = np.zeros(bits or 1 << width, bool)
    found[marks >> np.uint64(64 - width)] = True
    return found


def _passing(run: Run, marks: NDArray[np.uint64]) -> NDArray[np.int64]:
    """The places of the marks that may be in the run."""
    import numpy as np

    first = (marks >> np.uint64(65 - (8 * len(run.sieve)).bit_length())).astype(np.int64)
    return np.flatnonzero(run.read("sieve", first >> 3) >> (first & 7).astype(np.uint8) & 1)
