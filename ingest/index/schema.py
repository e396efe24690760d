"""What every engine stores, and what made it: names of vectors, fields of a point, the manifest beside them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ingest.about import Said, Sought
from ingest.errors import IndexUnavailable
from ingest.index.base import Point, SparseVector
from ingest.index.sparse import Bm25
from policies.labels import Category, Level

SCHEMA = 2
DENSE = "dense"
SPARSE = "bm25"
KEYWORDS = ("groups", "categories", "document", "said")
INTEGERS = ("level", "dated")
"""The fields that are filtered on: every engine indexes these."""
PREFETCH = 200
"""Candidates of each kind that are fused: with fewer, more of what one kind finds is missing from the other."""

_MODEL = (
    "Name the model and precision that made it in [ingest] of ringfence.toml, or go over to these with "
    "`ringfence documents reembed`; nothing was touched."
)
_WORDS = "Run `ringfence documents reindex`: it is filled again from the catalogue. Nothing was touched."


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What made the vectors of an index. Vectors of two makers cannot stand in one space."""

    embedding: str
    dimension: int
    bm25: Bm25

    def stated(self) -> dict[str, Any]:
        return {"schema": SCHEMA, "embedding": self.embedding, "dimension": self.dimension, "bm25": asdict(self.bm25)}

    def check(self, stated: dict[str, Any]) -> bool:
        """Raise IndexUnavailable unless `stated`, found beside an index, is this one. False: it is, but an earlier
        version wrote it, and it lacks what is filtered on now: it is to be made anew from the catalogue."""
        if int(stated.get("schema", 0)) > SCHEMA:
            raise IndexUnavailable(
                "The index was written by a newer version.", cure="Install the newer version; nothing was touched."
            )
        if stated.get("embedding") != self.embedding or stated.get("dimension") != self.dimension:
            raise IndexUnavailable("The index was made with another embedding model.", cure=_MODEL)
        if {**stated, "schema": SCHEMA} != self.stated():
            raise IndexUnavailable("The index was made with other settings for words (BM25).", cure=_WORDS)
        return bool(stated["schema"] == SCHEMA)


def payload(point: Point) -> dict[str, Any]:
    """The filter fields. Never text, never a path."""
    return {
        "document": point.document,
        "groups": sorted(point.groups),
        "level": int(point.level),
        "categories": sorted(map(str, point.categories)),
        "said": point.said.words(),
        "dated": point.said.dated,
    }


def point(id: str, vectors: Any, payload: Any) -> Point:
    """A stored point, read back. What lacks a field, or has one that is none of ours, is shown with an empty one."""
    sparse, fields = (vectors or {}).get(SPARSE), payload or {}
    known, level = set(map(str, Category)), fields.get("level")
    return Point(
        id=id,
        document=str(fields.get("document", "")),
        dense=tuple((vectors or {}).get(DENSE) or ()),
        sparse=SparseVector(indices=tuple(sparse.indices), values=tuple(sparse.values))
        if sparse
        else SparseVector(indices=(), values=()),
        groups=frozenset(map(str, fields.get("groups", []))),
        level=Level(level) if level in set(Level) else Level.RESTRICTED,
        categories=frozenset(Category(name) for name in fields.get("categories", []) if name in known),
        said=Said.of(map(str, fields.get("said", [])), dated=int(fields.get("dated", 0))),
    )


def date_limits(sought: Sought) -> dict[str, float]:
    """The range that a document's date must lie in; empty when none is asked for. A document without one has 0."""
    if not (sought.since or sought.until):
        return {}
    return {"gte": float(max(sought.since, 1)), **({"lte": float(sought.until)} if sought.until else {})}


def read_json(path: Path) -> dict[str, Any] | None:
    """None when there is no such file; an unreadable one counts as there, and as nobody's."""
    try:
        found = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def replace_file(path: Path, text: str) -> None:
    """The new text or the old one, whenever power goes. For files with one writer: what it leaves waiting when it is
    killed is what the next one writes over."""
    waiting = path.with_name(f"{path.name}.new")
    with waiting.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    waiting.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def translated(verb: str) -> Iterator[None]:
    """The border: whatever an engine raises leaves it as IndexUnavailable, without the engine's text, which may
    quote a request."""
    try:
        yield
    except IndexUnavailable:
        raise
    except Exception as error:  # Edge raises bare exceptions, the client those of four libraries
        raise IndexUnavailable(
            f"The index cannot be {verb} ({type(error).__name__}).",
            cure="See that its disk has space and its engine runs; `ringfence documents reindex` makes it anew.",
        ) from error
