"""The shelf that knows copies: against the live catalogue and index, for documents that nobody named.

What is promised:
- Quotations are looked for in everything that was committed before the call; paraphrases in what the index holds, which
  follows within two seconds. Labels are read live: what was raised a moment ago counts.
- Whoever may read a document is not asked: a text must not leave because it repeats it, and nobody is told which.
- What cannot be looked up raises RingfenceError; nothing is taken for absent because a store did not answer.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

from ingest.catalogue import marks
from ingest.catalogue.catalogue import Catalogue
from ingest.catalogue.marks import Marked
from ingest.copies.following import LOOSE, Following
from ingest.copies.laid_out import laid_out, standing_in
from ingest.index.base import AboveFilter, Hit, Query, RightsFilter, SparseVector
from policies.copies.base import How, Repeat, Seen, Touched
from policies.copies.concepts import concepts_of
from policies.copies.fingerprints import Hasher, reduced
from policies.copies.paraphrase import LEAST, NEAR, Comparing, bar, is_news, windows
from policies.copies.quotations import Owner, Quoted, quoted
from policies.copies.readings import readings
from policies.labels import PUBLIC, Label, Level, join
from policies.vocabulary import Chunk, Document

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CANDIDATES = 12
REMEMBERED = 512

_Places = dict[int, list[tuple[str, int, Label]]]


class Searcher(Protocol):
    """What the shelf needs of the index."""

    def query(self, query: Query) -> list[Hit]: ...

    def cursor(self) -> int: ...


class Embeds(Protocol):
    def embed_documents(self, texts: Sequence[str]) -> Any: ...


class Shelf:
    """Implements `policies.copies.base.Copies`. Safe for several threads; each process has its own."""

    def __init__(
        self,
        catalogue: Catalogue,
        key: bytes,
        *,
        index: Callable[[], Searcher],
        embedder: Callable[[], Embeds],
        folder: Path | None = None,
        loose: int = LOOSE,
    ) -> None:
        """`folder` and `loose`: see `Following`."""
        self._database = catalogue.database
        self._hasher = Hasher(key)
        self.following = Following(catalogue, self._hasher.digest, self.mark, folder=folder, loose=loose)
        self._index = index
        self._embedder = embedder
        self._comparing = Comparing(self._embed)
        self._lock = Lock()
        self._remembered: OrderedDict[tuple[str, Label, int], Seen] = OrderedDict()

    # -- before something leaves ---------------------------------------------------------------------------

    def repeats(self, texts: Sequence[str], ceiling: Label) -> Sequence[Repeat]:
        """See `Copies.repeats`."""
        return self.look(texts, ceiling).repeats

    def look(self, texts: Sequence[str], ceiling: Label) -> Seen:
        """Each text in every reading of it. A text that was looked at is remembered until the catalogue changes."""
        upto = self.following.refresh()
        seen = [_at(place, self._seen(text, ceiling, upto)) for place, text in enumerate(texts) if text.strip()]
        return Seen(
            repeats=tuple(one for each in seen for one in each.repeats),
            near=tuple(one for each in seen for one in each.near),
            touched=_together(one for each in seen for one in each.touched),
        )

    def _seen(self, text: str, ceiling: Label, upto: int) -> Seen:
        key = (hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(), ceiling, upto)
        with self._lock:
            if key in self._remembered:
                return self._remembered[key]
        repeats: list[Repeat] = []
        near: list[Repeat] = []
        touched: list[Touched] = []
        for reading in readings(text):
            self._quotations(reading, ceiling, repeats, near, touched)
            if not repeats:
                self._paraphrases(reading, ceiling, repeats, near)
        seen = Seen(repeats=tuple(repeats), near=tuple(near), touched=tuple(touched))
        if not repeats and self._index().cursor() < upto:  # the index may know more in a moment
            return seen
        with self._lock:
            self._remembered[key] = seen
            if len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
        return seen

    def _quotations(
        self, text: str, ceiling: Label, repeats: list[Repeat], near: list[Repeat], touched: list[Touched]
    ) -> None:
        places = self._find(self._hasher.grams(reduced(text)))
        above = self._quoted(text, places, ceiling)
        for one in above:
            found = Repeat(text=0, how=How.QUOTATION, document=one.document, score=one.bits)
            (repeats if one.certain else near).append(found)
        names = {one.document for one in above}
        for one in self._quoted(text, places, PUBLIC):
            size = self.following.size(one.document)
            held = one.document in names
            touched.append(Touched(text=0, document=one.document, marks=one.marks, of=size, above=held))

    def _find(self, grams: NDArray[np.uint64]) -> _Places:
        """Where marks stand, with the live label of each place; no place for one that is common."""
        standing = self.following.find(grams)
        places: _Places = {mark: [] for mark in standing.common}
        if not standing.places:
            return places
        with self._database.reading() as db:
            labels = marks.labels(db, list({place for stands in standing.places.values() for place in stands}))
        for mark, stands in standing.places.items():
            if found := [(*place, labels[place]) for place in stands if place in labels]:
                places[mark] = found
        return places

    def _quoted(self, text: str, places: _Places, ceiling: Label) -> list[Quoted]:
        owners = {
            mark: [Owner(document=document, public=label.flows_to(ceiling)) for document, _, label in stands]
            or [Owner(document="", public=True)]
            for mark, stands in places.items()
        }
        return quoted(text, owners, self._hasher, documents=len(self.following))

    def _paraphrases(self, text: str, ceiling: Label, repeats: list[Repeat], near: list[Repeat]) -> None:
        asked = [window for window in windows(text) if len(concepts_of(window).words) > 1]
        above = AboveFilter(level=ceiling.level, categories=ceiling.categories)
        for window, vector in self._comparing.vectors(asked).items():
            found = {
                name: score for name, score in self._scores(window, vector, above, ceiling).items() if score >= NEAR
            }
            public = self._publicly(window, vector, ceiling) if found else LEAST
            for document, score in found.items():
                if is_news(score, public):
                    one = Repeat(text=0, how=How.PARAPHRASE, document=document, score=score)
                    (repeats if score >= bar(len(self.following)) else near).append(one)

    def _embed(self, texts: Sequence[str]) -> Any:
        return self._embedder().embed_documents(texts)

    def _publicly(self, window: str, vector: Any, ceiling: Label) -> float:
        """How clearly a document says it that may go."""
        with self._database.reading() as db:
            groups = marks.groups(db)
        rights = RightsFilter(groups=groups, level=ceiling.level, only_categories=ceiling.categories)
        return max(self._scores(window, vector, rights, ceiling, public=True).values(), default=LEAST)

    def _scores(
        self, window: str, vector: Any, rights: RightsFilter | AboveFilter, ceiling: Label, *, public: bool = False
    ) -> dict[str, float]:
        from ingest.index.sparse import Bm25

        sparse: SparseVector = Bm25().query(window, concepts_of(window).language)
        query = Query(dense=tuple(float(x) for x in vector), sparse=sparse, rights=rights, limit=CANDIDATES)
        hits = self._index().query(query)
        with self._database.reading() as db:
            found = [
                (document, text)
                for document, text, label in marks.texts(db, [hit.id for hit in hits])
                if label.flows_to(ceiling) is public
            ]
        scores: dict[str, float] = {}
        compared = self._comparing.best(window, [text for _, text in found])
        for (document, _), score in zip(found, compared, strict=True):
            scores[document] = max(score, scores.get(document, LEAST))
        return scores

    # -- when a document comes in ----------------------------------------------------------------------------

    def mark(self, document: Document, chunks: Sequence[Chunk]) -> Marked:
        """The marks of a document's text, its title and headings included, each with the chunk where it stands."""
        whole, ordinals = laid_out(document, chunks)
        found, places = self._hasher.winnowed(whole.data)
        return Marked(hasher=self._hasher.digest, marks=found, chunks=standing_in(whole, ordinals, places))

    def raise_copies(self, document: Document, chunks: Sequence[Chunk]) -> list[Chunk]:
        """The chunks, each with the label of what it quotes: a public document that repeats a restricted paragraph is
        restricted there. What was already said under the lower label, its own last version included, stays as it was.
        """
        import numpy as np

        self.following.refresh()
        if all(chunk.label.level is Level.RESTRICTED for chunk in chunks):
            return list(chunks)
        whole, ordinals = laid_out(document, chunks)
        grams = self._hasher.grams(whole.data)
        places = self._find(grams)
        higher: dict[Label, frozenset[int]] = {}  # by label, the chunks that share something above it
        for label in {chunk.label for chunk in chunks}:
            above = [mark for mark, stands in places.items() if _is_above(stands, label, but=document.id)]
            shared = np.flatnonzero(np.isin(grams, np.array(above, np.uint64)))
            higher[label] = frozenset(standing_in(whole, ordinals, shared).tolist())
        return [
            replace(chunk, label=self._label_of(chunk, document.id)) if chunk.ordinal in higher[chunk.label] else chunk
            for chunk in chunks
        ]

    def _label_of(self, chunk: Chunk, document: str) -> Label:
        """The chunk's label, raised by those of the places that it quotes."""
        places = self._find(self._hasher.grams(reduced(chunk.text)))
        quotes = {one.document for one in self._quoted(chunk.text, places, chunk.label) if one.certain}
        labels = [
            theirs
            for stands in places.values()
            if not any(label.flows_to(chunk.label) for _, _, label in stands)
            for owner, _, theirs in stands
            if owner in quotes - {document}
        ]
        return join([chunk.label, *labels])


def _is_above(stands: list[tuple[str, int, Label]], label: Label, *, but: str) -> bool:
    """Whether a place of another document than `but` has a label that `label` does not cover."""
    return any(owner != but and not theirs.flows_to(label) for owner, _, theirs in stands)


def _at(place: int, seen: Seen) -> Seen:
    """The same, seen in the text at that position."""
    return Seen(
        repeats=tuple(replace(one, text=place) for one in seen.repeats),
        near=tuple(replace(one, text=place) for one in seen.near),
        touched=tuple(replace(one, text=place) for one in seen.touched),
    )


def _together(touched: Iterable[Touched]) -> tuple[Touched, ...]:
    """One for each document, with the marks of all texts."""
    found: dict[str, Touched] = {}
    for one in touched:
        before = found.get(one.document)
        found[one.document] = replace(one, marks=one.marks | before.marks) if before else one
    return tuple(found.values())
