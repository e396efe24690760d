"""The ladder's last step over the real parts: an internal passage waits for a second person, and then goes once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from attacking import ask, opened
from fakes import Manner, RecordingServer
from house import House, house, sends_to, server

from assistant.answers import Answer, Standing
from assistant.desk.desk import Desk
from policies.decide import judging
from policies.labels import Level
from policies.vocabulary import Role

__all__ = ["house", "server"]
PER_DIEM = "What is the per diem in Berlin?"
NAMED = "What is the per diem in Berlin? Please put it into a letter to Marieke Oosterhout."
SENTENCE = "The per diem in Berlin is 28 euros for each full day."
CONTRACT = {
    "level": "internal",
    "contract": "DPA 2026-014",
    "region": "EU",
    "retention_days": 0,
    "no_training": True,
    "pseudonymised": True,
}


@pytest.fixture(scope="module")
def home(house: House, server: RecordingServer, tmp_path_factory: pytest.TempPathFactory) -> House:
    own = house.copy(tmp_path_factory.mktemp("contracted"))
    own.write("home/ringfence.toml", sends_to(server.base_url, outside="contracted", **CONTRACT))
    return own


@pytest.fixture(scope="module")
def open_desk(home: House) -> Iterator[Desk]:
    with opened(home) as found:
        found.add_person("ada", groups=[], clearance=Level.INTERNAL, roles=[Role.STAFF, Role.ADMIN])
        yield found


@pytest.fixture
def desk(open_desk: Desk, server: RecordingServer, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(judging, "CUT_OFF", 60.0)  # what is not looked at in time stays here, and machines are busy
    server.received.clear()
    server.manner = Manner(text=f"{SENTENCE} It is 99 euros in Rome.")
    return open_desk


def verdict(answer: Answer) -> str:
    assert answer.decision is not None
    return answer.decision.verdict


def waiting(desk: Desk, answer: Answer) -> int:
    """The record of the one request that waits, which is this question's."""
    (waits,) = desk.leaving.waiting(desk.person("ada"))
    assert (waits.reference, waits.label, waits.may_agree) == (answer.finished.record, "internal", True)
    return waits.record


def messages(text: str | bytes) -> list[dict[str, Any]]:
    return list(json.loads(text)["messages"])


def test_an_internal_passage_waits_and_goes_once_when_a_second_person_agrees(
    desk: Desk, server: RecordingServer
) -> None:
    """Answered here with its sources; what the second person reads is what leaves, to the byte, when the same person
    asks the same; then it waits again, and for anybody else it never was open."""
    first = ask(desk, PER_DIEM)
    assert (verdict(first), first.finished.route) == ("ask_human", "local")
    assert first.decision is not None
    assert [one.rule for one in first.decision.reasons] == ["internal-takes-a-second-person"]
    assert str(first.finished.label) == "internal"
    assert first.citations
    record = waiting(desk, first)
    ada = desk.person("ada")
    shown = desk.leaving.read(ada, record, "A look at the policy.")
    assert SENTENCE in messages(shown)[-1]["content"]
    desk.leaving.agree(ada, record)
    assert server.received == []
    assert ask(desk, PER_DIEM, "bo").finished.route == "local"  # hers alone

    second = ask(desk, PER_DIEM)
    assert second.finished.route == "escalated"
    assert [(one.text, one.standing) for one in second.sentences] == [(SENTENCE, Standing.SUPPORTED)]
    (received,) = server.received
    assert received.body.decode() == shown
    assert verdict(ask(desk, PER_DIEM)) == "ask_human"
    assert len(server.received) == 1
    assert desk.parts.review.verify().intact
    for waits in desk.leaving.waiting(ada):  # bo's, and the new one: leave nothing for the next test
        desk.leaving.agree(ada, waits.record)


def test_a_name_goes_as_an_invented_one_and_a_second_person_agrees_to_that(
    home: House, desk: Desk, server: RecordingServer
) -> None:
    """Neither the record nor the second person needs the real one, and another process makes the same bytes again."""
    first = ask(desk, NAMED)
    assert verdict(first) == "ask_human", first.decision
    assert first.decision is not None
    assert first.decision.facts["pseudonymised"] is True
    record = waiting(desk, first)
    ada = desk.person("ada")
    shown = desk.leaving.read(ada, record, "A look at the policy.")
    assert "Oosterhout" not in shown
    assert "Marieke" not in shown
    assert re.search(r"a letter to Person [A-Z]\d+\.", messages(shown)[-1]["content"])
    desk.leaving.agree(ada, record)
    with opened(home) as restarted:
        second = ask(restarted, NAMED)
    assert (verdict(second), second.finished.route) == ("pseudonymise", "escalated")
    (received,) = server.received
    assert received.body.decode() == shown
    assert SENTENCE in second.text
    assert verdict(ask(desk, NAMED)) == "ask_human"
    everything = "\n".join(body for _, body in desk.parts.ledger.bodies())
    assert "Oosterhout" not in everything


def test_a_request_whose_passage_was_changed_meanwhile_is_another_one(desk: Desk, server: RecordingServer) -> None:
    """What was agreed to is what was read: with a passage that may not go any more the request is not that one."""
    question = "How much may a hotel in Berlin cost at most a night?"
    first = ask(desk, question)
    assert verdict(first) == "ask_human"
    ada = desk.person("ada")
    for waits in desk.leaving.waiting(ada):
        desk.leaving.agree(ada, waits.record)
    document = first.passages[0].document.id
    desk.parts.ingest.catalogue.set_rights(document, level=Level.CONFIDENTIAL)
    again = ask(desk, question)
    assert document not in {one.document.id for one in again.passages}
    assert "140 euros" not in "".join(one.body.decode() for one in server.received)
