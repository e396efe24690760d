"""Which embedding model and which index answer searches now, and going over to others in one transaction.

What is promised: until `switch` has returned everything is answered from the old pair, afterwards from the new one; a
process that was killed in between changed nothing. Vectors of the next model are kept apart until then, and a document
that comes in meanwhile gets its vector of the next model before the change.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ingest.catalogue import feed, rows
from ingest.catalogue.database import Database
from ingest.catalogue.rows import Change
from ingest.errors import CatalogueError


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """`embedding`: digest of the model that made the vectors. `model`: its folder, `precision`: how it is computed;
    both empty where the settings say it. `index`: what the index's place is called, empty for the first."""

    embedding: str = ""
    model: str = ""
    precision: str = ""
    index: str = ""

    @property
    def made_by(self) -> tuple[str, str]:
        """What makes the vectors, as the home remembers it."""
        return self.model, self.precision


_KEPT = ("embedding", "model", "precision", "index")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unembedded:
    """A chunk that lacks a vector; `text` is what is embedded."""

    key: int
    text: str


class UpTo:
    """The change feed as it was at a moment, with the vectors of one table: for filling an index that nobody asks."""

    def __init__(self, database: Database, last: int, vectors: str) -> None:
        self._database, self._last, self._vectors = database, last, vectors

    def changes(self, after: int, limit: int) -> Sequence[Change]:
        with self._database.reading() as db:
            found = feed.changes(db, after, limit, vectors=self._vectors)
        return [change for change in found if change.seq <= self._last]

    def latest(self) -> int:
        return self._last

    def chunk_ids(self) -> frozenset[str]:
        with self._database.reading() as db:
            return frozenset(row["id"] for row in db.execute("SELECT id FROM chunks"))


def serving(db: sqlite3.Connection) -> Serving:
    facts = {row["name"]: row["value"] for row in db.execute("SELECT name, value FROM facts")}
    return Serving(**{name: facts[name] for name in _KEPT if name in facts})


def state(db: sqlite3.Connection, name: str, value: str) -> None:
    db.execute("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", (name, value))


class Next:
    """The vectors of the next embedding model, while they are made. Resumes where a killed process left them."""

    TABLE = "vectors_next"

    def __init__(self, database: Database, serving: Serving) -> None:
        """`serving` is what the change goes over to. Another model's half-made vectors are dropped."""
        self._database = database
        with database.writing() as db:
            row = db.execute("SELECT value FROM facts WHERE name = 'next'").fetchone()
            stated = Serving(**json.loads(row["value"])) if row else Serving()
            if stated.embedding != serving.embedding:
                drop_old(db)
                db.execute(f"DROP TABLE IF EXISTS {self.TABLE}")
                stated = serving
                state(db, "next", json.dumps({"embedding": stated.embedding, "index": stated.index}))
            db.execute(
                f"CREATE TABLE IF NOT EXISTS {self.TABLE} ("
                " chunk INTEGER PRIMARY KEY REFERENCES chunks (key) ON DELETE CASCADE, dense BLOB NOT NULL)"
            )
        self.index = stated.index

    def missing(self, after: int, limit: int) -> list[Unembedded]:
        return missing(self._database, self.TABLE, after, limit)

    def add(self, chunks: Sequence[Unembedded], vectors: Sequence[Any]) -> None:
        add(self._database, self.TABLE, chunks, vectors)


def missing(database: Database, table: str, after: int, limit: int) -> list[Unembedded]:
    """Chunks with a key above `after` that have no vector in `table`, which is one of ours."""
    with database.reading() as db:
        found = db.execute(
            "SELECT key, front, text FROM chunks WHERE key > ?"  # noqa: S608
            f" AND NOT EXISTS (SELECT 1 FROM {table} WHERE chunk = key) ORDER BY key LIMIT ?",
            (after, limit),
        ).fetchall()
    return [Unembedded(key=row["key"], text=row["front"] + row["text"]) for row in found]


def add(database: Database, table: str, chunks: Sequence[Unembedded], vectors: Sequence[Any]) -> None:
    """Keep vectors; one for a chunk that went meanwhile, or whose text is another now, is left out."""
    with database.writing() as db:
        for chunk, vector in zip(chunks, vectors, strict=True):
            db.execute(
                f"INSERT OR IGNORE INTO {table} SELECT key, ? FROM chunks WHERE key = ? AND front || text = ?",  # noqa: S608
                (rows.pack_vector(vector), chunk.key, chunk.text),
            )


def switch(
    database: Database, before: Serving, after: Serving, *, pipelines: tuple[str, str] | None = None, last: int = -1
) -> bool:
    """Go over from `before` to `after`. With another embedding, its vectors become the vectors, and files read under
    the first of `pipelines` count as read under the second. False when a chunk came in that lacks its next vector, or
    when the feed is not at `last` any more. Raises CatalogueError when somebody else changed over meanwhile."""
    with database.writing() as db:
        if serving(db) != before:
            raise CatalogueError("Another process changed the index meanwhile.", cure="Run the same command again.")
        if last >= 0 and feed.latest(db) != last:
            return False
        if before.embedding != after.embedding:
            lacking = f"SELECT 1 FROM chunks WHERE key NOT IN (SELECT chunk FROM {Next.TABLE}) LIMIT 1"  # noqa: S608
            if db.execute(lacking).fetchone():
                return False
            db.execute("ALTER TABLE vectors RENAME TO vectors_old")
            db.execute(f"ALTER TABLE {Next.TABLE} RENAME TO vectors")
            for table in ("documents", "set_aside") if pipelines else ():
                db.execute(f"UPDATE {table} SET pipeline = ? WHERE pipeline = ?", (pipelines[1], pipelines[0]))  # type: ignore[index]  # noqa: S608
            db.execute("DELETE FROM facts WHERE name = 'next'")
        for name in _KEPT:
            if value := getattr(after, name):
                state(db, name, value)
    return True


def drop_old(db: sqlite3.Connection) -> None:
    """Drop the vectors of the last model, which nothing is answered from any more."""
    db.execute("DROP TABLE IF EXISTS vectors_old")
