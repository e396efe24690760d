"""Sentence borders: whole texts and streams give the same sentences, and nothing is lost."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.grounding.sentences import LONGEST, SentenceBuffer, split_sentences

CASES = [
    ("It costs €3.50. It is due.", ["It costs €3.50.", "It is due."]),
    ("Dr. Brook and Prof. Hale agree. See e.g. Art. 5.", ["Dr. Brook and Prof. Hale agree.", "See e.g. Art. 5."]),
    ("Rate 4.5 % p. a. is fixed. Next.", ["Rate 4.5 % p. a. is fixed.", "Next."]),
    ("Give 2 g. Repeat after 6 h. Stop.", ["Give 2 g.", "Repeat after 6 h.", "Stop."]),
    ("Gültig ab 1. April 2025. Stand: 11. November 2024.", ["Gültig ab 1. April 2025.", "Stand: 11. November 2024."]),
    ("z. B. Karten. Am 3. Tag endet es.", ["z. B. Karten.", "Am 3. Tag endet es."]),
    ("M. Durand signe. Voir p. 4. Fin.", ["M. Durand signe.", "Voir p. 4.", "Fin."]),
    ('He said: "Stop." Then he left.', ['He said: "Stop."', "Then he left."]),
    ("Really?! Yes… No.", ["Really?!", "Yes…", "No."]),
    ("## Fees\n- First item. More.\n- Second item", ["## Fees", "- First item.", "More.", "- Second item"]),
    ("1. Open the door. 2. Close it.", ["1. Open the door.", "2. Close it."]),
    ("A line that\nwraps goes on. End.", ["A line that\nwraps goes on.", "End."]),
    ("One paragraph\n\nAnother one", ["One paragraph", "Another one"]),
    ("From day 5. Staff leave.", ["From day 5.", "Staff leave."]),
    ("Pour la tranche B. L'inscription suit.", ["Pour la tranche B.", "L'inscription suit."]),
    ("Signed by J. Smith. Done.", ["Signed by J. Smith.", "Done."]),
    ("", []),
    ("   ", []),
]


@pytest.mark.parametrize(("text", "sentences"), CASES)
def test_borders_fall_where_a_reader_puts_them(text: str, sentences: list[str]) -> None:
    assert [s.strip() for s in split_sentences(text)] == sentences


WRITING = st.lists(
    st.sampled_from(
        ["The fee is €4.50", "see Dr. Hale", "on 1. April", ". ", "! ", "? ", "\n", "\n\n", "- item", "e.g. this",
         "3.", " ",
         '"Yes."', "ab", "…",
         "Größe B. ", "1) one", "# Head", "\t", "z. B. "]
    ),
    max_size=40,
).map("".join)  # fmt: skip


@given(st.one_of(WRITING, st.text(max_size=400)))
def test_joining_the_sentences_gives_the_text_back(text: str) -> None:
    assert "".join(split_sentences(text)) == text.rstrip()


@given(
    st.one_of(WRITING, st.text(alphabet='aB1. \n"?!-', max_size=200)),
    st.lists(st.integers(1, 9), min_size=1, max_size=20),
)
def test_pieces_of_any_size_give_the_same_sentences(text: str, sizes: list[int]) -> None:
    buffer, streamed, at, turn = SentenceBuffer(), [], 0, 0
    while at < len(text):
        size = sizes[turn % len(sizes)]
        streamed += buffer.feed(text[at : at + size])
        at, turn = at + size, turn + 1
    assert streamed + buffer.flush() == split_sentences(text)
    assert buffer.flush() == []


def test_a_sentence_leaves_the_buffer_before_the_text_ends() -> None:
    buffer = SentenceBuffer()
    assert buffer.feed("The fee is four euros. ") == []
    assert buffer.feed("The second sentence is still being written") == ["The fee is four euros."]


def test_text_without_any_border_is_cut_and_not_held_for_ever() -> None:
    buffer = SentenceBuffer()
    out = buffer.feed("word " * 2000)
    assert out
    assert all(len(s) <= LONGEST + 1 for s in out)


@pytest.mark.parametrize(
    "text", ["a" * 100_000, ". " * 50_000, "1. " * 33_000, "\n" * 100_000, '." ' * 33_000, "e.g. " * 20_000]
)
def test_a_hundred_kilobytes_take_bounded_time(text: str) -> None:
    start = time.monotonic()
    buffer = SentenceBuffer()
    streamed = [s for i in range(0, len(text), 997) for s in buffer.feed(text[i : i + 997])] + buffer.flush()
    assert "".join(streamed) == text.rstrip()
    assert time.monotonic() - start < 20
