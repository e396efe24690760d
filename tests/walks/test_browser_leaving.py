"""What may leave, in a real Chromium: one click stops, two people open, and chat says why something stayed here.

Each test that turns the switch leaves it open. Pictures are kept under build/screenshots/.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from browsing import Visit, address, browser, visit

pytestmark = pytest.mark.browser
__all__ = ["address", "browser", "visit"]


def look(visit: Callable[..., Visit], name: str, **more: Any) -> Visit:
    """Somebody on the page, once it says how it stands."""
    one = visit(name, page="/policy/", **more)
    one.page.locator(".stands h1").wait_for()
    return one


def by_keyboard(page: Any, wanted: str, most: int = 60) -> None:
    """Go with the Tab key until `wanted` has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("(wanted) => document.activeElement?.matches(wanted)", wanted):
            return
    raise AssertionError(f"the keyboard does not reach {wanted}")


def general(dana: Visit, question: str) -> None:
    """A general question that may go outside."""
    page = dana.page
    page.locator("#kind label", has_text="General question").click()
    page.locator("#outside input").check()
    dana.ask(question)


def test_one_click_stops_and_two_people_open_it_again(visit: Callable[..., Visit]) -> None:
    """Nothing is asked before it stops; the page says who opens it; the one who asked cannot also agree."""
    omar, dana = look(visit, "omar"), look(visit, "dana")
    page = omar.page
    assert page.locator(".stands h1").inner_text() == "Something may leave."
    assert dana.page.locator("#stop-sending").count() == 0
    page.locator("#stop-sending").click()
    page.locator("#switch-said", has_text="Stopped. Nothing leaves any more.").wait_for()
    assert page.locator("#switch-said").get_attribute("role") == "status"
    assert page.locator("#stop-sending").is_hidden()
    assert "a second person" in page.locator("#standing").inner_text()
    omar.picture("leaving-stopped")
    page.locator("#start-sending").click()
    page.get_by_text("You have asked. Another person must agree").wait_for()
    assert page.locator("#start-sending").is_hidden()
    ines = look(visit, "ines")
    assert "Somebody asked" in ines.page.locator("#standing").inner_text()
    assert ines.page.locator("#start-sending").is_hidden()
    ada = look(visit, "ada")
    ada.page.locator("#start-sending", has_text="Agree to start sending again").click()
    ada.page.get_by_text("Something may leave.").wait_for()


def test_the_switch_and_a_second_persons_word_with_the_keyboard_alone(visit: Callable[..., Visit]) -> None:
    """Stop, ask, agree; choose a request, give a reason, read it, agree."""
    ada = look(visit, "ada")
    page = ada.page
    by_keyboard(page, "#stop-sending")
    page.keyboard.press("Enter")
    page.locator("#start-sending").wait_for()
    by_keyboard(page, "#start-sending")
    page.keyboard.press("Space")
    page.get_by_text("You have asked.").wait_for()
    by_keyboard(page, "#waiting a")
    page.keyboard.press("Enter")
    page.locator("#read-it").wait_for()
    assert "retention" not in page.locator("#leaving").inner_text()
    by_keyboard(page, "#why textarea")
    page.keyboard.type("A second look for the lawyers")
    by_keyboard(page, "#read-it")
    page.keyboard.press("Enter")
    page.locator(".exact", has_text="Draft a clause on <b>retention</b>").wait_for()
    ada.picture("leaving-exact")
    by_keyboard(page, "#agree")
    page.keyboard.press("Enter")
    page.get_by_text("Agreed. It may leave until").wait_for()
    assert page.locator("#waiting a").count() == 0
    omar = visit("omar", page="/policy/")
    omar.page.locator("#start-sending", has_text="Agree").click()
    omar.page.get_by_text("Something may leave.").wait_for()


def test_the_choice_names_the_languages_and_is_there_for_general_questions_alone(visit: Callable[..., Visit]) -> None:
    """About documents there is no such choice."""
    dana = visit("dana")
    page = dana.page
    assert page.locator("#outside").is_hidden()
    page.locator("#kind label", has_text="General question").click()
    page.locator("#languages", has_text="It can go in English, German").wait_for()
    assert page.locator("#outside input").is_enabled()
    page.locator("#kind label", has_text="About our documents").click()
    page.locator("#languages").wait_for(state="hidden")
    assert page.locator("#outside").is_hidden()


def test_why_it_stayed_here_and_edit_it(visit: Callable[..., Visit]) -> None:
    """Reasons in words with their places; the text comes back, focused, in a new conversation."""
    dana = visit("dana")
    page = dana.page
    general(dana, "What should my patient eat?")
    assert "Answered here, not outside: it seems to hold" in page.locator(".kept").inner_text()
    page.locator(".why summary").focus()
    page.keyboard.press("Enter")
    said = page.locator(".why ul").inner_text()
    assert "in your question." in said
    assert "in turn 2." in said
    dana.picture("chat-kept-here")
    page.locator("a.act", has_text="Edit it").focus()
    page.keyboard.press("Enter")
    page.locator(".draft", has_text="in a new conversation").wait_for()
    box = page.locator("#question textarea")
    assert box.input_value() == "What should my patient eat?"
    page.wait_for_function("document.activeElement?.matches('#question textarea')")
    assert page.locator("#outside input").is_checked()
    box.fill("What do people with diabetes eat?")
    page.locator("#go").click()
    page.locator("#thread .badge.out", has_text="Answered outside").wait_for()


def test_a_second_persons_agreement_is_named_with_its_reference(visit: Callable[..., Visit]) -> None:
    """And may be asked for again, in the same words."""
    dana = visit("dana")
    general(dana, "Draft a clause on retention.")
    kept = dana.page.locator(".kept")
    assert "It may go outside when a second person agrees (reference 48,211)." in kept.inner_text()
    kept.locator("a", has_text="ask it again").click()
    dana.page.locator(".draft").wait_for()
    assert dana.page.locator("#question textarea").input_value() == "Draft a clause on retention."


@pytest.mark.parametrize("way", ["Ask this outside, without our documents", "Not good enough"])
def test_a_weak_answer_is_asked_outside_without_our_documents(visit: Callable[..., Visit], way: str) -> None:
    """The exact text, to be changed, in a general conversation; the passages stay behind."""
    dana = visit("dana")
    page = dana.page
    question = "weak: how long are records kept?" if way.startswith("Ask") else "How long are records kept?"
    dana.ask(question)
    page.locator("#thread a", has_text=way).click()
    page.locator(".draft", has_text="This is the exact text that would go.").wait_for()
    assert page.locator("#question textarea").input_value() == question
    assert page.locator("#kind input").nth(1).is_checked()
    assert page.locator("#kind input").first.is_disabled()
    assert page.locator("#sources-list .source").count() == 0
    page.locator("#question textarea").fill("How long do banks keep records?")
    page.locator("#go").click()
    page.locator("#thread .badge.out", has_text="Answered outside").wait_for()
    assert "Records retention schedule" not in page.locator("#sources").inner_text()
