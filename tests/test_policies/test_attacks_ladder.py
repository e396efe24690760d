"""Passages beside a general question, over the real parts, at the ladder's step `public`: what goes, and every way in
which one that may not might come along.

The closed model is a recording server on loopback; what it received is what left.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from attacking import ask, opened
from fakes import Manner, RecordingServer, ScriptedGenerator
from house import PASSWORD, House, house, sends_to, server

from assistant import phrases
from assistant.answers import Answer, Outcome, Standing
from assistant.desk.desk import Desk
from policies.decide import judging
from policies.labels import Level

__all__ = ["house", "server"]
PARKING = "The visitor car park has 240 places. It costs 2 euros an hour."
LENDING = "The reading room lends 12 magnifying glasses to guests."
TOUR = "The garden tour lasts 45 minutes and starts at the fountain."
KIOSK = """# Kiosk

## Tickets

The kiosk in the hall prints queue tickets on blue paper.

## Service

The kiosk in the hall opens its service menu with the admin password P0suMi!13.
"""
OUTING = "The summer outing goes to the lighthouse by steamboat."
CAR_PARK = "How many places does the visitor car park have?"
TICKETS = "What colour is the paper of queue tickets?"
STEAMBOAT = "Where does the summer outing by steamboat go?"


@pytest.fixture(scope="module")
def home(house: House, server: RecordingServer, tmp_path_factory: pytest.TempPathFactory) -> House:
    """Leaflets for everyone, one of them with a password on it; a public one that only the board may read."""
    own = house.copy(tmp_path_factory.mktemp("ladder"))
    for name, text in (("parking", PARKING), ("lending", LENDING), ("tour", TOUR), ("kiosk", KIOSK)):
        own.write(f"more/open/{name}.md", text)
    own.write("more/board/outing.md", OUTING)
    for folder, group in (("open", "everyone"), ("board", "board")):
        said = own.run("ingest", own.folder / "more" / folder, "--group", group, "--level", "public")
        assert said.code == 0, said.err
    added = own.run(
        "users", "add", "nell", "--group", "staff", "--group", "no-external-ai", "--password-stdin", typed=PASSWORD
    )
    assert added.code == 0, added.err
    own.write("home/ringfence.toml", sends_to(server.base_url, outside="public"))
    return own


@pytest.fixture(scope="module")
def open_desk(home: House) -> Iterator[Desk]:
    with opened(home) as found:
        yield found


@pytest.fixture
def desk(open_desk: Desk, server: RecordingServer, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(judging, "CUT_OFF", 60.0)  # what is not looked at in time stays here, and machines are busy
    server.received.clear()
    server.manner = Manner(text="The visitor car park has 240 places. The moon costs 9 euros.")
    return open_desk


def left(server: RecordingServer) -> str:
    """The texts of the one request that was sent."""
    (received,) = server.received
    return "\n".join(one["content"] for one in json.loads(received.body)["messages"])


def files(answer: Answer) -> set[str]:
    return {one.document.source.path.rsplit("/", 1)[-1] for one in answer.passages}


def decided(desk: Desk, answer: Answer) -> dict[str, Any]:
    bodies = (json.loads(body) for _, body in desk.parts.ledger.bodies(answer.finished.record))
    return next(body for body in bodies if body["kind"] == "Decided")


# -- what goes -------------------------------------------------------------------------------------------------


def test_a_public_passage_that_helps_goes_and_the_answer_is_held_to_it(desk: Desk, server: RecordingServer) -> None:
    """It stands in the bytes; the sentence that stands in it is cited, the other one is not shown; both the passage
    and the request are on record."""
    answer = ask(desk, CAR_PARK)
    assert (answer.finished.route, answer.finished.outcome) == ("escalated", Outcome.PARTLY)
    assert PARKING in left(server)
    assert [(one.text, one.standing) for one in answer.sentences] == [
        ("The visitor car park has 240 places.", Standing.SUPPORTED)
    ]
    assert answer.citations[0].source.endswith("parking.md")
    assert answer.passages
    body = decided(desk, answer)
    assert [one["label"] for one in body["passages"]] == ["public"] * len(answer.passages)
    assert body["facts"]["passages"] == len(answer.passages)
    assert body["configured"] == {"id": "closed-model", "host": "127.0.0.1"}


def test_none_goes_that_does_not_help(desk: Desk, server: RecordingServer) -> None:
    """Then the answer is general, and says so above its first word."""
    server.manner = Manner(text="Paris.")
    answer = ask(desk, "Explain the difference between operational risk and credit risk.")
    assert answer.finished.route == "escalated"
    assert (answer.passages, answer.citations) == ((), ())
    assert [one.text for one in answer.sentences] == [phrases.GENERAL_KNOWLEDGE, "Paris."]
    assert ">" not in left(server)
    assert decided(desk, answer)["passages"] == []


def test_nothing_above_the_ceiling_is_in_the_prompt_even_where_it_helps_most(
    desk: Desk, server: RecordingServer
) -> None:
    """An internal and a restricted document of the person's own: neither sent nor shown, and the question goes."""
    for question in ("What is the per diem in Berlin?", "Where does the backup generator stand?"):
        server.received.clear()
        answer = ask(desk, question)
        assert all(str(one.document.label) == "public" for one in answer.passages)
        assert "28 euros" not in left(server)
        assert "cellar" not in left(server)


def test_answered_here_it_is_held_to_the_passages_as_well(desk: Desk, server: RecordingServer) -> None:
    """The closed model is down: the house's own answers from the same passages, cited; nothing it adds is shown."""
    server.manner = Manner(status=503)
    before = desk.parts.writer
    desk.parts.writer = ScriptedGenerator(["The visitor car park has 240 places. ", "It has 300 places. "], name="here")
    try:
        answer = ask(desk, CAR_PARK)
    finally:
        desk.parts.writer = before
    assert (answer.finished.route, answer.finished.outcome) == ("local", Outcome.PARTLY)
    assert [one.text for one in answer.sentences] == ["The visitor car park has 240 places."]
    assert answer.citations


def test_without_asking_for_it_or_without_documents_none_is_looked_for(desk: Desk, server: RecordingServer) -> None:
    """A general question that stays is answered as ever; one that was asked without documents goes without."""
    here = ask(desk, CAR_PARK, allow_outside=False)
    assert (here.passages, here.sentences[0].text) == ((), phrases.GENERAL_KNOWLEDGE)
    bare = ask(desk, CAR_PARK, bare=True)
    assert (bare.finished.route, bare.passages) == ("escalated", ())
    assert PARKING not in left(server)


# -- what may not come along -----------------------------------------------------------------------------------


def test_a_passage_of_another_group_does_not(desk: Desk, server: RecordingServer) -> None:
    """Public is what may leave, not who may read: for the board's person it is there, for another not even found."""
    other = ask(desk, STEAMBOAT)
    assert other.finished.route == "escalated", other.decision
    assert "lighthouse" not in left(server)
    assert "lighthouse" not in other.text
    assert files(other).isdisjoint({"outing.md"})
    assert "outing.md" in files(ask(desk, STEAMBOAT, "bo"))


def test_a_right_that_was_revoked_counts_although_the_index_has_not_heard(
    desk: Desk, server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And so does a label: what the index lets through is checked again against the live catalogue."""
    index = desk.parts.ingest.index
    everything = index.query

    def old(query: Any) -> Any:
        rights = replace(query.rights, groups=frozenset({"staff", "board", "everyone"}), level=None)
        return everything(replace(query, rights=replace(rights, only_categories=None)))

    monkeypatch.setattr(index, "query", old)
    for question in (STEAMBOAT, "What is the per diem in Berlin?", "What is the price of the sale of the branch?"):
        server.received.clear()
        answer = ask(desk, question)
        assert files(answer).isdisjoint({"outing.md", "travel.md", "heron.md"})
        gone = b"".join(one.body for one in server.received)
        assert not any(word in gone for word in (b"lighthouse", b"28 euros", b"41 million"))


def test_a_restricted_passage_stays_although_its_neighbour_is_public(desk: Desk, server: RecordingServer) -> None:
    """One document, two passages: the one with the password is restricted, and only the other one goes."""
    server.manner = Manner(text="The kiosk in the hall prints queue tickets on blue paper.")
    answer = ask(desk, TICKETS)
    assert answer.finished.route == "escalated", answer.decision
    assert "blue paper" in left(server)
    assert "P0suMi" not in left(server) + answer.text
    body = decided(desk, answer)
    assert {one["label"] for one in body["passages"]} == {"public"}


def test_for_a_member_of_no_external_ai_nothing_is_looked_for_and_nothing_goes(
    desk: Desk, server: RecordingServer
) -> None:
    """The general answer, as ever, and the rule on record."""
    answer = ask(desk, CAR_PARK, "nell")
    assert server.received == []
    assert (answer.finished.route, answer.passages) == ("local", ())
    assert answer.sentences[0].text == phrases.GENERAL_KNOWLEDGE
    assert "never-no-external-ai" in {one["rule"] for one in decided(desk, answer)["reasons"]}


def test_in_a_conversation_above_the_ceiling_nothing_is_looked_for(desk: Desk, server: RecordingServer) -> None:
    """What was typed before keeps it here, so no passage is fetched for it either."""
    first = ask(desk, "Why does this fail? export DB_PASSWORD=vK9-tuRn1p-77")
    again = ask(desk, CAR_PARK, conversation=first.finished.conversation)
    assert server.received == []
    assert (again.finished.route, again.passages) == ("local", ())


# -- a label that rises on the way -----------------------------------------------------------------------------

Hook = Callable[..., Any]


def after(step: Callable[..., Any], then: Callable[[], Any]) -> Hook:
    """`step`, and something that happens right after it."""

    def both(*given: Any, **named: Any) -> Any:
        found = step(*given, **named)
        then()
        return found

    return both


@pytest.mark.parametrize(
    ("when", "file", "question"),
    [
        ("retrieved", "parking.md", CAR_PARK),
        ("decided", "lending.md", "How many magnifying glasses does the reading room lend to guests?"),
        ("decided again", "tour.md", "How long does the garden tour from the fountain last?"),
    ],
)
def test_a_passage_whose_label_rises_before_it_is_sent_stays(
    home: House, desk: Desk, server: RecordingServer, monkeypatch: pytest.MonkeyPatch,
    when: str, file: str, question: str,
) -> None:  # fmt: skip
    """Between finding it and deciding, between deciding and the door, and at the door between its second decision and
    the first byte: not a byte leaves, and no departure is on record."""
    documents = desk.parts.ingest.library.documents(None)
    document = next(one.document for one in documents if one.path.endswith(f"/{file}"))
    raised: list[str] = []

    def rise() -> None:
        if not raised:
            raised.append(document)
            desk.parts.ingest.catalogue.set_rights(document, level=Level.RESTRICTED)

    means, door = desk.parts.means, desk.parts.door
    assert door is not None
    hooked = {
        "retrieved": {"retrieve": after(means.retrieve, rise)},
        "decided": {"judge": after(means.judge, rise)},
        "decided again": {"door": replace(door, decide_again=after(door.decide_again, rise))},
    }[when]
    monkeypatch.setattr(desk.asking, "_means", replace(means, **hooked))
    answer = ask(desk, question)
    assert raised == [document], answer.decision
    assert decided(desk, answer)["passages"][0]["document"] == document
    assert server.received == []
    assert answer.finished.route == "local"
    bodies = [json.loads(body)["kind"] for _, body in desk.parts.ledger.bodies(answer.finished.record)]
    assert "Departed" not in bodies
    monkeypatch.undo()
    again = ask(desk, question)
    assert document not in {one["document"] for one in decided(desk, again)["passages"]}
