"""Which of the names that were found count, and where each begins and ends."""

from __future__ import annotations

from policies.detect import cues, frames
from policies.detect.tokens import SENTENCE, Token


def private(text: str, spans: list[tuple[int, int]], tokens: list[Token], language: str) -> list[tuple[int, int]]:
    """The names that do not stand in a sentence about public matters."""
    if not spans or len(text) > frames.LONGEST:
        return spans
    known = [token.start for token in tokens if token.phrase and token.public]
    public = []
    for start, end in (sentence.span() for sentence in SENTENCE.finditer(text) if sentence.group()):
        if frames.is_public(text, start, end, language, among_public=any(start <= at < end for at in known)):
            public.append((start, end))
    return [span for span in spans if not any(start <= span[0] < end for start, end in public)]


def whole(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest span of each name, without a salutation before it or signs behind it."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(set(spans)):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    out = []
    for start, end in joined:
        said = cues.AROUND_NAME.match(text, start, end)
        start = said.end() if said and said.end() < end else start
        after = cues.AFTER_NAME.search(text, start, end)
        out.append((start, after.start() if after and after.start() > start else end))
    return out
