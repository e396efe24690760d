"""Asking, and conversations: what was said is kept sealed, and opened again only for who may still read it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from assistant import phrases
from assistant.answers import Decided as DecidedEvent
from assistant.answers import Event, Finished, Passages, Sentence, Standing
from assistant.ask import Means, answer_question, check_askable
from assistant.conversations import Conversation, Conversations, Message
from assistant.desk.keeping import decision_from_json, decision_to_json, sentence_from_json, sentence_to_json
from assistant.web.base import ConversationLine, Exchange, Reopened
from policies.audit.events import Recorder, TextShown
from policies.decisions import Decision, Escalate
from policies.errors import RefusedError
from policies.labels import PUBLIC
from policies.vocabulary import Chunk, Citation, Document, Kind, Passage, Person, Question

TITLE = 60
TURNS_READ = 10  # messages: with the question six that somebody typed, over which an identifier may be spread


class Live(Protocol):
    """What opening an old answer needs of the catalogue."""

    def hydrate(self, ids: Sequence[str], person: Person) -> list[tuple[Chunk, Document]]: ...

    def chunks(self, document: str, person: Person | None) -> list[tuple[Chunk, Document]]: ...


class Asking:
    """Keeps `web.base.Asking`; `ringfence ask` uses the same."""

    def __init__(
        self,
        *,
        means: Means,
        conversations: Conversations,
        catalogue: Live,
        recorder: Recorder,
        openings: Callable[[str], Sequence[tuple[int, int, str]]],
        may_read: Callable[[Person, Document, Chunk], bool],
    ) -> None:
        self._means = means
        self._conversations = conversations
        self._catalogue = catalogue
        self._recorder = recorder
        self._openings = openings
        self._may_read = may_read

    def start(self, person: Person, kind: Kind, title: str) -> str:
        """A new conversation; its id."""
        return self._conversations.start(person.id, kind, _title(title)).id

    def ask(self, question: Question) -> Iterator[Event]:
        """`answer_question`, with the conversation's own history and label in place of anything the caller says.

        An empty `question.conversation` starts one. Raises RefusedError for somebody else's conversation.
        """
        check_askable(question.text, self._means.longest_question)  # before a conversation is started for it
        person = question.person.id
        if question.conversation:
            conversation = self._conversations.get(person, question.conversation)
        else:
            conversation = self._conversations.start(person, question.kind, _title(question.text))
        history = self._conversations.history(person, conversation.id, TURNS_READ)
        whole = replace(
            question,
            conversation=conversation.id,
            kind=conversation.kind,
            conversation_label=conversation.label,
            history=history,
        )
        kept = _Kept()
        stream = answer_question(whole, self._means)
        try:
            for event in stream:
                kept.see(event)
                if isinstance(event, DecidedEvent) and isinstance(event.decision, Escalate):
                    self._keep(whole, kept)  # before the first byte leaves: what is never heard of again left as well
                yield event
        finally:
            stream.close()  # type: ignore[attr-defined]  # a generator: closing it cancels down to the model
            self._keep(whole, kept)

    def conversations(self, person: Person) -> Sequence[ConversationLine]:
        return [_line(one) for one in self._conversations.of(person.id)]

    def reopen(self, person: Person, conversation: str) -> Reopened | None:
        """The conversation as it was shown, without what may not be read any more. Recorded before it is returned."""
        try:
            found = self._conversations.get(person.id, conversation)
        except RefusedError:
            return None
        messages = self._conversations.messages(person.id, conversation)
        exchanges = [self._exchange(person, asked, said) for asked, said in _pairs(messages)]
        shown = [
            {"document": passage.document.id, "version": passage.document.version, "page": passage.chunk.page}
            for exchange in exchanges
            for passage in exchange.passages
        ]
        withheld = sum(_is_gone(sentence) for exchange in exchanges for sentence in exchange.sentences)
        self._recorder.append(TextShown(actor=person.id, how="conversation", shown=shown, withheld=withheld))
        return Reopened(line=_line(found), exchanges=tuple(exchanges))

    def openings(self, person: Person) -> Sequence[tuple[int, int, str]]:
        return self._openings(person.id)

    # ---------------------------------------------------------------------------------------------------

    def _keep(self, question: Question, kept: _Kept) -> None:
        sent = isinstance(kept.decision, Escalate)
        if kept.finished is None and not kept.sentences and (kept.place or not sent):
            return  # nothing was shown: the record has the question
        person, conversation = question.person.id, question.conversation
        label = self._means.raise_label(conversation, kept.finished.label if kept.finished else PUBLIC)
        finished = kept.finished
        extra = {
            "sentences": [sentence_to_json(sentence) for sentence in kept.sentences],
            "passages": [passage.chunk.id for passage in kept.passages],
            "decision": decision_to_json(kept.decision),
            "outcome": str(finished.outcome) if finished else "stopped",
            "route": finished.route if finished else "escalated" if sent else "none",  # unfinished: it may have left
            "model": finished.model if finished else "",
            "record": finished.record if finished else -1,
        }
        asked = Message(role="user", text=question.text, label=label)
        said = Message(role="assistant", text=phrases.as_text(kept.sentences), label=label, extra=extra)
        if kept.place:
            self._conversations.complete(person, conversation, kept.place + 1, said)
        else:
            kept.place = self._conversations.add(person, conversation, asked, said)

    def _exchange(self, person: Person, asked: Message, said: Message) -> Exchange:
        extra = said.extra
        sentences = [sentence_from_json(one) for one in extra.get("sentences", [])]
        return Exchange(
            question=asked.text,
            sentences=tuple(self._if_still_readable(person, sentence) for sentence in sentences),
            passages=self._passages(person, extra.get("passages", [])),
            decision=decision_from_json(extra.get("decision")),
            outcome=extra.get("outcome", ""),
            route=extra.get("route", "none"),
            model=extra.get("model", ""),
            label=said.label,
            record=extra.get("record", -1),
        )

    def _passages(self, person: Person, ids: list[str]) -> tuple[Passage, ...]:
        live = self._catalogue.hydrate(ids, person)
        found = [(chunk, document) for chunk, document in live if self._may_read(person, document, chunk)]
        return tuple(
            Passage(chunk=chunk, document=document, rank=rank, score=0.0)
            for rank, (chunk, document) in enumerate(found, start=1)
        )

    def _if_still_readable(self, person: Person, sentence: Sentence) -> Sentence:
        if all(self._is_readable(person, one) for one in sentence.citations):
            return sentence
        return Sentence(text=phrases.GONE, standing=Standing.NOTICE, paragraph=sentence.paragraph)

    def _is_readable(self, person: Person, citation: Citation) -> bool:
        """Rights and rules, now. Of a version that was replaced, the whole document's present text decides."""
        live = self._catalogue.hydrate([citation.chunk], person) or self._catalogue.chunks(citation.document, person)
        return bool(live) and all(self._may_read(person, document, chunk) for chunk, document in live)


@dataclass(slots=True)
class _Kept:
    """What was shown, gathered while it passes by. `place`: where the question is kept, 0 while it is not."""

    sentences: list[Sentence] = field(default_factory=list)
    passages: tuple[Passage, ...] = ()
    decision: Decision | None = None
    finished: Finished | None = None
    place: int = 0

    def see(self, event: Event) -> None:
        match event:
            case Sentence():
                self.sentences.append(event)
            case Passages():
                self.passages = event.passages
            case DecidedEvent():
                self.decision = event.decision
            case Finished():
                self.finished = event
            case _:
                pass


def _line(conversation: Conversation) -> ConversationLine:
    return ConversationLine(
        id=conversation.id,
        title=conversation.title,
        kind=conversation.kind,
        label=conversation.label,
        changed=conversation.updated,
    )


def _pairs(messages: Sequence[Message]) -> Iterator[tuple[Message, Message]]:
    yield from zip(messages[::2], messages[1::2], strict=False)


def _is_gone(sentence: Sentence) -> bool:
    return sentence.text == phrases.GONE


def _title(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= TITLE else words[: TITLE - 1].rsplit(" ", 1)[0] + "…"
