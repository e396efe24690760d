"""The change feed: every commit, numbered, in the order of the commits; read by whoever keeps the index.

Numbers only grow and are never used twice. A change names the chunks it took away; what it brought is read from the
live tables, so a change that a later one overtook brings nothing.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from ingest.about import said
from ingest.catalogue.rows import Change, Row, label, unpack_names

_PENDING = """
    SELECT seq, kind, document, gone,
           (SELECT max(later.seq) FROM feed AS later WHERE later.document = feed.document) AS last
    FROM feed WHERE seq > ? ORDER BY seq LIMIT ?"""

_LIVE = """
    SELECT chunks.id, chunks.document, chunks.front, chunks.text, chunks.level, chunks.categories, vectors.dense,
           documents.language, documents.groups, documents.authors, documents.company, documents.period,
           documents.kind, documents.dated
    FROM chunks JOIN documents ON documents.id = chunks.document JOIN {vectors} AS vectors ON vectors.chunk = chunks.key
    WHERE chunks.document = ? ORDER BY chunks.ordinal"""


def note(db: sqlite3.Connection, kind: str, document: str, version: str, job: str, gone: Sequence[str]) -> None:
    """Add a change, inside the transaction that makes it. `kind`: added, updated, rights, deleted or repaired. `job`:
    who made it, a job or, as `announced` writes it, a record."""
    db.execute(
        "INSERT INTO feed (kind, document, version, job, gone) VALUES (?, ?, ?, ?, ?)",
        (kind, document, version, job, json.dumps(list(gone))),
    )


def changes(db: sqlite3.Connection, after: int, limit: int, *, vectors: str = "vectors") -> list[Change]:
    """Changes above `after`, about `limit` chunks together; at least one change when there is any. `vectors`: the
    table that they are taken from, one of ours."""
    live = _LIVE.format(vectors=vectors)
    found: list[Change] = []
    size = 0
    for entry in db.execute(_PENDING, (after, max(limit, 1))).fetchall():
        upserts = [_row(row) for row in db.execute(live, (entry["document"],))] if entry["seq"] == entry["last"] else []
        found.append(Change(seq=entry["seq"], upserts=upserts, deletes=json.loads(entry["gone"])))
        size += len(upserts) + len(found[-1].deletes)
        if size >= limit:
            break
    return found


def rows_of(db: sqlite3.Connection, ids: Sequence[str]) -> dict[str, Row]:
    """The live rows of these chunks, by id: a chunk that is gone, or lacks its vector, has none."""
    where = "chunks.id IN (SELECT value FROM json_each(?))"
    query = _LIVE.format(vectors="vectors").replace("chunks.document = ?", where)
    return {row["id"]: _row(row) for row in db.execute(query, (json.dumps(list(ids)),))}


def latest(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT coalesce(max(seq), 0) FROM feed").fetchone()[0])


def last(db: sqlite3.Connection, document: str) -> str:
    """The kind of a document's last change; nothing for one without any."""
    row = db.execute("SELECT kind FROM feed WHERE document = ? ORDER BY seq DESC LIMIT 1", (document,)).fetchone()
    return str(row["kind"]) if row else ""


def outcome(db: sqlite3.Connection, document: str, version: str, job: str) -> str:
    """What `job` made of this version: added, updated, or nothing."""
    row = db.execute(
        "SELECT kind FROM feed WHERE document = ? AND version = ? AND job = ? AND kind IN ('added', 'updated')",
        (document, version, job),
    ).fetchone()
    return str(row["kind"]) if row else ""


def announced(record: int | None) -> str:
    """How a change names the record that announced it."""
    return "" if record is None else f"record {record}"


def made_by(db: sqlite3.Connection, record: int, document: str) -> bool:
    """Whether the change of `document` that this record announced was made."""
    row = db.execute("SELECT 1 FROM feed WHERE document = ? AND job = ?", (document, announced(record))).fetchone()
    return row is not None


def _row(row: sqlite3.Row) -> Row:
    import numpy as np

    point = label(row)
    return Row(
        id=row["id"],
        document=row["document"],
        text=row["front"] + row["text"],
        language=row["language"],
        vector=np.frombuffer(row["dense"], dtype=np.float32),
        groups=unpack_names(row["groups"]),
        level=point.level,
        categories=point.categories,
        said=said(
            company=row["company"],
            period=row["period"],
            kind=row["kind"],
            authors=json.loads(row["authors"]),
            dated=row["dated"],
        ),
    )
