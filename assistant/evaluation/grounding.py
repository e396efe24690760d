"""How often a sentence that does not stand is shown, one that stands is removed, a condition is shown beside it.

A file has one row a line: passages, question, sentence, label, condition, kind. Rows of one group share their
passages and are not independent, so each rate carries the wider of two 95 % intervals: Wilson, and a bootstrap
that redraws whole groups.
"""

from __future__ import annotations

import json
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.evaluation.policy import wilson
from assistant.grounding.check import check
from assistant.grounding.evidence import Evidence

if TYPE_CHECKING:
    from assistant.grounding.evidence import Embed

DRAWS = 2000
SEED = 20260101
_RATES = {
    # name: the label whose rows are counted, and which outcome of them counts
    "unsupported_shown_rate": ("unsupported", "shown"),
    "supported_removed_rate": ("supported", "removed"),
    "condition_shown_rate": ("supported_with_condition", "condition"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One row after the check."""

    label: str
    kind: str
    language: str
    group: str
    shown: bool
    condition: bool  # the wanted condition stands in what would be displayed
    error: bool
    reason: str
    ms: float

    @property
    def outcome(self) -> str:
        if not self.shown:
            return "removed"
        return "condition" if self.label == "supported_with_condition" and self.condition else "shown"

    @property
    def wrong(self) -> bool:
        wanted = {"unsupported": {"removed"}, "supported": {"shown"}, "supported_with_condition": {"condition"}}
        return self.outcome not in wanted[self.label]


def evaluate_grounding(
    file: Path, *, progress: Callable[[int, int], None] | None = None, embed: Embed | None = None
) -> dict[str, Any]:
    """Check every row and count. `progress` hears (done, of)."""
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    judged: list[Judged] = []
    for done, row in enumerate(rows, 1):
        judged.append(_judge(row, embed))
        if progress:
            progress(done, len(rows))
    return _report(judged)


def _judge(row: dict[str, Any], embed: Embed | None) -> Judged:
    evidence = [
        Evidence(
            id=p["id"],
            text=p["text"],
            source=p.get("source", ""),
            page=int(p.get("page") or 1),
            dated=p.get("dated", ""),
        )
        for p in row["passages"]
    ]
    start = time.perf_counter()
    shown, condition, reason, error = False, "", "ERROR", True
    try:
        found = check(row["sentence"], evidence, row.get("question", ""), embed=embed)
        shown, condition, reason, error = found.shown, found.condition, str(found.reason), False
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError):
        pass  # an error removes the sentence: counted, and it does not end the run
    took = (time.perf_counter() - start) * 1000
    wanted = _plain(row.get("condition") or "")
    _, language, group = [*str(row["id"]).split("-"), "", "", ""][:3]
    return Judged(
        label=row["label"], kind=row.get("kind", "none"), language=language, group=group, shown=shown, error=error,
        condition=wanted in _plain(condition), reason=reason, ms=took,
    )  # fmt: skip


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip().casefold()


def _report(judged: Sequence[Judged]) -> dict[str, Any]:
    report: dict[str, Any] = {"rows": len(judged)}
    intervals: dict[str, list[float]] = {}
    for name, (label, outcome) in _RATES.items():
        rows = [j for j in judged if j.label == label]
        hits = (
            [j for j in rows if j.outcome != "removed"]
            if outcome == "shown"
            else [j for j in rows if j.outcome == outcome]
        )
        report[name] = round(len(hits) / len(rows), 4) if rows else 0.0
        intervals[name] = _wider(rows, hits)
    return report | {
        "intervals": intervals,
        "groups": _groups(judged, lambda j: j.kind),
        "languages": _groups(judged, lambda j: j.language),
        "counts": dict(Counter(j.label for j in judged)),
        "errors": sum(j.error for j in judged),
        "condition_rows": dict(Counter(j.outcome for j in judged if j.label == "supported_with_condition")),
        "reasons": {k: dict(Counter(j.reason for j in judged if j.wrong and j.label == k)) for k, _ in _RATES.values()},
        "supported_with_extra_text": sum(j.reason == "CONDITION" for j in judged if j.label == "supported"),
        "latency_ms": _latency([j.ms for j in judged]),
    }


def _groups(judged: Sequence[Judged], key: Callable[[Judged], str]) -> dict[str, dict[str, int]]:
    groups: dict[str, dict[str, int]] = defaultdict(lambda: {"n": 0, "wrong": 0})
    for j in judged:
        groups[key(j)]["n"] += 1
        groups[key(j)]["wrong"] += j.wrong
    return dict(sorted(groups.items()))


def _wider(rows: Sequence[Judged], hits: Sequence[Judged]) -> list[float]:
    """The wider of Wilson's interval and the bootstrap over groups."""
    plain = wilson(len(hits), len(rows))
    drawn = _bootstrap(rows, hits)
    return drawn if drawn[1] - drawn[0] > plain[1] - plain[0] else plain


def _bootstrap(rows: Sequence[Judged], hits: Sequence[Judged]) -> list[float]:
    totals, counted = Counter(j.group for j in rows), Counter(j.group for j in hits)
    groups = sorted(totals)
    if len(groups) < 2:
        return [0.0, 0.0]
    draw = random.Random(SEED)  # noqa: S311 - a seeded redraw, nothing secret
    rates = []
    for _ in range(DRAWS):
        picked = draw.choices(groups, k=len(groups))
        rates.append(sum(counted[g] for g in picked) / sum(totals[g] for g in picked))
    rates.sort()
    return [round(rates[int(0.025 * DRAWS)], 4), round(rates[int(0.975 * DRAWS)], 4)]


def _latency(times: Sequence[float]) -> dict[str, float]:
    ordered = sorted(times) or [0.0]
    return {"p50": round(ordered[len(ordered) // 2], 2), "p95": round(ordered[int(0.95 * (len(ordered) - 1))], 2)}


def in_words(report: dict[str, Any]) -> str:
    """The report for a terminal."""
    names = {
        "unsupported_shown_rate": "unsupported sentences shown",
        "supported_removed_rate": "supported sentences removed",
        "condition_shown_rate": "conditions shown",
    }
    lines = [f"{report['rows']} rows, {report['errors']} errors"]
    for key, words in names.items():
        low, high = report["intervals"][key]
        lines.append(f"{words:<28} {100 * report[key]:5.1f} %   (95 %: {100 * low:.1f} to {100 * high:.1f})")
    lost = report["condition_rows"]
    lines.append(
        f"of the others with a condition: {lost.get('removed', 0)} removed, {lost.get('shown', 0)} shown without it"
    )
    lines += [f"  {kind:<24} {g['wrong']:>3} wrong of {g['n']}" for kind, g in report["groups"].items()]
    lines += [f"  language {name:<15} {g['wrong']:>3} wrong of {g['n']}" for name, g in report["languages"].items()]
    return "\n".join(lines)
