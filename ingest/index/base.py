"""The contract of the index: a rebuildable projection that holds vectors, filter fields and ids, never text.

Two engines keep it: `edge` (embedded) and `server` (qdrant-client). One query is one call: dense and BM25
candidates, the rights filter inside each, fused by DBSF in the engine. `RightsFilter` has no default: a query
without rights cannot be written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ingest.about import ANYTHING, SILENT, Said, Sought
from policies.labels import Category, Level


class Mode(StrEnum):
    HYBRID = "hybrid"
    DENSE = "dense"
    BM25 = "bm25"


@dataclass(frozen=True, slots=True, kw_only=True)
class SparseVector:
    indices: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One chunk as the index knows it. `dense` has the embedder's dimension and length 1."""

    id: str
    document: str
    dense: tuple[float, ...]
    sparse: SparseVector
    groups: frozenset[str]
    level: Level
    categories: frozenset[Category]
    said: Said = SILENT


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsFilter:
    """What a query may see at all: a document of one of `groups`; with `level`, not above it; with
    `only_categories`, none outside it; with `documents`, only these. `sought` is asked of what documents say of
    themselves: like each of the others it takes away and adds nothing."""

    groups: frozenset[str]
    level: Level | None = None
    only_categories: frozenset[Category] | None = None
    documents: frozenset[str] | None = None
    sought: Sought = ANYTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class AboveFilter:
    """What stays in the house, whoever may read it: above `level`, or with a category outside `categories`. For telling
    whether a text repeats it; never for showing anything."""

    level: Level
    categories: frozenset[Category] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    dense: tuple[float, ...]
    sparse: SparseVector
    rights: RightsFilter | AboveFilter
    limit: int
    mode: Mode = Mode.HYBRID


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    id: str
    score: float


class Index(Protocol):
    """What both engines do. All raise IndexUnavailable when they cannot."""

    def apply(self, upserts: Sequence[Point], deletes: Sequence[str], cursor: int) -> None:
        """Make it so, durably, then remember `cursor`, the last change-feed number applied. Idempotent.
        `deletes` are point ids."""
        ...

    def cursor(self) -> int:
        """The change-feed number up to which everything is applied; 0 for an empty index."""
        ...

    def query(self, query: Query) -> list[Hit]:
        """Best first, at most `query.limit`."""
        ...

    def count(self) -> int: ...

    def ids(self) -> frozenset[str]:
        """Every point id: for reconciling with the catalogue."""
        ...

    def points(self, after: str, limit: int) -> tuple[list[Point], str]:
        """Points as they are stored, from the one named `after` on (empty: from the first), and where to go on: empty
        when there are no more. For reconciling with the catalogue."""
        ...

    def clear(self) -> None:
        """Empty it, cursor 0: to be filled again from the feed."""
        ...

    def due(self) -> bool:
        """Whether it has grown so far that `optimise` is worth its while. Cheap."""
        ...

    def optimise(self) -> None:
        """Build what makes large indexes fast: minutes, in which nothing can be asked of it. Safe to skip; after an
        error it is to be thrown away."""
        ...

    def close(self) -> None: ...
