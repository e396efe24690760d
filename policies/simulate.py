"""Another rulebook over the decisions on record: what it would have let out, and what it would have kept.

What is promised: nothing is changed, no text is opened, and what the detectors or the labels held back stays held back:
rules cannot open it. Reading is not simulated: what a rule about reading withheld is not in the facts of a decision.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from policies.recorded import Recorded, Strictness, asked_again
from policies.rulebook import Rulebook


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One decision that would have been another. `rules`: those that held it and would not, or that would hold it."""

    record: int
    was: Strictness
    would_be: Strictness
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """`unknown`: decisions about people who are not in the record, judged as staff without a group."""

    rulebook: str
    decisions: int
    newly_allowed: tuple[Change, ...]
    newly_held_back: tuple[Change, ...]
    unknown: int

    def as_json(self) -> dict[str, Any]:
        return {
            "rulebook": self.rulebook,
            "decisions": self.decisions,
            "newly_allowed": [_change(one) for one in self.newly_allowed],
            "newly_held_back": [_change(one) for one in self.newly_held_back],
            "per_rule": {
                "newly_allowed": _per_rule(self.newly_allowed),
                "newly_held_back": _per_rule(self.newly_held_back),
            },
            "unknown_people": self.unknown,
        }


def simulate(decided: Iterable[Recorded], rulebook: Rulebook) -> Simulated:
    """Ask `rulebook` again about each decision."""
    count, unknown = 0, 0
    looser: list[Change] = []
    stricter: list[Change] = []
    for one in decided:
        count += 1
        unknown += not one.known
        would_be, rules = _again(one, rulebook)
        if would_be < one.strictness:
            held = tuple(reason.rule for reason in one.reasons)
            looser.append(Change(record=one.record, was=one.strictness, would_be=would_be, rules=held))
        elif would_be > one.strictness:
            stricter.append(Change(record=one.record, was=one.strictness, would_be=would_be, rules=rules))
    return Simulated(
        rulebook=rulebook.digest,
        decisions=count,
        newly_allowed=tuple(looser),
        newly_held_back=tuple(stricter),
        unknown=unknown,
    )


def in_words(found: Simulated) -> str:
    lines = [f"{found.decisions:,} decisions asked again of rules {found.rulebook[:16]}."]
    for title, changes in (("Newly allowed", found.newly_allowed), ("Newly held back", found.newly_held_back)):
        lines.append(f"{title}: {len(changes):,}")
        lines += [f"  {count:>6,}  {rule}" for rule, count in _per_rule(changes).items()]
        lines += [f"  record {one.record}: {_WORDS[one.was]}, would be {_WORDS[one.would_be]}" for one in changes[:20]]
        if len(changes) > 20:
            lines.append("  and more: --json lists them all")
    if found.unknown:
        lines.append(f"{found.unknown:,} were about people who are not in the record: judged as staff without a group.")
    return "\n".join(lines)


_WORDS = {
    Strictness.SENT: "sent",
    Strictness.ASKS: "kept until a second person agrees",
    Strictness.LOCAL: "answered here",
    Strictness.REFUSED: "refused",
}


def _again(one: Recorded, rulebook: Rulebook) -> tuple[Strictness, tuple[str, ...]]:
    # Held back by what was seen, or not looked at: whether it may be asked at all is then a rule's, and nothing else.
    facts = {} if one.beyond_rules else one.facts
    return asked_again(one.person, one.kind, facts, one.destination, rulebook)


def _per_rule(changes: Iterable[Change]) -> dict[str, int]:
    return dict(Counter(rule for one in changes for rule in dict.fromkeys(one.rules)).most_common())


def _change(one: Change) -> dict[str, Any]:
    return {
        "record": one.record,
        "was": one.was.name.lower(),
        "would_be": one.would_be.name.lower(),
        "rules": list(one.rules),
    }
