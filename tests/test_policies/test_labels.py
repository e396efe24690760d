"""Joining never loosens."""

from __future__ import annotations

import strategies as our
from hypothesis import given
from hypothesis import strategies as st

from policies.labels import PUBLIC, TOP, join, parse_categories, parse_label, parse_level


@given(st.lists(our.labels), our.labels)
def test_adding_a_label_never_loosens(labels, more):
    assert join(labels).flows_to(join([*labels, more]))


@given(st.lists(our.labels).flatmap(lambda ls: st.tuples(st.just(ls), st.permutations(ls))))
def test_order_and_repetition_do_not_matter(both):
    labels, shuffled = both
    assert join(labels) == join([*shuffled, *labels])


@given(our.labels)
def test_the_join_of_nothing_is_public_and_the_top_takes_everything(label):
    assert join([]) == PUBLIC
    assert label.flows_to(TOP)
    assert join([label, TOP]) == TOP


@given(our.labels)
def test_a_label_survives_being_written_down(label):
    assert parse_label(str(label)) == label


def test_what_nobody_knows_counts_as_the_most():
    assert parse_label(None) == TOP
    assert parse_label("secretish health") == TOP
    assert parse_level("") == TOP.level
    assert parse_categories(["health", "astrology"]) == TOP.categories
