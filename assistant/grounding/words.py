"""Words as the check compares them: tokens with their place, folded, stemmed, with their language.

A token's `start` and `end` are offsets in the text it came from, so that whatever is found can be quoted
exactly. Folding takes case and accents away ("Müller" and "MULLER" are one word).
"""

from __future__ import annotations

import re
import threading
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# A number with its inner points and commas, a word with inner apostrophes, or one sign. Linear: no nested repeats.
_TOKEN = re.compile(
    r"\d+(?:[.,:’'\u00a0\u202f]\d+)*"
    r"|[^\W\d_]+(?:['’][^\W\d_]+)*"
    r"|[^\s\w]|_"
)
_SNOWBALL = {"en": "english", "de": "german", "fr": "french", "es": "spanish"}


def word_set(words: str) -> frozenset[str]:
    """The words of a list that is written as one text, as a set."""
    return frozenset(words.split())


STOP: dict[str, frozenset[str]] = {
    "en": word_set(
        "a an the this that these those of in on at to for from by with as and or but nor so than then there here it its "
        "is are was were be been being am do does did done has have had having will would shall should he she they them "
        "his her their him we us our you your i me my who whom whose which what when where why how if into about also "
        "just very such own same too s t d ll ve re per any some each every all both either neither not no only more most "
        "other another up down out over under again once during while before after above below between through until "
        "unless except can may must could might need needs make makes made get gets got take takes taken come comes put "
        "puts go goes gone let lets one ones someone somebody anyone anybody everyone everybody nobody something "
        "anything everything nothing person people thing things way regard regards regarding according via towards upon "
        "within without however therefore thus already still yet even well back off onto around case cases apply applies"
    ),
    "de": word_set(
        "der die das den dem des ein eine einer eines einem einen und oder aber in im an am auf aus bei beim bis durch fur "
        "gegen mit nach ohne um unter uber von vom vor wahrend wegen zu zum zur zwischen als wie so dass wenn ob weil ist "
        "sind war waren wird werden wurde wurden worden sein hat haben hatte es er sie wir ihr ihre ihrer ihren ihrem "
        "sich man nicht kein keine keinen keiner nur auch noch schon sehr dann dort hier dieser diese dieses diesen "
        "diesem jede jeder jedes jeden alle allen aller je pro sowie sobald sofern falls darf durfen muss mussen kann "
        "konnen soll sollen dafur dabei damit dazu wer was wo wann welche welcher welches gilt"
    ),
    "fr": word_set(
        "le la les l un une des du de d et ou mais en dans au aux a par pour sur sous avec sans ce cet cette ces qui que "
        "qu quoi dont il elle ils elles on nous vous se s son sa ses leur leurs est sont etait etre a ont avoir ne n pas "
        "plus y si comme tout toute tous toutes chaque puis entre avant apres lors dont ainsi aussi des doit doivent peut "
        "peuvent faut se fait font"
    ),
    "es": word_set(
        "el la los las un una unos unas lo de del al a en con por para sin sobre entre y o u e que se su sus es son era "
        "fue ser esta estan hay no ni si como mas muy ya le les me mi tu desde hasta cuando donde cual quien cada todo "
        "toda todos todas este esta estos estas ese esa debe deben puede pueden"
    ),
}
# Little words that only one of the four languages has: enough to tell them apart.
_TELLING = {
    "en": word_set("the of and is are to in for with by be within at on from which"),
    "de": word_set("der die das und ist wird werden nicht von bei im den dem ein eine zu fur auf bis nach mit am"),
    "fr": word_set("le la les des du et est sont une un dans au aux pour par sur en que qui il"),
    "es": word_set("el la los las del y se una un por con para al lo que en del esta"),
}


@dataclass(frozen=True, slots=True)
class Token:
    """One token: its text, the folded form, and where it stands. `kind`: "n" number, "w" word, "p" sign."""

    text: str
    folded: str
    start: int
    end: int
    kind: str
    hyphen: bool = False  # a hyphen follows at once


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Case, accents and typographic apostrophes taken away."""
    if text.isascii():
        return text.casefold()
    plain = unicodedata.normalize("NFKD", text.casefold().replace("’", "'").replace("æ", "ae").replace("œ", "oe"))
    return "".join(c for c in plain if not unicodedata.combining(c))


def tokens(text: str) -> list[Token]:
    """All tokens of a text in their order."""
    found: list[Token] = []
    for hit in _TOKEN.finditer(text):
        piece = hit.group()
        kind = "n" if piece[0].isdecimal() else "w" if piece[0].isalpha() else "p"
        found.append(
            Token(piece, fold(piece), hit.start(), hit.end(), kind, text[hit.end() : hit.end() + 1] in {"-", "‑"})
        )
    return found


@lru_cache(maxsize=32)
def _stemmer(language: str):  # type: ignore[no-untyped-def]
    import snowballstemmer

    return snowballstemmer.stemmer(_SNOWBALL.get(language, "english"))


@lru_cache(maxsize=65536)
def stem(folded: str, language: str) -> str:
    """The stem of a folded word; possessives lose their ending first."""
    word = folded.split("'")[-1] if language == "fr" else folded.split("'")[0]
    if len(word) <= 3:
        return word
    with _stemming:  # a stemmer keeps the word it works on in itself
        return str(_stemmer(language).stemWord(word))


_stemming = threading.Lock()


@lru_cache(maxsize=4096)
def language_of(text: str, fallback: str = "en") -> str:
    """en, de, fr or es by their little words; the fallback when they do not tell."""
    counts = dict.fromkeys(_TELLING, 0)
    for token in tokens(text[:2000]):
        for language, words in _TELLING.items():
            counts[language] += token.folded.split("'")[-1] in words
    best = max(counts, key=lambda k: (counts[k], k == fallback))
    return best if counts[best] > counts.get(fallback, 0) else fallback
