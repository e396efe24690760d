"""The ladder, step by step: what may leave at each, and what never may."""

from __future__ import annotations

from dataclasses import replace

import pytest
import strategies as our
from deciding import ELSEWHERE, asked, labelled, route, rules

from policies import decide
from policies.decisions import AnswerLocally, AskHuman, Ceiling, Escalate, Outside
from policies.labels import PUBLIC, TOP, Category, Label, Level
from policies.vocabulary import Kind, Person, Turn

CONTRACTED = replace(ELSEWHERE, ceiling=Label(level=Level.INTERNAL))
QUESTION = "Which countries use IBAN?"
LEAFLET = "Wash your hands for twenty seconds."


def decided(clock, outside, *, level=None, kind=Kind.GENERAL, destination=CONTRACTED, **more):
    passages = () if level is None else (our.passage(1, LEAFLET, labelled(level)),)
    return route(
        asked(QUESTION, passages=passages, kind=kind, allow_outside=more.pop("wanted", True)),
        clock=clock, outside=outside, destination=destination, **more,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("outside", "level", "expected"),
    [
        (Outside.CLOSED, None, AnswerLocally),
        (Outside.CLOSED, "public", AnswerLocally),
        (Outside.GENERAL, None, Escalate),
        (Outside.GENERAL, "public", AnswerLocally),
        (Outside.GENERAL, "internal", AnswerLocally),
        (Outside.PUBLIC, None, Escalate),
        (Outside.PUBLIC, "public", Escalate),
        (Outside.PUBLIC, "internal", AnswerLocally),
        (Outside.PUBLIC, "confidential", AnswerLocally),
        (Outside.CONTRACTED, None, Escalate),
        (Outside.CONTRACTED, "public", Escalate),
        (Outside.CONTRACTED, "internal", AskHuman),
        (Outside.CONTRACTED, "confidential", AnswerLocally),
        (Outside.CONTRACTED, "restricted", AnswerLocally),
    ],
)
def test_what_each_step_lets_through(clock, outside, level, expected):
    """A general question that somebody asked to send, alone or with one passage of a level."""
    assert isinstance(decided(clock, outside, level=level), expected)


WITH_PASSAGES = (Outside.PUBLIC, Outside.CONTRACTED)


def admitted(outside, *, destination=CONTRACTED, person="staff", **more):
    somebody = Person(id="p1", name="", groups=frozenset({"staff", person}))
    question = asked(QUESTION, person=somebody, **more).question
    found = decide.admit(question, rulebook=rules(), outside=outside, destination=destination)
    assert isinstance(found, Ceiling)
    return found


@pytest.mark.parametrize("outside", list(Outside))
def test_which_passages_are_looked_for_at_each_step(clock, outside):
    """For a general question that may go: from `public` on, none above what the step and the destination allow."""
    found = admitted(outside)
    assert found.passages is (outside in WITH_PASSAGES)
    most = Level.INTERNAL if outside is Outside.CONTRACTED else Level.PUBLIC
    assert found.label == Label(level=most)
    assert admitted(outside, destination=ELSEWHERE).label == PUBLIC


@pytest.mark.parametrize("outside", list(Outside))
@pytest.mark.parametrize(
    "more",
    [
        {"allow_outside": False},
        {"person": "no-external-ai"},
        {"destination": None},
        {"conversation_label": Label(level=Level.RESTRICTED)},
        {"conversation_label": Label(level=Level.PUBLIC, categories=frozenset({Category.HEALTH}))},
        {"conversation_label": Label(level=Level.PUBLIC, categories=frozenset({Category.PERSONAL}))},
    ],
    ids=["nobody asked", "no-external-ai", "nowhere to go", "restricted", "health", "personal"],
)
def test_for_what_cannot_go_no_passage_is_looked_for(clock, outside, more):
    """Neither for one whose person or conversation keeps it here whatever it says."""
    assert not admitted(outside, **more).passages


def test_a_conversation_that_named_somebody_may_have_passages_where_names_go_as_invented_ones(clock):
    personal = Label(level=Level.PUBLIC, categories=frozenset({Category.PERSONAL}))
    contracted = replace(CONTRACTED, pseudonymised=True)
    assert admitted(Outside.CONTRACTED, destination=contracted, conversation_label=personal).passages
    assert not admitted(Outside.PUBLIC, destination=contracted, conversation_label=personal).passages


@pytest.mark.parametrize("outside", list(Outside))
def test_a_question_that_was_asked_without_documents_has_none(clock, outside):
    question = replace(asked(QUESTION).question, bare=True)
    found = decide.admit(question, rulebook=rules(), outside=outside, destination=CONTRACTED)
    assert isinstance(found, Ceiling)
    assert not found.passages


@pytest.mark.parametrize("outside", list(Outside))
def test_documents_are_looked_for_as_ever_and_own_text_has_none(clock, outside):
    """About our documents: all that the person may read, at every step."""
    documents = admitted(outside, kind=Kind.DOCUMENTS)
    assert (documents.passages, documents.label, documents.outside) == (True, TOP, False)
    assert not admitted(outside, kind=Kind.OWN_TEXT).passages


@pytest.mark.parametrize("outside", list(Outside))
@pytest.mark.parametrize("kind", [Kind.DOCUMENTS, Kind.OWN_TEXT])
def test_documents_and_own_text_never_leave(clock, outside, kind):
    """Whatever the step, only a general question may."""
    assert isinstance(decided(clock, outside, kind=kind), AnswerLocally)


@pytest.mark.parametrize("outside", list(Outside))
def test_nothing_leaves_that_nobody_asked_to_send(clock, outside):
    assert isinstance(decided(clock, outside, wanted=False), AnswerLocally)


@pytest.mark.parametrize("outside", list(Outside))
@pytest.mark.parametrize("missing", ["destination", "detectors", "copies", "key"])
def test_without_any_of_its_grounds_nothing_leaves(clock, outside, missing):
    """No destination, nothing to look with, no key: answered here."""
    assert isinstance(decided(clock, outside, **{missing: None}), AnswerLocally)


@pytest.mark.parametrize("category", list(Category))
@pytest.mark.parametrize("outside", [Outside.GENERAL, Outside.PUBLIC, Outside.CONTRACTED])
def test_no_step_lets_a_category_pass(clock, outside, category):
    """A turn labelled with a category keeps the whole request here, under any contract."""
    turn = Turn(role="assistant", text="Fine.", label=Label(level=Level.PUBLIC, categories=frozenset({category})))
    decision = route(asked(QUESTION, history=(turn,)), clock=clock, outside=outside, destination=CONTRACTED)
    assert isinstance(decision, AnswerLocally)


def test_a_destination_without_a_contract_stays_at_public(clock):
    """The step alone raises nothing: the destination's own ceiling counts as well."""
    assert isinstance(
        decided(clock, Outside.CONTRACTED, level="internal", destination=replace(CONTRACTED, ceiling=PUBLIC)),
        AnswerLocally,
    )


def test_a_second_persons_word_opens_exactly_one_request(clock):
    """What only lacked agreement goes with it; the agreement is about those bytes and no others."""
    first = decided(clock, Outside.CONTRACTED, level="internal")
    assert isinstance(first, AskHuman)
    assert first.outgoing is not None
    assert [reason.rule for reason in first.reasons] == ["internal-takes-a-second-person"]
    agreed = {first.outgoing.digest}.__contains__
    assert isinstance(decided(clock, Outside.CONTRACTED, level="internal", approved=agreed), Escalate)
    other = asked("Which countries use SEPA?", passages=(our.passage(1, LEAFLET, labelled("internal")),))
    decision = route(other, clock=clock, outside=Outside.CONTRACTED, destination=CONTRACTED, approved=agreed)
    assert isinstance(decision, AskHuman)


def test_a_second_persons_word_opens_nothing_that_a_rule_or_a_detector_closed(clock):
    """Agreement is not an override."""
    always = lambda digest: True  # noqa: E731
    assert isinstance(decided(clock, Outside.CONTRACTED, level="confidential", approved=always), AnswerLocally)
    secret = asked("the admin password is P0suMi!13")
    decision = route(secret, clock=clock, outside=Outside.CONTRACTED, destination=CONTRACTED, approved=always)
    assert isinstance(decision, AnswerLocally)


def test_the_facts_that_the_rules_were_told_stand_in_the_decision(clock):
    """Numbers and words, so that other rules can be tried on them later."""
    facts = decided(clock, Outside.PUBLIC, level="public").facts
    assert facts["passages"] == 1
    assert facts["outside"] == "public"
    assert facts["approved"] is False
    assert all(isinstance(value, str | int | list) for value in facts.values())
