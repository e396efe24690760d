"""A home with a record in it, and ways to tamper with a copy of it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from policies.audit.events import Answered, Content, Decided, Departed, Event, QuestionAsked, Returned, TextShown
from policies.audit.ledger import Ledger
from policies.config import Home
from policies.keys import Keys

SECRET = "the planted sentence about Zebulon Quarterstaff"
PERSON = "zebulon.quarterstaff"


def asked(person: str = PERSON, label: str = "public") -> QuestionAsked:
    return QuestionAsked(actor=person, conversation="c1", question_kind="documents", label=label)


def decided(question: int, verdict: str = "local", **more: object) -> Decided:
    reasons = [{"rule": "E-01", "source": "question", "detail": "A reason."}]
    fields = {"label": "internal", "rulebook": "9c41", **more}
    return Decided(question=question, verdict=verdict, reasons=reasons, **fields)  # type: ignore[arg-type]


def answered(closes: int, outcome: str = "answered", route: str = "local") -> Answered:
    return Answered(
        closes=closes,
        outcome=outcome,
        route=route,
        label="internal",
        model="m",
        model_digest="d",
        shown=1,
        removed=0,
        citations=[{"n": 1, "chunk": "k"}],
    )


def shown(number: int = 0) -> TextShown:
    return TextShown(actor=PERSON, how="search", shown=[{"chunk": f"chunk {number}"}])


def sealed_text(text: str = SECRET, owner: str = f"person:{PERSON}") -> Content:
    return Content(text=text, owner=owner)


def conversation(ledger: Ledger, *, outside: bool = False) -> int:
    """One question with everything that follows it; returns its index."""
    question = ledger.append(asked(), {"question": sealed_text()})
    decision = ledger.append(decided(question, "send" if outside else "local", destination="x" if outside else ""))
    if outside:
        departure = ledger.append(
            Departed(question=question, decision=decision, destination="x", outgoing="00", outgoing_size=3),
            {"body": sealed_text()},
        )
        ledger.append(Returned(closes=departure, outcome="ok"))
    ledger.append(answered(question, route="escalated" if outside else "local"), {"answer": sealed_text()})
    return question


def filled(home: Home, count: int, *, events: Sequence[Event] = ()) -> Keys:
    """Write `count` records into the home's record and close it."""
    keys = Keys.create(home)
    with Ledger(home, keys) as ledger:
        for number in range(count):
            ledger.append(events[number] if number < len(events) else shown(number))
    return keys


def ledger_path(home: Home) -> Path:
    return home.path / "ledger" / "ledger.db"


class Tampered:
    """A copy of a home's ledger that is put in place of the true one, and changed by hand."""

    def __init__(self, home: Home) -> None:
        self._true = home.path.parent / "true.db"
        self._path = ledger_path(home)
        shutil.copyfile(self._path, self._true)

    def run(self, *statements: str) -> None:
        """Start again from the true ledger and run these statements on it."""
        for name in ("-wal", "-shm"):
            self._path.with_name(self._path.name + name).unlink(missing_ok=True)
        shutil.copyfile(self._true, self._path)
        with sqlite3.connect(self._path) as db:
            for statement in statements:
                db.execute(statement)
        db.close()


def change(place: int) -> list[str]:
    return [f"UPDATE records SET body = replace(body, 'search', 'peek') WHERE seq = {place}"]


def delete(place: int) -> list[str]:
    return [f"DELETE FROM records WHERE seq = {place}"]


def delete_and_close_up(place: int) -> list[str]:
    return [
        *delete(place),
        f"UPDATE records SET seq = -seq WHERE seq > {place}",
        "UPDATE records SET seq = -seq - 1 WHERE seq < 0",
    ]


def insert(place: int) -> list[str]:
    body = json.dumps({"kind": "TextShown", "seq": place, "time": 1})
    return [
        f"UPDATE records SET seq = -seq - 2 WHERE seq >= {place}",
        "UPDATE records SET seq = -seq - 1 WHERE seq < 0",
        f"INSERT INTO records(seq, body) VALUES({place}, '{body}')",
    ]


def swap(one: int, other: int) -> list[str]:
    return [
        f"UPDATE records SET seq = 1000000 WHERE seq = {one}",
        f"UPDATE records SET seq = {one} WHERE seq = {other}",
        f"UPDATE records SET seq = {other} WHERE seq = 1000000",
    ]


def truncate(place: int) -> list[str]:
    return [f"DELETE FROM records WHERE seq >= {place}"]


def truncate_with_heads(place: int) -> list[str]:
    return [*truncate(place), f"DELETE FROM heads WHERE size > {place}"]
