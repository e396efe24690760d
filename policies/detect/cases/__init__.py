"""Whether a text tells of a case or asks about the world.

No name is needed to give somebody away, and a business fact has no shape at all. What gives both away is how people
write about them. A small classifier, trained on invented text that lies in `detect/training`, weighs the meaning of a
text (the packaged sentence embedding), its words and some signs written by hand; a text in another language is read
word by word in English, and by its own words and letters. What it is cut into (`pieces`) is judged piece by piece,
and one that is a case is enough: padding never loosens. Its word can only hold a text back, never let one go.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from policies.detect.base import Late
from policies.detect.cases import model as models
from policies.detect.cases.features import Memo, is_english, tokens
from policies.detect.cases.glosses import LANGUAGES
from policies.detect.cases.model import CAP, Reading, Vector
from policies.detect.cases.pieces import pieces_of
from policies.detect.language import language_of
from policies.errors import DetectorError
from policies.labels import Category
from policies.views.words import frequent
from policies.vocabulary import Finding, Meaning

__all__ = ["UNREAD", "CaseDetector"]

UNREAD = "more text than can be read"
KINDS = {
    "personal": "somebody's case",
    "health": "a case of health",
    "privileged": "a matter in confidence",
    "market-sensitive": "something unpublished",
    "credentials": "how something is protected",
}
PART = 1.0  # how much plainer than the whole a part must be: it lacks what stands around it
_DEAR = 0.01  # what a character more may be worth in score when it is chosen what is embedded first
_AT_ONCE = 16  # pieces that are weighed and embedded together at first, before it is asked whether it is late
_MORE = 8  # times as many are embedded next
_MOST = 128  # together in the end: fewer cost more each, more take long between two such questions
_SHORT = 1000  # characters of all pieces together
_MANY = 4  # words; fewer do not tell a language
_MOSTLY = 0.5


@dataclass(frozen=True, slots=True)
class _Weighed:
    """How much the words of a piece speak for a case, and what it says in English."""

    written: float
    english: str


class CaseDetector:
    """One finding for the whole text, or none. `meaning` is the packaged embedding model; without it nothing loads."""

    name = "cases"

    def __init__(self, meaning: Meaning | None = None, path: Path = models.FILE) -> None:
        if meaning is None:
            raise DetectorError(
                "The classifier of cases was given no embedding model.",
                cure="Run `ringfence doctor`; until then nothing is sent outside.",
            )
        self._model = models.load(path)
        self._embed = meaning.adapted(self._model.changes, models.LAYERS).embed_documents
        if not self._model.fits(self._embed):
            raise DetectorError(
                "The classifier of cases was trained on another embedding model.",
                cure="Use the packaged embedding model, or run `make train`.",
            )
        self.version = self._model.version

    def find(self, text: str, language: str = "en") -> list[Finding]:
        return self.find_until(text, language, _never)

    def find_until(self, text: str, language: str, late: Late, *, every: bool = False) -> list[Finding]:
        """As `base.Patient`. One piece that is a case is enough, unless every kind of case in the text is asked for."""
        pieces, complete = pieces_of(text)
        if not complete:  # a doubt, which holds the text back: the rest need not be read
            return [self._finding(UNREAD, Category.PERSONAL, text, 1.0)]
        kinds: dict[str, float] = {}
        weighed = self._weighed(text.strip(), pieces, language, late)
        for some in _in_turn(one for one in weighed if one.written + CAP > 0):
            if late() or (kinds and not every):
                break
            cases = sorted((one for one in self._scored(some) if one[0] > 0), key=lambda one: -one[0])
            for score, vector in cases if every else cases[:1]:
                kinds.setdefault(self._model.category(vector), 1 / (1 + math.exp(-score)))
        return [self._finding(KINDS[kind], Category(kind), text, score) for kind, score in kinds.items()]

    def canaries(self) -> tuple[tuple[str, str], ...]:
        return (
            (KINDS["personal"], "our receptionist was dismissed last week because she came to work drunk"),
            (KINDS["market-sensitive"], "we will close the plant in spring, staff have not been told yet"),
            (
                KINDS["credentials"],
                "the firewall at our head office still has the default password, nobody has fixed it",
            ),
        )

    def score(self, text: str, language: str = "en") -> float:
        """The highest score of all pieces; above 0 is a finding."""
        weighed = list(self._weighed(text.strip(), pieces_of(text)[0], language, _never))
        return max((score for score, _ in self._scored(weighed)), default=-math.inf)

    def _weighed(self, whole: str, pieces: list[str], language: str, late: Late) -> Iterator[_Weighed]:
        """Every piece, until it is late, in its text's language; one that is plainly in another, in that one too."""
        memo = Memo()
        for piece in pieces:
            for one in (language, _other_language(piece, language)):
                if late():
                    return
                if one is not None:
                    reading = Reading.of(piece, one)
                    written = self._model.written(reading, memo) - (0 if piece == whole else PART)
                    yield _Weighed(written, reading.english)

    def _scored(self, weighed: Sequence[_Weighed]) -> list[tuple[float, Vector]]:
        vectors = self._embed([one.english for one in weighed]) if weighed else ()
        return [(one.written + self._model.meant(vector), vector) for one, vector in zip(weighed, vectors, strict=True)]

    def _finding(self, kind: str, category: Category, text: str, score: float) -> Finding:
        return Finding(detector=self.name, kind=kind, start=0, end=len(text), category=category, score=score)


def _other_language(piece: str, language: str) -> str | None:
    """The language of a piece that does not look like `language`, as far as its words tell; None when it does. Many
    words are spelt as English ones are: it is English when more of them are that than are the text's own."""
    words = [word.lower() for word in tokens(piece) if word[0].isalpha()]
    if len(words) < _MANY and piece.isascii():
        return None
    english = sum(word.isascii() and is_english(word) for word in words)
    if language in LANGUAGES:
        own = sum(word in frequent(language) for word in words)
        return "en" if english >= _MOSTLY * len(words) and english > own else None
    other = None if english >= _MOSTLY * len(words) else language_of(piece)
    return other if other in LANGUAGES else None


def _in_turn(weighed: Iterable[_Weighed]) -> Iterator[list[_Weighed]]:
    """Those whose words say most, and the shorter ones, come first. Where words alone speak for a case the likeliest
    comes by itself, before more is weighed, then more at once; of a short text all come together, since a call costs as
    much as 60 tokens do. Twice as many are weighed each time: a case that stands early is known early, and a long text
    is read in few calls."""
    waiting: list[_Weighed] = []
    size, most, coming = 1, _AT_ONCE, iter(weighed)
    while some := list(islice(coming, most)):
        size = max(size, _AT_ONCE) if sum(len(one.english) for one in some) < _SHORT else size
        waiting = sorted((*waiting, *some), key=lambda one: _DEAR * len(one.english) - one.written)
        if any(one.written > 0 for one in some):
            yield waiting[:size]
            most = min(2 * most, _MOST)
            waiting, size = waiting[size:], min(_MORE * size, most)
    size = size if any(one.written > 0 for one in waiting) else max(size, _AT_ONCE)
    while waiting:
        yield waiting[:size]
        waiting, size = waiting[size:], min(_MORE * size, _MOST)


def _never() -> bool:
    return False
