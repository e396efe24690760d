"""Which documents a question names. See `ingest.called`."""

from __future__ import annotations

import json
import sqlite3

from ingest.called import Mentioned, names
from ingest.catalogue.rows import unpack_names
from policies.vocabulary import Document, Person

MOST = 1_000
"""Documents of one name: with more, the name tells nothing apart."""

_NAMED = """
    SELECT DISTINCT documents.id, documents.groups FROM names JOIN documents ON documents.id = names.document
    WHERE names.name IN (SELECT value FROM json_each(?))
      AND (names.part = 0 OR names.name IN (SELECT value FROM json_each(?))) LIMIT ?"""


def write(db: sqlite3.Connection, document: Document) -> None:
    """Keep the document's names, inside the transaction that stores it."""
    rows = [(name, document.id, int(part)) for name, part in names(document).items()]
    db.executemany("INSERT INTO names (name, document, part) VALUES (?, ?, ?)", rows)


def find(db: sqlite3.Connection, asked: Mentioned, person: Person) -> frozenset[str]:
    """The documents that are named, of those that `person` may read; none when they are too many."""
    given = (json.dumps(sorted(asked.whole | asked.part)), json.dumps(sorted(asked.part)), MOST + 1)
    rows = db.execute(_NAMED, given).fetchall()
    if len(rows) > MOST:
        return frozenset()
    return frozenset(row["id"] for row in rows if unpack_names(row["groups"]) & person.reads_as)
