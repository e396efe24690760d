"""What may leave, over the real parts: documents stay, a forbidden question stays, an allowed one goes, as recorded.

The closed API is a recording server on loopback that keeps the exact bytes it was sent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from fakes import Manner, RecordingServer, ScriptedGenerator
from house import House, changed_environment, house, sends_to, server

from assistant import phrases
from assistant.answers import Answer, Outcome, Standing
from assistant.ask import collect
from assistant.desk.desk import Desk, open_desk
from policies.decisions import Outside
from policies.switch import OFF
from policies.vocabulary import Kind

pytestmark = pytest.mark.walk
__all__ = ["house", "server"]
ALLOWED = "Explain the difference between operational risk and credit risk."
FORBIDDEN = (
    "Draft a letter to Benedikt Aluko about the payment to PL61109010140000071219812874.",
    "Why does this fail? export DB_PASSWORD=vK9-tuRn1p-77",
    "My patient Erika Mustermann, born 4 May 1961, has diabetes. Which diet is advised?",
)


@pytest.fixture(scope="module")
def desk(house: House, server: RecordingServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A home that lets public things out, open for the whole file: detectors are slow to load."""
    own = house.copy(tmp_path_factory.mktemp("sending"))
    key = own.write("provider.key", "sk-secret\n")
    own.write("home/ringfence.toml", sends_to(server.base_url, outside="public", key_file=str(key)))
    with changed_environment({"RINGFENCE_KEYS": str(own.keys)}), open_desk(own.home) as found:
        found.parts.writer = ScriptedGenerator(["An answer that was made here. "], name="here")
        yield found


@pytest.fixture(autouse=True)
def fresh(server: RecordingServer) -> None:
    server.received.clear()
    server.manner = Manner()


@pytest.mark.parametrize(("names", "route"), [("public", "escalated"), ("none", "local")])
def test_a_site_may_let_no_name_out_at_all(
    house: House, server: RecordingServer, tmp_path: Path, names: str, route: str
) -> None:
    own = house.copy(tmp_path)
    own.write("home/ringfence.toml", sends_to(server.base_url, more=f'names = "{names}"'))
    with changed_environment({"RINGFENCE_KEYS": str(own.keys)}), open_desk(own.home) as desk:
        desk.parts.writer = ScriptedGenerator(["An answer that was made here. "], name="here")
        assert ask(desk, ALLOWED).finished.route == "escalated"
        assert ask(desk, "Which sights are there in Lisbon?").finished.route == route
        assert ("names" in desk.leaving.stands(desk.person("dana")).screen.detectors) is (names == "none")


def ask(desk: Desk, text: str, name: str = "dana", *, kind: Kind = Kind.GENERAL, outside: bool = True, **more: Any):
    return collect(desk.ask(desk.person(name), text, kind=kind, allow_outside=outside, **more))


def recorded(desk: Desk, answer: Answer) -> list[dict[str, Any]]:
    """The records of this question, in order."""
    bodies = [json.loads(body) for _, body in desk.parts.ledger.bodies(answer.finished.record)]
    return [body for body in bodies if body["kind"] in ("QuestionAsked", "Decided", "Departed", "Returned", "Answered")]


def test_an_allowed_general_question_goes_out_comes_back_and_is_recorded_byte_for_byte(
    desk: Desk, server: RecordingServer
) -> None:
    """The record holds the hash of exactly what the other side received, before it left; the answer is unchecked."""
    answer = ask(desk, ALLOWED)
    (received,) = server.received
    assert answer.finished.route == "escalated"
    assert answer.finished.model == "big-model"
    assert answer.sentences[0].text == phrases.GENERAL_KNOWLEDGE
    assert [one.text for one in answer.sentences[1:]] == ["Paris is the capital of France."]
    assert answer.sentences[1].standing is Standing.UNCHECKED
    assert answer.citations == ()
    asked, decided, departed, returned, answered = recorded(desk, answer)
    assert [asked["kind"], decided["verdict"], returned["outcome"], answered["route"]] == [
        "QuestionAsked",
        "send",
        "ok",
        "escalated",
    ]
    assert departed["body_sha256"] == sha256(received.body).hexdigest()
    assert departed["outgoing"] == decided["outgoing"]
    assert departed["outgoing_size"] == len(received.body)
    assert decided["destination"] == "closed-model"
    assert received.path == "/v1/chat/completions"
    assert received.headers["authorization"] == "Bearer sk-secret"
    assert "sk-secret" not in received.body.decode()
    assert json.loads(received.body)["messages"][-1]["content"] == ALLOWED
    assert "dana" not in received.body.decode().lower()


@pytest.mark.parametrize("text", FORBIDDEN)
def test_a_forbidden_question_stays_here_and_says_why(desk: Desk, server: RecordingServer, text: str) -> None:
    """Payment details, a secret, a patient: answered here, with the reasons, and not a byte leaves."""
    answer = ask(desk, text)
    assert server.received == []
    assert answer.finished.route == "local"
    assert answer.finished.model == "here"
    assert answer.decision is not None
    assert answer.decision.verdict == "local"
    assert answer.decision.reasons[0].rule.startswith(("FOUND_", "UNCERTAIN_"))
    assert [body["kind"] for body in recorded(desk, answer)] == ["QuestionAsked", "Decided", "Answered"]


def test_a_conversation_in_which_something_was_found_stays_here_from_then_on(
    desk: Desk, server: RecordingServer
) -> None:
    """The answer was made from it, so what follows in the same conversation is not sent either."""
    first = ask(desk, FORBIDDEN[0])
    second = ask(desk, ALLOWED, conversation=first.finished.conversation)
    assert server.received == []
    assert second.finished.route == "local"
    assert second.finished.label.categories


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Where does the backup generator stand?", "north cellar"),
        ("When does the clinic open?", "8:00"),
    ],
)
def test_a_question_about_documents_is_never_sent_whatever_their_label(
    desk: Desk, server: RecordingServer, text: str, says: str
) -> None:
    """A document without a label is found by its group and never leaves; nor does a public one: about documents
    is answered here."""
    answer = ask(desk, text, kind=Kind.DOCUMENTS)
    assert says in answer.text
    assert server.received == []
    assert answer.finished.route == "local"
    assert [body["kind"] for body in recorded(desk, answer)] == ["QuestionAsked", "Decided", "Answered"]


def test_after_a_restricted_document_the_label_keeps_the_conversation_here(desk: Desk) -> None:
    """The unlabelled document counts as restricted, and so does every prompt that held it."""
    answer = ask(desk, "Where does the backup generator stand?", kind=Kind.DOCUMENTS)
    assert str(answer.finished.label) == "restricted"
    assert ask(desk, "Where does the generator stand?", "hana", kind=Kind.DOCUMENTS).finished.outcome in (
        Outcome.ABSTAINED,
        Outcome.PARTLY,
    )


def test_nobody_asked_to_send_it(desk: Desk, server: RecordingServer) -> None:
    """Without the person's word nothing leaves, however harmless."""
    answer = ask(desk, ALLOWED, outside=False)
    assert server.received == []
    assert answer.decision is not None
    assert answer.decision.reasons[0].rule == "NOT_ASKED"


def test_the_switch_in_the_home_stops_the_next_question(desk: Desk, server: RecordingServer) -> None:
    """A file, no restart: closed at once, and open again when it is gone."""
    switch = desk.home.path / OFF
    switch.touch()
    try:
        answer = ask(desk, ALLOWED)
    finally:
        switch.unlink()
    assert server.received == []
    assert answer.finished.route == "local"
    assert ask(desk, ALLOWED).finished.route == "escalated"


@pytest.mark.parametrize(
    ("manner", "outcome"),
    [(Manner(status=503), "error"), (Manner(raw=b"not json"), "error"), (Manner(hang_up=True), "unknown")],
)
def test_when_the_closed_model_is_down_the_answer_is_made_here(
    desk: Desk, server: RecordingServer, manner: Manner, outcome: str
) -> None:
    """Once sent, once recorded, not tried again; and the person is answered by the house's own model."""
    server.manner = manner
    answer = ask(desk, ALLOWED)
    assert len(server.received) == 1
    assert (answer.finished.route, answer.finished.model) == ("local", "here")
    assert answer.finished.outcome is Outcome.ANSWERED
    kinds = {body["kind"]: body for body in recorded(desk, answer)}
    assert kinds["Returned"]["outcome"] == outcome
    assert kinds["Answered"]["route"] == "local"


def test_half_a_character_from_outside_breaks_neither_the_answer_nor_the_conversation(
    desk: Desk, server: RecordingServer
) -> None:
    """It is shown as a question mark; the next turn carries it and still goes."""
    server.manner = Manner(raw=rb'{"choices":[{"message":{"content":"Risk \ud83d is a word."}}]}')
    first = ask(desk, ALLOWED)
    assert "Risk ? is a word." in first.text
    again = ask(desk, "What is market risk?", conversation=first.finished.conversation)
    assert again.finished.route == "escalated"
    assert b"Risk ? is a word." in server.received[-1].body


def test_a_local_model_that_is_down_never_makes_a_question_leave(desk: Desk, server: RecordingServer) -> None:
    """Passages and a notice in its place, and the door stays shut."""
    before = desk.parts.writer
    desk.parts.writer = ScriptedGenerator(["x"], dies_after=0)
    try:
        answer = ask(desk, "What is the per diem in Berlin?", kind=Kind.DOCUMENTS)
        general = ask(desk, FORBIDDEN[0])
    finally:
        desk.parts.writer = before
    assert server.received == []
    assert answer.finished.outcome is Outcome.PASSAGES_ONLY
    assert "28 euros" in answer.text
    assert general.sentences[-1].text == phrases.MODEL_GONE


def test_the_record_verifies_after_all_of_it_and_reconciles(desk: Desk, server: RecordingServer) -> None:
    """As many departures as decisions to send that were carried out, and an intact record."""
    ask(desk, ALLOWED)
    status = desk.parts.review.verify()
    assert status.intact
    assert status.departed == status.decided > 0


def test_as_installed_the_door_is_closed(house: House) -> None:
    """Without a destination an allowed question, asked to go outside, is answered here."""
    with changed_environment({"RINGFENCE_KEYS": str(house.keys)}), open_desk(house.home) as desk:
        desk.parts.writer = ScriptedGenerator(["Here. "], name="here")
        assert desk.parts.door is None
        answer = ask(desk, ALLOWED)
        assert (answer.finished.route, answer.finished.model) == ("local", "here")
        assert answer.decision is not None
        assert answer.decision.reasons[0].rule == "LADDER_CLOSED"
        assert "detectors" not in desk.parts.__dict__  # decided without looking at any text


def test_the_ladder_needs_a_destination_and_a_destination_needs_the_ladder(
    house: House, server: RecordingServer, tmp_path
) -> None:
    """A destination alone opens nothing."""
    own = house.copy(tmp_path / "own")
    own.write("home/ringfence.toml", sends_to(server.base_url, outside="closed", key_file=str(own.write("k", "key"))))
    with changed_environment({"RINGFENCE_KEYS": str(own.keys)}), open_desk(own.home) as desk:
        desk.parts.writer = ScriptedGenerator(["Here. "])
        assert desk.parts.outside is Outside.CLOSED
        assert ask(desk, ALLOWED).finished.route == "local"
    assert server.received == []
