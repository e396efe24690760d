"""Quantities: what agrees and what does not, however it is written."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.grounding.agreement import agrees
from assistant.grounding.quantities import quantities


def _agree(claimed: str, written: str, language: str) -> bool:
    ours, theirs = quantities(claimed, language), quantities(written, language)
    assert ours, claimed
    return all(any(agrees(c, w) for w in theirs) for c in ours)


SAME = [
    ("two weeks", "14 days", "en"),
    ("24 months", "two years", "en"),
    ("annually", "every 12 months", "en"),
    ("a month and a half", "six weeks", "en"),
    ("half an hour", "30 minutes", "en"),
    ("one tenth of an hour", "six minutes", "en"),
    ("one hundred and sixty pounds", "£160", "en"),
    ("2 kg", "2,000 g", "en"),
    ("13.5 g/dL", "135 g/L", "en"),
    ("65 grams per litre", "65 g/L", "en"),
    ("minus 25 degrees Celsius", "−25 °C", "en"),
    ("2–8 °C", "2 to 8 °C", "en"),
    ("half past nine in the evening", "21:30", "en"),
    ("a quarter to eight", "07:45", "en"),
    ("2:15 pm", "14:15", "en"),
    ("9:30 am", "9.30 to 16.00", "en"),
    ("1 Feb 2025", "1 February 2025", "en"),
    ("12/05/2025", "12 May 2025", "en"),
    ("31 March", "31 March 2026", "en"),
    ("25 %", "a quarter of the fund", "en"),
    ("the fifteenth", "the 15th", "en"),
    ("dose number four", "the fourth dose", "en"),
    ("€5m", "€5 million", "en"),
    ("one business day", "the next working day", "en"),
    ("180 centimètres", "1,80 mètre", "fr"),
    ("vingt jours", "20 jours", "fr"),
    ("huit heures du matin", "8 h", "fr"),
    ("zwölf Euro fünfzig", "12,50 €", "de"),
    ("1200 mg", "1.200 mg", "de"),
    ("0,75 g", "750 mg", "de"),
    ("11.11.2024", "11. November 2024", "de"),
    ("siete años", "84 meses", "es"),
    ("dos semanas", "14 días naturales", "es"),
]


@pytest.mark.parametrize(("claimed", "written", "language"), SAME)
def test_one_value_in_two_writings_agrees(claimed: str, written: str, language: str) -> None:
    assert _agree(claimed, written, language)


DIFFERENT = [
    ("2 mg", "2 g", "en"),
    ("1.5 µg/L", "1.5 mg/L", "en"),
    ("four feet", "four metres", "en"),
    ("4 working days", "4 working hours", "en"),
    ("14 days", "14 working days", "en"),
    ("20 working weeks", "20 working days", "en"),
    ("€12", "£12", "en"),
    ("12 %", "€12", "en"),
    ("100 mL", "100 mL/kg/day", "en"),
    ("31 May", "31 March", "en"),
    ("1 March 2025", "1 March", "en"),
    ("13 October 2024", "3 October 2024", "en"),
    ("18:00", "06:00", "en"),
    ("Tuesday", "Thursday", "en"),
    ("form T-23", "form T-22", "en"),
    ("25 °C", "−25 °C", "en"),
    ("1,2 mg", "1.200 mg", "de"),
    ("dix-sept jours", "sept jours", "fr"),
    ("40 %", "4 %", "en"),
]


@pytest.mark.parametrize(("claimed", "written", "language"), DIFFERENT)
def test_another_value_unit_or_day_does_not_agree(claimed: str, written: str, language: str) -> None:
    assert not _agree(claimed, written, language)


@given(st.integers(0, 10**9), st.sampled_from(["€{}", "{} %", "{} days", "{} kg", "{}", "CHF {}"]))
def test_a_written_quantity_agrees_with_itself_and_not_with_its_successor(value: int, form: str) -> None:
    written = form.format(value)
    assert _agree(written, written, "en")
    # the step is large enough that no rounding of a conversion covers it
    assert not _agree(form.format(value + max(1, value // 50)), written, "en")


@given(st.text(max_size=300), st.sampled_from(["en", "de", "fr", "es"]))
def test_quantities_lie_inside_any_text_in_order(text: str, language: str) -> None:
    found = quantities(text, language)
    assert all(0 <= q.start < q.end <= len(text) for q in found)
    assert all(a.end <= b.start for a, b in pairwise(found))
