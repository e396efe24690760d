"""Closing the intents of writers that are gone.

Two processes may recover at once: each closing record is written only if, inside its own transaction, none
stands there yet. An intent of a living writer is never touched.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from policies.audit.backup_events import BackupMade
from policies.audit.events import Abandoned, Event, Returned
from policies.audit.forms import fields_of
from policies.audit.writers import is_alive, sweep

if TYPE_CHECKING:
    from policies.audit.ledger import Ledger

CLOSES = re.compile(r'"closes":(\d+),')


def is_intent(body: str) -> bool:
    """Only an intent names its writer. A quoted text cannot look like this: its quotes are escaped."""
    return '"writer":"' in body


def open_intents(bodies: Iterable[tuple[int, str]]) -> dict[int, str]:
    """The intents among these records that none of them closes, by index."""
    found: dict[int, str] = {}
    for seq, body in bodies:
        if is_intent(body):
            found[seq] = body
        if '"closes":' in body and (match := CLOSES.search(body)):
            found.pop(int(match[1]), None)
    return found


def recover(ledger: Ledger, resolve: Callable[[dict[str, Any]], Event | None], *, start: int) -> tuple[list[int], int]:
    """Close what dead writers left open from record `start` on. Returns the indexes of the closing records, and
    the first record that a later recovery has to look at."""
    end = ledger.head().size
    pending = open_intents(ledger.bodies(start, end))
    closed, left = [], []
    for seq, body in pending.items():
        intent = fields_of(body)  # a spoiled one has no kind, so nobody ends it
        ending = None if is_alive(ledger.home, intent.get("writer", "")) else _ending(seq, intent, resolve)
        if ending is None:
            left.append(seq)
        elif (at := ledger.append_unless(ending, lambda db, seq=seq: is_closed(db, seq))) is not None:  # type: ignore[misc]
            closed.append(at)
    sweep(ledger.home)
    return closed, min(left, default=end)


def is_closed(db: sqlite3.Connection, seq: int) -> bool:
    """Whether a record closes the intent `seq`."""
    row = db.execute(
        "SELECT 1 FROM records WHERE seq > ? AND instr(body, ?) > 0 LIMIT 1", (seq, f'"closes":{seq},')
    ).fetchone()
    return row is not None


def _ending(seq: int, intent: dict[str, Any], resolve: Callable[[dict[str, Any]], Event | None]) -> Event | None:
    match intent.get("kind"):
        case "QuestionAsked":
            return Abandoned(closes=seq, reason="process ended")
        case "Departed":
            return Returned(closes=seq, outcome="unknown")
        case "BackupIntended":
            return BackupMade(closes=seq, outcome="lost")
        case (
            "IngestIntended"
            | "ForgetIntended"
            | "LoweringAgreed"
            | "DocumentDeleted"
            | "RightsChanged"
            | "EraseIntended"
        ):
            return resolve(intent)
        case _:
            return None
