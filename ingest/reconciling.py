"""Comparing every store with the catalogue, and putting right what differs.

What is promised: the catalogue is the truth and stays as it is; what can be made again from it, or from a source whose
file has the same bytes, is; what cannot is counted as left. Twice in a row finds nothing the second time. The index is
repaired through the change feed, by whichever process keeps it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from ingest.catalogue import feed, serving
from ingest.catalogue.catalogue import Catalogue
from ingest.catalogue.originals import version_of
from ingest.catalogue.pages import PDF, Draws, stage_pages
from ingest.catalogue.pages import is_whole as pack_is_whole
from ingest.catalogue.rows import Row
from ingest.copies.shelf import Shelf
from ingest.errors import FileProblem
from ingest.index.base import Point
from ingest.index.sparse import Bm25
from ingest.jobs.discover import LOCAL
from ingest.projector import to_point
from ingest.renewal import Embeds, embed_missing
from ingest.sources.folder import read_file

CLOSE = 2e-3  # how far a number of a stored vector may lie from ours: engines normalise in their own way
_TRIES = 3


class Scanned(Protocol):
    """The index, whichever process keeps it."""

    def points(self, after: str = "", limit: int = 1000) -> tuple[list[Point], str]: ...
    def settle(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """How the index differs: chunks that it lacks, points that nothing stands behind, documents whose points say
    something else than the catalogue; `differing` counts their points."""

    missing: frozenset[str] = frozenset()
    extra: frozenset[str] = frozenset()
    stale: frozenset[str] = frozenset()
    differing: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What was found, by kind; `lost`, `damaged` and `undrawn` are versions. `points` is looked at last, after the
    vectors were put right."""

    vectors: int = 0
    unmarked: tuple[str, ...] = ()
    stray_marks: int = 0
    orphans: int = 0
    lost: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()
    undrawn: tuple[str, ...] = ()
    points: Points = field(default_factory=Points)

    @property
    def counts(self) -> dict[str, int]:
        return {
            "missing_points": len(self.points.missing),
            "extra_points": len(self.points.extra),
            "stale_points": self.points.differing,
            "missing_vectors": self.vectors,
            "missing_marks": len(self.unmarked),
            "extra_marks": self.stray_marks,
            "missing_originals": len(self.lost),
            "damaged_originals": len(self.damaged),
            "missing_pages": len(self.undrawn),
            "orphan_originals": self.orphans,
        }


@dataclass(frozen=True, kw_only=True)
class Reconciler:
    """`index` and `embedder` are asked for only when they are needed; `draw` draws a page, in the sandbox."""

    catalogue: Catalogue
    copies: Shelf
    index: Callable[[], Scanned]
    embedder: Callable[[], Embeds]
    draw: Draws

    def look(self) -> Drift:
        """Compare; change nothing but to let the index catch up with what was committed."""
        orphans, lost, drawn = self._originals()
        pages, originals = self.catalogue.pages, self.catalogue.originals
        with self.catalogue.database.reading() as db:
            vectors = db.execute(f"SELECT count(*) {_UNEMBEDDED}").fetchone()[0]
            stray = db.execute(f"SELECT count(*) {_STRAY}").fetchone()[0]
        return Drift(
            vectors=vectors,
            unmarked=tuple(self.copies.following.unmarked()),
            stray_marks=stray,
            orphans=orphans,
            lost=tuple(lost),
            damaged=tuple(version for version in sorted(originals.versions()) if not originals.is_whole(version)),
            undrawn=tuple(version for version in drawn if not pack_is_whole(pages.path(version))),
            points=self._points(),
        )

    def repair(self, drift: Drift) -> Drift:
        """Put it right. Returns what is still different."""
        database = self.catalogue.database
        if drift.vectors:
            missing = partial(serving.missing, database, "vectors")
            embed_missing(missing, partial(serving.add, database, "vectors"), self.embedder())
        self.copies.following.mend(drift.unmarked)
        if drift.orphans:
            self.catalogue.sweep(everything=True)
        self._restore(drift)
        touched = self._touched(drift)
        with database.writing() as db:
            db.execute(f"DELETE {_STRAY}")
            for document in touched:
                feed.note(db, "repaired", document, "", "", [])
            if drift.points.extra:
                feed.note(db, "repaired", "", "", "", sorted(drift.points.extra))
        return self.look() if any(drift.counts.values()) else drift

    def _touched(self, drift: Drift) -> list[str]:
        """The documents that have to be written into the index again, or whose marks changed."""
        with_chunks = self.catalogue.documents_of(drift.points.missing)
        return sorted({*drift.points.stale, *drift.unmarked, *with_chunks})

    # -- originals -----------------------------------------------------------------------------------------

    def _originals(self) -> tuple[int, list[str], list[str]]:
        """How many originals and packs of page pictures nothing needs; the versions whose original should be there and
        is not; those of whose pages pictures should be there. Looked at while nobody commits."""
        with self.catalogue.database.writing() as db:
            held = {row["version"] for row in db.execute("SELECT version FROM held")}
            kept = {row["version"] for row in db.execute("SELECT version FROM documents WHERE originals = 'keep'")}
            drawn = {row["version"]: row["media_type"] for row in db.execute(_DRAWN)}
            there, pages = set(self.catalogue.originals.versions()), set(self.catalogue.pages.versions())
        orphans = len(there - kept - held) + len(pages - drawn.keys() - held)
        return orphans, sorted(kept - there), sorted(version for version, kind in drawn.items() if kind == PDF)

    def _restore(self, drift: Drift) -> None:
        """From the source, where the file still has the same bytes."""
        originals, pages = self.catalogue.originals, self.catalogue.pages
        for version in (*drift.lost, *drift.damaged):
            for _, data in self._again(version):
                originals.keep(originals.stage(data), anew=True)
        for version in drift.undrawn:
            for id, data in self._again(version):
                document = self.catalogue.document(id, None)
                if document and (pack := stage_pages(pages, data, document, self.draw, "")):
                    pages.keep(pack, anew=True)

    def _again(self, version: str) -> Iterator[tuple[str, bytes]]:
        """A document with these bytes, and the bytes as its file has them; nothing where no file has."""
        with self.catalogue.database.reading() as db:
            found = db.execute("SELECT id, source, path FROM documents WHERE version = ?", (version,)).fetchall()
        for row in found:
            data = _read(row["path"]) if row["source"] == LOCAL else None
            if data is not None and version_of(data) == version:
                yield row["id"], data
                return

    # -- the index -----------------------------------------------------------------------------------------

    def _points(self) -> Points:
        """Compared while nothing is committed, or else again: what is on its way is no drift."""
        for _ in range(_TRIES):
            self.index().settle()
            before = self.catalogue.latest()
            found = self._compared()
            if self.catalogue.latest() == before:
                break
        return found

    def _compared(self) -> Points:
        seen, extra, stale = set[str](), set[str](), set[str]()
        differing, bm25, wanted = 0, Bm25(), self.catalogue.chunk_ids()
        for page in self._pages():
            with self.catalogue.database.reading() as db:
                rows = feed.rows_of(db, [point.id for point in page])
            for point in page:
                seen.add(point.id)
                row = rows.get(point.id)  # none while its vector is missing, which is counted by itself
                if point.id not in wanted:
                    extra.add(point.id)
                elif row is not None and _differs(point, row, bm25):
                    stale.add(row.document)
                    differing += 1
        return Points(missing=wanted - seen, extra=frozenset(extra), stale=frozenset(stale), differing=differing)

    def _pages(self) -> Iterator[list[Point]]:
        after = ""
        while True:
            page, after = self.index().points(after)
            yield page
            if not after:
                return


_UNEMBEDDED = "FROM chunks WHERE key NOT IN (SELECT chunk FROM vectors)"
_DRAWN = "SELECT version, media_type FROM documents WHERE originals = 'pages'"
_STRAY = "FROM marks WHERE document NOT IN (SELECT id FROM documents)"


def _differs(point: Point, row: Row, bm25: Bm25) -> bool:
    import numpy as np

    ours = to_point(row, bm25)
    fields = ("document", "groups", "level", "categories", "said")
    if any(getattr(point, name) != getattr(ours, name) for name in fields):
        return True
    weights = dict(zip(point.sparse.indices, point.sparse.values, strict=True))
    wanted = dict(zip(ours.sparse.indices, ours.sparse.values, strict=True))
    return (
        len(point.dense) != len(ours.dense)
        or float(np.abs(np.subtract(point.dense, ours.dense)).max()) > CLOSE
        or weights.keys() != wanted.keys()
        or any(abs(weights[term] - wanted[term]) > CLOSE for term in wanted)
    )


def _read(path: str) -> bytes | None:
    try:
        return read_file(path)
    except FileProblem:
        return None
