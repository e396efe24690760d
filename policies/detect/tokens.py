"""The words of a text, each with what the detector of people has to know about it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from policies.detect import gazetteer
from policies.detect.words import everyday, fold, is_strange
from policies.views.words import frequent, vocabulary

_LETTER = r"[^\W\d_\u3040-\u30ff\u3400-\u9fff]"  # words of Japanese have no borders: another file's business
_WORD = re.compile(rf"{_LETTER}+(?:['’\-]{_LETTER}+)*")
SENTENCE = re.compile(r"[^.!?\n]*(?:[.!?](?![\s])[^.!?\n]*)*(?:[.!?]+\s*|\n+|$)")
_LIMIT = 40  # letters of one word; a longer one is no name
_PREFIXED = re.compile(r"(?:Mc|Mac|De|Di|La|Le|Van|Fitz|O['’]|D['’]|L['’])[A-ZÀ-Þ]")


@dataclass(slots=True)
class Token:
    """`case`: capital, upper, lower or mixed. `known`: part of a name that everybody knows."""

    text: str
    plain: str
    start: int
    end: int
    before: str
    case: str
    parts: tuple[str, ...]
    first: bool = False
    surname: bool = False
    weak: bool = False
    ordinary: bool = True
    odd: bool = False
    known: bool = False
    phrase: bool = False
    public: bool = False

    @property
    def strange(self) -> bool:
        """No word of the language and no known name."""
        return self.odd and not self.known and self.case != "mixed" and len(self.plain) > 3

    @property
    def name(self) -> bool:
        """A first name or a surname, and no known thing."""
        return (self.first or self.surname) and not self.known

    @property
    def shared(self) -> bool:
        """A surname that everybody knows and many bear: after another first name it is a private person's."""
        return self.known and not self.phrase and self.surname

    @property
    def capital(self) -> bool:
        """Begins with a capital."""
        return self.case in ("capital", "upper")


def _case(word: str) -> str:
    if word.islower():
        return "lower"
    if word.isupper():
        return "upper" if len(word) > 1 else "capital"
    parts = re.split(r"['’\-]", word)
    if word[0].isupper() and (_PREFIXED.match(word) or all(part[1:].islower() or len(part) < 2 for part in parts)):
        return "capital"
    return "mixed"


def _trimmed(word: str, language: str) -> str:
    """Without the ending that follows an apostrophe: Ayşe'nin, Miller's; O'Brien and D'Souza stay."""
    head, mark, tail = word.replace("’", "'").rpartition("'")
    longest = 5 if language in ("tr", "und") else 3
    ending = tail in ("s", "S") or (tail.islower() and len(tail) <= longest and (language != "en" or len(head) > 2))
    return head if mark and len(head) > 1 and ending else word


def tokens_of(text: str, language: str) -> list[Token]:
    """All words in order. Linear in the text."""
    tokens = []
    last = 0
    for match in _WORD.finditer(text):
        word = match.group()
        base = _trimmed(word, language)
        before = text[last : match.start()]
        if len(base) <= _LIMIT:
            said = _said_of(base, language, not before.strip(" \t,"))
            tokens.append(replace(said, start=match.start(), end=match.start() + len(base), before=before))
        last = match.end()
    _mark_known(tokens)
    return tokens


@lru_cache(maxsize=65_536)
def _said_of(word: str, language: str, goes_on: bool) -> Token:
    """What the lists say of a word wherever it stands. `goes_on`: nothing but spaces and commas stand before it."""
    plain = fold(word)
    parts = tuple(re.split(r"['’\-]", plain))
    token = Token(text=word, plain=plain, start=0, end=0, before="" if goes_on else ".", case=_case(word), parts=parts)
    _judge(token, language)
    return token


def _judge(token: Token, language: str) -> None:
    """Fill in what the lists say."""
    split = len(token.parts) > 1
    joined = "".join(token.parts)
    forms = [token.plain, joined] if split and len(token.parts[0]) <= 2 and len(joined) > 4 else [token.plain]
    ways = forms + [part for part in token.parts if split and len(part) > 2]
    if split and token.case == "lower" and any(part in _JOINERS for part in token.parts):
        ways = []
    token.odd = is_strange(token.text, language)
    inflected = language != "en" and token.case == "capital" and len(token.plain) > 5
    ways = [way for way in ways if inflected or gazetteer.is_listed(way) or not _is_everyday(way)]
    if _is_small(token, language) or _is_thing(token, language):
        ways = []
        token.odd = token.odd and not _is_thing(token, language)
    if token.case == "lower" and language != "en":
        ways = [way for way in ways if gazetteer.is_listed(way) or len(gazetteer.stem_of(way, language)) > 5]
    token.first = any(gazetteer.is_first(way, language) for way in ways)
    token.surname = any(gazetteer.is_surname(way, language) for way in ways)
    named = [way for way in ways if gazetteer.is_first(way, language) or gazetteer.is_surname(way, language)]
    token.weak = bool(named) and all(gazetteer.is_weak(way, language) for way in named)
    token.known = all(gazetteer.is_known(part) for part in token.parts) or gazetteer.is_known(token.plain)
    if language in ("en", "de", "nl", "sv") and token.plain.endswith("s"):
        token.known = token.known or gazetteer.is_thing(token.plain[:-1])
    token.ordinary = all(_is_common(part, language) for part in token.parts)


def _is_thing(token: Token, language: str) -> bool:
    """What is named after somebody, in one word: `Caroline-Urteil`, `Maillard-reactie`."""
    last = token.text.replace("’", "'").rpartition("-")[2]
    if len(token.parts) < 2 or len(last) < 4 or not (last.islower() or language == "de"):
        return False
    return last.lower() in frequent(language) and not gazetteer.is_listed(token.parts[-1])


def _is_small(token: Token, language: str) -> bool:
    """A word of the language that is far more usual than any name; in small letters, and an English one with `s`, too."""
    if token.case == "lower" and language == "en" and token.plain.endswith("s") and token.plain[:-1] in vocabulary():
        return not gazetteer.is_listed(token.plain)
    often = frequent(language).get(token.text.lower(), -9.0)
    return often > _FAR_MORE and (token.case == "lower" or not token.before.strip(" \t,"))


_FAR_MORE = -3.5


def _is_everyday(word: str) -> bool:
    return word in vocabulary() or word in everyday()


def _is_common(word: str, language: str) -> bool:
    return len(word) <= 3 or word in vocabulary() or (language != "en" and word in frequent(language))


_JOINERS = frozenset("of to in on and or the up by for non pre post anti self multi re co".split())


def _mark_known(tokens: list[Token]) -> None:
    """Mark runs of words that are one known name. A person's marks as public, too."""
    apart = [part for token in tokens for part in token.parts]
    owner = [index for index, token in enumerate(tokens) for _ in token.parts]
    at = 0
    while at < len(apart):
        length, person = gazetteer.phrase_at(apart, at)
        if not length or not _close(tokens, owner[at], owner[at + length - 1]):
            at += 1
            continue
        for index in range(owner[at], owner[at + length - 1] + 1):
            tokens[index].known = tokens[index].phrase = True
            tokens[index].public = person
        at += length


def _close(tokens: list[Token], first: int, last: int) -> bool:
    """Nothing but spaces, points and hyphens between them."""
    return all(len(token.before) <= 3 and not token.before.strip(" .-&'’\n") for token in tokens[first + 1 : last + 1])


def starts_sentence(text: str, token: Token) -> bool:
    """At the start of a sentence or of a line, where a capital says nothing."""
    before = text[max(0, token.start - 3) : token.start].rstrip(" \"'“‘(«¿¡-")
    return not before or before[-1] in ".!?\n:;"
