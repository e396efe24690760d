"""Quoting: only the passages' own words, under a heading in the document's words."""

from __future__ import annotations

from fakes import make_passage, make_prompt, make_question
from hypothesis import given
from hypothesis import strategies as st

from assistant.generation.quoting import HEADING, QUOTED, QuotingGenerator


def sentences(question, passages, limit):
    """A small way of quoting: the first sentences of the passages, as they stand."""
    parts = [(p, part.strip() + ".") for p in passages for part in p.chunk.text.split(".") if part.strip()]
    return parts[:limit]


def answer(passages, **given):
    return "".join(QuotingGenerator(quotes=sentences, **given).generate(make_prompt(make_question(), passages)))


def test_a_heading_line_says_where_and_the_quotes_follow():
    """The heading is marked, stands on its own line, and names document and heading; each quotation is a line."""
    passages = [make_passage("Pay is monthly.", rank=1, title="Pay"), make_passage("28 euro a day. More.", rank=2)]
    lines = answer(passages, limit=3).splitlines()
    assert lines == ["## Pay · Per diem", "> Pay is monthly.", "> 28 euro a day.", "> More."]


def test_without_a_quote_nothing_is_said():
    """No heading over nothing."""
    assert answer([]) == ""


@given(texts=st.lists(st.text(alphabet="ab cd.\n§", min_size=1), min_size=1, max_size=4))
def test_every_line_stands_word_for_word_in_a_passage(texts):
    """Whitespace apart, nothing is added and nothing is changed."""
    passages = [make_passage(text, rank=n) for n, text in enumerate(texts, start=1)]
    said = answer(passages)
    whole = ["".join(text.split()) for text in texts]
    for line in said.splitlines():
        own = "".join(line.removeprefix(QUOTED).split()).rstrip(".")
        assert line.startswith(HEADING) or any(own in text for text in whole)


def test_a_heading_cannot_break_out_of_its_line():
    """A title with line breaks stays one line."""
    said = answer([make_passage("Yes.", title="A\n## B\nC", heading=("D\nE",))])
    assert said.splitlines()[0] == "## A ## B C · D E"


def test_it_is_marked_as_a_demonstration_and_names_no_model():
    """What made the answer is said honestly: no model ran."""
    generator = QuotingGenerator(quotes=sentences)
    assert generator.demonstration
    assert "no model" in generator.name
    assert len(generator.digest) == 64
    assert generator.count_tokens("äö") == 4
    generator.close()
