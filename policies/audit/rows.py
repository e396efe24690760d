"""What a reader of the record is given: rows, and all that stands behind one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from policies.audit import folding
from policies.audit.forms import fields_of
from policies.decisions import Reason
from policies.labels import Level, join, parse_label

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the record: a question with all that followed, an ingestion job, or a single record."""

    seq: int
    time: int
    person: str  # on whose behalf; a pseudonym
    actor: str  # who did it; differs from `person` when somebody acted for another
    action: str
    outcome: str
    summary: str  # one sentence, or a few words more than `outcome`
    level: str  # empty when the records have no label
    label: str
    destination: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedItem:
    """A sealed text that a record points to."""

    record: int
    name: str  # question, answer, body, why
    item: str
    mac: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """One of the records behind a row. `body` is its exact text."""

    seq: int
    time: int
    kind: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """All that is recorded about one row."""

    row: Row
    related: tuple[Related, ...]
    reasons: tuple[Reason, ...]
    passages: tuple[Mapping[str, Any], ...]  # that went into the prompt, or were shown
    withheld: int
    rulebook: str
    model: str
    model_digest: str
    outgoing: str  # SHA-256 of the request that was judged, empty when none was made
    sealed: tuple[SealedItem, ...]
    revealed: tuple[int, ...]  # the records of those who opened these contents before
    position: int  # of the first record in the tree
    size: int  # of the tree


def build_row(
    seq: int,
    bodies: Sequence[Body],
    *,
    time: int,
    action: str,
    outcome: str,
    level: int,
    person: str,
    actor: str,
) -> Row:
    """A row from what was folded and from the records behind it."""
    reasons = tuple(reason for body in bodies for reason in _reasons(body))
    labels = [parse_label(str(body["label"])) for body in bodies if body.get("label")]
    sent = next((str(body["destination"]) for body in bodies if body.get("destination")), "")
    return Row(
        seq=seq,
        time=time,
        person=person,
        actor=actor,
        action=action,
        outcome=outcome,
        summary=_summary(bodies, action, outcome),
        level=str(Level(level)) if level >= 0 else "",
        label=str(join(labels)) if labels else "",
        destination=sent if outcome == folding.SENT else "",
        reasons=reasons,
    )


def build_detail(row: Row, related: tuple[Related, ...], revealed: tuple[int, ...], size: int) -> Detail:
    bodies = [(one.seq, fields_of(one.body)) for one in related]
    last: dict[str, Any] = {}
    for _, body in bodies:
        last |= {name: value for name, value in body.items() if value}  # what a later record says, counts
    return Detail(
        row=row,
        related=related,
        reasons=tuple(reason for _, body in bodies for reason in _reasons(body)),
        passages=tuple(used if isinstance(used := last.get("passages"), list) else _shown(bodies)),
        withheld=max((_count(body.get("withheld")) for _, body in bodies), default=0),
        rulebook=str(last.get("rulebook", "")),
        model=str(last.get("model", "")),
        model_digest=str(last.get("model_digest", "")),
        outgoing=str(last.get("outgoing", "")),
        sealed=tuple(
            SealedItem(record=seq, name=name, item=str(entry["sealed"]), mac=str(entry["mac"]))
            for seq, body in bodies
            for name, entry in _commitments(body)
        ),
        revealed=revealed,
        position=row.seq,
        size=size,
    )


def _reasons(body: Body) -> list[Reason]:
    found = body.get("reasons")
    return [
        Reason(rule=str(one.get("rule", "")), source=str(one.get("source", "")), detail=str(one.get("detail", "")))
        for one in (found if isinstance(found, list) else [])
        if isinstance(one, dict)
    ]


def _summary(bodies: Sequence[Body], action: str, outcome: str) -> str:
    """A few words more than the outcome."""
    last = bodies[-1] if bodies else {}
    if action == folding.ASK:
        ended = next((body for body in bodies if body.get("kind") in ("Answered", "Failed", "Abandoned")), {})
        if shown := ended.get("citations"):
            return f"{outcome}, {len(shown)} passage(s) cited"
        return f"{outcome}: {ended['reason']}" if ended.get("reason") else outcome
    if isinstance(last.get("shown"), list):
        kept = f", {last['withheld']} withheld" if last.get("withheld") else ""
        return f"{len(last['shown'])} shown{kept}"
    about = last.get("record", last.get("first"))
    if last.get("kind") in ("Revealed", "RecordRead") and isinstance(about, int) and about >= 0:
        return f"{outcome}: record {about}"
    return outcome


def _commitments(body: Body) -> list[tuple[str, Mapping[str, Any]]]:
    found = body.get("commitments")
    return [
        (str(name), entry)
        for name, entry in (found.items() if isinstance(found, dict) else ())
        if isinstance(entry, dict) and {"sealed", "mac"} <= entry.keys()
    ]


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0


def _shown(bodies: Sequence[tuple[int, Body]]) -> list[Body]:
    return [one for _, body in bodies if isinstance(body.get("shown"), list) for one in body["shown"]]
