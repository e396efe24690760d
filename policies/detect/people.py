"""Names of private persons.

A union of recognisers: titles and roles before a name; first names and surnames of many cultures, in any casing;
strange words beside a name; names within file names and log-ins; in English the packaged model as well; in
Japanese family names and honorifics. A name that everybody knows passes, unless the sentence tells something
about that person which is nobody's business.
"""

from __future__ import annotations

import re

from policies.detect import cues, gazetteer, japanese, prose, recogniser, runs, spanning
from policies.detect.tokens import SENTENCE, Token, starts_sentence, tokens_of
from policies.detect.words import is_listed_word
from policies.labels import Category
from policies.vocabulary import Finding

_LINKED = frozenset("_./\\@=:")


class PeopleDetector:
    """Finds names of people who are not publicly known."""

    name = "people"
    version = "4"

    def __init__(self) -> None:
        recogniser.recogniser()

    def find(self, text: str, language: str = "en") -> list[Finding]:
        """Names in `text`, with the lists and endings of `language`; the model reads English only."""
        spans = japanese.find(text) if japanese.is_in(text) else []
        tokens = tokens_of(text, language)
        listed = sorted(_by_lists(text, tokens, language))
        spans += listed
        if language == "en":
            spans += prose.recognised(text, tokens, listed)
        return [
            Finding(detector=self.name, kind="PERSON", start=start, end=end, category=Category.PERSONAL)
            for start, end in spanning.whole(
                text, [*spanning.private(text, spans, tokens, language), *_exposed(text, tokens)]
            )
        ]

    def canaries(self) -> tuple[tuple[str, str], ...]:
        return (
            ("PERSON", "Please write to Marieke Oosterhout about the loan."),
            ("PERSON", "benedikt aluko is two weeks overdue"),
            ("PERSON", "John Miller asked about his account."),
            ("PERSON", "経理の田中さんに返信してください。"),
        )


def _by_lists(text: str, tokens: list[Token], language: str) -> list[tuple[int, int]]:
    spans = []
    at = 0
    while at < len(tokens):
        length = runs.length_at(tokens, at)
        if length > 1 and runs.is_private(text, tokens[at : at + length], language):
            spans.append((tokens[at].start, tokens[at + length - 1].end))
        at += max(1, length)
    for index, token in enumerate(tokens):
        following = tokens[index + 1] if index + 1 < len(tokens) else None
        if (
            _is_titled(text, tokens, index)
            or _is_single(text, token, language)
            or (following is not None and _is_pair(text, token, following, language))
            or _is_linked(text, token)
            or _is_initialled(text, token)
            or _is_introduced(text, token, language)
        ):
            spans.append((token.start, token.end))
    return spans


def _is_single(text: str, token: Token, language: str) -> bool:
    """One word alone."""
    if token.known or token.case == "mixed":
        return False
    if not token.name and not (token.strange and token.case != "upper" and len(token.plain) > 4):
        return False
    if cues.is_cited(text, token.start, token.end) or cues.is_thing_after(text, token.end):
        return False
    if cues.is_kind(text, token.start, token.end) or cues.is_house(text, token.start, token.end):
        return False
    if not token.name:
        return _is_strange_person(text, token, language)
    cued = cues.is_cued(text, token.start, token.end, starts=starts_sentence(text, token))
    if token.case == "capital":
        return not token.weak and (token.first or cued or not starts_sentence(text, token) or not token.ordinary)
    if token.case == "upper":
        return token.name and not token.weak and len(token.plain) > 4 and cued
    if token.name and not token.weak and len(token.plain) > 3:
        if not token.ordinary:
            return language == "en" or cued
        return cued and (token.first or language == "en")
    return False


def _is_strange_person(text: str, token: Token, language: str) -> bool:
    """An unknown word where only a person can be."""
    if token.case == "lower" and language != "en":
        return False
    return cues.is_person(text, token.start, token.end, starts=starts_sentence(text, token))


def _is_pair(text: str, one: Token, two: Token, language: str) -> bool:
    """Two words in a row, not both with capitals: a name in small letters."""
    if (
        one.phrase
        or two.phrase
        or (one.known and two.known)
        or (two.known and not two.shared)
        or two.before not in (" ", "  ", ", ", "\t", ".")
        or (one.capital and two.capital)
    ):
        return False
    if "mixed" in (one.case, two.case) or min(len(one.plain), len(two.plain)) < 3:
        return False
    if _is_listed_pair(one, two, language):
        return True
    if language == "und" or one.capital or two.capital or two.before != " ":
        return False
    if not (one.strange and two.strange and len(one.plain) > 3):
        return False
    return language == "en" or one.name or two.name or cues.is_cued(text, one.start, two.end, starts=False)


def _is_listed_pair(one: Token, two: Token, language: str) -> bool:
    """A first name and what can be a surname, or the other way round."""
    if one.first and two.before != ".":
        if not one.weak and two.before == " " and len(two.plain) > 4 and not is_listed_word(two.plain, language):
            return True
        if not one.weak and (two.strange or (two.surname and not (two.weak and two.ordinary))):
            return True
        if one.weak and not two.weak and two.surname and not two.ordinary:
            return True
        if not one.weak and two.surname and language == "en":
            return two.plain not in cues.SMALL_WORDS
    return one.surname and not one.weak and two.first and not two.weak


def _is_linked(text: str, token: Token) -> bool:
    """Part of a file name, a path, a log-in or an address."""
    if token.known or token.weak or len(token.plain) < 4:
        return False
    sides = text[max(0, token.start - 1) : token.start] + text[token.end : token.end + 1]
    tight = [side for side in sides if side in _LINKED or side.isdigit()]
    if not tight or (tight == ["."] and text[token.end : token.end + 1] == ".") or tight in ([":"], ["="]):
        return False
    if any(side in "_\\@" for side in tight):
        return token.name or (
            token.case == "capital" and token.strange and ("_" in tight and (len(token.plain) > 5 or len(tight) > 1))
        )
    if len(tight) > 1 or any(side.isdigit() for side in tight):
        if token.case == "upper" and len(token.plain) < 6:
            return False
        return token.name and (not token.ordinary or token.first)
    return token.name and not token.ordinary


def _is_introduced(text: str, token: Token, language: str) -> bool:
    """After "my name is" and its like: whatever is no small word."""
    if (
        token.phrase
        or len(token.plain) < 3
        or token.plain in cues.SMALL_WORDS
        or not (token.capital or token.odd or token.name or (language == "en" and not token.ordinary))
    ):
        return False
    return bool(cues.INTRODUCED.search(text[max(0, token.start - 32) : token.start]))


def _is_initialled(text: str, token: Token) -> bool:
    """An initial before a surname, or after a first name."""
    if token.known or token.case not in ("capital", "upper") or len(token.plain) < 3:
        return False
    if cues.is_cited(text, token.start, token.end) or cues.is_thing_after(text, token.end):
        return False
    if token.strange or token.surname:
        if cues.INITIAL_BEFORE.search(text, max(0, token.start - 8), token.start):
            return True
        if cues.INITIAL_AFTER_COMMA.match(text, token.end) and (token.strange or not token.weak):
            return True
    return bool(token.first and cues.INITIAL_AFTER.match(text, token.end))


def _is_titled(text: str, tokens: list[Token], index: int) -> bool:
    """After a title: any name, and any word with a capital."""
    token = tokens[index]
    if token.capital and not token.known and cues.TITLE_AFTER.match(text, token.end):
        return True
    step = index - 1
    if step >= 0 and len(tokens[step].plain) == 1 and tokens[step].before in (" ", ". "):
        step -= 1
    if step < 0 or (token.known and token.public) or len(token.plain) < 2:
        return False
    title, between = tokens[step], text[tokens[step].end : token.start]
    if (
        len(between) > 6
        or re.search(r"[^\w. \n]", between)
        or title.parts[-1] not in cues.TITLES
        or title.case == "mixed"
    ):
        return False
    if title.plain in cues.RARE_TITLES and not (title.capital or token.capital):
        return False
    if "." in between and len(title.plain) > 4:
        return False
    if token.known:
        return (
            not token.phrase
            and token.surname
            and title.plain in cues.PLAIN_TITLES
            and token.capital
            and not cues.is_thing_after(text, token.end)
        )
    if token.capital:
        return (
            token.plain not in cues.NO_NAMES
            and token.plain not in cues.TITLES
            and (token.odd or token.name or not token.ordinary or title.plain in cues.PLAIN_TITLES)
        )
    return (token.strange or token.name) and len(token.plain) > 3 and title.plain not in cues.RARE_TITLES


def _exposed(text: str, tokens: list[Token]) -> list[tuple[int, int]]:
    """Public persons of whom the sentence tells what is nobody's business."""
    public = [
        token
        for token in tokens
        if token.known and token.capital and (token.public or (token.surname and not gazetteer.is_thing(token.plain)))
    ]
    if not public or not cues.PRIVATE_MATTER.search(text):
        return []
    spans = []
    for sentence in SENTENCE.finditer(text):
        if cues.PRIVATE_MATTER.search(sentence.group()):
            spans += [
                (t.start, t.end)
                for t in public
                if sentence.start() <= t.start < sentence.end() and not cues.is_thing_after(text, t.end)
            ]
    return spans
