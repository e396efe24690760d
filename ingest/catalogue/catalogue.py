"""Documents, chunks, vectors, labels and rights: the truth that every other store is made from.

What is promised:
- A version is there whole or not at all: text, vectors, label, rights and the change for the index are one transaction.
- A label never falls and nobody's rights are forgotten: a commit keeps the higher of the old and the new label.
- Whoever reads text names the person who reads; a right that was revoked counts from the next call on. Only code
  that speaks for the house itself passes `None`.
- Nobody is given the text of a document whose last day (`valid_until`, in UTC) is over.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from ingest.called import Mentioned
from ingest.catalogue import feed, forgetting, labels, listing, marks, naming, rows
from ingest.catalogue.database import Database
from ingest.catalogue.marks import Marked
from ingest.catalogue.originals import Originals, Staged
from ingest.catalogue.rows import Change, Listed, Stat
from ingest.catalogue.schema import STEPS, Step
from ingest.catalogue.serving import Serving, serving, state
from ingest.errors import CatalogueError
from policies.labels import Category, Label, Level
from policies.vocabulary import Chunk, Document, Person

Outcome = Literal["added", "updated", "unchanged"]
_TOGETHER = 500  # rows of one statement

_EXPIRED = f"{listing.OVER} AS expired"

_WITH_DOCUMENT = """
    SELECT chunks.*, documents.groups AS readers, {expired}
    FROM chunks JOIN documents ON documents.id = chunks.document
    WHERE {where} ORDER BY chunks.document, chunks.ordinal"""


class Catalogue:
    """Safe for several threads and several processes."""

    def __init__(self, folder: Path, steps: tuple[Step, ...] = STEPS) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / "catalogue.db"
        self.originals = Originals(folder / "originals")
        self.pages = Originals(folder / "pages")
        if (not path.exists() or path.stat().st_size == 0) and next(self.originals.versions(), None):
            raise CatalogueError(
                f"The catalogue {path} is gone, but originals are there.",
                cure="Put back a copy of it; without one, move the folder aside and ingest the sources again.",
            )
        self.database = Database(path, steps)
        self._claimed = ""
        self.labels = labels.Labels(self.database)

    def close(self) -> None:
        self.database.close()

    # -- writing ------------------------------------------------------------------------------------------

    def commit(
        self,
        document: Document,
        chunks: Sequence[Chunk],
        vectors: Sequence[Any],
        *,
        stat: Stat,
        fronts: Sequence[str] = (),
        job: str = "",
        original: Staged | None = None,
        marked: Marked | None = None,
        label_ids: Iterable[str] = (),
        known_as: str = "",
    ) -> Outcome:
        """Make this the current version. `fronts`: what stood before each chunk's text when it was embedded.
        `marked`: what a copy of it is known by. `label_ids`: the sensitivity labels that stand in it.
        `known_as`: the bytes' keyed digest, by which they are refused if they were forgotten under another name.

        `unchanged`: another job has stored the very same meanwhile, and nothing was written.
        """
        if len(vectors) != len(chunks) or len(fronts or chunks) != len(chunks):
            raise ValueError("each chunk needs its vector")
        fronts = fronts or [""] * len(chunks)
        with self.database.writing() as db:
            forgetting.refuse_forgotten(db, document.id, known_as)
            if self._claimed and serving(db).embedding != self._claimed:
                raise CatalogueError(
                    "Another embedding model has been put in place meanwhile: nothing was stored with the old one.",
                    cure="Run the same command again.",
                )
            old = _document_row(db, document.id)
            settled = labels.settled(db, document, old, label_ids)
            columns = rows.document_columns(settled, stat, len(chunks))
            if old and all(old[name] == value for name, value in columns.items() if name not in _SEEN):
                return "unchanged"
            if original is not None:
                self.shelf(document).keep(original)
            gone = _remove(db, document.id) if old else []
            _insert(db, "documents", columns)
            last = int(db.execute("SELECT coalesce(max(key), 0) FROM chunks").fetchone()[0])
            raised = [replace(chunk, label=chunk.label.raised(settled.label)) for chunk in chunks]
            texts = enumerate(map(rows.chunk_columns, raised, fronts), last + 1)
            _insert(db, "chunks", *({"key": key, **columns} for key, columns in texts))
            packed = enumerate(map(rows.pack_vector, vectors), last + 1)
            _insert(db, "vectors", *({"chunk": key, "dense": dense} for key, dense in packed))
            naming.write(db, settled)
            if marked is not None:
                marks.write(db, document.id, marked)
            labels.write(db, settled, label_ids)
            db.execute("DELETE FROM set_aside WHERE document = ?", (document.id,))
            outcome: Outcome = "updated" if old else "added"
            ids = {chunk.id for chunk in chunks}
            feed.note(db, outcome, document.id, document.version, job, [one for one in gone if one not in ids])
        return outcome

    def claim_embedding(self, digest: str) -> None:
        """Say which embedding model makes the vectors. Raises CatalogueError when those that are there are another's:
        vectors of two models cannot be compared."""
        with self.database.writing() as db:
            stated = serving(db).embedding
            if stated not in ("", digest) and db.execute("SELECT 1 FROM documents LIMIT 1").fetchone():
                raise CatalogueError(
                    "The documents of this home were taken in with another embedding model.",
                    cure="Name that model and its precision in [ingest] of ringfence.toml, or use a new home; nothing "
                    "was touched. `ringfence documents reembed` goes over to another.",
                )
            state(db, "embedding", digest)
        self._claimed = digest

    def serving(self) -> Serving:
        """Which embedding model and which index answer now."""
        with self.database.reading() as db:
            return serving(db)

    def touch(self, document: str, stat: Stat) -> None:
        """Remember how the file looks now; its bytes are the same. Nothing, when another job has put another version in
        its place meanwhile: that one did not look like this."""
        with self.database.writing() as db:
            db.execute(
                "UPDATE documents SET size = ?, mtime = ?, checked = ? WHERE id = ? AND version = ?",
                (stat.size, stat.mtime, stat.checked, document, stat.version),
            )

    def set_rights(
        self,
        document: str,
        *,
        groups: Iterable[str] | None = None,
        level: Level = Level.PUBLIC,
        categories: Iterable[Category] = (),
        owner: str | None = None,
        valid_until: str | None = None,
        record: int | None = None,
    ) -> Document | None:
        """Replace the groups, the owner and the last day, and raise the label; a lower label than the present one
        changes nothing. `record`: see `made_by`.

        Returns the document as it is now, or None when there is none. It counts from the next read on.
        """
        with self.database.writing() as db:
            old = _document_row(db, document)
            if old is None:
                return None
            label = rows.label(old).raised(Label(level=level, categories=frozenset(categories)))
            readers = rows.unpack_names(old["groups"]) if groups is None else frozenset(groups)
            now = replace(
                rows.document(old),
                label=label,
                groups=readers,
                owner=old["owner"] if owner is None else owner,
                valid_until=old["valid_until"] if valid_until is None else valid_until,
            )
            if now != rows.document(old):
                columns = (int(label.level), rows.pack_names(label.categories))
                db.execute(
                    "UPDATE documents SET groups = ?, level = ?, categories = ?, owner = ?, valid_until = ?"
                    " WHERE id = ?",
                    (rows.pack_names(readers), *columns, now.owner, now.valid_until, document),
                )
                _raise_chunks(db, document, label)
                labels.note_highest(db, document)
                feed.note(db, "rights", document, now.version, feed.announced(record), [])
        return now

    def delete(
        self, document: str, *, record: int | None = None, version: str = "", remember: bool = False
    ) -> str | None:
        """Take a document away with everything it held; `remember` its label alone, for a file that may come back.
        Returns the version that is gone, or None. With `version`, only while it is that one: another job may have
        stored a newer one meanwhile. `record`: see `made_by`."""
        with self.database.writing() as db:
            old = _document_row(db, document)
            if old is None or version not in ("", old["version"]):
                return None
            self.remove(db, document, feed.announced(record))
            labels.gone(db, old, remember=remember)
        return str(old["version"])

    @staticmethod
    def remove(db: sqlite3.Connection, document: str, job: str = "") -> None:
        """Inside a transaction: take a document away, if it is there, and tell the index."""
        if old := _document_row(db, document):
            feed.note(db, "deleted", document, old["version"], job, _remove(db, document))

    def sweep(self, *, everything: bool = False) -> int:
        """Remove originals that no document has any more. `everything`: look at each, as after a killed job. None is
        removed while a backup may still need it, and the answer is -1; else it is how many were."""
        removed = 0
        with self.database.writing() as db:
            if self.originals.must_stay():  # asked inside: a backup that begins waits for this transaction
                return -1
            loose = [row["version"] for row in db.execute("SELECT version FROM loose")]
            for kept_as, shelf in (("keep", self.originals), ("pages", self.pages)):
                for version in list(shelf.versions()) if everything else loose:
                    if not db.execute(_NEEDED, (version, kept_as, version)).fetchone():
                        removed += shelf.remove(version)
            db.execute("DELETE FROM loose")
        return removed

    def shelf(self, document: Document) -> Originals:
        """Where that lies which is kept of a document's file."""
        return self.pages if document.originals == "pages" else self.originals

    # -- reading text: always as somebody ------------------------------------------------------------------

    def hydrate(self, ids: Sequence[str], person: Person) -> list[tuple[Chunk, Document]]:
        """The chunks that are live and that `person` may read right now, in the order of `ids`."""
        with self.database.reading() as db:
            found = _chunks(db, "chunks.id IN (SELECT value FROM json_each(?))", (json.dumps(list(ids)),), person)
        by_id = {chunk.id: (chunk, document) for chunk, document in found}
        return [by_id[one] for one in ids if one in by_id]

    def chunk(self, chunk: str, person: Person | None) -> tuple[Chunk, Document] | None:
        with self.database.reading() as db:
            return next(iter(_chunks(db, "chunks.id = ?", (chunk,), person)), None)

    def page_chunks(self, document: str, page: int, person: Person | None) -> list[tuple[Chunk, Document]]:
        """The chunks of one page, in reading order."""
        with self.database.reading() as db:
            return _chunks(db, "chunks.document = ? AND chunks.page = ?", (document, page), person)

    def chunks(self, document: str, person: Person | None) -> list[tuple[Chunk, Document]]:
        with self.database.reading() as db:
            return _chunks(db, "chunks.document = ?", (document,), person)

    def document(self, document: str, person: Person | None) -> Document | None:
        """None for an unknown document and for one that `person` may not read: nobody can tell them apart."""
        with self.database.reading() as db:
            row = _document_row(db, document)
        if row is None or (person is not None and row["expired"]):
            return None
        found = rows.document(row)
        return found if _may_read(found.groups, person) else None

    def vectors(self, ids: Sequence[str]) -> dict[str, Any]:
        """The vectors of chunks, as arrays of 32-bit floats. Vectors are no text: check rights by `hydrate`."""
        import numpy as np

        with self.database.reading() as db:
            found = db.execute(
                "SELECT chunks.id, dense FROM chunks JOIN vectors ON vectors.chunk = chunks.key"
                " WHERE chunks.id IN (SELECT value FROM json_each(?))",
                (json.dumps(list(ids)),),
            ).fetchall()
        return {row["id"]: np.frombuffer(row["dense"], dtype=np.float32) for row in found}

    def named(self, asked: Mentioned, person: Person) -> frozenset[str]:
        """The documents that a question names, of those that `person` may read. See `naming.find`."""
        with self.database.reading() as db:
            return naming.find(db, asked, person)

    # -- reading names, labels and outcomes ----------------------------------------------------------------

    def documents(self, person: Person | None = None) -> list[Listed]:
        """Every document, or those that `person` may read, with the files set aside; by source and path."""
        with self.database.reading() as db:
            return list(listing.each(db, person))

    def page(
        self, person: Person | None, text: str, wanted: Callable[[Listed], bool], start: int, limit: int
    ) -> list[Listed]:
        """Of the same lines those that hold `text` and are `wanted`, from the one numbered `start` on."""
        with self.database.reading() as db:
            return list(islice(filter(wanted, listing.each(db, person, text=text)), start, start + limit))

    def waiting(self) -> list[Listed]:
        """The lines of files that wait for a person to look."""
        with self.database.reading() as db:
            return [one for one in listing.each(db, None, waiting=True) if one.reason]

    def listed(self, document: str, person: Person | None = None) -> Listed | None:
        """The line of one document; None for an unknown one and for one that `person` may not read."""
        with self.database.reading() as db:
            return next(listing.each(db, person, document=document), None)

    def alike(self, person: Person) -> list[tuple[Listed, int]]:
        """See `listing.alike`."""
        with self.database.reading() as db:
            return listing.alike(db, person)

    def seen(self, source: str, path: str) -> Stat | None:
        """How the file looked when its current version was read; None for one that is no document."""
        with self.database.reading() as db:
            row = db.execute("SELECT * FROM documents WHERE source = ? AND path = ?", (source, path)).fetchone()
        return (
            Stat(**{name: row[name] for name in ("size", "mtime", "checked", "version", "pipeline")}) if row else None
        )

    def chunk_count(self, document: str) -> int:
        with self.database.reading() as db:
            row = _document_row(db, document)
        return int(row["chunks"]) if row else 0

    def counts(self) -> dict[str, int]:
        """`documents`, `chunks`, `set_aside`, and `other_language`: documents that are not in English."""
        with self.database.reading() as db:
            live = db.execute(
                "SELECT count(*) AS documents, coalesce(sum(chunks), 0) AS chunks,"
                " coalesce(sum(language <> 'en'), 0) AS other_language FROM documents"
            ).fetchone()
            aside = db.execute("SELECT count(*) FROM set_aside WHERE outcome <> 'skipped'").fetchone()[0]
        return {**dict(live), "set_aside": aside}

    # -- the change feed -----------------------------------------------------------------------------------

    def changes(self, after: int, limit: int) -> Sequence[Change]:
        """See `feed.changes`."""
        with self.database.reading() as db:
            return feed.changes(db, after, limit)

    def latest(self) -> int:
        """The number of the last change; 0 when there is none."""
        with self.database.reading() as db:
            return feed.latest(db)

    def live(self, documents: Iterable[str]) -> frozenset[str]:
        """Those of `documents` that are there."""
        query = "SELECT id FROM documents WHERE id IN (SELECT value FROM json_each(?))"
        with self.database.reading() as db:
            return frozenset(row["id"] for row in db.execute(query, (json.dumps(list(documents)),)))

    def moved(self, documents: Iterable[str], coming: Iterable[str]) -> int:
        """How many of `documents` have the very bytes of one that is not among them, or of the versions `coming`."""
        with self.database.reading() as db:
            return int(db.execute(_MOVED, (json.dumps(list(documents)), json.dumps(list(coming)))).fetchone()[0])

    def chunk_ids(self) -> frozenset[str]:
        """Every chunk that is live now."""
        with self.database.reading() as db:
            return frozenset(row["id"] for row in db.execute("SELECT id FROM chunks"))

    def documents_of(self, chunks: Iterable[str]) -> frozenset[str]:
        """The documents that these live chunks belong to."""
        query = "SELECT DISTINCT document FROM chunks WHERE id IN (SELECT value FROM json_each(?))"
        with self.database.reading() as db:
            return frozenset(row["document"] for row in db.execute(query, (json.dumps(list(chunks)),)))

    def last_change(self, document: str) -> str:
        """What was last done to a document: added, updated, rights or deleted; nothing for one never seen."""
        with self.database.reading() as db:
            return feed.last(db, document)

    def embedding(self) -> str:
        """The digest of the model that made the vectors; nothing before the first."""
        with self.database.reading() as db:
            return serving(db).embedding

    def came_about(self, document: str, version: str, job: str) -> str:
        """What `job` made of this version: added, updated, or nothing when its transaction never came about."""
        with self.database.reading() as db:
            return feed.outcome(db, document, version, job)

    def made_by(self, record: int, document: str) -> bool:
        """Whether `set_rights` or `delete` changed the document for this record, which announced it."""
        with self.database.reading() as db:
            return feed.made_by(db, record, document)


_NEEDED = (
    "SELECT 1 FROM documents WHERE version = ? AND originals = ? UNION ALL SELECT 1 FROM held WHERE version = ? LIMIT 1"
)
_MOVED = """
    WITH those AS (SELECT value AS id FROM json_each(?))
    SELECT count(*) FROM documents AS one WHERE id IN those
       AND (version IN (SELECT value FROM json_each(?))
            OR EXISTS (SELECT 1 FROM documents AS other WHERE other.version = one.version AND other.id NOT IN those))"""
_SEEN = frozenset({"size", "mtime", "checked"})


def _may_read(groups: frozenset[str], person: Person | None) -> bool:
    return person is None or bool(groups & person.reads_as)


def _document_row(db: sqlite3.Connection, document: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(f"SELECT *, {_EXPIRED} FROM documents WHERE id = ?", (document,)).fetchone()  # noqa: S608
    return row


def _insert(db: sqlite3.Connection, table: str, *given: dict[str, Any]) -> None:
    """Many rows a statement: at the end of each, another thread may take its turn, and we wait for ours."""
    for start in range(0, len(given), _TOGETHER):
        part = given[start : start + _TOGETHER]
        names, marks = ", ".join(part[0]), ", ".join("?" * len(part[0]))
        places = ", ".join([f"({marks})"] * len(part))
        values = [value for row in part for value in row.values()]
        db.execute(f"INSERT INTO {table} ({names}) VALUES {places}", values)  # noqa: S608


def _remove(db: sqlite3.Connection, document: str) -> list[str]:
    """Take the current version away; its original may be loose now. Returns the ids of its chunks."""
    gone = [row["id"] for row in db.execute("SELECT id FROM chunks WHERE document = ?", (document,))]
    db.execute("INSERT OR IGNORE INTO loose SELECT version FROM documents WHERE id = ?", (document,))
    forgetting.keep_held(db, document)
    db.execute("DELETE FROM documents WHERE id = ?", (document,))
    return gone


def _raise_chunks(db: sqlite3.Connection, document: str, label: Label) -> None:
    for row in db.execute("SELECT key, level, categories FROM chunks WHERE document = ?", (document,)).fetchall():
        raised = rows.label(row).raised(label)
        db.execute(
            "UPDATE chunks SET level = ?, categories = ? WHERE key = ?",
            (int(raised.level), rows.pack_names(raised.categories), row["key"]),
        )


def _chunks(
    db: sqlite3.Connection, where: str, values: tuple[Any, ...], person: Person | None
) -> list[tuple[Chunk, Document]]:
    """Chunks with their documents, where `person` may read them. `where` is one of the fixed texts above."""
    found: list[tuple[Chunk, Document]] = []
    documents: dict[str, Document] = {}
    for row in db.execute(_WITH_DOCUMENT.format(where=where, expired=_EXPIRED), values).fetchall():
        if person is not None and (row["expired"] or not _may_read(rows.unpack_names(row["readers"]), person)):
            continue
        if row["document"] not in documents:
            documents[row["document"]] = rows.document(_document_row(db, row["document"]))  # type: ignore[arg-type]
        found.append((rows.chunk(row), documents[row["document"]]))
    return found
