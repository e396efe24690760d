"""Decisions as they were recorded: the facts that the rules were told, and the person as they were then.

A person's roles and groups come from the record too (PersonChanged), so that rules can be asked again long after an
account has changed or gone. Nobody is named, and no text is needed. A record that is spoiled, or of another version,
tells less: facts that are not whole are none, and without facts nothing would be sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

from policies.audit.since import Records, decision_of, one, read
from policies.decide.facts import rules_on
from policies.decisions import Outside, Reason
from policies.errors import UsageError
from policies.labels import Label, parse_label, parse_level
from policies.rulebook import HOUSE, Action, Resource, Rulebook
from policies.vocabulary import Kind, Person, Role

_SWITCHES = ("wanted", "pseudonymised", "approved")  # a record holds no booleans: they stand as 1 and 0
_FACTS: dict[str, type] = dict.fromkeys((*_SWITCHES, "passages", "level", "ceiling", "doubts"), int)
_FACTS |= {"outside": str, "kind": str, "categories": list}


class Strictness(IntEnum):
    """Verdicts by what leaves."""

    SENT = 0
    ASKS = 1  # answered here; a second person may open it
    LOCAL = 2
    REFUSED = 3


_VERDICTS = {"send": Strictness.SENT, "pseudonymise": Strictness.SENT, "ask_human": Strictness.ASKS}
_VERDICTS |= {"local": Strictness.LOCAL, "refuse": Strictness.REFUSED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One decision. `destination`: the one that was set up then, with an empty host where an older record does not tell
    it. `known`: the person stands in the record; else they count as staff without a group. `shut`: why the door said no
    to what was to be sent, where it did."""

    record: int
    time: int
    verdict: str
    reasons: tuple[Reason, ...]
    facts: Mapping[str, Any]
    label: Label
    rulebook: str
    destination: Resource
    kind: str
    passages: int
    person: Person
    known: bool
    shut: tuple[Reason, ...] = ()

    @property
    def strictness(self) -> Strictness:
        return _VERDICTS.get(self.verdict, Strictness.REFUSED)

    @property
    def beyond_rules(self) -> tuple[Reason, ...]:
        """The reasons that are no rule's: what was seen, or could not be looked at. No rulebook changes them."""
        return tuple(reason for reason in self.reasons if reason.rule.isupper())


def decisions(records: Records, since: int = 0) -> Iterator[Recorded]:
    """Every decision at or after `since` (microseconds), in order."""
    people: dict[str, Person] = {}
    kinds: dict[int, str] = {}
    for seq, body in read(records, 0, "PersonChanged", "QuestionAsked", "Decided"):
        match body["kind"]:
            case "PersonChanged":
                people[str(body.get("subject"))] = _person(body)
            case "QuestionAsked":
                kinds[seq] = str(body.get("question_kind"))
            case _:
                found = _recorded(seq, body, people, kinds.pop(_number(body.get("question")), ""))
                if found.time >= since:
                    yield found


def decision(records: Records, number: int) -> Recorded:
    """The decision that record `number` is, or led to. Raises UsageError when there is none, or it is damaged."""
    if not 0 <= number < (size := records.head().size):
        raise UsageError(f"There is no record {number}.", cure=f"The newest is {size - 1}.")
    if not one(records, number):
        raise UsageError(f"Record {number} is damaged.", cure="`ringfence audit verify` says what else is.")
    seq, decided = decision_of(records, number)
    if not decided:
        raise UsageError(f"Record {number} belongs to no decision.", cure="Name a question's record, or a decision's.")
    who = str(decided.get("on_behalf_of") or decided.get("actor"))
    accounts = read(records, 0, "PersonChanged")
    changed = [body for at, body in accounts if body.get("subject") == who and at < seq]
    people = {who: _person(changed[-1])} if changed else {}
    question = _number(decided.get("question"))
    found = _recorded(seq, decided, people, str(one(records, question).get("question_kind", "")))
    return replace(found, shut=_shut(records, seq, question)) if found.strictness is Strictness.SENT else found


def _shut(records: Records, decided: int, question: int) -> tuple[Reason, ...]:
    """Up to the end of the question."""
    for _, body in read(records, decided, "DoorShut", "Departed", "Answered", "Failed", "Abandoned"):
        if body.get("decision") == decided or body.get("closes") == question:
            return _reasons(body)
    return ()


def asked_again(
    person: Person, kind: str, facts: Mapping[str, Any], destination: Resource, rulebook: Rulebook
) -> tuple[Strictness, tuple[str, ...]]:
    """What `rulebook` makes of these facts, and the rules that refuse. What no rule can open stays shut; without facts
    only the rules about asking are asked."""
    asking = rulebook.ask(person, Action.ASK, HOUSE, {"kind": kind})
    if not asking.allowed:
        return Strictness.REFUSED, asking.reasons
    if not facts:
        return Strictness.LOCAL, ()
    refused, human = rules_on(person, rulebook, destination, dict(facts))
    strictness = Strictness.SENT if not refused else Strictness.ASKS if human else Strictness.LOCAL
    least = Strictness.SENT if _could_be_sent(facts) else Strictness.LOCAL
    return max(strictness, least), tuple(reason.rule for reason in refused)


def _could_be_sent(facts: Mapping[str, Any]) -> bool:
    """What `decide.route` asks for whatever the rules say. A fact that is missing is the worst one."""
    return bool(
        facts.get("kind") == Kind.GENERAL
        and facts.get("wanted")
        and facts.get("outside", "closed") != "closed"
        and facts.get("level", 3) <= facts.get("ceiling", 0)
        and not facts.get("categories", ["unknown"])
        and not facts.get("doubts", 1)
    )


def _recorded(seq: int, body: Mapping[str, Any], people: Mapping[str, Person], kind: str) -> Recorded:
    who = str(body.get("on_behalf_of") or body.get("actor"))
    facts, passages = _facts(body.get("facts")), body.get("passages")
    return Recorded(
        record=seq,
        time=max(_number(body.get("time")), 0),
        verdict=str(body.get("verdict")),
        reasons=_reasons(body),
        facts=facts,
        label=parse_label(str(body.get("label", ""))),
        rulebook=str(body.get("rulebook", "")),
        destination=_destination(body),
        kind=kind or str(facts.get("kind", Kind.DOCUMENTS)),
        passages=len(passages) if isinstance(passages, list) else 0,
        person=people.get(who) or Person(id=who, name=""),
        known=who in people,
    )


def _number(stated: object) -> int:
    return stated if isinstance(stated, int) else -1


def _facts(stated: object) -> dict[str, Any]:
    if not isinstance(stated, dict) or not all(isinstance(stated.get(name), kind) for name, kind in _FACTS.items()):
        return {}
    if stated["outside"] not in set(Outside) or not all(isinstance(name, str) for name in stated["categories"]):
        return {}
    return stated | {name: bool(stated[name]) for name in _SWITCHES}


def _reasons(body: Mapping[str, Any]) -> tuple[Reason, ...]:
    found = body.get("reasons")
    return tuple(
        Reason(**{name: str(stated.get(name, "")) for name in ("rule", "source", "detail")})
        for stated in (found if isinstance(found, list) else [])
        if isinstance(stated, dict)
    )


def _destination(body: Mapping[str, Any]) -> Resource:
    stated = body.get("configured")
    stated = stated if isinstance(stated, dict) else {"id": body.get("destination", "")}
    return Resource(kind="Destination", id=str(stated.get("id", "")), attributes={"host": str(stated.get("host", ""))})


def _person(body: Mapping[str, Any]) -> Person:
    """The account as this record left it; a role that this version does not know is none."""
    return Person(
        id=str(body.get("subject")),
        name="",
        clearance=parse_level(body.get("clearance")),
        groups=frozenset(map(str, body.get("groups", []))),
        roles=frozenset(Role(role) for role in body.get("roles", []) if role in set(Role)),
    )
