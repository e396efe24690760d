"""What the Record page and `audit list` ask of the record.

Reading is itself recorded by whoever shows it (RecordRead); opening a sealed text is recorded here, before a
letter of it is returned. Nobody is named: persons are pseudonyms, and a person's id can be looked for by
whoever knows it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import Any

from policies.audit import folding
from policies.audit.events import Content, Revealed
from policies.audit.findings import Finding
from policies.audit.folding import Folding
from policies.audit.forms import fields_of
from policies.audit.ledger import NOT_A_PERSON, Ledger, now
from policies.audit.rows import Detail, Related, Row, SealedItem, build_detail, build_row
from policies.audit.sealed import Sealed
from policies.errors import RecordError, UnavailableError, UsageError
from policies.keys import Keys, pseudonym
from policies.labels import Level

__all__ = ["ASK_OUTCOMES", "Detail", "Filters", "Integrity", "Related", "Review", "Row", "SealedItem"]

ASK_OUTCOMES = folding.ASKED
_UNRELATED = 500  # records of one row shown at most: an ingestion can have thousands


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which rows. Times in µs, `until` excluded; `level` is the highest label's level by name; `person` a
    pseudonym, an `os:` name or a person's id; everything that is empty does not filter."""

    since: int = 0
    until: int = 0
    action: str = ""
    outcome: str = ""
    level: str = ""
    person: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Integrity:
    """The three facts the page opens with. `checked` is 0 and `intact` None before the first check here."""

    size: int
    checked: int
    intact: bool | None
    findings: tuple[Finding, ...]
    outside: int  # size of the newest checkpoint known to be kept outside; -1: none known
    decided: int  # decisions to send
    departed: int  # departures through the door


class Review:
    """Questions about the record of one home. Safe for several threads."""

    def __init__(self, ledger: Ledger, sealed: Sealed, keys: Keys) -> None:
        self._ledger = ledger
        self._sealed = sealed
        self._keys = keys
        self._lock = threading.Lock()
        self._folding = Folding()
        self._checked: tuple[int, bool, tuple[Finding, ...], int] | None = None

    def rows(self, filters: Filters | None = None, *, limit: int = 50, before: int | None = None) -> list[Row]:
        """The newest rows first. `before` is the `seq` of the last row of the page before."""
        where, values = self._where(filters or Filters())
        with self._lock:
            self._catch_up()
            found = self._folding.db.execute(
                f"SELECT seq FROM rows WHERE {where} AND seq < ? ORDER BY seq DESC LIMIT ?",  # noqa: S608 (our words)
                (*values, 2**62 if before is None else before, limit),
            ).fetchall()
            return [self._row(seq) for (seq,) in found]

    def counts(self, filters: Filters | None = None) -> dict[str, int]:
        """How many rows there are of each outcome, and of all under `everything`."""
        where, values = self._where(filters or Filters())
        with self._lock:
            self._catch_up()
            found = self._folding.db.execute(
                f"SELECT outcome, count(*) FROM rows WHERE {where} GROUP BY outcome",  # noqa: S608 (our words)
                values,
            ).fetchall()
        counts = dict.fromkeys(ASK_OUTCOMES, 0) | dict(found)
        return {"everything": sum(counts.values())} | counts

    def actions(self) -> list[str]:
        """The actions that occur, for a filter's choices."""
        with self._lock:
            self._catch_up()
            return [row[0] for row in self._folding.db.execute("SELECT DISTINCT action FROM rows ORDER BY action")]

    def detail(self, seq: int) -> Detail:
        """Everything about the row that record `seq` belongs to. Raises UsageError when there is none."""
        with self._lock:
            self._catch_up()
            number = self._folding.row_of(seq)
            if number is None:
                raise UsageError(f"There is no record {seq}.", cure=f"The newest is {self._folding.size - 1}.")
            row = self._row(number)
            seqs = self._folding.related(number)
            near = seqs if len(seqs) <= _UNRELATED else [at for at in seqs if abs(at - seq) < _UNRELATED]
            revealed = self._revealed(set(seqs))
        related = tuple(self._related(at) for at in near)
        return build_detail(row, related, revealed, self._ledger.head().size)

    def reveal(self, item: SealedItem, *, why: str, actor: str) -> str:
        """Open a sealed text. The reason is required and recorded, with who gave it, before the text returns.

        Raises GoneError when the text was erased, RecordError when it is not the one that was recorded.
        """
        if not why.strip():
            raise UsageError("Opening a sealed text needs a reason.", cure="Say why.")
        self._ledger.append(
            Revealed(actor=actor, record=item.record), {"why": Content(text=why, owner=f"person:{actor}")}
        )
        opened = self._sealed.open_item(item.item)
        if opened.mac != item.mac:
            raise RecordError("The sealed text is not the one that was recorded.", cure="Run `ringfence audit verify`.")
        return opened.text

    def openings(self, person: str) -> list[tuple[int, int, str]]:
        """Who opened this person's contents: (time, record, reason given), newest first. `person` is their id."""
        mine = pseudonym(self._keys, person)
        with self._lock:
            self._catch_up()
            found = self._folding.db.execute("SELECT seq, time FROM rows WHERE action = 'reveal' ORDER BY seq DESC")
            opened = [(time, fields_of(self._related(seq).body)) for seq, time in found.fetchall()]
            return [
                (time, body["record"], self._why(body))
                for time, body in opened
                if isinstance(body.get("record"), int) and self._is_of(body["record"], mine)
            ]

    def _is_of(self, record: int, person: str) -> bool:
        row = self._folding.row_of(record)
        found = self._folding.db.execute("SELECT person FROM rows WHERE seq = ?", (row,)).fetchone()
        return bool(found) and found[0] == person

    def _why(self, body: dict[str, Any]) -> str:
        try:
            return self._sealed.open_item(body["commitments"]["why"]["sealed"]).text
        except (KeyError, UnavailableError):  # erased with the one who gave it
            return ""

    def verify(self, checkpoint: str = "") -> Integrity:
        """Check the whole record now, against an outside checkpoint's text where one is given."""
        from policies.audit.checkpoint import parse
        from policies.audit.verify import verify

        outside = parse(checkpoint) if checkpoint else None
        report = verify(self._ledger.home, self._keys.public, checkpoint=outside)
        proven = outside.size if outside and report.intact else -1
        self._checked = (now(), report.intact, report.findings, proven)
        return self.status()

    def status(self) -> Integrity:
        """How the record stands, as far as it was checked by this process."""
        with self._lock:
            self._catch_up()
            counters = dict(self._folding.db.execute("SELECT name, n FROM counters").fetchall())
        checked, intact, findings, outside = self._checked or (0, None, (), -1)
        return Integrity(
            size=self._ledger.head().size,
            checked=checked,
            intact=intact,
            findings=findings,
            outside=outside,
            decided=counters["decided"],
            departed=counters["departed"],
        )

    def _catch_up(self) -> None:
        self._folding.catch_up(self._ledger.bodies(self._folding.size))

    def _where(self, filters: Filters) -> tuple[str, list[Any]]:
        parts: list[tuple[str, Any]] = []
        if filters.since:
            parts.append(("time >= ?", filters.since))
        if filters.until:
            parts.append(("time < ?", filters.until))
        if filters.action:
            parts.append(("action = ?", filters.action))
        if filters.outcome:
            parts.append(("outcome = ?", filters.outcome))
        if filters.level:
            if filters.level.upper() not in Level.__members__:
                raise UsageError(
                    f"Unknown level {filters.level!r}.", cure="Use public, internal, confidential, restricted."
                )
            parts.append(("level = ?", int(Level[filters.level.upper()])))
        values = [value for _, value in parts]
        where = [text for text, _ in parts]
        if person := filters.person:
            known = person in NOT_A_PERSON or person.startswith(("os:", "P-"))
            where.append("(person = ? OR actor = ?)")
            values += [person if known else pseudonym(self._keys, person)] * 2
        return " AND ".join(where) or "1", values

    def _related(self, seq: int) -> Related:
        (found,) = list(self._ledger.bodies(seq, seq + 1)) or [(seq, "{}")]
        body = fields_of(found[1])
        return Related(seq=seq, time=body.get("time", 0), kind=str(body.get("kind", "")), body=found[1])

    def _revealed(self, seqs: set[int]) -> tuple[int, ...]:
        found = self._folding.db.execute("SELECT seq FROM rows WHERE action = 'reveal' ORDER BY seq").fetchall()
        return tuple(seq for (seq,) in found if fields_of(self._related(seq).body).get("record") in seqs)

    def _row(self, seq: int) -> Row:
        kept = self._folding.db.execute(
            "SELECT time, action, outcome, level, person, actor, added, updated, aside FROM rows WHERE seq = ?", (seq,)
        ).fetchone()
        time, action, outcome, level, person, actor, added, updated, aside = kept
        bodies = [fields_of(self._related(at).body) for at in self._folding.related(seq)[:20]]
        counted = [f"{n} {word}" for n, word in ((added, "added"), (updated, "updated"), (aside, "set aside")) if n]
        row = build_row(seq, bodies, time=time, action=action, outcome=outcome, level=level, person=person, actor=actor)
        return replace(row, summary=", ".join(counted)) if counted else row
