"""Which words are ordinary in a language. Read by the detectors of people and by the language test."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from pathlib import Path

from policies.views.words import TONGUES, frequent, lines_of, ranks, vocabulary

FILES = Path(__file__).parent


@cache
def listed(name: str) -> frozenset[str]:
    """A list that lies beside this file: words separated by white space, `_` standing for a space, `#` to line end."""
    lines = (line.split("#")[0] for line in lines_of(FILES / f"{name}.txt"))
    return frozenset(word.replace("_", " ").lower() for line in lines for word in line.split())


_RARE = 670  # hundredths of a power of ten: an English word rarer than once in five million is as likely a name


@cache
def everyday() -> frozenset[str]:
    """Words that are frequent in any supported language, and the less frequent ones of English."""
    words = {word for language in ("en", *TONGUES) for word in frequent(language)}
    for among in ranks("en", "large")[: _RARE + 1]:
        words.update(among)
    return frozenset(filter(str.isalpha, words))


_PLAIN = str.maketrans("łøßđıæœðþŁØĐİ", "losdiaodtLODI")


@lru_cache(maxsize=65_536)
def fold(word: str) -> str:
    """Small plain letters: `Şerif` and `serif` are one."""
    if word.isascii():
        return word.lower()
    apart = unicodedata.normalize("NFKD", word.translate(_PLAIN))
    return "".join(char for char in apart if not unicodedata.combining(char)).lower()


# Endings by which an unusual word is one of a trade, not somebody's name; the second set only in small letters.
_TRADE = re.compile(
    r"(?:trophy|kinesia|ectasias?|emias|ipidus|itides|thyroid|trophies|plexy|sthenia|penia|phagia|phasia|cytosis|itis|osis|oses|emia|aemia|uria|pathy|pathic|ectomy|otomy|ostomy|plasty|scopy|scopic|graphy|metry|ology|ologist|ological|ologic|"
    r"cillin|mycin|micin|oxacin|azole|prazole|statin|sartan|olol|dipine|formin|gliptin|gliflozin|parin|caine|"
    r"zepam|triptyline|oxetine|idone|setron|thiazide|semide|solone|terol|tropium|cycline|phylline|barbital|"
    r"algias?|megaly|graphia|praxia|lexia|plasias?|trophic|plegia|lysis|lytic|genic|iasis|malacia|omas?|celes?|rrhea|rrhoea|rrhagic|sclerosing|"
    r"scoliosis|spasm|spasms|dermal|tropin|pressin|amide|idine|amine|ylate|oxide|ercalciferol|"
    r"tion|tions|sion|ments?|ness|ability|ibility|isation|ization|ities|cracy|config|sql|json|"
    r"ung|ungen|heit|keit|schaft|schaften|iert|ieren|lich|zione|zioni|mente|cion|ciones|idad|cao|coes|dade|"
    r"lar|ler|lari|leri|lik|luk|siz|suz|ning|ningen|heten|ande|ende|osc|nosc|ania|enia|eniu|aniu|nych|nego|owych|owego|ych|ymi)$"
)
_LEARNED = re.compile(
    r"^(?:neuro|cardio|pseudo|hyper|hypo|gastro|entero|hepato|nephro|osteo|arthro|thrombo|cyto|immuno|haemo|hemato|angio|encephal|cerebro|"
    r"laparo|broncho|myelo|electro|micro|macro|multi|inter|intra|extra|super|trans|ultra|crypto|cyber|anti|under|photo|thermo|hydro|bio|geo|eco)\w{4,}"
)
_INFLECTED = re.compile(
    r"(?:al|ic|ar|oid|eal|ible|less|able|ible|ising|izing|ised|ized|ise|ize|ity|ism|ists?|ally|ly|ful|ings?|ed|ers?|est|ous|ive|ical|ial|ual|ship|hood|"
    r"ware|base|proof|wise|like|gram|pril|mab|vir|pam|sone|asone)$"
)
_SHORT = 3


def is_strange(word: str, language: str = "en") -> bool:
    """No word of any supported language as far as is known: a name, most likely, or a made one."""
    parts = [part for part in re.split(r"['\u2019\-.]", word) if part]
    return any(not _is_one(part, language) and part.lower() not in everyday() for part in parts)


def is_ordinary(word: str, language: str = "en") -> bool:
    """A word of the language, of English, of a trade, or too short to tell. One with a hyphen is when all its parts are."""
    plain = word.replace("’", "'").removesuffix("'s").strip("'.")
    parts = [part for part in re.split(r"['\-.]", plain) if part]
    return all(_is_one(part, language) for part in parts)


@lru_cache(maxsize=65_536)
def _is_one(word: str, language: str) -> bool:
    low = word.lower()
    if len(low) <= _SHORT or not low.isalpha() or low in vocabulary() or low in listed("terms"):
        return True
    if (low.endswith("s") and low[:-1] in vocabulary()) or (low.endswith("es") and low[:-2] in vocabulary()):
        return True
    if language != "en" and _is_foreign(low, language):
        return True
    if len(low) <= 5 or (not low.isascii() and language == "en"):
        return False
    return bool(_TRADE.search(fold(low)) or _LEARNED.match(low)) or (word.islower() and bool(_INFLECTED.search(low)))


def is_listed_word(word: str, language: str) -> bool:
    """A word that stands just so in a list of some language."""
    return word in vocabulary() or word in everyday() or word in frequent(language) or word in listed("terms")


def is_compound(word: str, language: str) -> bool:
    """Ends in a common word of a language that puts words together: `Pivottabellen`, `Lückentext`."""
    low, known = word.lower(), frequent(language)
    if language not in ("de", "nl", "sv"):
        return False
    if low + "n" in known or low.removesuffix("e") + "en" in known:
        return True
    return any(known.get(low[cut:], _NEVER) >= _USUAL for cut in range(3, len(low) - 3))


_USUAL, _NEVER = -5.5, -9.0


def _is_foreign(low: str, language: str) -> bool:
    """Frequent in the language, with or without an ending, or put together from two such words."""
    known = frequent(language)
    if low in known:
        return True
    if any(low[:-cut] in known for cut in range(1, min(5, len(low) - 3))):
        return True
    if language not in ("de", "nl", "sv") or len(low) < 8:
        return language in ("tr", "pl") and len(low) >= 8 and any(low[:-cut] in known for cut in (5, 6))
    for cut in range(4, len(low) - 3):
        head, tail = low[:cut], low[cut:]
        if tail in known and (head in known or (head[-1] in "sne" and head[:-1] in known)):
            return True
    return False
