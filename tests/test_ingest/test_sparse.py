"""BM25 as sparse vectors: the numbers are BM25's, the terms are hashed, the words are stemmed."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.index.sparse import STEMMERS, Bm25, term_ids

BM25 = Bm25(k1=1.2, b=0.75, average_length=120)


def test_the_document_side_is_the_saturated_frequency() -> None:
    """Two words, one of them three times, in a text of four words."""
    vector = BM25.document("zebra zebra zebra giraffe")
    norm = 1.2 * (1 - 0.75 + 0.75 * 4 / 120)
    assert sorted(vector.values) == pytest.approx(sorted([3 * 2.2 / (3 + norm), 1 * 2.2 / (1 + norm)]))


def test_the_query_side_counts() -> None:
    assert sorted(BM25.query("zebra zebra giraffe").values) == [1.0, 2.0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("retention periods", "the retention period"),
        ("Applying", "applied"),
        ("Zürich café", "ZÜRICH CAFE\N{COMBINING ACUTE ACCENT}"),
        ("1,250,000", "1250000"),
        ("company's", "company"),
        ("anti-money-laundering", "anti money laundering"),
    ],
)
def test_words_that_should_meet_do(one: str, other: str) -> None:
    assert set(term_ids(one, "en")) == set(term_ids(other, "en"))


@pytest.mark.parametrize(("one", "other"), [("9.3.1", "9.3.2"), ("2022", "2023"), ("12.5", "125"), ("period", "ounce")])
def test_words_that_should_not_meet_do_not(one: str, other: str) -> None:
    assert not set(term_ids(one, "en")) & set(term_ids(other, "en"))


def test_stop_words_and_single_letters_are_left_out() -> None:
    assert BM25.query("what is the a of b").indices == ()
    assert BM25.document("").indices == ()


def test_each_language_has_its_stemmer_and_an_unknown_one_has_none() -> None:
    assert set(term_ids("Häuser", "de")) == set(term_ids("Hauses", "de"))
    assert set(term_ids("periods", "xx")) != set(term_ids("period", "xx"))
    for language in STEMMERS:
        assert list(term_ids("zebra", language))


def test_ids_are_the_same_in_every_process() -> None:
    """An index outlives the process, so nothing may hang on Python's own hash."""
    program = "from ingest.index.sparse import Bm25; print(Bm25().document('The retention period'))"
    said = {
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, check=True, capture_output=True, text=True
        ).stdout
        for seed in ("1", "2")
    }
    assert said == {f"{Bm25().document('The retention period')}\n"}


@given(text=st.text(max_size=300), language=st.sampled_from(["en", "de", "ru", "ar", "xx"]))
def test_any_text_gives_a_vector_that_engines_accept(text: str, language: str) -> None:
    """Ids ascend, fit 32 bits and are unique; weights are finite, above 0 and below k1 + 1."""
    for vector in (BM25.document(text, language), BM25.query(text, language)):
        assert list(vector.indices) == sorted(set(vector.indices))
        assert all(0 < index < 2**32 for index in vector.indices)
        assert all(math.isfinite(value) and value > 0 for value in vector.values)
    assert all(value < 2.2 for value in BM25.document(text, language).values)


@given(text=st.text(max_size=200), times=st.integers(1, 5))
def test_repeating_a_text_changes_weights_but_no_terms(text: str, times: int) -> None:
    assert BM25.document(" ".join([text] * times)).indices == BM25.document(text).indices
