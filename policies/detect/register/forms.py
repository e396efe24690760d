"""How a value of the register is written before it is hashed, and the keyed hash itself.

The same folding runs over what is imported and over what is asked, so that case, accents, hyphens, possessives and
the usual inflections make no difference. Nothing here keeps a value.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from enum import IntEnum
from typing import NamedTuple


class Form(IntEnum):
    """What a hash stands for."""

    FULL_NAME = 1
    INITIAL_NAME = 2
    RARE_SURNAME = 3
    JOINED_NAME = 4  # of a script without spaces
    ID = 5
    PHONE = 6
    EMAIL = 7
    ADDRESS = 8
    BORN = 9  # with the surname
    CODE_NAME = 10  # a word of the language: counts beside words of business
    SURE_CODE_NAME = 11  # no word of the language
    JOINED_START = 12  # the first two signs of a joined name: tells where one may begin


class Hasher:
    """HMAC-SHA-256 under the register's own key, cut to 64 bits. The two halves of the key are hashed once."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        block = key.ljust(64, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))

    def mac(self, data: bytes) -> bytes:
        """The whole code."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(data)
        outer.update(inner.digest())
        return outer.digest()

    def word(self, word: str) -> int:
        """Of one folded word."""
        return int.from_bytes(self.mac(b"w\0" + word.encode())[:8], "big")

    def form(self, form: Form, *parts: str | int) -> int:
        """Of a value made of parts; a number is the hash of a word."""
        said = "\0".join([f"#{part:016x}" if isinstance(part, int) else part for part in parts])
        return int.from_bytes(self.mac(b"%d\0" % form + said.encode())[:8], "big")

    def check(self) -> bytes:
        """What tells whether a store was made under the same key."""
        return self.mac(b"check")


_LETTERS = str.maketrans(
    {"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "’": "'", "ʼ": "'", "`": "'"}
)
_MARKS = re.compile("[\u0300-\u036f]")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
TOKEN = re.compile(r"[^\W_]+(?:['’ʼ`][^\W_]+)*")
_OWNED = re.compile(r"'(?:s|lu|n[iıuü]n|nin|ya|ye|yi|a|e|i|in|da|de|dan|den)?$")
PARTICLES = frozenset(
    "de del della di da das dos do van von der den ten ter la le el al bin ibn abu st af zu y e thi mac mc dr mr mrs ms herr frau mme sr sra".split()
)
_JOINED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def fold(text: str) -> str:
    """Small letters without accents, in composed form."""
    low = unicodedata.normalize("NFKC", text).lower().translate(_LETTERS)
    if low.isascii():
        return low
    return unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFD", low)))


class Token(NamedTuple):
    """A folded word of a text and its place."""

    word: str
    start: int
    end: int
    capital: bool


def tokens(text: str) -> list[Token]:
    """The words and numbers of a text; parts of a hyphenated word stand alone."""
    found: list[Token] = []
    for match in TOKEN.finditer(text):
        raw = match.group()
        word = raw.lower() if raw.isascii() else fold(raw)
        if not word.isalnum():
            word = _OWNED.sub("", fold(raw)).replace("'", "")
        if word:
            found.append(Token(word, match.start(), match.end(), raw[0].isupper()))
    return found


def name_words(name: str) -> list[list[str]]:
    """The words of a name as it is stored, each in all its spellings: with `ü` as `u` and as `ue`."""
    words: list[list[str]] = []
    for match in TOKEN.finditer(name):
        plain = _OWNED.sub("", fold(match.group())).replace("'", "") if len(match.group()) > 3 else fold(match.group())
        long = fold(match.group().lower().translate(_UMLAUTS)).replace("'", "")
        if plain and plain not in PARTICLES and not plain.isdigit():
            words.append([plain] if long == plain else [plain, long])
    return words


def is_joined(text: str) -> bool:
    """Whether it is written in a script without spaces."""
    return bool(_JOINED.search(text))


def joined(text: str) -> str:
    """A name of such a script, spaces and middle dots taken out."""
    return re.sub(r"[\s・·=]", "", unicodedata.normalize("NFKC", text))


_POLISH = re.compile(r"(\w{2,}(?:sk|ck|dzk))(?:iego|iemu|imi|ich|iej|im|i|a)$")
_ENDINGS = {
    "pl": ("owie", "owi", "iem", "ami", "om", "em", "ow", "ie", "a", "u", "y", "e"),
    "de": ("s",), "sv": ("s",), "nl": ("s",), "tr": ("nin", "nun", "in", "un", "i", "u"),
}  # fmt: skip


def inflected(word: str, language: str) -> Iterator[str]:
    """What the word may be in its basic form."""
    if "k" in word and (match := _POLISH.match(word)) is not None:
        yield from (match[1] + "i", match[1] + "a")
    for ending in _ENDINGS.get(language, ()):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            yield word[: -len(ending)]


def deletions(word: str) -> set[str]:
    """The word with any one letter taken out. Two words one edit apart share one of these, or are one themselves."""
    return {word[:n] + word[n + 1 :] for n in range(len(word))}


def plain_id(text: str) -> str:
    """Letters and digits alone."""
    return re.sub(r"[^a-z0-9]", "", fold(text))


def plain_phone(text: str) -> str:
    """The last nine digits: with or without the country's code."""
    digits = re.sub(r"\D", "", text)
    return digits[-9:] if len(digits) >= 9 else digits


_STREETS = {
    "street": "st", "str": "st", "strasse": "st", "road": "rd", "avenue": "ave", "lane": "ln", "drive": "dr", "court": "ct", "place": "pl", "square": "sq",
    "boulevard": "blvd", "avenida": "av", "avda": "av", "calle": "c", "ulica": "ul", "sokak": "sk", "sok": "sk", "caddesi": "cd", "cad": "cd", "no": "", "nr": "",
}  # fmt: skip


def street_word(word: str) -> str:
    """A word of an address, long and short forms made one: `street` and `st`, `lindenstrasse` and `lindenstr`."""
    if word.endswith("strasse") and len(word) > 7:
        return word[:-7] + "str"
    return _STREETS.get(word, word)


_NUMERIC = re.compile(r"(?<!\d)(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})(?!\d)|(?<!\d)(\d{4})年(\d{1,2})月(\d{1,2})日")
_NAMED = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|er|º)?\.?(?: de)? ([^\W\d_]{3,10})\.?,?(?: de)? ((?:19|20)\d\d)|([^\W\d_]{3,10})\.? (\d{1,2})(?:st|nd|rd|th)?,? ((?:19|20)\d\d)"
)
_MONTHS = (
    "jan ene gen sty oca", "feb fev fév luty lut sub şub", "mar mär mrt maa", "apr abr avr kwi nis", "may mai mag mei maj may",
    "jun giu cze haz juin", "jul lug lip tem juil", "aug ago aou aoû sie agu ağu", "sep set wrz eyl", "oct okt ott out paz paź eki", "nov lis kas", "dec dez dic déc gru ara",
)  # fmt: skip
_MONTH = {fold(word): n for n, words in enumerate(_MONTHS, 1) for word in words.split()} | {
    "juillet": 7,
    "juin": 6,
    "listopad": 11,
}


def dates(text: str) -> Iterator[tuple[str, int, int]]:
    """(ISO date, start, end) of each date, both readings where day and month could be either."""
    for match in _NUMERIC.finditer(text):
        a, b, c = (int(part) for part in match.groups() if part is not None)
        for y, m, d in {(a, b, c), (c, b, a), (c, a, b)}:
            if (found := _iso(y, m, d)) is not None:
                yield found, match.start(), match.end()
    for match in _NAMED.finditer(text):
        day, month, year = (match[1], match[2], match[3]) if match[1] else (match[5], match[4], match[6])
        named = fold(month)
        number = _MONTH.get(named) or _MONTH.get(named[:3])
        if number and (found := _iso(int(year), number, int(day))) is not None:
            yield found, match.start(), match.end()


def _iso(year: int, month: int, day: int) -> str | None:
    if year < 100:
        year += 1900 if year > 30 else 2000
    if not 1900 <= year <= 2100:
        return None
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
