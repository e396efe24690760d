"""By what a question may call a document: its title, or the company that it names.

Names are compared as runs of letters without case, accents and spaces ("Foot Locker" is "footlocker"), a company
without its legal form. A single word may be an everyday one: it counts where it is written with a capital, or where
nothing in the question is. The first words of a company's name count only where they are the whole of a name as it is
written: "American" is no American Airlines in a question about American Water Works.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.about import folded, parts
from policies.vocabulary import Document

SHORTEST = 3
LONGEST_RUN = 8  # words
_TITLE = 12  # words: a longer title is a sentence, and nobody repeats it
_QUESTION = 400  # words
_LEGAL = frozenset(
    "ab ag as bv co company corp corporation gmbh group holding holdings inc incorporated kg limited llc llp lp ltd nv"
    " oy oyj plc pty sa sarl sas se spa srl".split()
)
_WORD = re.compile(r"[^\W\d_]+|\d+")
_ACRONYM = 4  # letters: CEO beside a name is no part of it
_NO_NAMES = frozenset({"FY", "Q", "H"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentioned:
    """What a question names: by a whole name, or by its first words."""

    whole: frozenset[str]
    part: frozenset[str]


def names(document: Document) -> dict[str, bool]:
    """Each name with whether it is only the first words of one."""
    company = parts(document.company)[:LONGEST_RUN]
    while company and (company[-1] in _LEGAL or len(company[-1]) == 1):
        company.pop()
    found = {"".join(company[:n]): n < len(company) for n in range(1, len(company) + 1)}
    title = parts(document.title)
    if 2 <= len(title) <= _TITLE:
        found["".join(title)] = False
    return {name: part for name, part in found.items() if len(name) >= SHORTEST}


def mentioned(question: str) -> Mentioned:
    """Every run of words that may be a name."""
    written = _WORD.findall(question)[:_QUESTION]
    plain = [folded(word) for word in written]
    capitals = any(word[0].isupper() for word in written)
    whole = {
        "".join(plain[start:end])
        for start in range(len(plain))
        for end in range(start + 1, min(start + _TITLE, len(plain)) + 1)
        if end - start > 1 or not capitals or written[start][0].isupper()
    }
    part = {folded("".join(run)) for run in _runs(written)}
    return Mentioned(whole=frozenset(whole), part=frozenset(part))


def _runs(words: list[str]) -> Iterator[list[str]]:
    """Words with capitals that stand together; a run at the start also without its first word, which has a capital
    anyway."""
    start = 0
    for place in range(len(words) + 1):
        if place < len(words) and _goes_on(words[place], first=place == start):
            continue
        if place > start:
            yield words[start:place]
        if start == 0 and place > 1:
            yield words[1:place]
        start = place + (place >= len(words) or not _goes_on(words[place], first=True))


def _goes_on(word: str, *, first: bool) -> bool:
    if not word[0].isupper() or word in _NO_NAMES:
        return False
    return first or not word.isupper() or len(word) > _ACRONYM
