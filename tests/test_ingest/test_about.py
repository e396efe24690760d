"""What a document says of itself is bounded when it is kept, and matched by words that only ever narrow."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.about import (
    ANYTHING,
    LONGEST,
    MOST_AUTHORS,
    MOST_WORDS,
    SILENT,
    Sought,
    authors,
    said,
    sought,
    tidy,
    words,
)
from policies.errors import UsageError

REPORT = said(company="Café Birch, Inc.", period="FY2022", kind="10-K", authors=("Ana Ng", "Bo Ek"), dated="2023-02-09")


@pytest.mark.parametrize(
    "asked",
    [
        {"company": "cafe birch"},
        {"company": "BIRCH"},
        {"period": "2022"},
        {"period": "FY22"},
        {"period": "fy 2022"},
        {"kind": "10k"},
        {"kind": "annual report"},
        {"author": "ng"},
        {"since": "2023", "until": "2023-02"},
        {"since": "2023-02-09", "until": "2023-02-09"},
        {"company": "birch", "kind": "10-K", "period": "2022", "author": "Ana", "since": "2022"},
    ],
)
def test_a_document_is_found_however_its_words_are_written(asked: dict[str, str]) -> None:
    assert sought(**asked).admits(REPORT)


@pytest.mark.parametrize(
    "asked",
    [
        {"company": "alder"},
        {"company": "birch alder"},
        {"company": "bir"},
        {"period": "2021"},
        {"kind": "10-Q"},
        {"author": "Cy"},
        {"since": "2023-03"},
        {"until": "2022-12-31"},
    ],
)
def test_every_word_that_is_asked_for_must_be_said(asked: dict[str, str]) -> None:
    assert not sought(**asked).admits(REPORT)


def test_a_document_that_says_nothing_passes_only_where_nothing_is_asked() -> None:
    assert ANYTHING.admits(SILENT)
    assert not ANYTHING
    assert not sought(until="2030").admits(SILENT)
    assert not sought(company="birch").admits(SILENT)


@pytest.mark.parametrize("date", ["soon", "2023-13", "2023-02-32", "23", "2023-2-9", "1023-01-01"])
def test_a_date_that_is_none_is_refused(date: str) -> None:
    with pytest.raises(UsageError):
        sought(since=date)
    assert said(dated=date).dated == 0


def test_a_text_without_words_is_refused_and_never_counts_as_no_limit() -> None:
    with pytest.raises(UsageError):
        sought(company="--")


_WORDS = st.frozensets(st.sampled_from(["birch", "alder", "2022", "k"]))


@given(st.builds(Sought, company=_WORDS, period=_WORDS, since=st.integers(0, 9)), _WORDS, st.text())
def test_asking_for_more_lets_less_pass(asked: Sought, more: frozenset[str], company: str) -> None:
    wider = Sought(**{field.name: getattr(asked, field.name) for field in fields(asked)} | {"company": frozenset()})
    narrower = Sought(
        **{field.name: getattr(asked, field.name) for field in fields(asked)} | {"company": asked.company | more}
    )
    document = said(company=company, period="FY2022", dated="2022")
    assert narrower.admits(document) <= asked.admits(document) <= wider.admits(document)


@given(st.text(max_size=2_000))
def test_whatever_a_file_says_is_bounded_storable_and_one_line(text: str) -> None:
    kept = tidy(text)
    assert len(kept) <= LONGEST
    assert kept.isprintable()
    assert kept.encode() and tidy(kept) == kept if kept else True
    assert len(words(text)) <= MOST_WORDS
    named = authors(text)
    assert len(named) <= MOST_AUTHORS
    assert all(len(name) <= LONGEST for name in named)
    assert len(set(named)) == len(named)
