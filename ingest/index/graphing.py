"""What makes a large shard fast, in a process of its own: the engine lets no other thread of its process run meanwhile.

Vectors are compared by one byte a number and decided by the numbers themselves: each that a filter lets through where
these are few, along a graph where they are many. Fields and words lie in tables that are only read. The process dies
with the one that started it, and what it leaves then is not taken for finished.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, BinaryIO

from ingest.errors import IndexUnavailable
from ingest.index.schema import DENSE, SPARSE

LINKS, TRIED = 16, 64  # of each vector: links to its nearest, and how many were compared to find them
PATIENCE = 5  # how much less than the others such a process asks of the machine
AGAIN = 3600.0  # seconds before what did not help is tried again
_log = logging.getLogger(__name__)


class Apart:
    """Calling it has one of our modules run in a process of its own, which may outlive us: what it has to say goes into
    the file `log`. It does not wait, and does nothing while that process runs, or within the hour after one that
    failed was started."""

    def __init__(self, module: str, *given: str, log: Path) -> None:
        self._command, self._log = (module, *given), log
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0

    def __call__(self) -> None:
        ended = 0 if self._process is None else self._process.poll()
        if ended is None or (ended and time.monotonic() < self._started + AGAIN):
            return
        self._started = time.monotonic()
        with self._log.open("wb") as log:  # and not where our own words go: whoever reads those waits for their end
            self._process = start(*self._command, errors=log)
        _log.info("the index has grown large: process %d makes a faster one beside it", self._process.pid)


def start(module: str, *given: str, errors: BinaryIO | None = None) -> subprocess.Popen[bytes]:
    """Run one of our modules in a process of its own, with our settings."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", module, *given],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=errors,
        start_new_session=True,  # an interrupt typed at the terminal is not for it
    )


def optimise(shard: Path, dimension: int, compared: int) -> None:
    """Optimise a shard that no process has open; where a filter lets up to `compared` vectors through, each is
    compared. Raises IndexUnavailable, and then the shard is to be thrown away."""
    if start(__name__, str(shard), str(dimension), str(compared), str(os.getpid())).wait():
        raise IndexUnavailable(
            "The graph of the index could not be made.", cure="Free some space and memory; it is tried again."
        )


def _config(edge: Any, dimension: int, compared: int) -> Any:
    kilobytes = max(1, compared * dimension * 4 >> 10)
    return edge.EdgeConfig(
        vectors={DENSE: edge.EdgeVectorParams(size=dimension, distance=edge.Distance.Cosine)},
        sparse_vectors={SPARSE: edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)},
        hnsw_config=edge.HnswIndexConfig(m=LINKS, ef_construct=TRIED, full_scan_threshold=kilobytes),
        quantization_config=edge.ScalarQuantizationConfig(edge.ScalarType.Int8, memory=edge.Memory.Pinned),
        optimizers=edge.EdgeOptimizersConfig(indexing_threshold=1, default_segment_number=1),
    )


def main(shard: str, dimension: str, compared: str, parent: str) -> None:
    import qdrant_edge

    from ingest.sandbox.confine import die_with_parent

    die_with_parent()
    if os.getppid() != int(parent):
        sys.exit("The process that asked for it is gone.")  # before it could be tied to us
    os.nice(PATIENCE)
    opened = qdrant_edge.EdgeShard.load(shard, _config(qdrant_edge, int(dimension), int(compared)))
    opened.optimize()
    opened.flush()
    opened.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
