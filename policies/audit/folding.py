"""Records folded into rows that a person can read: a question, its decision and its answer are one row.

The rows live in memory only. They are derived from the ledger, caught up with it at each look, and never
believed instead of it: what a row says in detail is read from the records themselves.
"""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from policies.audit.forms import fields_of
from policies.labels import parse_label

# What a row's action can be, and its outcomes, in the words of the page.
ASK, INGEST = "ask", "ingest"
SENT, REFUSED, KEPT = "sent outside", "refused", "kept here by policy"
NOTHING, ANSWERED, FAILED, STOPPED, OPEN = "nothing found", "answered here", "not answered", "stopped", "in progress"
TAKEN_IN, PARTLY, LOST, FORGOTTEN, MADE = "taken in", "partly taken in", "lost", "forgotten", "made"
DAMAGED = "damaged"
WAITS, DECLINED, LOWERED, ERASED = "waits for a second person", "declined", "lowered", "erased"
ASKED = (ANSWERED, SENT, KEPT, REFUSED, NOTHING, FAILED, STOPPED, OPEN)

# Several records speak about one row; the stronger word stays.
_STRENGTH = {
    OPEN: 0,
    STOPPED: 1,
    FAILED: 2,
    ANSWERED: 3,
    NOTHING: 4,
    KEPT: 5,
    REFUSED: 6,
    SENT: 7,
    DAMAGED: 8,
    TAKEN_IN: 1,
    LOST: 2,
    PARTLY: 3,
    FORGOTTEN: 3,
    MADE: 3,
    WAITS: 0,
    DECLINED: 1,
    LOWERED: 2,
    ERASED: 2,
}
_TABLES = """
CREATE TABLE rows(seq INTEGER PRIMARY KEY, time INT, action TEXT, outcome TEXT, strength INT, level INT,
                  person TEXT, actor TEXT, added INT DEFAULT 0, updated INT DEFAULT 0, aside INT DEFAULT 0);
CREATE TABLE related(seq INTEGER PRIMARY KEY, row INT);
CREATE INDEX by_row ON related(row);
CREATE INDEX by_person ON rows(person, seq);
CREATE INDEX by_outcome ON rows(outcome, seq);
CREATE TABLE jobs(job TEXT PRIMARY KEY, row INT);
CREATE TABLE counters(name TEXT PRIMARY KEY, n INT);
INSERT INTO counters VALUES('decided', 0), ('departed', 0);
"""
_COLUMNS = ("seq", "time", "action", "outcome", "strength", "level", "person", "actor", "added", "updated", "aside")
_FLUSH = 10_000
Body = Mapping[str, Any]


class Folding:
    """Rows of the records up to `size`. Not for several threads at once: its user holds a lock."""

    def __init__(self) -> None:
        self.db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self.db.executescript(_TABLES)
        self.size = 0
        # Rows and relations since the last flush: most records speak about a row that is still here.
        self._rows: dict[int, dict[str, Any]] = {}
        self._relations: dict[int, int] = {}
        self._counted = {"decided": 0, "departed": 0}

    def catch_up(self, records: Iterable[tuple[int, str]]) -> None:
        """Fold the records that follow."""
        try:
            for seq, text in records:
                self._fold(seq, fields_of(text))
                self.size = max(self.size, seq + 1)
                if len(self._relations) >= _FLUSH:
                    self._flush()
        finally:  # what was folded before an error of the ledger stays right
            self._flush()

    def row_of(self, seq: int) -> int | None:
        """The row that a record belongs to."""
        if (row := self._relations.get(seq)) is not None:
            return row
        found = self.db.execute("SELECT row FROM related WHERE seq = ?", (seq,)).fetchone()
        return None if found is None else int(found[0])

    def related(self, row: int) -> list[int]:
        return [found[0] for found in self.db.execute("SELECT seq FROM related WHERE row = ? ORDER BY seq", (row,))]

    # -- one kind of record each ---------------------------------------------------------------------

    def _fold(self, seq: int, body: Body) -> None:
        kind = str(body.get("kind", ""))
        special = self._SPECIAL.get(kind)
        if special is not None:
            special(self, seq, body)
            return
        action, outcome = _PLAIN.get(kind, (kind or "unreadable", lambda _: "" if kind else DAMAGED))
        self._row(seq, body, str(body.get("how", "shown")) if action == "text" else action, outcome(body))

    def _asked(self, seq: int, body: Body) -> None:
        self._row(seq, body, ASK, OPEN)

    def _decided(self, seq: int, body: Body) -> None:
        verdict = body.get("verdict")
        if verdict in ("send", "pseudonymise"):
            self._counted["decided"] += 1
        kept = verdict in ("local", "ask_human") and (body.get("destination") or body.get("outgoing"))
        self._join(seq, body, body.get("question"), REFUSED if verdict == "refuse" else KEPT if kept else OPEN)

    def _approved(self, seq: int, body: Body) -> None:
        self._join(seq, body, body.get("decision"), OPEN)

    def _departed(self, seq: int, body: Body) -> None:
        self._counted["departed"] += 1
        self._join(seq, body, body.get("question"), SENT)

    def _door_shut(self, seq: int, body: Body) -> None:
        self._join(seq, body, body.get("question"), KEPT)

    def _returned(self, seq: int, body: Body) -> None:
        self._join(seq, body, body.get("closes"), OPEN)

    def _answered(self, seq: int, body: Body) -> None:
        outcome = {"abstained": NOTHING, "refused": REFUSED}.get(str(body.get("outcome")), ANSWERED)
        self._join(seq, body, body.get("closes"), SENT if body.get("route") == "escalated" else outcome)

    def _failed(self, seq: int, body: Body) -> None:
        self._join(seq, body, body.get("closes"), FAILED)

    def _abandoned(self, seq: int, body: Body) -> None:
        self._join(seq, body, body.get("closes"), STOPPED)

    def _intended(self, seq: int, body: Body) -> None:
        self._in_job(seq, body, OPEN)

    def _ingested(self, seq: int, body: Body) -> None:
        outcome = str(body.get("outcome"))
        row = self._join(seq, body, body.get("closes"), LOST if outcome == "lost" else TAKEN_IN)
        if outcome in ("added", "updated"):
            self._staged(row)[outcome] += 1

    def _set_aside(self, seq: int, body: Body) -> None:
        self._staged(self._in_job(seq, body, PARTLY))["aside"] += 1

    def _ended(self, seq: int, body: Body) -> None:
        self._join(seq, body, body.get("closes"), str(body.get("outcome")))

    def _lowering_asked(self, seq: int, body: Body) -> None:
        self._row(seq, body, "lower label", WAITS)

    def _lowering_agreed(self, seq: int, body: Body) -> None:
        self._join(seq, body, body.get("request"), OPEN)

    def _lowering_declined(self, seq: int, body: Body) -> None:
        self._join(seq, body, body.get("request"), DECLINED)

    def _lowered(self, seq: int, body: Body) -> None:
        self._join(seq, body, body.get("request"), LOWERED if body.get("outcome") == "done" else OPEN)

    def _erasure_asked(self, seq: int, body: Body) -> None:
        self._row(seq, body, "erase person", WAITS)

    def _erase_intended(self, seq: int, body: Body) -> None:
        if int(body.get("request", -1)) < 0:
            self._row(seq, body, "erase person", OPEN)
        else:
            self._join(seq, body, body.get("request"), OPEN)

    def _erased(self, seq: int, body: Body) -> None:
        self._join(seq, body, body.get("closes"), str(body.get("outcome")))

    def _changed(self, seq: int, body: Body) -> None:
        self._join(seq, body, body.get("closes"), LOST if body.get("outcome") == "lost" else "")

    _SPECIAL: Mapping[str, Callable[[Folding, int, Body], None]] = {
        "QuestionAsked": _asked,
        "Decided": _decided,
        "Approved": _approved,
        "Departed": _departed,
        "DoorShut": _door_shut,
        "Returned": _returned,
        "Answered": _answered,
        "Failed": _failed,
        "Abandoned": _abandoned,
        "IngestIntended": _intended,
        "DocumentIngested": _ingested,
        "FileSetAside": _set_aside,
        "DocumentsForgotten": _ended,
        "BackupMade": _ended,
        "ErasureAsked": _erasure_asked,
        "EraseIntended": _erase_intended,
        "PersonErased": _erased,
        "LoweringAsked": _lowering_asked,
        "LoweringAgreed": _lowering_agreed,
        "LoweringDeclined": _lowering_declined,
        "LabelLowered": _lowered,
        "ChangeEnded": _changed,
    }

    # -- rows ----------------------------------------------------------------------------------------

    def _row(self, seq: int, body: Body, action: str, outcome: str) -> None:
        actor = str(body.get("actor", ""))
        person = str(body.get("on_behalf_of") or actor)
        self._rows[seq] = {
            "seq": seq,
            "time": body.get("time", 0),
            "action": action,
            "outcome": outcome,
            "strength": _STRENGTH.get(outcome, 0),
            "level": _level(body),
            "person": person,
            "actor": actor,
            "added": 0,
            "updated": 0,
            "aside": 0,
        }
        self._relations[seq] = seq

    def _join(self, seq: int, body: Body, about: object, outcome: str) -> int:
        """Add a record to the row of the one it is about; a row of its own when that one is not there."""
        row = self.row_of(about) if isinstance(about, int) else None
        if row is None:
            self._row(seq, body, str(body.get("kind")), outcome)
            return seq
        self._relations[seq] = row
        self._stronger(row, outcome, _level(body))
        return row

    def _in_job(self, seq: int, body: Body, outcome: str) -> int:
        job = str(body.get("job") or f"record {seq}")
        found = self.db.execute("SELECT row FROM jobs WHERE job = ?", (job,)).fetchone()
        if found is None:
            self.db.execute("INSERT INTO jobs(job, row) VALUES(?, ?)", (job, seq))
            self._row(seq, body, INGEST, outcome)
            return seq
        self._relations[seq] = int(found[0])
        self._stronger(int(found[0]), outcome, _level(body))
        return int(found[0])

    def _stronger(self, row: int, outcome: str, level: int) -> None:
        staged, strength = self._staged(row), _STRENGTH.get(outcome, 0)
        staged["level"] = max(staged["level"], level)
        if staged["strength"] < strength:
            staged |= {"outcome": outcome, "strength": strength}

    def _staged(self, row: int) -> dict[str, Any]:
        """A row that may be changed until the next flush."""
        if row not in self._rows:
            found = self.db.execute(f"SELECT {', '.join(_COLUMNS)} FROM rows WHERE seq = ?", (row,)).fetchone()  # noqa: S608 (our words)
            self._rows[row] = dict(zip(_COLUMNS, found, strict=True))
        return self._rows[row]

    def _flush(self) -> None:
        self.db.execute("BEGIN")
        places = ", ".join(f":{column}" for column in _COLUMNS)
        self.db.executemany(
            f"INSERT OR REPLACE INTO rows({', '.join(_COLUMNS)}) VALUES({places})",
            self._rows.values(),
        )
        self.db.executemany("INSERT OR REPLACE INTO related(seq, row) VALUES(?, ?)", self._relations.items())
        self.db.executemany(
            "UPDATE counters SET n = n + :n WHERE name = :name", [{"name": k, "n": n} for k, n in self._counted.items()]
        )
        self.db.execute("COMMIT")
        self._rows, self._relations, self._counted = {}, {}, {"decided": 0, "departed": 0}


def _shown(body: Body) -> str:
    return "shown" if body.get("shown") else NOTHING


_PLAIN: Mapping[str, tuple[str, Callable[[Body], str]]] = {
    "TextShown": ("text", _shown),
    "AccessExplained": ("explain access", lambda body: str(body.get("outcome", ""))),
    "DocumentDeleted": ("delete document", lambda _: "deleted"),
    "RightsChanged": ("change rights", lambda _: "changed"),
    "SourceChanged": ("change source", lambda body: str(body.get("change", ""))),
    "SourceSynced": ("sync source", lambda body: str(body.get("outcome", ""))),
    "ForgetIntended": ("forget", lambda _: OPEN),
    "HoldChanged": ("hold", lambda body: str(body.get("change", ""))),
    "FileRuled": ("rule on a file", lambda body: str(body.get("ruling", ""))),
    "JobCancelled": ("cancel a run", lambda _: "asked for"),
    "Reconciled": ("reconcile", lambda body: "drift left" if body.get("left") else "in order"),
    "EmbeddingChanged": ("change embedding model", lambda _: "changed"),
    "BackupIntended": ("back up", lambda _: OPEN),
    "BackupDestroyed": ("destroy backup", lambda _: "destroyed"),
    "BackupRestored": ("restore", lambda _: "put back"),
    "LabelIdsMapped": ("map label ids", lambda body: str(len(body.get("labels", [])))),
    "PersonChanged": ("change person", lambda body: str(body.get("change", ""))),
    "SignedIn": ("sign in", lambda body: str(body.get("outcome", ""))),
    "RecordRead": ("read the record", lambda body: str(body.get("how", ""))),
    "Revealed": ("reveal", lambda _: "opened"),
    "SiteChanged": ("change site", lambda body: str(body.get("what", ""))),
}


def _level(body: Body) -> int:
    """The label's level; -1 for a record that has no label."""
    return _level_of(str(body["label"])) if body.get("label") else -1


@functools.lru_cache(maxsize=256)
def _level_of(label: str) -> int:
    return int(parse_label(label).level)
