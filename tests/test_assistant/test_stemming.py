"""Stems that several answers ask for at once: a stemmer keeps the word it works on in itself."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import pytest
import snowballstemmer

from assistant.grounding import words
from policies.copies import concepts

BEGINNINGS = ("regul", "nation", "organis", "relation", "retent", "contract", "oper", "valid", "condition", "certif")
ENDINGS = ("ations", "fulness", "ising", "ally", "ivity", "ed", "ing", "ement", "ities", "izer")


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads that take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("restless")
@pytest.mark.parametrize("stem", [lambda word: words.stem(word, "en"), concepts._stem])
def test_several_threads_get_the_stems_that_one_gets(stem: Callable[[str], str]) -> None:
    """A wrong one would be kept, and compared with, for as long as the process lives."""
    made = ["".join(parts) for parts in product("abcdefgh", "aeiou", "lmnr", BEGINNINGS, ENDINGS)]
    alone = snowballstemmer.stemmer("english")
    with ThreadPoolExecutor(6) as several:
        found = list(several.map(lambda part: [stem(word) for word in part], (made[n::6] for n in range(6))))
    for n in range(6):
        assert found[n] == [alone.stemWord(word) for word in made[n::6]]
