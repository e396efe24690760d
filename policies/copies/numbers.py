"""Numbers as people write them: digits, words of ten languages, fractions, percentages, "roughly three hundred".

A number is a value and what it counts of: of a hundred ("half", "40 %") or anything. Reading is forgiving: it is only
ever asked whether two texts may mean the same number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

TOLERANCE = 0.02
ROUNDED = 0.07  # what "about", "nearly", "more than" may stand away from the number they speak of
_DIGITS = re.compile(r"(?P<number>\d+(?:[.,:’']\d+)*)(?P<unit>k|m|bn|mio|mrd|%)?", re.I)
_PERCENT = {"%", "percent", "prozent", "procent", "pct", "percento"}
_SCALES = {
    "k": 1e3, "m": 1e6, "mio": 1e6, "bn": 1e9, "mrd": 1e9, "thousand": 1e3, "tausend": 1e3, "mille": 1e3, "mil": 1e3,
    "mila": 1e3, "duizend": 1e3, "tusen": 1e3, "tysiąc": 1e3, "tysiące": 1e3, "tysięcy": 1e3, "bin": 1e3,
    "million": 1e6, "millions": 1e6, "millionen": 1e6, "millón": 1e6, "millones": 1e6, "milione": 1e6, "milioni": 1e6,
    "miljoen": 1e6, "miljon": 1e6, "miljoner": 1e6, "milhão": 1e6, "milhões": 1e6, "milion": 1e6, "miliony": 1e6,
    "milionów": 1e6, "milyon": 1e6, "万": 1e4, "億": 1e8, "billion": 1e9, "milliard": 1e9, "milliarden": 1e9,
}  # fmt: skip
_HEDGES = frozenset(
    """about around roughly nearly almost some over under approximately circa ca more less than above below close
    etwa rund fast knapp ungefähr über environ presque quasi unos unas casi aproximadamente cerca circa quasi ongeveer
    bijna ruim quase ungefär nästan około prawie ponad yaklaşık neredeyse""".split()
)
# 0 to 19, the tens from 20, a hundred
_WORDS = {
    "en": "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred",
    "de": "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn "
    "siebzehn achtzehn neunzehn zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig hundert",
    "fr": "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept "
    "dix-huit dix-neuf vingt trente quarante cinquante soixante soixante-dix quatre-vingts quatre-vingt-dix cent",
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis "
    "diecisiete dieciocho diecinueve veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa cien",
    "it": "zero uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici "
    "diciassette diciotto diciannove venti trenta quaranta cinquanta sessanta settanta ottanta novanta cento",
    "nl": "nul één twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien "
    "zeventien achttien negentien twintig dertig veertig vijftig zestig zeventig tachtig negentig honderd",
    "pt": "zero um dois três quatro cinco seis sete oito nove dez onze doze treze catorze quinze dezasseis dezassete "
    "dezoito dezanove vinte trinta quarenta cinquenta sessenta setenta oitenta noventa cem",
    "sv": "noll ett två tre fyra fem sex sju åtta nio tio elva tolv tretton fjorton femton sexton sjutton arton "
    "nitton tjugo trettio fyrtio femtio sextio sjuttio åttio nittio hundra",
    "pl": "zero jeden dwa trzy cztery pięć sześć siedem osiem dziewięć dziesięć jedenaście dwanaście trzynaście "
    "czternaście piętnaście szesnaście siedemnaście osiemnaście dziewiętnaście dwadzieścia trzydzieści czterdzieści "
    "pięćdziesiąt sześćdziesiąt siedemdziesiąt osiemdziesiąt dziewięćdziesiąt sto",
    "tr": "sıfır bir iki üç dört beş altı yedi sekiz dokuz on onbir oniki onüç ondört onbeş onaltı onyedi onsekiz "
    "ondokuz yirmi otuz kırk elli altmış yetmiş seksen doksan yüz",
}
_MORE = {
    "en": {"dozen": 12, "both": 2, "twice": 2, "double": 2, "doubled": 2, "third": 3, "fourth": 4, "fifth": 5},
    "de": {"ein": 1, "beide": 2, "zweimal": 2, "dutzend": 12, "dreissig": 30, "hunderte": 100},
    "fr": {"une": 1, "deuxième": 2, "douzaine": 12, "cents": 100, "quatre-vingt": 80},
    "es": {"un": 1, "una": 1, "segunda": 2, "dos": 2, "ciento": 100, "cientos": 100},
    "it": {"un": 1, "una": 1, "seconda": 2, "cent": 100, "duecento": 200},
    "nl": {"een": 1, "tweede": 2, "beide": 2}, "pt": {"uma": 1, "duas": 2, "cento": 100},
    "sv": {"en": 1, "andra": 2}, "pl": {"jedna": 1, "dwóch": 2, "trzech": 3, "dwie": 2}, "tr": {},
}  # fmt: skip
_JOINS = {"en": "and", "es": "y", "pt": "e", "fr": "et", "sv": "och"}
_SHARES = {
    "half": 50, "halved": 50, "halve": 50, "hälfte": 50, "moitié": 50, "mitad": 50, "metà": 50, "helft": 50,
    "metade": 50, "hälften": 50, "połowa": 50, "połowę": 50, "yarısı": 50, "drittel": 100 / 3, "tiers": 100 / 3,
    "tercio": 100 / 3, "tercios": 100 / 3, "terzo": 100 / 3, "derde": 100 / 3, "tredjedel": 100 / 3,
    "thirds": 100 / 3, "viertel": 25, "quarter": 25, "quarters": 25, "quart": 25, "fünftel": 20, "fifths": 20,
    "tenth": 10, "tenths": 10, "zehntel": 10,
}  # fmt: skip
_ORDINAL_SHARES = {"third": 100 / 3, "fifth": 20.0, "fourth": 25.0}
_KANJI = {char: n for n, char in enumerate("〇一二三四五六七八九")}


@dataclass(frozen=True, slots=True)
class Number:
    value: float
    percent: bool = False
    hedged: bool = False

    @property
    def bits(self) -> float:
        """How surprising it is that somebody names this number: one and two are everywhere."""
        digits = f"{self.value:.10g}".replace(".", "").strip("0")
        if self.value <= 3:
            return 2.0
        if self.value <= 12:
            return 5.0
        if 1950 <= self.value <= 2040 and self.value == int(self.value):
            return 4.0
        return {0: 3.0, 1: 7.0, 2: 9.0, 3: 11.0}.get(len(digits), 13.0)

    def means(self, other: Number) -> bool:
        """Whether the two may be the same number, said exactly here and roughly there."""
        slack = ROUNDED if self.hedged or other.hedged else TOLERANCE
        return abs(self.value - other.value) <= slack * max(abs(self.value), abs(other.value))


def numbers_of(words: Sequence[str], language: str) -> tuple[list[Number], set[int]]:
    """The numbers that stand in the words of a sentence, and the places of the words that said them."""
    found: list[Number] = []
    used: set[int] = set()
    at = 0
    while at < len(words):
        value, end = _read(words, at, language)
        if value is None:
            at += 1
            continue
        hedged = any(word in _HEDGES for word in words[max(0, at - 2) : at])
        percent = end < len(words) and (words[end] in _PERCENT or words[end : end + 2] == ["per", "cent"])
        found += [Number(value, percent, hedged)]
        used.update(range(at, end + percent))
        at = end
    for place, share in _shares(words):
        found.append(Number(share, True, any(word in _HEDGES for word in words[max(0, place - 3) : place])))
        used.add(place)
    return found, used


def _read(words: Sequence[str], at: int, language: str) -> tuple[float | None, int]:
    """The number that begins here, and where it ends."""
    match = _DIGITS.match(words[at])
    if match:
        value = _of_digits(match["number"]) * (_SCALES.get((match["unit"] or "").lower(), 1.0))
        return _scaled(words, value, at + 1)
    kanji = [_KANJI[char] for char in words[at] if char in _KANJI]
    if kanji and len(kanji) == len(words[at]):
        return _scaled(words, float("".join(map(str, kanji))), at + 1)
    return _of_words(words, at, language)


def _scaled(words: Sequence[str], value: float, end: int) -> tuple[float, int]:
    """The value with the words after it that make it larger."""
    while end < len(words) and words[end] in _SCALES and (len(words[end]) > 1 or words[end] > "z"):
        value *= _SCALES[words[end]]
        end += 1
    return value, end


def _of_words(words: Sequence[str], at: int, language: str) -> tuple[float | None, int]:
    known, join = _known(language), _JOINS.get(language, "")
    total, current, end, seen = 0.0, 0.0, at, False
    while end < len(words):
        word = words[end]
        if word == join and seen and end + 1 < len(words) and words[end + 1] in known and current >= 20:
            end += 1
            continue
        if word in known and _goes_on(current, known[word], seen):
            value = known[word]
            current = (current or 1) * 100 if value == 100 else current + value
        elif word in _SCALES and len(word) > 2 and seen:
            total, current = total + (current or 1) * _SCALES[word], 0.0
        else:
            break
        seen, end = True, end + 1
    return (total + current, end) if seen else (None, at)


def _goes_on(current: float, value: float, seen: bool) -> bool:
    """Whether a number word belongs to the number before it: "twenty one" does, "nine thirty" does not."""
    if not seen or current == 0:
        return True
    if value == 100:
        return current < 100
    return current % 100 == 0 or (current % 10 == 0 and current % 100 >= 20 and value < 10)


def _of_digits(text: str) -> float:
    if ":" in text:  # a time: its minutes count only where there are any
        hour, minute = text.split(":")[:2]
        return float(hour) + (int(minute) / 100 if minute.isdigit() else 0)
    text = text.replace("’", "").replace("'", "")
    groups = re.split(r"[.,]", text)
    if len(groups) > 1 and all(len(group) == 3 for group in groups[1:]) and groups[0] != "0":
        return float("".join(groups))
    return float("".join(groups[:-1]) + "." + groups[-1]) if len(groups) > 1 else float(text)


def _shares(words: Sequence[str]) -> Iterator[tuple[int, float]]:
    """ "a third", "two thirds", "every second", "four of ten", as parts of a hundred."""
    english = _known("en")
    for place, word in enumerate(words):
        before = words[place - 1] if place else ""
        if word in _SHARES:
            yield place, _SHARES[word] * (english.get(before, 1.0) if word.endswith("s") else 1.0)
        elif word in _ORDINAL_SHARES and before in {"a", "one"}:
            yield place, _ORDINAL_SHARES[word]
        elif word == "second" and before == "every":
            yield place, 50.0
        elif word in {"of", "out", "in"} and place and place + 1 < len(words):
            after = words[place + 2] if words[place + 1] == "of" and place + 2 < len(words) else words[place + 1]
            part, whole = english.get(before), english.get(after)
            if part and whole and part < whole:
                yield place, 100.0 * part / whole


@cache
def _known(language: str) -> dict[str, float]:
    stated = _WORDS.get(language, _WORDS["en"]).split()
    values = [*range(20), *range(20, 100, 10), 100]
    known = {word: float(value) for word, value in zip(stated, values, strict=True)}
    units, tens = stated[1:10], {value: stated[18 + value // 10] for value in range(20, 100, 10)}
    for ten, ten_word in tens.items():
        for unit, unit_word in enumerate(units, 1):
            for word in _joined(language, ten_word, unit_word):
                known[word] = float(ten + unit)
    if language in {"de", "nl", "sv", "it", "es", "pt"}:
        known.update({unit_word + stated[28]: 100.0 * unit for unit, unit_word in enumerate(stated[1:20], 1)})
    known.update({word: float(value) for word, value in _MORE.get(language, {}).items()})
    return known


def _joined(language: str, ten: str, unit: str) -> tuple[str, ...]:
    """Twenty-one in one word, as the language writes it."""
    if language == "de":
        return (("ein" if unit == "eins" else unit) + "und" + ten,)
    if language == "nl":
        return (unit + "en" + ten, unit + "ën" + ten, unit.replace("één", "een") + "en" + ten)
    if language == "sv":
        return (ten + unit,)
    if language == "it":
        return (ten + unit, ten[:-1] + unit)
    return (f"{ten}-{unit}", "veinti" + unit) if language == "es" and ten == "veinte" else (f"{ten}-{unit}",)
