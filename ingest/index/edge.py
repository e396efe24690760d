"""The embedded engine: one Qdrant Edge shard in a folder, owned by one process.

What is promised: what `apply` returned from survives a kill, and its cursor is written after the points are on disk,
never before. The manifest beside the shard says which embedding model and which BM25 made it; another one is refused
and nothing is touched. It is written last: a shard without one was never finished. Such a shard, and one that cannot be
read, is put aside and the index starts empty, to be filled from the feed: it is a projection, and the catalogue has
everything.

Up to `scan_up_to` points everything is scanned; beyond, `due` says when `optimise` would make it faster, and what came
since is scanned still: while more comes up to a quarter of the whole, so that a large intake is not made fast again and
again; once nothing was written for `quiet` seconds no more than `scan_up_to`. The cursor's file counts that as well.
"""

from __future__ import annotations

import json
import logging
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ingest.errors import IndexUnavailable
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
    read_json,
    replace_file,
    translated,
)
from ingest.index.sparse import Bm25

_log = logging.getLogger(__name__)
_LEAST_FREE = 64 << 20  # two of the engine's log files
SCAN_UP_TO = 130_000  # points: a few milliseconds
# Up to this share of the points a filter's are each compared, tens of milliseconds at a million: of a half, a fifth or
# a tenth of a million vectors drawn around real ones a graph found 98, 6 and 65 of a hundred of the best.
_COMPARED = 0.6
_KEPT = 512  # of the nearest, while a graph is walked (ef): with 64 it found 58 of a hundred in a half, 86 in all
QUIET = 600.0  # seconds without anything written
_TAIL = 0.25  # of the fast points: so many may be scanned beside them. A new index takes in all of them anew
_WIDE = 2.0  # how many times as many as are wanted are compared by their numbers, where bytes have found them


def compared(points: int, scan_up_to: int) -> int:
    """Up to how many of so many points a filter lets through are each compared: the rest is what a graph is for."""
    return max(scan_up_to, int(points * _COMPARED))


class EdgeIndex:
    """Implements `Index` over the folder `path`. Safe for several threads; not for a second process."""

    def __init__(
        self,
        path: Path,
        *,
        embedding_digest: str,
        dimension: int,
        bm25: Bm25 | None = None,
        scan_up_to: int = SCAN_UP_TO,
        quiet: float = QUIET,
    ) -> None:
        import qdrant_edge

        self._edge = qdrant_edge
        self.path, self._scan_up_to, self._quiet = path, scan_up_to, quiet
        self._written = time.monotonic()
        wide = qdrant_edge.QuantizationSearchParams(rescore=True, oversampling=_WIDE)
        # Where there is no graph, and nothing is quantised, this means nothing.
        self._params = qdrant_edge.SearchParams(hnsw_ef=_KEPT, quantization=wide)
        self.manifest = Manifest(embedding=embedding_digest, dimension=dimension, bm25=bm25 or Bm25())
        stated = read_json(path / "manifest.json")
        if stated is not None and not self.manifest.check(stated):
            self.discard(path)
        with translated("opened"):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._require_space()
            self._shard = self._open() if stated is not None else self._create()
        self._cursor, self._scanned = self._read_cursor()
        self._fast = self.count() - self._scanned  # of those, about; counting takes as long as a search

    @staticmethod
    def discard(path: Path) -> None:
        """Remove the index in `path`, whoever made it, so that it is made anew. Only where no process has it open."""
        for name in ("cursor", "manifest.json"):
            (path / name).unlink(missing_ok=True)
        shutil.rmtree(path / "shard", ignore_errors=True)

    def _require_space(self) -> None:
        """The engine writes through memory: where the disk cannot give a page, the system kills the whole process."""
        if shutil.disk_usage(self.path).free < _LEAST_FREE:
            raise IndexUnavailable(
                f"The index needs {_LEAST_FREE >> 20} MiB of free space to be opened or written.",
                cure="Free some space, then run the same command again: nothing is lost.",
            )

    def _open(self) -> Any:
        shard = self.path / "shard"
        if (shard / "edge_config.json").is_file():
            try:
                return self._edge.EdgeShard.load(str(shard))
            except Exception as error:  # the engine raises bare exceptions with a text
                if "WouldBlock" in str(error):
                    raise IndexUnavailable(
                        "The index is open in another process.", cure="Try again when that process has ended."
                    ) from error
                _log.warning("the index could not be read (%s): it is filled again", type(error).__name__)
        return self._create()

    def _create(self) -> Any:
        """An empty shard in place of whatever lay there."""
        self.discard(self.path)
        edge = self._edge
        config = edge.EdgeConfig(
            vectors={DENSE: edge.EdgeVectorParams(size=self.manifest.dimension, distance=edge.Distance.Cosine)},
            sparse_vectors={SPARSE: edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)},
        )
        with translated("created"):
            (self.path / "shard").mkdir(mode=0o700)
            shard = edge.EdgeShard.create(str(self.path / "shard"), config)
            keyword, integer = edge.PayloadSchemaType.Keyword, edge.PayloadSchemaType.Integer
            kinds = dict.fromkeys(KEYWORDS, keyword) | dict.fromkeys(INTEGERS, integer)
            kinds["groups"] = edge.KeywordIndexParams(is_tenant=True)  # `optimise` lays together what one group reads
            for field, kind in kinds.items():
                shard.update(edge.UpdateOperation.create_field_index(field, kind))
            shard.flush()
            replace_file(self.path / "manifest.json", json.dumps(self.manifest.stated(), indent=1))
        return shard

    def apply(self, upserts: Sequence[Point], deletes: Sequence[str], cursor: int) -> None:
        change = self._edge.UpdateOperation
        with translated("written"):
            self._require_space()
            if deletes:
                self._shard.update(change.delete_points(list(deletes)))
            if upserts:
                self._shard.update(change.upsert_points([self._point(point) for point in upserts]))
            self._shard.flush()
            self._scanned += len(upserts)
            self._written = time.monotonic()
            if cursor != self._cursor:
                self._write_cursor(cursor)
        self._cursor = cursor

    def _point(self, point: Point) -> Any:
        sparse = self._edge.SparseVector(list(point.sparse.indices), list(point.sparse.values))
        vectors: dict[str, Any] = {DENSE: list(point.dense), SPARSE: sparse}
        return self._edge.Point(point.id, vectors, payload(point))

    def cursor(self) -> int:
        return self._cursor

    def _read_cursor(self) -> tuple[int, int]:
        """The cursor, and how many points were written since the last `optimise`."""
        try:
            cursor, _, scanned = (self.path / "cursor").read_text().partition(" ")
            return int(cursor), int(scanned) if scanned else self.count()  # an earlier version did not count
        except (FileNotFoundError, ValueError):
            return 0, 0  # applying again from the start does no harm

    def _write_cursor(self, cursor: int) -> None:
        replace_file(self.path / "cursor", f"{cursor} {self._scanned}")

    def query(self, query: Query) -> list[Hit]:
        edge = self._edge
        asked = []
        if query.mode is not Mode.BM25:
            asked.append((edge.Query.Nearest(list(query.dense), using=DENSE), self._filter(query.rights, walked=True)))
        if query.mode is not Mode.DENSE and query.sparse.indices:
            terms = edge.SparseVector(list(query.sparse.indices), list(query.sparse.values))
            asked.append((edge.Query.Nearest(terms, using=SPARSE), self._filter(query.rights, walked=False)))
        if not asked or asked[0][1] is None:
            return []
        if len(asked) == 1:
            ((what, rights),) = asked
            request = edge.QueryRequest(limit=query.limit, query=what, filter=rights, params=self._params)
        else:
            depth = max(query.limit, PREFETCH)
            prefetches = [
                edge.Prefetch(limit=depth, query=what, filter=rights, params=self._params) for what, rights in asked
            ]
            request = edge.QueryRequest(limit=query.limit, query=edge.Fusion.Dbsf(), prefetches=prefetches)
        with translated("searched"):
            return [Hit(id=str(hit.id), score=float(hit.score)) for hit in self._shard.query(request)]

    def _filter(self, rights: RightsFilter | AboveFilter, *, walked: bool) -> Any:
        """The filter of one prefetch; None when nothing can pass it. `walked`: the engine goes through all that pass
        it, as it does for vectors, and does not ask it of points that it comes upon, as it does for words."""
        edge = self._edge
        if isinstance(rights, AboveFilter):
            outside = edge.MatchExcept(sorted(map(str, rights.categories)))
            higher = edge.FieldCondition("level", range=edge.RangeFloat(gt=float(rights.level)))
            return edge.Filter(should=[higher, edge.FieldCondition("categories", match=outside)])
        if not rights.groups or (rights.documents is not None and not rights.documents):
            return None
        groups = sorted(rights.groups)
        should, must, must_not = [], [], []
        if walked:  # going through each group takes half the time that going through any of a list takes
            should = [edge.FieldCondition("groups", match=edge.MatchValue(group)) for group in groups]
        else:  # and asking for any of a list is quicker than asking for one after the other
            must.append(edge.FieldCondition("groups", match=edge.MatchAny(groups)))
        if rights.documents is not None:
            must.append(edge.FieldCondition("document", match=edge.MatchAny(sorted(rights.documents))))
        if rights.level is not None:
            must.append(edge.FieldCondition("level", range=edge.RangeFloat(lte=float(rights.level))))
        if rights.only_categories is not None:
            others = edge.MatchExcept(sorted(map(str, rights.only_categories)))
            must_not.append(edge.FieldCondition("categories", match=others))
        for word in rights.sought.words():
            must.append(edge.FieldCondition("said", match=edge.MatchAny([word])))
        if limits := date_limits(rights.sought):
            must.append(edge.FieldCondition("dated", range=edge.RangeFloat(**limits)))
        return edge.Filter(must=must, should=should, must_not=must_not)

    def count(self) -> int:
        with translated("counted"):
            return int(self._shard.count(self._edge.CountRequest(exact=True)))

    def ids(self) -> frozenset[str]:
        found: set[str] = set()
        offset = None
        while True:
            with translated("listed"):
                request = self._edge.ScrollRequest(offset=offset, limit=10_000, with_payload=False, with_vector=False)
                records, offset = self._shard.scroll(request)
            found.update(str(record.id) for record in records)
            if offset is None:
                return frozenset(found)

    def points(self, after: str, limit: int) -> tuple[list[Point], str]:
        with translated("listed"):
            request = self._edge.ScrollRequest(offset=after or None, limit=limit, with_payload=True, with_vector=True)
            records, offset = self._shard.scroll(request)
            return [point(str(each.id), each.vector, each.payload) for each in records], str(offset or "")

    def clear(self) -> None:
        self._shard.close()
        self._shard = self._create()
        self._cursor = self._scanned = self._fast = 0

    def due(self) -> bool:
        tail = 0.0 if time.monotonic() - self._written > self._quiet else self._fast * _TAIL
        return self._scanned > max(self._scan_up_to, tail)

    def optimise(self) -> None:
        from ingest.index.graphing import optimise

        most = compared(self.count(), self._scan_up_to)
        self._shard.close()
        try:
            optimise(self.path / "shard", self.manifest.dimension, most)
        finally:
            self._shard = self._open()
        self._scanned, self._fast = 0, self.count()
        with translated("optimised"):
            self._write_cursor(self._cursor)

    def close(self) -> None:
        self._shard.close()
