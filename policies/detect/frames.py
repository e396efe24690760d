"""Whether a sentence speaks of somebody in public: their works, games, offices, reign, or the times they lived in.

A name in such a sentence passes. It does not where anything in the text could be somebody's own matter: a first
person, a customer or patient, pay, debts, illness, dismissal, home. What one claims of a text (a textbook, an
example) is never a frame.
"""

from __future__ import annotations

import re
from functools import cache

from policies.detect import cues
from policies.detect.words import fold, listed

LONGEST = 600  # characters of a text that can be a question about public matters

_WORD = re.compile(r"[^\W_]+")
_LONG_AGO = re.compile(
    r"(?i:\b(?:in|im|von|um|vor|en|de|depuis|nel|del|dal|em|no|år|w|roku|since|before|after|anno|sedan|van))[ ](?:the )?(?:1[4-8]\d\d|19[0-3]\d)(?![\d/-]|[.,]\d)|"
    r"(?<!\d)(?:1[4-8]\d\d|19[0-3]\d)['’](?:da|de|te|ta|ün|in)|[A-ZÀ-Þ][^\W\d_]{2,} (?:I{2,3}|IV|VI{0,3}|IX|XI{0,3}|XIV|XVI{0,2})\b"
)
_CROWNED = re.compile(
    r"(?<!Mr )(?<!Mrs )(?<!Ms )(?<!Frau )(?<!Herr )\b(?:King|Queen|Emperor|Empress|Pope|Tsar|Saint|Sultan|Königin|Kaiserin|Kaiser|Papst|[Kk]oning|[Kk]oningin|[Kk]eizer|[Dd]rottning|[Kk]ung|[Rr]ey|[Rr]eina|"
    r"[Rr]ei|[Rr]ainha|[Rr]oi|[Rr]eine|[Kk]ról|[Kk]rólowa|[Rr]egina|[Pp]apa) (?:D\. )?[A-ZÀ-Þ]|[A-ZÀ-Þ]\w+ (?:Paşa|Sultan|Han|Ağa|Çelebi)\b"
)
_NUMBERED = re.compile(r"\d[\d .,/-]{6,}\d|@|#\d|(?<!\w)[A-Z]{1,3}\d{4,}")


def is_public(text: str, start: int, end: int, language: str, *, among_public: bool = False) -> bool:
    """The sentence from `start` to `end` asks about public matters, and nothing in `text` is anybody's own.

    `among_public`: somebody whom everybody knows is named in it, whole.
    """
    if len(text) > LONGEST or not (among_public or _speaks_in_public(text[start:end])):
        return False
    return not is_own(text, language)


def is_own(text: str, language: str = "en") -> bool:
    """Something in the text could be the matter of somebody who is not public."""
    if _NUMBERED.search(text) or cues.PRIVATE_MATTER.search(text):
        return True
    own, stems = listed("own_words"), _stems("own_words")
    words = map(fold, _WORD.findall(text))
    return any(
        word in own or f"{language}:{word}" in own or not stems.isdisjoint((word[:5], word[:6])) for word in words
    )


def _speaks_in_public(sentence: str) -> bool:
    if _LONG_AGO.search(sentence) or _CROWNED.search(sentence):
        return True
    public, stems = listed("public_words"), _stems("public_words")
    return any(
        word in public or any(word[:cut] in stems for cut in (4, 5, 6, 7))
        for word in map(fold, _WORD.findall(sentence))
    )


@cache
def _stems(name: str) -> frozenset[str]:
    """Entries that end in `*`: every word that begins so."""
    return frozenset(word[:-1] for word in listed(name) if word.endswith("*"))
