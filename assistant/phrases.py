"""Our own words to a person, in one place, and how sentences become one text.

The words follow a clerk's: passage, source, reference, set aside.
"""

from __future__ import annotations

from collections.abc import Iterable

from assistant.answers import Sentence

NOTHING_FOUND = "I found nothing on this in the documents you may read."
TELL_LIBRARY = "Tell the library team: they check whether a document is missing or you should have access."
MODEL_DOWN = "I can't write an answer now. These passages fit best."
MODEL_GONE = "I can't write an answer now."
CANNOT_RECORD = "Answers are paused because they can't be recorded."
ONLY_QUOTES = "The model here is a demonstration: it only quotes our documents, unless you let it write prose."
GONE = "This part quoted a document that you may no longer read, or that is gone."
GENERAL_KNOWLEDGE = "General knowledge, not from our documents, not checked."
BY_A_MACHINE = "Written by a machine from the documents shown. Check the passage before you act."
DEMONSTRATION = "A small demonstration model: it repeats the documents' own words unless you ask it to write."
NOTICES = (
    NOTHING_FOUND, TELL_LIBRARY, MODEL_DOWN, MODEL_GONE, ONLY_QUOTES, GONE, GENERAL_KNOWLEDGE, BY_A_MACHINE,
    DEMONSTRATION,
)  # fmt: skip


def refused(rule: str, reference: int) -> str:
    """A rule about the question or the person; never about a document."""
    return (
        f"Your organisation has a rule for questions of this kind (rule {rule}). "
        f"It is the same for everyone in your group. Ask your compliance team, reference {reference:,}."
    )


def condition(text: str) -> str:
    """What stands beside a cited sentence and limits it."""
    return f"Also on this page: {text}"


def as_text(sentences: Iterable[Sentence]) -> str:
    """Plain text, with citation numbers and conditions, as it is sealed, copied and printed."""
    text = ""
    for sentence in sentences:
        marks = "".join(f" [{citation.n}]" for citation in sentence.citations)
        beside = "".join(f" ({condition(c.condition)})" for c in sentence.citations if c.condition)
        if text:
            text += "\n\n" if sentence.paragraph or sentence.heading else " "
        text += sentence.text + marks + beside
    return text
