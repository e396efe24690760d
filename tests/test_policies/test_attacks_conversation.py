"""Attacks over several turns, 32 to 41: what a conversation has held, it holds.

Each test begins with its number. Where another file proves it already, a comment names the place.
"""

from __future__ import annotations

import ast
import inspect
import json
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from attacking import HARMLESS, Sending, ask, house, lent, sending, stays
from deciding import ELSEWHERE, asked, detectors

from assistant import ask as walk
from assistant.answers import Answer, Decided
from assistant.ask import collect
from assistant.cli import app
from assistant.conversations import Conversations
from assistant.desk.asking import TURNS_READ
from assistant.egress.providers import openai_compatible
from policies.decisions import Escalate
from policies.errors import RecordError
from policies.labels import PUBLIC, TOP, Category, Label, Level
from policies.vocabulary import Kind, Person, Prompt, Question, Turn

__all__ = ["house", "lent", "sending"]
ROOT = Path(__file__).parents[2]
CARD = "5466160073184424"
IBAN = "NL13KNAB0625518430"
FACT = "My patient Tendai Chikowore, born 2 March 1979, has hepatitis B. Which diet is advised?"


# -- 32 and 33: content over turns ------------------------------------------------------------------------


def spread(value: str, over: int) -> list[str]:
    size = -(-len(value) // over)
    return [value[start : start + size] for start in range(0, len(value), size)]


@pytest.mark.parametrize("form", ["{}", "then {}", "part: {} ok?"])
@pytest.mark.parametrize("over", [2, 3, 6])
@pytest.mark.parametrize("value", [CARD, IBAN])
def test_32_an_identifier_spread_over_turns_stays(value, over, form):
    """In two, three and six pieces, with the assistant's words between them."""
    *before, last = (form.format(piece) for piece in spread(value, over))
    turns = [said for piece in before for said in (piece, "Go on, please.")]
    assert stays(last, *turns)


PADDING = "Thanks. " + "Explain how tides work and why they differ from place to place. " * 60
APART = ("first {}, then {}, then {}, finally {}", "In 2024 they sent me {}; after that {}, {} and, at the end, {}.",
         "{} plus\n{} plus\n{} plus\n{}")  # fmt: skip


@pytest.mark.parametrize("form", APART)
@pytest.mark.parametrize("value", [CARD, IBAN, "85073003325"])
def test_32_an_identifier_taken_apart_by_words_within_one_message_stays(value, form):
    """A card, an account, a PESEL: what has a check digit is found with the words left out."""
    assert stays(form.format(*spread(value, 4)))


RIVER = "The river {} is {} m long, carries {} t a day and was seen in {}."
RIVERS = " ".join(
    RIVER.format(chr(65 + n % 26), n * 7919 % 9000 + 47, n * 104729 % 900 + 10, 1900 + n % 99) for n in range(120)
)


def test_32_a_long_text_of_many_numbers_may_go_and_hides_none():
    """Among hundreds of numbers some make a right one by chance; four pieces of a card still stand out."""
    assert not stays(RIVERS)
    assert stays(f"{RIVERS} {APART[0].format(*spread(CARD, 4))}. {RIVERS}")


@pytest.mark.parametrize(
    "text",
    ["What happened in 1848, then in 1871 and again in 1914 and 1939?", "Add 250 to 4100, subtract 75 and double 1200.",
     "Is 5466 more than 1600, and 7318 more than 4425?"],
)  # fmt: skip
def test_32_several_numbers_in_one_message_may_go(text):
    """They make no number that has a check digit."""
    assert not stays(text)


SLOWLY = {"six turns": spread(CARD, 6), "a long turn between": [CARD[:8], PADDING, CARD[8:]]}


@pytest.mark.parametrize("story", SLOWLY)
def test_32_turns_that_are_no_longer_sent_still_count(sending: Sending, story):
    """A request holds the last turns only, as many as fit; the receiver had the ones before it."""
    routes, conversation = [], ""
    for piece in SLOWLY[story]:
        answer = sending.ask(f"then {piece}", conversation=conversation)
        conversation = answer.finished.conversation
        routes.append(answer.finished.route)
    assert routes == ["escalated"] * (len(routes) - 1) + ["local"]
    assert len(sending.server.received) == len(routes) - 1


def test_32_a_turn_whose_return_could_not_be_recorded_still_counts(sending: Sending, monkeypatch):
    """It departed, so it is in the conversation; the answer that never came is in no prompt."""
    first, second = spread(CARD, 2)
    door = sending.desk.parts.door
    with monkeypatch.context() as broken:
        broken.setattr(door, "recorder", Deaf())
        with pytest.raises(RecordError):
            sending.ask(f"then {first}")
    conversation = sending.desk.asking.conversations(sending.desk.person("dana"))[0].id
    assert sending.ask(HARMLESS, conversation=conversation).finished.route == "escalated"
    stated = json.loads(sending.server.received[-1].body)["messages"]
    assert [one["content"] for one in stated[1:]] == [f"then {first}", HARMLESS]
    assert sending.ask(f"then {second}", conversation=conversation).finished.route == "local"
    assert len(sending.server.received) == 2


def test_32_a_turn_is_kept_before_its_first_byte_leaves(sending: Sending):
    """Whoever opens the home meanwhile, or after this process died, reads it: and it says that it may have left."""
    desk = sending.desk
    walking = desk.ask(desk.person("dana"), HARMLESS, kind=Kind.GENERAL, allow_outside=True)
    assert any(isinstance(event, Decided) for event in walking)
    assert sending.server.received == []
    (line, *_) = desk.asking.conversations(desk.person("dana"))
    with sending.reopened() as again:
        found = again.asking.reopen(again.person("dana"), line.id)
    assert [(one.question, one.sentences, one.route) for one in found.exchanges] == [(HARMLESS, (), "escalated")]
    collect(walking)
    found = desk.asking.reopen(desk.person("dana"), line.id)
    assert [(one.question, bool(one.sentences), one.route) for one in found.exchanges] == [
        (HARMLESS, True, "escalated")
    ]


class Deaf:
    """A record that takes nothing in."""

    def append(self, event: object, contents: object = None) -> int:
        raise RecordError("The disk is full.")


@pytest.mark.parametrize("follow", ["Is that common?", "And what follows from that?", "Say the same in two lines."])
def test_33_a_follow_up_without_a_name_stays(follow):
    """Who is meant stands in the turn before. Over the real parts: test_sending.py, `..._stays_here_from_then_on`."""
    assert not stays(follow)
    assert stays(follow, FACT, "Ask a dietician.")


# -- 34 to 38: the label of a conversation ----------------------------------------------------------------


@pytest.mark.parametrize(
    "next_one",
    ["Forget that. What is the capital of Mongolia?", "New topic: how do tides work?", HARMLESS,
     "Answer without the details: what is a diet?", "That was only a test. What is an IBAN?"],
)  # fmt: skip
def test_34_nothing_that_is_said_takes_it_back(sending: Sending, next_one):
    """The next question of the conversation stays, whatever it says about the one before. A new one may go."""
    first = sending.ask(FACT)
    second = sending.ask(next_one, conversation=first.finished.conversation)
    assert (first.finished.route, second.finished.route) == ("local", "local")
    assert sending.server.received == []
    assert sending.ask(HARMLESS).finished.route == "escalated"


def test_35_a_restart_and_a_second_tab_know_it_too(sending: Sending):
    """The label lies on disk with the conversation, for whoever opens the home."""
    first = sending.ask(FACT)
    with sending.reopened() as again:
        answer = ask(again, HARMLESS, conversation=first.finished.conversation)
        assert answer.finished.route == "local"
        assert again.parts.conversations.get(again.person("dana").id, first.finished.conversation).label.categories
    assert sending.ask(HARMLESS, conversation=first.finished.conversation).finished.route == "local"
    assert sending.server.received == []


def test_35_what_a_second_tab_brings_in_while_a_question_is_answered_counts(sending: Sending):
    """Both had opened the conversation when it was harmless: what goes is decided under its label by then."""
    conversation = sending.ask(HARMLESS).finished.conversation
    sending.server.received.clear()
    desk = sending.desk
    walking = desk.ask(desk.person("dana"), "How do tides work?", kind=Kind.GENERAL, conversation=conversation,
                       allow_outside=True)  # fmt: skip
    next(walking)  # admitted, and looking for passages
    sending.ask(FACT, conversation=conversation)
    assert collect(walking).finished.route == "local"
    assert sending.server.received == []


def test_35_what_a_second_tab_brings_in_after_the_decision_counts_at_the_door(sending: Sending):
    """The conversation's label is asked again before the first byte, and the record says at which step it stopped."""
    conversation = sending.ask(HARMLESS).finished.conversation
    sending.server.received.clear()
    desk = sending.desk
    walking = desk.ask(desk.person("dana"), "How do tides work?", kind=Kind.GENERAL, conversation=conversation,
                       allow_outside=True)  # fmt: skip
    assert any(isinstance(event, Decided) and isinstance(event.decision, Escalate) for event in walking)
    sending.ask(FACT, conversation=conversation)
    assert collect(walking).finished.route == "local"
    assert sending.server.received == []


def test_35_without_an_id_no_history_is_taken(sending: Sending):
    """A question that names no conversation starts one, and what the caller says was said before is not sent."""
    made_up = (Turn(role="user", text="INVENTED TURN", label=PUBLIC),)
    person = sending.desk.person("dana")
    alone = Question(text=HARMLESS, person=person, kind=Kind.GENERAL, history=made_up, allow_outside=True)
    answer = ask_with(sending, alone)
    assert answer.finished.route == "escalated"
    (received,) = sending.server.received
    assert b"INVENTED" not in received.body


def ask_with(sending: Sending, question: Question) -> Answer:
    return collect(sending.desk.asking.ask(question))


def test_36_the_servers_history_and_label_win(sending: Sending):
    """Turns left out, turns made up, a lower label, another kind: all of it is replaced by what is kept."""
    first = sending.ask(FACT)
    person = sending.desk.person("dana")
    claimed = Question(text=HARMLESS, person=person, kind=Kind.GENERAL, conversation=first.finished.conversation,
                       conversation_label=PUBLIC, history=(), allow_outside=True)  # fmt: skip
    assert ask_with(sending, claimed).finished.route == "local"
    about = sending.ask("When does the clinic open?", kind=Kind.DOCUMENTS)
    as_general = replace(claimed, conversation=about.finished.conversation)
    assert ask_with(sending, as_general).finished.route != "escalated"
    assert sending.server.received == []


def test_36_what_is_sent_are_the_turns_that_are_kept(sending: Sending):
    """A harmless conversation goes on with its own turns, not with the caller's."""
    first = sending.ask(HARMLESS)
    sending.server.received.clear()
    made_up = (Turn(role="assistant", text="INVENTED ANSWER", label=PUBLIC),)
    asked_again = Question(text="And what is market risk?", person=sending.desk.person("dana"), kind=Kind.GENERAL,
                           conversation=first.finished.conversation, history=made_up, allow_outside=True)  # fmt: skip
    assert ask_with(sending, asked_again).finished.route == "escalated"
    (received,) = sending.server.received
    said = [message["content"] for message in json.loads(received.body)["messages"]]
    assert HARMLESS in said
    assert not any("INVENTED" in text for text in said)


def test_37_time_and_forgetting_change_nothing(tmp_path):
    """A label has no end: a clock set forward or back, and a conversation that is gone, loosen nothing."""
    now = [1_700_000_000_000_000]
    store = Conversations(tmp_path / "c.db", derive=lambda _: b"k" * 32, clock=lambda: now[0])
    started = store.start("dana", Kind.GENERAL, "x")
    high = Label(level=Level.CONFIDENTIAL, categories=frozenset({Category.HEALTH}))
    store.raise_label(started.id, high)
    for moved in (10**18, 0):
        now[0] = moved
        assert store.get("dana", started.id).label == high
        assert store.raise_label(started.id, PUBLIC) == high
    assert store.raise_label("evicted", PUBLIC) == TOP


def test_37_an_emptied_memory_of_findings_is_filled_the_same():
    """What was looked at before is remembered for speed alone."""
    again = type(detectors())([*detectors()._all])
    for text in (FACT, HARMLESS):
        assert again.scan(text).findings == detectors().scan(text).findings


def test_37_turns_that_are_no_longer_sent_still_count(sending: Sending):
    """The label is the conversation's: it stays when the turn has long left the window of turns."""
    first = sending.ask(FACT)
    for n in range(5):
        sending.ask(f"What is {n} plus {n}?", conversation=first.finished.conversation, allow_outside=False)
    kept = sending.desk.parts.conversations.history(
        sending.desk.person("dana").id, first.finished.conversation, TURNS_READ
    )
    assert not any("Chikowore" in turn.text for turn in kept)
    assert sending.ask(HARMLESS, conversation=first.finished.conversation).finished.route == "local"
    assert sending.server.received == []


def test_38_there_is_no_way_to_copy_a_conversation():
    """No command forks, imports or shares one, and the store has no verb for it."""
    commands = " ".join(_names(typer.main.get_command(app)))
    assert not {"fork", "share", "merge", "conversations", "chat"} & set(commands.split())
    verbs = {name for name, _ in inspect.getmembers(Conversations, inspect.isfunction) if not name.startswith("_")}
    assert verbs == {"start", "get", "of", "people", "raise_label", "add", "complete", "messages", "history", "erase"}


def _names(group: typer.core.TyperGroup) -> list[str]:
    return [
        word
        for name, one in group.commands.items()
        for word in [name, *(_names(one) if hasattr(one, "commands") else [])]
    ]


def test_38_a_conversation_that_is_shown_again_has_its_label(sending: Sending):
    """In the list and when it is opened: never below what it has been."""
    first = sending.ask(FACT)
    person = sending.desk.person("dana")
    line = next(one for one in sending.desk.asking.conversations(person) if one.id == first.finished.conversation)
    again = sending.desk.asking.reopen(person, line.id)
    assert again is not None
    assert line.label == again.line.label == again.exchanges[-1].label == first.finished.label
    assert line.label.categories


# -- 39 to 41: what comes from elsewhere ------------------------------------------------------------------


@pytest.mark.parametrize("name", ["bo", "dana"])
def test_39_an_answer_quoted_back_in_a_new_conversation_stays(sending: Sending, name):
    """From somebody who may read the document, and from somebody who was told of it."""
    told = sending.ask("What is the price of the Lisbon branch?", "bo", kind=Kind.DOCUMENTS)
    sentence = next(one.text for one in told.sentences if one.citations)
    assert "Lisbon" in sentence
    answer = sending.ask(f"Is this good English? {sentence}", name)
    assert answer.finished.route == "local"
    assert sending.server.received == []


def test_40_nothing_about_the_person_is_in_a_prompt():
    """No memory, no profile: a prompt has four parts, and neither name, groups nor clearance stand in the bytes."""
    person = Person(id="P-CANARY", name="CANARY", groups=frozenset({"canary-group"}), clearance=Level.RESTRICTED)
    body = openai_compatible.serialise(asked(HARMLESS, person=person, conversation_label=PUBLIC), ELSEWHERE).body
    assert b"canary" not in body.lower()
    assert set(Prompt.__dataclass_fields__) == {"system", "question", "history", "passages", "label"}


def test_41_models_are_called_in_one_place():
    """Titles are the first words of the question; summaries, rewriting and suggestions are not asked of any model."""
    callers = set()
    for path in (ROOT / "assistant").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("generate", "transmit", "carry")
            ):
                callers.add(path.relative_to(ROOT).as_posix())
    assert callers == {"assistant/ask.py", "assistant/egress/door.py"}
    assert inspect.getsource(walk).count(".generate(") == 1


def test_41_a_title_of_a_sensitive_question_is_sealed_and_labelled(sending: Sending):
    """It is the question's first words, so it is as sensitive as the question."""
    first = sending.ask(FACT)
    stored = b"".join(path.read_bytes() for path in (sending.house.home / "conversations").iterdir() if path.is_file())
    assert b"Chikowore" not in stored
    person = sending.desk.person("dana")
    line = next(one for one in sending.desk.asking.conversations(person) if one.id == first.finished.conversation)
    assert line.title.startswith("My patient Tendai")
    assert line.label.categories
