"""Taking documents in: against plain LlamaIndex, again, and ten times as much."""

from __future__ import annotations

import contextlib
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench_embed import flop, matmul_rate, precision_of
from invented import write_documents
from yardstick import Numbers, Scale, apart, temporary_home

from policies.config import create_home

CHUNKS = 12  # in each document
EXACT, INT8 = "exact", "int8"


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

    def work(self) -> float:
        """FLOP that embedding the home's chunks takes, on average of one."""
        texts = [each.text for change in self._room.catalogue.changes(0, 100) for each in change.upserts]
        embedder = self._room.embedder
        return statistics.fmean(flop(embedder, embedder.count_tokens(text) + 2) for text in texts)

    def rates(self) -> dict[str, float]:
        """FLOP/s of this machine's matmul, in the precision of the home's embedder and in eight bits."""
        return {EXACT: matmul_rate(precision_of(self._room.embedder), 2048), INT8: matmul_rate("int8", 2048)}

    @property
    def peak_memory(self) -> int:
        """Of this process and of the largest sandbox that has ended, in the system's unit."""
        self._room.sandboxes.close()
        return sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def ingest_vs_llamaindex(scale: Scale) -> Numbers:
    """Ours, ours in eight bits, theirs as installed and theirs with a good batch size, in turns, so that a busy moment
    of the machine hits all of them. Models are loaded and warm before the clock starts.

    The ceiling is theirs ÷ ours if ours did nothing but embed, at the rate of this machine's matmul: what no pipeline
    over the same weights in that precision can exceed here. For eight bits attention is counted as if it were in eight.
    """
    from plain_llamaindex import AS_INSTALLED, WELL_CHOSEN, PlainPipeline

    from ingest.chunking import MAX_TOKENS
    from ingest.index.model import packaged_model

    rounds, documents = scale.pick(quick=1, usual=3, full=5), scale.pick(quick=6, usual=24)
    with temporary_home() as home, Ours().opened(home.path) as ours, _in_eight_bits(home.path) as rounded:
        scratch = home.path.parent
        plain = {
            batch: PlainPipeline(packaged_model(), scratch / f"plain {batch}", tokens=MAX_TOKENS, batch=batch)
            for batch in (AS_INSTALLED, WELL_CHOSEN)
        }
        runs: list[dict[str | int, _Run]] = []
        rates = []
        for number in range(rounds + 1):
            paths = write_documents(scratch / f"round {number}", documents if number else 1, chunks=CHUNKS, seed=number)
            runs.append({EXACT: _measured(partial(ours.take_in, paths[0].parent))})
            runs[-1][INT8] = _measured(partial(rounded.take_in, paths[0].parent))
            rates.append(ours.rates())
            for batch, pipeline in plain.items():
                runs[-1][batch] = _measured(partial(pipeline.take_in, paths))
        for pipeline in plain.values():
            pipeline.close()
        work = ours.work()
    alone = {kind: work / max(each[kind] for each in rates) for kind in (EXACT, INT8)}  # seconds a chunk
    del runs[0]  # for warming up
    if any(len({run.chunks for run in each.values()}) > 1 for each in runs):
        raise RuntimeError("they did not make the same number of chunks: their rates cannot be compared")
    theirs = min(each[AS_INSTALLED].seconds / each[AS_INSTALLED].chunks for each in runs)
    return {
        **_ratios("ingest_vs_llamaindex", runs, AS_INSTALLED),
        **_ratios("ingest_vs_llamaindex_batched", runs, WELL_CHOSEN),
        **_ratios("ingest_int8_vs_llamaindex", runs, AS_INSTALLED, INT8),
        "ingest_ceiling_vs_llamaindex": theirs / alone[EXACT],
        "ingest_int8_ceiling_vs_llamaindex": theirs / alone[INT8],
        "ingest_chunks_per_s": statistics.median(each[EXACT].chunks / each[EXACT].seconds for each in runs),
        "ingest_processor_ms_a_chunk": statistics.median(1000 * each[EXACT].busy / each[EXACT].chunks for each in runs),
        "ingest_chunks_compared": sum(each[EXACT].chunks for each in runs),
    }


@contextlib.contextmanager
def _in_eight_bits(beside: Path) -> Iterator[Ours]:
    home = create_home(beside.with_name("home in eight bits"))
    (home.path / "ringfence.toml").write_text('[ingest]\nembedding_precision = "int8"\n')
    with Ours().opened(home.path) as ours:
        yield ours


def _ratios(key: str, runs: Sequence[dict[str | int, _Run]], batch: int, ours: str = EXACT) -> Numbers:
    """By the clock, and by the processor's time, which means something on a busy machine too."""
    return {
        key: statistics.median(each[batch].seconds / each[ours].seconds for each in runs),
        f"{key}_in_processor_time": statistics.median(each[batch].busy / each[ours].busy for each in runs),
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """`busy`: seconds of the processor, of this process and of what it started."""

    chunks: int
    seconds: float
    busy: float


def _measured(act: Callable[[], int]) -> _Run:
    began = _busy()
    chunks, seconds = _timed(act)
    return _Run(chunks=chunks, seconds=seconds, busy=_busy() - began)


def _busy() -> float:
    """Of this process, of its children that run, and of those that they have waited for: a sandbox reads in a fork of
    itself. Where the system does not tell of children, only the first."""
    found = [child for each in Path("/proc/self/task").glob("*/children") for child in each.read_text().split()]
    told = [Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[11:15] for child in found]
    return time.process_time() + sum(int(ticks) for each in told for ticks in each) / os.sysconf("SC_CLK_TCK")


def _timed(act: Callable[[], int]) -> tuple[int, float]:
    start = time.perf_counter()
    return act(), time.perf_counter() - start
