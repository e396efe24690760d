"""How much of each document has left already, to each destination; and how often a person has come near today.

What is promised: a document is not carried out in small pieces. Of a document that may not go at all, no more than
two percent of its marks leave in pieces too small to be quotations; of one that may (a contract allows it), no more
than two percent or one passage. A person whose texts come near such a document more than NEAR_A_DAY times a day is
answered here for the rest of that day. Kept are keyed hashes and counts, never text. A store that cannot be read is an
error, and an error is a no. What was noted stays noted when a sending fails.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from policies.copies.base import How, Looks, Repeat, Seen, Touched
from policies.errors import RefusedError, UnavailableError
from policies.labels import Label

SHARE = 0.02
PASSAGE = 150  # marks of about 1,500 characters
NEAR_A_DAY = 5
SCHEMA = 1
_DAY = 86_400_000_000
_TABLES = """
CREATE TABLE released (destination TEXT NOT NULL, document TEXT NOT NULL, mark INTEGER NOT NULL,
    PRIMARY KEY (destination, document, mark)) WITHOUT ROWID;
CREATE TABLE near (person TEXT NOT NULL, day INTEGER NOT NULL, request TEXT NOT NULL,
    PRIMARY KEY (person, day, request)) WITHOUT ROWID;
"""


class Disclosed:
    """One small file. Safe for several threads and processes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._translated(), self._opened() as db:
            (found,) = db.execute("PRAGMA user_version").fetchone()
            if found > SCHEMA:
                raise UnavailableError(
                    f"{path.name} was written by a newer version (schema {found}, this one knows {SCHEMA}).",
                    cure="Install the newer version; nothing was touched.",
                )
            if found < SCHEMA:
                db.executescript(
                    f"PRAGMA journal_mode=WAL; BEGIN IMMEDIATE; {_TABLES} PRAGMA user_version={SCHEMA}; COMMIT;"
                )

    def passed(self, destination: str, touched: Sequence[Touched]) -> list[Touched]:
        """Those of `touched` with which more of the document would have left than may."""
        with self._translated(), self._opened() as db:
            return [one for one in touched if _is_over(db, destination, one)]

    def came_near(self, person: str, now: int) -> int:
        """How many requests of this person came near a document today."""
        with self._translated(), self._opened() as db:
            row = db.execute("SELECT count(*) FROM near WHERE person = ? AND day = ?", (person, now // _DAY)).fetchone()
        return int(row[0])

    def note(self, destination: str, touched: Sequence[Touched]) -> None:
        """These marks are about to leave. Durable when it returns. Raises RefusedError when others have left since it
        was decided, so that it would be too much together."""
        rows = [(destination, one.document, _signed(mark)) for one in touched for mark in one.marks]
        with self._translated(), self._opened() as db:
            db.execute("BEGIN IMMEDIATE")
            if any(_is_over(db, destination, one) for one in touched):
                raise RefusedError("More of a document would have left than may.", cure="Ask without its words.")
            db.executemany("INSERT OR IGNORE INTO released VALUES (?, ?, ?)", rows)
            db.execute("COMMIT")

    def note_near(self, person: str, request: str, now: int) -> None:
        """A request came near; the same one asked twice counts once."""
        with self._translated(), self._opened() as db:
            db.execute("BEGIN IMMEDIATE")
            db.execute("DELETE FROM near WHERE day < ?", (now // _DAY - 1,))
            db.execute("INSERT OR IGNORE INTO near VALUES (?, ?, ?)", (person, now // _DAY, request))
            db.execute("COMMIT")

    def forget(self, document: str) -> None:
        """The document was erased: what left of it is not kept either."""
        with self._translated(), self._opened() as db:
            db.execute("DELETE FROM released WHERE document = ?", (document,))

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        db = sqlite3.connect(self._path, timeout=10, isolation_level=None)
        try:
            db.execute("PRAGMA synchronous=FULL")
            db.execute("PRAGMA secure_delete=ON")
            yield db
        finally:
            db.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise UnavailableError(
                f"What has left before cannot be looked up in {self._path.name} ({type(error).__name__}).",
                cure="Free some space or put back a copy; until then everything is answered here.",
            ) from error


class Metered:
    """Copies for one person and one destination, with what left before counted in."""

    def __init__(
        self, looks: Looks, disclosed: Disclosed, *, destination: str, person: str, clock: Callable[[], int]
    ) -> None:
        self._looks, self._disclosed = looks, disclosed
        self._destination, self._person, self._clock = destination, person, clock

    def repeats(self, texts: Sequence[str], ceiling: Label) -> Sequence[Repeat]:
        """As `Copies.repeats`; and what would pass the measure together with what left before."""
        seen = self._looks.look(texts, ceiling)
        if seen.repeats:
            return seen.repeats
        over = [
            Repeat(text=one.text, how=How.CUMULATIVE, document=one.document, score=float(len(one.marks)))
            for one in self._disclosed.passed(self._destination, seen.touched)
        ]
        if seen.near and not over:
            over = self._too_often(texts, seen)
        return over

    def note(self, texts: Sequence[str], ceiling: Label) -> None:
        """`texts` are about to leave: call it before the first byte does."""
        self._disclosed.note(self._destination, self._looks.look(texts, ceiling).touched)

    def _too_often(self, texts: Sequence[str], seen: Seen) -> list[Repeat]:
        from hashlib import sha256

        now = self._clock()
        request = sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()
        self._disclosed.note_near(self._person, request, now)
        if self._disclosed.came_near(self._person, now) <= NEAR_A_DAY:
            return []
        first = seen.near[0]
        return [Repeat(text=first.text, how=How.CUMULATIVE, document=first.document, score=float(NEAR_A_DAY))]


def _is_over(db: sqlite3.Connection, destination: str, one: Touched) -> bool:
    rows = db.execute("SELECT mark FROM released WHERE destination = ? AND document = ?", (destination, one.document))
    gone = {_unsigned(mark) for (mark,) in rows}
    return len(gone | one.marks) > _allowance(one) and not one.marks <= gone


def _allowance(one: Touched) -> float:
    return max(SHARE * one.of, 1.0 if one.above else float(PASSAGE))


def _signed(mark: int) -> int:
    return mark - (1 << 64) if mark >= 1 << 63 else mark


def _unsigned(mark: int) -> int:
    return mark + (1 << 64) if mark < 0 else mark
