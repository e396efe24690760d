"""The marks of each document's text, kept so that a copy of it is known again. See `policies.copies.fingerprints`.

What is promised: a document's marks come and go with its version, in the same transaction; whether they are public is
not stored but read from the live labels, so a raised label counts at once.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ingest.catalogue import rows
from policies.labels import Label
from policies.vocabulary import Chunk, Document

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """One document's marks, as two arrays of one length: each mark, and the number of the chunk that it stands in.
    `hasher` says which key made them."""

    hasher: str
    marks: NDArray[np.uint64]
    chunks: NDArray[np.uint32]


class Knows(Protocol):
    """What knows copies, as a document that comes in asks for it: `ingest.copies.shelf`."""

    def raise_copies(self, document: Document, chunks: Sequence[Chunk]) -> list[Chunk]: ...

    def mark(self, document: Document, chunks: Sequence[Chunk]) -> Marked: ...


def write(db: sqlite3.Connection, document: str, marked: Marked) -> None:
    """Inside the transaction that writes the document."""
    db.execute(
        "INSERT OR REPLACE INTO marks (document, hasher, marks, chunks) VALUES (?, ?, ?, ?)",
        (document, marked.hasher, marked.marks.tobytes(), marked.chunks.tobytes()),
    )


def read(db: sqlite3.Connection, documents: Iterable[str], hasher: str) -> dict[str, Marked]:
    import numpy as np

    found: dict[str, Marked] = {}
    kept = db.execute(
        "SELECT * FROM marks WHERE hasher = ? AND document IN (SELECT value FROM json_each(?))",
        (hasher, json.dumps(list(documents))),
    )
    for row in kept:
        marks, chunks = np.frombuffer(row["marks"], np.uint64), np.frombuffer(row["chunks"], np.uint32)
        found[row["document"]] = Marked(hasher=hasher, marks=marks, chunks=chunks)
    return found


def changed(db: sqlite3.Connection, after: int, limit: int) -> list[tuple[int, str]]:
    """The first `limit` documents that a commit has touched after that number of the feed, each with the number of its
    last change, in their order."""
    query = (
        "SELECT seq, document FROM feed WHERE seq > ? AND seq ="
        " (SELECT max(later.seq) FROM feed AS later WHERE later.document = feed.document) ORDER BY seq LIMIT ?"
    )
    return [(row["seq"], row["document"]) for row in db.execute(query, (after, limit))]


def change(db: sqlite3.Connection, seq: int) -> str:
    """A digest that tells a change of the feed from another of the same number; nothing when there is none."""
    row = db.execute("SELECT seq, kind, document, version, job, gone FROM feed WHERE seq = ?", (seq,)).fetchone()
    return hashlib.sha256(json.dumps(list(row)).encode()).hexdigest() if row else ""


def labels(db: sqlite3.Connection, places: Sequence[tuple[str, int]]) -> dict[tuple[str, int], Label]:
    """The live labels of chunks, each named by its document and its number in it. One that is gone has none."""
    found = db.execute(
        "SELECT document, ordinal, level, categories FROM chunks JOIN json_each(?) AS asked"
        " ON document = asked.value ->> 0 AND ordinal = asked.value ->> 1",
        (json.dumps([list(place) for place in places]),),
    ).fetchall()
    return {(row["document"], row["ordinal"]): rows.label(row) for row in found}


def texts(db: sqlite3.Connection, ids: Sequence[str]) -> list[tuple[str, str, Label]]:
    """Document, text and live label of chunks, for the house itself: never to be shown to anybody."""
    found = db.execute(
        "SELECT document, text, level, categories FROM chunks WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(ids)),),
    ).fetchall()
    return [(row["document"], row["text"], rows.label(row)) for row in found]


def spoken(db: sqlite3.Connection, document: str) -> tuple[Document, list[Chunk]] | None:
    """A document with its chunks in order, for making its marks anew."""
    row = db.execute("SELECT * FROM documents WHERE id = ?", (document,)).fetchone()
    if row is None:
        return None
    chunks = db.execute("SELECT * FROM chunks WHERE document = ? ORDER BY ordinal", (document,)).fetchall()
    return rows.document(row), [rows.chunk(each) for each in chunks]


def groups(db: sqlite3.Connection) -> frozenset[str]:
    """Every group that may read anything."""
    found = db.execute("SELECT DISTINCT groups FROM documents").fetchall()
    return frozenset(name for row in found for name in rows.unpack_names(row["groups"]))
