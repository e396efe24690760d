"""Quotes: exact passage text that answers, with its exception; and whether anything relevant was found."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.grounding.check import check
from assistant.grounding.evidence import Evidence
from assistant.grounding.quotes import best_quotes
from assistant.grounding.relevance import found, relevant, speaks

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
    if found(similarity=a, overlap=b, telling=b):
        assert found(similarity=a + more, overlap=b + extra, telling=b + extra)


LOANS = Evidence(
    id="loans", source="Library handbook", heading="Loans",
    text=(
        "Library handbook. Invented.\n\nItem | Loan period | Fee when late\nNovel | 28 days | 0.20\n"
        "Board game | 14 days | 0.50\nFilm | 7 days | 1.00\n\n"
        "For board games the period starts when the box has been counted, but never before noon."
    ),
)  # fmt: skip
REVIEW = Evidence(
    id="review", source="Lift manual",
    text=(
        "Extra care is needed for goods lifts. It means:\n\n- a second inspector\n\n- a test every four months\n\n"
        "A lift is out of use for two days. The period starts at the last ride."
    ),
)  # fmt: skip
LETTER = Evidence(
    id="letter", source="scan-17",
    text=(
        "Fire brigade\n\nDrill in the east wing\n\nDear Ms Oyelaran,\nwe shall hold the drill "
        "in the east wing of your\nschool from 4 June to 6 June 2031. Our team\nis led by Mr Brandt.\n"
    ),
)  # fmt: skip


def test_a_row_is_quoted_with_its_column_names_and_cited_exactly() -> None:
    first = best_quotes("For how many days may I borrow a board game?", (LOANS,), 3)[0]
    assert first.text == "Board game | 14 days | 0.50"
    assert first.reading == "Item: Board game · Loan period: 14 days · Fee when late: 0.50"


def test_a_number_finds_its_row() -> None:
    grades = Evidence(id="g", source="Grades", text="Grade | Lowest | Middle\n3 | 10 | 15\n4 | 20 | 25\n5 | 30 | 35")
    rules = Evidence(id="r", source="Grades", text="Topic | Rule\nRise | to the middle of the grade, at most 4 steps")
    assert best_quotes("What is the middle of grade 4?", (rules, grades), 1)[0].text == "4 | 20 | 25"


def test_what_is_quoted_passes_the_check_with_the_same_quote_and_condition() -> None:
    for question in ("What is the fee for a late film?", "How often is a goods lift tested?", "When is the drill?"):
        for quote in best_quotes(question, (LOANS, REVIEW, LETTER), 3):
            checked = check(quote.reading, (LOANS, REVIEW, LETTER), question)
            assert checked.shown
            assert (checked.quote, checked.condition) == (quote.text, quote.condition)


def test_a_header_or_a_heading_is_never_quoted() -> None:
    for question in ("What is the loan period of an item?", "Drill in the east wing?", "Who is the fire brigade?"):
        texts = {quote.text for quote in best_quotes(question, (LOANS, LETTER), 5)}
        assert not texts & {"Item | Loan period | Fee when late", "Drill in the east wing", "Fire brigade"}


def test_an_item_is_read_with_the_sentence_that_leads_into_it() -> None:
    first = best_quotes("How often are goods lifts tested?", (REVIEW,), 1)[0]
    assert first.text == "- a test every four months"
    assert first.reading == "Extra care is needed for goods lifts. It means: a test every four months"
    assert first.condition == ""  # the period that starts at the last ride is another one


def test_wrapped_lines_are_one_sentence_and_when_wants_a_date() -> None:
    first = best_quotes("When will the drill in the east wing take place?", (LETTER,), 1)[0]
    assert first.reading == "we shall hold the drill in the east wing of your school from 4 June to 6 June 2031."


def test_only_quotes_nearly_as_good_as_the_best_are_given() -> None:
    texts = [quote.text for quote in best_quotes("What do lost keys cost?", (LEAVE, KEYS), 3)]
    assert texts == ["Lost keys cost €40."]


def test_other_codes_are_neither_quoted_nor_conditions_and_the_order_behind_belongs_to_it() -> None:
    pump = Evidence(
        id="p", source="Pump",
        text="Code E3 means no water: nothing runs until the tap is open. Code E7 means a leak. "
        "Never touch a leak by hand.",
    )  # fmt: skip
    quotes = best_quotes("What must I do at code E7?", (pump,), 3)
    assert [q.text for q in quotes] == ["Code E7 means a leak. Never touch a leak by hand."]
    assert quotes[0].condition == ""


def test_a_table_is_no_condition() -> None:
    text = (
        "A spare badge is free if the old one was stolen.\n\nThing | Fee\nSpare badge | 8.00\nLocker | 10.00, only cash"
    )
    first = best_quotes("When is a spare badge free?", (Evidence(id="b", source="Fees", text=text),), 1)[0]
    assert first.text.startswith("A spare badge is free")
    assert first.condition == ""


def test_asked_what_is_before_the_time_after_is_no_answer() -> None:
    table = "Medicine | Time\nTolvan | {}"
    stop = Evidence(id="stop", source="Surgery", heading="Stopping", text=table.format("72 hours before surgery"))
    start = Evidence(id="start", source="Surgery", heading="Restarting", text=table.format("48 hours after surgery"))
    assert best_quotes("How long before surgery is Tolvan stopped?", (start, stop), 1)[0].evidence_id == "stop"


def test_near_passages_that_lack_the_telling_word_are_not_relevant() -> None:
    passages = [
        Evidence(id=str(n), source="Garden", text=f"Roses are watered {n} times a week. Roses like sun.")
        for n in range(2, 8)
    ]
    assert not speaks("When is the raffle after the auction of roses?", passages, [0.6] * 6)
    assert speaks("When are roses watered?", passages, [0.6] * 6)
    assert speaks("When is the raffle after the auction of roses?", passages, [0.8] * 6)
