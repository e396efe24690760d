"""Between what a model writes and what a face may show: sentence borders, the check, citations of our own.

A draft that does not stand in the passages is replaced by what they say in its place, or dropped. The quotes a
face shows are exact text of a passage, each with the condition that stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from assistant.answers import Sentence, Standing
from assistant.generation.quoting import HEADING, QUOTED
from assistant.grounding.check import check
from assistant.grounding.evidence import Evidence
from assistant.grounding.quotes import best_quotes
from assistant.grounding.relevance import speaks
from assistant.grounding.sentences import SentenceBuffer
from policies.vocabulary import Citation, Passage

if TYPE_CHECKING:
    from assistant.grounding.evidence import Embed

Cite = Callable[[Passage, str, str], Citation]  # passage, quote, condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A sentence as it was written, before anything is known about it."""

    text: str
    paragraph: bool
    heading: bool


class Checker:
    """`embed` turns texts into vectors of length 1; it is used where words alone do not tell."""

    def __init__(self, embed: Embed | None) -> None:
        self._embed = embed

    def relevant(self, question: str, passages: Sequence[Passage]) -> bool:
        """Whether one of these passages speaks of what was asked. Without passages: no."""
        return speaks(question, _evidence(passages), [passage.similarity for passage in passages])

    def quote_texts(self, question: str, passages: Sequence[Passage], limit: int) -> list[tuple[Passage, str]]:
        """The passages' own sentences that answer best, as they are read, each with its passage."""
        found = best_quotes(question, _evidence(passages), limit, embed=self._embed)
        return [(_of(passages, quote.evidence_id), quote.reading) for quote in found]

    def drafts(self, pieces: Iterator[str]) -> Iterator[Draft]:
        """Sentences, each as soon as its border is certain; a quotation (a line after "> ") is one, however many
        sentences it has. Closing this closes the model's stream."""
        buffer = SentenceBuffer()
        held = ""  # a quotation that may go on
        try:
            for piece in chain(pieces, [None]):
                for sentence in buffer.flush() if piece is None else buffer.feed(piece):
                    if held and not _on_a_new_line(sentence):
                        held += sentence
                        continue
                    yield from _draft(held)
                    held = sentence if sentence.lstrip().startswith(QUOTED) else ""
                    yield from _draft("" if held else sentence)
            yield from _draft(held)
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()

    def is_our_heading(self, draft: Draft, passages: Sequence[Passage]) -> bool:
        """Whether a heading only names a document and a heading of it; a model's own could claim anything."""
        words = {word for p in passages for part in (p.document.title, *p.chunk.heading) for word in part.split()}
        return set(draft.text.replace("·", " ").split()) <= words

    def check(self, draft: Draft, passages: Sequence[Passage], question: str, cite: Cite) -> Sentence | None:
        """The draft, cited; or in its place what the passages say; or nothing."""
        evidence = _evidence(passages)
        checked = check(draft.text, evidence, question, embed=self._embed)
        if checked.shown:
            passage = _of(passages, checked.supporting[0])
            citation = cite(passage, checked.quote or draft.text, checked.condition)
            return Sentence(
                text=draft.text, standing=Standing.SUPPORTED, citations=(citation,), paragraph=draft.paragraph
            )
        return None

    def quotes(self, question: str, passages: Sequence[Passage], cite: Cite, limit: int = 2) -> list[Sentence]:
        """What the passages themselves say about the question."""
        return [
            Sentence(
                text=quote.reading,
                standing=Standing.QUOTED,
                citations=(cite(_of(passages, quote.evidence_id), quote.text, quote.condition),),
                paragraph=True,
            )
            for quote in best_quotes(question, _evidence(passages), limit, embed=self._embed)
        ]


def _draft(sentence: str) -> Iterator[Draft]:
    text = sentence.strip()
    heading, quoted = text.startswith(HEADING), text.startswith(QUOTED)
    own = text.removeprefix(HEADING if heading else QUOTED).strip()
    if own:
        yield Draft(text=own, paragraph=_on_a_new_line(sentence) or heading or quoted, heading=heading)


def _on_a_new_line(sentence: str) -> bool:
    return "\n" in sentence[: len(sentence) - len(sentence.lstrip())]


def _evidence(passages: Sequence[Passage]) -> list[Evidence]:
    return [
        Evidence(
            id=passage.chunk.id,
            text=passage.chunk.text,
            source=passage.document.title,
            page=passage.chunk.page,
            dated=passage.document.dated,
            heading=_heading(passage),
        )
        for passage in passages
    ]


def _heading(passage: Passage) -> str:
    """The heading right above the passage; the document's title is known already."""
    above = [part for part in passage.chunk.heading if part != passage.document.title]
    return above[-1] if above else ""


def _of(passages: Sequence[Passage], chunk: str) -> Passage:
    return next(passage for passage in passages if passage.chunk.id == chunk)
