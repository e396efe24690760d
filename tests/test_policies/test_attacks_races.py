"""Attacks in between: something turns while a question is on its way, and several go at the same moment.

What is proved here is proved over the real parts; the steps of the door, each alone, in test_door.py.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Iterator

import pytest
from attacking import HARMLESS, Sending, house, lent, sending

from assistant.answers import Answer, Decided
from assistant.ask import collect
from policies.audit.since import read
from policies.decisions import Escalate
from policies.switch import OFF, start_again, stop
from policies.vocabulary import Kind

__all__ = ["house", "lent", "sending"]
QUESTIONS = ("What is market risk?", "What is credit risk?", "How do tides work?", "Why is the sky blue?")


@pytest.fixture
def open_again(sending: Sending) -> Iterator[Sending]:
    yield sending
    (sending.house.home / OFF).unlink(missing_ok=True)


def bodies(sending: Sending, *kinds: str) -> list[dict[str, object]]:
    return [body for _, body in read(sending.desk.parts.ledger, 0, *kinds)]


def test_a_switch_turned_after_the_decision_stops_it_and_the_record_says_at_which_step(open_again: Sending):
    """Answered here; whoever reads the record or asks for the reason is not told that it was sent."""
    sending, desk = open_again, open_again.desk
    walking = desk.ask(desk.person("dana"), "What is legal risk?", kind=Kind.GENERAL, allow_outside=True)
    decided = next(event for event in walking if isinstance(event, Decided))
    assert isinstance(decided.decision, Escalate)
    (sending.house.home / OFF).touch()
    finished = collect(walking).finished
    assert (finished.route, sending.server.received) == ("local", [])
    (shut,) = [body for body in bodies(sending, "DoorShut") if body["decision"] == decided.record]
    assert [reason["rule"] for reason in shut["reasons"]] == ["DOOR_SWITCH"]
    row = desk.parts.review.detail(finished.record)
    assert row.row.outcome == "kept here by policy"
    assert "DOOR_SWITCH" in {reason.rule for reason in row.reasons}
    said = sending.house.run("policy", "explain", finished.record).out
    assert "but the door said no; answered here." in said
    assert "would have stayed" not in said


def test_when_the_stop_returns_nothing_leaves_any_more_whoever_is_asking(open_again: Sending):
    """Four persons' questions at once, and again and again: what was under way has ended, what comes after stays."""
    sending, desk = open_again, open_again.desk
    ended = threading.Event()

    def keep_asking(text: str) -> None:
        while not ended.is_set():
            sending.ask(text)

    threads = [threading.Thread(target=keep_asking, args=(text,)) for text in QUESTIONS]
    for thread in threads:
        thread.start()
    while len(sending.server.received) < 4:
        ended.wait(0.01)
    quiet = stop(desk.parts.home, now=1)
    left = len(sending.server.received)
    ended.wait(0.5)
    ended.set()
    for thread in threads:
        thread.join()
    assert quiet
    assert len(sending.server.received) == left
    start_again(desk.parts.home)


def test_of_all_that_left_at_the_same_moment_each_byte_is_on_record_once(open_again: Sending):
    """As many departures as requests, each closed, each with the digest of what was received."""
    sending = open_again
    earlier = bodies(sending, "Departed")  # of other tests in the same house
    before = Counter(body["body_sha256"] for body in earlier)
    answers: list[Answer] = []
    asked = (*QUESTIONS, HARMLESS) * 2
    threads = [threading.Thread(target=lambda text=text: answers.append(sending.ask(text))) for text in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    departed = Counter(body["body_sha256"] for body in bodies(sending, "Departed")) - before
    received = Counter(hashlib.sha256(one.body).hexdigest() for one in sending.server.received)
    assert departed == received
    assert departed.total() == sum(answer.finished.route == "escalated" for answer in answers)
    closed = {body["closes"] for body in bodies(sending, "Returned")}
    assert closed >= {body["seq"] for body in bodies(sending, "Departed")} - {body["seq"] for body in earlier}
    assert all(len(json.loads(one.body)["messages"]) == 2 for one in sending.server.received)
    assert sending.desk.parts.review.verify().intact
