"""The Record page: for auditors alone. Looking is recorded before anything is returned."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from assistant.web.base import RecordDetail, RecordFacts, RecordFilter, RecordRow
from policies.audit.events import Recorder, RecordRead
from policies.audit.review import Detail, Filters, Integrity, Review, Row
from policies.errors import RefusedError, UsageError
from policies.vocabulary import Person, Role


class RecordDesk:
    """Keeps `web.base.Record`. `prove` gives a record's exact text and its proof file."""

    def __init__(self, review: Review, recorder: Recorder, *, prove: Callable[[int], tuple[str, str]]) -> None:
        self._review = review
        self._recorder = recorder
        self._prove = prove

    def facts(self, person: Person) -> RecordFacts:
        _only_auditors(person)
        return _facts(self._review.status())

    def counts(self, person: Person, wanted: RecordFilter) -> dict[str, int]:
        _only_auditors(person)
        return self._review.counts(Filters(since=wanted.since, level=wanted.level))

    def rows(self, person: Person, wanted: RecordFilter) -> Sequence[RecordRow]:
        _only_auditors(person)
        filters = Filters(since=wanted.since, level=wanted.level, outcome=wanted.what)
        before = wanted.before if wanted.before >= 0 else None
        rows = self._review.rows(filters, limit=wanted.limit, before=before)
        self._record(person, "list", len(rows), rows[-1].seq if rows else -1)
        return [_row(row) for row in rows]

    def detail(self, person: Person, index: int) -> RecordDetail | None:
        _only_auditors(person)
        try:
            found = self._review.detail(index)
        except UsageError:
            return None
        self._record(person, "show", len(found.related), index)
        return _detail(found)

    def verify(self, person: Person) -> RecordFacts:
        _only_auditors(person)
        facts = _facts(self._review.verify())
        self._record(person, "verify", facts.size)
        return facts

    def reveal(self, person: Person, index: int, why: str) -> dict[str, str]:
        _only_auditors(person)
        sealed = self._review.detail(index).sealed
        return {item.name: self._review.reveal(item, why=why, actor=person.id) for item in sealed}

    def proof(self, person: Person, index: int) -> bytes | None:
        return self._handed_out(person, index, 1)

    def raw(self, person: Person, index: int) -> bytes | None:
        return self._handed_out(person, index, 0)

    def _handed_out(self, person: Person, index: int, which: int) -> bytes | None:
        _only_auditors(person)
        try:
            found = self._prove(index)
        except UsageError:
            return None
        self._record(person, "prove" if which else "show", 1, index)
        return found[which].encode()

    def _record(self, person: Person, how: str, records: int, first: int = -1) -> None:
        self._recorder.append(RecordRead(actor=person.id, how=how, records=records, first=first))


def _only_auditors(person: Person) -> None:
    # The gate has looked at the path already; this is the second lock on the same door.
    if Role.AUDITOR not in person.roles:
        raise RefusedError("The record is for auditors.", cure="Ask an auditor.")


def _facts(status: Integrity) -> RecordFacts:
    first = status.findings[0] if status.findings else None
    return RecordFacts(
        intact=status.intact,
        problem=f"{first.code} at record {first.seq}" if first else "",
        checked=status.checked,
        size=status.size,
        proven=status.outside,
        sent=status.decided,
        gateway=status.departed,
    )


def _row(row: Row) -> RecordRow:
    return RecordRow(
        index=row.seq,
        time=row.time,
        person=row.person,
        action=row.action,
        outcome=row.summary or row.outcome,
        label=row.level,
        went_to=row.destination,
        reason=row.reasons[0].detail if row.reasons else "",
    )


def _detail(found: Detail) -> RecordDetail:
    return RecordDetail(
        row=_row(found.row),
        sentence=" ".join(dict.fromkeys(reason.detail for reason in found.reasons)) or f"{found.row.outcome}.",
        codes=tuple(dict.fromkeys(reason.rule for reason in found.reasons)),
        contents=tuple(item.name for item in found.sealed),
        used=len(found.passages),
        withheld=found.withheld,
        rulebook=found.rulebook,
        model=found.model,
        model_digest=found.model_digest,
        size=found.size,
    )
