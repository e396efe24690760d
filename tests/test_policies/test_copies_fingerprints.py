"""Quotations: any shared run of 40 characters is found, and what anybody writes holds nothing back."""

from __future__ import annotations

import base64
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.copies.base import How
from policies.copies.fingerprints import GUARANTEED, WINDOW, Hasher, K, reduced, stream
from policies.copies.held import Held, Known
from policies.copies.quotations import stock_phrases
from policies.labels import PUBLIC, TOP, Label, Level

HASHER = Hasher(b"one key")
RULE = "Night theatre four stays shut from 21:40 unless Professor Ostrander signs the second rota by 20:15 in person."


def marks(text: str, hasher: Hasher = HASHER) -> set[int]:
    return set(hasher.winnowed(reduced(text))[0].tolist())


def held(*texts: str, label: Label = TOP) -> Held:
    return Held([Known(document=f"d{n}", text=text, label=label) for n, text in enumerate(texts)])


def hows(copies: Held, text: str, ceiling: Label = PUBLIC) -> set[How]:
    return {repeat.how for repeat in copies.repeats([text], ceiling)}


@settings(max_examples=150, deadline=None)
@given(
    st.text(alphabet="abcdefghij0123456789éß水日", min_size=GUARANTEED, max_size=90),
    st.text(alphabet="klmnop ", max_size=80),
    st.text(alphabet="qrstuv ", max_size=80),
    st.text(alphabet="wxyz,. ", max_size=80),
)
def test_any_shared_run_of_forty_characters_is_found(shared: str, before: str, after: str, around: str):
    kept = marks(before + shared + after)
    assert kept & marks(around + shared.upper() + around)
    assert kept & set(HASHER.grams(reduced(f"{around} - {shared}!")).tolist())


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400))
def test_the_marks_are_the_least_hash_of_every_window(text: str):
    grams = HASHER.grams(reduced(text)).tolist()
    if len(grams) <= WINDOW:
        assert marks(text) == set(grams)
    else:
        windows = (grams[start : start + WINDOW] for start in range(len(grams) - WINDOW + 1))
        assert marks(text) == {min(window) for window in windows}


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=K, max_size=200), st.binary(max_size=50))
def test_a_gram_is_the_same_wherever_it_stands(data: bytes, before: bytes):
    moved = HASHER.grams(before + data)[len(before) :]
    assert moved.tolist() == HASHER.grams(data).tolist()


def test_another_key_gives_other_marks_and_its_name_tells_them_apart():
    other = Hasher(b"another key")
    assert not marks(RULE) & marks(RULE, other)
    assert HASHER.digest != other.digest
    assert HASHER.digest == Hasher(b"one key").digest


def test_what_is_reduced_and_where_each_text_begins():
    assert reduced("Ab-c 1!_é ﬁ①") == "abc1éfi1".encode()
    assert reduced("") == b""
    assert HASHER.grams(b"short").tolist() == []
    both = stream(["One, two", "", "three"])
    assert (both.data, both.starts) == (b"onetwothree", (0, 6, 6))
    places = HASHER.winnowed(reduced(RULE * 20))[1].tolist()
    assert all(two - one <= WINDOW for one, two in pairwise(places))


@pytest.mark.parametrize(
    "text",
    [
        f"Put into bullet points: {RULE}",
        RULE.upper().replace(" ", "\n> "),
        "is there a typo in 'unless Professor Ostrander signs the second rota by 20:15 in person'",
        "night-theatre-four-stays-shut-from-21-40-unless",
        RULE.replace("e", "e\u200b"),
        base64.b64encode(RULE.encode()).decode(),
    ],
    ids=["verbatim", "quoted lines", "a part", "other separators", "invisible characters", "encoded"],
)
def test_a_quotation_is_found_however_it_is_dressed(text: str):
    assert How.QUOTATION in hows(held(RULE), text)


def test_a_short_quotation_with_a_rare_anchor_counts():
    """Attack 53, below the guarantee: 24 to 39 letters with a name, a number or a code among them."""
    copies = held("The keeper is told that alloy Q-88 cracks below minus thirty in all the doors of the series.")
    assert hows(copies, "why would alloy Q-88 cracks below minus thirty be true")


@pytest.mark.parametrize("phrase", stock_phrases()[:40])
def test_what_anybody_writes_holds_nothing_back(phrase: str):
    document = f"{RULE} {phrase} The second rota lies in the drawer of the porter."
    assert How.QUOTATION not in hows(held(document), f"Could you translate this for me? {phrase}")


def test_common_words_in_a_row_are_no_quotation():
    copies = held("As you can see from the list above there are many good reasons for this and we will do it.")
    assert not hows(copies, "My letter says: as you can see from the list above there are. Is that good style?")


def test_text_that_is_public_elsewhere_may_be_quoted():
    known = [Known(document="paper", text=RULE, label=TOP), Known(document="page", text=RULE, label=PUBLIC)]
    assert not Held(known).repeats([f"What does this mean: {RULE}"], PUBLIC)


def test_a_template_that_stands_in_many_documents_may_be_quoted():
    form = "Applicants of tariff group Kestrel hand in form 2207 at the lower window of the registry."
    bodies = [f"{form} File {n} belongs to somebody else and is closed since day {n}." for n in range(6)]
    assert How.QUOTATION not in hows(held(*bodies), form)
    assert How.QUOTATION in hows(held(*bodies[:4]), form)


def test_the_ceiling_decides_whose_text_it_is():
    internal = held(RULE, label=Label(level=Level.INTERNAL))
    assert hows(internal, RULE)
    assert not hows(internal, RULE, Label(level=Level.INTERNAL))
    assert not hows(held(), RULE)


def test_a_hundred_thousand_characters_are_looked_at():
    text = "lorem " * 8_000 + RULE + " ipsum" * 8_000
    assert marks(RULE) & set(HASHER.grams(reduced(text)).tolist())
