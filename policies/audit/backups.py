"""Which backups there are, as far as the record knows, and what was forgotten since: they hold it until they are
destroyed."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from policies.audit.forms import fields_of
from policies.audit.store import reading, record_error
from policies.config import Home

_QUERY = """
    SELECT seq, body FROM records
    WHERE instr(body, '"kind":"Backup') > 0 OR instr(body, '"kind":"DocumentsForgotten"') > 0
        OR instr(body, '"kind":"PersonErased"') > 0 ORDER BY seq"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """`record` says that it was made, `since` that it was begun: what had gone from every file before that is not in
    it. `destroyed`: the record that says so, -1 while none does. `forgotten`: how many documents went since; `erased`:
    of how many persons what they wrote went since."""

    record: int
    since: int
    time: int
    sha256: str
    size: int
    destroyed: int
    forgotten: int
    erased: int


def backups(home: Home) -> list[Backup]:
    """The oldest first. Raises RecordError when the record cannot be read."""
    path = home.path / "ledger" / "ledger.db"
    try:
        with reading(path) as db:
            bodies = [(int(seq), fields_of(body)) for seq, body in db.execute(_QUERY)]
    except sqlite3.Error as error:
        raise record_error(path.name, error) from error
    destroyed = {body["backup"]: seq for seq, body in bodies if body.get("kind") == "BackupDestroyed"}
    gone = [
        (seq, len(body["documents"]))
        for seq, body in bodies
        if body.get("kind") == "DocumentsForgotten" and body.get("outcome") == "forgotten"
    ]
    erased = [(seq, body["subject"]) for seq, body in bodies if body.get("kind") == "PersonErased"]
    return [
        Backup(
            record=seq,
            since=body["closes"],
            time=body["time"],
            sha256=body["sha256"],
            size=body["size"],
            destroyed=destroyed.get(seq, -1),
            forgotten=sum(count for ended, count in gone if ended > body["closes"]),
            erased=len({subject for ended, subject in erased if ended > body["closes"]}),
        )
        for seq, body in bodies
        if body.get("kind") == "BackupMade" and body.get("outcome") == "made"
    ]


def held(home: Home) -> list[dict[str, Any]]:
    """The backups that there may be, for the receipt of what has gone from the files of the home only now, since such
    a file may lie in each of them: {record, time, sha256}."""
    return [
        {"record": one.record, "time": one.time, "sha256": one.sha256} for one in backups(home) if one.destroyed < 0
    ]
