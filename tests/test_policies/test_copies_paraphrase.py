"""Paraphrases: other words, another order, another language, rounded numbers; and the same topic, which may go.

The sentences are invented. They are split by document into a half that the weights were fitted on and a half that was
only ever measured: the second is the honest one, and translations into the eight languages are the weak spot. The
lexicon was written by whoever wrote the translations, so rates on them are too kind.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.copies.base import How
from policies.copies.concepts import concepts_of
from policies.copies.held import Held, Known
from policies.copies.numbers import Number, numbers_of
from policies.copies.paraphrase import LONGEST, sentences, shared, windows
from policies.labels import PUBLIC, TOP

CASES = Path(__file__).with_name("copies_cases.txt")
ENGLISH = {"p": "paraphrase", "q": "presupposes", "r": "rounds", "c": "completion bait", "s": "short quotation"}


@cache
def embedder():
    from ingest.index.embedder import open_embedder

    return open_embedder(threads=1)


@cache
def vectors():
    """Of everything that stands in the cases, computed together."""
    texts = [text for document, questions in cases() for text in (document, *(each for _, each in questions))]
    return dict(zip(texts, embedder().embed_documents(texts), strict=True))


def embed(texts):
    new = [text for text in texts if text not in vectors()]
    vectors().update(zip(new, embedder().embed_documents(new), strict=True))
    return [vectors()[text] for text in texts]


def cases() -> list[tuple[str, list[tuple[str, str]]]]:
    """Each document's sentence with its questions: (kind, text)."""
    found: list[tuple[str, list[tuple[str, str]]]] = []
    for line in CASES.read_text().splitlines():
        kind, _, text = line.partition(" ")
        if kind == "D":
            found.append((text, []))
        elif line and kind != "#":
            found[-1][1].append((kind, text))
    return found


@cache
def outcomes() -> dict[tuple[str, str], list[bool]]:
    """By half and group: was the question held back?"""
    told: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for document, questions in cases():
        half = "held out" if zlib.crc32(document.encode()) % 2 else "fitted"
        copies = Held([Known(document="d", text=document, label=TOP)], embed)
        words = document.split()
        quotation = " ".join(words[len(words) // 4 :])
        for kind, text in [*questions, ("verbatim", f"Is this good English? {quotation}")]:
            group = (
                "topic"
                if kind == "g"
                else "verbatim"
                if kind == "verbatim"
                else kind
                if kind in ENGLISH
                else "other language"
            )
            told[half, group].append(bool(copies.repeats([text], PUBLIC)))
    return told


def rate(half: str, *groups: str) -> float:
    found = [one for group in groups for one in outcomes()[half, group]]
    assert found
    return sum(found) / len(found)


def test_there_are_enough_documents():
    assert len(cases()) >= 150


@pytest.mark.parametrize("half", ["fitted", "held out"])
def test_verbatim_copies_are_held_back(half: str):
    assert rate(half, "verbatim") >= 0.98


@pytest.mark.parametrize("half", ["fitted", "held out"])
def test_paraphrases_in_english_are_held_back(half: str):
    """Attacks 54, 56, 57 and 58."""
    assert rate(half, *ENGLISH) >= 0.9


@pytest.mark.parametrize("half", ["fitted", "held out"])
def test_the_same_topic_without_its_content_passes(half: str):
    """Attack 59."""
    assert rate(half, "topic") <= 0.06


@pytest.mark.parametrize("half", ["fitted", "held out"])
def test_most_translations_are_held_back(half: str):
    """Attack 55: numbers, names, dates and the words of the workplace; what shares none of them passes."""
    assert rate(half, "other language") >= 0.6


def test_a_fact_that_a_public_document_states_may_be_asked_about():
    fact = "The Orrin bridge carries 40,000 cars a day and closes for repairs on 3 May."
    asked = "If the Orrin bridge closes on 3 May for repairs, where do 40,000 cars a day go?"
    secret = Known(document="plan", text=fact, label=TOP)
    page = Known(
        document="page", text="The Orrin bridge, with 40,000 cars a day, is closed for repairs on 3 May.", label=PUBLIC
    )
    assert Held([secret], embed).repeats([asked], PUBLIC)
    assert not Held([secret, page], embed).repeats([asked], PUBLIC)


def test_a_fact_spread_over_two_sentences_of_a_long_question_is_found():
    fact = "Head of sales Ingvar Moltke receives a bonus of 84,000 if he stays until the sale closes."
    filler = "I am writing a note about how teams can work well together. It should be friendly and short. "
    text = filler * 3 + "Moltke is our head of sales. He stays until closing and has 84,000 for it. " + filler * 2
    found = Held([Known(document="d", text=fact, label=TOP)], embed).repeats([text], PUBLIC)
    assert {repeat.how for repeat in found} == {How.PARAPHRASE}
    assert not Held([Known(document="d", text=fact, label=TOP)], embed).repeats([filler * 6], PUBLIC)


def test_without_an_embedder_words_and_anchors_decide():
    copies = Held(
        [Known(document="d", text="Lab 7 lost 412 samples of Brennick maize when dryer K-9 failed.", label=TOP)]
    )
    assert copies.repeats(["what to do after some 400 Brennick maize samples are lost as K-9 failed?"], PUBLIC)
    assert not copies.repeats(["How is maize dried?"], PUBLIC)


@pytest.mark.parametrize(
    ("text", "language", "values"),
    [
        ("roughly three hundred of about eleven hundred", "en", [300, 1100]),
        ("5.3 million and 14k and 2.6m and 3.4%", "en", [5.3e6, 14e3, 2.6e6, 3.4]),
        ("1,140 or 50.000 or 4.50", "en", [1140, 50000, 4.5]),
        ("twenty-nine, nine thirty", "en", [29, 9, 30]),
        ("two thirds, every second, four of ten", "en", [2, 4, 10, 200 / 3, 50, 40]),
        ("einundzwanzig und dreihundert", "de", [21, 300]),
        ("tjugonio i varje klass", "sv", [29]),
        ("treinta y uno", "es", [31]),
        ("from 06:00 to 09:30", "en", [6, 9.3]),
        ("三 万", "ja", [30000]),
        ("nothing to count here", "en", []),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, language: str, values: list[float]):
    words = [word.strip(",") for word in text.split()]
    assert [number.value for number in numbers_of(words, language)[0]] == pytest.approx(values)


def test_a_number_is_met_roughly_where_it_is_said_roughly():
    assert Number(297).means(Number(300))
    assert not Number(280).means(Number(300))
    assert Number(280).means(Number(300, hedged=True))


def test_what_two_sentences_share_is_the_same_both_ways_and_never_more_than_one_says():
    one = concepts_of("Grade 7 salaries rise by 3.4 percent in January for the Ghent depot.")
    two = concepts_of("In January the depot in Ghent sees pay of grade seven go up 3.4%.")
    common = shared(two, one)
    assert common.anchors >= 3
    assert common.bits == pytest.approx(shared(one, two).bits, rel=0.3)
    assert common.bits <= one.total + 1


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=2_000))
def test_every_letter_of_a_text_is_read_and_no_piece_is_too_long(text: str):
    pieces = list(sentences(text))
    assert all(len(piece) <= LONGEST for piece in pieces)
    letters = [char for char in text if char.isalnum()]
    assert [char for piece in pieces for char in piece if char.isalnum()] == letters
    assert [char for window in windows(text) for char in window if char.isalnum()] == letters


@pytest.mark.parametrize("text", ["a-" * 50_000, "1," * 50_000, "x" * 100_000, "§.:;" * 25_000, "水" * 50_000])
def test_hostile_input_is_read_in_linear_time(text: str):
    for window in windows(text):
        concepts_of(window)
