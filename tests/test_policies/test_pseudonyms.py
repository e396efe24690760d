"""Invented names instead of real ones: only under a contract, without a trace, and back again."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from deciding import ELSEWHERE, asked, detectors, route, serialised
from fakes import make_passage
from hypothesis import given
from hypothesis import strategies as st

from policies.decide import pseudonyms
from policies.decisions import AnswerLocally, AskHuman, Escalate, Outside
from policies.detect.base import INVENTED, STAND_IN
from policies.detect.names import NameDetector
from policies.labels import Category, Label, Level
from policies.vocabulary import Person, Turn

CONTRACTED = replace(ELSEWHERE, ceiling=Label(level=Level.INTERNAL), pseudonymised=True)
LETTER = "Which salutation is right in a letter to Marieke Oosterhout?"


def decided(text, clock, **more):
    stated = {"outside": Outside.CONTRACTED, "destination": CONTRACTED, **more}
    return route(asked(text), clock=clock, **stated)


def test_under_a_contract_a_name_goes_as_an_invented_one(clock):
    """The bytes hold no word of the name, and the answer gets it back."""
    decision = decided(LETTER, clock)
    assert isinstance(decision, Escalate), decision.reasons
    assert decision.verdict == "pseudonymise"
    body = decision.released.outgoing.body.decode()
    assert "marieke" not in body.lower()
    assert "oosterhout" not in body.lower()
    ((invented, real),) = decision.surrogates
    assert real == "Marieke Oosterhout"
    assert invented in body
    assert pseudonyms.restore(f"Dear {invented}, we open at nine.", decision.surrogates) == (
        "Dear Marieke Oosterhout, we open at nine."
    )


def test_where_no_name_may_leave_places_and_firms_go_as_invented_ones_too(clock):
    """Each name as a whole, its stand-in again in the second look, and all of them back in the answer."""
    text = "Which trams did Siemens Mobility build for Lisbon, and who drives them in Lisbon?"
    decision = decided(text, clock, detectors=detectors(every_name=True))
    assert isinstance(decision, Escalate), decision.reasons
    assert {real for _, real in decision.surrogates} == {"Siemens Mobility", "Lisbon"}
    body = decision.released.outgoing.body.decode()
    assert not any(name in body.lower() for name in ("siemens", "mobility", "lisbon"))
    answer = " and ".join(invented for invented, _ in decision.surrogates)
    assert sorted(pseudonyms.restore(answer, decision.surrogates).split(" and ")) == ["Lisbon", "Siemens Mobility"]


@pytest.mark.parametrize("kind", [*INVENTED, "IBAN"])
def test_no_stand_in_counts_as_a_name(kind):
    stand_in = pseudonyms._stand_in("whatever", kind, b"key")
    assert STAND_IN.fullmatch(stand_in)
    assert NameDetector().find(f"Where does {stand_in} live?") == []


@pytest.mark.parametrize(
    "more",
    [
        {"destination": replace(CONTRACTED, pseudonymised=False)},
        {"outside": Outside.PUBLIC},
        {"outside": Outside.GENERAL},
        {"outside": Outside.CLOSED},
    ],
)
def test_without_such_a_contract_a_name_stays_here(more, clock):
    assert isinstance(decided(LETTER, clock, **more), AnswerLocally)


@pytest.mark.parametrize(
    "text",
    [
        "Write to Marieke Oosterhout that the admin password is P0suMi!13.",
        "Write to Marieke Oosterhout about her chemotherapy on Tuesday.",
        "Write to M\u200barieke Oosterhout that we open at nine.",
        "Our client Marieke Oosterhout told us in confidence that she forged the deed.",
    ],
    ids=["a secret", "health", "in disguise", "privileged"],
)
def test_what_is_more_than_a_name_stays_here(text, clock):
    """Only a person's plain details can be exchanged; nothing else comes along."""
    assert isinstance(decided(text, clock), AnswerLocally)


@pytest.mark.parametrize(
    "turns",
    [
        ("The first part is 536-90", "and the rest -4399. Which salutation is right for Marieke Oosterhout?"),
        ("The first part is 536-90", "Dear Marieke Oosterhout, -4399: is that the right salutation?"),
        ("The first part is 536-90", "The letter goes to Marieke Oosterhout", "and the rest is -4399. Is it polite?"),
    ],
    ids=["beside a name", "after a name", "about a name"],
)
def test_an_identifier_spread_over_turns_does_not_go_because_a_name_was_exchanged(turns, clock):
    """What is judged anew is read over its turns as well, past the stand-ins."""
    *before, last = turns
    said = [Turn(role=role, text=text, label=Label(level=Level.PUBLIC))
            for one in before for role, text in (("user", one), ("assistant", "Go on."))]  # fmt: skip
    decision = route(asked(last, history=tuple(said)), clock=clock, outside=Outside.CONTRACTED, destination=CONTRACTED)
    assert isinstance(decision, AnswerLocally)
    assert ("FOUND_PERSONAL", "turns together") in {(reason.rule, reason.source) for reason in decision.reasons}


def test_a_stand_in_that_was_typed_stops_the_exchange():
    """It could not be told from ours when the answer comes back."""
    outgoing = serialised(asked(LETTER))
    masked = pseudonyms.mask(outgoing, detectors(), key=b"c1")
    assert masked is not None
    (invented, _), *_ = masked.surrogates
    again = serialised(asked(f"{LETTER} Mention {invented} too."))
    assert pseudonyms.mask(again, detectors(), key=b"c1") is None


def test_one_name_has_one_stand_in_in_a_request_and_another_under_another_key():
    outgoing = serialised(asked(LETTER, history=(Turn(role="user", text=LETTER, label=Label(level=Level.PUBLIC)),)))
    one, two, other = (pseudonyms.mask(outgoing, detectors(), key=c) for c in (b"c1", b"c1", b"c2"))
    assert one is not None
    assert two is not None
    assert other is not None
    assert len(one.surrogates) == 1
    assert one.surrogates == two.surrogates
    assert one.surrogates != other.surrogates
    assert (
        json.loads(one.outgoing.body)["messages"][1]["content"]
        == json.loads(one.outgoing.body)["messages"][2]["content"]
    )


def test_who_asks_the_same_again_makes_the_same_request(clock):
    """In another conversation and another process, so that a second person's word finds it; nobody else does, nor does
    another beginning, nor another house."""
    secret, dana, bo = b"s" * 32, Person(id="dana", name=""), Person(id="bo", name="")

    def digest(text=LETTER, person=dana, secret=secret, earlier=()):
        stated = {"outside": Outside.CONTRACTED, "destination": CONTRACTED, "secret": secret}
        decision = route(asked(text, person=person, history=earlier), clock=clock, **stated)
        assert isinstance(decision, Escalate), decision.reasons
        return decision.released.outgoing.digest, decision.surrogates[0][0]

    assert digest() == digest()
    assert digest(person=bo)[1] != digest()[1]
    assert digest(secret=b"t" * 32)[1] != digest()[1]
    began = (Turn(role="user", text="Good morning.", label=Label(level=Level.PUBLIC)),)
    assert digest(earlier=began)[1] != digest()[1]


def test_invented_names_wait_for_a_second_person_where_a_passage_is_internal(clock):
    """Both at once: the request that is agreed to holds neither the name nor its way back."""
    leaflet = make_passage("Leaflet: wash your hands for twenty seconds.", title="Leaflet", label=CONTRACTED.ceiling)
    stated = {"outside": Outside.CONTRACTED, "destination": CONTRACTED, "secret": b"s" * 32}
    prompt = asked(LETTER, passages=(leaflet,))
    first = route(prompt, clock=clock, **stated)
    assert isinstance(first, AskHuman), first.reasons
    assert first.facts["pseudonymised"] is True
    assert "Oosterhout" not in first.outgoing.body.decode()
    second = route(prompt, clock=clock, approved={first.outgoing.digest}.__contains__, **stated)
    assert isinstance(second, Escalate), second.reasons
    assert second.released.outgoing == first.outgoing
    assert second.surrogates[0][1] == "Marieke Oosterhout"


def test_a_conversation_that_named_somebody_goes_on_with_invented_names(clock):
    """Its label holds the category from then on; that alone does not close what a contract covers."""
    personal = Label(level=Level.PUBLIC, categories=frozenset({Category.PERSONAL}))
    decision = route(
        asked(LETTER, conversation_label=personal), clock=clock, outside=Outside.CONTRACTED, destination=CONTRACTED
    )
    assert isinstance(decision, Escalate)


def test_nothing_is_put_back_inside_code_or_an_address():
    """An answer could otherwise carry a real name into a link."""
    pairs = (("Person K412", "Marieke Oosterhout"),)
    text = "See https://x.invalid/Person K412 and `Person K412`, dear Person K412, not Person K4123."
    assert pseudonyms.restore(text, pairs) == text.replace("dear Person K412", "dear Marieke Oosterhout")


@given(st.text(max_size=80))
def test_restoring_without_a_stand_in_changes_nothing(text):
    assert pseudonyms.restore(text, (("Person K412", "somebody"),)) == text.replace("Person K412", "somebody")
