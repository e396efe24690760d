"""The engine beyond one machine: a collection on a Qdrant server, reached through qdrant-client.

The same contract as `edge`, the same vectors, the same filter in every prefetch. The manifest and the cursor lie in the
collection's own metadata, so they cannot be parted from it. Strict mode is on: the server refuses a filter on a field
without an index rather than scan for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ingest.index.base import AboveFilter, Hit, Mode, Point, Query, RightsFilter
from ingest.index.schema import (
    DENSE,
    INTEGERS,
    KEYWORDS,
    PREFETCH,
    SPARSE,
    Manifest,
    date_limits,
    payload,
    point,
    translated,
)
from ingest.index.sparse import Bm25

if TYPE_CHECKING:
    import ssl

    from qdrant_client import QdrantClient

NAME = "ringfence"
_BATCH = 256
_SECONDS = 10


def connect(url: str, key: str = "", verify: ssl.SSLContext | bool = True) -> QdrantClient:
    """A client of one server, which goes there directly. Nothing is sent before the first request."""
    from qdrant_client import QdrantClient

    with translated("reached"):
        return QdrantClient(
            url=url, api_key=key or None, timeout=_SECONDS, check_compatibility=False, verify=verify, trust_env=False
        )


def collections(client: QdrantClient) -> list[str]:
    """The names of our indexes on the server; the first has an empty one."""
    with translated("listed"):
        found = [each.name for each in client.get_collections().collections]
    return [name.removeprefix(NAME).removeprefix("-") for name in found if name == NAME or name.startswith(f"{NAME}-")]


def remove(client: QdrantClient, name: str) -> None:
    with translated("removed"):
        client.delete_collection(collection(name))


def collection(name: str) -> str:
    return f"{NAME}-{name}" if name else NAME


class ServerIndex:
    """Implements `Index` over one collection. Several processes may query; only the projector's owner applies."""

    def __init__(
        self,
        client: QdrantClient,
        *,
        embedding_digest: str,
        dimension: int,
        bm25: Bm25 | None = None,
        collection: str = NAME,
    ) -> None:
        from qdrant_client import models

        self._models = models
        self._client = client
        self._collection = collection
        self.manifest = Manifest(embedding=embedding_digest, dimension=dimension, bm25=bm25 or Bm25())
        with translated("opened"):
            if client.collection_exists(collection):
                if not self.manifest.check(self._metadata().get("manifest", {})):
                    self.clear()
            else:
                self._create()

    def _create(self) -> None:
        m, client = self._models, self._client
        client.create_collection(
            self._collection,
            vectors_config={DENSE: m.VectorParams(size=self.manifest.dimension, distance=m.Distance.COSINE)},
            sparse_vectors_config={SPARSE: m.SparseVectorParams(modifier=m.Modifier.IDF)},
            strict_mode_config=m.StrictModeConfig(
                enabled=True, unindexed_filtering_retrieve=False, unindexed_filtering_update=False, max_timeout=60
            ),
            metadata={"manifest": self.manifest.stated(), "cursor": 0},
        )
        keyword, integer = m.PayloadSchemaType.KEYWORD, m.PayloadSchemaType.INTEGER
        for field, kind in [(name, keyword) for name in KEYWORDS] + [(name, integer) for name in INTEGERS]:
            client.create_payload_index(self._collection, field, kind, wait=True)

    def _metadata(self) -> dict[str, Any]:
        return self._client.get_collection(self._collection).config.metadata or {}

    def apply(self, upserts: Sequence[Point], deletes: Sequence[str], cursor: int) -> None:
        m, client = self._models, self._client
        with translated("written"):
            for start in range(0, len(deletes), _BATCH):
                gone = m.PointIdsList(points=list(deletes[start : start + _BATCH]))
                client.delete(self._collection, gone, wait=True)
            for start in range(0, len(upserts), _BATCH):
                client.upsert(self._collection, [self._point(p) for p in upserts[start : start + _BATCH]], wait=True)
            client.update_collection(self._collection, metadata={"cursor": cursor})

    def _point(self, point: Point) -> Any:
        m = self._models
        sparse = m.SparseVector(indices=list(point.sparse.indices), values=list(point.sparse.values))
        vector: dict[str, Any] = {DENSE: list(point.dense), SPARSE: sparse}
        return m.PointStruct(id=point.id, vector=vector, payload=payload(point))

    def cursor(self) -> int:
        with translated("read"):
            return int(self._metadata().get("cursor", 0))

    def query(self, query: Query) -> list[Hit]:
        m, rights = self._models, self._filter(query.rights)
        if rights is None:
            return []
        asked: list[tuple[Any, str]] = []
        if query.mode is not Mode.BM25:
            asked.append((list(query.dense), DENSE))
        if query.mode is not Mode.DENSE and query.sparse.indices:
            terms = m.SparseVector(indices=list(query.sparse.indices), values=list(query.sparse.values))
            asked.append((terms, SPARSE))
        if not asked:
            return []
        given: dict[str, Any]
        if len(asked) == 1:
            given = {"query": asked[0][0], "using": asked[0][1], "query_filter": rights}
        else:
            depth = max(query.limit, PREFETCH)
            prefetches = [m.Prefetch(query=what, using=using, filter=rights, limit=depth) for what, using in asked]
            given = {"query": m.FusionQuery(fusion=m.Fusion.DBSF), "prefetch": prefetches}
        with translated("searched"):
            found = self._client.query_points(
                self._collection, limit=query.limit, with_payload=False, timeout=_SECONDS, **given
            )
            return [Hit(id=str(point.id), score=float(point.score)) for point in found.points]

    def _filter(self, rights: RightsFilter | AboveFilter) -> Any:
        """The filter of every prefetch; None when nothing can pass it."""
        m = self._models
        if isinstance(rights, AboveFilter):
            outside = m.MatchExcept(**{"except": sorted(map(str, rights.categories))})
            higher = m.FieldCondition(key="level", range=m.Range(gt=float(rights.level)))
            return m.Filter(should=[higher, m.FieldCondition(key="categories", match=outside)])
        if not rights.groups or (rights.documents is not None and not rights.documents):
            return None
        must: list[Any] = [m.FieldCondition(key="groups", match=m.MatchAny(any=sorted(rights.groups)))]
        must_not: list[Any] = []
        if rights.documents is not None:
            must.append(m.FieldCondition(key="document", match=m.MatchAny(any=sorted(rights.documents))))
        if rights.level is not None:
            must.append(m.FieldCondition(key="level", range=m.Range(lte=float(rights.level))))
        if rights.only_categories is not None:
            others = m.MatchExcept(**{"except": sorted(map(str, rights.only_categories))})
            must_not.append(m.FieldCondition(key="categories", match=others))
        for word in rights.sought.words():
            must.append(m.FieldCondition(key="said", match=m.MatchAny(any=[word])))
        if limits := date_limits(rights.sought):
            must.append(m.FieldCondition(key="dated", range=m.Range(**limits)))
        return m.Filter(must=must, must_not=must_not)

    def count(self) -> int:
        with translated("counted"):
            return int(self._client.count(self._collection, exact=True).count)

    def ids(self) -> frozenset[str]:
        found: set[str] = set()
        offset: Any = None
        while True:
            with translated("listed"):
                records, offset = self._client.scroll(
                    self._collection, limit=10_000, offset=offset, with_payload=False, with_vectors=False
                )
            found.update(str(record.id) for record in records)
            if offset is None:
                return frozenset(found)

    def points(self, after: str, limit: int) -> tuple[list[Point], str]:
        with translated("listed"):
            records, offset = self._client.scroll(
                self._collection, limit=limit, offset=after or None, with_payload=True, with_vectors=True
            )
            return [point(str(each.id), each.vector, each.payload) for each in records], str(offset or "")

    def clear(self) -> None:
        with translated("emptied"):
            self._client.delete_collection(self._collection)
            self._create()

    def due(self) -> bool:
        return False

    def optimise(self) -> None:
        """Nothing to do: a server optimises by itself."""

    def close(self) -> None:
        with translated("closed"):
            self._client.close()
