"""What a document says of itself is found by simple rules, and nothing is guessed."""

from __future__ import annotations

import pytest

from ingest.readers.base import Block, BlockKind, Metadata, RawText
from ingest.readers.facts import facts


def told(*texts: str, title: str = "Untold", page: int = 1, **properties: str) -> Metadata:
    blocks = tuple(Block(text=text, page=page) for text in texts)
    return facts(RawText(title=title, media_type="x", blocks=blocks, properties=properties))


def test_the_first_page_of_a_filing_names_form_company_and_period() -> None:
    found = told(
        "UNITED STATES SECURITIES COMMISSION\nFORM 10-K\n(Mark One)",
        "For the fiscal year ended December 31, 2024",
        "Birch & Sons, Inc.\n(Exact name of registrant as specified in its charter)",
    )
    assert (found.kind, found.company, found.period) == ("10-K", "Birch & Sons, Inc.", "FY2024")


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("for the quarterly period ended June 30, 2023", "quarter to June 2023"),
        ("Results of the third quarter 2022", "Q3 2022"),
        ("Q1 2023 results", "Q1 2023"),
        ("Fiscal Year 2021 review", "FY2021"),
        ("2020 Annual Report", "FY2020"),
        ("The year ended well.", ""),
        ("We met in 2024.", ""),
        ("Form Q1 has 2023 fields", ""),
    ],
)
def test_periods(text: str, period: str) -> None:
    assert told(text).period == period


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Form 8-K\nCurrent report", "8-K"),
        ("FORM 10-Q", "10-Q"),
        ("as we said in our Form 10-K for last year", ""),
        ("The form 10-Kilo bag", ""),
    ],
)
def test_a_form_counts_where_it_is_named_as_such(text: str, kind: str) -> None:
    assert told(text).kind == kind


@pytest.mark.parametrize(
    ("headline", "company"),
    [
        ("Birch & Sons Reports First-Quarter 2023 Results; Raises Guidance", "Birch & Sons"),
        ("Alder of the North, Inc. announces full year earnings", "Alder of the North, Inc."),
        ("The board reports results to its members each year", ""),
        ("Birch reports that the shop is open", ""),
    ],
)
def test_the_headline_of_a_release_names_the_company(headline: str, company: str) -> None:
    assert told(headline).company == company


def test_the_title_or_the_first_heading_names_the_kind() -> None:
    assert told("words", title="Minutes of the board").kind == "minutes"
    heading = Block(text="Travel Policy", kind=BlockKind.HEADING)
    assert facts(RawText(title="x", media_type="x", blocks=(heading,))).kind == "policy"
    assert told("words", title="A minute of silence").kind == ""


def test_properties_count_unless_they_name_nobody() -> None:
    found = told("words", author="Ada Lovelace", company="Birch", language="en-GB", **{"document type": "Circular"})
    assert found == Metadata(author="Ada Lovelace", company="Birch", language="en", kind="Circular")
    assert told("words", author="Administrator", creator="Ben").author == "Ben"
    assert told("words", author="python-docx", language="unknown language") == Metadata()


def test_later_pages_say_nothing_of_the_whole() -> None:
    assert told("FORM 10-K", page=3) == Metadata()


def test_a_long_hostile_page_takes_no_time() -> None:
    assert told("form " * 200_000, "\n" * 100_000, "year ended " * 50_000).period == ""
