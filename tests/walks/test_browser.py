"""The pages in a real Chromium: what a person does on them, and what the browser is kept from doing.

The house behind the pages is the tests' own (web_house.py), so that every answer is known to the letter; the walk
through the real parts stands in test_browser_real.py, how each state looks in test_axe.py. Pictures are kept under
build/screenshots/.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable

import pytest
from browsing import OURS, PASSWORD, Visit, address, browser, visit

pytestmark = pytest.mark.browser
__all__ = ["address", "browser", "visit"]
QUESTION = "How long do we keep client records after an account is closed, and who may approve destruction?"


def test_ask_follow_a_citation_and_open_its_page(visit: Callable[..., Visit]) -> None:
    """Signing in, asking, the citation, the passage on its page with the quote marked and its condition underlined."""
    dana = visit("dana")
    dana.ask(QUESTION)
    page = dana.page
    page.locator("#thread a.c").first.click()
    reading = page.locator("#reading")
    reading.locator("button", has_text="Page ›").wait_for()
    assert (
        reading.locator("mark").inner_text()
        == "Client account records shall be kept for seven years after closure of the account."
    )
    assert reading.locator("u").inner_text().startswith("The period starts on the last day")
    assert "page 7 of 22" in reading.inner_text()
    assert reading.locator(".tag").inner_text() == "internal"
    reading.locator("button", has_text="Page ›").click()
    reading.get_by_text("page 8 of 22").wait_for()
    reading.locator("button", has_text="Show the page itself").click()
    picture = reading.locator("img")
    picture.wait_for()
    assert picture.get_attribute("alt") == "Page 8 of Records retention schedule as it looks"
    page.locator("summary", has_text="How was this answered?").click()
    assert "about documents are answered here" in page.locator(".how ul").inner_text()
    dana.picture("chat")


def test_nothing_is_taken_back_while_an_answer_is_told(visit: Callable[..., Visit]) -> None:
    """At every change of the page, the answer's text begins with what it was before."""
    dana = visit("dana")
    dana.page.evaluate(
        """() => {
          window.seen = [];
          const note = () => {
            const answer = document.querySelector("#thread .a");
            const text = answer ? answer.textContent : "";
            if (window.seen.at(-1) !== text) window.seen.push(text);
          };
          new MutationObserver(note).observe(document.querySelector("gradio-app"),
            { childList: true, subtree: true, characterData: true });
        }"""
    )
    dana.ask(QUESTION)
    seen = dana.page.evaluate("window.seen")
    assert len(seen) > 3
    for before, after in itertools.pairwise(seen):
        assert after.startswith(before)


def test_passages_come_before_words_and_stop_stops(visit: Callable[..., Visit]) -> None:
    """The panel is filled while the answer is still to come; Stop ends it and leaves what was written."""
    dana = visit("dana")
    page = dana.page
    dana.type("slow, please")
    page.locator("#sources-list .source").first.wait_for()
    assert page.locator("#thread .a").inner_text() == ""
    dana.picture("waiting")
    page.get_by_text("Sentence 2 follows.").wait_for()
    assert "2 passages · writing…" in page.locator("#phase").inner_text()
    page.locator("#stop").click()
    page.get_by_text("Stopped. What was written stays.").wait_for()
    assert "Sentence 2 follows." in page.locator("#thread").inner_text()
    assert page.locator("#stop").is_hidden()
    assert page.locator("#go").is_enabled()


def test_another_person_does_not_find_the_restricted_document(visit: Callable[..., Visit]) -> None:
    """Who may read it does; who may not is told the same as when there is nothing, in Chat and in Library."""
    bo = visit("bo")
    bo.ask("What about the Lisbon branch?")
    assert "Project Heron" in bo.page.locator("#sources").inner_text()
    dana = visit("dana")
    dana.ask("What about the Lisbon branch?")
    assert "I found nothing on this in the documents you may read." in dana.page.locator("#thread").inner_text()
    dana.picture("nothing-found")
    dana.page.goto(f"{dana.address}/library/")
    dana.page.locator("#table a").first.wait_for()
    assert "Heron" not in dana.page.content()
    assert "minutes.pdf" not in dana.page.content()


def test_an_auditor_reviews_verifies_and_reveals_with_a_reason(visit: Callable[..., Visit]) -> None:
    """Three facts, rows, one in detail; contents are hidden until a reason is given."""
    ines = visit("ines")
    page = ines.page
    page.locator("#table a").first.wait_for()
    assert "Not checked yet" in page.locator("#strip").inner_text()
    page.locator("#verify").click()
    page.get_by_text("Intact", exact=True).wait_for()
    page.locator("#table a", has_text="48,366").click()
    page.locator("#detail h2").wait_for()
    assert "Kept here: the conversation holds a confidential passage." in page.locator("#detail").inner_text()
    assert "Seven years." not in page.content()
    page.locator("#reveal").click()
    page.get_by_text("Say in a few words why.").wait_for()
    page.locator("#why textarea").fill("complaint 2026-17")
    page.locator("#reveal").click()
    page.get_by_text("Seven years. <img src=x onerror=alert(1)>").wait_for()
    ines.picture("record")
    page.locator("#what label", has_text="Refused").click()
    page.locator("#table a", has_text="48,369").wait_for(state="detached")
    assert page.locator("#table tbody tr").count() == 1
    with page.expect_download() as download:
        page.locator("#detail a", has_text="Download proof").click()
    assert download.value.suggested_filename == "record-48366.tlog-proof"


def test_staff_get_403_on_record_and_its_config(visit: Callable[..., Visit]) -> None:
    """In the browser too: the page, its configuration and its queue."""
    dana = visit("dana")
    for path in ("/audit/", "/audit/config", "/audit/gradio_api/info"):
        assert dana.page.request.get(dana.address + path).status == 403
    assert "Record" not in dana.page.locator("header nav").inner_text()


def test_an_operator_sees_names_outcomes_and_what_was_set_aside(visit: Callable[..., Visit]) -> None:
    """Every name and label, reasons in words; a document that is not theirs to read does not open."""
    omar = visit("omar")
    page = omar.page
    page.goto(f"{omar.address}/library/")
    page.locator("#aside table").wait_for()
    assert "It is protected with a password." in page.locator("#aside").inner_text()
    assert "1 set aside" in page.locator("#jobs").inner_text()
    page.locator("#table a", has_text="Project Heron").click()
    page.get_by_text("This page cannot be opened.").wait_for()
    assert "board" in page.locator("#reading .about").inner_text()
    page.locator("#table a", has_text="Records retention schedule").click()
    page.get_by_text("page 1 of 22").wait_for()
    page.locator("#reading button", has_text="Page ›").click()
    page.get_by_text("page 2 of 22").wait_for()
    assert "Passage 6" in page.locator("#reading .page").inner_text()
    assert "2027-12-31" in page.locator("#reading .about").inner_text()
    omar.picture("library")
    page.locator("#find textarea").press_sequentially("voice")
    page.locator("#table a", has_text="Project Heron").wait_for(state="detached")


def test_an_operator_syncs_a_source_and_watches_it(visit: Callable[..., Visit]) -> None:
    """The run goes on before their eyes, is cancelled, and the page says how it ended; files set aside have their
    two acts."""
    omar = visit("omar", page="/library/")
    page = omar.page
    page.locator("#saved a", has_text="Sync now").first.click()
    page.locator("#running progress").first.wait_for()
    before = page.locator("#running").inner_text()
    page.wait_for_function("text => document.querySelector('#running').innerText !== text", arg=before)
    assert "passages a second" in page.locator("#running").inner_text()
    page.locator("#running a", has_text="Cancel").first.click()
    page.get_by_text("It stops after the file in hand.").wait_for()
    page.locator("#running .run").first.wait_for(state="detached")
    page.locator("#aside a", has_text="Never mind").click()
    page.get_by_text("It is no longer listed.").wait_for()


def test_hostile_text_in_a_question_stays_text(visit: Callable[..., Visit]) -> None:
    """Markup that a person types comes back as the characters they typed."""
    dana = visit("dana")
    typed = "<img src=x onerror=alert(1)> ![x](/gradio_api/file=https://attacker.example/) <b>bold</b> $$x$$"
    dana.ask(typed)
    assert dana.page.locator("#thread .q").inner_text() == typed
    assert dana.page.locator("#thread img").count() == 0


def test_conversations_are_kept_and_opened_again(visit: Callable[..., Visit]) -> None:
    """The list on the left opens an earlier one, and a new one starts empty."""
    dana = visit("dana")
    page = dana.page
    dana.ask(QUESTION)
    page.locator("#new").click()
    page.get_by_text("What would you like to know?").wait_for()
    assert page.locator("#kind input").first.is_enabled()
    page.locator("#list a.item").first.click()
    page.locator("#thread .route").wait_for()
    assert "seven years" in page.locator("#thread").inner_text()


def test_a_page_loads_with_few_requests_all_of_them_ours(visit: Callable[..., Visit]) -> None:
    """No other origin is asked for anything; the number of requests is bounded, and mostly cached on return."""
    dana = visit("dana")
    first = len(dana.requests)
    assert 0 < first < 100
    dana.page.reload()
    dana.page.locator("#thread .first").wait_for()
    assert all(re.match(OURS.format(re.escape(dana.address)), one) for one in dana.requests)


def test_the_first_link_and_what_is_recorded(visit: Callable[..., Visit]) -> None:
    """The plain pages work without any script."""
    dana = visit("dana", script=False, page="/me")
    assert "complaint 7 <b>" in dana.page.locator("main").inner_text()
    dana.page.locator("button", has_text="Sign out").click()
    assert dana.page.url.endswith("/login")
    dana.page.fill("input[name=name]", "dana")
    dana.page.fill("input[name=password]", "wrong " + PASSWORD)
    dana.page.click("main button")
    assert "do not fit together" in dana.page.locator("[role=alert]").inner_text()
