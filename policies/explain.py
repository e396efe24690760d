"""Why a recorded decision is what it is, and what would change it: the rules are asked again with one fact changed.

What is promised: only facts on record are used, no text of anybody; the rules' own answer is told, not a list of ours.
Each reason that *decides* would have been enough alone; the others follow from the same facts, or add nothing. When no
setting of the site and no second person could let the request pass as it stands, that is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from policies.decisions import Reason
from policies.otherwise import FACT_OF, Case, Change, case_of, changes_of, ladder, of_content, setting, step_of
from policies.recorded import Recorded, Strictness, asked_again
from policies.rulebook import HOUSE, Action, Rulebook
from policies.vocabulary import Kind, Person, Role

TOGETHER = 4  # changes at most that are tried at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """`would_change`: each line is a smallest set of changes that would do, as sentences. `never`: as it stands no
    setting and nobody's word would let it pass. `shut`: what the door said no to, although it was to be sent."""

    record: int
    verdict: str
    decides: tuple[Reason, ...]
    others: tuple[Reason, ...]
    would_change: tuple[str, ...]
    never: bool
    looked_at: bool
    same_rules: bool
    shut: bool

    def as_json(self) -> dict[str, Any]:
        return {
            "record": self.record,
            "verdict": self.verdict,
            "decides": [_stated(reason) for reason in self.decides],
            "others": [_stated(reason) for reason in self.others],
            "would_change": list(self.would_change),
            "never_as_it_stands": self.never,
            "text_was_looked_at": self.looked_at,
            "rules_unchanged": self.same_rules,
            "door_said_no": self.shut,
        }


def explain(one: Recorded, rulebook: Rulebook) -> Explained:
    """Ask `rulebook` again about this decision, with one fact changed, then two, until something would be sent."""
    decides, others, would = one.reasons, tuple[Reason, ...](), tuple[str, ...]()
    never = False
    if one.shut:
        decides, others = one.shut, one.reasons
    elif one.strictness is Strictness.REFUSED:
        would = _admitted_if(one, rulebook)
    elif one.strictness is Strictness.SENT:
        would = _kept_if(one, rulebook)
    else:
        case, changes = case_of(one), changes_of(one)
        ask = _asking(one, rulebook)
        decides, others = _parted(one, case, changes, ask)
        would = tuple(f"It would be sent if {' and '.join(words)}." for words in _smallest(case, changes, ask))
        never = not _smallest(case, [change for change in changes if change.given], ask)
    return Explained(
        record=one.record,
        verdict=one.verdict,
        decides=decides,
        others=others,
        would_change=would,
        never=never,
        looked_at=bool(one.facts) and "LABEL_ABOVE_CEILING" not in {reason.rule for reason in one.reasons},
        same_rules=one.rulebook == rulebook.digest,
        shut=bool(one.shut),
    )


def in_words(found: Explained) -> str:
    verdict = _SHUT if found.shut else _VERDICTS.get(found.verdict, found.verdict)
    lines = [f"Record {found.record}: {verdict}."]
    for title, reasons in (("Each of these alone decides", found.decides), ("Besides", found.others)):
        if reasons:
            lines.append(f"{title}:")
            lines += [f"  {reason.detail} ({reason.rule}, {reason.source})" for reason in reasons]
    lines += found.would_change
    if found.never:
        lines.append("Never as it stands: no setting of this site and nobody's agreement would let it pass.")
    if not found.looked_at:
        lines.append("Its text was not looked at: whatever is found in it then decides as well.")
    if not found.same_rules:
        lines.append("The rules have changed since; today's were asked.")
    return "\n".join(lines)


_SHUT = "to be sent outside, but the door said no; answered here"
_VERDICTS = {
    "send": "sent outside",
    "pseudonymise": "sent outside, with invented names",
    "ask_human": "answered here; a second person may open it",
    "local": "answered here",
    "refuse": "refused",
}

# -- asking again --------------------------------------------------------------------------------------

Ask = Callable[[Case], tuple[Strictness, tuple[str, ...]]]


def _asking(one: Recorded, rulebook: Rulebook) -> Ask:
    def ask(case: Case) -> tuple[Strictness, tuple[str, ...]]:
        strictness, rules = asked_again(case.person, case.kind, case.facts, one.destination, rulebook)
        return (max(strictness, Strictness.LOCAL) if case.beyond else strictness), rules

    return ask


def _smallest(case: Case, changes: Sequence[Change], ask: Ask) -> list[list[str]]:
    """The smallest sets of changes that would let it be sent, as words; of steps of the ladder the lowest."""
    for size in range(1, TOGETHER + 1):
        found: dict[tuple[str, ...], list[str]] = {}
        for some in combinations(changes, size):
            facts = tuple(change.fact for change in some)
            if len(set(facts)) == size and facts not in found and ask(_all(some, case))[0] is Strictness.SENT:
                found[facts] = [change.words for change in some]
        if found:
            return list(found.values())
    return []


def _all(changes: Iterable[Change], case: Case) -> Case:
    for change in changes:
        case = change.to(case)
    return case


def _parted(
    one: Recorded, case: Case, changes: Sequence[Change], ask: Ask
) -> tuple[tuple[Reason, ...], tuple[Reason, ...]]:
    """One reason for each fact that keeps it here; the rest say the same again."""
    seen: set[str] = set()
    decides: list[Reason] = []
    others: list[Reason] = []
    for reason in one.reasons:
        facts = _facts_behind(reason.rule, case, changes, ask)
        # What was seen counts for each kind of thing; a rule only where nothing that was seen says the same.
        first = bool(facts - seen) if reason.rule.isupper() else bool(facts) and not facts & seen
        (decides if first else others).append(reason)
        seen |= facts
    return tuple(decides or others[:1]), tuple(others if decides else others[1:])


def _facts_behind(rule: str, case: Case, changes: Sequence[Change], ask: Ask) -> set[str]:
    """The facts without which this reason would not stand: for a rule, found by asking."""
    if rule in case.beyond:
        return {rule}
    if rule in FACT_OF or rule.startswith("UNCERTAIN_"):
        return {FACT_OF.get(rule, "doubts")}
    if of_content(rule):
        return {"categories", rule} | ({"level"} if case.facts["level"] > case.facts["ceiling"] else set())
    return {change.fact for change in changes if rule not in ask(change.to(case))[1]}


def _admitted_if(one: Recorded, rulebook: Rulebook) -> tuple[str, ...]:
    """A refused question: which role, or which kind, the rules about asking would take."""
    found = [f"the person had the role {role}" for role in Role if _may_ask(one.person, one.kind, rulebook, role)]
    found += [f"it were asked as {kind}" for kind in Kind if _may_ask(one.person, kind, rulebook)]
    return tuple(f"It would not be refused if {words}." for words in found)


def _may_ask(person: Person, kind: str, rulebook: Rulebook, role: Role | None = None) -> bool:
    who = replace(person, roles=person.roles | {role}) if role else person
    return rulebook.ask(who, Action.ASK, HOUSE, {"kind": kind}).allowed


def _kept_if(one: Recorded, rulebook: Rulebook) -> tuple[str, ...]:
    """What was sent: what would have kept it here."""
    facts, case, ask = one.facts, case_of(one), _asking(one, rulebook)
    tried = [
        *(
            ladder(step, 0)
            for step in ("public", "general")
            if step_of(step) < step_of(str(facts.get("outside", "closed")))
        ),
        setting("outside", "closed", "the site's ladder were closed"),
        setting("wanted", False, "the person had not asked to send it"),
        setting("approved", False, "no second person had agreed"),
        setting("level", int(case.facts["level"]) + 1, "it were labelled one level higher"),
        setting("doubts", 1, "any of it could not be checked"),
    ]
    kept = [change.words for change in tried if ask(change.to(case))[0] is not Strictness.SENT]
    return tuple(f"It would have stayed here if {words}." for words in kept)


def _stated(reason: Reason) -> dict[str, str]:
    return {"rule": reason.rule, "source": reason.source, "detail": reason.detail}
