"""Answering by quoting: no prose is written, so nothing can be made up.

The default beside the demonstration model. A heading line says where the best passage stands; under it come
the sentences of the passages that answer best, word for word: a row of a table with its column names, an item of a
list with the sentence that leads into it. Which those are is the business of the function that is passed in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence

from policies.vocabulary import Passage, Prompt

Quote = Callable[[str, Sequence[Passage], int], Sequence[tuple[Passage, str]]]  # question, passages, at most
HEADING = "## "
QUOTED = "> "  # a line that is one quotation, however many sentences it has


class QuotingGenerator:
    """Quotes the passages of the prompt. No model is loaded and none runs; `digest` names this way of quoting."""

    demonstration = True
    context = 1 << 20  # nothing has to fit: every passage of the prompt is considered

    def __init__(self, *, quotes: Quote, name: str = "quotes (no model writes)", limit: int = 3) -> None:
        self.name = name
        self.digest = hashlib.sha256(f"ringfence-quotes-2\0{limit}".encode()).hexdigest()
        self._quotes = quotes
        self._limit = limit

    def count_tokens(self, text: str) -> int:
        """Bytes: never fewer than tokens."""
        return len(text.encode())

    def generate(self, prompt: Prompt) -> Iterator[str]:
        """`## heading` on a line of its own, then quotations, one per line. Without a quote: nothing."""
        quotes = self._quotes(prompt.question.text, prompt.passages, self._limit)
        if not quotes:
            return
        yield f"{HEADING}{heading(quotes[0][0])}\n"
        for _, text in quotes:
            yield f"{QUOTED}{' '.join(text.split())}\n"

    def close(self) -> None:
        return None


def heading(passage: Passage) -> str:
    """Where a quote stands: the document's title and the heading above it, in the document's words."""
    title = passage.document.title
    parts = (title, *(part for part in passage.chunk.heading[-1:] if part != title))
    return " · ".join(" ".join(part.split()) for part in parts if part)
