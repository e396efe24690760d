"""The layout of a passage: rows of tables, lists with their lead-in, lines that are statements, headings."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.grounding.check import check
from assistant.grounding.evidence import Evidence
from assistant.grounding.layout import Kind, blocks, is_heading, row_as_text
from assistant.grounding.passages import statements

TABLE = "Some words.\n\nPlant | Water\nFern | daily\nCactus | monthly\n\nMore words."


def told(text: str) -> list[str]:
    return [s.text.strip() for s in statements(text)]


def test_each_row_is_a_statement_that_knows_its_header() -> None:
    rows = [s for s in statements(TABLE) if s.row]
    assert [(s.text, s.bare) for s in rows] == [
        ("Plant | Water", True),
        ("Fern | daily", False),
        ("Cactus | monthly", False),
    ]
    assert {TABLE[slice(*s.lead)] for s in rows if s.lead} == {"Plant | Water"}


def test_a_first_row_with_amounts_is_no_header() -> None:
    assert [b.kind for b in blocks("Fern | 4.50\nCactus | 2.00")] == [Kind.ROW, Kind.ROW]
    assert [b.kind for b in blocks("Sales | 2030 | 2031\nFerns | 4 | 5")] == [Kind.HEADER, Kind.ROW]


@pytest.mark.parametrize(
    ("row", "header", "reading"),
    [
        ("Fern | daily", "Plant | Water", "Plant: Fern · Water: daily"),
        ("Fern | | daily", "Plant | Sun | Water", "Plant: Fern · Water: daily"),
        ("Fern daily | none |", "Plant | Water | Sun", "Fern daily · none"),  # a lost cell: no names
        ("Fern | daily | none", "Plant | Water", "Fern · daily · none"),
        ("Fern | daily", "", "Fern · daily"),
    ],
)
def test_a_row_is_read_with_its_names_where_they_are_certain(row: str, header: str, reading: str) -> None:
    assert row_as_text(row, header) == reading


def test_lines_without_marks_are_statements_of_their_own_and_wrapped_text_is_not() -> None:
    assert told("Income grows in spring\nCosts are one case\nThe rest stays at 0.62") == [
        "Income grows in spring", "Costs are one case", "The rest stays at 0.62",
    ]  # fmt: skip
    assert told("The library of Kelm opens\nat nine on every\nMonday of the year.") == [
        "The library of Kelm opens\nat nine on every\nMonday of the year."
    ]


def test_a_short_line_alone_is_a_heading() -> None:
    text = "Opening hours\n\nThe shop opens at nine."
    assert is_heading(text, 0, 13)
    assert not is_heading(text, 15, len(text))
    assert [s.bare for s in statements(text)] == [True, False]


@given(st.text(alphabet="ab1 .|\n-:;A", max_size=200))
def test_blocks_are_in_order_and_leave_out_only_white_space(text: str) -> None:
    found = blocks(text)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert "".join("".join(text[b.start : b.end].split()) for b in found) == "".join(text.split())


@given(st.text(alphabet="ab1 .|\n-:;A", max_size=200))
def test_every_statement_stands_at_its_place(text: str) -> None:
    for s in statements(text):
        assert text[s.start : s.end].strip() == s.text.strip()
        assert s.lead is None or 0 <= s.lead[0] < s.lead[1] <= s.start


def test_a_sentence_about_a_row_is_checked_against_its_column() -> None:
    text = "Plant | Water a week | Feed a week\nFern | 3 litres | 5 grams\nMoss | 2 litres | 1 gram"
    passage = Evidence(id="t", source="Garden", text=text)
    assert check("Fern: water a week 3 litres.", (passage,)).shown
    assert not check("Fern: water a week 2 litres.", (passage,)).shown


def test_checking_against_tables_stays_quick() -> None:
    """Eight passages of twelve rows full of equal numbers: a check takes milliseconds, also of what does not stand."""
    rows = "\n".join(f"Pump {n} | {n % 3 + 1} days | {n % 4} litres | 120 days" for n in range(12))
    passages = tuple(
        Evidence(id=str(i), source=f"Pumps {i}", text=f"Name | Rest | Water | Service\n{rows}\n\nPart {i} of it.")
        for i in range(8)
    )
    check("Warm up.", passages)
    started = time.perf_counter()
    for n in range(5):
        assert check(f"Pump {n} | {n % 3 + 1} days | {n % 4} litres | 120 days", passages).shown
        check(f"The service of pump {n} comes after 120 days, and it rests for 2 days.", passages)
    assert (time.perf_counter() - started) / 10 < 0.25  # a loaded machine; alone it is a tenth
