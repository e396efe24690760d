"""Whether a text tells of a case or asks about the world.

No name is needed to give somebody away, and a business fact has no shape at all. What gives both away is how people
write about them. A small classifier, trained on invented text that lies in `detect/training`, weighs the meaning of a
text (the packaged sentence embedding), its words and some signs written by hand; a text in another language is read
word by word in English, and by its own words and letters. The whole, each sentence and each stretch of a text are judged by themselves, and
the highest score counts: padding never loosens. Its word can only hold a text back, never let one go.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from policies.detect.cases import model as models
from policies.detect.cases.features import Memo, is_english, tokens
from policies.detect.cases.glosses import LANGUAGES
from policies.detect.cases.model import Reading, Vector
from policies.detect.cases.pieces import pieces_of
from policies.detect.language import language_of
from policies.errors import DetectorError
from policies.labels import Category
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
_FIRST = 8  # pieces that are embedded before it is known how high the others must come
_MANY = 4  # words; fewer do not tell a language
_MOSTLY = 0.5


@dataclass(frozen=True, slots=True)
class _Scored:
    score: float
    vector: Vector


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
        self._embed = meaning.adapted(self._model.changes).embed_documents
        if not self._model.fits(self._embed):
            raise DetectorError(
                "The classifier of cases was trained on another embedding model.",
                cure="Use the packaged embedding model, or run `make train`.",
            )
        self.version = self._model.version

    def find(self, text: str, language: str = "en") -> list[Finding]:
        pieces, complete = pieces_of(text)
        if not complete:  # a doubt, which holds the text back: the rest need not be read
            return [self._finding(UNREAD, Category.PERSONAL, text, 1.0)]
        best = self._best(pieces, language, above=0.0)
        if best is None:
            return []
        category = self._model.category(best.vector)
        return [self._finding(KINDS[category], Category(category), text, 1 / (1 + math.exp(-best.score)))]

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
        best = self._best(pieces_of(text)[0], language, above=-math.inf)
        return best.score if best else -math.inf

    def _best(self, pieces: list[str], language: str, *, above: float) -> _Scored | None:
        """The piece that scores highest, when that is more than `above`: every piece in its text's language; one that
        is plainly in another, in that one too. Only pieces whose meaning could still make them the highest are
        embedded: those whose words say most come first."""
        readings = [Reading.of(piece, language) for piece in pieces]
        readings += [Reading.of(piece, other) for piece in pieces if (other := _other_language(piece, language))]
        memo, reach, best = Memo(), self._model.reach, None
        written = [self._model.written(one, memo) - (0 if one.text == pieces[0] else PART) for one in readings]
        ranked = sorted(zip(written, readings, strict=True), key=lambda one: -one[0])
        for some in (ranked[:_FIRST], ranked[_FIRST:]):
            hopeful = [(score, reading) for score, reading in some if score + reach > above]
            vectors = self._embed([reading.english for _, reading in hopeful]) if hopeful else ()
            for (score, _), vector in zip(hopeful, vectors, strict=True):
                if score + self._model.meant(vector) > above:
                    above = score + self._model.meant(vector)
                    best = _Scored(above, vector)
        return best

    def _finding(self, kind: str, category: Category, text: str, score: float) -> Finding:
        return Finding(detector=self.name, kind=kind, start=0, end=len(text), category=category, score=score)


def _other_language(piece: str, language: str) -> str | None:
    """The language of a piece that does not look like `language`, as far as its words tell; None when it does."""
    words = [word for word in tokens(piece) if word[0].isalpha()]
    if len(words) < _MANY and piece.isascii():
        return None
    english = sum(map(is_english, words)) >= _MOSTLY * len(words)
    if language in LANGUAGES:
        return "en" if english else None
    other = None if english else language_of(piece)
    return other if other in LANGUAGES else None
