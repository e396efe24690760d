"""Whether anything relevant was found at all: by words, by meaning, and not by what every passage says anyway."""

from __future__ import annotations

import math
from collections.abc import Sequence

from assistant.grounding.evidence import Embed, Evidence
from assistant.grounding.words import STOP, language_of, stem, tokens, word_set

# Nothing relevant was found unless one passage reaches one of these: by words, by meaning, or by both a little.
OVERLAP = 0.7
SIMILARITY = 0.5
BOTH = (0.4, 0.35)
# Near in meaning is not enough when hardly a word of the question stands there but those that all passages share:
# "inspection of complaint handling" among passages that all speak of complaints, none of an inspection. A long question
# has words of its own that no passage needs to have.
TELLING = 0.2
SHORT = 6  # content words
PLAINLY_NEAR = 0.7

# Words of asking that say nothing about what is asked.
FILLER = word_set("tell please show give list explain describe name kind type long often many much old far bitte zeige")


def relevant(question: str, evidence: Sequence[Evidence], *, embed: Embed | None = None) -> bool:
    """Whether one of the passages speaks of what was asked. No passages, or no question: no."""
    if not evidence or not question.strip():
        return False
    return speaks(question, evidence, similarities(question, evidence, embed) if embed else [0.0] * len(evidence))


def speaks(question: str, evidence: Sequence[Evidence], similar: Sequence[float]) -> bool:
    """The same, with the cosine of the question and each passage known."""
    each = zip(similar, shares(question, evidence), telling(question, evidence), strict=True)
    return any(found(similarity=near, overlap=share, telling=told) for near, share, told in each)


def found(*, similarity: float, overlap: float, telling: float = 1.0) -> bool:
    """The signal itself: cosine of question and passage, share of the question's content words that stand in it, and
    the same share with the words that few passages have counting more."""
    if telling < TELLING and similarity < PLAINLY_NEAR:
        return False
    return overlap >= OVERLAP or similarity >= SIMILARITY or (overlap >= BOTH[0] and similarity >= BOTH[1])


def shares(question: str, evidence: Sequence[Evidence]) -> list[float]:
    """For each passage the share of the question's content words that stand in its text or title. Figures count too."""
    language = language_of(" ".join(question.split())[:2000])
    asked = content(question[:2000], language)
    return [
        len(asked & content(f"{e.source} {e.heading} {e.text}", language)) / len(asked) if asked else 0.0
        for e in evidence
    ]


def telling(question: str, evidence: Sequence[Evidence]) -> list[float]:
    """For each passage the weight of the question's words in it. A word that many passages have tells little; one that
    none has weighs most. 1 for a long question."""
    language = language_of(" ".join(question.split())[:2000])
    asked = content(question[:2000], language)
    held = [asked & content(f"{e.source} {e.heading} {e.text}", language) for e in evidence]
    weight = {w: 1.0 / (1.0 + 0.6 * math.log(max(sum(w in h for h in held), 1))) for w in asked}
    whole = sum(weight.values())
    if len(asked) > SHORT:
        return [1.0] * len(evidence)
    return [sum(weight[w] for w in h) / whole if whole else 0.0 for h in held]


def content(text: str, language: str) -> frozenset[str]:
    """The stems of the words that say something, and the figures."""
    kept = (t for t in tokens(text) if t.kind != "p" and t.folded not in STOP[language] and t.folded not in FILLER)
    return frozenset(stem(t.folded, language) for t in kept)


def similarities(question: str, evidence: Sequence[Evidence], embed: Embed) -> list[float]:
    """The cosine of the question and each passage with its title."""
    vectors = embed([question[:2000], *(f"{e.source}. {e.text}" for e in evidence)])
    lengths = [float((v @ v) ** 0.5) or 1.0 for v in vectors]
    return [float(v @ vectors[0]) / (n * lengths[0]) for v, n in zip(vectors[1:], lengths[1:], strict=True)]
