"""Texts that read the same once their disguises are off are decided the same."""

from __future__ import annotations

import unicodedata

import pytest
from deciding import NothingKept, detectors
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from policies.decide.judging import judge
from policies.decide.parts import Part
from policies.labels import PUBLIC
from policies.views import views_of

HARMLESS = (
    "Which countries use IBAN?",
    "How is compound interest calculated over three years?",
    "What does a compliance officer do in a bank?",
    "Wie berechnet man die Mehrwertsteuer?",
)
SENSITIVE = (
    "Marieke Oosterhout asks why her loan bounced",
    "card 4539 9892 3597 2870 was declined twice",
    "the admin password is P0suMi!13",
    "our patient was dismissed last week because of her depression",
)
INVISIBLE = "\u200b\u200c\u200d\u2060\u00ad\ufeff"


def _full_width(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


def _apart(text: str, places: list[int], marks: str) -> str:
    out = list(text)
    for n, place in enumerate(places):
        out.insert(place % (len(out) + 1), marks[n % len(marks)])
    return "".join(out)


def _decided(text: str) -> bool:
    judged = judge(
        [Part(source="question", text=text)], ceiling=PUBLIC, base=PUBLIC, detectors=detectors(), copies=NothingKept()
    )
    return not judged.reasons


@pytest.mark.parametrize("text", [*HARMLESS, *SENSITIVE])
@pytest.mark.parametrize("form", ["NFD", "NFKD", "full width"])
def test_another_form_of_the_same_characters_decides_the_same(text: str, form: str):
    """Composed, decomposed or full width: one reading, one decision."""
    other = _full_width(text) if form == "full width" else unicodedata.normalize(form, text)
    assert views_of(other).clean == views_of(text).clean
    assert _decided(other) == _decided(text) == (text in HARMLESS)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from([*HARMLESS, *SENSITIVE]),
    st.lists(st.integers(0, 200), min_size=1, max_size=12),
    st.sampled_from(list(INVISIBLE)),
)
def test_invisible_marks_change_no_decision(text: str, places: list[int], mark: str):
    """Wherever they stand; a text that still reads the same is decided the same."""
    other = _apart(text, places, mark)
    assume(views_of(other).clean == views_of(text).clean)
    assert _decided(other) == _decided(text)
