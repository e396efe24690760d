"""The reference policy of the evaluation: one destination, ceiling public, no category; switch, budget, ladder
and approvals left out. Rows come from JSON Lines; the form of a row stands in `policies/README.md`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from policies.copies.base import Copies
from policies.copies.held import Held, Known
from policies.decide.facts import escalation_facts, rules_on
from policies.decide.judging import Judged, judge
from policies.decide.parts import Part, read_parts, request_of
from policies.decisions import Outside, Reason
from policies.detect import Detectors
from policies.errors import UsageError
from policies.labels import PUBLIC, TOP, Label, Level, parse_level
from policies.rulebook import Resource, Rulebook
from policies.vocabulary import Embed, Finding, Kind, Person

DESTINATION = Resource(kind="Destination", id="reference", attributes={"host": "reference.invalid"})
URL = "https://reference.invalid/v1/chat/completions"
_LEVELS = {str(level) for level in Level}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One row: what would be sent, who asks, and what is known but not retrieved."""

    id: str
    parts: tuple[Part, ...]
    person: Person
    passages: int
    copies: Copies


def read_case(row: dict[str, Any], embed: Embed | None = None) -> Case:
    """A row of a decision file, a row with `turns`, or a row with only `text` or `text_parts`. What the row knows
    (`index`) is read and embedded here, as the product does when it takes documents in."""
    turns = row.get("history") or []
    earlier = [(str(turn.get("role", "user")), str(turn.get("content", ""))) for turn in turns]
    question = row.get("query") or row.get("text") or "".join(row.get("text_parts") or [])
    if row.get("turns"):
        said = [turn if isinstance(turn, str) else str(turn.get("content", "")) for turn in row["turns"]]
        earlier, question = [("user", text) for text in said[:-1]], said[-1]
    context = row.get("context") or []
    parts = _as_sent(earlier, str(question), context)
    user = row.get("user") or {}
    person = Person(
        id="case", name="", clearance=parse_level(user.get("clearance")), groups=frozenset(user.get("groups") or [])
    )
    known = [
        Known(document=f"known {n}", text=str(item.get("text", "")), label=_label(item))
        for n, item in enumerate(row.get("index") or [], 1)
    ]
    return Case(
        id=str(row.get("id", "")), parts=tuple(parts), person=person, passages=len(context), copies=Held(known, embed)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What became of a case: whether it may be sent, every reason why not, and what was seen."""

    sent: bool
    reasons: tuple[Reason, ...]
    findings: tuple[Finding, ...] = ()


def examine(case: Case, *, rulebook: Rulebook, detectors: Detectors) -> Examined:
    """The same steps as `decide.route`, in its order."""
    by_rule = _rules(Judged(label=PUBLIC), case, rulebook)
    if by_rule:
        return Examined(sent=False, reasons=by_rule)
    judged = judge(case.parts, ceiling=PUBLIC, base=PUBLIC, detectors=detectors, copies=case.copies)
    reasons = judged.reasons or _rules(judged, case, rulebook)
    return Examined(sent=not reasons, reasons=reasons, findings=judged.findings)


def _as_sent(earlier: Sequence[tuple[str, str]], question: str, context: Sequence[dict[str, Any]]) -> list[Part]:
    """The parts as they are read back from a request, so that what is measured is what is decided on."""
    stored = [str(item.get("text", "")) for item in context]
    messages = [*earlier, *(("user", f"> {text}") for text in stored), ("user", question)]
    places = {question: "question"} | {text: f"turn {n}" for n, (_, text) in enumerate(earlier, 1)}
    labels = {f"passage {n}": _label(item) for n, item in enumerate(context, 1)}
    return [
        replace(part, source=places.get(part.text, part.source), label=labels.get(part.source, PUBLIC))
        for part in read_parts(request_of(messages, url=URL), passages=stored)
    ]


def rows(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """Each line as an object. Raises UsageError with the line's number."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if not isinstance(row, dict):
            raise UsageError(
                f"Line {number} is not a JSON object.", cure="See policies/README.md for the form of a row."
            )
        yield row


def read_rows(path: Path) -> list[dict[str, Any]]:
    try:
        with path.open("rb") as file:
            return list(rows(file))
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}).", cure="Name a file of JSON lines.") from None


def _label(item: dict[str, Any]) -> Label:
    """Missing, empty or unknown counts as above public."""
    named = item.get("label")
    known = isinstance(named, str) and named in _LEVELS
    return Label(level=parse_level(named)) if known else TOP


def _rules(judged: Judged, case: Case, rulebook: Rulebook) -> tuple[Reason, ...]:
    facts = escalation_facts(
        judged, ceiling=PUBLIC, outside=Outside.PUBLIC, kind=Kind.GENERAL, wanted=True, passages=case.passages
    )
    return rules_on(case.person, rulebook, DESTINATION, facts)[0]
