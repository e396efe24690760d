"""A question and its answer as markup, growing while it is told: what came is never taken back or changed.

Pure functions of events; the page only puts the result on the screen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from assistant import phrases
from assistant.answers import Decided, Event, Finished, Outcome, Passages, Phase, Sentence, Standing, Step
from assistant.web import outside as going
from assistant.web import render
from assistant.web.base import Exchange
from assistant.web.shown import Place
from ingest.spot import in_words, spot
from policies.decisions import Decision, Reason
from policies.labels import PUBLIC, Label
from policies.vocabulary import Citation, Passage

Ticket = Callable[[Place], str]
STEPS = {
    Step.SEARCHING: "",
    Step.DECIDING: "",
    Step.LOADING: "waking the writing model…",
    Step.WRITING: "writing…",
    Step.SENDING: "asking outside…",
}
VERDICTS = {
    "local": "Answered here. Nothing was sent outside.",
    "ask_human": "Kept here: somebody would have to allow sending it.",
    "send": "Sent outside: your organisation's rules allow it for this question.",
    "pseudonymise": "Sent outside with invented names: your organisation's rules allow it for this question.",
    "refuse": "Refused by a rule of your organisation.",
    "failed": "Answered here: your organisation's rules allow sending it, but asking outside did not work.",
}
ALLOWED = "within-ceiling"  # the reason for sending
NOT_STANDING = "Some of what was written stood in no passage; the passage's own words are shown in its place."
NOTHING_OPEN = '<div id="reading"></div>'  # where a click puts the page it opens
FIRST_VISIT = "Ask about our documents. Every sentence of an answer shows where it stands written."


@dataclass(slots=True)
class Telling:
    """One exchange while it happens."""

    question: str
    documents: int
    ticket: Ticket
    before: Label = PUBLIC
    outside: bool = False  # the person asked for it to be sent
    n: int = 0  # which question of this conversation it is, from 0
    offers: bool = False  # a weak answer may offer to ask outside
    sentences: list[Sentence] = field(default_factory=list)
    passages: tuple[Passage, ...] = ()
    searched: bool = False
    step: Step | None = None
    decision: Decision | None = None
    finished: Finished | None = None

    def take(self, event: Event) -> None:
        match event:
            case Phase():
                self.step = event.step
            case Passages():
                self.passages, self.searched = event.passages, True
            case Decided():
                self.decision = event.decision
            case Sentence():
                self.sentences.append(event)
            case Finished():
                self.finished = event

    def phase(self) -> str:
        """The line beneath, while the person waits."""
        words = []
        if self.step is Step.SEARCHING or self.searched:
            words.append(f"Looking in {self.documents:,} documents…")
        if self.searched:
            found = len(self.passages)
            words.append(f"{found} passage{'' if found == 1 else 's'}")
        doing = STEPS[self.step] if self.step else ""
        parts = [render.escape(part) for part in (" ".join(words), doing) if part]
        return f'<p class="phase">{" · ".join(parts) or "One moment…"}</p>'

    def told(self) -> Exchange:
        """What is known so far."""
        finished = self.finished
        return Exchange(
            question=self.question,
            sentences=tuple(self.sentences),
            passages=self.passages,
            decision=self.decision,
            outcome=finished.outcome if finished else "",
            route=finished.route if finished else "none",
            model=finished.model if finished else "",
            label=finished.label if finished else None,
            record=finished.record if finished else -1,
        )

    def markup(self) -> str:
        return exchange(
            self.told(),
            self.ticket,
            n=self.n,
            before=self.before,
            outside=self.outside,
            offers=self.offers,
            removed=self.finished.removed if self.finished else 0,
            demonstration=bool(self.finished and self.finished.demonstration),
        )


def exchange(
    told: Exchange,
    ticket: Ticket,
    *,
    n: int = 0,
    before: Label = PUBLIC,
    outside: bool = False,
    offers: bool = False,
    removed: int = 0,
    demonstration: bool = False,
) -> str:
    """Question `n` and what is known of its answer so far. `outside`: the person asked for it to be sent; `offers`:
    it is about documents, and the site lets general questions out; `removed`: sentences that stood nowhere."""
    answer = render.answer(told.sentences, lambda citation: address(citation, ticket))
    if told.outcome == Outcome.ABSTAINED:
        answer += f'<p class="soft"><b>Tell the library team</b>{render.escape(_after_bold(phrases.TELL_LIBRARY))}</p>'
    if told.outcome:
        beside = going.not_good_enough(told, n, removed=removed) if offers else ""
        answer += going.offer(told, n, removed=removed) if offers else ""
        answer += _rise(told, before) + going.kept_here(told, n, outside=outside)
        answer += _route(told, beside, demonstration=demonstration)
    return f'<div class="q">{render.lines(told.question)}</div><div class="a">{answer}</div>'


def address(citation: Citation, ticket: Ticket) -> str:
    """Where a citation leads: a ticket for this person, taken up by our own script."""
    conditions = (citation.condition,) if citation.condition else ()
    place = Place(document=citation.document, page=citation.page, quotes=(citation.quote,), conditions=conditions)
    return f"#p-{ticket(place)}"


def first_visit(documents: int) -> str:
    """What stands on the page before anything was asked."""
    if not documents:
        words = "There is no document yet that you may read. Tell the library team which ones you need."
        return f'<div class="first"><h2>Nothing to ask about yet</h2><p>{render.escape(words)}</p></div>'
    words = render.escape(FIRST_VISIT)
    count = f"{documents:,} document{'' if documents == 1 else 's'} that you may read"
    return f'<div class="first"><h2>What would you like to know?</h2><p>{words}</p><p>{render.escape(count)}</p></div>'


def notice(words: str) -> str:
    """Our own words, where an answer would stand."""
    return f'<div class="a"><p class="notice">{render.escape(words)}</p></div>'


def by_a_machine() -> str:
    return f'<p class="machine">{render.escape(phrases.BY_A_MACHINE)}</p>'


def _after_bold(words: str) -> str:
    return words.removeprefix("Tell the library team")


def _rise(told: Exchange, before: Label) -> str:
    """Says so when the conversation's label rose, and because of what."""
    if told.label is None or told.label.level <= before.level:
        return ""
    cited = [c for sentence in told.sentences for c in sentence.citations if c.label.level == told.label.level]
    if cited:
        why = f", because of source {cited[0].n}"
    elif any(passage.chunk.label.level == told.label.level for passage in told.passages):
        why = ", because of a passage that was used"
    else:
        why = ", because of what was typed"
    return f'<p class="note">This conversation is now {told.label.level}{why}.</p>'


def _route(told: Exchange, beside: str, *, demonstration: bool) -> str:
    badge = {
        "local": '<span class="badge here">Answered here</span>',
        "escalated": '<span class="badge out">Answered outside</span>',
    }.get(told.route, "")
    reference = f"<span>reference {told.record:,}</span>" if told.record >= 0 else ""
    copy = '<a class="copy" href="#copy">Copy with sources</a>' if told.route != "none" else ""
    return (
        f'<div class="route">{badge}{render.tag(told.label)}{reference}'
        f'<details class="how"><summary>How was this answered?</summary>{_how(told, demonstration)}</details>'
        f"{copy}{beside}</div>"
    )


def _how(told: Exchange, demonstration: bool) -> str:
    lines = []
    if told.decision:
        lines.append(render.escape(VERDICTS[_came_to(told.decision, told.route)]))
        lines += [_reason(reason) for reason in told.decision.reasons]
    if told.passages:
        went = " They went with your question." if told.route == "escalated" else ""
        lines.append(render.escape(f"{len(told.passages)} passages were used, all of them ones you may read.{went}"))
    if any(sentence.standing is Standing.QUOTED for sentence in told.sentences):
        lines.append(render.escape(NOT_STANDING))
    if told.model:
        lines.append(f"Model: {render.escape(told.model)}.")
    if demonstration:
        lines.append(render.escape(phrases.DEMONSTRATION))
    return "<ul>" + "".join(f"<li>{line}</li>" for line in lines) + "</ul>"


def _came_to(decision: Decision, route: str) -> str:
    """What became of it. A decision that is read again no longer says that it allowed sending; its reason does."""
    allowed = any(reason.rule == ALLOWED for reason in decision.reasons)
    if route == "escalated":
        return decision.verdict if decision.verdict in ("send", "pseudonymise") else "send"
    return "failed" if allowed else decision.verdict


def _reason(reason: Reason) -> str:
    return f"<span>{render.escape(reason.detail or reason.rule)}</span> <code>{render.escape(reason.rule)}</code>"


# -- the right column --------------------------------------------------------------------------------------


def sources(passages: Sequence[Passage], sentences: Sequence[Sentence], ticket: Ticket) -> str:
    """The passages that were found, best first, each with the numbers that cite it."""
    if not passages:
        return '<p class="soft">The passages an answer rests on stand here.</p>'
    numbers: dict[str, list[Citation]] = {}
    for citation in {c.n: c for sentence in sentences for c in sentence.citations}.values():
        numbers.setdefault(citation.chunk, []).append(citation)
    items = "".join(_source(passage, numbers.get(passage.chunk.id, []), ticket) for passage in passages)
    count = f"{len(passages)} passage{'' if len(passages) == 1 else 's'}"
    return f"<h3>{count}</h3>{items}"


def _source(passage: Passage, citations: Sequence[Citation], ticket: Ticket) -> str:
    chunk, document = passage.chunk, passage.document
    quotes = tuple(citation.quote for citation in citations) or (chunk.text,)
    conditions = tuple(citation.condition for citation in citations if citation.condition)
    place = Place(document=document.id, page=chunk.page, quotes=quotes, conditions=conditions)
    marks = "".join(f'<span class="c">{citation.n}</span>' for citation in citations)
    under = " › ".join(chunk.heading)
    dated = f"{under} · {document.dated}" if under and document.dated else under or document.dated
    return (
        f'<a class="source{" cited" if citations else ""}" href="#p-{ticket(place)}">{marks}'
        f"<span>{render.escape(f'{document.title} · {spot(document, chunk)}')}</span> {render.tag(chunk.label)}"
        f"<small>{render.escape(dated)}</small></a>"
    )


def excerpt(passage: Passage, citations: Sequence[Citation]) -> str:
    """A passage on paper, before its whole page is opened. Inside the element that a click fills with the page."""
    chunk, document = passage.chunk, passage.document
    quotes = tuple(citation.quote for citation in citations)
    conditions = tuple(citation.condition for citation in citations if citation.condition)
    heading = f"<b>{render.escape(' › '.join(chunk.heading))}</b><br><br>" if chunk.heading else ""
    text = render.marked(chunk.text, quotes=quotes, conditions=conditions)
    rows = f" · {in_words(chunk.rows)}" if chunk.rows else ""
    return (
        f'<div id="reading"><div class="where">{render.escape(document.title)} · page {chunk.page} of {document.pages}'
        f"{rows} {render.tag(chunk.label)}</div><small>{render.escape(_version(document.dated))}</small>"
        f'<div class="page">{heading}{text}</div></div>'
    )


def _version(dated: str) -> str:
    return f"Version of {dated}" if dated else ""
