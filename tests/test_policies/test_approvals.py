"""A second person's word, read from the record: one request, one asker, until it expires; forged or unreadable: no."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from policies.approvals import HOUR, LONGEST, Approvals
from policies.audit.backup_events import BackupRestored
from policies.audit.events import Approved, Decided, Departed, QuestionAsked, Returned, SiteChanged
from policies.audit.ledger import Ledger, now
from policies.audit.review import Review
from policies.audit.since import first_since, one, read
from policies.audit.verify import verify
from policies.config import open_home
from policies.errors import RefusedError, UsageError
from policies.keys import Keys, pseudonym

DIGEST = "ab" * 32


@pytest.fixture
def ledger(home, clock):
    with Ledger(home, Keys.create(home), clock=clock) as found:
        yield found


@pytest.fixture
def approvals(ledger, clock) -> Approvals:
    return Approvals(ledger, ledger.keys, clock=clock)


def asked(ledger, *, outgoing=DIGEST, verdict="ask_human", pseudonymised=0, approved=0, **who) -> int:
    """A question by Dana that a rule keeps until somebody agrees; the decision's record."""
    who = who or {"actor": "dana"}
    question = ledger.append(QuestionAsked(**who, conversation="c", question_kind="general", label="public"))
    return ledger.append(
        Decided(
            **who,
            question=question,
            verdict=verdict,
            reasons=[{"rule": "second", "source": "rules", "detail": "Rule second."}],
            label="internal",
            rulebook="r",
            destination="closed-model",
            outgoing=outgoing,
            facts={"pseudonymised": pseudonymised, "approved": approved},
        )
    )


def agree(approvals, ledger, record, hours=24) -> Approved:
    agreed = approvals.agreement(approvals.request(record), hours=hours, actor="os:root", on_behalf_of="ada")
    ledger.append(agreed)
    return agreed


def test_what_waits_names_no_person_and_holds_no_text(approvals, ledger, clock):
    """Record, destination, label, since when, which rules; the asker as a pseudonym."""
    record = asked(ledger)
    (waits,) = approvals.waiting()
    assert (waits.record, waits.question, waits.since) == (record, record - 1, clock())
    assert (waits.outgoing, waits.destination, waits.label, waits.rules) == (
        DIGEST,
        "closed-model",
        "internal",
        ("second",),
    )
    assert waits.asker == pseudonym(ledger.keys, "dana")


def leaving(decision: int, outgoing=DIGEST, actor="dana") -> Departed:
    return Departed(
        actor=actor, question=decision - 1, decision=decision, destination="closed-model", outgoing=outgoing,
        outgoing_size=1,
    )  # fmt: skip


def sent(ledger, record: int, outcome: str = "", *, outgoing=DIGEST, actor="dana") -> None:
    """The request leaves, and what came of it, if anything did."""
    departed = ledger.append(leaving(record, outgoing, actor))
    if outcome:
        ledger.append(Returned(actor=actor, closes=departed, outcome=outcome))


@pytest.mark.parametrize(
    ("outcome", "again"), [("", False), ("ok", False), ("timeout", False), ("unknown", False), ("error", True)]
)
def test_an_agreement_is_spent_by_the_departure(approvals, ledger, clock, outcome, again):
    """Before it is known how it went, and for every process; only a failure at the other end leaves it open."""
    record = asked(ledger)
    agree(approvals, ledger, record)
    sent(ledger, record, "ok", outgoing="cd" * 32)  # another request spends nothing
    sent(ledger, record, "ok", actor="bo")  # nor somebody else's
    assert approvals.held_by("dana", "closed-model")(DIGEST)
    sent(ledger, record, outcome)
    for found in (approvals, Approvals(ledger, ledger.keys, clock=clock)):
        assert found.held_by("dana", "closed-model")(DIGEST) is again
        assert found.waiting() == []


ROUNDS = 8


def _leave(path: str, keys: str, decisions: list[int], together: Any, out: Any) -> None:
    """One of two servers: it sees each agreement open, and sends when the other one does."""
    os.environ["RINGFENCE_KEYS"] = keys
    home = open_home(Path(path))
    with Ledger(home, Keys.load(home)) as ledger:
        found, gone = Approvals(ledger, ledger.keys, clock=ledger._clock), []
        for number, decision in enumerate(decisions):
            assert found.held_by("dana", "closed-model")(f"{number:064}")
            together.wait(60)
            try:
                gone.append(found.depart(leaving(decision, f"{number:064}")))
            except RefusedError:
                gone.append(-1)
            together.wait(60)
        out.put(gone)


def test_of_two_processes_with_the_same_agreed_bytes_one_goes(home):
    """Both have looked, both decide to send at the same moment: each agreement opens exactly once."""
    with Ledger(home, Keys.create(home)) as ledger:
        approvals, decisions = Approvals(ledger, ledger.keys, clock=ledger._clock), []
        for number in range(ROUNDS):
            agree(approvals, ledger, asked(ledger, outgoing=f"{number:064}"))
            decisions.append(asked(ledger, outgoing=f"{number:064}", verdict="send", approved=1))
    context = multiprocessing.get_context("spawn")
    together, out = context.Barrier(2), context.Queue()
    names = str(home.path), str(home.keys), decisions, together, out
    processes = [context.Process(target=_leave, args=names) for _ in range(2)]
    for process in processes:
        process.start()
    first, second = out.get(timeout=60), out.get(timeout=60)
    for process in processes:
        process.join(60)
    assert [sorted((one < 0, other < 0)) for one, other in zip(first, second, strict=True)] == [[False, True]] * ROUNDS
    with Ledger(home, Keys.load(home)) as ledger:
        departed = [body["outgoing"] for _, body in read(ledger, 0, "Departed")]
        assert departed == [f"{number:064}" for number in range(ROUNDS)]
        assert verify(home, ledger.keys.public).intact


def _leave_and_die(path: str, keys: str, decision: int) -> None:
    os.environ["RINGFENCE_KEYS"] = keys
    home = open_home(Path(path))
    with Ledger(home, Keys.load(home)) as ledger:
        Approvals(ledger, ledger.keys, clock=ledger._clock).depart(leaving(decision))
        os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("days", [-30, -1, 0])
def test_an_agreement_that_a_crash_has_spent_stays_spent_whatever_the_clock_says_then(home, days):
    """Killed between the departure and what came of it: it may have left."""
    with Ledger(home, Keys.create(home)) as ledger:
        agree(Approvals(ledger, ledger.keys, clock=ledger._clock), ledger, asked(ledger))
        decision = asked(ledger, verdict="send", approved=1)
    dies = multiprocessing.get_context("spawn").Process(
        target=_leave_and_die, args=(str(home.path), str(home.keys), decision)
    )
    dies.start()
    dies.join(60)
    assert dies.exitcode == -signal.SIGKILL
    with Ledger(home, Keys.load(home), clock=lambda: now() + days * 24 * HOUR) as ledger:
        ledger.recover(lambda _: None)
        assert [body["outcome"] for _, body in read(ledger, 0, "Returned")] == ["unknown"]
        approvals = Approvals(ledger, ledger.keys, clock=ledger._clock)
        assert not approvals.held_by("dana", "closed-model")(DIGEST)
        with pytest.raises(RefusedError):
            approvals.depart(leaving(decision))


def test_a_clock_that_is_set_back_opens_no_agreement_that_has_ended(approvals, ledger, clock):
    """The record knows a later time. One that would have ended by it is not made, and that is said."""
    record = asked(ledger)
    agree(approvals, ledger, record, hours=1)
    clock.forward(seconds=7200)
    asked(ledger, outgoing="cd" * 32)
    clock.forward(seconds=-7000)
    for found in (approvals, Approvals(ledger, ledger.keys, clock=clock)):  # also one that a crash has made begin anew
        assert not found.held_by("dana", "closed-model")(DIGEST)
    with pytest.raises(RefusedError, match="clock"):
        approvals.agreement(approvals.request(record), hours=1, actor="os:root")
    agree(approvals, ledger, record, hours=3)
    assert approvals.held_by("dana", "closed-model")(DIGEST)


def test_a_home_that_was_put_back_from_a_backup_holds_no_agreement(approvals, ledger, clock):
    """It may have been used after the backup was made, which no record tells; asked again it waits, and may be agreed
    to again."""
    agree(approvals, ledger, asked(ledger))
    ledger.append(BackupRestored(backup=0, sha256="", erasures=0, forgotten=0))
    for found in (approvals, Approvals(ledger, ledger.keys, clock=clock)):
        assert not found.held_by("dana", "closed-model")(DIGEST)
    record = asked(ledger)
    assert [waits.record for waits in approvals.waiting()] == [record]
    agree(approvals, ledger, record)
    assert approvals.held_by("dana", "closed-model")(DIGEST)


@pytest.mark.parametrize("end", ["spent", "expired", "taken back"])
def test_a_decision_that_rests_on_an_agreement_leaves_only_while_that_is_open(approvals, ledger, clock, end):
    """Decided in time, sent too late: refused, and nothing is recorded. What needs no agreement goes as ever."""
    decision = asked(ledger, verdict="send", approved=1)
    if end != "taken back":
        agree(approvals, ledger, asked(ledger), hours=1)
    if end == "spent":
        assert approvals.depart(leaving(decision)) == ledger.head().size - 1
    clock.forward(seconds=3600)
    size = ledger.head().size
    with pytest.raises(RefusedError, match="was used"):
        approvals.depart(leaving(decision))
    assert ledger.head().size == size
    free = asked(ledger, verdict="send")
    assert approvals.depart(leaving(free)) == free + 1


def test_what_was_sent_waits_again_when_it_is_asked_again(approvals, ledger, clock):
    """A new agreement opens it once more, until that one ends."""
    record = asked(ledger)
    agree(approvals, ledger, record, hours=2)
    sent(ledger, record, "ok")
    newest = asked(ledger)
    assert [waits.record for waits in approvals.waiting()] == [newest]
    agree(approvals, ledger, newest, hours=2)
    assert approvals.held_by("dana", "closed-model")(DIGEST)
    clock.forward(seconds=2 * 3600)
    assert not approvals.held_by("dana", "closed-model")(DIGEST)


def test_an_agreement_opens_one_request_for_one_person_until_it_expires(approvals, ledger, clock):
    """Other bytes, another person, another day: no."""
    holds = approvals.held_by("dana", "closed-model")
    record = asked(ledger)
    assert not holds(DIGEST)
    agree(approvals, ledger, record, hours=2)
    assert holds(DIGEST)
    assert holds(DIGEST)  # asking whether spends nothing
    assert not holds("cd" * 32)
    assert not approvals.held_by("bo", "closed-model")(DIGEST)
    assert not approvals.held_by("", "closed-model")(DIGEST)
    assert approvals.waiting() == []
    clock.forward(seconds=2 * 3600 - 1)
    assert holds(DIGEST)
    clock.forward(seconds=1)
    assert not holds(DIGEST)


def test_an_agreement_for_one_destination_opens_no_other_at_the_same_address(approvals, ledger):
    """The same bytes under another contract are another request; a departure to it spends nothing."""
    record = asked(ledger)
    agree(approvals, ledger, record)
    assert not approvals.held_by("dana", "renamed-model")(DIGEST)
    ledger.append(replace(leaving(record), destination="renamed-model"))
    assert approvals.held_by("dana", "closed-model")(DIGEST)
    rests = asked(ledger, verdict="send", approved=1)
    with pytest.raises(RefusedError):
        approvals.depart(replace(leaving(rests), destination="renamed-model"))


def test_in_the_record_it_stands_with_its_question(approvals, ledger):
    """Whoever looks at the question sees that somebody agreed, and until when."""
    record = asked(ledger)
    agree(approvals, ledger, record)
    detail = Review(ledger, ledger.sealed, ledger.keys).detail(record + 1)
    assert [one.kind for one in detail.related] == ["QuestionAsked", "Decided", "Approved"]
    assert detail.row.outcome == "kept here by policy"


def test_a_process_that_starts_later_finds_it_in_the_record(approvals, ledger, clock):
    """And one that was there before sees what another one recorded."""
    agree(approvals, ledger, asked(ledger))
    for _ in range(3):
        ledger.append(SiteChanged(what="server started"))
    later = Approvals(ledger, ledger.keys, clock=clock)
    assert later.held_by("dana", "closed-model")(DIGEST)
    agree(later, ledger, asked(ledger, outgoing="ef" * 32))
    assert approvals.held_by("dana", "closed-model")("ef" * 32)


def test_who_types_for_somebody_asks_as_that_person(approvals, ledger):
    """The agreement is for the person, not for the login."""
    agree(approvals, ledger, asked(ledger, actor="os:root", on_behalf_of="dana"))
    assert approvals.held_by("dana", "closed-model")(DIGEST)
    assert not approvals.held_by("os:root", "closed-model")(DIGEST)


@pytest.mark.parametrize(
    "change",
    [
        {"signature": ""}, {"signature": "00" * 64}, {"signature": "zz"}, {"expires": 2**52}, {"outgoing": "cd" * 32},
        {"asker": "P-0000000000000000"}, {"destination": "another"}, {"decision": 0},
    ],
)  # fmt: skip
def test_one_that_the_home_did_not_sign_opens_nothing(approvals, ledger, change):
    """Whoever can write into the record without the keys gains nothing, nor from changing a real one."""
    agreed = approvals.agreement(approvals.request(asked(ledger)), hours=24, actor="ada")
    ledger.append(replace(agreed, **change))
    for digest in (DIGEST, "cd" * 32):
        for person in ("dana", "bo"):
            assert not approvals.held_by(person, "closed-model")(digest)


def test_a_record_that_cannot_be_read_opens_nothing(approvals, ledger):
    """Unknown means no."""
    agree(approvals, ledger, asked(ledger))
    fresh = Approvals(_Unreadable(), ledger.keys, clock=lambda: 1)
    assert not fresh.held_by("dana", "closed-model")(DIGEST)


class _Unreadable:
    def head(self):
        from policies.errors import RecordError

        raise RecordError("It is damaged.")

    def bodies(self, start=0, stop=None):
        self.head()
        yield from ()


def test_a_spoiled_agreement_is_passed_over(approvals, ledger):
    """A text that is no JSON harms nobody else's."""
    record = asked(ledger)
    agree(approvals, ledger, record)
    with sqlite3.connect(ledger.path) as db:
        db.execute("UPDATE records SET body = ? WHERE seq = ?", ('{"kind":"Approved"', record + 1))
    assert not Approvals(ledger, ledger.keys, clock=lambda: 1).held_by("dana", "closed-model")(DIGEST)


def test_the_same_request_twice_waits_once_and_too_old_ones_not_at_all(approvals, ledger, clock):
    """The newest stands for it; after a week the person asks again."""
    first = asked(ledger)
    clock.forward(seconds=60)
    newest = asked(ledger)
    assert [waits.record for waits in approvals.waiting()] == [newest]
    clock.forward(seconds=LONGEST * 3600 + 1)
    assert approvals.waiting() == []
    with pytest.raises(RefusedError, match="too old"):
        approvals.request(first)


def test_a_request_with_invented_names_waits_like_any_other(approvals, ledger):
    """What is agreed to is the bytes, and those hold the invented names."""
    agree(approvals, ledger, asked(ledger, pseudonymised=1))
    assert approvals.held_by("dana", "closed-model")(DIGEST)


@pytest.mark.parametrize("verdict", ["local", "send", "pseudonymise", "refuse"])
def test_only_what_a_second_person_was_asked_about_waits(approvals, ledger, verdict):
    """No other decision is opened by anybody's word."""
    record = asked(ledger, verdict=verdict)
    assert approvals.waiting() == []
    for number in (record, record - 1, 99, -1):
        with pytest.raises(UsageError):
            approvals.request(number)


def test_no_agreement_holds_longer_than_a_week(approvals, ledger, clock):
    """So the record need be read no further back."""
    assert agree(approvals, ledger, asked(ledger), hours=10_000).expires == clock() + LONGEST * HOUR


def test_a_moment_is_found_in_the_record(ledger, clock):
    """The first record at or after it; the size when there is none."""
    times = []
    for _ in range(9):
        times.append(clock())
        ledger.append(SiteChanged(what="server started"))
        clock.forward(seconds=10)
    assert [first_since(ledger, time) for time in times] == list(range(9))
    assert first_since(ledger, times[4] + 1) == 5
    assert first_since(ledger, clock() + 1) == 9
    assert first_since(ledger, 0) == 0
    assert [seq for seq, _ in read(ledger, 7)] == [7, 8]
    assert one(ledger, 3)["seq"] == 3
    assert one(ledger, 99) == one(ledger, -1) == {}
    assert json.loads(next(ledger.bodies(3))[1]) == one(ledger, 3)


def test_a_question_names_the_request_that_it_led_to(approvals, ledger):
    """Answers and pages show the question's reference; the decision's own works as well."""
    record = asked(ledger)
    assert approvals.request(record - 1) == approvals.request(record)
