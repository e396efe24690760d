"""Why is this document not found for this person? On the Library page, for those who look after documents."""

from __future__ import annotations

import json
from typing import Any

import pytest
from house import House, changed_environment, house, own
from web_house import SHELF, fake_house, people
from web_labels import FakeFinding
from web_reading import request

from assistant.desk.desk import open_desk
from assistant.web import labels_text
from assistant.web.explaining import explained
from assistant.web.library import Browsing, LibraryDesk
from assistant.web.relabelling import Labelling
from policies.errors import RefusedError, UsageError
from policies.labels import Level
from policies.vocabulary import Role

__all__ = ["house", "own"]
HERON = SHELF[2][0].id


def test_an_operator_opens_a_document_and_asks_about_a_person() -> None:
    """What came of it first, then each thing that must hold; the form stays for the next name."""
    at = fake_house()
    desk = LibraryDesk(at)
    assert "#c-find-" in labels_text.acts(at.labels.stands(people()["omar"], HERON))
    begun = desk.act(f"find-{HERON}", Browsing(), request("omar"))
    assert (begun["form"], begun["labelling"]) == (labels_text.FIND, Labelling(document=HERON))
    assert "Project Heron" in begun["form_text"]
    said = desk.finding.explain(" dana ", begun["labelling"], request("omar"))
    assert "form" not in said
    markup = said["label_said"]
    assert markup.index("dana does not find it") < markup.index("Yes") < markup.index("Note") < markup.index("No&#46;")
    assert "board <b>" not in markup
    assert at.finding == FakeFinding(asked=[("id-omar", HERON, "dana")])
    assert "no person called" in desk.finding.explain("<b>", begun["labelling"], request("omar"))["label_said"]
    assert "Say who" in desk.finding.explain("  ", begun["labelling"], request("omar"))["label_said"]


def test_what_only_hints_keeps_nothing_away() -> None:
    steps = [one for one in FakeFinding().why_not(people()["omar"], HERON, "dana") if one.holds or one.hint]
    assert "dana can find it" in explained("dana", steps)


def test_staff_see_none_of_it_whatever_the_browser_sends() -> None:
    """Neither that it is there, nor who exists."""
    at = fake_house()
    desk = LibraryDesk(at)
    begun = desk.act(f"find-{HERON}", Browsing(), request("dana"))
    assert "form" not in begun
    assert "Heron" not in str(begun)
    said = desk.finding.explain("bo", Labelling(document=HERON), request("dana"))
    assert "Only who looks after the library" in said["label_said"].replace("&#46;", ".")
    assert at.finding == FakeFinding()


@pytest.mark.parametrize(("name", "words"), [("dana", "is in none of these groups"), ("bo", "")])
def test_over_the_real_parts_it_is_recorded_and_says_no_text(own: House, name: str, words: str) -> None:
    """The same walk as the command's; the record has who looked, about whom and what."""
    with changed_environment({"RINGFENCE_KEYS": str(own.keys)}), open_desk(own.home) as desk:
        opa = desk.add_person("opa", groups=[], clearance=Level.INTERNAL, roles=[Role.OPERATOR])
        at = desk.house(hosts=frozenset())
        everything: dict[str, Any] = {"text": "heron", "status": "", "start": 0, "limit": 9}
        (heron,) = at.library.documents(opa, **everything)
        steps = at.finding.why_not(opa, heron.document, name)
        assert all(step.holds or step.hint for step in steps) is (not words)
        assert words in steps[-1].said
        assert "Lisbon" not in str(steps)
        record = desk.parts.ledger
        body = json.loads(next(iter(record.bodies(record.head().size - 1)))[1])
        assert (body["kind"], body["actor"] != body["on_behalf_of"]) == ("AccessExplained", True)
        with pytest.raises(UsageError, match="no person"):
            at.finding.why_not(opa, heron.document, "nobody")
        with pytest.raises(RefusedError):
            at.finding.why_not(desk.person("bo"), heron.document, "dana")
