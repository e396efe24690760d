"""Every name, of whomever or whatever: places, firms, products, works, laws, people whom everybody knows.

For sites that let no name out at all (`names = "none"`). It tells names by their form and does not weigh them: a word
that is none of the language, one that stands in the lists of names, a capital within a sentence, a shortening in
capitals, an address. That holds back most of what is harmless, and is meant to. In German every noun has a capital, so
nearly all stays; in Japanese words have no borders, so the whole text counts as a name.
"""

from __future__ import annotations

import re

from policies.detect import gazetteer, japanese
from policies.detect.base import STAND_IN
from policies.detect.tokens import Token, starts_sentence, tokens_of
from policies.labels import Category
from policies.vocabulary import Finding

_ADDRESS = re.compile(r"\b(?:[a-z]{2,12}://|www\.)[^\s<>\"']+|\b(?:[\w-]{1,63}\.){1,8}[a-z]{2,12}\b", re.IGNORECASE)
_NO_NAME = frozenset({"I", "I'm", "I'd", "I've", "I'll", "I’m", "I’d", "I’ve", "I’ll", "OK"})


class NameDetector:
    """Finds every name, known to all or not."""

    name = "names"
    version = "1"

    def find(self, text: str, language: str = "en") -> list[Finding]:
        if japanese.is_in(text):
            return [self._found(0, len(text))]
        text = STAND_IN.sub(lambda match: " " * len(match.group()), text)
        spans = [(token.start, token.end) for token in tokens_of(text, language) if _is_name(text, token)]
        return [self._found(*span) for span in _joined(text, [*spans, *(m.span() for m in _ADDRESS.finditer(text))])]

    def canaries(self) -> tuple[tuple[str, str], ...]:
        return (
            ("NAME", "Which sights are there in Lisbon?"),
            ("NAME", "what does siemens make"),
            ("NAME", "Was steht bei www.example.org darüber?"),
            ("NAME", "リスボンの名所は何ですか。"),
        )

    def _found(self, start: int, end: int) -> Finding:
        return Finding(detector=self.name, kind="NAME", start=start, end=end, category=Category.PERSONAL)


def _joined(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """In order, with the words of one name as one: it is exchanged as a whole."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and text[joined[-1][1] : start] in ("", " ", "-", ". ", " & "):
            start, end = joined[-1][0], max(end, joined.pop()[1])
        joined.append((start, end))
    return joined


def _is_name(text: str, token: Token) -> bool:
    if token.text in _NO_NAME:
        return False
    if token.strange or token.phrase or (token.name and not token.ordinary):
        return True
    if token.case == "lower":
        return gazetteer.is_thing(token.plain) or (token.known and not token.ordinary)
    return token.known or not starts_sentence(text, token)
