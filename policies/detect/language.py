"""In which language a text is written, as far as deciding needs to know."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from policies.detect.words import is_ordinary

_WORD = re.compile(r"(?<![\w=/.\-])[^\W\d_]+(?:'[^\W\d_]+)?(?![\w=/\-])")
# the small words that every English text of some length has, and other languages do not share
_ENGLISH = frozenset(
    """the a an of to in is are was were be been it its this that these those what which who whom how why when where
    do does did can could should would will shall may might must not and or but if then than for from with without by
    on at as into about between before after under over you your i my me we our us he she they them their his her
    there here have has had any some no yes one please pls explain give make write list show me all more most each
    difference example using use used need want only same other new vs versus per does don't doesn't isn't it's i'm
    what's whats""".split()
)
_FOREIGN = frozenset(
    """der die das und ist nicht ein eine einen mit für auf wie wir ich sie dem den des von zum zur bei oder auch noch
    le la les des une est dans pour avec sur que qui pas quelle quel quels comment du au aux et ou ce cette il elle je
    el los las del por para con qué que cómo una es se un al lo su y como il lo gli che di come per è della dei una un
    het een van voor niet met wat welke zijn naar deze dit ook mijn en och att som är för det på med hur vad av om jag
    nie jest się czy jak na do przez oraz tym to w z o e os as um uma não com como mais ve bir için bu ile ne nasıl mi da
    yang dan untuk dengan ini itu adalah ja on ei että mikä og er ikke hvad""".split()
)


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def language_of(text: str) -> str:
    """Two letters; `und` when it is certainly not English and too short to say what. Too short to tell at all,
    and in plain Latin letters: English, since every detector then looks at it."""
    words = [word.lower() for word in _WORD.findall(text)[:400]]
    letters = sum(map(len, words))
    if sum(char > "\u024f" for char in text[:5000] if char.isalpha()) * 5 > sum(map(str.isalpha, text[:5000])):
        return _identified(text)  # another script
    english = sum(word in _ENGLISH for word in words)
    foreign = sum(word in _FOREIGN and word not in _ENGLISH for word in words)
    if letters == 0 or english > foreign or len(words) <= 3:
        return "en"
    if foreign == 0 and sum(is_ordinary(word) for word in words) * 10 >= len(words) * 7:
        return "en"  # few words, and nearly all of them English ones
    return _identified(text) if foreign > english + 1 or foreign else _identified(text, doubt="en")


def _identified(text: str, doubt: str = "und") -> str:
    language, certainty = _identifier().classify(text[:2000])
    if str(language) == "en":
        return "en" if doubt == "en" else doubt
    return str(language) if float(certainty) >= 0.99 else doubt
