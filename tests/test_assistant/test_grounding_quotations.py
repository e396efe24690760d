"""Quoting from end to end: what the generator writes comes out as whole quotations, each cited with exact text."""

from __future__ import annotations

from fakes import make_passage, make_prompt, make_question

from assistant.checking import Checker
from assistant.generation.quoting import QuotingGenerator

CHECKER = Checker(embed=None)
TIDES = make_passage(
    "Harbour | High water | Ferry waits\nKelm | 06:10 | Up to 20 min. Then it leaves.\nOrsa | 07:45 | no",
    title="Tides",
    heading=("Ferries",),
)
CODES = make_passage("Lamp code 8 means ice. Never sail on ice before the crew has met.", title="Lamps", rank=2)


def quoted(question: str, *passages):  # type: ignore[no-untyped-def]
    """Heading, and per quotation what is shown with the quote and the condition that are cited."""
    prompt = make_prompt(make_question(question), list(passages))
    heading, *drafts = CHECKER.drafts(QuotingGenerator(quotes=CHECKER.quote_texts).generate(prompt))
    assert CHECKER.is_our_heading(heading, passages)
    cited: list[tuple[str, str]] = []

    def cite(passage, quote, condition):  # type: ignore[no-untyped-def]
        assert quote in passage.chunk.text
        cited.append((quote, condition))

    shown = [CHECKER.check(draft, passages, question, cite) for draft in drafts]
    return heading.text, [one.text for one in shown if one], cited


def test_a_row_with_two_sentences_in_a_cell_is_one_quotation() -> None:
    heading, shown, cited = quoted("How long does the ferry wait in Kelm?", TIDES, CODES)
    assert heading == "Tides · Ferries"
    assert shown == ["Harbour: Kelm · High water: 06:10 · Ferry waits: Up to 20 min. Then it leaves."]
    assert cited == [("Kelm | 06:10 | Up to 20 min. Then it leaves.", "")]


def test_a_sentence_and_the_order_behind_it_are_one_quotation() -> None:
    _, shown, cited = quoted("What must I do at lamp code 8?", TIDES, CODES)
    assert shown == ["Lamp code 8 means ice. Never sail on ice before the crew has met."]
    assert cited == [(shown[0], "")]


def test_lines_of_prose_after_a_quotation_are_drafts_of_their_own() -> None:
    drafts = list(CHECKER.drafts(iter(["> One. Two.\n", "Three. ", "Four.\n> Five."])))
    assert [draft.text for draft in drafts] == ["One. Two.", "Three.", "Four.", "Five."]
