"""The Library page's forms for a label: what they say, what they ask the house, what staff see of it."""

from __future__ import annotations

from web_house import SHELF, fake_house, people
from web_labels import FakeLabels
from web_reading import request, text_of

from assistant.web import labels_text
from assistant.web.library import Browsing, LibraryDesk
from assistant.web.relabelling import ANSWER, CHANGE, Labelling

RETENTION = SHELF[0][0].id
CHOSEN = Labelling(document=RETENTION)


def site() -> tuple[LibraryDesk, FakeLabels]:
    house = fake_house()
    assert isinstance(house.labels, FakeLabels)
    return LibraryDesk(house), house.labels


def test_a_label_is_raised_by_one_person_for_a_reason() -> None:
    """The form begins with the label as it is; without a reason nothing is asked of the house."""
    desk, labels = site()
    begun = desk.act(f"label-{RETENTION}", Browsing(), request("omar"))
    assert (begun["form"], begun["level"], begun["categories"]) == (CHANGE, "internal", [])
    assert begun["labelling"] == CHOSEN
    silent = desk.labels.change("restricted", [], "  ", CHOSEN, request("omar"))
    assert text_of(silent["label_said"]) == "Say in a few words why."
    assert labels.acts == []
    done = desk.labels.change("restricted", ["health"], "It names patients.", CHOSEN, request("omar"))
    assert text_of(done["label_said"]) == "It is restricted health now. See it"
    page = desk.relabelled(done, Browsing(), request("omar"))
    assert "restricted health" in text_of(page["table"])
    assert (page["form"], page["labelling"]) == ("", Labelling())


def test_a_second_person_reads_why_and_answers() -> None:
    """Who asked is told to wait; another is shown the reason, then agrees or declines."""
    desk, labels = site()
    asked = desk.labels.change("public", [], "Printed <b>.", CHOSEN, request("omar"))
    assert "It stays internal. A second person must agree that it becomes public" in text_of(asked["label_said"])
    assert "(yours)" in text_of(asked["waiting"])
    people_ = people()
    assert "another person must answer" in text_of(labels_text.acts(labels.stands(people_["omar"], RETENTION)))
    offered = labels_text.acts(labels.stands(people_["mara"], RETENTION))
    assert "From internal to public" in text_of(offered)
    assert "Read why, and answer" in offered
    assert "waits for it already" in desk.act(f"label-{RETENTION}", Browsing(), request("mara"))["label_said"]
    shown = desk.act(f"answer-{RETENTION}", Browsing(), request("mara"))
    assert shown["form"] == ANSWER
    assert "Printed <b>." in text_of(shown["form_text"].replace("&#60;b&#62;", "&lt;b&gt;"))
    assert "<b>" not in shown["form_text"]
    done = desk.labels.agree("Seen.", CHOSEN, request("mara"))
    assert text_of(done["label_said"]) == "It is public now. See it"
    assert done["waiting"] == ""
    desk.labels.change("confidential", [], "x", CHOSEN, request("mara"))
    desk.labels.change("public", [], "x", CHOSEN, request("mara"))
    declined = desk.labels.decline("", CHOSEN, request("omar"))
    assert "Declined. The label stays." in text_of(declined["label_said"])
    assert "Nothing waits" in desk.act(f"answer-{RETENTION}", Browsing(), request("omar"))["label_said"]
    assert desk.labels.leave() == {"form": "", "label_said": "", "labelling": Labelling()}


def test_staff_see_none_of_it_whatever_the_browser_sends() -> None:
    desk, labels = site()
    assert labels_text.acts(labels.stands(people()["dana"], RETENTION)) == ""
    assert "waiting" not in desk.load("", Browsing(), request("dana"))
    assert "not here any more" in desk.act(f"label-{RETENTION}", Browsing(), request("dana"))["label_said"]
    for said in (
        desk.labels.change("public", [], "x", CHOSEN, request("dana")),
        desk.labels.agree("", CHOSEN, request("dana")),
        desk.labels.decline("", CHOSEN, request("dana")),
    ):
        assert list(said) == ["label_said"]
        assert "looks after the library" in text_of(said["label_said"])
        assert desk.relabelled(said, Browsing(), request("dana")) == said
    assert labels.acts == []
    assert desk.load("", Browsing(), request("omar"))["waiting"] == ""
