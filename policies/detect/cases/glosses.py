"""A text in another language, word by word in English: enough for an English embedding to tell a case from a question.

The usual words are known, most without their endings; the others stay as they are. It is no translation, and
nobody reads it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from policies.views.words import lines_of

LANGUAGES = ("de", "fr", "es", "it", "nl", "pt", "sv", "pl", "tr", "ja")
FILE = Path(__file__).with_name("glosses.txt")  # what tells a case from a question, in all ten languages
FOLDER = Path(__file__).with_name("glosses")  # a language's usual words, most of its running text
_WORD = re.compile(r"[^\W\d_]+|\d+(?:[.,]\d+)*|[^\w\s]")
_STEM = 3  # letters by which stems are found
_LONGEST = 8  # letters of a Japanese word that are looked for at once


@dataclass(slots=True)
class _Glosses:
    whole: dict[str, str] = field(default_factory=dict)
    stems: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    endings: list[tuple[str, str]] = field(default_factory=list)
    pairs: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, word: str, english: str) -> None:
        first, _, second = word.partition("_")
        if second:
            self.pairs.setdefault((first, second), english)
        elif word.startswith("-"):
            self.endings.append((word[1:], english))
        elif word.endswith("-"):
            self.stems.setdefault(word[:_STEM], []).append((word[:-1], english))
        else:
            self.whole.setdefault(word, english)

    def of(self, word: str) -> str:
        """The English for `word`; a word that is not known stays."""
        if (known := self.whole.get(word)) is not None:
            return known
        stems = [
            (len(stem), english)
            for key in {word[:_STEM], word[:2]}
            for stem, english in self.stems.get(key, ())
            if word.startswith(stem)
        ]
        if stems:
            return max(stems)[1]
        return next(
            (english for ending, english in self.endings if len(word) > len(ending) + 2 and word.endswith(ending)), word
        )


@cache
def _glosses(language: str) -> _Glosses:
    """What both lists have for a language; where they differ, the words that were chosen by hand for all ten count."""
    found, place = _Glosses(), LANGUAGES.index(language)
    for line in _lines(FILE):
        english, *columns = line.split()
        for word in columns[place].split("/") if place < len(columns) else ():
            if word.strip("_"):
                found.add(word.lower(), _plain(english.split("/")[0]))
    for line in _lines(FOLDER / f"{language}.txt"):
        word, english = line.split()
        found.add(word, _plain(english))
    return found


def _lines(path: Path) -> list[str]:
    return [line for line in lines_of(path) if not line.startswith("#")]


def _plain(english: str) -> str:
    return english.replace("_", " ")


def gloss(text: str, language: str) -> str:
    """`text` in English words as far as they are known; unchanged in a language without glosses."""
    if language not in LANGUAGES:
        return text
    known = _glosses(language)
    if language == "ja":
        return _scanned(text.lower(), known)
    words, out, n = _WORD.findall(text), [], 0
    while n < len(words):
        low = words[n].lower()
        pair = known.pairs.get((low, words[n + 1].lower())) if n + 1 < len(words) else None
        english = pair or known.of(low)
        out.append(words[n] if english == low else english)
        n += 2 if pair else 1
    return " ".join(out)


def _scanned(text: str, known: _Glosses) -> str:
    """Japanese has no spaces: the longest known word at each place; what is not known is left out, but for numbers."""
    out: list[str] = []
    place = 0
    while place < len(text):
        for length in range(min(_LONGEST, len(text) - place), 0, -1):
            english = known.whole.get(text[place : place + length])
            if english is not None:
                out.append(english)
                place += length
                break
        else:
            if text[place].isascii() and text[place].isalnum():
                match = re.compile(r"[a-z0-9.]+").match(text, place)
                out.append(match.group() if match else "")
                place = match.end() if match else place + 1
                continue
            if not text[place].isalnum():
                out.append(text[place])
            place += 1
    return " ".join(out)
