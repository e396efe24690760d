"""Taking documents in: against plain LlamaIndex, again, and ten times as much."""

from __future__ import annotations

import contextlib
import resource
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from invented import write_documents
from yardstick import Numbers, Scale, apart, temporary_home

CHUNKS = 12  # in each document


class Ours:
    """The product's own walk for one home, as `ringfence ingest` goes it."""

    def __init__(self) -> None:
        from ingest.pipeline import Asked
        from ingest.wiring import ingest_at
        from policies.labels import Level

        self._open, self._asked = ingest_at, Asked(groups=frozenset({"staff"}), level=Level.INTERNAL)

    @contextlib.contextmanager
    def opened(self, home: Path) -> Iterator[Ours]:
        with self._open(home) as self._room:
            yield self

    def take_in(self, folder: Path) -> int:
        """Read, labelled, recorded, stored and searchable. Returns the number of chunks that were stored."""
        report = self._room.run_job([folder], self._asked)
        self._room.index.settle(seconds=600)
        counts = report.counts
        if counts["added"] + counts["updated"] + counts["unchanged"] != len(report.files):
            raise RuntimeError(f"a document of the bench was not taken in: {counts}")
        return report.chunks

    @property
    def peak_memory(self) -> int:
        """Of this process and of the largest sandbox that has ended, in the system's unit."""
        self._room.sandboxes.close()
        return sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def ingest_vs_llamaindex(scale: Scale) -> Numbers:
    """In turns, so that a busy moment of the machine hits both. Models are loaded and warm before the clock starts."""
    from plain_llamaindex import PlainPipeline

    from ingest.chunking import MAX_TOKENS
    from ingest.index.model import packaged_model

    rounds, documents = scale.pick(quick=1, usual=3, full=5), scale.pick(quick=6, usual=36)
    mine: list[tuple[int, float]] = []
    other: list[tuple[int, float]] = []
    busy: list[float] = []  # the processor's time: theirs ÷ ours, which means something on a busy machine too
    with temporary_home() as home, Ours().opened(home.path) as ours:
        scratch = home.path.parent
        plain = PlainPipeline(packaged_model(), scratch / "plain", tokens=MAX_TOKENS)
        for number in range(rounds + 1):
            folder = scratch / f"round {number}"
            paths = write_documents(folder, documents if number else 1, chunks=CHUNKS, seed=number)
            began = time.process_time()
            mine.append(_timed(lambda folder=folder: ours.take_in(folder)))
            between = time.process_time()
            other.append(_timed(lambda paths=paths: plain.take_in(paths)))
            busy.append((time.process_time() - between) / (between - began))
        plain.close()
    mine, other, busy = mine[1:], other[1:], busy[1:]  # the first was for warming up
    if (chunks := sum(n for n, _ in mine)) != sum(n for n, _ in other):
        raise RuntimeError("the two did not make the same number of chunks: their rates cannot be compared")
    ratios = [(n / took) / (m / taken) for (n, took), (m, taken) in zip(mine, other, strict=True)]
    return {
        "ingest_vs_llamaindex": statistics.median(ratios),
        "ingest_vs_llamaindex_in_processor_time": statistics.median(busy),
        "ingest_chunks_per_s": chunks / sum(took for _, took in mine),
        "llamaindex_chunks_per_s": chunks / sum(took for _, took in other),
        "ingest_chunks_compared": chunks,
    }


def resync_ratio(scale: Scale) -> Numbers:
    """A second look at files of which none has changed, by the same process; the median of three. Then one at files of
    which one in a hundred has."""
    documents = scale.pick(quick=6, usual=100)
    with temporary_home() as home, Ours().opened(home.path) as ours:
        ours.take_in(write_documents(home.path.parent / "first", 1)[0].parent)
        paths = write_documents(home.path.parent / "corpus", documents, chunks=CHUNKS, seed=2)
        full = _timed(lambda: ours.take_in(paths[0].parent))[1]
        again = statistics.median(_timed(lambda: ours.take_in(paths[0].parent))[1] for _ in range(3))
        new = write_documents(home.path.parent / "changed", max(1, documents // 100), chunks=CHUNKS, seed=3)
        for old, path in zip(paths, new, strict=False):
            old.write_bytes(path.read_bytes())
        changed = _timed(lambda: ours.take_in(paths[0].parent))[1]
    return {
        "resync_ratio": again / full,
        "resync_changed_ratio": changed / full,
        "resync_ms_per_document": 1000 * again / documents,
    }


def memory_ratio_10x(scale: Scale) -> Numbers:
    """The smaller corpus already fills more than one batch of the embedder."""
    documents = scale.pick(quick=2, usual=25)
    once, ten = apart(peak_memory, documents), apart(peak_memory, 10 * documents)
    unit = 1 if sys.platform == "darwin" else 1024
    return {"memory_ratio_10x": ten / once, "memory_peak_mb": ten * unit / 1e6}


def peak_memory(documents: int) -> int:
    with temporary_home() as home, Ours().opened(home.path) as ours:
        ours.take_in(write_documents(home.path.parent / "corpus", documents, chunks=CHUNKS)[0].parent)
        return ours.peak_memory


def _timed(act) -> tuple[int, float]:  # type: ignore[no-untyped-def]
    start = time.perf_counter()
    return act(), time.perf_counter() - start
