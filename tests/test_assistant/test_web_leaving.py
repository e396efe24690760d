"""The page "What may leave": its words, who has which button, and what a second person sees."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from web_house import fake_house, people
from web_leaving import FIGURES, FakeLeaving, screen
from web_reading import request, text_of

from assistant.web import leaving_text, outside
from assistant.web.policy import Choosing, PolicyDesk
from policies.decisions import Outside
from policies.detect import LANGUAGES, chosen
from policies.errors import RecordError, RefusedError

FORBIDDEN = ("escalate", "egress", "rulebook", "quarantine", "chunk")


def page(**facts: Any) -> tuple[PolicyDesk, FakeLeaving]:
    made = FakeLeaving(**facts)
    return PolicyDesk(replace(fake_house(), leaving=made)), made


# -- the page -----------------------------------------------------------------------------------------------


def test_the_sentence_comes_first_and_says_since_when() -> None:
    """Open, stopped, as installed."""
    desk, leaving = page()
    assert text_of(desk.look(request("dana"))["standing"]).startswith("Something may leave. This site is set to")
    assert "At least since" in desk.look(request("dana"))["standing"]
    leaving.stop(people()["omar"])
    stopped = text_of(desk.look(request("dana"))["standing"])
    assert stopped.startswith("Nothing leaves. Sending is stopped. Since")
    assert "takes two people" in stopped
    closed, _ = page(step=Outside.CLOSED, recipient=None)
    assert text_of(closed.look(request("omar"))["standing"]).startswith("Nothing can leave.")


@pytest.mark.parametrize(
    ("name", "may"), [("dana", False), ("ines", False), ("both", False), ("omar", True), ("ada", True)]
)
def test_buttons_stand_only_where_the_role_allows(name: str, may: bool) -> None:
    """Staff see how it stands; the auditor changes nothing, whatever else they are."""
    desk, leaving = page()
    assert desk.look(request(name))["stop"] is may
    leaving.stop(people()["omar"])
    shown = desk.look(request(name))
    assert (shown["stop"], bool(shown["start"])) == (False, may)
    assert page(step=Outside.CLOSED)[0].look(request(name))["stop"] is False, "nothing to stop"


def test_stop_asks_nothing_works_at_once_and_says_who_opens_it_again() -> None:
    """The first step says that it is under way, the second that it is done."""
    desk, leaving = page()
    first, last = desk.stop(request("omar"))
    assert "Stopping" in first["said"]
    assert leaving.done == [("stop", "id-omar")]
    assert "Stopped. Nothing leaves any more." in text_of(last["said"])
    assert "a second person" in text_of(last["standing"])
    assert last["start"] == "Ask to start sending again"


@pytest.mark.parametrize(
    ("quiet", "recorded", "words"),
    [(True, True, "Nothing leaves any more."), (False, True, "still be under way"), (True, False, "not be recorded")],
)
def test_a_stop_says_what_it_does_not_know(quiet: bool, recorded: bool, words: str) -> None:
    """What had left may be under way; a record that failed is said."""
    assert words in text_of(leaving_text.stopped(leaving_text.Stop(quiet=quiet, recorded=recorded)))


def test_who_may_not_stop_is_told_so() -> None:
    """By the house, if somebody reaches the handler without a button."""
    desk, leaving = page()
    *_, last = desk.stop(request("dana"))
    assert "Only operators" in text_of(last["said"])
    assert leaving.stopped_at == 0


def test_opening_again_shows_who_is_missing() -> None:
    """One asked, another must agree; then it is open."""
    desk, leaving = page()
    leaving.stop(people()["omar"])
    asked = desk.start(request("omar"))
    assert "Another person must agree" in text_of(asked["said"] + asked["standing"])
    assert asked["start"] == ""
    second = desk.look(request("ada"))
    assert second["start"] == "Agree to start sending again"
    assert "Somebody asked" in text_of(second["standing"])
    assert "possible again" in text_of(desk.start(request("ada"))["said"])
    assert leaving.open()


def test_the_ladder_marks_the_step_that_is_set() -> None:
    """All four steps, one marked; a stop is said on it."""
    for step, name, _ in leaving_text.STEPS:
        stands = FakeLeaving(step=step, stopped_at=1).stands(people()["dana"])
        items = re.findall(r'<li class="(on|off)">(.*?)</li>', leaving_text.ladder(stands))
        assert len(items) == 4
        (marked,) = (text_of(words) for on, words in items if on == "on")
        assert marked.startswith(name)
        assert ("stopped now" in marked) is (step is not Outside.CLOSED)


def test_the_destination_says_what_the_contract_says_and_no_more() -> None:
    """What is not stated is called so; invented details go under contract only."""
    _, leaving = page()
    facts = text_of(leaving_text.facts(leaving.stands(people()["dana"])))
    for words in ("DPA 2026-014", "European Union", "Kept there for not at all", "no, by contract", "do not go"):
        assert words in facts
    assert leaving.recipient is not None
    bare = replace(leaving.recipient, contract="", region="", retention_days=None, no_training=False)
    words = text_of(leaving_text.facts(replace(leaving.stands(people()["dana"]), recipient=bare)))
    assert words.count("not stated") == 4
    under = FakeLeaving(step=Outside.CONTRACTED).stands(people()["dana"])
    assert "go as invented ones" in text_of(leaving_text.facts(under))
    receives = {
        Outside.CLOSED: "nothing, as",
        Outside.GENERAL: "at most what is public",
        Outside.CONTRACTED: "internal",
    }
    for step, most in receives.items():
        shown = text_of(leaving_text.facts(FakeLeaving(step=step).stands(people()["dana"])))
        assert re.search(f"It may receive .{{0,20}}{most}", shown)


def test_each_language_has_its_rate_and_interval_or_says_that_it_was_not_measured() -> None:
    """Counts beside the rates; without figures every language says so."""
    words = text_of(leaving_text.facts(FakeLeaving().stands(people()["dana"])))
    assert "English 0.8 % 2 of 240 0.1 to 3.0 % 5.0 % 9 of 180" in words
    assert "Japanese not measured" in words
    assert "Measured on 2026-11-20, on cases that were kept apart" in words
    none = text_of(leaving_text.facts(FakeLeaving(measured=False).stands(people()["dana"])))
    assert none.count("not measured") == len(LANGUAGES)
    assert "Not measured yet" in none
    harmless = replace(screen(measured=True), measured={"en": replace(FIGURES, harmless=0, held_back=0)})
    shown = replace(FakeLeaving().stands(people()["dana"]), screen=harmless)
    assert "0.1 to 3.0 % not measured" in text_of(leaving_text.facts(shown))


def test_every_detector_and_language_has_words() -> None:
    """A new one must be explained before it is shown."""
    assert {path.split(".")[2] for path in chosen(every_name=True)} == set(leaving_text.DETECTORS)
    assert set(LANGUAGES) == set(outside.LANGUAGES)


@pytest.mark.parametrize(
    ("name", "rows", "linked"), [("dana", 1, False), ("bo", 0, False), ("ines", 1, False), ("ada", 1, True)]
)
def test_what_waits_is_shown_to_whom_it_concerns(name: str, rows: int, linked: bool) -> None:
    """One's own, what one may agree to, and for the auditor all; never its text."""
    desk, _ = page()
    shown = desk.look(request(name))
    assert len(shown["choosing"].rows) == rows
    assert ("#r-48402" in shown["waiting"]) is linked
    assert "retention" not in shown["waiting"]
    assert ("(yours)" in text_of(shown["waiting"])) is (name == "dana")


def test_the_exact_text_is_shown_after_a_reason_and_only_then_agreed_to() -> None:
    """No reason, no text; not read, no word."""
    desk, leaving = page()
    looked = desk.look(request("ada"))["choosing"]
    assert "does not wait for you" in text_of(desk.choose("1", looked)["detail"])
    chosen = desk.choose("48402", looked)
    assert (chosen["asking"], chosen["agreeing"]) == (True, False)
    assert "Read it first" in text_of(desk.agree(chosen["choosing"], request("ada"))["detail"])
    assert "Say in a few words why" in text_of(desk.read(" no ", chosen["choosing"], request("ada"))["detail"])
    assert leaving.done == []
    shown = desk.read(" for the lawyers ", chosen["choosing"], request("ada"))
    assert leaving.done == [("read", "id-ada", "48402", "for the lawyers")]
    assert "Draft a clause on <b>retention</b>" in text_of(shown["detail"])
    assert "<b>retention" not in shown["detail"]
    done = desk.agree(shown["choosing"], request("ada"))
    assert leaving.done[-1] == ("agree", "id-ada", "48402")
    assert "Agreed. It may leave until" in text_of(done["detail"])
    assert done["waiting"] == ""
    assert "Choose a request" in desk.read("because", Choosing(), request("ada"))["detail"]


def test_what_the_house_refuses_is_said_and_nothing_else_happens() -> None:
    """A request that became too old, a list that cannot be recorded: the button to stop stays."""

    class Refusing(FakeLeaving):
        def read(self, *_: Any) -> str:
            raise RefusedError("This request is too old to be agreed to.")

        def agree(self, *_: Any) -> int:
            raise RefusedError("This request is too old to be agreed to.")

    desk = PolicyDesk(replace(fake_house(), leaving=Refusing()))
    chosen = desk.choose("48402", desk.look(request("ada"))["choosing"])["choosing"]
    assert "too old" in desk.read("for the lawyers", chosen, request("ada"))["detail"]
    assert "too old" in desk.agree(replace(chosen, read=True), request("ada"))["detail"]

    class Unrecorded(FakeLeaving):
        def waiting(self, *_: Any) -> Any:
            raise RecordError("The record cannot be written.")

    shown = PolicyDesk(replace(fake_house(), leaving=Unrecorded())).look(request("ada"))
    assert "cannot be written" in shown["waiting"]
    assert shown["stop"] is True


@given(st.text(max_size=200))
def test_the_exact_text_stays_text(body: str) -> None:
    """Whatever a request holds, no markup of its own comes out."""
    markup = leaving_text.exact(body)
    assert set(re.findall(r"</?(\w+)", markup)) <= {"div", "p", "br", "h4", "details", "summary"}


def test_pages_use_a_clerks_words() -> None:
    """None of the words that only we use."""
    desk, leaving = page()
    leaving.stop(people()["omar"])
    shown = desk.look(request("ada"))
    words = text_of(shown["standing"] + shown["facts"] + shown["waiting"]).lower()
    words += " ".join([*outside.REASONS.values(), outside.DRAFT, outside.OFFER, outside.languages(LANGUAGES)]).lower()
    assert [word for word in FORBIDDEN if word in words] == []
