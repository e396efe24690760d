"""The minutes of one question: what was shown, what is recorded of it, in what time.

Every question that was opened is closed, once: answered, failed or abandoned.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assistant import answers, phrases
from assistant.answers import Outcome, Sentence, Standing
from assistant.generation.base import Generator
from ingest.spot import spot
from policies.audit import events
from policies.audit.events import Content, Recorder
from policies.decisions import AskHuman, Decision, Destination, Escalate, Outgoing, Refuse
from policies.errors import UnavailableError
from policies.labels import Label
from policies.vocabulary import Citation, Passage, Question


@dataclass(slots=True)
class Minutes:
    """`asked` and `decision` are indexes in the record, -1 before they are there."""

    question: Question
    recorder: Recorder
    asked: int = -1
    decision: int = -1
    removed: int = 0
    closed: bool = False
    label: Label = field(init=False)
    who: dict[str, Any] = field(init=False)
    shown: list[Sentence] = field(default_factory=list)
    citations: dict[tuple[str, str], Citation] = field(default_factory=dict)
    timing: dict[str, int] = field(default_factory=dict)
    started: float = field(default_factory=time.perf_counter)

    def __post_init__(self) -> None:
        self.label = self.question.conversation_label
        person, actor = self.question.person.id, self.question.actor
        self.who = {"actor": actor, "on_behalf_of": person} if actor else {"actor": person}

    # -- recording ---------------------------------------------------------------------------------------

    def open(self) -> None:
        """The question, durable before anything is done about it."""
        event = events.QuestionAsked(
            **self.who,
            conversation=self.question.conversation,
            question_kind=self.question.kind,
            label=str(self.question.conversation_label),
        )
        self.asked = self.recorder.append(event, {"question": self._mine(self.question.text)})

    def decided(
        self,
        decision: Decision,
        passages: Sequence[Passage] = (),
        outgoing: Outgoing | None = None,
        destination: Destination | None = None,
        withheld: int = 0,
    ) -> answers.Decided:
        """The decision, with what the prompt holds, durable before any of it is shown or sent."""
        if isinstance(decision, Escalate):
            outgoing = decision.released.outgoing  # what leaves, which need not be what was judged first
        asked = decision.outgoing if isinstance(decision, AskHuman) else None
        outgoing = asked or outgoing
        waiting = {"body": self._mine(asked.body.decode())} if asked else {}
        self.decision = self.recorder.append(
            events.Decided(
                **self.who,
                question=self.asked,
                verdict=decision.verdict,
                reasons=[{"rule": r.rule, "source": r.source, "detail": r.detail} for r in decision.reasons],
                label=str(decision.label),
                rulebook=decision.rulebook,
                destination=destination.id if outgoing and destination else "",
                outgoing=outgoing.digest if outgoing else "",
                outgoing_size=len(outgoing.body) if outgoing else 0,
                passages=[_as_used(passage) for passage in passages],
                withheld=withheld,
                facts={} if isinstance(decision, Refuse) else _as_recorded(decision.facts),
                configured={"id": destination.id, "host": destination.host} if destination else {},
            ),
            waiting,
        )
        return answers.Decided(decision=decision, record=self.decision)

    def door_shut(self, step: str) -> None:
        """A step of the door said no to what was to be sent."""
        said = {"rule": f"DOOR_{step.upper()}", "source": "destination",
                "detail": "The door said no at this step: not a byte left."}  # fmt: skip
        self.recorder.append(events.DoorShut(**self.who, question=self.asked, decision=self.decision, reasons=[said]))

    def finish(
        self, outcome: Outcome, *, route: str, generator: Generator | None = None, model: str = ""
    ) -> answers.Finished:
        """The answer, durable; then the last event."""
        self.timing["total"] = self._elapsed()
        name = generator.name if generator else model
        self.close(
            events.Answered(
                **self.who,
                closes=self.asked,
                outcome=outcome,
                route=route,
                label=str(self.label),
                model=name,
                model_digest=_digest(generator) if generator else "",
                shown=len(self.shown),
                removed=self.removed,
                citations=[_as_cited(citation) for citation in self.citations.values()],
                timing_ms=dict(self.timing),
            )
        )
        return answers.Finished(
            outcome=outcome,
            route=route,
            model=name,
            label=self.label,
            conversation=self.question.conversation,
            record=self.asked,
            demonstration=bool(generator and generator.demonstration),
            removed=self.removed,
            timing_ms=dict(self.timing),
        )

    def close(self, event: events.Answered | events.Failed | events.Abandoned) -> None:
        """Close the question, if it was opened and is not closed yet, with all that was shown."""
        if self.asked < 0 or self.closed:
            return
        self.closed = True
        text = phrases.as_text(self.shown)
        self.recorder.append(event, {"answer": self._mine(text)} if text else {})

    # -- showing -----------------------------------------------------------------------------------------

    def show(self, sentence: Sentence) -> Sentence:
        self.timing.setdefault("first_sentence", self._elapsed())
        self.shown.append(sentence)
        return sentence

    def notice(self, text: str) -> Sentence:
        """Our own words, in a paragraph of their own."""
        return self.show(Sentence(text=text, standing=Standing.NOTICE, paragraph=True))

    def was_shown(self, sentence: Sentence) -> bool:
        """Whether it stands there already, as a sentence or as the condition beside one."""
        return any(
            sentence.text == earlier.text or any(sentence.text in cited.condition for cited in earlier.citations)
            for earlier in self.shown
        )

    def cite(self, passage: Passage, quote: str, condition: str) -> Citation:
        """The citation for a quote. The same quote keeps its number."""
        key = (passage.chunk.id, quote)
        if key not in self.citations:
            chunk, document = passage.chunk, passage.document
            self.citations[key] = Citation(
                n=len(self.citations) + 1,
                chunk=chunk.id,
                document=document.id,
                version=document.version,
                source=document.source.path,
                title=document.title,
                page=chunk.page,
                heading=chunk.heading,
                quote=quote,
                condition=condition,
                label=chunk.label.raised(document.label),
                rows=chunk.rows,
                spot=spot(document, chunk),
            )
        return self.citations[key]

    def outcome(self) -> Outcome:
        """Answered, or partly when something that was written had to go."""
        if all(sentence.standing is Standing.NOTICE for sentence in self.shown):
            return Outcome.PASSAGES_ONLY
        return Outcome.PARTLY if self.removed else Outcome.ANSWERED

    def mark(self, name: str) -> None:
        """How long this step took, in milliseconds."""
        self.timing[name] = self._elapsed() - sum(self.timing.values())

    def _elapsed(self) -> int:
        return round((time.perf_counter() - self.started) * 1000)

    def _mine(self, text: str) -> Content:
        return Content(text=text, owner=f"person:{self.question.person.id}")


def _digest(generator: Generator) -> str:
    """Which model it was; empty for one that cannot say any more because it is gone."""
    try:
        return generator.digest
    except UnavailableError:
        return ""


def _as_recorded(facts: Mapping[str, Any]) -> dict[str, Any]:
    """A record holds no booleans: they stand as 1 and 0."""
    return {name: int(value) if isinstance(value, bool) else value for name, value in facts.items()}


def _as_used(passage: Passage) -> dict[str, Any]:
    return {
        "chunk": passage.chunk.id,
        "document": passage.document.id,
        "version": passage.document.version,
        "label": str(passage.chunk.label.raised(passage.document.label)),
        "rank": passage.rank,
    }


def _as_cited(citation: Citation) -> dict[str, Any]:
    return {
        "n": citation.n,
        "chunk": citation.chunk,
        "document": citation.document,
        "version": citation.version,
        "page": citation.page,
    }
