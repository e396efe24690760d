"""From a question to the passages this person may read, best first.

The rights filter stands inside the index query; every hit is then fetched from the live catalogue and checked
again, so that a deletion or a revoked right counts at once. Rules that forbid reading are applied to what is left.
What is above the ceiling of a prompt that may leave is kept out in both places, by its label in the index and now.
At most two hits come from one page.

A question often names its document (a company, "2022", "the travel policy"). Documents whose company or title it names
are looked into a second time, alone, under the same rights. Then the words of the question that tell some candidates'
names from others lift the passages of those documents: on filings, the right one to the top.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ingest.about import ANYTHING, Sought, in_words, said_by, spelled_years
from ingest.called import Mentioned, mentioned
from ingest.index.base import Hit, Mode, Query, RightsFilter, SparseVector
from policies.labels import TOP, Label, Level
from policies.vocabulary import Chunk, Document, Passage, Person

HITS_OF_ONE_PAGE = 2
NAMED_WEIGHT = 0.25  # of the whole spread of scores, for a document that the question names
TITLE_WEIGHT = 0.5  # of the whole spread of scores; .3 to 1 measured alike
_YEAR = re.compile(r"(?:19|20)\d\d")  # also inside FY2022


class Searcher(Protocol):
    """What retrieval needs of the index."""

    def query(self, query: Query) -> list[Hit]: ...


class Live(Protocol):
    """What retrieval needs of the catalogue."""

    def hydrate(self, ids: Sequence[str], person: Person) -> list[tuple[Chunk, Document]]: ...

    def named(self, asked: Mentioned, person: Person) -> frozenset[str]:
        """The documents that a question names, of those that `person` may read."""
        ...

    def vectors(self, ids: Sequence[str]) -> Mapping[str, Any]:
        """Length 1 each, as arrays."""
        ...


class Encoder(Protocol):
    """A question as the two vectors of the index."""

    def dense(self, text: str) -> tuple[float, ...]: ...

    def sparse(self, text: str) -> SparseVector: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieved:
    """`withheld` counts hits that a rule or a label kept back after the index had let them through; `as_of` names the
    labels and rights by which they were found."""

    passages: tuple[Passage, ...]
    withheld: int = 0
    as_of: str = ""


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
    ceiling: Label = TOP,
    mode: Mode = Mode.HYBRID,
    sought: Sought = ANYTHING,
) -> Retrieved:
    """The `k` best passages for `text`. `level` is the highest that may be seen at all, where that is asked; no label
    of a passage is above `ceiling`. `sought`: what the documents must say of themselves."""
    rights = _rights(person, level, ceiling, sought)

    def allowed(person: Person, document: Document, chunk: Chunk) -> bool:
        return chunk.label.raised(document.label).flows_to(ceiling) and may_read(person, document, chunk)

    dense = encoder.dense(text) if mode is not Mode.BM25 else ()
    sparse = encoder.sparse(text) if mode is not Mode.DENSE else SparseVector(indices=(), values=())

    def search(rights: RightsFilter, width: int) -> tuple[int, _Found]:
        hits = index.query(Query(dense=dense, sparse=sparse, rights=rights, limit=width, mode=mode))
        return len(hits), _recheck(hits, person, sought, catalogue=catalogue, allowed=allowed)

    found = _Found()
    for width in (2 * k, 8 * k):
        count, found = search(rights, width)
        # Fewer hits than asked for: a wider query has nothing to add. A hybrid one is always wide: names reorder it.
        if count < width or (mode is not Mode.HYBRID and len(found.allowed) >= k):
            break
    if mode is Mode.HYBRID:
        if named := catalogue.named(mentioned(text), person):
            found = found.joined(search(replace(rights, documents=named), 8 * k)[1])
        found = replace(found, allowed=_by_name(text, found.allowed, encoder))
    kept = _few_of_a_page(found.allowed, k)
    return Retrieved(passages=_measured(kept, dense=dense, catalogue=catalogue), withheld=len(found.withheld))


_Candidate = tuple[float, Chunk, Document]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """The hits of one query that are live and allowed now, best first, and the ids that a rule kept back."""

    allowed: Sequence[_Candidate] = ()
    withheld: frozenset[str] = frozenset()

    def joined(self, named: _Found) -> _Found:
        """With what was found in the documents that the question names, and those lifted. The engine fuses each query
        in its own measure, so both are brought to 0 to 1."""
        best: dict[str, _Candidate] = {}
        for lift, found in ((0.0, self.allowed), (NAMED_WEIGHT, named.allowed)):
            highest, spread = _span(found)
            for score, chunk, document in found:
                candidate = (1 - (highest - score) / spread + lift, chunk, document)
                best[chunk.id] = max(best.get(chunk.id, candidate), candidate, key=lambda one: one[0])
        return _Found(allowed=sorted(best.values(), key=lambda one: -one[0]), withheld=self.withheld | named.withheld)


def _span(found: Sequence[_Candidate]) -> tuple[float, float]:
    """The highest score and how far the scores reach below it."""
    scores = [score for score, _, _ in found] or [0.0]
    return max(scores), (max(scores) - min(scores)) or 1.0


def _rights(person: Person, level: Level | None, ceiling: Label, sought: Sought) -> RightsFilter:
    if ceiling == TOP:
        return RightsFilter(groups=person.reads_as, level=level, sought=sought)
    lowest = ceiling.level if level is None else min(level, ceiling.level)
    return RightsFilter(groups=person.reads_as, level=lowest, only_categories=ceiling.categories, sought=sought)


def _recheck(
    hits: Sequence[Hit],
    person: Person,
    sought: Sought,
    *,
    catalogue: Live,
    allowed: Callable[[Person, Document, Chunk], bool],
) -> _Found:
    """The hits that are live, asked for and allowed now, in their order."""
    live = {chunk.id: (chunk, document) for chunk, document in catalogue.hydrate([hit.id for hit in hits], person)}
    if sought:
        live = {id: row for id, row in live.items() if sought.admits(said_by(row[1]))}
    present = [(hit.score, *live[hit.id]) for hit in hits if hit.id in live]
    kept = [(score, chunk, document) for score, chunk, document in present if allowed(person, document, chunk)]
    ids = {chunk.id for _, chunk, _ in kept}
    return _Found(allowed=kept, withheld=frozenset(chunk.id for _, chunk, _ in present if chunk.id not in ids))


def _by_name(text: str, found: Sequence[_Candidate], encoder: Encoder) -> list[_Candidate]:
    """Best first by the engine's score and by how much of the question the document's own names say: its title,
    company, period and kind. A word that stands in all of them tells nothing; one that stands in few tells much."""
    asked = _words(text, encoder)
    names = {document.id: _words(_names(document), encoder) & asked for _, _, document in found}
    frequency = Counter(word for words in names.values() for word in words)
    weight = {word: math.log((len(names) + 1) / (n + 0.5)) for word, n in frequency.items() if n < len(names)}
    whole = sum(weight.values())
    if not whole:
        return list(found)
    _, spread = _span(found)

    def lifted(candidate: _Candidate) -> float:
        share = sum(weight.get(word, 0.0) for word in names[candidate[2].id]) / whole
        return candidate[0] + TITLE_WEIGHT * spread * share

    return sorted(((lifted(one), one[1], one[2]) for one in found), key=lambda one: -one[0])


def _names(document: Document) -> str:
    return " ".join([document.title, document.company, document.period, in_words(document.kind)])


def _words(text: str, encoder: Encoder) -> frozenset[int | str]:
    spelt = spelled_years(text)
    return frozenset(encoder.sparse(spelt).indices) | frozenset(_YEAR.findall(spelt))


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
