"""What `ask.answer_question` yields: a closed union that every face consumes and none decides about.

Order: Phase… Passages Decided Phase… Sentence… Finished. Nothing that was yielded is ever taken back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from policies.decisions import Decision
from policies.labels import Label
from policies.vocabulary import Citation, Passage


class Step(StrEnum):
    """Where the walk is, for a face to say while the person waits."""

    SEARCHING = "searching"
    DECIDING = "deciding"
    LOADING = "loading"
    WRITING = "writing"
    SENDING = "sending"


class Outcome(StrEnum):
    ANSWERED = "answered"
    PARTLY = "partly"
    ABSTAINED = "abstained"
    REFUSED = "refused"
    PASSAGES_ONLY = "passages_only"


class Standing(StrEnum):
    """What grounding found about a sentence."""

    SUPPORTED = "supported"  # stands in a cited passage
    QUOTED = "quoted"  # did not stand; the passage's own words are shown in its place
    UNCHECKED = "unchecked"  # general knowledge: nothing to check it against
    NOTICE = "notice"  # our own words: nothing found, refused, the model is down


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    step: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Passages:
    """Shown before anything is generated. `withheld` counts hits that a rule kept back; no face shows it to staff."""

    passages: tuple[Passage, ...]
    withheld: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """`record` is where the decision stands in the record."""

    decision: Decision
    record: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One sentence, checked. Its citations carry the condition that must be shown beside it.
    `paragraph` starts a new one before this sentence; `heading` says it is a heading line."""

    text: str
    standing: Standing
    citations: tuple[Citation, ...] = ()
    paragraph: bool = False
    heading: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    outcome: Outcome
    route: str  # local, escalated, none
    model: str
    label: Label  # of the conversation from now on
    conversation: str
    record: int  # index of QuestionAsked: the reference a person quotes
    demonstration: bool = False
    removed: int = 0  # sentences that were written and stood nowhere
    timing_ms: dict[str, int] = field(default_factory=dict)


Event = Phase | Passages | Decided | Sentence | Finished


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """All events folded into one."""

    text: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    passages: tuple[Passage, ...]
    decision: Decision | None
    finished: Finished
