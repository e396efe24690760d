"""`make bench-million`: very many chunks in one home, through the product's own walk from the commit on.

Vectors are drawn around those of real texts, words as often as Zipf has it (so a question's common words stand in many
of a million chunks, and its rare ones in few), both with a seed; embedding is measured elsewhere. Nothing here fails
because something was slow: it says what it took, on which machine, and whether the home stayed within its bounds.
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
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from invented import paragraph
from yardstick import ROOT, kept_home, percentile, temporary_home

CHUNKS = 40  # of each document
GROUPS = 40
PART = 100_000  # chunks, after which it is said what they took
SPREAD = 0.5  # how far a vector lies from the real one that it is drawn around
QUESTIONS = 300
EXACT, NEAREST = 100, 10  # questions that are compared with every vector, and how many of the nearest
REAL = 400  # texts that are embedded
WORDS = 60_000  # different ones, besides those that are not indexed
LENGTH, ASKED = 150, 14  # words of a chunk, of a question
_SYLLABLES = [first + then for first in "bdfgklmnprstvz" for then in ("a", "e", "i", "o", "u", "an", "er", "is", "ol")]
MEMORY_GIB = 24
SEARCH_MS = 25


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chunks", type=int, default=1_000_000, metavar="N")
    parser.add_argument("--home", type=Path, metavar="DIR", help="keep the home; one that is there is gone on with")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "million.json", metavar="FILE")
    options = parser.parse_args()
    stated = measure(options.chunks, options.home)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(stated, indent=1) + "\n")
    print(json.dumps(stated, indent=1))
    return 0


def measure(chunks: int, kept: Path | None = None) -> dict[str, Any]:
    """Flat numbers: times in ms or s, memory and disk in GiB; of commits, those of this run."""
    from ingest.index.base import Mode, RightsFilter
    from ingest.wiring import open_ingest
    from policies.audit.ledger import Ledger
    from policies.keys import Keys

    with (
        kept_home(kept) if kept else temporary_home() as home,
        Ledger(home, Keys.create(home)) as ledger,
        contextlib.closing(open_ingest(home, ledger)) as room,
    ):
        room.catalogue.claim_embedding(room.embedder.digest)
        source = _Source(room, real=min(REAL, chunks), seed=6)
        room.follow().index.own()
        start = time.perf_counter()
        commits = list(_fill(room, ledger, source, range(room.catalogue.counts()["documents"], chunks // CHUNKS)))
        stored = time.perf_counter() - start
        _settle(room)
        searchable = time.perf_counter() - start
        _grown(room)
        built = time.perf_counter() - start
        questions = [source.question(number) for number in range(min(QUESTIONS, chunks))]
        for question in questions[:3]:  # the files of a new index are read for the first time
            room.follow().index.query(question)
        asked, worked = zip(*[_took_both(partial(room.follow().index.query, one)) for one in questions], strict=True)
        dense = [replace(question, mode=Mode.DENSE, limit=NEAREST) for question in questions[:EXACT]]
        apart = [_took(partial(room.follow().index.query, question)) for question in dense]
        half = RightsFilter(groups=frozenset(f"group {number}" for number in range(GROUPS // 2)))
        wide = [replace(question, rights=half) for question in dense]
        part = max(1, len(commits) // 10)
        return {
            "chunks": room.follow().index.count(),
            "stored_s": round(stored, 1),
            "searchable_s": round(searchable, 1),
            "grown_s": round(built, 1),
            "cpu_s": round(time.process_time(), 1),
            "commit_first_p50_ms": _ms(commits[:part], 0.5),
            "commit_first_p95_ms": _ms(commits[:part], 0.95),
            "commit_last_p50_ms": _ms(commits[-part:], 0.5),
            "commit_last_p95_ms": _ms(commits[-part:], 0.95),
            "commit_max_ms": _ms(commits, 1),
            "search_filtered_p50_ms": _ms(asked, 0.5),
            "search_filtered_p95_ms": _ms(asked, 0.95),
            "search_filtered_cpu_p50_ms": _ms(worked, 0.5),
            "search_filtered_cpu_p95_ms": _ms(worked, 0.95),
            "search_goal_ms": SEARCH_MS,
            "search_dense_p50_ms": _ms(apart, 0.5),
            "search_dense_p95_ms": _ms(apart, 0.95),
            "recall_at_10": _recall(room, dense),
            "recall_at_10_half": _recall(room, wide),
            "memory_gib": round(_memory(), 2),
            "memory_goal_gib": MEMORY_GIB,
            "disk_gib": round(_size(home.path) / 2**30, 2),
            "machine_cpus": os.cpu_count() or 0,
            "machine_load_after": round(os.getloadavg()[0], 2),
        }


class _Source:
    """Documents and questions, the same for the same seed and number."""

    def __init__(self, room: Any, *, real: int, seed: int) -> None:
        import numpy as np

        from ingest.index.sparse import STOP_WORDS

        self._pipeline, self._seed = room.pipeline, seed
        dice = random.Random(seed)
        self._real = room.embedder.embed_documents([paragraph(dice) for _ in range(real)])
        invented = ["".join(dice.choices(_SYLLABLES, k=dice.randint(2, 4))) for _ in range(WORDS)]
        self._words = np.array(sorted(STOP_WORDS["en"]) + invented)
        often = np.cumsum(1 / (np.arange(len(self._words)) + 2.7) ** 1.07)
        self._upto = often / often[-1]

    def dice(self, *number: int) -> Any:
        import numpy as np

        return np.random.default_rng([self._seed, *number])

    def text(self, dice: Any, words: int) -> str:
        import numpy as np

        return " ".join(self._words[np.searchsorted(self._upto, dice.random(words))].tolist())

    def vectors(self, dice: Any, count: int) -> Any:
        """Of length 1, each near that of a real text."""
        import numpy as np

        real = self._real[dice.integers(len(self._real), size=count)]
        found = real + dice.normal(0, SPREAD / real.shape[1] ** 0.5, real.shape)
        return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)

    def prepared(self, number: int) -> tuple[Any, Any]:
        """A document as it is when only its vectors are missing, and these."""
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
        chunks, start, dice = [], 0, self.dice(0, number)
        for ordinal in range(CHUNKS):
            text = self.text(dice, LENGTH)
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
        prepared = Prepared(document=document, chunks=chunks, fronts=[""] * CHUNKS, stat=stat)
        return prepared, self.vectors(dice, CHUNKS)

    def question(self, number: int) -> Any:
        """Asked by somebody who may read a tenth of the documents."""
        from ingest.index.base import Query, RightsFilter
        from ingest.index.sparse import Bm25

        dice = self.dice(1, number)
        groups = frozenset(f"group {one}" for one in dice.choice(GROUPS, GROUPS // 10, replace=False))
        return Query(
            dense=tuple(self.vectors(dice, 1)[0].tolist()),
            sparse=Bm25().query(self.text(dice, ASKED)),
            rights=RightsFilter(groups=groups),
            limit=20,
        )


def _fill(room: Any, ledger: Any, source: _Source, documents: range) -> Iterator[float]:
    """Seconds of each commit, as `ingest.pipeline.store` takes them."""
    from ingest.pipeline import store

    start = shown = time.perf_counter()
    part = _Part()
    for number in documents:
        prepared, vectors = source.prepared(number)
        yield part.took(
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
        if (number + 1) * CHUNKS % PART < CHUNKS:
            _say(f"{(number + 1) * CHUNKS:,} chunks: {part}")
            part = _Part()
        if time.perf_counter() - shown > 10:
            shown = time.perf_counter()
            done, here = (number + 1) * CHUNKS, (number + 1 - documents.start) * CHUNKS
            indexed = room.follow().index.cursor()
            _say(f"{done:,} chunks stored, {here / (shown - start):,.0f}/s, {indexed:,} documents indexed")


class _Part:
    """What some commits took: of the clock, and of the processor in the thread that commits."""

    def __init__(self) -> None:
        self._process, self._aside = time.process_time(), _aside()
        self._seconds: list[float] = []
        self._worked: list[float] = []

    def took(self, act: Any) -> float:
        before = time.thread_time()
        self._seconds.append(_took(act))
        self._worked.append(time.thread_time() - before)
        return self._seconds[-1]

    def __str__(self) -> str:
        clock, worked = (
            "/".join(f"{_ms(some, share):.0f}" for share in (0.5, 0.95, 1)) for some in (self._seconds, self._worked)
        )
        return (
            f"commits {clock} ms (p50/p95/max), of the processor {worked} ms and {sum(self._worked):.0f} s together;"
            f" this process {time.process_time() - self._process:.0f} s of the processor, those that it started"
            f" {_aside() - self._aside:.0f} s; {_memory():.2f} GiB at most"
        )


def _aside() -> float:
    """Seconds of the processor that processes took which this one started and which have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _memory() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used * (1 if sys.platform == "darwin" else 1024) / 2**30


def _settle(room: Any) -> None:
    """Until everything is searchable."""
    while room.follow().index.cursor() < room.catalogue.latest():
        _say(f"{room.follow().index.cursor():,} of {room.catalogue.latest():,} documents indexed")
        time.sleep(5)


def _grown(room: Any) -> None:
    """Until no faster index is being made any more."""
    time.sleep(2)  # one that is due is begun within a tick
    while room.indexes.being_made():
        _say("a faster index is being made")
        time.sleep(5)


def _recall(room: Any, questions: Sequence[Any]) -> float:
    """The share of the nearest that a question may see which the index finds; the nearest are looked for among all."""
    import numpy as np

    asked = np.array([question.dense for question in questions], np.float32)
    nearest: list[list[tuple[float, str]]] = [[] for _ in questions]
    with room.catalogue.database.reading() as db:
        rows = db.execute(
            "SELECT chunks.id, vectors.dense, documents.groups FROM chunks JOIN vectors ON vectors.chunk = chunks.key"
            " JOIN documents ON documents.id = chunks.document"
        )
        while part := rows.fetchmany(10_000):
            scores = asked @ np.frombuffer(b"".join(row["dense"] for row in part), np.float32).reshape(len(part), -1).T
            groups = np.array([json.loads(row["groups"])[0] for row in part])
            for question, score, best in zip(questions, scores, nearest, strict=True):
                score[~np.isin(groups, list(question.rights.groups))] = -2
                best += [(float(score[at]), part[at]["id"]) for at in np.argsort(-score)[:NEAREST]]
                best.sort(reverse=True)
                del best[NEAREST:]
    right = [
        len({hit.id for hit in room.follow().index.query(question)} & {id for _, id in best})
        for question, best in zip(questions, nearest, strict=True)
    ]
    return round(sum(right) / (NEAREST * len(questions)), 4)


def _took(act: Any) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def _took_both(act: Any) -> tuple[float, float]:
    """Of the clock, and of the processor in all threads of this process."""
    before = time.process_time()
    return _took(act), time.process_time() - before


def _ms(seconds: Sequence[float], share: float) -> float:
    return round(1000 * percentile(list(seconds), share), 2) if seconds else 0.0  # a kept home may lack nothing


def _size(folder: Path) -> int:
    """What the files take on the disk: the engine's own are sparse."""
    return sum(512 * path.lstat().st_blocks for path in folder.rglob("*"))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
