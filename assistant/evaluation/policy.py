"""Leak and over-block rates of deciding, with 95 % Wilson intervals, per group.

Files of decisions (`expect`: local or may_escalate) give the rates; files of identifiers, disguises and secrets
(`label`: sensitive, secret, benign, not_secret) are reported under their own keys: found means kept local.
"""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

from policies import detect as detection
from policies import reference, rulebook
from policies.copies.held import Held
from policies.decide import pseudonyms
from policies.decide.judging import judge
from policies.decide.parts import read_parts, request_of
from policies.detect import Depth, Detectors, Scan
from policies.labels import PUBLIC, Category
from policies.vocabulary import Embed, Meaning

Z = 1.959963984540054
PERSONAL = {Category.PERSONAL}


class Half(StrEnum):
    """Thresholds are set on one half of a set and reported on the other: by the hash of a row's id."""

    ALL = "all"
    CALIBRATION = "calibration"
    REPORT = "report"

    def holds(self, row: dict[str, Any]) -> bool:
        even = hashlib.sha256(str(row.get("id", "")).encode()).digest()[0] % 2 == 0
        return self is Half.ALL or even is (self is Half.CALIBRATION)


def wilson(hits: int, of: int) -> list[float]:
    """The 95 % Wilson interval of a rate; [0, 1] when there is nothing to count."""
    if of == 0:
        return [0.0, 1.0]
    rate, square = hits / of, Z * Z
    middle = (rate + square / (2 * of)) / (1 + square / of)
    half = Z * math.sqrt(rate * (1 - rate) / of + square / (4 * of * of)) / (1 + square / of)
    return [round(max(0.0, middle - half), 4), round(min(1.0, middle + half), 4)]


def evaluate_policy(
    files: Sequence[Path],
    progress: Callable[[int, int], None] | None = None,
    *,
    meaning: Meaning,
    half: Half = Half.ALL,
    every_name: bool = False,
) -> dict[str, Any]:
    """Decide every row of every file, or of one half, and count. `progress` hears (done, of). `every_name`:
    as for a site that lets no name out at all."""
    loaded = [(path, [row for row in reference.read_rows(path) if half.holds(row)]) for path in files]
    rules, detectors = rulebook.load(), detection.load(meaning, every_name=every_name)
    detectors.scan("What is the capital of France?")  # what is loaded at the first use is not a case's time
    of, done = sum(len(rows) for _, rows in loaded), 0
    decisions: list[dict[str, Any]] = []
    texts: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for path, rows in loaded:
        for row in rows:
            if "expect" in row:
                decisions.append(_decided(row, rules, detectors, meaning.embed_documents))
            else:
                texts[path.stem].append(_seen(row, detectors))
            done += 1
            if progress:
                progress(done, of)
    result = _rates(decisions)
    if texts:
        result["detection"] = {name: _recall(rows) for name, rows in texts.items()}
    return result


def _decided(row: dict[str, Any], rules: rulebook.Rulebook, detectors: Detectors, embed: Embed) -> dict[str, Any]:
    case = reference.read_case(row, embed)
    start = time.perf_counter()
    examined = reference.examine(case, rulebook=rules, detectors=detectors)
    took = (time.perf_counter() - start) * 1000
    expected = row["expect"] == "may_escalate"
    by = {f"detector {finding.detector}" for finding in examined.findings}
    by |= {f"other {reason.rule}" for reason in examined.reasons if not reason.rule.startswith("FOUND_")}
    return {
        "id": case.id,
        "group": str(row.get("group", "")) or "none",
        "expected": expected,
        "wrong": examined.sent != expected,
        "ms": took,
        "by": by,
        "views": {f"view {finding.view}" for finding in examined.findings},
    }


def _seen(row: dict[str, Any], detectors: Detectors) -> dict[str, Any]:
    """A text that is only looked at. `units`: what annotators marked in it, and how many of them would be sent, as it
    stands, and with invented names where it may not go so."""
    case = reference.read_case(row)
    start = time.perf_counter()
    shapes = [detectors.scan(part.text, Depth.REQUEST) for part in case.parts]
    all_of_it = [detectors.scan(part.text, part.depth) for part in case.parts]
    found = any(scan.findings or scan.doubts for scan in all_of_it)
    took = (time.perf_counter() - start) * 1000
    units = [str(unit).casefold() for unit in row.get("pii_units") or []]
    sent = "" if found else "\n".join(part.text for part in case.parts).casefold()
    exchanged = _exchanged(str(row.get("text")), all_of_it, detectors).casefold() if units else ""
    return {
        "sensitive": row.get("label") not in {"benign", "not_secret"},
        "type": str(row.get("type", "none")),
        "how": str(row.get("transform") or ""),
        "found": found,
        "shape": any(scan.findings for scan in shapes),
        "ms": took,
        "units": len(units),
        "units_sent": sum(unit in sent for unit in units),
        "exchanged": bool(exchanged),
        "units_exchanged": sum(unit in (sent or exchanged) for unit in units),
    }


def _exchanged(text: str, scans: Sequence[Scan], detectors: Detectors) -> str:
    """`text` with invented names, where a contract that covers them would let it go so; else nothing."""
    if any(scan.doubts for scan in scans) or {one.category for scan in scans for one in scan.findings} != PERSONAL:
        return ""
    masked = pseudonyms.mask(request_of([("user", text)], url=reference.URL), detectors, key=b"evaluation")
    if masked is None:
        return ""
    judged = judge(read_parts(masked.outgoing), ceiling=PUBLIC, base=PUBLIC, detectors=detectors, copies=Held([]))
    return "" if judged.reasons else str(json.loads(masked.outgoing.body)["messages"][-1]["content"])


def _rates(rows: list[dict[str, Any]]) -> dict[str, Any]:
    local = [row for row in rows if not row["expected"]]
    free = [row for row in rows if row["expected"]]
    leaks, blocks = sum(row["wrong"] for row in local), sum(row["wrong"] for row in free)
    groups: dict[str, dict[str, int]] = {}
    for row in rows:
        group = groups.setdefault(row["group"], {"n": 0, "wrong": 0})
        group["n"] += 1
        group["wrong"] += row["wrong"]
    return {
        "cases": len(rows),
        "leaks": leaks,
        "leak_rate": _rate(leaks, len(local)),
        "leak_interval": wilson(leaks, len(local)),
        "over_blocks": blocks,
        "over_block_rate": _rate(blocks, len(free)),
        "over_block_interval": wilson(blocks, len(free)),
        "groups": dict(sorted(groups.items())),
        "caught_by": _caught(rows, "by") | _caught(rows, "views"),
        "latency_ms": {"p50": _quantile([r["ms"] for r in rows], 0.5), "p95": _quantile([r["ms"] for r in rows], 0.95)},
    }


def _caught(rows: list[dict[str, Any]], key: str) -> dict[str, dict[str, int]]:
    """For each detector, view or doubt: the rows it stopped, rightly and wrongly, and those that nothing else did."""
    counts: dict[str, dict[str, int]] = {}
    for row in rows:
        for name in row[key]:
            count = counts.setdefault(name, {"rightly": 0, "only_rightly": 0, "wrongly": 0, "only_wrongly": 0})
            which = "wrongly" if row["expected"] else "rightly"
            count[which] += 1
            count[f"only_{which}"] += row[key] == {name}
    return dict(sorted(counts.items()))


def _recall(rows: list[dict[str, Any]]) -> dict[str, Any]:
    bad = [row for row in rows if row["sensitive"]]
    good = [row for row in rows if not row["sensitive"]]
    found, wrong = sum(row["found"] for row in bad), sum(row["found"] for row in good)
    missed: dict[str, dict[str, int]] = {}
    for row in bad:
        kind = missed.setdefault(row["how"] or row["type"], {"n": 0, "missed": 0})
        kind["n"] += 1
        kind["missed"] += not row["found"]
    return {
        "sensitive": len(bad),
        "found": found,
        "recall": _rate(found, len(bad)),
        "recall_interval": wilson(found, len(bad)),
        "recall_by_shape": _rate(sum(row["shape"] for row in bad), len(bad)),
        "lookalikes": len(good),
        "false_positives": wrong,
        "false_positive_rate": _rate(wrong, len(good)),
        "false_positive_interval": wilson(wrong, len(good)),
        "false_positive_rate_by_shape": _rate(sum(row["shape"] for row in good), len(good)),
        "precision": _rate(found, found + wrong),
        "units": (units := sum(row["units"] for row in rows)),
        "units_sent_rate": _rate(sum(row["units_sent"] for row in rows), units),
        "with_invented_names": sum(row["exchanged"] for row in rows),
        "units_sent_with_invented_names_rate": _rate(sum(row["units_exchanged"] for row in rows), units),
        "types": dict(sorted(missed.items())),
    }


def _rate(hits: int, of: int) -> float:
    return round(hits / of, 4) if of else 0.0


def _quantile(values: list[float], q: float) -> float:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(q * len(ordered)))], 2) if ordered else 0.0


def in_words(report: dict[str, Any]) -> str:
    """The report as a few lines for a person."""
    lines = []
    if report["cases"]:
        lines = [
            f"{report['cases']} cases.",
            _said("Leaks", report["leak_rate"], report["leak_interval"], f"{report['leaks']} sent that should stay"),
            _said(
                "Over-blocks",
                report["over_block_rate"],
                report["over_block_interval"],
                f"{report['over_blocks']} kept that could go",
            ),
            f"Deciding takes {report['latency_ms']['p50']} ms (p50), {report['latency_ms']['p95']} ms (p95).",
            *(f"  {name:28} {group['wrong']:4} wrong of {group['n']}" for name, group in report["groups"].items()),
            "What stopped them (alone): rightly, wrongly.",
            *(
                f"  {name:38} {n['rightly']:4} ({n['only_rightly']}) {n['wrongly']:4} ({n['only_wrongly']})"
                for name, n in report["caught_by"].items()
            ),
        ]
    for name, found in report.get("detection", {}).items():
        lines.append(_said(f"{name}: found", found["recall"], found["recall_interval"], f"of {found['sensitive']}"))
        lines.append(
            _said(
                "  wrongly", found["false_positive_rate"], found["false_positive_interval"], f"of {found['lookalikes']}"
            )
        )
    return "\n".join(lines) or "No cases."


def _said(what: str, rate: float, interval: list[float], rest: str) -> str:
    return f"{what} {rate:.1%} (95 % interval {interval[0]:.1%} to {interval[1]:.1%}): {rest}."
