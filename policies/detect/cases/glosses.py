"""A text in another language, word by word in English: enough for an English embedding to tell a case from a question.

Only the words that matter are known, without their endings; the others stay as they are. It is no translation, and
nobody reads it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

LANGUAGES = ("de", "fr", "es", "it", "nl", "pt", "sv", "pl", "tr", "ja")
FILE = Path(__file__).with_name("glosses.txt")
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
def _glosses() -> dict[str, _Glosses]:
    found = {language: _Glosses() for language in LANGUAGES}
    for line in FILE.read_text("utf-8").splitlines():
        english, *columns = line.split() if not line.startswith("#") else [""]
        head = english.split("/")[0].replace("_", " ")
        for language, column in zip(LANGUAGES, columns, strict=False):
            for word in column.split("/"):
                if word.strip("_"):
                    found[language].add(word.lower(), head)
    return found


def gloss(text: str, language: str) -> str:
    """`text` in English words as far as they are known; unchanged in a language without glosses."""
    known = _glosses().get(language)
    if known is None:
        return text
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
