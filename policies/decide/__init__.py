"""Deciding: may this person ask, and may exactly these bytes leave.

What is promised: `route` decides on the serialised request, not on what was meant to be in it. The label of
every part is joined, most restrictive wins; rules, detectors and doubts may only tighten; whatever cannot be
checked (an error, a time-out, an unknown language, a text too long) means *answered here*, with a reason
whose code starts with UNCERTAIN_. Only this file makes a `ReleasedPrompt`.

Verdicts, strictest first: refuse, answered here, ask a second person, send with invented names, send.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from secrets import token_bytes
from typing import Any, Protocol, TypeVar

from policies.copies.base import Copies
from policies.decide import pseudonyms, wording
from policies.decide.facts import escalation_facts, rules_on
from policies.decide.judging import Judged, judge
from policies.decide.parts import Part, read_parts, unsent
from policies.decisions import (
    AnswerLocally,
    AskHuman,
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
from policies.vocabulary import Kind, Prompt, Question

RELEASE_LASTS = 60_000_000  # microseconds
_WITH_PASSAGES = (Outside.PUBLIC, Outside.CONTRACTED)
T = TypeVar("T")


class PublicKey(Protocol):
    """An Ed25519 public key."""

    def verify(self, signature: bytes, data: bytes) -> None:
        """Raises when `signature` is not the key's over `data`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What a decision rests on, as it is now. `approved` says whether a second person has agreed that the request
    with this digest may leave; `frames` are the product's own instructions to a model; `secret` is the key to invented
    names. Without detectors or copies nothing can be checked, so nothing leaves."""

    rulebook: Rulebook
    outside: Outside
    destination: Destination | None
    detectors: Detectors | None
    copies: Copies | None
    label_versions: str
    clock: Callable[[], int]
    approved: Callable[[str], bool] = frozenset[str]().__contains__
    frames: frozenset[str] = frozenset()
    secret: bytes = field(default_factory=partial(token_bytes, 32), repr=False)


# -- before retrieval ----------------------------------------------------------------------------------


def admit(
    question: Question, *, rulebook: Rulebook, outside: Outside, destination: Destination | None
) -> Ceiling | Refuse:
    """Whether this person may ask this at all, and the most that may be retrieved for it."""
    # 1 the rules about people and kinds of question
    verdict = rulebook.ask(question.person, Action.ASK, HOUSE, {"kind": str(question.kind)})
    reasons = wording.by_rules(verdict.reasons, "question")
    if not verdict.allowed:
        return Refuse(reasons=reasons, label=question.conversation_label, rulebook=rulebook.digest)
    # 2 can it go outside? then nothing above that ceiling is retrieved for it
    closed = _closed(question, outside, destination)
    if closed is None and destination is not None:
        wanted = outside in _WITH_PASSAGES and not question.bare
        passages = wanted and _could_leave(question, rulebook, outside, destination)
        return Ceiling(label=ceiling_of(outside, destination), outside=True, passages=passages, reasons=reasons)
    # 3 answered here: what the person may read, which the index and the catalogue hold to
    documents = question.kind is Kind.DOCUMENTS
    reasons += (closed,) if closed else ()
    return Ceiling(label=TOP if documents else PUBLIC, outside=False, passages=documents, reasons=reasons)


def ceiling_of(outside: Outside, destination: Destination) -> Label:
    """The most that this step of the ladder lets this destination have. No step lets a category pass."""
    highest = {Outside.PUBLIC: Level.PUBLIC, Outside.CONTRACTED: Level.INTERNAL}.get(outside, Level.PUBLIC)
    return Label(level=min(highest, destination.ceiling.level))


# -- before sending ------------------------------------------------------------------------------------


def route(
    prompt: Prompt, outgoing: Outgoing | None, grounds: Grounds, *, key: Callable[[bytes], bytes] | None
) -> Decision:
    """Where this prompt is answered. Anything that goes wrong means here."""
    label = _label_of(prompt)
    # 1 is outside possible at all? decided without looking at any text
    closed = _closed(prompt.question, grounds.outside, grounds.destination)
    if closed is None and outgoing is not None and not _is_ready(grounds):
        closed = wording.doubt("UNCERTAIN_DETECTOR", "request")
    if closed is not None or outgoing is None or key is None:
        return AnswerLocally(reasons=(closed or wording.NOT_READY,), label=label, rulebook=grounds.rulebook.digest)
    try:
        # 2 what would leave decides
        return _route(prompt, outgoing, grounds, label, key)
    except Exception as error:  # noqa: BLE001  whatever broke, the answer is the same: here
        return AnswerLocally(reasons=(wording.error(error),), label=label, rulebook=grounds.rulebook.digest)


def _route(
    prompt: Prompt, outgoing: Outgoing, grounds: Grounds, label: Label, key: Callable[[bytes], bytes]
) -> Decision:
    destination = grounds.destination
    assert destination is not None
    # 3 the address, the labels, and every text in the bytes
    ceiling = ceiling_of(grounds.outside, destination)
    before = unsent(prompt)
    parts = read_parts(outgoing, prompt, frames=grounds.frames, before=before)
    judged = _judge(parts, grounds, ceiling=ceiling, base=label)
    reasons = judged.reasons + _not_for(outgoing, destination)
    surrogates: tuple[tuple[str, str], ...] = ()
    typed = {part.text for part in parts if part.depth is Depth.TYPED}  # some names of documents too
    stored = tuple(part.text for part in parts if part.depth is Depth.STORED and part.text not in typed)
    # 4 nothing but a person's details, under a contract that allows it: invented ones instead, judged anew
    if reasons and pseudonyms.may_help(reasons, label, ceiling, destination, grounds.outside):
        secret = pseudonyms.key_of(grounds.secret, prompt.question)
        masked = pseudonyms.mask(outgoing, _given(grounds.detectors), key=secret, stored=stored, frames=grounds.frames)
        if masked is not None:
            outgoing, surrogates, stored = masked.outgoing, masked.surrogates, masked.stored
            judged = _judge(
                read_parts(outgoing, passages=stored, frames=grounds.frames, before=before),
                grounds,
                ceiling=ceiling,
                base=pseudonyms.without_personal(label),
            )
            reasons = judged.reasons + _not_for(outgoing, destination)
    # 5 the rules about the person, and whether a second person has agreed
    facts = escalation_facts(
        judged, ceiling=ceiling, outside=grounds.outside, kind=prompt.question.kind,
        wanted=prompt.question.allow_outside, passages=len(prompt.passages),
        pseudonymised=bool(surrogates), approved=grounds.approved(outgoing.digest),
    )  # fmt: skip
    refused, human = rules_on(prompt.question.person, grounds.rulebook, as_destination(destination), facts)
    stated: dict[str, Any] = {"label": judged.label, "rulebook": grounds.rulebook.digest, "facts": facts}
    if reasons or (refused and not human):
        return AnswerLocally(reasons=reasons + refused, **stated)
    if refused:
        return AskHuman(reasons=refused, outgoing=outgoing, **stated)
    # 6 yes: for these bytes, this destination, these labels and rules, for a minute
    released = ReleasedPrompt.sign(
        outgoing,
        destination=destination.id,
        rulebook=grounds.rulebook.digest,
        label_versions=grounds.label_versions,
        expires=grounds.clock() + RELEASE_LASTS,
        passages=stored,
        key=key,
    )
    return Escalate(
        released=released,
        surrogates=surrogates,
        verdict="pseudonymise" if surrogates else "send",
        reasons=(wording.WITHIN,),
        **stated,
    )


def check_released(released: ReleasedPrompt, grounds: Grounds, *, public: PublicKey) -> None:
    """The door's second decision, on the exact bytes. Raises RefusedError; returns only when they may leave."""
    # 1 made by decide, for these bytes
    try:
        public.verify(released.signature, released.signed)
    except Exception as error:
        raise RefusedError("The release was not signed for these bytes (SIGNATURE).") from error
    # 2 for now, for here, by the same rules and labels
    destination, now = grounds.destination, grounds.clock()
    refusals = {
        "EXPIRED": now > released.expires,
        "CLOCK": released.expires > now + RELEASE_LASTS,  # made by a clock that is ahead of this one
        "CLOSED": grounds.outside is Outside.CLOSED,
        "DESTINATION": destination is None or released.destination != destination.id,
        "ADDRESS": destination is None or bool(_not_for(released.outgoing, destination)),
        "RULES": released.rulebook != grounds.rulebook.digest,
        "LABELS": released.label_versions != grounds.label_versions,
        "NOT_READY": not _is_ready(grounds),
    }
    for code, refused in refusals.items():
        if refused:
            raise RefusedError(f"The release does not hold any more ({code}).", cure="Ask again.")
    assert destination is not None
    # 3 and nothing is found in them now
    ceiling = ceiling_of(grounds.outside, destination)
    try:
        parts = read_parts(released.outgoing, passages=released.passages, frames=grounds.frames)
        judged = _judge(parts, grounds, ceiling=ceiling, base=PUBLIC)
    except Exception as error:
        raise RefusedError("The second look at the request could not be finished (UNCERTAIN_ERROR).") from error
    if judged.reasons:
        raise RefusedError(f"The second look at the request found a reason to stop ({judged.reasons[0].rule}).")


# -- what is known without looking at text -------------------------------------------------------------


def _closed(question: Question, outside: Outside, destination: Destination | None) -> Reason | None:
    """Why this question cannot go outside whatever it says; None when it might."""
    if question.kind is Kind.DOCUMENTS:
        return wording.DOCUMENTS
    if question.kind is Kind.OWN_TEXT:
        return wording.OWN_TEXT
    if outside is Outside.CLOSED:
        return wording.CLOSED
    if not question.allow_outside:
        return wording.NOT_ASKED
    return wording.NOT_READY if destination is None else None


def _could_leave(question: Question, rulebook: Rulebook, outside: Outside, destination: Destination) -> bool:
    """Whether the rules could let anything of this person and conversation go: for what cannot, nothing is fetched."""
    ceiling, label = ceiling_of(outside, destination), question.conversation_label
    if pseudonyms.may_help((), label, ceiling, destination, outside):
        label = pseudonyms.without_personal(label)
    facts = escalation_facts(
        Judged(label=label), ceiling=ceiling, outside=outside, kind=question.kind,
        wanted=question.allow_outside, passages=0, approved=True,
    )  # fmt: skip
    return not rules_on(question.person, rulebook, as_destination(destination), facts)[0]


def _judge(parts: Sequence[Part], grounds: Grounds, *, ceiling: Label, base: Label) -> Judged:
    return judge(parts, ceiling=ceiling, base=base, detectors=_given(grounds.detectors), copies=_given(grounds.copies))


def _given(value: T | None) -> T:
    assert value is not None, "nothing is judged before everything that looks is there"
    return value


def _is_ready(grounds: Grounds) -> bool:
    return None not in (grounds.destination, grounds.detectors, grounds.copies)


def _not_for(outgoing: Outgoing, destination: Destination) -> tuple[Reason, ...]:
    """The address must lie under the destination's own: same scheme, host, port and folder."""
    base = destination.base_url.rstrip("/")
    under = outgoing.url == base or outgoing.url.startswith((base + "/", base + "?"))
    return () if base and under and "/.." not in outgoing.url else (wording.WRONG_ADDRESS,)


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
