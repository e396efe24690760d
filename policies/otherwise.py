"""What could have been otherwise about a recorded decision: one fact, changed, and said in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from policies.labels import Level
from policies.recorded import Recorded
from policies.vocabulary import Kind, Person

FACT_OF = {
    "LADDER_CLOSED": "outside", "NOT_ASKED": "wanted", "KIND_DOCUMENTS": "kind", "KIND_OWN_TEXT": "kind",
    "LABEL_ABOVE_CEILING": "level",
}  # fmt: skip
_ELSEWHERE = {
    "NO_DESTINATION": "a destination were set up, with all that checks what goes there",
    "WRONG_ADDRESS": "the request were for the destination's own address",
    "REPEATS_A_DOCUMENT": "it repeated nothing of a document that stays in the house",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a decision rests on: the facts, the person, and what no rule is told (`beyond`, as codes)."""

    person: Person
    kind: str
    facts: Mapping[str, Any]
    beyond: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that could have been otherwise. `fact`: which one it changes; `given`: the site, or a person, could
    do it and the request stay as it is."""

    fact: str
    words: str
    to: Callable[[Case], Case]
    given: bool = False


def case_of(one: Recorded) -> Case:
    """The facts; where the rules were not asked, those that are known without looking at any text. What the record
    does not say counts as not so: each of the early reasons is told alone."""
    codes = {reason.rule for reason in one.reasons}
    early = codes & FACT_OF.keys() - {"LABEL_ABOVE_CEILING"}
    facts = dict(one.facts) or {
        "outside": "general" if not early or early == {"NOT_ASKED"} else "closed",
        "kind": one.kind,
        "wanted": not early,
        "passages": one.passages,
        "level": int(one.label.level),
        "ceiling": int(Level.PUBLIC),
        "categories": sorted(str(category) for category in one.label.categories),
        "doubts": int(any(code.startswith("UNCERTAIN_") for code in codes)),
        "pseudonymised": False,
        "approved": False,
    }
    known = {reason.rule for reason in one.beyond_rules if reason.rule in FACT_OF or of_content(reason.rule)}
    return Case(
        person=one.person,
        kind=one.kind,
        facts=facts,
        beyond=frozenset(reason.rule for reason in one.beyond_rules) - known,
    )


def changes_of(one: Recorded) -> list[Change]:
    """Everything that could have been otherwise here, what the site could do first."""
    case = case_of(one)
    facts = case.facts
    closed = "LADDER_CLOSED" in {reason.rule for reason in one.reasons}
    found = [ladder(step, ceiling, closed) for step, ceiling in _LADDER if step_of(step) > step_of(facts["outside"])]
    if facts["kind"] != Kind.GENERAL:
        found.append(
            Change(fact="kind", words="it were asked as a general question, without our documents", to=_general)
        )
    if not facts["wanted"]:
        found.append(setting("wanted", True, "the person asked to send it", given=True))
    if not facts["approved"]:
        found.append(setting("approved", True, "a second person agreed to exactly this request", given=True))
    if case.person != (plain := Person(id=case.person.id, name="")):
        words = "the person were staff, in no group that a rule keeps from sending"
        found.append(Change(fact="person", words=words, to=lambda now: replace(now, person=plain), given=True))
    if facts["passages"]:
        found.append(setting("passages", 0, "no passage went with it"))
    if facts["level"]:
        found.append(setting("level", 0, "nothing in it were labelled above public"))
    if facts["categories"]:
        found.append(_without_details(one, facts))
    if facts["doubts"]:
        found.append(setting("doubts", 0, "all of it could be checked"))
    if facts["categories"] == ["personal"] and not facts["pseudonymised"]:
        found.append(_INVENTED)
    return found + [_cured(code) for code in sorted(case.beyond)]


_LADDER = (("general", 0), ("public", 0), ("contracted", 1))
_DETAILS = {
    "personal": "a person's details", "health": "somebody's health", "payment": "payment details",
    "privileged": "what is told to a lawyer", "market-sensitive": "what is not published",
    "credentials": "passwords, keys or how a system is protected",
}  # fmt: skip


def step_of(outside: str) -> int:
    return ["closed", "general", "public", "contracted"].index(outside)


def ladder(step: str, ceiling: int, closed: bool = False) -> Change:
    words = f"the site's ladder stood at {step}"
    if closed:  # by the switch, it may be: the record says the same of both
        words += ", with sending not stopped"
    if ceiling:
        words += ", with a destination that may have what is internal"
    return Change(fact="outside", words=words, to=lambda case: _with(case, outside=step, ceiling=ceiling), given=True)


def setting(fact: str, value: Any, words: str, *, given: bool = False) -> Change:
    return Change(fact=fact, words=words, to=lambda case: _with(case, **{fact: value}), given=given)


def _without_details(one: Recorded, facts: Mapping[str, Any]) -> Change:
    """Nothing of these categories found; where the labels were low enough, the level came with what was found."""
    named = " or ".join(_DETAILS.get(name, name) for name in facts["categories"])
    labels = any(reason.rule == "LABEL_ABOVE_CEILING" for reason in one.reasons)
    level = facts["level"] if labels else min(facts["level"], facts["ceiling"])
    return Change(
        fact="categories",
        words=f"it held nothing of {named}",
        to=lambda case: _with(case, categories=[], level=min(level, case.facts["level"])),
    )


def _cured(code: str) -> Change:
    words = _ELSEWHERE.get(code, f"{code} did not hold")
    given = code in ("NO_DESTINATION", "WRONG_ADDRESS")
    return Change(fact=code, words=words, to=lambda case: replace(case, beyond=case.beyond - {code}), given=given)


def _with(case: Case, **facts: Any) -> Case:
    return replace(case, facts={**case.facts, **facts})


def _general(case: Case) -> Case:
    """Typed anew, in a conversation of its own: no passages, and no label before it is looked at."""
    return replace(_with(case, kind="general", passages=0, level=0, categories=[]), kind="general")


_INVENTED = Change(
    fact="outside",
    words="a contract with the destination let names go as invented ones, and all could be exchanged",
    to=lambda case: _with(case, outside="contracted", ceiling=1, categories=[], pseudonymised=True),
    given=True,
)


def of_content(rule: str) -> bool:
    return rule.startswith(("FOUND_", "UNCERTAIN_"))
