"""Time that runs out within a look: the clock is the one that was handed over."""

from __future__ import annotations

from functools import cache

from ingest.index.embedder import open_embedder
from policies.detect import FAST, Detectors
from policies.detect.cases import _AT_ONCE, _MOST, CaseDetector
from policies.detect.cases.pieces import pieces_of
from policies.vocabulary import Finding

# Words that say nothing either way, so that nothing is found and every piece is worth embedding.
LINES = [f"They keep {number} boxes of paper in a room beside the door." for number in range(150)]
TEXT = "\n".join(LINES[:60])


class Clock:
    """A second passes whenever somebody looks at it."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


class Blind:
    name, version = "blind", "1"

    def find(self, text: str, language: str = "en") -> list[Finding]:
        return []

    def canaries(self) -> tuple[tuple[str, str], ...]:
        return ()


class Counting:
    """The packaged model, which counts the texts of each call."""

    def __init__(self) -> None:
        self.calls: list[int] = []

    def adapted(self, changes, layers):
        self._real = _meaning().adapted(changes, layers)
        return self

    def embed_documents(self, texts):
        self.calls.append(len(texts))
        return self._real.embed_documents(texts)


@cache
def _meaning():
    return open_embedder(threads=1)


def looked(deadline: float | None) -> tuple[int, tuple[str, ...], float]:
    """How many pieces were embedded by then, the doubts, and when it ended."""
    meaning, clock = Counting(), Clock()
    cases = CaseDetector(meaning)
    meaning.calls.clear()
    scan = Detectors([*[Blind()] * FAST, cases], clock=clock).scan(TEXT, deadline=deadline)
    return sum(meaning.calls), scan.doubts, clock.now


def test_a_look_stops_between_its_pieces_when_its_time_is_over():
    pieces = len(pieces_of(TEXT)[0])
    everything, none, _ = looked(deadline=None)
    assert everything > 2 * _AT_ONCE  # several calls, between which the clock is asked
    assert none == ()
    before = 0
    for seconds in (FAST + 2, pieces // 2, pieces):
        embedded, doubts, ended = looked(deadline=seconds)
        assert before <= embedded < everything
        assert doubts == ("UNCERTAIN_TIMEOUT",)
        assert ended < seconds + 5
        before = embedded


def test_a_long_text_is_read_in_few_calls_and_none_of_them_is_long():
    meaning = Counting()
    cases = CaseDetector(meaning)
    meaning.calls.clear()
    assert cases.find("\n".join(LINES)) == []
    assert sum(meaning.calls) > 2 * _MOST
    assert len(meaning.calls) <= 5
    assert max(meaning.calls) <= _MOST


def test_a_case_at_the_start_of_a_long_text_is_known_before_the_rest_is_read():
    meaning = Counting()
    cases = CaseDetector(meaning)
    _, case = cases.canaries()[0]
    meaning.calls.clear()
    assert cases.find("\n".join([f"{case}.", *LINES]))
    assert sum(meaning.calls) <= _AT_ONCE
