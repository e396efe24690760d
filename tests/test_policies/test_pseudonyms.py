"""Invented names instead of real ones: only under a contract, without a trace, and back again."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from deciding import ELSEWHERE, asked, detectors, route, serialised
from hypothesis import given
from hypothesis import strategies as st

from policies.decide import pseudonyms
from policies.decisions import AnswerLocally, Escalate, Outside
from policies.labels import Category, Label, Level
from policies.vocabulary import Turn

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


def test_a_stand_in_that_was_typed_stops_the_exchange():
    """It could not be told from ours when the answer comes back."""
    outgoing = serialised(asked(LETTER))
    masked = pseudonyms.mask(outgoing, detectors(), conversation="c1")
    assert masked is not None
    (invented, _), *_ = masked.surrogates
    again = serialised(asked(f"{LETTER} Mention {invented} too."))
    assert pseudonyms.mask(again, detectors(), conversation="c1") is None


def test_one_name_has_one_stand_in_in_a_conversation_and_another_in_the_next():
    outgoing = serialised(asked(LETTER, history=(Turn(role="user", text=LETTER, label=Label(level=Level.PUBLIC)),)))
    one, two, other = (pseudonyms.mask(outgoing, detectors(), conversation=c) for c in ("c1", "c1", "c2"))
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
