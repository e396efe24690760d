"""In which language a text is written, as far as deciding needs to know.

The words of a text are weighed together by how frequent each is in every language, those that the screen does not
support among them: the sum of the logarithms is how likely the text is in that language. English is what a text is
as long as nothing speaks against it, since every detector looks at English. Stretches that speak for another
language count for the whole text: a text in two languages has the one that is looked at with less certainty.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from policies.detect.base import SUPPORTED
from policies.detect.words import FILES, is_ordinary
from policies.views.words import frequent, lines_of

UNKNOWN = "und"
# Latin letters, and so easily taken for one of ours
_OTHERS = ("da", "nb", "fi", "cs", "sk", "sl", "sh", "ro", "hu", "ca", "id", "ms", "fil", "lt", "lv", "is", "vi")
_LATIN = (*SUPPORTED[:-1], *_OTHERS)
_OURS = len(SUPPORTED) - 1
_WORD = re.compile(r"(?<![\w=/.\-@])[^\W\d_]+(?:['’][^\W\d_]+)*(?![\w=/@]|-\w)")
_STOP = re.compile(r"[.!?;:\n\"“”„«»()\[\]]+\s|\n|[\"“”„«»()¿¡]")
_HEAD, _SAMPLE, _SAMPLES = 2000, 240, 14  # characters: all of the head, and samples of the rest
_STRANGE, _LIKELY = -7.2, -6.6  # the logarithm that a word without a place in the list counts for
_RUN = 8  # words that are weighed together within a longer piece
_AGAINST = 1.5  # by how much another language must be likelier than English
_SURE = 3.0  # the same, for a stretch to count for the whole
_AHEAD = 0.5  # by how much one that is not supported must be likelier than ours
_KANA = re.compile(r"[\u3040-\u30ff]")
_HIDDEN = re.compile(r"[\u0370-\u1dff][\s\u0370-\u1dff]{11,}|[\u3040-\ud7ff][\s\u3040-\ud7ff]{5,}")


def language_of(text: str) -> str:
    """Two letters of a supported language; `und` for every other, and in doubt.

    Too little to tell, and in Latin letters: English. Of a long text the head and samples are read.
    """
    step = max(_SAMPLE, (len(text) - _HEAD) // _SAMPLES)
    looked = text[:_HEAD] + "\n".join(text[at : at + _SAMPLE] for at in range(_HEAD, len(text), step))
    letters = [char for char in looked if char.isalpha()]
    foreign = sum(char > "\u024f" and not "\u1e00" <= char <= "\u1eff" for char in letters)
    if foreign * 5 > len(letters):
        return _by_script(looked, letters)
    if foreign and _HIDDEN.search(looked):
        return UNKNOWN
    return _by_words([words for words in map(_words, _STOP.split(looked)) if words])


def _by_script(text: str, letters: list[str]) -> str:
    """Kana among the characters: Japanese."""
    kana = len(_KANA.findall(text))
    other = sum("\u0370" <= char <= "\u1dff" or "\uac00" <= char <= "\ud7a3" for char in letters)
    if kana * 12 >= len(letters) and other == 0:
        return "ja"
    return UNKNOWN


def _words(text: str) -> list[str]:
    """In small letters; names, abbreviations and single letters left out where they can be told."""
    found: list[str] = []
    shouted = text.isupper() and text.count(" ") > 2
    for match in _WORD.finditer(text):
        word = match.group()
        low = word.lower().replace("’", "'")
        begins = word.istitle() and not text[: match.start()].strip()
        if word.islower() or shouted or begins or (word.istitle() and low in frequent("de")):
            found += [part for part in low.split("'") if len(part) > 1 or part > "z"]
    return found


def _by_words(pieces: list[list[str]]) -> str:
    """What all words say together, unless a stretch of them says something riskier."""
    everything = [word for words in pieces for word in words]
    if not everything:
        return "en"
    whole = _judged(everything, _AGAINST, _AHEAD)
    ahead = _AHEAD if whole == "en" else _SURE
    said = {_judged(run, _SURE, ahead) for words in pieces for run in _runs(words)}
    others = sorted(said - {"en"})
    if UNKNOWN in said:
        return UNKNOWN
    if whole == "en" and others:
        return others[0] if len(others) == 1 else UNKNOWN
    return whole


def _runs(words: list[str]) -> list[list[str]]:
    """A piece, or runs of it that overlap by half. One or two words say nothing of their own."""
    if len(words) <= _RUN + _RUN // 2:
        return [words] if len(words) > 2 else []
    return [words[at : at + _RUN] for at in range(0, len(words) - _RUN // 2, _RUN // 2)]


def _judged(words: list[str], against: float, ahead: float) -> str:
    """The likeliest language of some words: English, unless another leads it by `against`; ours, unless one that is
    not supported leads it by `ahead`."""
    sums = [sum(column) for column in zip(*map(_weights, words), strict=True)]
    ours = max(range(_OURS), key=lambda n: sums[n])
    theirs = max(sums[_OURS:])
    if max(sums[ours], theirs) < sums[0] + against:
        return UNKNOWN if _is_strange(words, 0) else "en"
    if theirs > sums[ours] + ahead or _is_strange(words, ours):
        return UNKNOWN
    return _LATIN[ours]


def _is_strange(words: list[str], language: int) -> bool:
    """Most of the words are none of the language, and there are enough of them."""
    strange = sum(_weights(word)[language] <= _LIKELY and not is_ordinary(word, _LATIN[language]) for word in words)
    return strange > 2 and strange * 3 > len(words) * 2 if language else strange > 3 and strange * 4 > len(words) * 3


# -- how likely a word is -----------------------------------------------------------------------------------

_LETTERS = dict(
    pair.split("=")
    for pair in "de=äöüß fr=àâçéèêëîïôûùœ es=áéíóúñü it=àèéìòù nl=éëïèü pt=ãõáâàéêíóôúç sv=åäöé pl=ąćęłńóśźż tr=çğıöşüâ "
    "da=æøå nb=æøå fi=äö cs=áčďéěíňóřšťúůýž sk=áäčďéíĺľňóôŕšťúýž sl=čšž sh=čćđšž ro=ăâîșțşţ hu=áéíóöőúüű ca=àçèéíïòóúü "
    "lt=ąčęėįšųūž lv=āčēģīķļņšūž is=áðéíóúýþæö".split()
)
_OWN = -2.4  # what a common word of a language without a list counts for
_SHARED = -4.0  # from here on such a word is common in the language it resembles, too, and tells nothing
_OTHERWISE = 0.25  # what its other words count less than in the language it resembles


@lru_cache(maxsize=65_536)
def _weights(word: str) -> tuple[float, ...]:
    """The logarithm of the word's frequency in each language, those without a list last."""
    special = {char for char in word if char > "z"}
    weights = {code: _weight(word, code, known, special) for code, known in _lists()}
    for name, alike, own in _unlisted():
        nearest = max(weights[code] for code in alike.split())
        shared = nearest > _SHARED
        weights[name] = (nearest if shared else _OWN) if word in own else nearest - _OTHERWISE
    return tuple(weights.values())


def _weight(word: str, code: str, known: dict[str, float], special: set[str]) -> float:
    share = known.get(word)
    if share:
        return share
    if special:
        return _LIKELY if special <= set(_LETTERS.get(code, "")) else _STRANGE - 1
    return _LIKELY if code == "en" and is_ordinary(word) else _STRANGE


@cache
def _lists() -> tuple[tuple[str, dict[str, float]], ...]:
    return tuple((code, frequent(code)) for code in _LATIN)


@cache
def _unlisted() -> tuple[tuple[str, str, frozenset[str]], ...]:
    """A language, those it resembles, and the words that tell it from them."""
    rows = (line.partition(":") for line in lines_of(FILES / "other_tongues.txt"))
    return tuple(
        (head.split()[0], " ".join(head.split()[1:]), frozenset(words.replace("'", " ").split()))
        for head, colon, words in rows
        if colon and not head.startswith("#")
    )
