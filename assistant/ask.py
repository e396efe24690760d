"""One question becomes one answer. Read this page to know what happens to what a person types.

`answer_question` yields what a face may show, in order: phases, the passages, the decision, then checked sentences,
and `Finished` last. Nothing yielded is taken back. Closing the iterator cancels down to the model and records it.
The question, the decision and the passages are durable before anything is shown or a model is called; the sentences
are sealed together at the end, or when the answer breaks off. When something cannot be recorded the walk stops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol, assert_never

from assistant import answers, phrases
from assistant.answers import Event, Outcome, Phase, Sentence, Standing, Step
from assistant.checking import Checker
from assistant.errors import DoorError, DoorShutError
from assistant.generation.base import Generator, GeneratorError
from assistant.minutes import Minutes
from assistant.prompting import build_prompt
from assistant.retrieval import Retrieved
from policies import decide
from policies.audit.events import Abandoned, Failed, Recorder
from policies.decide.pseudonyms import restore
from policies.decisions import (
    AnswerLocally,
    AskHuman,
    Decision,
    Destination,
    Escalate,
    Outgoing,
    Outside,
    Refuse,
    ReleasedPrompt,
)
from policies.errors import RingfenceError, UnavailableError, UsageError
from policies.labels import PUBLIC, Label
from policies.rulebook import Rulebook
from policies.vocabulary import Kind, Passage, Prompt, Question

READ_BY_A_SMALL_MODEL = 3  # passages: it reads slowly, and more of them only confuse it


class Door(Protocol):
    """The one way out. `send` records the departure before the first byte leaves and its return afterwards."""

    destination: Destination

    def serialise(self, prompt: Prompt) -> Outgoing: ...

    def send(
        self, released: ReleasedPrompt, *, question: int, decision: int, actor: str = "system",
        holds: Callable[[], bool] = lambda: True,
    ) -> str: ...  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """Everything the walk uses. `writer` gives the model that writes prose; `quoter` only repeats the passages' own
    words, and answers in place of a demonstration model until somebody asks for prose. `door` is None while no
    destination is configured. `judge` is `decide.route` with the house's rules and keys."""

    rulebook: Rulebook
    retrieve: Callable[[Question, Label], Retrieved]
    writer: Callable[[], Generator]
    quoter: Generator
    checker: Checker
    judge: Callable[[Prompt, Outgoing | None, str], Decision]
    outside: Callable[[], Outside]
    door: Door | None
    raise_label: Callable[[str, Label], Label]
    recorder: Recorder
    longest_question: int


def answer_question(question: Question, means: Means) -> Iterator[Event]:
    """Walk one question to its end. Raises UsageError for one that cannot be asked; then nothing is recorded."""
    check_askable(question.text, means.longest_question)
    minutes = Minutes(question, means.recorder)
    try:
        yield from _walk(question, means, minutes)
    except GeneratorExit:
        minutes.close(Abandoned(**minutes.who, closes=minutes.asked, reason="stopped", shown=len(minutes.shown)))
        raise
    except RingfenceError as error:
        minutes.close(Failed(**minutes.who, closes=minutes.asked, reason=type(error).__name__))
        raise
    finally:
        # Whatever else went wrong is a fault of ours: the question must not stand open in the record.
        minutes.close(Failed(**minutes.who, closes=minutes.asked, reason="unexpected"))


def collect(stream: Iterator[Event]) -> answers.Answer:
    """Fold a whole stream into one value."""
    sentences: list[Sentence] = []
    passages: tuple[Passage, ...] = ()
    decision: Decision | None = None
    finished: answers.Finished | None = None
    for event in stream:
        match event:
            case Sentence():
                sentences.append(event)
            case answers.Passages():
                passages = event.passages
            case answers.Decided():
                decision = event.decision
            case answers.Finished():
                finished = event
            case Phase():
                pass
            case _:
                assert_never(event)
    if finished is None:
        raise UnavailableError("The answer did not come to its end.", cure="Ask again.")
    cited = {citation.n: citation for sentence in sentences for citation in sentence.citations}
    return answers.Answer(
        text=phrases.as_text(sentences),
        sentences=tuple(sentences),
        citations=tuple(cited[n] for n in sorted(cited)),
        passages=passages,
        decision=decision,
        finished=finished,
    )


def check_askable(text: str, longest: int) -> None:
    """Raise UsageError for a question that is empty, too long, or broken off within a character."""
    if not text.strip():
        raise UsageError("The question is empty.", cure="Type a question.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError("The question holds half a character.", cure="Type it again.") from None
    if len(text) > longest:
        raise UsageError(
            f"The question has {len(text):,} characters; at most {longest:,} can be asked.",
            cure="Shorten it, or take a long text in as a document and ask about it.",
        )


def _walk(question: Question, means: Means, minutes: Minutes) -> Iterator[Event]:
    # 0 record: cannot record, cannot ask
    minutes.open()

    # 1 admit: may this person ask this?
    destination = means.door.destination if means.door else None
    admitted = decide.admit(question, rulebook=means.rulebook, outside=means.outside(), destination=destination)
    if isinstance(admitted, Refuse):
        yield minutes.decided(admitted)
        yield from _refused(admitted, minutes)
        return

    # 2 retrieve: rights and ceiling inside the query, checked again against the live catalogue
    found = Retrieved(passages=())
    if admitted.passages:
        yield Phase(step=Step.SEARCHING)
        found = means.retrieve(question, admitted.label)
    used = found.passages if means.checker.relevant(question.text, found.passages) else ()
    minutes.mark("retrieve")

    # 3 prompt: its label is the join of all its parts; the conversation keeps it before anything is shown
    generator = _generator(question, used, means)
    counting = generator or means.quoter
    if counting.demonstration and counting is not means.quoter:
        used = used[:READ_BY_A_SMALL_MODEL]
    prompt = build_prompt(question, used, count_tokens=counting.count_tokens, budget=counting.context)
    minutes.label = means.raise_label(question.conversation, prompt.label)
    prompt = replace(prompt, label=minutes.label)  # what another tab has brought into the conversation counts as well

    # 4 route: on the bytes that would leave, where leaving is possible at all; then passages may be shown
    outgoing = means.door.serialise(prompt) if means.door and admitted.outside else None
    decision = means.judge(prompt, outgoing, found.as_of if used else "")
    minutes.label = means.raise_label(question.conversation, decision.label)  # with what was found in the bytes
    decided = minutes.decided(decision, prompt.passages, outgoing, destination, found.withheld)
    if admitted.passages:
        yield answers.Passages(passages=prompt.passages, withheld=found.withheld)
    yield decided
    minutes.mark("decide")

    # 5 answer and 6 ground: sentence by sentence; what does not stand in a passage is not shown
    # 7 record: each branch ends with `minutes.finish`, which is durable before `Finished` is yielded
    match decision:
        case Escalate():
            yield from _outside(decision, prompt, generator, means, minutes)
        case AnswerLocally() | AskHuman():
            yield from _here(prompt, generator, means, minutes)
        case Refuse():
            yield from _refused(decision, minutes)
        case _:
            assert_never(decision)


def _generator(question: Question, used: tuple[Passage, ...], means: Means) -> Generator | None:
    """Who writes this answer; None when the writing model is not there."""
    try:
        writer = means.writer()
        writer.count_tokens("")  # one that cannot even count is not there
    except UnavailableError:
        return None
    about_passages = bool(used) or question.kind is Kind.DOCUMENTS
    return means.quoter if writer.demonstration and not question.write and about_passages else writer


def _here(prompt: Prompt, generator: Generator | None, means: Means, minutes: Minutes) -> Iterator[Event]:
    passages = prompt.passages
    if prompt.question.kind is Kind.DOCUMENTS and not passages:
        yield minutes.notice(phrases.NOTHING_FOUND)
        yield minutes.notice(phrases.TELL_LIBRARY)
        yield minutes.finish(Outcome.ABSTAINED, route="none")
        return
    if generator and generator.demonstration and not passages and not prompt.question.write:
        yield minutes.notice(phrases.ONLY_QUOTES)
        yield minutes.finish(Outcome.ABSTAINED, route="none")
        return
    try:
        if generator is None:
            raise GeneratorError("The writing model is not there.")
        yield Phase(step=Step.WRITING)
        pieces = generator.generate(prompt)
        yield from _checked(pieces, prompt, means, minutes)
    except GeneratorError:
        # The local model is down: the passages with a notice, never an escalation.
        answered = any(sentence.standing is not Standing.NOTICE for sentence in minutes.shown)
        yield minutes.notice(phrases.MODEL_DOWN if passages else phrases.MODEL_GONE)
        for sentence in means.checker.quotes(prompt.question.text, passages, minutes.cite):
            if not minutes.was_shown(sentence):
                yield minutes.show(sentence)
        yield minutes.finish(Outcome.PARTLY if answered else Outcome.PASSAGES_ONLY, route="none", generator=generator)
        return
    yield minutes.finish(minutes.outcome(), route="local", generator=generator)


def _checked(pieces: Iterator[str], prompt: Prompt, means: Means, minutes: Minutes) -> Iterator[Event]:
    """What was written, wherever: held to the passages that it was written from, or said to rest on none."""
    if prompt.passages:
        yield from _grounded(pieces, prompt, means.checker, minutes)
    else:
        yield from _general(pieces, means, minutes)


def _grounded(pieces: Iterator[str], prompt: Prompt, checker: Checker, minutes: Minutes) -> Iterator[Event]:
    question, passages = prompt.question.text, prompt.passages
    for draft in checker.drafts(pieces):
        if draft.heading:
            if checker.is_our_heading(draft, passages):
                yield minutes.show(Sentence(text=draft.text, standing=Standing.NOTICE, heading=True))
            continue
        checked = checker.check(draft, passages, question, minutes.cite)
        if checked is None:
            minutes.removed += 1
        elif not minutes.was_shown(checked):
            yield minutes.show(checked)
    if not minutes.citations:
        # Nothing that was written stood in a passage: the passages' own words are shown in its place.
        for sentence in checker.quotes(question, passages, minutes.cite):
            yield minutes.show(sentence)


def _general(pieces: Iterator[str], means: Means, minutes: Minutes) -> Iterator[Event]:
    yield minutes.notice(phrases.GENERAL_KNOWLEDGE)
    for draft in means.checker.drafts(pieces):
        yield minutes.show(
            Sentence(text=draft.text, standing=Standing.UNCHECKED, paragraph=draft.paragraph, heading=draft.heading)
        )


def _outside(
    decision: Escalate, prompt: Prompt, generator: Generator | None, means: Means, minutes: Minutes
) -> Iterator[Event]:
    door = means.door
    assert door is not None, "a release is signed for a door"
    decided_under = prompt.label.raised(decision.label)  # another tab may have brought in more since
    yield Phase(step=Step.SENDING)
    try:
        actor = prompt.question.person.id
        text = door.send(
            decision.released, question=minutes.asked, decision=minutes.decision, actor=actor,
            holds=lambda: means.raise_label(prompt.question.conversation, PUBLIC) == decided_under,
        )  # fmt: skip
    except DoorError as error:
        # The closed API is down, or the door said no: answer here, with what is here.
        if isinstance(error, DoorShutError):
            minutes.door_shut(error.step)
        yield from _here(prompt, generator, means, minutes)
        return
    yield from _checked(iter([restore(text, decision.surrogates)]), prompt, means, minutes)
    yield minutes.finish(minutes.outcome(), route="escalated", model=door.destination.model)


def _refused(refusal: Refuse, minutes: Minutes) -> Iterator[Event]:
    yield minutes.notice(phrases.refused(refusal.reasons[0].rule, minutes.asked))
    yield minutes.finish(Outcome.REFUSED, route="none")
