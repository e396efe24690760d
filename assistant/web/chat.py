"""The Chat page: where I am, what is said, where it stands written.

Gradio carries the events; what is shown comes from `thread` and `reading`. The person is the one the gate put into
the request. The state of a page session lives here in the server, never in the browser.
"""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import gradio as gr

from assistant import phrases
from assistant.answers import Event
from assistant.errors import where
from assistant.web import outside as going
from assistant.web import render, thread
from assistant.web.acting import person_of
from assistant.web.base import House, Reopened
from assistant.web.earlier import conversation_list
from assistant.web.running import Runner
from assistant.web.shown import Place, Shown
from policies.errors import RecordError, RingfenceError
from policies.labels import PUBLIC, Label
from policies.vocabulary import Kind, Person, Question

log = logging.getLogger(__name__)
PLACEHOLDERS = {
    Kind.DOCUMENTS: "Ask about our documents…",
    Kind.GENERAL: "Ask a general question…",
    Kind.OWN_TEXT: "Bring your text, and say what should be done with it…",
}
STOPPED = "Stopped. What was written stays."
ENOUGH = "Two of your questions are being answered. Ask this one when one of them is done."
BUSY = "Others are asking just now. Your question waits its turn…"
BROKEN = "Something went wrong on our side. Nothing of your question is lost; ask again."
LONGEST_TYPED = 120_000
BRINGS_BACK = re.compile(r"(edit|outside)-(\d{1,6})")  # what a link beneath an answer asks for, and of which question


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A question that was asked. `anew`: asking it again makes sense in a new conversation only."""

    text: str
    anew: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """What one page session knows: which conversation, and what stands on its page."""

    conversation: str = ""
    kind: Kind = Kind.DOCUMENTS
    markup: str = ""
    label: Label = PUBLIC
    told: bool = False  # the machine's note stands in this conversation
    typed: tuple[Typed, ...] = ()
    settled: bool = False  # its kind is chosen before anything is asked
    bare: bool = False  # without our documents, as the person chose


class Chat:
    """The handlers of the page. One for all people; `Talk` is each one's own."""

    def __init__(self, house: House, shown: Shown, runner: Runner) -> None:
        self._house = house
        self._shown = shown
        self._runner = runner

    # -- asking ----------------------------------------------------------------------------------------

    async def ask(
        self, text: str, kind: str, write: bool, outside: bool, talk: Talk, request: gr.Request
    ) -> AsyncGenerator[dict[str, Any], None]:
        """What the page shows while a question is answered, step by step."""
        from anyio.to_thread import run_sync

        person, name = await run_sync(person_of, request), request.session_hash or ""
        if not text.strip() or self._runner.running(name):
            yield {}
            return
        if self._runner.crowded(person.id):
            yield {"phase": f'<p class="phase">{render.escape(ENOUGH)}</p>'}
            return
        with self._runner.entered(name, person.id):
            chosen = talk.conversation or talk.markup or talk.settled
            talk = talk if chosen else replace(talk, kind=Kind(kind))
            telling = thread.Telling(
                question=text[:LONGEST_TYPED],
                documents=await run_sync(self._house.reading.count, person),
                ticket=self._ticket(person),
                before=talk.label,
                outside=outside,
                n=len(talk.typed),
                offers=talk.kind is Kind.DOCUMENTS and self._house.leaving.open(),
            )
            question = Question(
                text=telling.question, person=person, kind=talk.kind, allow_outside=outside, write=write, bare=talk.bare
            )
            async with aclosing(self._tell(talk, telling, question, request)) as steps:
                async for step in steps:
                    yield step

    async def _tell(
        self, talk: Talk, telling: thread.Telling, question: Question, request: gr.Request
    ) -> AsyncGenerator[dict[str, Any], None]:
        from anyio.to_thread import run_sync

        yield self._begun(talk, telling)
        problem = ""
        try:
            if not talk.conversation:
                started = await run_sync(self._house.asking.start, question.person, talk.kind, telling.question)
                talk = replace(talk, conversation=started)
            question = replace(question, conversation=talk.conversation)
            walk = partial(self._walk, question, request)
            async with aclosing(self._runner.run(request.session_hash or "", walk)) as events:
                async for event in events:
                    telling.take(event)
                    yield self._going_on(talk, telling)
        except RecordError:
            problem = phrases.CANNOT_RECORD
        except RingfenceError as error:
            problem = str(error)
        except Exception as error:  # noqa: BLE001  the page's border: it must say so, and the log must hold no text
            log.error("an answer broke: %s at %s", type(error).__name__, where(error))
            problem = BROKEN
        yield await run_sync(self._ended, talk, telling, problem, request)

    def _walk(self, question: Question, request: gr.Request) -> Iterator[Event]:
        """The answer, begun and told for as long as the session lasts: it may have waited for its place."""
        events = self._house.asking.ask(replace(question, person=person_of(request)))
        try:
            for event in events:
                person_of(request)
                yield event
        finally:
            events.close()  # type: ignore[attr-defined]  # a generator: closing it cancels down to the model

    def stop(self, request: gr.Request) -> None:
        """Stop this page session's answer: its walk is closed, down to the model."""
        self._runner.stop(request.session_hash or "")

    def _begun(self, talk: Talk, telling: thread.Telling) -> dict[str, Any]:
        waiting = BUSY if self._runner.full else ""
        phase = f'<p class="phase">{render.escape(waiting)}</p>' if waiting else telling.phase()
        return {
            "thread": talk.markup + telling.markup(),
            "phase": phase,
            "text": "",
            "running": True,
            "reading": thread.NOTHING_OPEN,
            "sources": "",
            "started": True,
        }

    def _going_on(self, talk: Talk, telling: thread.Telling) -> dict[str, Any]:
        shown: dict[str, Any] = {"phase": telling.phase()}
        if telling.sentences:
            shown["thread"] = talk.markup + telling.markup()
        if telling.searched:
            shown["sources"] = thread.sources(telling.passages, telling.sentences, telling.ticket)
        if telling.passages:
            shown["reading"] = _first_reading(telling)
        return shown

    def _ended(self, talk: Talk, telling: thread.Telling, problem: str, request: gr.Request) -> dict[str, Any]:
        """The page when all is said: what was shown stays, whatever happened."""
        person = person_of(request)
        markup = talk.markup + telling.markup()
        finished = telling.finished
        if problem or finished is None:
            markup += thread.notice(problem or STOPPED)
        elif not talk.told:
            markup += thread.by_a_machine()
        label = talk.label.raised(finished.label) if finished else talk.label
        typed = Typed(text=telling.question, anew=going.must_be_new(telling.told()))
        told = talk.told or finished is not None
        talk = replace(talk, markup=markup, label=label, told=told, typed=(*talk.typed, typed))
        return {
            "thread": markup,
            "phase": "",
            "running": False,
            "talk": talk,
            "list": conversation_list(self._house.asking.conversations(person), talk.conversation),
            **({"text": telling.question} if problem and not telling.sentences else {}),
        }

    # -- conversations -----------------------------------------------------------------------------------

    def open(self, conversation: str, talk: Talk, request: gr.Request) -> dict[str, Any]:
        """Open an earlier conversation, or with no id a new one. Rereading is recorded by the house."""
        person = person_of(request)
        found = self._house.asking.reopen(person, conversation) if conversation else None
        talk = self._reopened(found, person) if found else Talk()
        lines = self._house.asking.conversations(person)
        last = found.exchanges[-1] if found and found.exchanges else None
        ticket = self._ticket(person)
        return {
            "thread": talk.markup or thread.first_visit(self._house.reading.count(person)),
            "phase": "",
            "reading": thread.NOTHING_OPEN,
            "sources": thread.sources(last.passages, last.sentences, ticket) if last else "",
            "talk": talk,
            "list": conversation_list(lines, talk.conversation),
            "started": bool(found),
            "kind": talk.kind,
            "outside": False,
        } | self.choose(talk.kind)

    def bring_back(self, wanted: str, talk: Talk, request: gr.Request) -> dict[str, Any]:
        """One of this conversation's questions, back in the box as it was typed: to be changed and asked again, or to
        be asked outside without our documents. Nothing is asked or decided by it."""
        found = BRINGS_BACK.fullmatch(wanted)
        if found is None or int(found[2]) >= len(talk.typed):
            return {}
        typed = talk.typed[int(found[2])]
        documents = found[1] == "outside"
        if not documents and not typed.anew:
            return {"text": typed.text}
        begun = {"kind": Kind.GENERAL, "started": True, "text": typed.text, "outside": self._may_go(Kind.GENERAL)}
        bare = documents or talk.bare
        above = going.draft(documents=documents, passages="" if bare else self._house.leaving.passages())
        begun |= {"thread": above, "talk": Talk(kind=Kind.GENERAL, settled=True, bare=bare)}
        return self.open("", talk, request) | self.choose(Kind.GENERAL, bare) | begun

    def choose(self, kind: str, bare: bool = False) -> dict[str, Any]:
        """What the box says for this kind of conversation, and whether it has the choice that something may go."""
        choice = self._may_go(Kind(kind))
        return {"choice": choice, "goes": self.goes(bare), "placeholder": PLACEHOLDERS[Kind(kind)]}

    def goes(self, bare: bool = False) -> str:
        """Beside the choice: in which languages a question can go, and which passages with it."""
        passages = "" if bare else self._house.leaving.passages()
        return f'<p class="soft">{render.escape(going.languages(self._house.leaving.languages(), passages))}</p>'

    def _may_go(self, kind: Kind) -> bool:
        return kind is Kind.GENERAL and self._house.leaving.open()

    def _reopened(self, found: Reopened, person: Person) -> Talk:
        ticket = self._ticket(person)
        markup, label = "", PUBLIC
        offers = found.line.kind is Kind.DOCUMENTS and self._house.leaving.open()
        for n, told in enumerate(found.exchanges):
            markup += thread.exchange(told, ticket, n=n, before=label, offers=offers)
            markup += thread.by_a_machine() if n == 0 else ""
            label = label.raised(told.label or PUBLIC)
        return Talk(
            conversation=found.line.id,
            kind=found.line.kind,
            markup=markup,
            label=found.line.label,
            told=bool(found.exchanges),
            typed=tuple(Typed(text=told.question, anew=going.must_be_new(told)) for told in found.exchanges),
        )

    def _ticket(self, person: Person) -> Callable[[Place], str]:
        return lambda place: self._shown.ticket(person.id, place)


def _first_reading(telling: thread.Telling) -> str:
    """The best passage until something is cited, then the one that was cited first, with all that is cited of it."""
    cited = [citation for sentence in telling.sentences for citation in sentence.citations]
    first = next((p for p in telling.passages if cited and p.chunk.id == cited[0].chunk), telling.passages[0])
    return thread.excerpt(first, [citation for citation in cited if citation.chunk == first.chunk.id])
