"""What was forgotten and must not come back, and what a hold keeps from being forgotten.

What is promised: forgetting is one transaction, so from its end on no answer shows the document, and a job that was
reading it stores nothing. A hold is asked inside the same transaction. What stays behind names no file and holds no
text: the document's id, and a keyed digest of its bytes, so that a renamed copy does not come back either.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ingest.errors import CatalogueError, Forgotten
from policies.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from ingest.catalogue.catalogue import Catalogue

MARK = "!/"  # parts a container from its member in a path

_TARGETS = """
    SELECT id AS document, source, path, version, chunks, 1 AS live FROM documents
    UNION ALL SELECT document, source, path, version, 0, 0 FROM set_aside
    WHERE document NOT IN (SELECT id FROM documents)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A document or a file set aside. `version`: SHA-256 of its bytes."""

    document: str
    path: str
    source: str
    version: str
    chunks: int
    live: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """One request to forget. `request` is the index of its intent in the record; `stated` what it took away."""

    request: int
    stated: dict[str, Any]


class Forgetting:
    """`key` belongs to the home: without it nobody can tell which bytes were forgotten."""

    def __init__(self, catalogue: Catalogue, key: bytes) -> None:
        self._catalogue = catalogue
        self._database = catalogue.database
        self._key = key

    # -- forgetting ----------------------------------------------------------------------------------------

    def targets(self, ids: Sequence[str]) -> list[Target]:
        """What forgetting these means: each with all that lies within it. Raises UsageError for an id that nobody
        knows, RefusedError where a hold stands, or where the file that it lies in would keep its bytes."""
        with self._database.reading() as db:
            known = {row["document"]: _target(row) for row in db.execute(_TARGETS)}
            found = _with_members(known, ids)
            _refuse_held(db, found)
        live = {(one.source, one.path): one.document for one in known.values() if one.live}
        for one in found.values():
            for container in _containers(one.path):
                holder = live.get((one.source, container))
                if holder is not None and holder not in found:
                    raise RefusedError(
                        f"Document {one.document} lies within document {holder}, whose original holds it too.",
                        cure=f"Forget {holder}; what else lies in it can be taken in again from a file without it.",
                    )
        return list(found.values())

    def erase(
        self,
        targets: Sequence[Target],
        request: int,
        again: Mapping[str, str] | None = None,
        *,
        source: str = "",
    ) -> Erasure:
        """Take them out of every answer, for good, in one transaction. Raises RefusedError when a hold was placed
        meanwhile. The originals and other remains go with `clean` and the reconciler.

        `again`: what `standing` said of them once; a hold that stands here had ended when they were forgotten.
        `source`: the id of the saved source that goes with them; then they are taken in again when somebody asks for
        their files again."""
        ids = [one.document for one in targets]
        with self._database.writing() as db:
            listed = json.dumps(ids)
            if again is None:
                _refuse_held(db, ids)
            else:
                db.execute(f"DELETE FROM holds WHERE {_AMONG}", (listed,))  # noqa: S608
            counted = {name: db.execute(query, (listed,)).fetchone()[0] for name, query in _COUNTED.items()}
            for id in ids:
                self._catalogue.remove(db, id)
            for name in ("set_aside", "held", "once", "lowered"):
                db.execute(f"DELETE FROM {name} WHERE document IN (SELECT value FROM json_each(?))", (listed,))  # noqa: S608
            shared = []
            for one in targets:
                same = db.execute("SELECT id FROM documents WHERE version = ? ORDER BY id", (one.version,)).fetchall()
                shared += [row["id"] for row in same]
                digest = self.digest(one.version) if one.version and not same else (again or {}).get(one.document, "")
                if not source:
                    db.execute("INSERT OR REPLACE INTO forgotten VALUES (?, ?, ?)", (one.document, digest, request))
            documents = [{"document": one.document, "version": one.version, "passages": one.chunks} for one in targets]
            stated = {"documents": documents, "removed": counted, "shared": sorted(set(shared)), "source": source}
            db.execute("INSERT INTO erasures VALUES (?, ?, 0)", (request, json.dumps(stated)))
        return Erasure(request=request, stated=stated)

    def erasure(self, request: int) -> tuple[Erasure, bool] | None:
        """A request that took place, and whether every store was cleaned; None when its transaction never came."""
        with self._database.reading() as db:
            row = db.execute("SELECT * FROM erasures WHERE request = ?", (request,)).fetchone()
        return (Erasure(request=request, stated=json.loads(row["stated"])), bool(row["ended"])) if row else None

    def pending(self) -> list[Erasure]:
        """Requests after which not every store was cleaned yet, oldest first."""
        with self._database.reading() as db:
            found = db.execute("SELECT * FROM erasures WHERE ended = 0 ORDER BY request").fetchall()
        return [Erasure(request=row["request"], stated=json.loads(row["stated"])) for row in found]

    def forgot(self, ids: Collection[str]) -> Erasure | None:
        """The request that forgot all of these, the last one where several did. None where one of them is there."""
        listed = json.dumps(list(ids))
        with self._database.reading() as db:
            if db.execute(f"SELECT 1 FROM ({_TARGETS}) WHERE {_AMONG} LIMIT 1", (listed,)).fetchone():  # noqa: S608
                return None
            found = db.execute(_FORGOT, (listed, len(set(ids)))).fetchone()
        return Erasure(request=found["request"], stated=json.loads(found["stated"])) if found else None

    def cleared(self, erasure: Erasure, sealed: int, actor: str) -> Erasure:
        """So many sealed passages went more, and who asked for it, where nobody is stated yet."""
        with self._database.writing() as db:
            row = db.execute("SELECT stated FROM erasures WHERE request = ?", (erasure.request,)).fetchone()
            stated = {"actor": actor, "sealed": 0} | json.loads(row["stated"])
            stated["sealed"] += sealed
            db.execute("UPDATE erasures SET stated = ? WHERE request = ?", (json.dumps(stated), erasure.request))
        return Erasure(request=erasure.request, stated=stated)

    def end(self, erasure: Erasure) -> None:
        """Every store is clean, as `erasure` states."""
        with self._database.writing() as db:
            db.execute(
                "UPDATE erasures SET stated = ?, ended = 1 WHERE request = ?",
                (json.dumps(erasure.stated), erasure.request),
            )

    def discard(self, versions: Collection[str]) -> None:
        """Remove the originals and page pictures of these versions, unless another document has them. What a backup
        may need just now goes with `clean`."""
        self._catalogue.sweep()
        for shelf in (self._catalogue.originals, self._catalogue.pages):
            shelf.discard_waiting(versions)

    def without_original(self, versions: Collection[str]) -> int:
        """How many of these versions have no original and no page pictures any more."""
        shelves = (self._catalogue.originals, self._catalogue.pages)
        return sum(not any(shelf.path(version).exists() for shelf in shelves) for version in versions)

    def clean(self) -> None:
        """Remove every original that nothing needs, older copies of the catalogue, and what deleted rows left in its
        file and its log. Takes as long as the catalogue is large. Raises CatalogueError when it cannot."""
        if self._catalogue.sweep(everything=True) < 0:
            raise CatalogueError(
                "A backup is being made, which may hold what is to be forgotten.",
                cure="When it has ended, run `ringfence documents reconcile`.",
            )
        for copy in self._database.path.parent.glob(f"{self._database.path.name}.schema-*"):
            copy.unlink(missing_ok=True)
        self._database.compact()

    # -- not coming back -------------------------------------------------------------------------------------

    def standing(self) -> dict[str, str]:
        """All that was forgotten: a digest by document, empty where the same bytes stayed under another name."""
        with self._database.reading() as db:
            return {row["document"]: row["digest"] for row in db.execute("SELECT document, digest FROM forgotten")}

    def returned(self, forgotten: Mapping[str, str]) -> list[Target]:
        """What of these, as `standing` gave them, is not forgotten here: it may be back, also under another name."""
        digests, here = {digest for digest in forgotten.values() if digest}, self.standing()
        with self._database.reading() as db:
            known = [_target(row) for row in db.execute(_TARGETS)]
        back = {
            one.document: one
            for one in known
            if one.document in forgotten or (one.version and self.digest(one.version) in digests)
        }
        gone = {
            document: Target(document=document, path="", source="", version="", chunks=0, live=False)
            for document in forgotten.keys() - here.keys()
        }
        return list((gone | back).values())

    def stands(self, document: str, version: str = "") -> bool:
        """Whether this document, or these bytes under whatever name, were forgotten."""
        digest = self.digest(version) if version else "-"
        with self._database.reading() as db:
            row = db.execute("SELECT 1 FROM forgotten WHERE document = ? OR digest = ? LIMIT 1", (document, digest))
            return row.fetchone() is not None

    def readmit(self, document: str) -> bool:
        """The file may be taken in again. Whether it had been forgotten."""
        with self._database.writing() as db:
            return db.execute("DELETE FROM forgotten WHERE document = ?", (document,)).rowcount > 0

    def digest(self, version: str) -> str:
        return hmac.new(self._key, version.encode(), hashlib.sha256).hexdigest()

    # -- holds -----------------------------------------------------------------------------------------------

    def held(self, document: str) -> tuple[int, str] | None:
        """Since which record a hold stands, and who asked for its end; None when there is none."""
        with self._database.reading() as db:
            row = db.execute("SELECT * FROM holds WHERE document = ?", (document,)).fetchone()
        return (int(row["record"]), str(row["asked"])) if row else None

    def known(self, document: str) -> bool:
        with self._database.reading() as db:
            return any(row["document"] == document for row in db.execute(_TARGETS))

    def hold(self, document: str, record: int) -> None:
        """From now on it is not forgotten, and its originals stay, whatever becomes of its file. `record` is -1 until
        one says so."""
        with self._database.writing() as db:
            stating = "ON CONFLICT(document) DO UPDATE SET record = excluded.record WHERE record < 0"
            db.execute(f"INSERT INTO holds VALUES (?, ?, '') {stating}", (document, record))  # noqa: S608 (our words)

    def ask_release(self, document: str, asked: str) -> None:
        with self._database.writing() as db:
            db.execute("UPDATE holds SET asked = ? WHERE document = ?", (asked, document))

    def release(self, document: str) -> None:
        with self._database.writing() as db:
            db.execute("INSERT OR IGNORE INTO loose SELECT version FROM held WHERE document = ?", (document,))
            db.execute("DELETE FROM held WHERE document = ?", (document,))
            db.execute("DELETE FROM holds WHERE document = ?", (document,))


def refuse_forgotten(db: sqlite3.Connection, document: str, digest: str = "") -> None:
    """Inside the transaction that would store it; `digest` of its bytes, where it is known. Raises Forgotten."""
    if db.execute("SELECT 1 FROM forgotten WHERE document = ? OR digest = ?", (document, digest or "-")).fetchone():
        raise Forgotten("This document was forgotten.", cure="`ringfence documents forget --undo` lets it in again.")


def keep_held(db: sqlite3.Connection, document: str) -> None:
    """Inside the transaction that takes a version away: where a hold stands, its original stays."""
    db.execute(
        "INSERT OR IGNORE INTO held SELECT id, version FROM documents"
        " WHERE id = ? AND id IN (SELECT document FROM holds)",
        (document,),
    )


_AMONG = "document IN (SELECT value FROM json_each(?))"
_COUNTED = {
    "passages": f"SELECT count(*) FROM chunks WHERE {_AMONG}",  # noqa: S608
    "vectors": f"SELECT count(*) FROM vectors JOIN chunks ON chunks.key = vectors.chunk WHERE chunks.{_AMONG}",  # noqa: S608
    "marks": f"SELECT count(*) FROM marks WHERE {_AMONG}",  # noqa: S608
    "set_aside": f"SELECT count(*) FROM set_aside WHERE {_AMONG}",  # noqa: S608
}
_FORGOT = """
    WITH asked AS (SELECT DISTINCT value AS document FROM json_each(?)),
         named AS (SELECT request, json_extract(value, '$.document') AS document
                   FROM erasures, json_each(stated, '$.documents'))
    SELECT request, stated FROM erasures WHERE request IN (
        SELECT request FROM named WHERE document IN asked GROUP BY request HAVING count(DISTINCT document) = ?)
    ORDER BY request DESC LIMIT 1"""


def _target(row: sqlite3.Row) -> Target:
    return Target(**{name: row[name] for name in row.keys() if name != "live"}, live=bool(row["live"]))  # noqa: SIM118


def _with_members(known: Mapping[str, Target], ids: Sequence[str]) -> dict[str, Target]:
    """Each with all that lies within it."""
    within: dict[tuple[str, str], list[Target]] = {}
    for each in known.values():
        for container in _containers(each.path):
            within.setdefault((each.source, container), []).append(each)
    found: dict[str, Target] = {}
    for id in ids:
        if (one := known.get(id)) is None:
            raise UsageError(f"There is no document {id}.", cure="`ringfence documents list` shows those there are.")
        found |= {each.document: each for each in (one, *within.get((one.source, one.path), ()))}
    return found


def _containers(path: str) -> list[str]:
    parts = path.split(MARK)
    return [MARK.join(parts[:depth]) for depth in range(1, len(parts))]


def _refuse_held(db: sqlite3.Connection, documents: Sequence[str] | dict[str, Target]) -> None:
    listed = json.dumps(list(documents))
    row = db.execute(f"SELECT document, record FROM holds WHERE {_AMONG} LIMIT 1", (listed,)).fetchone()  # noqa: S608
    if row:
        raise RefusedError(
            f"A hold stands on document {row['document']} since record {row['record']}: nothing was forgotten.",
            cure="Two persons can end it: `ringfence audit hold --document ID --release --reason TEXT`.",
        )
