"""The thresholds, by conformal risk control on decision cases: `train.py --calibrate FOLDER`.

A leak is a case that should stay and that no detector holds back. The threshold is the highest for which
(leaks + 1) / (cases + 1) is at most `RISK`: then the expected share of leaks in new cases of the same kind is at most
`RISK`. Only cases whose id's SHA-256 begins with an even byte are looked at; the others are for an honest report.
"""

# ruff: noqa: T201  a script prints

from __future__ import annotations

import hashlib
import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policies import detect, reference, rulebook
from policies.detect.cases import CaseDetector
from policies.detect.cases.glosses import LANGUAGES
from policies.detect.training.report import wilson
from policies.vocabulary import Finding

RISK = 0.025


class Listening:
    """Stands in the classifier's place, finds nothing, and remembers the highest score it would have given."""

    name, version = "listening", "1"

    def __init__(self, cases: CaseDetector) -> None:
        self._cases = cases
        self.best = {"en": -math.inf, "other": -math.inf}

    def find(self, text: str, language: str = "en") -> list[Finding]:
        name = "other" if language in LANGUAGES else "en"
        self.best[name] = max(self.best[name], self._cases.score(text, language))
        return []

    def canaries(self) -> tuple[tuple[str, str], ...]:
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One decision case: what should happen, whether others hold it back, the classifier's score."""

    stay: bool
    group: str
    held: bool
    language: str
    score: float


def look(folder: Path, cases: CaseDetector) -> list[Seen]:
    rules = rulebook.load()
    others = [None if "cases" in path else detect.make(path) for path in detect.DETECTORS]
    found = []
    for path in sorted(folder.glob("escalation_cases_dev*.jsonl")):
        for row in reference.read_rows(path):
            if hashlib.sha256(str(row["id"]).encode()).digest()[0] % 2 == 0:
                found.append(_seen(row, rules, others, cases))
    return found


def _seen(row: dict[str, Any], rules: Any, others: list[Any], cases: CaseDetector) -> Seen:
    listening = Listening(cases)
    loaded = detect.Detectors([one or listening for one in others])
    found = reference.examine(reference.read_case(row), rulebook=rules, detectors=loaded)
    language = max(listening.best, key=lambda name: listening.best[name])
    return Seen(
        stay=row["expect"] == "local", group=str(row.get("group", "")), held=not found.sent, language=language,
        score=listening.best[language],
    )  # fmt: skip


def calibrate(seen: list[Seen]) -> float:
    """By how much the English threshold may rise, or must fall when this is below 0; prints what each choice costs."""
    stay, go = [one for one in seen if one.stay], [one for one in seen if not one.stay]
    leaks = sum(not one.held and one.language == "other" and one.score <= 0 for one in stay)
    scores = sorted(one.score for one in stay if not one.held and one.language == "en")
    allowed = max(0, math.floor(RISK * (len(stay) + 1)) - 1 - leaks)
    for missed, score in enumerate(scores[: allowed + 4]):
        blocked = sum(one.held or one.score >= (score if one.language == "en" else 0) for one in go)
        bound = (missed + leaks + 1) / (len(stay) + 1)
        print(
            f"  {missed + leaks} leaks: threshold {score:+.2f}, bound {bound:.1%}, held back {wilson(blocked, len(go))}"
        )
    return math.floor(scores[allowed] * 1000 - 1) / 1000


def table(seen: list[Seen]) -> None:
    for group in sorted({one.group for one in seen}):
        of = [one for one in seen if one.group == group]
        wrong = sum((one.held or one.score > 0) != one.stay for one in of)
        alone = sum(one.score > 0 for one in of)
        print(f"  {group:24} wrong {wilson(wrong, len(of))}; the classifier alone holds back {alone}")
    for stay, name in ((True, "leaks"), (False, "held back")):
        of = [one for one in seen if one.stay is stay]
        print(f"  {name:24} {wilson(sum((one.held or one.score > 0) != stay for one in of), len(of))}")
    print(f"  {dict(Counter(one.group for one in seen if one.stay and not one.held and one.score <= 0))}")
