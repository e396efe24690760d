"""What all parts of a request come to together, and every reason why they may not go.

What is promised: adding a part, or a higher label, never loosens; order and repetition do not matter; when the
labels alone decide, no text is looked at. What could not be looked at in full is a doubt, and a doubt is a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from policies.copies.base import Copies
from policies.decide import wording
from policies.decide.parts import Part
from policies.decisions import Reason
from policies.detect import Depth, Detectors
from policies.labels import Label, join
from policies.vocabulary import Finding

CUT_OFF = 3.0  # seconds for everything together


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The join of labels and findings, and each reason once."""

    label: Label
    findings: tuple[Finding, ...] = ()
    reasons: tuple[Reason, ...] = ()
    doubts: int = 0


def judge(parts: Iterable[Part], *, ceiling: Label, base: Label, detectors: Detectors, copies: Copies) -> Judged:
    """Join the labels and the findings of all parts; say every reason why they may not go to `ceiling`."""
    parts = list(dict.fromkeys(parts))
    label = join([base, *(part.label for part in parts)])
    reasons = [wording.above(part.source) for part in parts if not part.label.flows_to(ceiling)]
    if not base.flows_to(ceiling) and not reasons:
        reasons.append(wording.above("conversation"))
    if reasons:
        return Judged(label=label, reasons=tuple(dict.fromkeys(reasons)))
    deadline = detectors.clock() + CUT_OFF
    findings: list[Finding] = []
    doubts = 0
    for part in parts:
        scan = detectors.scan(part.text, part.depth, deadline=deadline)
        findings += scan.findings
        label = label.raised(scan.label)
        doubts += len(scan.doubts)
        reasons += [wording.doubt(code, part.source) for code in scan.doubts]
        reasons += [wording.found(one, part.source) for one in scan.findings if one.category not in ceiling.categories]
    reasons += _repeated(parts, copies, ceiling)
    return Judged(label=label, findings=tuple(findings), reasons=tuple(dict.fromkeys(reasons)), doubts=doubts)


def _repeated(parts: Sequence[Part], copies: Copies, ceiling: Label) -> list[Reason]:
    """One reason for each part that repeats a document above the ceiling; the same words whichever document it is."""
    compared = looked_at(parts)
    repeated = copies.repeats([part.text for part in compared], ceiling)
    return [
        Reason(rule="REPEATS_A_DOCUMENT", source=compared[one.text].source, detail=wording.REPEATS) for one in repeated
    ]


def looked_at(parts: Sequence[Part]) -> list[Part]:
    """The parts that are compared with documents: all prose."""
    return [part for part in parts if part.depth is not Depth.REQUEST]
