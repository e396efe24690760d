"""Numbers as people write them: digits with the separators of their language, and number words.

`number_at` reads the number that begins at a token. German and Spanish write 1.200 for twelve hundred,
English writes 1,200; French puts a space. Number words are read in English, German, French and Spanish.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache

from assistant.grounding.words import Token

_EN_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_EN_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_DE_UNITS = (
    "null ein zwei drei vier funf sechs sieben acht neun zehn elf zwolf dreizehn vierzehn funfzehn sechzehn siebzehn "
    "achtzehn neunzehn"
).split()
_DE_TENS = "zwanzig dreissig vierzig funfzig sechzig siebzig achtzig neunzig".split()
_FR_UNITS = (
    "zero un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf"
).split()
_FR_TENS = "vingt trente quarante cinquante soixante".split()
_ES_UNITS = (
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete "
    "dieciocho diecinueve veinte veintiuno veintidos veintitres veinticuatro veinticinco veintiseis veintisiete "
    "veintiocho veintinueve"
).split()
_ES_TENS = "treinta cuarenta cincuenta sesenta setenta ochenta noventa".split()
_HUNDRED = {
    "en": {"hundred": 100},
    "de": {"hundert": 100},
    "fr": {"cent": 100, "cents": 100},
    "es": {"cien": 100, "ciento": 100},
}
_LARGE = {
    "thousand": 1000, "tausend": 1000, "mille": 1000, "mil": 1000, "tsd": 1000, "k": 1000,
    "million": 10**6, "millions": 10**6, "millionen": 10**6, "millon": 10**6, "millones": 10**6, "mio": 10**6, "m": 10**6,
    "mn": 10**6, "billion": 10**9, "milliarde": 10**9, "milliarden": 10**9, "milliard": 10**9, "milliards": 10**9,
    "mrd": 10**9, "bn": 10**9,
}  # fmt: skip
_ABBREVIATED = frozenset({"k", "m", "mn", "bn"})  # only right behind digits, and only where money is meant
_WORD_LARGE = frozenset(_LARGE) - _ABBREVIATED - {"tsd", "mio", "mrd"}
_GROUPED = {
    "en": re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?"),
    "other": re.compile(r"\d{1,3}(?:[.\u00a0\u202f’']\d{3})+(?:,\d+)?"),
}


@lru_cache(maxsize=8)
def number_words(language: str) -> dict[str, int]:
    """Every number word of a language that is written as one token (or joined by hyphens)."""
    if language == "de":
        words = _german()
    elif language == "fr":
        words = _french()
    elif language == "es":
        words = {w: n for n, w in enumerate(_ES_UNITS)} | {w: 30 + 10 * n for n, w in enumerate(_ES_TENS)}
        words |= {"un": 1, "una": 1}
    else:
        words = {w: n for n, w in enumerate(_EN_UNITS)} | {w: 20 + 10 * n for n, w in enumerate(_EN_TENS)}
        words |= {"dozen": 12}
    return words | _HUNDRED[language if language in _HUNDRED else "en"]


def _german() -> dict[str, int]:
    words = {w: n for n, w in enumerate(_DE_UNITS)} | {w: 20 + 10 * n for n, w in enumerate(_DE_TENS)}
    for tens_at, tens in enumerate(_DE_TENS):
        words |= {f"{_DE_UNITS[n]}und{tens}": 20 + 10 * tens_at + n for n in range(1, 10)}
    words |= {"eins": 1, "eine": 1, "einen": 1, "einem": 1, "einer": 1, "eines": 1, "dreißig": 30}
    words |= {f"{_DE_UNITS[n]}hundert": 100 * n for n in range(1, 10)}
    return words


def _french() -> dict[str, int]:
    words = {w: n for n, w in enumerate(_FR_UNITS)} | {"une": 1}
    for tens_at, tens in enumerate(_FR_TENS):
        base = 20 + 10 * tens_at
        words |= {tens: base, f"{tens}-et-un": base + 1, f"{tens}-et-une": base + 1}
        words |= {f"{tens}-{_FR_UNITS[n]}": base + n for n in range(2, 10)}
    words |= {f"soixante-{_FR_UNITS[n]}": 60 + n for n in range(10, 20)}
    words |= {"quatre-vingts": 80, "quatre-vingt": 80}
    return words | {f"quatre-vingt-{_FR_UNITS[n]}": 80 + n for n in range(1, 20)}


def digits(text: str, language: str) -> Fraction:
    """The value of written digits, by the separators of the language."""
    if language != "en" and _GROUPED["other"].fullmatch(text):
        return Fraction(re.sub(r"[.\s’']", "", text).replace(",", "."))
    if _GROUPED["en"].fullmatch(text):
        return Fraction(text.replace(",", ""))
    parts = re.split(r"[.,]", re.sub(r"[\s’']", "", text))
    if len(parts) == 2:
        return Fraction(f"{parts[0]}.{parts[1]}")
    return Fraction("".join(parts))


def number_at(ts: Sequence[Token], at: int, language: str) -> tuple[Fraction, int, bool] | None:
    """The number that begins at token `at`: its value, the token after it, and whether it was written in digits."""
    token = ts[at]
    if token.kind == "n":
        if ":" in token.text or (not token.text.isascii() and not re.search(r"^[\d\s.,’']+$", token.text)):
            return None
        value, after = digits(token.text, language), at + 1
        if language != "en" and len(token.text) <= 3:
            value, after = _spaced_groups(ts, at, value)
        if after < len(ts) and ts[after].folded in _LARGE and ts[after].folded not in _ABBREVIATED:
            return value * _LARGE[ts[after].folded], after + 1, True
        return value, after, True
    if token.kind != "w":
        return None
    spelled = _spelled(ts, at, language)
    return (Fraction(spelled[0]), spelled[1], False) if spelled else None


def _spaced_groups(ts: Sequence[Token], at: int, value: Fraction) -> tuple[Fraction, int]:
    """French writes 12 500: groups of exactly three digits, one space apart."""
    after = at + 1
    while after < len(ts) and re.fullmatch(r"\d{3}", ts[after].text) and ts[after].start == ts[after - 1].end + 1:
        value = value * 1000 + int(ts[after].text)
        after += 1
    return value, after


def _spelled(ts: Sequence[Token], at: int, language: str) -> tuple[int, int] | None:
    """A run of number words: "one hundred and sixty", "twenty-four", "dix-sept"."""
    words = number_words(language)
    total, current, i, last = 0, 0, at, -1
    while i < len(ts):
        word, after = _joined(ts, i, words)
        if word in words:
            value = words[word]
            if value == 100 and current:
                current *= 100
            elif last >= 0 and not _continues(current, value):
                break
            else:
                current += value
        elif word in _WORD_LARGE and i > at:
            total, current = total + max(current, 1) * _LARGE[word], 0
        elif not _links(ts, i, at, words, language):
            break
        else:
            i += 1
            continue
        last, i = i, after
    return (total + current, last if last < 0 else _joined(ts, last, words)[1]) if last >= 0 else None


def _continues(current: int, value: int) -> bool:
    """Whether a number word can follow what was read so far: tens and units after hundreds, units after tens."""
    return (current % 100 == 0 and value < 100 and current > 0) or (
        20 <= current % 100 <= 90 and current % 10 == 0 and value < 10
    )


def _links(ts: Sequence[Token], i: int, at: int, words: dict[str, int], language: str) -> bool:
    """ "and" or a hyphen between two number words of one number ("hundred and five", "twenty-four")."""
    if i == at or i + 1 >= len(ts) or ts[i + 1].folded not in words:
        return False
    if ts[i].text == "-":
        return ts[i - 1].end == ts[i].start
    before = words.get(ts[i - 1].folded, 0)
    return (language == "en" and ts[i].folded == "and" and before == 100) or (
        ts[i].folded == "y" and 30 <= before <= 90
    )


def _joined(ts: Sequence[Token], i: int, words: dict[str, int]) -> tuple[str, int]:
    """The longest hyphenated number word that begins here ("quatre-vingt-dix"), else the single word."""
    word, after, best = ts[i].folded, i + 1, (ts[i].folded, i + 1)
    while (
        after + 1 < len(ts)
        and ts[after].text == "-"
        and ts[after].start == ts[after - 1].end
        and ts[after + 1].kind == "w"
    ):
        word += "-" + ts[after + 1].folded
        after += 2
        if word in words:
            best = (word, after)
        if after - i > 7:
            break
    return best
