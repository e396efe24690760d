"""What a reader of the record is told: rows, counts, details, and texts only for a recorded reason."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator

import pytest
from audit_home import PERSON, SECRET, answered, asked, conversation, decided, ledger_path, sealed_text, shown
from conftest import Clock

from policies.audit.events import (
    Abandoned,
    ChangeEnded,
    Departed,
    DocumentDeleted,
    DocumentIngested,
    Failed,
    FileSetAside,
    IngestIntended,
    RecordRead,
    Returned,
    SiteChanged,
    TextShown,
)
from policies.audit.ledger import Ledger
from policies.audit.review import Filters, Review
from policies.audit.sealed import GoneError
from policies.config import Home
from policies.errors import RecordError, UsageError
from policies.keys import Keys, pseudonym


@pytest.fixture
def ledger(home: Home, clock: Clock) -> Iterator[Ledger]:
    with Ledger(home, Keys.create(home), clock=clock) as opened:
        yield opened


@pytest.fixture
def review(ledger: Ledger) -> Review:
    return Review(ledger, ledger.sealed, ledger.keys)


def test_a_question_and_what_followed_is_one_row(ledger: Ledger, review: Review) -> None:
    question = conversation(ledger)
    (row,) = review.rows()
    assert (row.seq, row.action, row.outcome, row.level) == (question, "ask", "answered here", "internal")
    assert row.person == pseudonym(ledger.keys, PERSON)
    assert row.summary == "answered here, 1 passage(s) cited"
    assert [reason.rule for reason in row.reasons] == ["E-01"]
    assert row.destination == ""


def _asks(ledger: Ledger) -> None:
    """One question for each way it can end."""
    conversation(ledger)
    conversation(ledger, outside=True)
    kept = ledger.append(asked())
    ledger.append(decided(kept, destination="x", outgoing="00"))
    ledger.append(answered(kept, outcome="abstained"))
    refused = ledger.append(asked())
    ledger.append(decided(refused, "refuse"))
    ledger.append(answered(refused, outcome="refused", route="none"))
    nothing = ledger.append(asked())
    ledger.append(answered(nothing, outcome="abstained", route="none"))
    ledger.append(Failed(closes=ledger.append(asked()), reason="model gone"))
    ledger.append(Abandoned(closes=ledger.append(asked()), reason="stopped"))
    ledger.append(asked())
    unknown = ledger.append(asked())
    departure = ledger.append(
        Departed(question=unknown, decision=unknown, destination="x", outgoing="0", outgoing_size=1)
    )
    ledger.append(Returned(closes=departure, outcome="unknown"))
    ledger.append(Abandoned(closes=unknown, reason="process ended"))


def test_each_ending_has_its_own_words_and_is_counted(ledger: Ledger, review: Review) -> None:
    _asks(ledger)
    assert review.counts() == {
        "everything": 9,
        "answered here": 1,
        "sent outside": 2,
        "kept here by policy": 1,
        "refused": 1,
        "nothing found": 1,
        "not answered": 1,
        "stopped": 1,
        "in progress": 1,
    }
    assert [row.outcome for row in review.rows()] == [
        "sent outside",
        "in progress",
        "stopped",
        "not answered",
        "nothing found",
        "refused",
        "kept here by policy",
        "sent outside",
        "answered here",
    ]
    assert [row.destination for row in review.rows(Filters(outcome="sent outside"))] == ["x", "x"]
    assert review.rows(Filters(outcome="not answered"))[0].summary == "not answered: model gone"
    status = review.status()
    assert (status.decided, status.departed) == (1, 2)


def test_rows_are_paged_without_gaps(ledger: Ledger, review: Review) -> None:
    for number in range(7):
        ledger.append(shown(number))
    first = review.rows(limit=3)
    second = review.rows(limit=3, before=first[-1].seq)
    third = review.rows(limit=3, before=second[-1].seq)
    assert [row.seq for row in first + second + third] == [6, 5, 4, 3, 2, 1, 0]


def test_new_records_are_seen_at_the_next_look_and_change_their_row(ledger: Ledger, review: Review) -> None:
    question = ledger.append(asked())
    assert review.rows()[0].outcome == "in progress"
    ledger.append(answered(question))
    assert review.rows()[0].outcome == "answered here"


def test_filters_choose_by_time_action_outcome_level_and_person(ledger: Ledger, review: Review, clock: Clock) -> None:
    conversation(ledger)
    middle = clock.now + 500_000
    clock.forward(seconds=1)
    ledger.append(shown())
    ledger.append(TextShown(actor="os:root", on_behalf_of="ben", how="preview", shown=[]))
    ledger.append(SiteChanged(what="made"))

    def found(**filters: object) -> list[int]:
        return [row.seq for row in review.rows(Filters(**filters))]  # type: ignore[arg-type]

    assert found(since=middle) == [5, 4, 3]
    assert found(until=middle) == [0]
    assert found(action="search") == [3]
    assert found(outcome="nothing found") == [4]
    assert found(level="internal") == [0]
    assert found(level="restricted") == []
    assert found(person=PERSON) == found(person=pseudonym(ledger.keys, PERSON)) == [3, 0]
    assert found(person="ben") == found(person="os:root") == [4]
    assert found(person="system") == [5]
    assert review.counts(Filters(person=PERSON))["everything"] == 2
    assert review.actions() == ["ask", "change site", "preview", "search"]
    with pytest.raises(UsageError, match="Unknown level"):
        found(level="secret")


def test_an_ingestion_job_is_one_row_with_its_counts(ledger: Ledger, review: Review) -> None:
    def intend(document: str) -> int:
        return ledger.append(
            IngestIntended(job="j", document=document, version="v", label="confidential", groups=["a"], chunks=2)
        )

    for document, outcome in (("a", "added"), ("b", "added"), ("c", "updated")):
        ledger.append(DocumentIngested(closes=intend(document), document=document, version="v", outcome=outcome))
    assert review.rows()[0].outcome == "taken in"
    ledger.append(FileSetAside(job="j", document="d", version="v", outcome="quarantined", reason="BROKEN"))
    ledger.append(FileSetAside(job="other", document="e", version="v", outcome="failed", reason="DISK"))
    other, job = review.rows()
    assert (job.action, job.outcome, job.summary) == ("ingest", "partly taken in", "2 added, 1 updated, 1 set aside")
    assert (job.level, other.level) == ("confidential", "")
    ledger.append(DocumentIngested(closes=intend("f"), document="f", version="v", outcome="lost"))
    assert len(review.detail(job.seq).related) == 9


def test_other_records_have_words_of_their_own(ledger: Ledger, review: Review) -> None:
    ledger.append(TextShown(how="search", shown=[{"chunk": "1"}], withheld=2))
    for outcome in ("done", "lost"):
        deleted = ledger.append(DocumentDeleted(document="d", version="v", reason="VANISHED"))
        ledger.append(ChangeEnded(closes=deleted, document="d", outcome=outcome))
    ledger.append(RecordRead(how="show", records=1, first=1))
    ledger.append(DocumentIngested(closes=999, document="d", version="v", outcome="added"))
    told = [(row.action, row.summary) for row in review.rows()]
    assert told == [
        ("DocumentIngested", "1 added"),
        ("read the record", "show: record 1"),
        ("delete document", "lost"),
        ("delete document", "deleted"),
        ("search", "1 shown, 2 withheld"),
    ]


def test_the_detail_holds_everything_but_the_texts(ledger: Ledger, review: Review) -> None:
    question = ledger.append(asked(), {"question": sealed_text()})
    passages = [{"chunk": "k", "document": "d", "version": "v", "label": "internal", "rank": 1}]
    ledger.append(decided(question, passages=passages, withheld=3, outgoing="ab", destination="x"))
    ledger.append(answered(question), {"answer": sealed_text()})
    for seq in (question, question + 2):
        detail = review.detail(seq)
        assert [one.kind for one in detail.related] == ["QuestionAsked", "Decided", "Answered"]
        assert detail.passages == tuple(passages)
        assert (detail.withheld, detail.rulebook, detail.model, detail.outgoing) == (3, "9c41", "m", "ab")
        assert [(item.record, item.name) for item in detail.sealed] == [
            (question, "question"),
            (question + 2, "answer"),
        ]
        assert (detail.position, detail.size) == (question, 3)
        assert SECRET not in repr(detail)
    with pytest.raises(UsageError, match="newest is 2"):
        review.detail(3)


def test_the_detail_of_a_search_lists_what_was_shown(ledger: Ledger, review: Review) -> None:
    ledger.append(shown(4))
    assert review.detail(0).passages == ({"chunk": "chunk 4"},)


def test_a_long_job_is_shown_around_the_record_that_was_asked_for(
    ledger: Ledger, review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("policies.audit.review._UNRELATED", 3)
    for number in range(8):
        ledger.append(FileSetAside(job="j", document=str(number), version="v", outcome="failed", reason="DISK"))
    assert [one.seq for one in review.detail(5).related] == [3, 4, 5, 6, 7]


def test_opening_a_text_needs_a_reason_and_is_recorded_before_it_returns(ledger: Ledger, review: Review) -> None:
    question = conversation(ledger)
    item = review.detail(question).sealed[0]
    size = ledger.head().size
    for blank in ("", "  \n"):
        with pytest.raises(UsageError, match="reason"):
            review.reveal(item, why=blank, actor="ines")
    assert ledger.head().size == size
    assert review.reveal(item, why="a complaint", actor="ines") == SECRET
    body = json.loads(next(ledger.bodies(size))[1])
    assert (body["kind"], body["record"], body["actor"]) == ("Revealed", question, pseudonym(ledger.keys, "ines"))
    assert review.detail(question).revealed == (size,)
    why = review.detail(size).sealed[0]
    assert (why.name, review.reveal(why, why="checking", actor="ines")) == ("why", "a complaint")


def test_a_text_cannot_be_opened_when_that_cannot_be_recorded(ledger: Ledger, review: Review) -> None:
    item = review.detail(conversation(ledger)).sealed[0]
    ledger.close()
    with pytest.raises(RecordError):
        review.reveal(item, why="x", actor="ines")


def test_an_erased_or_exchanged_text_is_told_as_such(home: Home, ledger: Ledger, review: Review) -> None:
    one, other = (review.detail(conversation(ledger)).sealed[0] for _ in range(2))
    import dataclasses

    with pytest.raises(RecordError, match="not the one"):
        review.reveal(dataclasses.replace(one, mac=other.mac), why="x", actor="ines")
    ledger.sealed.destroy(f"person:{PERSON}")
    with pytest.raises(GoneError):
        review.reveal(one, why="x", actor="ines")


def test_the_page_learns_how_the_record_stands(home: Home, ledger: Ledger, review: Review) -> None:
    conversation(ledger)
    assert (review.status().checked, review.status().intact) == (0, None)
    note = ledger.checkpoint()
    ledger.append(shown())
    checked = review.verify(note)
    assert (checked.intact, checked.outside, checked.size) == (True, 3, 4)
    assert checked.checked > 0
    assert review.verify().outside == -1
    with sqlite3.connect(ledger_path(home)) as db:
        db.execute("UPDATE records SET body = '{}' WHERE seq = 1")
    assert review.verify().intact is False
    assert [finding.seq for finding in review.status().findings] == [1]


@pytest.mark.parametrize(
    "body",
    [
        "no json",
        "[]",
        "{}",
        '{"kind":"Decided","question":0}',
        '{"kind":"Answered","closes":"x"}',
        '{"kind":"TextShown","how":3,"shown":[],"withheld":"x","commitments":{"q":3}}',
        '{"kind":"Decided","question":0,"reasons":[3,{}],"commitments":3,"withheld":"x"}',
        '{"kind":"Revealed","record":"x"}',
        '{"kind":"FileSetAside"}',
    ],
)
def test_a_spoiled_record_is_shown_as_such_and_breaks_nothing(
    home: Home, ledger: Ledger, review: Review, body: str
) -> None:
    for _ in range(2):
        ledger.append(shown())
    with sqlite3.connect(ledger_path(home)) as db:
        db.execute("UPDATE records SET body = ? WHERE seq = 1", (body,))
    rows = review.rows()
    assert rows
    assert review.detail(1).related
    if not body.startswith('{"kind'):
        assert (rows[0].action, rows[0].outcome) == ("unreadable", "damaged")


def test_an_error_of_the_ledger_leaves_the_review_usable(home: Home, ledger: Ledger, review: Review) -> None:
    ledger.append(shown())
    path = ledger_path(home)
    moved = path.rename(path.with_name("away"))
    with pytest.raises(RecordError):
        review.rows()
    moved.rename(path)
    assert len(review.rows()) == 1


def test_a_person_learns_who_opened_what_they_wrote_and_why(home: Home, ledger: Ledger, review: Review) -> None:
    mine = review.detail(conversation(ledger)).sealed[0]
    ledger.append(asked("ben"), {"question": sealed_text("x", "person:ben")})
    (other,) = review.rows(Filters(person="ben"))
    review.reveal(mine, why="a complaint", actor="ines")
    review.reveal(review.detail(other.seq).sealed[0], why="another", actor="ines")
    assert [(record, why) for _, record, why in review.openings(PERSON)] == [(mine.record, "a complaint")]
    ledger.sealed.destroy("person:ines")
    assert [(record, why) for _, record, why in review.openings(PERSON)] == [(mine.record, "")]
    with sqlite3.connect(ledger_path(home)) as db:
        db.execute("UPDATE records SET body = '{}' WHERE seq = 4")
    assert review.openings(PERSON) == []
