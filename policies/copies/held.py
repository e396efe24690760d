"""Copies over a handful of texts in memory: what one case of the evaluation knows, or a test. The same judgement as in
the product, without its stores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from policies.copies.base import How, Repeat, Seen
from policies.copies.fingerprints import Hasher, reduced
from policies.copies.paraphrase import LEAST, NEAR, Comparing, bar, is_news, windows
from policies.copies.quotations import Owner, quoted
from policies.copies.readings import readings
from policies.labels import Label
from policies.vocabulary import Embed


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    document: str
    text: str
    label: Label


class Held:
    """Implements `Looks`. Everything about the documents is read and embedded when it is made."""

    def __init__(self, known: Sequence[Known], embed: Embed | None = None) -> None:
        self._known = tuple(known)
        self._hasher = Hasher(b"held")
        self._places: dict[int, list[Known]] = {}
        for one in self._known:
            for mark in self._hasher.winnowed(reduced(one.text))[0].tolist():
                self._places.setdefault(mark, []).append(one)
        self._comparing = Comparing(embed or _no_vectors)
        self._comparing.remember([one.text for one in self._known])

    def repeats(self, texts: Sequence[str], ceiling: Label) -> Sequence[Repeat]:
        return self.look(texts, ceiling).repeats

    def look(self, texts: Sequence[str], ceiling: Label) -> Seen:
        repeats: list[Repeat] = []
        near: list[Repeat] = []
        if self._known:
            for place, text in enumerate(texts):
                for reading in readings(text):
                    self._quotations(place, reading, ceiling, repeats, near)
                    self._paraphrases(place, reading, ceiling, repeats, near)
        return Seen(repeats=tuple(dict.fromkeys(repeats)), near=tuple(dict.fromkeys(near)))

    def _quotations(self, place: int, text: str, ceiling: Label, repeats: list[Repeat], near: list[Repeat]) -> None:
        owners = {
            mark: [Owner(document=one.document, public=one.label.flows_to(ceiling)) for one in stands]
            for mark, stands in self._places.items()
        }
        for one in quoted(text, owners, self._hasher, documents=len(self._known)):
            found = Repeat(text=place, how=How.QUOTATION, document=one.document, score=one.bits)
            (repeats if one.certain else near).append(found)

    def _paraphrases(self, place: int, text: str, ceiling: Label, repeats: list[Repeat], near: list[Repeat]) -> None:
        for window in windows(text):
            scores = self._comparing.best(window, [one.text for one in self._known])
            rated = list(zip(self._known, scores, strict=True))
            public = max((score for one, score in rated if one.label.flows_to(ceiling)), default=LEAST)
            for one, score in rated:
                if score >= NEAR and is_news(score, public) and not one.label.flows_to(ceiling):
                    found = Repeat(text=place, how=How.PARAPHRASE, document=one.document, score=score)
                    (repeats if score >= bar(len(self._known)) else near).append(found)


def _no_vectors(texts: Sequence[str]) -> Any:
    """Without an embedder every two texts lie as far apart as a paraphrase usually does: words and anchors decide."""
    import numpy as np

    return np.full((len(texts), 2), 0.5, np.float32)
