"""Quotes: exact passage text that answers, with its exception; and whether anything relevant was found."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.grounding.evidence import Evidence
from assistant.grounding.quotes import best_quotes, found, relevant

LEAVE = Evidence(
    id="leave", source="Handbook – Leave",
    text=(
        "Staff receive 26 days of annual leave. Requests are approved by the team manager. "
        "Up to 4 days may be carried over until 31 March. "
        "Apprentices receive 30 days of annual leave. The canteen opens at 11:30."
    ),
)  # fmt: skip
KEYS = Evidence(id="keys", source="Site rules", text="Lost keys cost €40. Keys are returned each evening.")
OLD = Evidence(id="old", source="Site rules (superseded)", text="Lost keys cost €25.")


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("How many days of annual leave do staff receive?", "Staff receive 26 days of annual leave."),
        ("What does a lost key cost?", "Lost keys cost €40."),
        ("Who approves requests?", "Requests are approved by the team manager."),
        ("When does the canteen open?", "The canteen opens at 11:30."),
    ],
)
def test_the_sentence_that_answers_comes_first(question: str, quote: str) -> None:
    assert best_quotes(question, (LEAVE, KEYS), 2)[0].text == quote


def test_a_quote_carries_the_exception_that_stands_in_its_passage() -> None:
    first = best_quotes("How many days of annual leave do staff receive?", (LEAVE,), 1)[0]
    assert first.condition == "Apprentices receive 30 days of annual leave."


def test_a_superseded_passage_is_not_quoted_beside_the_newer_one() -> None:
    assert {q.evidence_id for q in best_quotes("What do lost keys cost?", (OLD, KEYS), 5)} == {"keys"}


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80), st.text(max_size=300), st.integers(0, 5))
def test_quotes_are_exact_text_at_their_offsets(question: str, text: str, limit: int) -> None:
    quotes = best_quotes(question, (Evidence(id="x", text=text, source="t"), LEAVE), limit)
    assert len(quotes) <= limit
    for quote in quotes:
        own = text if quote.evidence_id == "x" else LEAVE.text
        assert own[quote.start : quote.end] == quote.text


@pytest.mark.parametrize(
    ("question", "is_relevant"),
    [
        ("How many days of annual leave are there?", True),
        ("What do lost keys cost?", True),
        ("What is the boiling point of mercury?", False),
        ("Who won the football championship?", False),
        ("  ", False),
    ],
)
def test_a_question_the_passages_do_not_speak_of_is_told_apart(question: str, is_relevant: bool) -> None:
    assert relevant(question, (LEAVE, KEYS)) is is_relevant


def test_no_passages_are_never_relevant() -> None:
    assert not relevant("What do lost keys cost?", ())


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_more_likeness_never_makes_a_passage_less_relevant(a: float, b: float, more: float, extra: float) -> None:
    if found(similarity=a, overlap=b):
        assert found(similarity=a + more, overlap=b + extra)
