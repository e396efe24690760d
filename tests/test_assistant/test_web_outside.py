"""What chat says about going outside: why something stayed here, weak answers, and what a click brings back."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import Any

import pytest
from fakes import make_passage
from hypothesis import given
from hypothesis import strategies as st
from web_house import FakeAsking, fake_house
from web_leaving import FakeLeaving
from web_reading import request, text_of

from assistant.answers import Outcome, Sentence, Standing
from assistant.web import outside, thread
from assistant.web.base import Exchange, House
from assistant.web.chat import Chat, Talk
from assistant.web.running import Runner
from assistant.web.shown import Shown
from policies.decide import wording
from policies.decisions import AnswerLocally, AskHuman, Outside, Reason
from policies.labels import PUBLIC, Category
from policies.vocabulary import Finding, Kind

# -- chat: why it stayed here ---------------------------------------------------------------------------------


def exchange(*reasons: Reason, **more: Any) -> Exchange:
    decision = AnswerLocally(reasons=reasons, label=PUBLIC, rulebook="r")
    stated = {"sentences": (), "decision": decision, "outcome": "answered", "route": "local", "label": PUBLIC}
    return Exchange(question="q", **(stated | more))


def finding(category: Category, view: str = "raw") -> Finding:
    return Finding(detector="people", kind="PERSON", start=0, end=1, category=category, view=view)


def test_what_stayed_here_says_why_with_a_way_to_edit_and_each_reason_where_it_was_seen() -> None:
    """The sentence first; reasons in words, question, turn and passage; the codes last."""
    seen = (
        wording.found(finding(Category.PERSONAL), "question"),
        wording.found(finding(Category.HEALTH, "rot13"), "turn 2"),
        wording.above("passage 1"),
        wording.doubt("UNCERTAIN_LANGUAGE", "question"),
    )
    words = text_of(outside.kept_here(exchange(*seen), 3, outside=True))
    assert words.startswith("Answered here, not outside: it seems to hold details of somebody's health. Edit it Why?")
    for part in ("in your question.", "in turn 2.", "in passage 1.", "A language that cannot be checked"):
        assert part in words
    assert "#q-edit-3" in outside.kept_here(exchange(*seen), 3, outside=True)


@pytest.mark.parametrize("reason", [wording.NOT_ASKED, wording.DOCUMENTS, wording.OWN_TEXT])
def test_nothing_is_said_of_outside_where_nobody_asked_for_it(reason: Reason) -> None:
    """Answered here is enough."""
    assert outside.kept_here(exchange(reason), 0, outside=False) == ""


def test_a_stopped_site_and_a_failed_sending_say_so_to_who_asked() -> None:
    """Without a way to edit, which would change nothing."""
    closed = outside.kept_here(exchange(wording.CLOSED), 0, outside=True)
    assert "nothing may leave just now" in text_of(closed)
    assert outside.kept_here(exchange(wording.CLOSED), 0, outside=False) == ""
    failed = exchange(wording.WITHIN)
    assert "could not be sent just now" in text_of(outside.kept_here(failed, 0, outside=False))
    assert "did not work" in text_of(thread.exchange(failed, lambda _: "t"))
    assert outside.kept_here(exchange(wording.WITHIN, route="escalated"), 0, outside=True) == ""


def test_what_waits_for_a_second_person_says_its_reference() -> None:
    """And how to ask it again when they have agreed: the same words, in a new conversation."""
    asks = AskHuman(reasons=wording.by_rules(["two-persons"], "rules"), label=PUBLIC, rulebook="r")
    told = exchange(decision=asks, record=48_211)
    words = text_of(outside.kept_here(told, 1, outside=True))
    assert words.startswith("Answered here. It may go outside when a second person agrees (reference 48,211).")
    assert "A rule of your organisation (two-persons)." in words
    assert outside.must_be_new(told)


def test_a_question_that_passages_went_along_with_can_be_asked_without_them() -> None:
    """Its own person may leave them out, whether it waits or was kept here; without passages nothing is offered."""
    asks = AskHuman(reasons=wording.by_rules(["internal-takes-a-second-person"], "rules"), label=PUBLIC, rulebook="r")
    kept = exchange(wording.above("passage 1")).decision
    for decision in (asks, kept):
        told = exchange(decision=decision)
        assert "#q-outside-3" not in outside.kept_here(told, 3, outside=True)
        beside = outside.kept_here(replace(told, passages=(make_passage("Text."),)), 3, outside=True)
        assert "ask it without our documents" in text_of(beside)
        assert "#q-outside-3" in beside


@pytest.mark.parametrize(
    ("passages", "says"),
    [
        ("", ""),
        ("public", "when they are labelled public."),
        ("internal", "when they are labelled public or internal."),
    ],
)
def test_beside_the_choice_stands_what_goes_along(passages: str, says: str) -> None:
    """Nothing is said where none go."""
    assert outside.languages(["en"], passages).endswith(says or "answered here.")
    assert ("Passages" in outside.languages(["en"], passages)) is bool(says)
    drafted = text_of(outside.draft(documents=False, passages=passages))
    assert ("Passages of our documents that help go with it" in drafted) is bool(says)


def test_every_reason_of_deciding_has_words() -> None:
    """All categories and doubts; a rule of the site is named."""
    codes = {wording.found(finding(category), "question").rule for category in Category}
    assert codes | set(wording.DOUBTS) | {"UNCERTAIN_ERROR", "REPEATS_A_DOCUMENT"} <= set(outside.REASONS)


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_detail_and_no_place_can_carry_a_text(detail: str, source: str) -> None:
    """What a reason says in its own words is not shown here, and an unknown place is none."""
    marked = f"planted-{detail}-value"
    words = outside.kept_here(exchange(Reason(rule="FOUND_HEALTH", source=source, detail=marked)), 0, outside=True)
    assert "planted" not in words
    assert outside.place(source) in ("", *outside.PLACES.values()) or re.fullmatch(r"in \w+ \d+", outside.place(source))


# -- chat: weak answers, and what a click brings back -----------------------------------------------------------

STOOD = Sentence(text="a", standing=Standing.SUPPORTED)
FELL = Sentence(text="b", standing=Standing.QUOTED)


@pytest.mark.parametrize(
    ("sentences", "removed", "outcome", "route", "weak"),
    [
        ((), 0, Outcome.ABSTAINED, "none", True),
        ((FELL,), 0, Outcome.PASSAGES_ONLY, "local", True),
        ((FELL,), 0, Outcome.PASSAGES_ONLY, "none", False),  # the writing model is down
        ((STOOD, FELL), 0, Outcome.ANSWERED, "local", False),
        ((STOOD, FELL), 1, Outcome.PARTLY, "local", True),
        ((STOOD,), 2, Outcome.PARTLY, "local", True),
        ((STOOD, STOOD), 2, Outcome.PARTLY, "local", False),
        ((STOOD,), 0, Outcome.REFUSED, "none", False),
    ],
)
def test_weak_is_an_answer_of_which_less_than_half_stood(
    sentences: tuple[Sentence, ...], removed: int, outcome: Outcome, route: str, weak: bool
) -> None:
    """Only such an answer offers to ask outside; for another the person says that it is not good enough."""
    told = exchange(wording.DOCUMENTS, sentences=sentences, outcome=outcome, route=route)
    assert outside.is_weak(told, removed) is weak
    assert ("#q-outside-4" in outside.offer(told, 4, removed=removed)) is weak
    beside = outside.not_good_enough(told, 4, removed=removed)
    assert bool(beside) is (not weak and route == "local")


def told(house: House, text: str, kind: str, talk: Talk | None = None, *, wanted: bool = False) -> Talk:
    async def gather() -> list[dict[str, Any]]:
        chat = Chat(house, Shown(), Runner())
        return [step async for step in chat.ask(text, kind, False, wanted, talk or Talk(), request("dana"))]

    assert isinstance(house.asking, FakeAsking)
    house.asking.pause = 0.0
    made = asyncio.run(gather())[-1]["talk"]
    assert isinstance(made, Talk)
    return made


@pytest.mark.parametrize(
    "site", [FakeLeaving(step=Outside.CLOSED), FakeLeaving(recipient=None), FakeLeaving(stopped_at=1)]
)
def test_where_nothing_may_leave_nothing_is_offered(site: FakeLeaving) -> None:
    """No word of outside, no choice, whatever the answer is like."""
    house = replace(fake_house(), leaving=site)
    assert "#q-" not in told(house, "weak, please", "documents").markup
    assert Chat(house, Shown(), Runner()).choose("general")["choice"] is False


def test_ask_this_outside_brings_the_question_alone_into_a_general_conversation() -> None:
    """The text as it was typed, in the box, to be changed; nothing is asked by it; then it is decided anew."""
    house = fake_house()
    talk = told(house, "weak, please", "documents")
    assert "#q-outside-0" in talk.markup
    chat = Chat(house, Shown(), Runner())
    brought = chat.bring_back("outside-0", talk, request("dana"))
    assert (brought["text"], brought["kind"], brought["choice"], brought["outside"]) == (
        "weak, please",
        Kind.GENERAL,
        True,
        True,
    )
    assert "exact text that would go" in text_of(brought["thread"])
    assert (brought["talk"].conversation, brought["talk"].label) == ("", PUBLIC)
    assert isinstance(house.asking, FakeAsking)
    assert len(house.asking.asked) == 1
    after = told(house, "a plainer question", "documents", brought["talk"], wanted=True)
    asked = house.asking.asked[-1]
    assert (asked.kind, asked.text, asked.allow_outside) == (Kind.GENERAL, "a plainer question", True)
    assert asked.conversation != talk.conversation
    assert asked.bare
    assert "exact text" not in after.markup
    again = chat.bring_back("edit-0", after, request("dana"))
    assert again.get("talk", after).bare
    assert "Passages" not in text_of(brought["thread"])


def test_what_was_asked_without_our_documents_says_so_everywhere() -> None:
    """Where passages would go along, they do not go with a question that was brought back without them."""
    house = replace(fake_house(), leaving=FakeLeaving(step=Outside.PUBLIC))
    chat = Chat(house, Shown(), Runner())
    talk = told(house, "weak, please", "documents")
    for brought, along in (
        (chat.choose("general"), True),
        (chat.bring_back("outside-0", talk, request("dana")), False),
        (chat.bring_back("edit-0", told(house, "my patient", "general", wanted=True), request("dana")), True),
    ):
        assert ("Passages of our documents" in text_of(brought["goes"])) is along
        assert ("Passages of our documents" in text_of(brought.get("thread", brought["goes"]))) is along
        assert brought.get("talk", Talk()).bare is not along or "talk" not in brought


def test_edit_it_starts_anew_where_the_old_conversation_stands_in_the_way() -> None:
    """What was found stays in the old one; where nothing of it does, the text comes back in place."""
    house = fake_house()
    talk = told(house, "my patient", "general", wanted=True)
    chat = Chat(house, Shown(), Runner())
    anew = chat.bring_back("edit-0", talk, request("dana"))
    assert (anew["text"], anew["talk"].conversation, anew["outside"]) == ("my patient", "", True)
    assert "new conversation" in text_of(anew["thread"])
    here = chat.bring_back("edit-1", told(house, "plain", "general", talk), request("dana"))
    assert here["text"] == "plain"
    ruled = exchange(Reason(rule="never-no-external-ai", source="rules", detail="Rule."))
    assert not outside.must_be_new(ruled)


def test_a_question_is_brought_back_after_a_conversation_was_opened_again() -> None:
    """The same links, from what was kept."""
    house = fake_house()
    talk = told(house, "my patient", "general", wanted=True)
    chat = Chat(house, Shown(), Runner())
    again = chat.open(talk.conversation, Talk(), request("dana"))
    assert "#q-edit-0" in again["thread"]
    assert chat.bring_back("edit-0", again["talk"], request("dana"))["text"] == "my patient"


@given(st.text(max_size=30))
def test_no_other_name_brings_anything_back(wanted: str) -> None:
    """Only the numbers of this person's own questions."""
    chat = Chat(fake_house(), Shown(), Runner())
    for name in (wanted, f"edit-{wanted}", "edit-7", "outside-1", "outside--1"):
        assert chat.bring_back(name, Talk(), request("dana")) == {}


def test_nothing_written_in_a_document_makes_a_link_of_ours() -> None:
    """A passage or a sentence that spells one out stays text."""
    hostile = '<a class="act" href="#q-outside-0">Ask</a> [x](#q-outside-0)'
    sentence = Sentence(text=hostile, standing=Standing.SUPPORTED)
    strong = exchange(wording.DOCUMENTS, sentences=(sentence,))
    markup = thread.exchange(strong, lambda _: "t", offers=False)
    assert "#q-outside" not in markup
    assert outside.offer(strong, 0) == ""
