"""Reasons, and decisions in a sentence for the person who asked. Never anybody's text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from policies.decisions import AskHuman, Decision, Escalate, Reason, Refuse
from policies.vocabulary import Finding

ABOVE = "Something here is labelled above what may go outside."
NOT_READY = Reason(rule="NO_DESTINATION", source="destination", detail="There is nowhere to send this, or no key.")
WRONG_ADDRESS = Reason(rule="WRONG_ADDRESS", source="destination", detail="The request is for another address.")
CLOSED = Reason(rule="LADDER_CLOSED", source="destination", detail="This site sends nothing outside.")
NOT_ASKED = Reason(rule="NOT_ASKED", source="question", detail="Nobody asked to send this outside.")
DOCUMENTS = Reason(rule="KIND_DOCUMENTS", source="question", detail="Questions about documents are answered here.")
OWN_TEXT = Reason(rule="KIND_OWN_TEXT", source="question", detail="Questions about own text are answered here.")
WITHIN = Reason(rule="within-ceiling", source="request", detail="Nothing above what may go outside was found.")
REPEATS = "It repeats a document that stays in the house."
DOUBTS = {
    "UNCERTAIN_TRUNCATED": "The text is too long to be looked at in full.",
    "UNCERTAIN_OPAQUE": "The text holds something that cannot be read.",
    "UNCERTAIN_LANGUAGE": "The text is in a language that cannot be checked.",
    "UNCERTAIN_TIMEOUT": "Checking took too long.",
    "UNCERTAIN_DETECTOR": "A check could not be made.",
}
_PLAIN = {"LADDER_CLOSED", "NOT_ASKED", "KIND_DOCUMENTS", "KIND_OWN_TEXT", "NO_DESTINATION"}
_SEEMS = {
    "health": "it seems to hold details of somebody's health.",
    "personal": "your question seems to hold details of a person.",
    "credentials": "it seems to hold a password, a key or how a system is protected.",
    "payment": "it seems to hold payment details.",
    "privileged": "it seems to hold something told to a lawyer in confidence.",
    "market-sensitive": "it seems to hold something your organisation has not published.",
}


def above(source: str) -> Reason:
    return Reason(rule="LABEL_ABOVE_CEILING", source=source, detail=ABOVE)


def doubt(code: str, source: str) -> Reason:
    return Reason(rule=code, source=source, detail=DOUBTS.get(code, DOUBTS["UNCERTAIN_DETECTOR"]))


def error(broke: Exception) -> Reason:
    detail = f"Checking failed ({type(broke).__name__})."
    return Reason(rule="UNCERTAIN_ERROR", source="request", detail=detail)


def found(finding: Finding, source: str) -> Reason:
    seen = "" if finding.view == "raw" else f", in disguise ({finding.view})"
    detail = f"The detector {finding.detector} saw {finding.kind.lower().replace('_', ' ')}{seen}."
    return Reason(rule=_code(finding.category), source=source, detail=detail)


def by_rules(rules: Iterable[str], source: str) -> tuple[Reason, ...]:
    return tuple(Reason(rule=rule, source=source, detail=f"Rule {rule}.") for rule in rules)


def in_words(decision: Decision | Refuse) -> str:
    """The decision for the person who asked."""
    if isinstance(decision, Escalate):
        names = " Names went as invented ones." if decision.verdict == "pseudonymise" else ""
        if passages := decision.facts.get("passages"):
            return f"Answered outside, with {passages} passage{'' if passages == 1 else 's'} of our documents.{names}"
        return f"Answered outside. General knowledge, not from our documents, not checked.{names}"
    first = decision.reasons[0].rule
    if isinstance(decision, Refuse):
        return (
            f"Your organisation has a rule for questions of this kind (rule {first}). "
            "It is the same for everyone in your group."
        )
    if isinstance(decision, AskHuman):
        return f"Answered here. It may go outside when a second person agrees (rule {first})."
    if first in _PLAIN:
        return "Answered here."
    return f"Answered here, not outside: {_why(decision.reasons)}"


def _why(reasons: Sequence[Reason]) -> str:
    rules = [reason.rule for reason in reasons]
    for category, words in _SEEMS.items():
        if _code(category) in rules:
            return words
    if "REPEATS_A_DOCUMENT" in rules:
        return "it repeats something that may not leave the house."
    if any(rule.startswith("UNCERTAIN_") for rule in rules):
        return "it could not be checked in full."
    if "LABEL_ABOVE_CEILING" in rules:
        return "something in this conversation may not leave the house."
    return f"your organisation has a rule for this (rule {rules[0]})."


def _code(category: str) -> str:
    return f"FOUND_{category.upper().replace('-', '_')}"
