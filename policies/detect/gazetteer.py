"""What a word or a run of words stands for: a first name, a surname, somebody or something that everybody knows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache

from policies.detect.words import fold, listed
from policies.views.words import vocabulary


@cache
def firsts() -> frozenset[str]:
    """First names."""
    return listed("first_names")


@cache
def surnames() -> frozenset[str]:
    """Surnames that many bear."""
    return listed("surnames")


@cache
def weak() -> frozenset[str]:
    """Names that are words as well."""
    return listed("name_words")


@cache
def _phrases() -> dict[str, tuple[tuple[tuple[str, ...], bool], ...]]:
    """First word -> whole names of several words, longest first; true where it names a person."""
    found: dict[str, set[tuple[tuple[str, ...], bool]]] = {}
    people = [(name, True) for name in ("public_people", "public_names", "public_whole")]
    for name, person in (*people, ("things", False), ("places", False)):
        for entry in listed(name):
            words = tuple(re.findall(r"[^\W\d_]+", fold(entry)))
            if len(words) > 1:
                found.setdefault(words[0], set()).add((words, person))
    return {first: tuple(sorted(ways, key=lambda way: -len(way[0]))) for first, ways in found.items()}


@cache
def known_alone() -> frozenset[str]:
    """Single words that everybody knows: a thing, a place, or a public person by a surname that few others bear."""
    alone = {fold(entry) for name in ("public_names", "public_whole") for entry in listed(name) if " " not in entry}
    for entry in listed("public_people"):
        last = fold(entry).split(" ")[-1]
        if " " not in entry or (last not in surnames() and last not in firsts() and len(last) > 3):
            alone.add(last)
    return frozenset(alone) | things_alone()


@cache
def things_alone() -> frozenset[str]:
    """Single words that name a thing or a place."""
    return frozenset(fold(entry) for name in ("things", "places") for entry in listed(name) if " " not in entry)


def phrase_at(words: Sequence[str], at: int) -> tuple[int, bool]:
    """How many words from `at` on are a known name of several words, and whether it is a person's."""
    for phrase, person in _phrases().get(words[at], ()):
        if tuple(words[at : at + len(phrase)]) == phrase:
            return len(phrase), person
    return 0, False


@lru_cache(maxsize=65_536)
def stem_of(word: str, language: str) -> str:
    """The listed name that a folded word is an inflected form of, or the word itself."""
    if word in firsts() or word in surnames():
        return word
    for ending, instead in _ENDINGS.get(language, _ENDINGS["en"]):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            stem = word[: -len(ending)] + instead
            if stem in firsts() or stem in surnames():
                return stem
    return word


_ENDINGS: dict[str, tuple[tuple[str, str], ...]] = {
    "en": (("s", ""), ("es", "")),
    "de": (("s", ""), ("ens", ""), ("n", "")),
    "nl": (("s", ""),),
    "sv": (("s", ""),),
    "pl": (
        ("iego", "i"), ("iemu", "i"), ("im", "i"), ("iej", "i"), ("ska", "ski"), ("cka", "cki"), ("skiej", "ski"), ("owi", ""),
        ("owej", ""), ("owa", ""), ("em", ""), ("iem", ""), ("a", ""), ("u", ""), ("y", "a"), ("e", "a"), ("ie", "a"), ("i", "a"),
        ("ka", "ek"), ("kiem", "ek"), ("kowi", "ek"), ("ca", "iec"), ("owie", ""), ("ow", ""), ("ami", ""),
    ),
    "tr": (("in", ""), ("un", ""), ("nin", ""), ("nun", ""), ("a", ""), ("e", ""), ("ya", ""), ("ye", ""), ("i", ""), ("u", ""), ("dan", ""), ("den", "")),
}  # fmt: skip


def is_listed(word: str) -> bool:
    """A first name or a surname as it stands."""
    return word in firsts() or word in surnames()


def is_first(word: str, language: str = "en") -> bool:
    """A first name, inflected or not."""
    return stem_of(word, language) in firsts()


def is_surname(word: str, language: str = "en") -> bool:
    """A surname that many bear, inflected or not, or one by its ending."""
    return stem_of(word, language) in surnames() or (
        len(word) > 6 and bool(_SURNAME.search(word)) and word not in vocabulary()
    )


_SURNAME = re.compile(
    r"(?:owski|ewski|inski|ynski|anski|alski|owska|ewska|inska|ynska|anska|alska|owicz|ewicz|czyk|czak|oglu|sson|sdottir|dottir|"
    r"opoulos|opoulou|enko|chuk|ovich|evich|ovic|evic|shvili|escu|zadeh|nejad|swamy|etxea|goitia|quist|qvist)$"
)


def is_weak(word: str, language: str = "en") -> bool:
    """Too short or too ordinary to be taken for a name when alone."""
    return len(word) <= 3 or stem_of(word, language) in weak() or word in weak()


def is_known(word: str) -> bool:
    """A single word that everybody knows."""
    return word in known_alone()


def is_thing(word: str) -> bool:
    """A single word that names a thing or a place that everybody knows."""
    return word in things_alone()
