"""The list of documents, with the files set aside: names, labels and outcomes, never text; by source and path.

What is promised: who may see a line is asked in the query, and lines are read one by one, so that whoever wants a page
of a large home reads about a page.
"""

from __future__ import annotations

import heapq
import json
import sqlite3
from collections.abc import Iterator
from operator import attrgetter

from ingest.catalogue import rows
from ingest.catalogue.rows import Listed
from policies.vocabulary import Person

OVER = "documents.valid_until <> '' AND documents.valid_until < date('now')"  # SQLite's day is UTC's

_READERS = " AND {0}.groups IN (SELECT value FROM json_each(:groups))"
_NAMES = "title || ' ' || path || ' ' || company || ' ' || kind || ' ' || period || ' ' || dated || ' ' || authors"
_LIVE = """
    SELECT documents.*, {over} AS expired, coalesce(set_aside.reason, '') AS reason,
           passage_labels.level AS highest_level, passage_labels.categories AS highest_categories FROM documents
    LEFT JOIN passage_labels ON passage_labels.document = documents.id
    LEFT JOIN set_aside ON set_aside.document = documents.id AND set_aside.outcome <> 'skipped'
    WHERE 1""".replace("{over}", OVER)
_ASIDE = """
    SELECT * FROM set_aside
    WHERE outcome <> 'skipped' AND NOT EXISTS (SELECT 1 FROM documents WHERE id = set_aside.document)"""
_ORDER = " ORDER BY {0}.source, {0}.path"


def each(
    db: sqlite3.Connection, person: Person | None, *, document: str = "", text: str = "", waiting: bool = False
) -> Iterator[Listed]:
    """The lines that `person` may see, None for the house itself. `document`: that one alone; `text`: a part of a name,
    of a path, or of what a document says of itself, whatever its capitals; `waiting`: what waits for a person to look,
    an older version that is kept included."""
    values = {"groups": _groups(db, person), "document": document, "text": text.casefold()}
    live, aside = _LIVE, _ASIDE
    if person:
        live, aside = live + _READERS.format("documents"), aside + _READERS.format("set_aside")
    if document:
        live, aside = live + " AND documents.id = :document", aside + " AND document = :document"
    if text:
        db.create_function("casefold", 1, str.casefold, deterministic=True)
        columns = _NAMES.replace("path", "documents.path")
        live, aside = f"{live} AND instr(casefold({columns}), :text)", f"{aside} AND instr(casefold(path), :text)"
    if waiting:
        live += " AND set_aside.reason <> ''"
    found = db.execute(live + _ORDER.format("documents"), values)
    others = db.execute(aside + _ORDER.format("set_aside"), values)
    return heapq.merge(map(rows.live, found), map(rows.aside, others), key=attrgetter("source", "path"))


def alike(db: sqlite3.Connection, person: Person) -> list[tuple[Listed, int]]:
    """The live documents that `person` may see, those of one source, groups and label together: one, and how many."""
    together = f"SELECT min(id), count(*) FROM documents WHERE NOT ({OVER}) {_READERS.format('documents')}"  # noqa: S608
    together += " GROUP BY source, groups, level, categories"
    many = dict(map(tuple, db.execute(together, {"groups": _groups(db, person)})))
    those = " AND documents.id IN (SELECT value FROM json_each(?))"
    found = db.execute(_LIVE + those, (json.dumps(list(many)),))
    return [(rows.live(row), many[row["id"]]) for row in found]


def _groups(db: sqlite3.Connection, person: Person | None) -> str:
    """The columns of groups, of all there are, that let `person` read: few, where documents are many."""
    if person is None:
        return ""
    there = db.execute("SELECT groups FROM documents UNION SELECT groups FROM set_aside").fetchall()
    return json.dumps([row["groups"] for row in there if rows.unpack_names(row["groups"]) & person.reads_as])
