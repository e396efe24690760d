"""Labels beyond the columns of a document: ids of other systems, what they mean here, and what two persons agreed.

What is promised: an id that nobody has mapped counts as restricted. What a document carries comes and goes with its
version, in the same transaction. What two persons agreed away from a version does not come back by that version being
read again; it holds for that version alone. A file that had gone and is there again has at least the label it had.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from ingest.catalogue import feed, rows
from ingest.catalogue.database import Database
from ingest.standing import Standing, meaning
from policies.labels import PUBLIC, Label, join
from policies.vocabulary import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """What an id of a sensitivity label means here. `name` is for people."""

    id: str
    name: str
    label: Label


class Labels:
    """Safe for several threads and several processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # -- ids -----------------------------------------------------------------------------------------------

    def mapped(self) -> list[Mapped]:
        """Every id that is known, by name."""
        with self._database.reading() as db:
            found = db.execute("SELECT * FROM label_map ORDER BY name, id").fetchall()
        return [Mapped(id=row["id"], name=row["name"], label=rows.label(row)) for row in found]

    def mapping(self) -> dict[str, Label]:
        with self._database.reading() as db:
            return _mapping(db)

    def put(self, mapped: Iterable[Mapped]) -> None:
        """All of them or none."""
        with self._database.writing() as db:
            db.executemany(
                "INSERT OR REPLACE INTO label_map (id, name, level, categories) VALUES (?, ?, ?, ?)",
                [(one.id, one.name, int(one.label.level), rows.pack_names(one.label.categories)) for one in mapped],
            )

    def remove(self, id: str) -> bool:
        """The id is known no more. Whether it was; an id that documents carry stays."""
        with self._database.writing() as db:
            gone = "DELETE FROM label_map WHERE id = ? AND NOT EXISTS (SELECT 1 FROM label_ids WHERE label = ?)"
            return db.execute(gone, (id, id)).rowcount > 0

    def carried(self) -> dict[str, int]:
        """Each id that stands in a document, with the number of documents."""
        with self._database.reading() as db:
            found = db.execute("SELECT label, count(*) AS n FROM label_ids GROUP BY label ORDER BY label").fetchall()
        return {row["label"]: row["n"] for row in found}

    def unknown(self) -> dict[str, int]:
        """Those of `carried` that nobody has mapped."""
        known = self.mapping()
        return {id: count for id, count in self.carried().items() if id not in known}

    def of_passages(self, document: str) -> dict[Label, int]:
        """How many passages of a document have which label, beside its own; the most restrictive first."""
        with self._database.reading() as db:
            found = db.execute(
                "SELECT level, categories, count(*) AS n FROM chunks WHERE document = ?"
                " GROUP BY level, categories ORDER BY level DESC, categories DESC",
                (document,),
            ).fetchall()
        return {rows.label(row): row["n"] for row in found}

    def carriers(self, ids: Iterable[str]) -> list[str]:
        """The documents in which any of these ids stands."""
        with self._database.reading() as db:
            found = db.execute(
                "SELECT DISTINCT document FROM label_ids WHERE label IN (SELECT value FROM json_each(?))",
                (json.dumps(list(ids)),),
            ).fetchall()
        return [row["document"] for row in found]

    # -- what stands, and what was agreed ----------------------------------------------------------------------

    def standing(self, document: str, version: str, is_gone: Callable[[str], bool]) -> Standing | None:
        """What a file is to be labelled on top of: the live document's label; else what it had before it had gone, and
        what the same bytes had where they were before: there they have gone too. None for what was never here."""
        with self._database.reading() as db:
            row = db.execute("SELECT level, categories FROM documents WHERE id = ?", (document,)).fetchone()
            found = [rows.label(row)] if row else _elsewhere(db, document, version, is_gone)
            return Standing(label=join(found), agreed_away=_agreed_away(db, document, version)) if found else None

    def raised(self, document: Document, said: Label) -> Label:
        """The label of a live document, raised by what is said of it and by what the ids in it mean now."""
        with self._database.reading() as db:
            ids = [row["label"] for row in db.execute("SELECT label FROM label_ids WHERE document = ?", (document.id,))]
            meant = meaning(_mapping(db), ids) if ids else PUBLIC
            standing = Standing(label=document.label, agreed_away=_agreed_away(db, document.id, document.version))
        return standing.settled(said.raised(meant))

    def last_change(self, document: str) -> int:
        """The number of the last change to the document's version, label or rights; 0 for what was never here."""
        with self._database.reading() as db:
            return _last_change(db, document)

    def lower(self, document: str, wanted: Label, chunks: Mapping[str, Label], *, request: int, change: int) -> bool:
        """Give the document `wanted` and each of its chunks the label named for its id. False, and nothing happens,
        when it has changed since `change`."""
        with self._database.writing() as db:
            row = db.execute("SELECT * FROM documents WHERE id = ?", (document,)).fetchone()
            if row is None or _last_change(db, document) != change:
                return False
            before = _agreed_away(db, document, row["version"])
            away = before.raised(rows.label(row)) if before else rows.label(row)
            db.execute(
                "INSERT OR REPLACE INTO lowered (document, version, level, categories, request) VALUES (?, ?, ?, ?, ?)",
                (document, row["version"], int(away.level), rows.pack_names(away.categories), request),
            )
            # What these bytes were where they lay before was agreed away too; it still stands for those places.
            db.execute("UPDATE once SET version = '' WHERE version = ?", (row["version"],))
            columns = (int(wanted.level), rows.pack_names(wanted.categories), document)
            db.execute("UPDATE documents SET level = ?, categories = ? WHERE id = ?", columns)
            db.executemany(
                "UPDATE chunks SET level = ?, categories = ? WHERE id = ?",
                [(int(one.level), rows.pack_names(one.categories), id) for id, one in chunks.items()],
            )
            note_highest(db, document)
            feed.note(db, "rights", document, row["version"], "", [])
        return True

    def was_lowered(self, document: str, request: int) -> bool:
        """Whether the label fell by this request."""
        with self._database.reading() as db:
            found = db.execute("SELECT 1 FROM lowered WHERE document = ? AND request = ?", (document, request))
            return found.fetchone() is not None


# -- inside the transaction that writes a document ----------------------------------------------------------


def settled(db: sqlite3.Connection, document: Document, old: sqlite3.Row | None, ids: Iterable[str]) -> Document:
    """The document with its label as it is to be stored: never below the one it has, nor below what its ids mean at
    this moment."""
    standing = Standing(label=document.label, agreed_away=_agreed_away(db, document.id, document.version))
    label = standing.settled(meaning(_mapping(db), ids))
    return replace(document, label=label.raised(rows.label(old)) if old else label)


def write(db: sqlite3.Connection, document: Document, ids: Iterable[str]) -> None:
    """What goes with a version that was just written."""
    db.executemany("INSERT INTO label_ids (document, label) VALUES (?, ?)", [(document.id, one) for one in set(ids)])
    db.execute("DELETE FROM lowered WHERE document = ? AND version <> ?", (document.id, document.version))
    db.execute("DELETE FROM once WHERE document = ?", (document.id,))
    note_highest(db, document.id)


def gone(db: sqlite3.Connection, row: sqlite3.Row, *, remember: bool) -> None:
    """A document was taken away. `remember`: its file has merely gone, and may come back."""
    if remember:
        db.execute(
            "INSERT OR REPLACE INTO once (document, version, level, categories) VALUES (?, ?, ?, ?)",
            (row["id"], row["version"], row["level"], row["categories"]),
        )
        return
    for table in ("once", "lowered"):
        db.execute(f"DELETE FROM {table} WHERE document = ?", (row["id"],))  # noqa: S608


def note_highest(db: sqlite3.Connection, document: str) -> None:
    """Write down the join of the labels of a document's chunks: a list of documents cannot look at each chunk."""
    found = db.execute("SELECT DISTINCT level, categories FROM chunks WHERE document = ?", (document,)).fetchall()
    highest = join(rows.label(row) for row in found)
    db.execute(
        "INSERT OR REPLACE INTO passage_labels (document, level, categories) VALUES (?, ?, ?)",
        (document, int(highest.level), rows.pack_names(highest.categories)),
    )


def _elsewhere(db: sqlite3.Connection, document: str, version: str, is_gone: Callable[[str], bool]) -> list[Label]:
    once = db.execute("SELECT * FROM once WHERE document = ? OR version = ?", (document, version)).fetchall()
    live = db.execute("SELECT path, level, categories FROM documents WHERE version = ?", (version,)).fetchall()
    return [rows.label(row) for row in once] + [rows.label(row) for row in live if is_gone(row["path"])]


def _last_change(db: sqlite3.Connection, document: str) -> int:
    return int(db.execute("SELECT coalesce(max(seq), 0) FROM feed WHERE document = ?", (document,)).fetchone()[0])


def _mapping(db: sqlite3.Connection) -> dict[str, Label]:
    return {row["id"]: rows.label(row) for row in db.execute("SELECT * FROM label_map")}


def _agreed_away(db: sqlite3.Connection, document: str, version: str) -> Label | None:
    row = db.execute("SELECT * FROM lowered WHERE document = ? AND version = ?", (document, version)).fetchone()
    return rows.label(row) if row else None
