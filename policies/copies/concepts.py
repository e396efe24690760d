"""What a sentence speaks of: its words without their endings, its numbers, its days and months, each with the bits it
says. A word that everybody uses says little; a name, a code, a number says much.

English is read best. In the other languages function words are left out, months, days and numbers are read, and
words that look alike in two languages (names, codes, "transplant", "Transplantation") are the same.
"""

from __future__ import annotations

import math
import re
import threading
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from policies.copies.numbers import Number, numbers_of
from policies.views.words import lines_of

# In Japanese a run of one script is the nearest thing to a word; hiragana, which carries the grammar, is left out.
_WORD = re.compile(
    r"\d{1,2}月|[一-鿿々]+|[ァ-ヺー]+|[ぁ-ゟ]+|\d+(?:[.,:]\d+)*(?:k|m|bn|%)?(?![^\W\d_])|[^\W_一-鿿々ァ-ヺーぁ-ゟ]+(?:-[^\W_一-鿿々ァ-ヺーぁ-ゟ]+)*|%",
    re.I,
)
_JAPANESE = re.compile(r"[ぁ-ゟァ-ヺ]")
_COMPOUNDING = frozenset({"de", "nl", "sv"})
_LATIN = re.compile(r"[a-z]")
_UNKNOWN = 15.0  # bits of a word that is not among the common ones
_CODE = 15.0
_LETTER = 3.0  # of a single one: a variable, an item of a list
_FOREIGN = 10.0  # of a word in a language whose words are not counted
_NAME = 13.0  # bits from which on a word with a capital is a name: legal texts give capitals to common words
DATE = 5.0
LANGUAGES = ("de", "fr", "es", "it", "nl", "pt", "sv", "pl", "tr", "ja")
_FEW = 6  # in a text of more words one foreign function word proves nothing
ALIKE = 5  # letters that two longer words must begin with to be the same
_STOP = {
    "en": """a about after all also am an and any are as at be because been before being between both but by can could
    did do does doing down during each few for from get gets getting give given go goes going got had has have having
    he her here hers him his how i if in into is isn it its just let like ll make may me might more most much must my
    no nor not of off on once one only or other our ours out over own per please put re s same say says she should so
    some such t than that the their them then there these they this those through to too under until up us ve very
    want was we were what when where which while who whom whose why will with would you your yours d don didn doesn
    won hasn haven aren it's we're i'm don't won't can't doesn't isn't we'll they're we've that's there's what's as
    till still now yet since though although via it'd they'd who's without within""",
    "de": """der die das den dem des ein eine einer einem einen und oder aber ist sind war waren wird werden wurde hat
    haben wie was wer wo wann warum für von vom zu zum zur mit auf im in an am bei nach vor aus ab über unter durch
    nicht kein keine nur noch auch wenn dann dass weil um es er sie wir ihr ihre ihren sein seine als bis so bitte
    würde aber klingt dieser diese""",
    "fr": """le la les l un une des du de d et ou est sont était a ont pour par sur dans en au aux avec sans ne pas plus
    que qui quoi dont où se ce cette ces son sa ses leur leurs nous vous ils elles il elle comme mais si parce qu été
    avoir être y""",
    "es": """el la los las un una unos unas de del y o es son era por para con sin en a al no se su sus que quien como
    pero si porque lo le les nos más ha han fue ser está este esta""",
    "it": """il lo la i gli le un uno una di del della dei delle degli e o è sono era per con senza in nel nella da dal
    dalla a al alla non si su sul sulla che chi come ma se perché ha hanno fino questo questa ne tra""",
    "nl": """de het een en of is zijn was waren wordt worden werd heeft hebben voor van met zonder op in aan bij na uit
    over onder door niet geen maar ook als dan dat die dit deze wie wat waar om te tot er zijn hun onze ons wij zij
    alleen nog""",
    "pt": """o a os as um uma de do da dos das e ou é são era por para com sem em no na nos nas ao à não se seu sua que
    quem como mas porque foi ser até este esta mais tinham""",
    "sv": """den det de en ett och eller är var blir vid av för att med utan på i till från om inte kommer som han hon
    vi ni men så när där sin sitt sina har hade under över efter på har får""",
    "pl": """i oraz lub jest są był była w we z ze na do od po za przez dla nie się że to ten ta te jak kto co gdy który
    która które jego jej ich o u aby będzie zostanie""",
    "tr": """ve veya ile için bir bu şu o da de mi ne kim gibi daha çok az olarak nedeniyle olan olduğu edildi göre
    kadar sonra itibaren ardından""",
}  # fmt: skip
_STOPS = {language: frozenset(words.split()) for language, words in _STOP.items()}
_MONTHS = (
    "january januar janvier enero gennaio januari janeiro stycznia styczeń styczniu ocak ocakta 1月",
    "february februar février febrero febbraio februari fevereiro lutego luty lutym şubat şubatta 2月",
    "march märz mars marzo maart março marca marzec marcu mart martta 3月",
    "april avril abril aprile kwietnia kwiecień kwietniu nisan nisanda 4月 easter ostern pâques pasqua paskalya",
    "may mai mayo maggio mei maio maj maja maju mayıs mayısta 5月",
    "june juni juin junio giugno junho czerwca czerwiec czerwcu haziran haziranda 6月",
    "july juli juillet julio luglio julho lipca lipiec lipcu temmuz temmuzda 7月",
    "august août agosto augustus augusti sierpnia sierpień sierpniu ağustos ağustosta 8月",
    "september septembre septiembre settembre setembro września wrzesień wrześniu eylül eylülde 9月",
    "october oktober octobre octubre ottobre outubro października październik październiku ekim ekimde 10月",
    "november novembre noviembre listopada listopad listopadzie kasım kasımda 11月 novembro",
    "december dezember décembre diciembre dicembre dezembro grudnia grudzień grudniu aralık aralıkta 12月 christmas "
    "weihnachten noël navidad natale kerst natal jul noel",
)
_SEASONS = (
    "winter hiver invierno inverno vinter zima zimy zimą kış",
    "spring frühling frühjahr printemps primavera lente voorjaar vår wiosna wiosny wiosną ilkbahar bahar",
    "summer sommer été verano estate zomer verão sommar sommaren lato lata latem yaz",
    "autumn fall herbst automne otoño autunno herfst outono höst hösten jesień jesieni jesienią sonbahar",
)
_DAYS = (
    "monday montag lundi lunes lunedì maandag segunda-feira måndag poniedziałek pazartesi",
    "tuesday dienstag mardi martes martedì dinsdag terça-feira tisdag wtorek salı",
    "wednesday mittwoch mercredi miércoles mercoledì woensdag quarta-feira onsdag środa çarşamba",
    "thursday donnerstag jeudi jueves giovedì donderdag quinta-feira torsdag czwartek perşembe",
    "friday freitag vendredi viernes venerdì vrijdag sexta-feira fredag piątek cuma",
    "saturday samstag sonnabend samedi sábado sabato zaterdag lördag sobota cumartesi saturdays",
    "sunday sonntag dimanche domingo domenica zondag söndag niedziela pazar sundays",
)


@dataclass(frozen=True, slots=True)
class Concepts:
    """`words` maps each word's stem to its bits; `senses` says what a word of another language may mean in English;
    `names` are those words that are names or codes; `dates` are months, days, seasons; `total`: all bits together."""

    words: dict[str, float]
    senses: dict[str, frozenset[str]]
    names: frozenset[str]
    numbers: tuple[Number, ...]
    dates: frozenset[str]
    total: float
    language: str


def concepts_of(text: str) -> Concepts:
    spoken = _WORD.findall(text)
    low = [word.lower() for word in spoken]
    language = "ja" if _JAPANESE.search(text) else language_of(low)
    numbers, used = numbers_of(low, language)
    words: dict[str, float] = {}
    senses: dict[str, frozenset[str]] = {}
    dates: set[str] = set()
    names: set[str] = set()
    for place, shown in enumerate(spoken):
        if place in used or _is_function_word(low[place], language):
            continue
        if date := _date(low[place], shown):
            dates.add(date)
            continue
        capital = shown[:1].isupper() and place > 0
        for part in _parts(low[place]):
            meant = frozenset() if language == "en" else _meanings(part, language)
            stem, bits = _weighed(part, language, capital, meant)
            words[stem] = max(bits, words.get(stem, 0.0))
            senses[stem] = meant
            if not meant and (_is_code(part) or (capital and bits >= _NAME)):
                names.add(stem)
    total = sum(words.values()) + sum(number.bits for number in numbers) + DATE * len(dates)
    return Concepts(
        words=words,
        senses=senses,
        names=frozenset(names),
        numbers=tuple(numbers),
        dates=frozenset(dates),
        total=total,
        language=language,
    )


def language_of(words: Sequence[str]) -> str:
    """The language whose function words stand here most often; English when hardly any does."""
    counts = Counter(language for word in words for language in _speakers().get(word, ()))
    best = max(counts, key=lambda one: (counts[one], one == "en"), default="en")
    return best if counts[best] > counts["en"] + (len(words) > _FEW) else "en"


def _is_function_word(word: str, language: str) -> bool:
    if language == "ja":
        return word < "ゟ" and word > "ぁ"
    return word in _STOPS[language] or word in _STOPS["en"]


def _date(word: str, shown: str) -> str | None:
    """The month, day or season that the word names; some name one only with a capital."""
    if word in {"may", "march", "fall", "mars", "mart", "pazar"} and not shown[0].isupper():
        return None
    return _calendar().get(word)


def _parts(word: str) -> list[str]:
    return [part for part in word.split("-") if part] if "-" in word and not _is_code(word) else [word]


@lru_cache(maxsize=50_000)
def _weighed(word: str, language: str, capital: bool, meant: frozenset[str]) -> tuple[str, float]:
    """The word without its ending, and its bits."""
    if _is_code(word):
        return word.replace("-", ""), _CODE
    plain = folded(word)
    if len(plain) == 1 and plain.isascii():
        return plain, _LETTER
    if not _LATIN.search(plain):
        return plain, _UNKNOWN
    if meant:
        return plain, max(_bits(sense) for sense in meant)
    stem = _stem(plain) if language == "en" else plain
    bits = min(_bits(plain), _bits(stem))
    return stem, _FOREIGN if bits == _UNKNOWN and language != "en" and not capital else bits


def _bits(word: str) -> float:
    rank = _ranks().get(word)
    return _UNKNOWN if rank is None else max(2.0, math.log2(rank + 2.0))


@lru_cache(maxsize=50_000)
def _meanings(word: str, language: str) -> frozenset[str]:
    """The English stems that a word may stand for: by the longest beginning that the lexicon has, of the whole word or,
    where words are put together, of its parts."""
    known = _lexicon().get(language, {})
    plain = folded(word)
    if language == "ja":
        found = [known[word[i:j]] for i in range(len(word)) for j in range(i + 1, len(word) + 1) if word[i:j] in known]
        return frozenset().union(*found)
    starts = range(max(1, len(plain) - ALIKE + 1)) if language in _COMPOUNDING else range(1)
    found = []
    for start in starts:
        rest = plain[start:]
        for end in range(len(rest), 2, -1):
            if rest[:end] in known and ((end > 3 if start == 0 else end >= ALIKE) or len(rest) - end <= 2):
                found.append(known[rest[:end]])
                break
    return frozenset().union(*found)


def _is_code(word: str) -> bool:
    return any(char.isdigit() for char in word) and any(char.isalpha() for char in word)


@lru_cache(maxsize=50_000)
def folded(word: str) -> str:
    """Without accents, in one case."""
    if word.isascii():
        return word.lower()
    apart = unicodedata.normalize("NFKD", word.lower().replace("ı", "i").replace("ł", "l").replace("ß", "ss"))
    return "".join(char for char in apart if not unicodedata.combining(char))


@cache
def _calendar() -> dict[str, str]:
    kinds = (("month", _MONTHS), ("season", _SEASONS), ("day", _DAYS))
    return {word: f"{kind} {n}" for kind, rows in kinds for n, row in enumerate(rows) for word in row.split()}


@cache
def _speakers() -> dict[str, list[str]]:
    """Which languages each function word belongs to."""
    found: dict[str, list[str]] = {}
    for language, words in _STOPS.items():
        for word in words:
            found.setdefault(word, []).append(language)
    return found


@cache
def _ranks() -> dict[str, int]:
    lines = lines_of(Path(__file__).with_name("common.txt"))
    return {word: rank for rank, word in enumerate(" ".join(lines[1:]).split())}


@cache
def _lexicon() -> dict[str, dict[str, frozenset[str]]]:
    """By language: how a word begins, and the English stems that it may mean."""
    lines = lines_of(Path(__file__).with_name("lexicon.txt"))
    tables: dict[str, dict[str, frozenset[str]]] = {language: {} for language in LANGUAGES}
    for line in lines[1:]:
        english, *others = line.split()
        stems = frozenset(_stem(word) for word in english.split("/"))
        for language, column in zip(LANGUAGES, others, strict=True):
            table = tables[language]
            for word in column.split("/"):
                key = word if language == "ja" else folded(word)
                table[key] = table.get(key, frozenset()) | stems
    return tables


def _stem(word: str) -> str:
    with _stemming:  # a stemmer keeps the word it works on in itself
        return str(_english().stemWord(word))


_stemming = threading.Lock()


@cache
def _english() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")
