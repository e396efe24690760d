"""From a question to the passages this person may read, best first.

The rights filter stands inside the index query; every hit is then fetched from the live catalogue and checked
again, so that a deletion or a revoked right counts at once. Rules that forbid reading are applied to what is left.
At most two hits come from one page.

A question often names its document ("PepsiCo", "2022", "the travel policy"). The words of the question that tell
some of the candidates' titles from others lift the passages of those documents: on filings, the right one to the top.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ingest.index.base import Hit, Mode, Query, RightsFilter, SparseVector
from policies.labels import Level
from policies.vocabulary import Chunk, Document, Passage, Person

HITS_OF_ONE_PAGE = 2
TITLE_WEIGHT = 0.5  # of the whole spread of scores; .3 to 1 measured alike
_YEAR = re.compile(r"(?:19|20)\d\d")  # also inside FY2022


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
    found: list[_Candidate] = []
    withheld = 0
    for width in (2 * k, 8 * k):
        hits = index.query(Query(dense=dense, sparse=sparse, rights=rights, limit=width, mode=mode))
        found, withheld = _recheck(hits, person, catalogue=catalogue, may_read=may_read)
        # Fewer hits than asked for: a wider query has nothing to add. A hybrid one is always wide: titles reorder it.
        if len(hits) < width or (mode is not Mode.HYBRID and len(found) >= k):
            break
    if mode is Mode.HYBRID:
        found = _by_title(text, found, encoder)
    kept = _few_of_a_page(found, k)
    return Retrieved(passages=_measured(kept, dense=dense, catalogue=catalogue), withheld=withheld)


_Candidate = tuple[float, Chunk, Document]


def _recheck(
    hits: Sequence[Hit],
    person: Person,
    *,
    catalogue: Live,
    may_read: Callable[[Person, Document, Chunk], bool],
) -> tuple[list[_Candidate], int]:
    """The hits that are live and allowed now, in their order, and how many a rule kept back."""
    live = {chunk.id: (chunk, document) for chunk, document in catalogue.hydrate([hit.id for hit in hits], person)}
    present = [(hit.score, *live[hit.id]) for hit in hits if hit.id in live]
    allowed = [(score, chunk, document) for score, chunk, document in present if may_read(person, document, chunk)]
    return allowed, len(present) - len(allowed)


def _by_title(text: str, found: Sequence[_Candidate], encoder: Encoder) -> list[_Candidate]:
    """Best first by the engine's score and by how much of the question the document's title says. A word that stands
    in every title tells nothing; one that stands in few tells much."""
    asked = _words(text, encoder)
    titles = {document.id: _words(document.title, encoder) & asked for _, _, document in found}
    frequency = Counter(word for words in titles.values() for word in words)
    weight = {word: math.log((len(titles) + 1) / (n + 0.5)) for word, n in frequency.items() if n < len(titles)}
    whole = sum(weight.values())
    if not whole:
        return list(found)
    lowest, highest = min(score for score, _, _ in found), max(score for score, _, _ in found)
    spread = (highest - lowest) or 1.0

    def lifted(candidate: _Candidate) -> float:
        named = sum(weight.get(word, 0.0) for word in titles[candidate[2].id]) / whole
        return candidate[0] + TITLE_WEIGHT * spread * named

    return sorted(((lifted(one), one[1], one[2]) for one in found), key=lambda one: -one[0])


def _words(text: str, encoder: Encoder) -> frozenset[int | str]:
    return frozenset(encoder.sparse(text).indices) | frozenset(_YEAR.findall(text))


def _few_of_a_page(found: Sequence[_Candidate], k: int) -> list[Passage]:
    kept: list[Passage] = []
    of_page: Counter[tuple[str, int]] = Counter()
    for score, chunk, document in found:
        page = (document.id, chunk.page)
        if len(kept) < k and of_page[page] < HITS_OF_ONE_PAGE:
            of_page[page] += 1
            kept.append(Passage(chunk=chunk, document=document, rank=len(kept) + 1, score=score))
    return kept


def _measured(passages: Sequence[Passage], *, dense: tuple[float, ...], catalogue: Live) -> tuple[Passage, ...]:
    """The passages with their cosine to the question: the index gives ranks, and a rank says nothing of relevance."""
    vectors = catalogue.vectors([passage.chunk.id for passage in passages]) if dense else {}
    return tuple(
        replace(passage, similarity=float(vectors[passage.chunk.id] @ dense))
        if passage.chunk.id in vectors
        else passage
        for passage in passages
    )
