"""The Record and Library handlers: what they show, and what they keep hidden."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from web_house import FakeRecord, fake_house, people
from web_reading import request, text_of

from assistant.web import audit, library, tending_text
from assistant.web.audit import ANY_LEVEL, EVERYTHING, SHORTEST_REASON, Audit, Looking
from assistant.web.base import RecordFacts
from assistant.web.library import Browsing, LibraryDesk


def looked(page: Audit, what: str = EVERYTHING, level: str = ANY_LEVEL) -> dict[str, Any]:
    return page.look("Last 30 days", what, level, Looking(), request("ines"))


FACTS = RecordFacts(intact=True, problem="", checked=0, size=10, proven=8, sent=2, gateway=2)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (FACTS, "Intact"),
        (replace(FACTS, intact=None), "Not checked yet"),
        (replace(FACTS, intact=False, problem="MISSING at record 4"), "Not intact MISSING at record 4"),
        (FACTS, "8 of 10"),
        (replace(FACTS, proven=-1), "no checkpoint is known to be kept elsewhere"),
        (FACTS, "2 and 2"),
        (replace(FACTS, gateway=None), "2 decided to send"),
    ],
)
def test_the_strip_says_three_facts(facts: RecordFacts, words: str) -> None:
    """Whole or not, how much is proven outside, what left; never more than is known."""
    assert words in " ".join(text_of(audit.strip(facts)).split())


def test_filters_narrow_the_rows_and_counts_stand_beside_them() -> None:
    """By outcome and by level."""
    page = Audit(fake_house())
    assert "48,369" in text_of(looked(page)["table"])
    refused = looked(page, what="refused")
    assert "48,322" in text_of(refused["table"])
    assert "48,369" not in text_of(refused["table"])
    assert ("Refused (1)", "refused") in refused["choices"]
    assert "48,361" in text_of(looked(page, level="confidential")["table"])
    assert "Nothing of this kind" in looked(page, what="stopped")["table"]


def test_one_record_in_detail_says_the_sentence_before_the_code() -> None:
    """And names what is sealed without opening it."""
    page = Audit(fake_house())
    shown = page.choose("48366", looked(page)["looking"], request("ines"))
    words = text_of(shown["detail"])
    assert words.index("Kept here: the conversation") < words.index("H-03")
    assert "question, answer: sealed" in words
    assert shown["sealed"] is True
    assert '<tr class="on">' in shown["table"]
    for unknown in ("1", "x", "-1", ""):
        assert "no such record" in page.choose(unknown, Looking(), request("ines"))["detail"]


def test_contents_stay_hidden_until_a_reason_is_given() -> None:
    """Too short a reason opens nothing; a reason goes to the house with who gave it."""
    house = fake_house()
    assert isinstance(house.record, FakeRecord)
    page = Audit(house)
    chosen = page.choose("48366", looked(page)["looking"], request("ines"))["looking"]
    assert "Say in a few words why" in page.reveal("x" * (SHORTEST_REASON - 1), chosen, request("ines"))["revealed"]
    assert house.record.reasons == []
    opened = page.reveal("  complaint 2026-17 ", chosen, request("ines"))["revealed"]
    assert house.record.reasons == [("id-ines", 48_366, "complaint 2026-17")]
    assert "<img" not in opened
    assert "Seven years. <img src=x onerror=alert(1)>" in text_of(opened)


def test_verify_checks_now() -> None:
    """The strip is the answer of the check."""
    page = Audit(fake_house())
    assert "Not checked yet" in looked(page)["strip"]
    assert "Intact" in page.verify(request("ines"))["strip"]


def test_older_rows_follow_the_last_one_on_the_page() -> None:
    """And the button goes away at the end."""
    page = Audit(fake_house())
    first = replace(looked(page)["looking"], rows=looked(page)["looking"].rows[:2])
    older = page.older(first, request("ines"))
    assert "48,361" in text_of(older["table"])
    assert "48,369" not in text_of(older["table"])
    assert page.older(older["looking"], request("ines")) == {"more": False}
    assert page.older(Looking(), request("ines")) == {"more": False}


def test_staff_see_what_they_may_read_and_keepers_see_what_was_set_aside() -> None:
    """Names, labels and reasons in words; for staff no groups, no files set aside, no runs."""
    desk = LibraryDesk(fake_house())
    dana = desk.look("", Browsing(), request("dana"))
    assert "2 documents that you may read" in text_of(dana["summary"])
    assert "Heron" not in dana["table"]
    assert (dana["aside"], dana["jobs"]) == ("", "")
    omar = desk.look("", Browsing(), request("omar"))
    assert "Project Heron" in text_of(omar["table"])
    assert "It is protected with a password." in text_of(omar["aside"])
    assert "3 added, 1 set aside" in text_of(omar["jobs"])
    assert "No document of that name" in text_of(desk.look("zzz", Browsing(), request("dana"))["summary"])
    assert desk.following(Browsing(), request("dana"))["table"] == ""


def test_no_page_says_quarantined() -> None:
    """Pages use a clerk's words."""
    assert "set aside" in library.STATES.values()
    assert "quarantined" not in text_of(tending_text.runs([*fake_house().library.jobs(people()["omar"])], {}))
