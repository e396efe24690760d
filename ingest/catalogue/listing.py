"""The list of documents, with the files set aside: names, labels and outcomes, never text.

What is promised: who may see a line, and which lines are wanted, is asked in the query, so that a page of a large home
reads a page. Lines stand by source and path.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from ingest.catalogue import rows
from ingest.catalogue.rows import Listed
from policies.vocabulary import Person

EXPIRED = "documents.valid_until <> '' AND documents.valid_until < date('now')"  # SQLite's day is UTC's
LIVE, OVER = "live", "expired"

_READERS = "EXISTS (SELECT 1 FROM json_each(groups) WHERE value IN (SELECT value FROM json_each(:groups)))"
_NAMES = "title || ' ' || path || ' ' || company || ' ' || kind || ' ' || period || ' ' || dated || ' ' || authors"
_ASIDE = "outcome <> 'skipped' AND NOT EXISTS (SELECT 1 FROM documents WHERE id = set_aside.document)"
_FULL = f"""
    SELECT documents.*, {EXPIRED} AS expired, coalesce(set_aside.reason, '') AS reason,
           passage_labels.level AS highest_level, passage_labels.categories AS highest_categories FROM documents
    LEFT JOIN passage_labels ON passage_labels.document = documents.id
    LEFT JOIN set_aside ON set_aside.document = documents.id AND set_aside.outcome <> 'skipped'
    WHERE documents.id IN (SELECT value FROM json_each(?))"""  # noqa: S608


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which lines. `text`: a part of a name, of a path, or of what a document says
    of itself, whatever its capitals; `status`: see `Listed`; `reasons`: what waits for a person to look, an older
    version that is kept included; `document`: that one."""

    text: str = ""
    status: str = ""
    reasons: bool = False
    document: str = ""


ALL = Wanted()


def find(db: sqlite3.Connection, person: Person | None, wanted: Wanted, start: int, limit: int) -> list[Listed]:
    """The lines that `person` may see, None for the house itself; from `start` on, as many as `limit`, -1 for all."""
    found = db.execute(
        f"SELECT id, source, path FROM documents WHERE {_live(person, wanted)}"  # noqa: S608
        f" UNION ALL SELECT document, source, path FROM set_aside WHERE {_aside(person, wanted)}"
        " ORDER BY source, path LIMIT :limit OFFSET :start",
        _values(person, wanted) | {"start": start, "limit": limit},
    ).fetchall()
    ids = json.dumps([row["id"] for row in found])
    aside = "SELECT * FROM set_aside WHERE document IN (SELECT value FROM json_each(?))"
    full = {row["document"]: rows.aside(row) for row in db.execute(aside, (ids,))}
    full |= {row["id"]: rows.live(row) for row in db.execute(_FULL, (ids,))}
    return [full[row["id"]] for row in found]


def count(db: sqlite3.Connection, person: Person | None, wanted: Wanted) -> int:
    """How many documents, without the files set aside."""
    query = f"SELECT count(*) FROM documents WHERE {_live(person, wanted)}"  # noqa: S608
    row = db.execute(query, _values(person, wanted)).fetchone()
    return int(row[0])


def _live(person: Person | None, wanted: Wanted) -> str:
    asked = [_READERS] if person else []
    if wanted.text:
        asked.append(f"instr(casefold({_NAMES}), :text)")
    if wanted.status:
        asked.append(f"CASE WHEN {EXPIRED} THEN '{OVER}' ELSE '{LIVE}' END = :status")
    if wanted.reasons:
        asked.append("id IN (SELECT document FROM set_aside WHERE outcome <> 'skipped')")
    if wanted.document:
        asked.append("id = :document")
    return " AND ".join(asked) or "1"


def _aside(person: Person | None, wanted: Wanted) -> str:
    asked = [_ASIDE]
    if person:
        asked.append(_READERS)
    if wanted.text:
        asked.append("instr(casefold(path), :text)")
    if wanted.status:
        asked.append("outcome = :status")
    if wanted.document:
        asked.append("document = :document")
    return " AND ".join(asked)


def _values(person: Person | None, wanted: Wanted) -> dict[str, object]:
    return {
        "groups": json.dumps(sorted(person.reads_as)) if person else "",
        "text": wanted.text.casefold(),
        "status": wanted.status,
        "document": wanted.document,
    }
