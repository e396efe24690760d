"""How well passages are found: a published set is taken in by the product's own chunking, embedding and index, in a
home of its own, and every query is asked as a person would ask it.

A passage or page counts as found at the rank of its best chunk. `reranked` is not among the modes: no reranker is
installed.
"""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.evaluation.ranking import mean, measures, percentile
from assistant.evaluation.retrieval_sets import RetrievalSet, load_set
from ingest.chunking import chunk, embed_text
from ingest.config import Precision
from ingest.index.base import Index, Mode, Point, Query, RightsFilter
from ingest.index.edge import EdgeIndex
from ingest.index.embedder import Embedder, open_embedder
from ingest.index.sparse import Bm25
from ingest.readers.base import Block, RawText
from ingest.sandbox import Sandbox
from policies.errors import UsageError
from policies.labels import PUBLIC
from policies.vocabulary import EVERYONE, Document, SourceRef

Tell = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""

DEPTH = 100
_CHUNKS = 300  # hits asked for where an item may have several chunks
_BATCH = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unit:
    """A chunk of the set: which item it belongs to, and what is embedded of it."""

    id: str
    item: str
    document: str
    text: str


def evaluate_retrieval(
    directory: Path,
    *,
    split: str | None = None,
    keep: Path | None = None,
    progress: Tell | None = None,
    titles: bool | None = None,
    precision: Precision = Precision.EXACT,
) -> dict[str, Any]:
    """The numbers of `ringfence eval retrieval --json`. `keep`: a new folder in which the index stays. Without
    `progress`, bars are shown where standard error is a terminal."""
    given = load_set(directory, split=split, titles=titles)
    if keep is not None and keep.exists() and any(keep.iterdir()):
        raise UsageError(f"{keep} is not empty.", cure="Name a new folder with --keep.")
    embedder, bm25 = open_embedder(precision=precision), Bm25()
    embedder.embed_query("ready")  # loading the model is no part of any number
    with (
        nullcontext(str(keep)) if keep else tempfile.TemporaryDirectory(prefix="ringfence-eval-") as home,
        nullcontext(progress) if progress else on_terminal() as tell,
        closing(
            EdgeIndex(Path(home) / "index", embedding_digest=embedder.digest, dimension=embedder.dimension, bm25=bm25)
        ) as index,
    ):
        start = time.perf_counter()
        units = list(_units(given, embedder, tell))
        _fill(index, units, embedder, bm25, tell)
        seconds = time.perf_counter() - start
        modes, latencies = _ask(given, index, units, embedder, bm25, tell)
    return {
        "dataset": given.name,
        "split": given.split,
        "documents": given.documents,
        "queries": len(given.queries),
        "chunks": len(units),
        "modes": modes,
        "latency_ms": {name: round(1000 * percentile(latencies, at), 2) for name, at in (("p50", 0.5), ("p95", 0.95))},
        "ingest": {"seconds": round(seconds, 2), "chunks_per_second": round(len(units) / seconds, 1)},
        "notes": ["reranked is left out: no reranker is installed"],
    }


def _units(given: RetrievalSet, embedder: Embedder, tell: Tell) -> Iterator[_Unit]:
    for done, passage in enumerate(given.passages):
        raw = RawText(title=passage.title, media_type="text/plain", blocks=(Block(text=passage.text),))
        for unit in _chunked(passage.id, raw, embedder):
            yield _Unit(id=unit.id, item=passage.id, document=passage.document, text=unit.text)
        tell("reading", done + 1, given.documents)
    if given.pdfs:
        with Sandbox() as sandbox:
            for done, path in enumerate(given.pdfs):
                yield from _chunked(path.stem, sandbox.read(path.read_bytes(), path.name), embedder)
                tell("reading", done + 1, given.documents)


def _chunked(name: str, raw: RawText, embedder: Embedder) -> Iterator[_Unit]:
    ref = SourceRef(source="evaluation", path=name)
    document = Document(
        id=ref.document,
        version=hashlib.sha256(name.encode()).hexdigest(),
        source=ref,
        title=raw.title,
        media_type=raw.media_type,
        label=PUBLIC,
        groups=frozenset({EVERYONE}),
        pages=raw.pages,
    )
    for piece in chunk(document, raw, count_tokens=embedder.count_tokens):
        text = embed_text(piece, document.title)
        yield _Unit(id=piece.id, item=f"{name}#p{piece.page - 1}", document=name, text=text)


def _fill(index: Index, units: Sequence[_Unit], embedder: Embedder, bm25: Bm25, tell: Tell) -> None:
    for start in range(0, len(units), _BATCH):
        part = units[start : start + _BATCH]
        vectors = embedder.embed_documents([unit.text for unit in part])
        points = [
            Point(
                id=unit.id,
                document=unit.document,
                dense=tuple(vector.tolist()),
                sparse=bm25.document(unit.text),
                groups=frozenset({EVERYONE}),
                level=PUBLIC.level,
                categories=PUBLIC.categories,
            )
            for unit, vector in zip(part, vectors, strict=True)
        ]
        index.apply(points, [], start + len(part))
        tell("embedding", start + len(part), len(units))


def _ask(
    given: RetrievalSet, index: Index, units: Sequence[_Unit], embedder: Embedder, bm25: Bm25, tell: Tell
) -> tuple[dict[str, dict[str, float]], list[float]]:
    items = {unit.id: unit.item for unit in units}
    limit = DEPTH if len(set(items.values())) == len(items) else _CHUNKS
    rows: dict[Mode, list[dict[str, float]]] = {mode: [] for mode in (Mode.BM25, Mode.DENSE, Mode.HYBRID)}
    latencies = []
    for done, query in enumerate(given.queries):
        start = time.perf_counter()
        dense, sparse = tuple(embedder.embed_query(query.text).tolist()), bm25.query(query.text)
        prepared = time.perf_counter() - start
        rights = RightsFilter(
            groups=frozenset({EVERYONE}), documents=frozenset({query.within}) if query.within else None
        )
        for mode, found in rows.items():
            start = time.perf_counter()
            hits = index.query(Query(dense=dense, sparse=sparse, rights=rights, limit=limit, mode=mode))
            if mode is Mode.HYBRID:
                latencies.append(prepared + time.perf_counter() - start)
            ranked = list(dict.fromkeys(items[hit.id] for hit in hits))
            row = measures(ranked, query.wanted)
            if given.pdfs:
                row |= _of_pages(ranked, query.wanted)
            found.append(row)
        tell("asking", done + 1, len(given.queries))
    return {str(mode): mean(found) for mode, found in rows.items()}, latencies


def _of_pages(ranked: Sequence[str], wanted: dict[str, float]) -> dict[str, float]:
    """What counts besides, where the items are pages of documents."""
    right = {item.rpartition("#")[0] for item in wanted}
    return {
        "recall@5": sum(item in wanted for item in ranked[:5]) / len(wanted),
        "document@1": float(bool(ranked) and ranked[0].rpartition("#")[0] in right),
    }


@contextmanager
def on_terminal() -> Iterator[Tell]:
    """Progress bars on standard error where that is a terminal; nothing elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, disable=not console.is_terminal) as shown:
        tasks: dict[str, Any] = {}

        def tell(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = shown.add_task(what, total=total)
            shown.update(tasks[what], completed=done, total=total)

        yield tell


def in_words(report: dict[str, Any]) -> str:
    """The table for a person."""
    names = list(next(iter(report["modes"].values())))
    lines = [f"{report['dataset']}: {report['documents']:,} documents, {report['queries']:,} questions"]
    lines.append(f"{'':<8}" + "".join(f"{name:>12}" for name in names))
    for mode, found in report["modes"].items():
        lines.append(f"{mode:<8}" + "".join(f"{found[name]:>12.4f}" for name in names))
    took, ingest = report["latency_ms"], report["ingest"]
    lines.append(f"a question took {took['p50']:.1f} ms (p50), {took['p95']:.1f} ms (p95)")
    lines.append(f"taken in within {ingest['seconds']:.0f} s, {ingest['chunks_per_second']:.0f} chunks a second")
    return "\n".join(lines)
