"""From a question to the passages this person may read, best first.

The rights filter stands inside the index query; every hit is then fetched from the live catalogue and checked
again, so that a deletion or a revoked right counts at once. Rules that forbid reading are applied to what is left.
At most two hits come from one page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ingest.index.base import Hit, Mode, Query, RightsFilter, SparseVector
from policies.labels import Level
from policies.vocabulary import Chunk, Document, Passage, Person

HITS_OF_ONE_PAGE = 2


class Searcher(Protocol):
    """What retrieval needs of the index."""

    def query(self, query: Query) -> list[Hit]: ...


class Live(Protocol):
    """What retrieval needs of the catalogue."""

    def hydrate(self, ids: Sequence[str], person: Person) -> list[tuple[Chunk, Document]]: ...

    def vectors(self, ids: Sequence[str]) -> Mapping[str, Any]:
        """Length 1 each, as arrays."""
        ...


class Encoder(Protocol):
    """A question as the two vectors of the index."""

    def dense(self, text: str) -> tuple[float, ...]: ...

    def sparse(self, text: str) -> SparseVector: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieved:
    """`withheld` counts hits that a rule kept back after the index had let them through."""

    passages: tuple[Passage, ...]
    withheld: int = 0


def retrieve(
    text: str,
    person: Person,
    *,
    k: int,
    index: Searcher,
    catalogue: Live,
    encoder: Encoder,
    may_read: Callable[[Person, Document, Chunk], bool],
    level: Level | None = None,
    mode: Mode = Mode.HYBRID,
) -> Retrieved:
    """The `k` best passages for `text`. `level` is the highest that may be seen at all, where that is asked."""
    rights = RightsFilter(groups=person.reads_as, level=level)
    dense = encoder.dense(text) if mode is not Mode.BM25 else ()
    sparse = encoder.sparse(text) if mode is not Mode.DENSE else SparseVector(indices=(), values=())
    kept: list[Passage] = []
    withheld = 0
    for width in (2 * k, 8 * k):
        hits = index.query(Query(dense=dense, sparse=sparse, rights=rights, limit=width, mode=mode))
        kept, withheld = _recheck(hits, person, catalogue=catalogue, may_read=may_read)
        # Fewer hits than asked for: a wider query has nothing to add.
        if len(kept) >= k or len(hits) < width:
            break
    return Retrieved(passages=_measured(kept[:k], dense=dense, catalogue=catalogue), withheld=withheld)


def _recheck(
    hits: Sequence[Hit],
    person: Person,
    *,
    catalogue: Live,
    may_read: Callable[[Person, Document, Chunk], bool],
) -> tuple[list[Passage], int]:
    live = {chunk.id: (chunk, document) for chunk, document in catalogue.hydrate([hit.id for hit in hits], person)}
    kept: list[Passage] = []
    withheld = 0
    of_page: Counter[tuple[str, int]] = Counter()
    for hit in hits:
        if hit.id not in live:
            continue
        chunk, document = live[hit.id]
        if not may_read(person, document, chunk):
            withheld += 1
            continue
        page = (document.id, chunk.page)
        if of_page[page] < HITS_OF_ONE_PAGE:
            of_page[page] += 1
            kept.append(Passage(chunk=chunk, document=document, rank=len(kept) + 1, score=hit.score))
    return kept, withheld


def _measured(passages: Sequence[Passage], *, dense: tuple[float, ...], catalogue: Live) -> tuple[Passage, ...]:
    """The passages with their cosine to the question: the index gives ranks, and a rank says nothing of relevance."""
    vectors = catalogue.vectors([passage.chunk.id for passage in passages]) if dense else {}
    return tuple(
        replace(passage, similarity=float(vectors[passage.chunk.id] @ dense))
        if passage.chunk.id in vectors
        else passage
        for passage in passages
    )
