"""Deciding: may this person ask, and may exactly these bytes leave.

What is promised: `route` decides on the serialised request, not on what was meant to be in it. The label of
every part is joined, most restrictive wins; rules, detectors and doubts may only tighten; whatever cannot be
checked (an error, a time-out, an unknown language, a text too long) means *answered here*, with a reason
whose code starts with UNCERTAIN_. Only this file makes a `ReleasedPrompt`.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from policies.decisions import (
    AnswerLocally,
    Ceiling,
    Decision,
    Destination,
    Escalate,
    Outgoing,
    Outside,
    Reason,
    Refuse,
    ReleasedPrompt,
)
from policies.detect import Depth, Detectors
from policies.errors import RefusedError
from policies.labels import PUBLIC, TOP, Label, Level, join
from policies.rulebook import HOUSE, Action, Rulebook, as_destination
from policies.vocabulary import Finding, Kind, Prompt, Question

RELEASE_LASTS = 60_000_000  # microseconds
CUT_OFF = 3.0  # seconds for all detectors together
TURNS_TOGETHER = 6  # an identifier may be spread over this many turns
_PIECES = re.compile(r"(?<![^\W_])[A-Z]{0,4}-?\d[\dA-Z \-./]*(?<=[\dA-Z])(?![^\W_])")


class PublicKey(Protocol):
    """An Ed25519 public key."""

    def verify(self, signature: bytes, data: bytes) -> None:
        """Raises when `signature` is not the key's over `data`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One text of what would be sent: where it stands, its label, and how far to look into it."""

    source: str
    text: str
    label: Label = PUBLIC
    depth: Depth = Depth.TYPED


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What all parts come to together: the join of labels and findings, and each reason once."""

    label: Label
    findings: tuple[Finding, ...]
    reasons: tuple[Reason, ...]
    doubts: int


# -- before retrieval ----------------------------------------------------------------------------------


def admit(
    question: Question, *, rulebook: Rulebook, outside: Outside, destination: Destination | None
) -> Ceiling | Refuse:
    """Whether this person may ask this at all, and the most that may be retrieved for it."""
    # 1 the rules about people and kinds of question
    verdict = rulebook.ask(question.person, Action.ASK, HOUSE, {"kind": str(question.kind)})
    reasons = _by_rules(verdict.reasons, "question")
    if not verdict.allowed:
        return Refuse(reasons=reasons, label=question.conversation_label, rulebook=rulebook.digest)
    # 2 can it go outside? then nothing above that ceiling is retrieved for it
    closed = _closed(question, outside, destination)
    if closed is None and destination is not None:
        return Ceiling(label=ceiling_of(outside, destination), outside=True, reasons=reasons)
    # 3 answered here: what the person may read, which the index and the catalogue hold to
    label = TOP if question.kind is Kind.DOCUMENTS else PUBLIC
    return Ceiling(label=label, outside=False, reasons=reasons + ((closed,) if closed else ()))


def ceiling_of(outside: Outside, destination: Destination) -> Label:
    """The most that this step of the ladder lets this destination have. No step lets a category pass."""
    highest = {Outside.PUBLIC: Level.PUBLIC, Outside.CONTRACTED: Level.INTERNAL}.get(outside, Level.PUBLIC)
    return Label(level=min(highest, destination.ceiling.level))


# -- before sending ------------------------------------------------------------------------------------


def route(
    prompt: Prompt,
    outgoing: Outgoing | None,
    *,
    rulebook: Rulebook,
    outside: Outside,
    destination: Destination | None,
    detectors: Detectors | None,
    key: Callable[[bytes], bytes] | None,
    clock: Callable[[], int],
    label_versions: str,
) -> Decision:
    """Where this prompt is answered. Anything that goes wrong means here."""
    label = _label_of(prompt)
    # 1 is outside possible at all? decided without looking at any text
    closed = _closed(prompt.question, outside, destination)
    if closed is not None:
        return AnswerLocally(reasons=(closed,), label=label, rulebook=rulebook.digest)
    if destination is None or outgoing is None or detectors is None or key is None:
        return AnswerLocally(reasons=(_NOT_READY,), label=label, rulebook=rulebook.digest)
    try:
        # 2 labels alone may decide; 3 then the rules about the person; 4 then every text in the bytes
        judged = judge(
            read_parts(outgoing, prompt), ceiling=ceiling_of(outside, destination), base=label, detectors=detectors
        )
        refused = _rules_refuse(
            judged, prompt, rulebook=rulebook, outside=outside, destination=destination
        ) or _not_for(outgoing, destination)
    except Exception as error:  # noqa: BLE001  whatever broke, the answer is the same: here
        reason = Reason(rule="UNCERTAIN_ERROR", source="request", detail=f"Checking failed ({type(error).__name__}).")
        return AnswerLocally(reasons=(reason,), label=label, rulebook=rulebook.digest)
    if judged.reasons or refused:
        return AnswerLocally(reasons=judged.reasons + refused, label=judged.label, rulebook=rulebook.digest)
    # 5 yes: for these bytes, this destination, these labels and rules, for a minute
    released = ReleasedPrompt.sign(
        outgoing,
        destination=destination.id,
        rulebook=rulebook.digest,
        label_versions=label_versions,
        expires=clock() + RELEASE_LASTS,
        key=key,
    )
    reasons = (Reason(rule="within-ceiling", source="request", detail="Nothing above what may go outside was found."),)
    return Escalate(released=released, reasons=reasons, label=judged.label, rulebook=rulebook.digest)


def check_released(
    released: ReleasedPrompt,
    *,
    public: PublicKey,
    clock: Callable[[], int],
    rulebook: Rulebook,
    outside: Outside,
    destination: Destination,
    detectors: Detectors,
    label_versions: str,
) -> None:
    """The door's second decision, on the exact bytes. Raises RefusedError; returns only when they may leave."""
    # 1 made by decide, for these bytes
    message = ReleasedPrompt.message(
        released.outgoing.digest, released.destination, released.rulebook, released.label_versions, released.expires
    )
    try:
        public.verify(released.signature, message)
    except Exception as error:
        raise RefusedError("The release was not signed for these bytes (SIGNATURE).") from error
    # 2 for now, for here, by the same rules and labels
    refusals = {
        "EXPIRED": not clock() <= released.expires <= clock() + RELEASE_LASTS,
        "CLOSED": outside is Outside.CLOSED,
        "DESTINATION": released.destination != destination.id or bool(_not_for(released.outgoing, destination)),
        "RULES": released.rulebook != rulebook.digest,
        "LABELS": released.label_versions != label_versions,
    }
    for code, refused in refusals.items():
        if refused:
            raise RefusedError(f"The release does not hold any more ({code}).", cure="Ask again.")
    # 3 and nothing is found in them now
    ceiling = ceiling_of(outside, destination)
    try:
        judged = judge(read_parts(released.outgoing, None), ceiling=ceiling, base=PUBLIC, detectors=detectors)
    except Exception as error:
        raise RefusedError("The second look at the request could not be finished (UNCERTAIN_ERROR).") from error
    if judged.reasons:
        raise RefusedError(f"The second look at the request found a reason to stop ({judged.reasons[0].rule}).")


# -- what stands in the request --------------------------------------------------------------------------


def read_parts(outgoing: Outgoing, prompt: Prompt | None) -> list[Part]:
    """Every text in the request: each string of the body, whatever it is called, the address, the headers.

    A passage of the prompt is looked at as stored text, under its own label; what stands around it, as typed.
    Raises ValueError for a body that is not JSON.
    """
    strings = list(_strings(json.loads(outgoing.body.decode("utf-8"), object_pairs_hook=list)))
    known = [passage.chunk.text for passage in prompt.passages] if prompt else []
    parts = [Part(source=f"passage {n}", text=text, depth=Depth.STORED) for n, text in enumerate(known, 1)]
    prose: list[str] = []
    rest = [f"{outgoing.method} {outgoing.url}", *(f"{name}: {value}" for name, value in outgoing.headers)]
    for text in strings:
        text = _without(text, known)
        (prose if " " in text.strip() or len(text) > 40 else rest).append(text)
    system = prompt.system if prompt else ""
    parts += [Part(source=_place(text, prompt), text=text) for text in prose if text and text != system]
    parts += [Part(source="request", text=text, depth=Depth.REQUEST) for text in (system, "\n".join(rest))]
    if prompt is not None:
        parts += together([*(turn.text for turn in prompt.history if turn.role == "user"), prompt.question.text])
    return parts


def _without(text: str, passages: Sequence[str]) -> str:
    """`text` without the lines of passages, which a prompt quotes with `>`: those are looked at as passages. A line
    that was altered on the way stays, and is looked at as if it had been typed."""
    for passage in passages:
        text = text.replace(passage, "\n")
    lines = {line.strip() for passage in passages for line in passage.splitlines() if line.strip()}
    kept = (line for line in text.splitlines() if line.removeprefix(">").strip() not in lines)
    return "\n".join(kept) if lines else text


def together(typed: Sequence[str]) -> list[Part]:
    """What somebody typed over the last turns, read as one: an identifier may be spread over them."""
    last = [text for text in typed if text.strip()][-TURNS_TOGETHER:]
    if len(last) < 2:
        return []
    pieces = "".join(piece for text in last for piece in _PIECES.findall(text))
    read = ["".join(last), " ".join(last), f"{' '.join(last)}\n{pieces}"]
    return [Part(source="turns together", text=text, depth=Depth.REQUEST) for text in read]


def judge(parts: Iterable[Part], *, ceiling: Label, base: Label, detectors: Detectors) -> Judged:
    """Join the labels and the findings of all parts; say every reason why they may not go to `ceiling`.

    Adding a part never loosens; order and repetition do not matter. When the labels alone decide, no text
    is looked at.
    """
    parts = list(dict.fromkeys(parts))
    label = join([base, *(part.label for part in parts)])
    reasons = [_above(part) for part in parts if not part.label.flows_to(ceiling)]
    if not base.flows_to(ceiling) and not reasons:
        reasons.append(Reason(rule="LABEL_ABOVE_CEILING", source="conversation", detail=_ABOVE))
    if reasons:
        return Judged(label=label, findings=(), reasons=tuple(dict.fromkeys(reasons)), doubts=0)
    deadline = time.monotonic() + CUT_OFF
    findings: list[Finding] = []
    doubts = 0
    for part in parts:
        scan = detectors.scan(part.text, part.depth, deadline=deadline)
        findings += scan.findings
        label = label.raised(scan.label)
        doubts += len(scan.doubts)
        reasons += [Reason(rule=code, source=part.source, detail=_DOUBTS[code]) for code in scan.doubts]
        reasons += [_found(finding, part.source) for finding in scan.findings if not _allowed(finding, ceiling)]
    return Judged(label=label, findings=tuple(findings), reasons=tuple(dict.fromkeys(reasons)), doubts=doubts)


def label_text(text: str, detectors: Detectors) -> tuple[Label, list[Finding]]:
    """The label that a text's content gives it, and why. What was not looked at in full is `TOP`."""
    scan = detectors.scan(text)
    return (TOP if scan.doubts else scan.label), list(scan.findings)


def in_words(decision: Decision | Refuse) -> str:
    """The decision for the person who asked: a sentence, and never anybody's text."""
    if isinstance(decision, Escalate):
        return "Answered outside. General knowledge, not from our documents, not checked."
    first = decision.reasons[0].rule
    if isinstance(decision, Refuse):
        return (
            f"Your organisation has a rule for questions of this kind (rule {first}). "
            "It is the same for everyone in your group."
        )
    if first in _PLAIN:
        return "Answered here."
    return f"Answered here, not outside: {_in_words(decision.reasons)}"


# -- reasons -------------------------------------------------------------------------------------------

_ABOVE = "Something here is labelled above what may go outside."
_PLAIN = {"LADDER_CLOSED", "NOT_ASKED", "KIND_DOCUMENTS", "KIND_OWN_TEXT", "NO_DESTINATION"}
_NOT_READY = Reason(rule="NO_DESTINATION", source="destination", detail="There is nowhere to send this, or no key.")
_DOUBTS = {
    "UNCERTAIN_TRUNCATED": "The text is too long to be looked at in full.",
    "UNCERTAIN_OPAQUE": "The text holds something that cannot be read.",
    "UNCERTAIN_LANGUAGE": "The text is in a language that cannot be checked.",
    "UNCERTAIN_TIMEOUT": "Checking took too long.",
    "UNCERTAIN_DETECTOR": "A check could not be made.",
}
_SEEMS = {
    "health": "it seems to hold details of somebody's health.",
    "personal": "your question seems to hold details of a person.",
    "credentials": "it seems to hold a password, a key or how a system is protected.",
    "payment": "it seems to hold payment details.",
    "privileged": "it seems to hold something told to a lawyer in confidence.",
    "market-sensitive": "it seems to hold something your organisation has not published.",
}


def _in_words(reasons: Sequence[Reason]) -> str:
    rules = [reason.rule for reason in reasons]
    for category, words in _SEEMS.items():
        if _code(category) in rules:
            return words
    if any(rule.startswith("UNCERTAIN_") for rule in rules):
        return "it could not be checked in full."
    if "LABEL_ABOVE_CEILING" in rules:
        return "something in this conversation may not leave the house."
    return f"your organisation has a rule for this (rule {rules[0]})."


def _above(part: Part) -> Reason:
    return Reason(rule="LABEL_ABOVE_CEILING", source=part.source, detail=_ABOVE)


def _found(finding: Finding, source: str) -> Reason:
    seen = "" if finding.view == "raw" else f", in disguise ({finding.view})"
    detail = f"The detector {finding.detector} saw {finding.kind.lower().replace('_', ' ')}{seen}."
    return Reason(rule=_code(finding.category), source=source, detail=detail)


def _code(category: str) -> str:
    return f"FOUND_{category.upper().replace('-', '_')}"


def _allowed(finding: Finding, ceiling: Label) -> bool:
    return finding.category in ceiling.categories


def _by_rules(rules: Iterable[str], source: str) -> tuple[Reason, ...]:
    return tuple(Reason(rule=rule, source=source, detail=f"Rule {rule}.") for rule in rules)


def _closed(question: Question, outside: Outside, destination: Destination | None) -> Reason | None:
    """Why this question cannot go outside whatever it says; None when it might."""
    if question.kind is Kind.DOCUMENTS:
        return Reason(rule="KIND_DOCUMENTS", source="question", detail="Questions about documents are answered here.")
    if question.kind is Kind.OWN_TEXT:
        return Reason(rule="KIND_OWN_TEXT", source="question", detail="Questions about own text are answered here.")
    if outside is Outside.CLOSED:
        return Reason(rule="LADDER_CLOSED", source="destination", detail="This site sends nothing outside.")
    if not question.allow_outside:
        return Reason(rule="NOT_ASKED", source="question", detail="Nobody asked to send this outside.")
    return _NOT_READY if destination is None else None


def _not_for(outgoing: Outgoing, destination: Destination) -> tuple[Reason, ...]:
    """The address must lie under the destination's own: same scheme, host, port and folder."""
    base = destination.base_url.rstrip("/")
    if (
        base
        and (outgoing.url == base or outgoing.url.startswith((base + "/", base + "?")))
        and "/.." not in outgoing.url
    ):
        return ()
    return (Reason(rule="WRONG_ADDRESS", source="destination", detail="The request is for another address."),)


def _rules_refuse(
    judged: Judged, prompt: Prompt, *, rulebook: Rulebook, outside: Outside, destination: Destination
) -> tuple[Reason, ...]:
    verdict = rulebook.ask(
        prompt.question.person,
        Action.ESCALATE,
        as_destination(destination),
        escalation_context(
            judged,
            ceiling=ceiling_of(outside, destination),
            outside=outside,
            kind=prompt.question.kind,
            wanted=prompt.question.allow_outside,
            passages=len(prompt.passages),
        ),
    )
    return () if verdict.allowed else _by_rules(verdict.reasons, "rules")


def escalation_context(
    judged: Judged, *, ceiling: Label, outside: Outside, kind: Kind, wanted: bool, passages: int
) -> dict[str, Any]:
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
    }


def _label_of(prompt: Prompt) -> Label:
    """The join of everything: what the prompt states is only one of the voices."""
    return join(
        [
            prompt.label,
            prompt.question.conversation_label,
            *(turn.label for turn in (*prompt.history, *prompt.question.history)),
            *(passage.chunk.label.raised(passage.document.label) for passage in prompt.passages),
        ]
    )


def _place(text: str, prompt: Prompt | None) -> str:
    if prompt is None:
        return "request"
    for n, turn in enumerate(prompt.history, 1):
        if text.strip() == turn.text.strip():
            return f"turn {n}"
    return "question" if prompt.question.text.strip() in text else "request"


def _strings(value: Any) -> Iterable[str]:
    """Every string, and every long number, in a JSON value whose objects were read as lists of pairs."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, list | tuple):
            waiting.extend(reversed(item))
        elif isinstance(item, int | float) and not isinstance(item, bool):
            yield str(item)
