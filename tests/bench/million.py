"""`make bench-million`: very many chunks in one home, through the product's own walk from the commit on.

Vectors are drawn around those of real texts, with a seed; embedding is measured elsewhere. Nothing here fails because
something was slow: it says what it took, on which machine, and whether the home stayed within its bounds.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import random
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from invented import paragraph, sentence
from yardstick import ROOT, percentile, temporary_home

CHUNKS = 40  # of each document
GROUPS = 40
SPREAD = 0.5  # how far a vector lies from the real one that it is drawn around
QUESTIONS = 300
REAL = 400  # texts that are embedded
MEMORY_GIB = 24
SEARCH_MS = 25


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chunks", type=int, default=1_000_000, metavar="N")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "million.json", metavar="FILE")
    options = parser.parse_args()
    stated = measure(options.chunks)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(stated, indent=1) + "\n")
    print(json.dumps(stated, indent=1))
    return 0


def measure(chunks: int) -> dict[str, Any]:
    """Flat numbers: times in ms or s, memory and disk in GiB."""
    from ingest.wiring import open_ingest
    from policies.audit.ledger import Ledger
    from policies.keys import Keys

    with (
        temporary_home() as home,
        Ledger(home, Keys.create(home)) as ledger,
        contextlib.closing(open_ingest(home, ledger)) as room,
    ):
        room.catalogue.claim_embedding(room.embedder.digest)
        source = _Source(room, real=min(REAL, chunks), seed=6)
        room.index.own()
        start = time.perf_counter()
        commits = list(_fill(room, ledger, source, chunks // CHUNKS))
        stored = time.perf_counter() - start
        _settle(room)
        built = time.perf_counter() - start
        asked = [_took(lambda: room.index.query(source.question())) for _ in range(min(QUESTIONS, chunks))]
        part = max(1, len(commits) // 10)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        return {
            "chunks": room.index.count(),
            "stored_s": round(stored, 1),
            "searchable_s": round(built, 1),
            "cpu_s": round(time.process_time(), 1),
            "commit_first_p50_ms": _ms(commits[:part], 0.5),
            "commit_first_p95_ms": _ms(commits[:part], 0.95),
            "commit_last_p50_ms": _ms(commits[-part:], 0.5),
            "commit_last_p95_ms": _ms(commits[-part:], 0.95),
            "commit_max_ms": _ms(commits, 1),
            "search_filtered_p50_ms": _ms(asked, 0.5),
            "search_filtered_p95_ms": _ms(asked, 0.95),
            "search_goal_ms": SEARCH_MS,
            "memory_gib": round(memory / 2**30, 2),
            "memory_goal_gib": MEMORY_GIB,
            "disk_gib": round(_size(home.path) / 2**30, 2),
            "machine_cpus": os.cpu_count() or 0,
            "machine_load_after": round(os.getloadavg()[0], 2),
        }


class _Source:
    """Documents and questions, the same for the same seed."""

    def __init__(self, room: Any, *, real: int, seed: int) -> None:
        import numpy as np

        self._pipeline = room.pipeline
        self._dice, self._numbers = random.Random(seed), np.random.default_rng(seed)
        self._real = room.embedder.embed_documents([paragraph(self._dice) for _ in range(real)])

    def vectors(self, count: int) -> Any:
        """Of length 1, each near that of a real text."""
        import numpy as np

        real = self._real[self._numbers.integers(len(self._real), size=count)]
        found = real + self._numbers.normal(0, SPREAD / real.shape[1] ** 0.5, real.shape)
        return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)

    def prepared(self, number: int) -> Any:
        """A document as it is when only its vectors are missing."""
        from ingest.catalogue.rows import Stat
        from ingest.pipeline import Prepared
        from policies.labels import Label, Level
        from policies.vocabulary import Chunk, Document, SourceRef

        ref = SourceRef(source="bench", path=f"/bench/note {number}.txt")
        version = hashlib.sha256(ref.path.encode()).hexdigest()
        label = Label(level=Level.INTERNAL)
        document = Document(
            id=ref.document,
            version=version,
            source=ref,
            title=f"note {number}",
            media_type="text/plain",
            label=label,
            groups=frozenset({f"group {number % GROUPS}"}),
        )
        chunks, start = [], 0
        for ordinal in range(CHUNKS):
            text = paragraph(self._dice)
            chunks.append(
                Chunk(
                    id=Chunk.make_id(ref.document, version, self._pipeline, ordinal),
                    document=ref.document,
                    version=version,
                    ordinal=ordinal,
                    text=text,
                    page=1,
                    heading=(),
                    start=start,
                    end=start + len(text),
                    label=label,
                )
            )
            start += len(text) + 2
        stat = Stat(size=start, mtime=0, checked=0, version=version, pipeline=self._pipeline)
        return Prepared(document=document, chunks=chunks, fronts=[""] * CHUNKS, stat=stat)

    def question(self) -> Any:
        """Asked by somebody who may read a tenth of the documents."""
        from ingest.index.base import Query, RightsFilter
        from ingest.index.sparse import Bm25

        groups = frozenset(f"group {number}" for number in self._dice.sample(range(GROUPS), GROUPS // 10))
        return Query(
            dense=tuple(self.vectors(1)[0].tolist()),
            sparse=Bm25().query(sentence(self._dice)),
            rights=RightsFilter(groups=groups),
            limit=20,
        )


def _fill(room: Any, ledger: Any, source: _Source, documents: int) -> Iterator[float]:
    """Seconds of each commit, as `ingest.pipeline.store` takes them."""
    from ingest.pipeline import store

    start = shown = time.perf_counter()
    for number in range(documents):
        prepared, vectors = source.prepared(number), source.vectors(CHUNKS)
        yield _took(
            lambda prepared=prepared, vectors=vectors: store(
                prepared,
                vectors,
                catalogue=room.catalogue,
                recorder=ledger,
                job="bench",
                actor="system",
                copies=room.copies,
            )
        )
        if time.perf_counter() - shown > 10:
            shown = time.perf_counter()
            done = (number + 1) * CHUNKS
            _say(f"{done:,} chunks stored, {done / (shown - start):,.0f}/s, {room.index.cursor():,} documents indexed")


def _settle(room: Any) -> None:
    """Until everything is searchable."""
    while room.index.cursor() < room.catalogue.latest():
        _say(f"{room.index.cursor():,} of {room.catalogue.latest():,} documents indexed")
        time.sleep(5)


def _took(act: Any) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def _ms(seconds: list[float], share: float) -> float:
    return round(1000 * percentile(seconds, share), 2)


def _size(folder: Path) -> int:
    """What the files take on the disk: the engine's own are sparse."""
    return sum(512 * path.lstat().st_blocks for path in folder.rglob("*"))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
