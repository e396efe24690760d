"""Whether a text tells of a case or asks about the world.

No name is needed to give somebody away, and a business fact has no shape at all. What gives both away is how
people write about them: a definite person with an event, an age beside a finding, "our client", a plan that
"we" have and others do not know. Each sign adds to a sum per category; at 1 the text tells of a case. Signs
that a text is a question about the world are not weighed against them: they would be an easy way around.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from policies.detect.signs import SIGNS
from policies.labels import Category
from policies.vocabulary import Finding

ENOUGH = 1.0
_BRACKETED = re.compile(r"\[[A-Z][A-Z0-9 /_.,'-]{1,40}\]|<[A-Z][A-Z0-9 /_-]{1,40}>|\{\{?[\w .]{1,40}\}?\}")


@dataclass(frozen=True, slots=True)
class _Compiled:
    kind: str
    category: Category
    weight: float
    pattern: re.Pattern[str]


def _compile() -> tuple[_Compiled, ...]:
    return tuple(
        _Compiled(kind, category, weight, re.compile(pattern, 0 if pattern.startswith("(?-") else re.IGNORECASE))
        for kind, category, weight, pattern in SIGNS
    )


class CaseDetector:
    """Signs of a case, added up per category."""

    name = "cases"
    version = "1"

    def __init__(self) -> None:
        self._signs = _compile()

    def find(self, text: str, language: str = "en") -> list[Finding]:
        plain = _BRACKETED.sub(" ", text)
        sums: dict[Category, float] = {}
        first: dict[Category, tuple[str, int, int]] = {}
        total = 0.0
        for sign in self._signs:
            match = sign.pattern.search(plain)
            if match is None:
                continue
            sums[sign.category] = sums.get(sign.category, 0.0) + sign.weight
            first.setdefault(sign.category, (sign.kind, 0, len(text)))
            total += sign.weight
        told = {category for category, weight in sums.items() if weight >= ENOUGH}
        if total >= ENOUGH and not told:
            told = {max(sums, key=lambda category: sums[category])}
        return [
            Finding(
                detector=self.name, kind=first[category][0], start=first[category][1], end=first[category][2],
                category=category, score=min(1.0, sums[category]),
            )
            for category in sorted(told)
        ]  # fmt: skip

    def canaries(self) -> tuple[tuple[str, str], ...]:
        return (
            ("definite person", "our patient was fired last week"),
            ("negotiation", "our walk-away price is 33"),
            ("protection", "the domain admin password hash was cracked, no mfa on the core switches"),
        )
