"""What the rules about sending are told, and what they answer."""

from __future__ import annotations

from typing import Any

from policies.decide import wording
from policies.decide.judging import Judged
from policies.decisions import Outside, Reason
from policies.labels import Label
from policies.rulebook import Action, Resource, Rulebook
from policies.vocabulary import Kind, Person


def rules_on(
    person: Person, rulebook: Rulebook, destination: Resource, facts: dict[str, Any]
) -> tuple[tuple[Reason, ...], bool]:
    """Why the rules refuse, empty when they do not; and whether a second person's word is all that is missing."""
    verdict = rulebook.ask(person, Action.ESCALATE, destination, facts)
    if verdict.allowed:
        return (), False
    would = rulebook.ask(person, Action.ESCALATE, destination, {**facts, "approved": True})
    return wording.by_rules(verdict.reasons, "rules"), would.allowed


def escalation_facts(
    judged: Judged, *, ceiling: Label, outside: Outside, kind: Kind, wanted: bool, passages: int,
    pseudonymised: bool = False, approved: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """What the rules about sending are told: numbers and words, never text."""
    return {
        "outside": str(outside),
        "kind": str(kind),
        "wanted": wanted,
        "passages": passages,
        "level": int(judged.label.level),
        "ceiling": int(ceiling.level),
        "categories": sorted(str(category) for category in judged.label.categories),
        "doubts": judged.doubts,
        "pseudonymised": pseudonymised,
        "approved": approved,
    }
